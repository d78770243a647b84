"""One entity with what it is linked to, nested by type names (apollo 12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import survey
from app.core.declare import is_live
from app.core.errors import EntityMissing, NotAllowed
from app.core.identity import apollo_spelling, space_name
from app.facades.apollo import headers, render, translate
from app.facades.apollo.desk import Desk
from app.facades.apollo.headers import QueryMalformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.core.access import Caller
    from app.core.model import End, Entity, EntityRecord, Relationship
    from app.facades.apollo.headers import Reading
    from app.facades.apollo.sight import Sight
    from app.facades.context import Context

PATH: Final = "/apollo/graph/entities({id})"
EXPAND: Final = "$expand"
EVERY: Final = "ALL"
MOST_TYPES: Final = 10
_TYPE = "rType:"
_FAR = "eType:"
_TERM = re.compile(r"\s*rType:(.{1,256}?)\s*\Z", re.DOTALL)
_NESTED = re.compile(r"\(\s*\$")


def route(context: Context) -> APIRouter:
    """The read with its path."""
    router = APIRouter(tags=["graph"])
    router.add_api_route(PATH, _Expansion(context).read, methods=["GET"], summary="Read an entity with its links")
    return router


class _Expansion:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def read(self, request: Request) -> Response:
        caller = self._desk.identify(request, "expandEntity")
        caller.require("apollo_read")
        reading, paging = headers.read_reading(request, EXPAND), headers.read_paging(request, "first", "after")
        entity, types = translate.demand_entity(request.path_params["id"]), read_types(reading.query.get(EXPAND))
        walk = await self._desk.walk(request, reading.collection, [*entity], types)
        after = walk.read(paging.token)
        sight = await self._desk.look(caller, reading)
        record = (await self._find(reading, [entity])).get(entity)
        if record is None:
            raise EntityMissing([(0, 0, entity)])
        shown = _to_members(sight.show_entity(entity, record.declaration))
        if types == []:
            return render.answer_found(request, [shown])
        run = await survey.list_links(
            self._store,
            reading.collection,
            entity,
            types,
            after=after or "",
            limit=paging.limit,
            bookmark=reading.bookmark,
        )
        ends = [_choose_far(each, entity) for each in run.found]
        far = await self._show_far(caller, reading, sight, ends)
        names: dict[str, str] = {}
        for each, end in zip(run.found, ends, strict=True):
            if each.type not in names:
                names[each.type] = _choose_name(shown, each.type, _TYPE)
            shown.setdefault(names[each.type], []).append(_show_link(sight, each, end, far))
        return render.answer_found(request, [shown], walk.write(run.reached))

    async def _find(self, reading: Reading, entities: Sequence[Entity]) -> dict[Entity, EntityRecord]:
        """Those that are declared and live."""
        name = space_name(reading.collection)
        keys = {name.entity_key(entity) for entity in entities}
        found = await self._store.entities(reading.collection, keys, bookmark=reading.bookmark)
        return {record.entity: record for record in found.values() if is_live(record)}

    async def _show_far(
        self, caller: Caller, reading: Reading, sight: Sight, ends: Sequence[End]
    ) -> dict[tuple[str, Entity], dict[str, Any]]:
        """The far entities by their collection, as far as they are declared and the caller may read them."""
        shown: dict[tuple[str, Entity], dict[str, Any]] = {}
        for collection in {end.space or reading.collection for end in ends}:
            there, theirs = reading._replace(collection=collection), sight
            if collection != reading.collection:
                try:
                    theirs = await self._desk.look(caller, there)
                except NotAllowed:
                    continue
            wanted = [end.entity for end in ends if (end.space or reading.collection) == collection]
            for entity, record in (await self._find(there, wanted)).items():
                shown[collection, entity] = _to_members(theirs.show_entity(entity, record.declaration))
        return shown


def read_types(text: str | None) -> list[str] | None:
    """The relationship types that an expansion names; None: all of them. Raises QueryMalformed for other forms."""
    if text is None:
        return []
    terms = [_TERM.match(part) for part in text.split(",")]
    if _NESTED.search(text) or len(terms) > MOST_TYPES:
        raise QueryMalformed(f"The parameter {EXPAND} takes one level, of 1 to {MOST_TYPES} relationship types")
    types = [term[1] for term in terms if term is not None]
    if len(types) < len(terms):
        raise QueryMalformed(f"The parameter {EXPAND} takes terms rType:…, separated by commas")
    return None if EVERY in types else sorted(set(types))


def _to_members(shown: object) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(shown)
    return members


def _choose_far(relationship: Relationship, entity: Entity) -> End:
    """The other end of a link of this entity; both are the same where it is linked with itself."""
    source, target = relationship.source, relationship.target
    return target if source.entity == entity and source.space is None else source


def _show_link(
    sight: Sight, relationship: Relationship, end: End, far: Mapping[tuple[str, Entity], dict[str, Any]]
) -> dict[str, Any]:
    link = _to_members(sight.show_relationship(relationship))
    known = far.get((end.space or sight.collection, end.entity))
    if known is None:
        link[_choose_name(link, "entity", _FAR)] = {"id": apollo_spelling(end[:3])}
    else:
        link[_choose_name(link, known["entityType"], _FAR)] = known
    return link


def _choose_name(taken: Mapping[str, Any], name: str, prefix: str) -> str:
    """The name of a type as a member: one that the object has already is prefixed."""
    while name in taken:
        name = f"{prefix}{name}"
    return name
