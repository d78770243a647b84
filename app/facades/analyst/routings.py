"""Questions that go far: paths, impact, what entities have in common, cycles, islands, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import cycles, difference, impact, intersect, islands, paths, ways
from app.core.graphs import IN, OUT, SECONDS
from app.facades.analyst import render, translate, wire
from app.facades.analyst.desk import Desk
from app.facades.analyst.parameters import MOST_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.difference import Differing
    from app.core.graphs import Scope
    from app.core.paths import Path

PATHS: Final = 10
ENTITIES: Final = 1_000
SHARED: Final = 500
LONGEST_CYCLE: Final = 6
CYCLES: Final = 20
ISLANDS: Final = 100
ITEMS: Final = 1_000
LATEST: Final = 999_999_999_999_999
MODES: Final = {mode: mode for mode in ("shortest", "k", "all")}


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Routings(desk)
    for noun, question, summary in (
        ("paths", asked.find_paths, "Find paths between two entities"),
        ("impact", asked.assess, "Tell what can be reached from an entity"),
        ("intersect", asked.intersect, "Tell what entities have in common"),
        ("cycles", asked.find_cycles, "Find cycles along types"),
        ("islands", asked.find_islands, "Find islands"),
        ("changes", asked.compare, "Tell what differs between two changes"),
    ):
        router.add_api_route(f"{wire.SPACE}/{noun}", question, methods=["GET"], summary=summary)
    return router


@dataclass(frozen=True, slots=True)
class _Routings:
    desk: Desk

    async def find_paths(self, request: Request) -> Response:
        call = self.desk.open(request, "paths", ("from", "to", "mode", "most", "steps", "types", "direction"))
        query = call.query
        source, target, along = query.refs("from", most=1), query.refs("to", most=1), query.along(OUT)
        mode = query.choice("mode", MODES, "shortest")
        most = query.integer("most", PATHS, least=1, most=paths.MOST_PATHS)
        steps = query.integer("steps", paths.MOST_STEPS, least=1, most=paths.MOST_STEPS)
        scope = await self.desk.enter(call)
        sought = paths.Route(source[0], target[0], along, steps)
        if mode == "all":
            found = await paths.find_all(self.desk.store, scope, sought, most=most)
        else:
            most = most if mode == "k" else 1
            found = await paths.find_shortest(self.desk.store, scope, sought, most=most)
        limits = {"rows": most, "steps": steps, "relationships": paths.MOST_LINKS}
        members = translate.show_members(found.graph, limits)
        return render.answer(request, wire.Paths(**members, paths=list(map(_show_path, found.paths))))

    async def assess(self, request: Request) -> Response:
        call = self.desk.open(request, "impact", ("from", "direction", "types", "steps", "limit"))
        query = call.query
        start, along = query.refs("from", most=1), query.along(OUT)
        if along.direction not in (OUT, IN):
            query.refuse("direction", "takes one of out, in")
        steps = query.integer("steps", impact.MOST_STEPS, least=1, most=impact.MOST_STEPS)
        limit = query.integer("limit", ENTITIES, least=1, most=impact.MOST_ENTITIES)
        scope = await self.desk.enter(call)
        found = await impact.assess(self.desk.store, scope, start[0], along, steps=steps, limit=limit)
        limits = {"entities": limit, "steps": steps, "relationships": impact.MOST_LINKS}
        return render.answer(
            request,
            wire.Impact(
                **translate.show_members(found.graph, limits),
                reached=[
                    wire.Reached(entity=each.ref, distance=each.distance, via=each.via, from_=each.near)
                    for each in found.reached
                ],
                byDistance=[wire.DistanceCount(distance=far, count=count) for far, count in found.by_distance],
                byKind=[wire.KindCount(kind=kind, count=count) for kind, count in found.by_kind],
            ),
        )

    async def intersect(self, request: Request) -> Response:
        call = self.desk.open(request, "intersect", ("of", "types", "direction", "limit"))
        query = call.query
        refs, along = query.refs("of", least=2, most=intersect.MOST_ASKED), query.along()
        limit = query.integer("limit", SHARED, least=1, most=intersect.MOST_ENTITIES)
        scope = await self.desk.enter(call)
        found = await intersect.intersect(self.desk.store, scope, refs, along, limit=limit)
        members = translate.show_members(found.graph, {"entities": limit, "relationships": intersect.MOST_LOOKED})
        shared = [wire.Shared(entity=each.ref, links=list(each.links)) for each in found.shared]
        return render.answer(request, wire.Common(**members, common=shared))

    async def find_cycles(self, request: Request) -> Response:
        call = self.desk.open(request, "cycles", ("type", "longest", "limit"))
        query = call.query
        types = frozenset(query.listed("type", most=cycles.MOST_TYPES))
        if not types:
            query.refuse("type", f"takes 1 to {cycles.MOST_TYPES} types of relationships, with commas between")
        longest = query.integer("longest", LONGEST_CYCLE, least=1, most=cycles.LONGEST)
        limit = query.integer("limit", CYCLES, least=1, most=cycles.MOST_CYCLES)
        scope = _extend(await self.desk.enter(call))
        found = await cycles.find_cycles(self.desk.store, scope, types, longest=longest, limit=limit)
        members = translate.show_members(found.graph, {"rows": limit, "steps": longest, **_WHOLE})
        return render.answer(request, wire.Cycles(**members, cycles=list(map(_show_path, found.cycles))))

    async def find_islands(self, request: Request) -> Response:
        call = self.desk.open(request, "islands", ("types", "limit"))
        limit = call.query.integer("limit", ISLANDS, least=1, most=islands.MOST_ISLANDS)
        types = frozenset(call.query.listed("types", most=MOST_TYPES)) or None
        scope = _extend(await self.desk.enter(call))
        found = await islands.find_islands(self.desk.store, scope, types, limit=limit)
        shown = [
            wire.Island(
                entities=each.size,
                ref=min((node.ref for node in each.sample), default=""),
                sample=list(map(translate.show_entity, each.sample)),
            )
            for each in found.islands
        ]
        cut = translate.show_cut(found.cut, {"rows": limit, **_WHOLE})
        return render.answer(request, wire.Islands(**cut, islands=shown, count=found.count, alone=found.alone))

    async def compare(self, request: Request) -> Response:
        call = self.desk.open(request, "changes", ("after", "until", "limit"))
        query = call.query
        after = query.integer("after", 0, least=0, most=LATEST)
        until = query.integer("until", LATEST, least=0, most=LATEST)
        limit = query.integer("limit", ITEMS, least=1, most=difference.MOST_ITEMS)
        scope = await self.desk.enter(call)
        found = await difference.compare(self.desk.store, scope, after, until, limit=limit)
        created, updated, deleted = (
            list(map(_show_differing, some)) for some in (found.created, found.updated, found.deleted)
        )
        cut = translate.show_cut(found.cut, {"rows": limit, "relationships": difference.MOST_CHANGES})
        return render.answer(
            request,
            wire.Difference(
                **cut, from_=found.after, until=found.until, created=created, updated=updated, deleted=deleted
            ),
        )


_WHOLE: Final[Mapping[str, float]] = {"relationships": ways.MOST_LINKS, "seconds": islands.SECONDS}


def _extend(scope: Scope) -> Scope:
    """The time of a question that looks at a whole space."""
    return replace(scope, until=scope.until + islands.SECONDS - SECONDS)


def _show_path(path: Path | cycles.Cycle) -> wire.Path:
    return wire.Path(entities=list(path.refs), relationships=list(path.links))


def _show_differing(item: Differing) -> wire.Differing:
    return wire.Differing(
        what="entity" if item.is_entity else "relationship",
        id=item.id,
        type=item.type,
        before=UNSET if item.before is None else item.before,
        after=UNSET if item.after is None else item.after,
    )
