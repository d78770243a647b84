"""Queries of one's own: read-only Cypher, and how to end one that runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core.adhoc import LONGEST_TEXT
from app.facades.analyst import bodies, inquire, wire
from app.facades.analyst.desk import Desk

if TYPE_CHECKING:
    from app.core.adhoc import Inquiries


def route(desk: Desk, inquiries: Inquiries) -> APIRouter:
    """The operations with their paths."""
    router, asked, path = APIRouter(), _Statements(desk, inquiries), f"{wire.ROOT}/cypher"
    router.add_api_route(path, asked.run, methods=["POST"], summary="Run a query")
    router.add_api_route(f"{path}/{{id}}", asked.cancel, methods=["DELETE"], summary="Cancel a query")
    return router


@dataclass(frozen=True, slots=True)
class _Statements:
    desk: Desk
    inquiries: Inquiries

    async def run(self, request: Request) -> Response:
        call = self.desk.open(request, "cypher", (), wire.CYPHER)
        call.query.settle()
        body = await bodies.read(request, ("query", *inquire.RUN))
        text, manner = body.text("query", most=LONGEST_TEXT), inquire.Manner.read(body)
        body.settle()
        return await inquire.answer(request, self.inquiries, call.caller, text, manner, manner.parameters)

    async def cancel(self, request: Request) -> Response:
        call = self.desk.open(request, "cancel cypher", (), wire.CYPHER)
        call.query.settle()
        self.inquiries.cancel(call.caller.principal, request.path_params["id"])
        return Response(status_code=204)
