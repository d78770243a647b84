"""The spaces that a caller may read, and what one of them holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import facets
from app.core.access import Right
from app.facades.analyst import render, translate, wire
from app.facades.analyst.desk import Desk

if TYPE_CHECKING:
    from app.core.access import Caller
    from app.core.administer import Sheet
    from app.core.graphs import Extent

PAGE: Final = 100
LARGEST_PAGE: Final = 1_000


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Spaces(desk)
    router.add_api_route(f"{wire.ROOT}/spaces", asked.list_spaces, methods=["GET"], summary="List the spaces")
    router.add_api_route(wire.SPACE, asked.show, methods=["GET"], summary="Show what a space holds")
    return router


@dataclass(frozen=True, slots=True)
class _Spaces:
    desk: Desk

    async def list_spaces(self, request: Request) -> Response:
        call = self.desk.open(request, "spaces", ("limit", "after"))
        limit = call.query.integer("limit", PAGE, least=1, most=LARGEST_PAGE)
        token = call.query.text("after")
        call.query.settle()
        walk, store, bookmark = await self.desk.walk(call, "spaces"), self.desk.store, call.query.bookmark
        after = walk.read(token) or ""
        least = None if call.caller.blanket is not None else Right.READONLY
        sheets = await store.sheets(call.caller.grantees, least, after=after, limit=limit + 1, bookmark=bookmark)
        extents = await store.extents([sheet.id for sheet in sheets[:limit]], bookmark=bookmark)
        shown = [_show(sheet, extents[sheet.id], call.caller) for sheet in sheets[:limit] if sheet.id in extents]
        more = walk.write(sheets[limit - 1].id) if len(sheets) > limit else UNSET
        return render.answer(request, wire.Spaces(spaces=shown, after=more))

    async def show(self, request: Request) -> Response:
        call = self.desk.open(request, "space")
        scope = await self.desk.enter(call)
        found = await facets.look_over(self.desk.store, scope)
        return render.answer(request, translate.show_facets(scope.space, found))


def _show(sheet: Sheet, extent: Extent, caller: Caller) -> wire.Space:
    right = caller.right_among(sheet.grants)
    assert right is not None, "only spaces where the caller has a right are listed"
    return wire.Space(id=sheet.id, entities=extent.entities, relationships=extent.relationships, right=right.wire)
