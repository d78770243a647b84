"""All relationships of a space, to be taken along page by page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import survey
from app.core.graphs import name_ends, name_link
from app.facades.analyst import render, translate, wire
from app.facades.analyst.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.core.graphs import Link, Node, Scope
    from app.facades.analyst.desk import Call
    from app.facades.analyst.rows import Known

PAGE: Final = 1_000
LARGEST_PAGE: Final = 10_000
MOST_KNOWN: Final = 20_000
"""Ends whose names a stream keeps in mind."""


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Exports(desk)
    router.add_api_route(f"{wire.SPACE}/relationships", asked.export, methods=["GET"], summary="Export relationships")
    return router


@dataclass(frozen=True, slots=True)
class _Exports:
    desk: Desk

    async def export(self, request: Request) -> Response:
        call = self.desk.open(request, "relationships", ("type", "limit", "after", "all"))
        every = call.query.everything(in_rows=request.state.wish.format.has_rows)
        limit = call.query.integer("limit", PAGE, least=1, most=LARGEST_PAGE)
        type, token = call.query.text("type"), call.query.text("after")
        scope = await self.desk.enter(call)
        walk = await self.desk.walk(call, "relationships", type)
        after = walk.read(token) or ""
        if every:
            return await render.stream(request, self._pass_all(call, scope, type, after))
        found, place = await self._page(scope, type, after, limit)
        more = UNSET if place is None else walk.write(place)
        known = await self._name(scope, found, {}) if request.state.wish.format.has_rows else {}
        return render.answer(request, wire.Relationships(relationships=_show(found), after=more), _show_nodes(known))

    async def _page(self, scope: Scope, type: str | None, after: str, limit: int) -> tuple[list[Link], str | None]:
        run = await survey.list_relationships(
            self.desk.store, scope.space, type, after=after, limit=limit, bookmark=scope.bookmark
        )
        links = await asyncio.to_thread(lambda: [name_link(scope.space, record) for record in run.found])
        return links, run.reached

    async def _name(self, scope: Scope, links: list[Link], known: dict[str, Node]) -> dict[str, Node]:
        """The ends of some links, of which some are ``known``."""
        ends = {ref for link in links for ref in (link.source, link.target)}
        kept = {ref: known[ref] for ref in ends & known.keys()}
        return kept | await name_ends(self.desk.store, scope, links, kept)

    async def _pass_all(
        self, call: Call, scope: Scope, type: str | None, after: str
    ) -> AsyncIterator[tuple[wire.Answer, Known]]:
        """Every page; before each the caller must still have the right, and each has the time of a question.

        The next page is read while one is sent.
        """
        known: dict[str, Node] = {}
        ahead = asyncio.ensure_future(self._bring(scope, type, after, known))
        try:
            while True:
                found, named, place = await ahead
                if place is not None:
                    known = named if len(known) > MOST_KNOWN else known | named
                    ahead = asyncio.ensure_future(self._go_on(call, type, place, known))
                yield wire.Relationships(relationships=_show(found)), _show_nodes(named)
                if place is None:
                    return
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _go_on(
        self, call: Call, type: str | None, after: str, known: dict[str, Node]
    ) -> tuple[list[Link], dict[str, Node], str | None]:
        return await self._bring(await self.desk.enter(call), type, after, known)

    async def _bring(
        self, scope: Scope, type: str | None, after: str, known: dict[str, Node]
    ) -> tuple[list[Link], dict[str, Node], str | None]:
        """A page, the ends of its links, and where the next one begins."""
        found, place = await self._page(scope, type, after, PAGE)
        return found, await self._name(scope, found, known), place


def _show(links: list[Link]) -> list[wire.Link]:
    return list(map(translate.show_link, links))


def _show_nodes(nodes: dict[str, Node]) -> Known:
    return {ref: translate.show_entity(node) for ref, node in nodes.items()}
