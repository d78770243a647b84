"""What is around entities, and the rest of what a hub was shown of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import neighbourhood
from app.core.neighbourhood import MOST_ENTITIES, MOST_LINKS, MOST_OF_BUNCH, MOST_STARTS, MOST_STEPS, Reach
from app.facades.analyst import render, translate, wire
from app.facades.analyst.desk import Desk, Walk
from app.facades.analyst.parameters import DIRECTIONS, MOST_TYPES, demand

if TYPE_CHECKING:
    from app.core.graphs import Bunch
    from app.core.lists import Direction
    from app.core.signing import Signer

STEPS: Final = 1
ENTITIES: Final = 500
OF_BUNCH: Final = 50
AROUND: Final = ("from", "steps", "types", "direction", "kinds", "limit", "group")
MORE: Final = ("entity", "type", "direction", "after", "limit")


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Walks(desk)
    for noun, question, summary in (
        ("neighbourhood", asked.explore, "Show what is around some entities"),
        ("more", asked.read_on, "Show more of the relationships of a hub"),
    ):
        router.add_api_route(f"{wire.SPACE}/{noun}", question, methods=["GET"], summary=summary)
    return router


@dataclass(frozen=True, slots=True)
class _Walks:
    desk: Desk

    async def explore(self, request: Request) -> Response:
        call = self.desk.open(request, "neighbourhood", AROUND)
        query = call.query
        starts, along = query.refs("from", most=MOST_STARTS), query.along()
        reach = Reach(
            steps=query.integer("steps", STEPS, least=1, most=MOST_STEPS),
            entities=query.integer("limit", ENTITIES, least=1, most=MOST_ENTITIES),
            each=query.integer("group", OF_BUNCH, least=1, most=MOST_OF_BUNCH),
            kinds=frozenset(query.listed("kinds", most=MOST_TYPES)) or None,
        )
        scope = await self.desk.enter(call)
        found = await neighbourhood.explore(self.desk.store, scope, starts, along, reach)
        signer = await self.desk.context.signer()
        limits = {"entities": reach.entities, "relationships": MOST_LINKS, "steps": reach.steps, "group": reach.each}
        groups = [
            _show_bunch(bunch, _continue(signer, scope.space, bunch.ref, bunch.type, bunch.direction))
            for bunch in found.bunches
        ]
        members = translate.show_members(found.graph, limits)
        return render.answer(request, wire.Neighbourhood(**members, groups=groups))

    async def read_on(self, request: Request) -> Response:
        call = self.desk.open(request, "more", MORE)
        query = call.query
        ref, type = query.refs("entity", most=1), demand(query, "type")
        direction = query.choice("direction", DIRECTIONS, None)
        if direction is None:
            query.refuse("direction", "must be given as the group has it")
        limit, token = query.integer("limit", OF_BUNCH, least=1, most=MOST_OF_BUNCH), query.text("after")
        scope = await self.desk.enter(call)
        assert direction is not None, "the query has been settled"
        walk = _continue(await self.desk.context.signer(), scope.space, ref[0], type, direction)
        rest = await neighbourhood.read_on(
            self.desk.store, scope, ref[0], type, direction, after=walk.read(token) or 0, limit=limit
        )
        more = UNSET if rest.place is None else walk.write(rest.place)
        members = translate.show_members(rest.graph, {"relationships": limit})
        return render.answer(request, wire.More(**members, after=more))


def _continue(signer: Signer, space: str, ref: str, type: str, direction: Direction) -> Walk:
    """The places in one bunch."""
    return Walk(signer, "more", [space, ref, type, translate.show_direction(direction)])


def _show_bunch(bunch: Bunch, walk: Walk) -> wire.Group:
    return wire.Group(
        entity=bunch.ref,
        type=bunch.type,
        direction=translate.show_direction(bunch.direction),
        shown=bunch.shown,
        more=bunch.more,
        after=walk.write(bunch.place),
    )
