"""Reads of relationships and entities, by id and page by page (apollo 6)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import survey
from app.core.declare import is_live
from app.core.errors import EntityMissing, RelationshipMissing
from app.core.identity import space_name
from app.core.survey import Ranked, Sieve
from app.facades.apollo import headers, render, selection, translate, wire
from app.facades.apollo.desk import Desk

if TYPE_CHECKING:
    from app.core.access import Caller
    from app.core.model import EntityRecord, Json
    from app.facades.apollo.headers import Reading
    from app.facades.apollo.selection import Selection
    from app.facades.apollo.sight import Sight
    from app.facades.context import Context

RELATIONSHIPS_OF_TYPE: Final = "/apollo/er/relationshiptypes/{type}/relationships"
ENTITIES_OF_TYPE: Final = "/apollo/er/entitytypes/{type}/entities"


def route(context: Context) -> list[APIRouter]:
    """The reads with their paths."""
    relationships, things = _Relationships(context), _Entities(context)
    one = APIRouter(tags=["relationships"])
    for path, what in ((headers.UPLOAD_PATH, ""), (RELATIONSHIPS_OF_TYPE, " of a type")):
        one.add_api_route(path, relationships.find, methods=["GET"], summary=f"List relationships{what}")
        one.add_api_route(f"{path}/{{id}}", relationships.read, methods=["GET"], summary=f"Read a relationship{what}")
    other = APIRouter(tags=["entities"])
    for path in headers.ENTITY_PATHS:
        other.add_api_route(path, things.find, methods=["GET"], summary="List entities")
        other.add_api_route(f"{path}/{{id}}", things.read, methods=["GET"], summary="Read an entity")
    other.add_api_route(ENTITIES_OF_TYPE, things.find, methods=["GET"], summary="List entities of a type")
    return [one, other]


class _Reads(ABC):
    """What reads of relationships and of entities have in common."""

    noun: ClassVar[str]
    filters: ClassVar[tuple[str, ...]]

    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def read(self, request: Request) -> Response:
        """The object with the id in the path."""
        caller = self._identify(request, "get")
        id, reading = headers.read_id(request), headers.read_reading(request)
        return await self._read_one(request, caller, reading, id)

    async def find(self, request: Request) -> Response:
        """The object with the id in the query; without one, a page of objects."""
        caller = self._identify(request, "list")
        of_type = "type" in request.path_params
        reading = headers.read_reading(request, *(() if of_type else ("id", *self.filters)))
        if "id" in reading.query:
            return await self._read_one(request, caller, reading, headers.read_queried_id(reading.query))
        return await self.list_page(request, caller, reading)

    def _identify(self, request: Request, verb: str) -> Caller:
        caller = self._desk.identify(request, f"{verb}{self.noun}")
        caller.require("apollo_read")
        return caller

    async def _read_one(self, request: Request, caller: Caller, reading: Reading, id: str) -> Response:
        sight = await self._desk.look(caller, reading)
        return render.answer_found(request, [await self.fetch(sight, reading, id, request.path_params.get("type"))])

    @abstractmethod
    async def fetch(self, sight: Sight, reading: Reading, id: str, type: str | None) -> wire.Relationship | wire.Entity:
        """The object as it is shown; raises a NotFound where none is live or it has another type."""

    @abstractmethod
    async def list_page(self, request: Request, caller: Caller, reading: Reading) -> Response:
        """A page."""


class _Relationships(_Reads):
    noun, filters = "Relationship", ()

    async def fetch(self, sight: Sight, reading: Reading, id: str, type: str | None) -> wire.Relationship:
        key = space_name(reading.collection).relationship_id(id)
        stored = await self._store.relationship(reading.collection, key, bookmark=reading.bookmark)
        if stored is None or not stored.live or type not in (None, stored.type):
            raise RelationshipMissing(id)
        return sight.show_relationship(stored)

    async def list_page(self, request: Request, caller: Caller, reading: Reading) -> Response:
        paging, type = headers.read_paging(request), request.path_params.get("type")
        walk = await self._desk.walk(request, reading.collection, type)
        after = walk.read(paging.token)
        sight = await self._desk.look(caller, reading)
        run = await survey.list_relationships(
            self._store, reading.collection, type, after=after or "", limit=paging.limit, bookmark=reading.bookmark
        )
        shown = [sight.show_relationship(each) for each in run.found]
        return render.answer_found(request, shown, walk.write(run.reached))


class _Entities(_Reads):
    noun, filters = "Entity", (selection.FILTER, selection.ORDER)

    async def fetch(self, sight: Sight, reading: Reading, id: str, type: str | None) -> wire.Entity:
        entity = translate.demand_entity(id)
        key = space_name(reading.collection).entity_key(entity)
        found = await self._store.entities(reading.collection, [key], bookmark=reading.bookmark)
        record = found.get(key)
        if record is None or not is_live(record):
            raise EntityMissing([(0, 0, entity)])
        return sight.show_entity(entity, record.declaration)

    async def list_page(self, request: Request, caller: Caller, reading: Reading) -> Response:
        paging, type = headers.read_paging(request), request.path_params.get("type")
        chosen = selection.read(reading.query)
        walk = await self._desk.walk(request, reading.collection, type, *chosen.said)
        after = walk.read(paging.token)
        sight = await self._desk.look(caller, reading)
        found, place = await self._choose(reading, Sieve(type, chosen.words), chosen, after, paging.limit)
        shown = [sight.show_entity(each.entity, each.declaration) for each in found]
        return render.answer_found(request, shown, walk.write(place))

    async def _choose(
        self, reading: Reading, sieve: Sieve, chosen: Selection, after: Any, limit: int
    ) -> tuple[list[EntityRecord], Json]:
        """A page, and the place behind it: an id, or a rank with one."""
        store, collection, bookmark = self._store, reading.collection, reading.bookmark
        if chosen.rank is None:
            run = await survey.list_entities(
                store, collection, sieve, chosen.admits, after=after or "", limit=limit, bookmark=bookmark
            )
            return run.found, run.reached
        place = None if after is None else Ranked(*after)
        ranked = await survey.rank_entities(
            store, collection, sieve, chosen.rank, after=place, limit=limit, bookmark=bookmark
        )
        return ranked.found, ranked.reached
