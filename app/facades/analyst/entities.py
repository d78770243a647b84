"""Entities: to find them, and one of them with all that is known of it."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import finding
from app.core.errors import EntityMissing
from app.core.finding import MOST_WORDS, Place, Rank, Wanted
from app.core.graphs import name_node
from app.facades.analyst import parameters, render, translate, wire
from app.facades.analyst.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.core.graphs import Scope
    from app.core.model import EntityRecord, Fields, Json
    from app.facades.analyst.desk import Call
    from app.facades.analyst.rows import Known


PAGE: Final = 50
LARGEST_PAGE: Final = 1_000
LONGEST_QUESTION: Final = 256
FILTERS: Final = ("id", "name", "domain", "type", "kind")
ASKED: Final = ("q", *FILTERS, "limit", "after", "all")


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Entities(desk)
    router.add_api_route(f"{wire.SPACE}/entities", asked.find, methods=["GET"], summary="Find entities")
    router.add_api_route(f"{wire.SPACE}/entities/{{ref}}", asked.show, methods=["GET"], summary="Show an entity")
    return router


@dataclass(frozen=True, slots=True)
class _Entities:
    desk: Desk

    async def find(self, request: Request) -> Response:
        call = self.desk.open(request, "find", ASKED)
        query = call.query
        wanted = Wanted(query.text("q", most=LONGEST_QUESTION), *(query.text(name) for name in FILTERS))
        every = query.everything(in_rows=request.state.wish.format.has_rows)
        if len(wanted.beginnings) > MOST_WORDS:
            query.refuse("q", f"takes at most {MOST_WORDS} words")
        limit, token = query.integer("limit", PAGE, least=1, most=LARGEST_PAGE), query.text("after")
        scope = await self.desk.enter(call)
        walk = await self.desk.walk(call, "find", *astuple(wanted))
        place = _read_place(walk.read(token))
        if every:
            return await render.stream(request, self._pass_all(call, scope, wanted, place))
        found = await finding.find(self.desk.store, scope, wanted, after=place, limit=limit)
        more = UNSET if found.after is None else walk.write(_write_place(found.after))
        return render.answer(request, wire.Entities(entities=list(map(translate.show_entity, found.nodes)), after=more))

    async def _pass_all(
        self, call: Call, scope: Scope, wanted: Wanted, place: Place | None
    ) -> AsyncIterator[tuple[wire.Answer, Known]]:
        """Every page; before each the caller must still have the right, and each has the time of a question."""
        while True:
            found = await finding.find(self.desk.store, scope, wanted, after=place, limit=LARGEST_PAGE)
            yield wire.Entities(entities=list(map(translate.show_entity, found.nodes))), {}
            place = found.after
            if place is None:
                return
            scope = await self.desk.enter(call)

    async def show(self, request: Request) -> Response:
        call = self.desk.open(request, "entity")
        scope = await self.desk.enter(call)
        ref = parameters.read_ref(request.path_params["ref"])
        card = None if ref is None else await self.desk.store.card(scope, ref)
        if ref is None or card is None:
            raise EntityMissing([])
        shown = wire.Card(
            entity=translate.show_entity(name_node(ref, card.record)),
            fields=dict(_list_fields(card.record)),
            degree=translate.show_degrees(card.degrees),
            total=sum(each.links for each in card.degrees),
        )
        return render.answer(request, shown)


def _write_place(place: Place) -> list[Json]:
    return [place.mark, place.rank, place.ref]


def _read_place(stored: list[Any] | None) -> Place | None:
    if stored is None:
        return None
    mark, rank, ref = stored
    return Place(mark, None if rank is None else Rank(*rank), ref)


def _list_fields(record: EntityRecord) -> Fields:
    return record.fields if record.declaration is None else {**record.fields, **record.declaration.fields}
