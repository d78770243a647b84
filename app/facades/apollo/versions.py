"""The versions of one relationship or entity, the newest first (apollo 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import chronicle
from app.core.chronicle import ENTITY, RELATIONSHIP
from app.core.errors import EntityMissing, RelationshipMissing
from app.core.identity import space_name
from app.core.model import Declaration, Relationship
from app.facades.apollo import headers, render, translate
from app.facades.apollo.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.facades.apollo.headers import Reading
    from app.facades.context import Context

BARE: Final = "1.0"


def route(context: Context) -> APIRouter:
    """The two reads with their paths."""
    router, versions = APIRouter(tags=["versions"]), _Versions(context)
    path = f"{headers.UPLOAD_PATH}/{{id}}/versions"
    router.add_api_route(path, versions.of_relationship, methods=["GET"], summary="List versions of a relationship")
    for path in (f"{each}/{{id}}/versions" for each in headers.ENTITY_PATHS):
        router.add_api_route(path, versions.of_entity, methods=["GET"], summary="List versions of an entity")
    return router


class _Versions:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def of_relationship(self, request: Request) -> Response:
        caller = self._desk.identify(request, "listRelationshipVersions")
        caller.require("apollo_read")
        reading, paging = _read(request), headers.read_paging(request)
        key = space_name(reading.collection).relationship_id(headers.read_id(request))
        walk = await self._desk.walk(request, reading.collection, key)
        before = walk.read(paging.token)
        sight = await self._desk.look(caller, reading)
        present = await self._store.relationship(reading.collection, key, bookmark=reading.bookmark)
        if present is None:
            raise RelationshipMissing(key)
        run = await chronicle.list_versions(
            self._store,
            reading.collection,
            RELATIONSHIP,
            key,
            present,
            before=before,
            limit=paging.limit,
            bookmark=reading.bookmark,
        )
        shown = [sight.show_relationship(each) for each in run.found if isinstance(each, Relationship)]
        return _answer(request, reading, shown, walk.write(run.reached))

    async def of_entity(self, request: Request) -> Response:
        caller = self._desk.identify(request, "listEntityVersions")
        caller.require("apollo_read")
        id, reading, paging = headers.read_id(request), _read(request), headers.read_paging(request)
        entity, name = translate.demand_entity(id), space_name(reading.collection)
        walk = await self._desk.walk(request, reading.collection, name.entity_id(entity))
        before = walk.read(paging.token)
        sight = await self._desk.look(caller, reading)
        key = name.entity_key(entity)
        record = (await self._store.entities(reading.collection, [key], bookmark=reading.bookmark)).get(key)
        if record is None or record.declaration is None:
            raise EntityMissing([(0, 0, entity)])
        # A format that knows no declarations may have deleted the entity.
        present = record.declaration._replace(deleted_at=record.declaration.deleted_at or record.deleted_at)
        run = await chronicle.list_versions(
            self._store,
            reading.collection,
            ENTITY,
            name.entity_id(entity),
            present,
            before=before,
            limit=paging.limit,
            bookmark=reading.bookmark,
        )
        shown = [sight.show_entity(entity, each) for each in run.found if isinstance(each, Declaration)]
        return _answer(request, reading, shown, walk.write(run.reached))


def _read(request: Request) -> Reading:
    """What is asked for: versions come with all that is known of them."""
    return headers.read_reading(request)._replace(with_system_data=True, extended=True)


def _answer(request: Request, reading: Reading, shown: Sequence[object], token: str | None) -> Response:
    if reading.query.get("v", BARE) == BARE:
        return render.answer_bare(shown, token)
    return render.answer_found(request, shown, token)
