"""All relationships of a space, to be taken along page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import survey
from app.core.graphs import name_link
from app.facades.analyst import render, translate, wire
from app.facades.analyst.desk import Desk

PAGE: Final = 1_000
LARGEST_PAGE: Final = 10_000


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Exports(desk)
    router.add_api_route(f"{wire.SPACE}/relationships", asked.export, methods=["GET"], summary="Export relationships")
    return router


@dataclass(frozen=True, slots=True)
class _Exports:
    desk: Desk

    async def export(self, request: Request) -> Response:
        call = self.desk.open(request, "relationships", ("type", "limit", "after"))
        limit = call.query.integer("limit", PAGE, least=1, most=LARGEST_PAGE)
        type, token = call.query.text("type"), call.query.text("after")
        scope = await self.desk.enter(call)
        walk = await self.desk.walk(call, "relationships", type)
        run = await survey.list_relationships(
            self.desk.store, scope.space, type, after=walk.read(token) or "", limit=limit, bookmark=scope.bookmark
        )
        links = [translate.show_link(name_link(scope.space, record)) for record in run.found]
        more = UNSET if run.reached is None else walk.write(run.reached)
        return render.answer(request, wire.Relationships(relationships=links, after=more))
