"""The paths of the Autodesk relationship format, version 2 (autodesk 1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import relate
from app.core.access import Right
from app.core.rules import AUTODESK
from app.facades.autodesk import render, translate, wire
from app.facades.autodesk.writable import Writable
from app.facades.body import read_body
from app.facades.mount import Edge, build
from app.facades.paths import DECODE_THEN_SPLIT
from app.facades.strict import Splitter
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

    from app.core.access import Caller
    from app.core.model import Outcome, Proposal
    from app.core.relate import Origin
    from app.core.store import SpaceView
    from app.facades.autodesk.translate import Address, Viewer
    from app.facades.context import Context


class Operation(NamedTuple):
    """One row of autodesk 1: what its caller must hold."""

    name: str
    scopes: tuple[str, ...]
    right: Right


LONG_BODY: Final = 131_072
"""Bytes that are parsed in about a millisecond; longer bodies are, in a thread."""

PUT: Final = Operation("put", ("data:create", "data:write"), Right.READWRITE)
GET: Final = Operation("get", ("data:read",), Right.READONLY)


def mount(context: Context) -> ASGIApp:
    """The application that answers everything below ``/bim360``.

    Raises SettingInvalid for a writable table that can't be used.
    """
    edge = Edge(
        paths=DECODE_THEN_SPLIT,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render.render_error,
        headers=(("Cache-Control", "no-store"),),
    )
    relationships = Relationships(context, Writable.load(context.settings), Splitter(wire.MAX_ITEMS))
    return build("Autodesk relationships", [relationships.list_routes()], edge)


class Call(NamedTuple):
    """A caller who was let in, and what the request names."""

    caller: Caller
    address: Address
    view: SpaceView
    viewer: Viewer
    origin: Origin


@dataclass(frozen=True, slots=True)
class Relationships:
    """The operations on the relationships of one container."""

    context: Context
    writable: Writable
    splitter: Splitter

    def list_routes(self) -> APIRouter:
        """The operations with their paths."""
        router = APIRouter()
        router.add_api_route(
            f"{wire.CONTAINER}/relationships", self.put, methods=["PUT"], summary="Create relationships"
        )
        router.add_api_route(
            f"{wire.CONTAINER}/relationships/{{relationshipId}}",
            self.get,
            methods=["GET"],
            summary="Get a relationship",
        )
        return router

    async def put(self, request: Request) -> Response:
        """Operation 1."""
        call = await self._admit(request, PUT)
        raw = await read_body(request, self.context.settings.autodesk_max_body_bytes)
        proposals = await self._read_proposals(raw)
        translate.require_writable(proposals, self.writable)
        recording = relate.Recording(policy=AUTODESK, items=proposals, origin=call.origin, ends_must_exist=True)
        receipt = await relate.write(self.context.store, call.caller, call.view, PUT.right, recording)
        _count(receipt.outcomes)
        body = translate.show_outcomes(proposals, receipt.outcomes, call.viewer)
        return render.answer_write(body, receipt.bookmark)

    async def get(self, request: Request) -> Response:
        """Operation 2."""
        call = await self._admit(request, GET)
        container, id, bookmark = call.address
        found = await self.context.store.relationship(container, id, bookmark=bookmark)
        return render.answer(translate.show_found(found, call.address, call.viewer))

    async def _read_proposals(self, raw: bytes) -> list[Proposal]:
        exchange = current()
        with exchange.timed("parse"):
            if len(raw) > LONG_BODY:
                proposals = await asyncio.to_thread(translate.read_proposals, raw, self.splitter)
            else:
                proposals = translate.read_proposals(raw, self.splitter)
        exchange.items = len(proposals)
        return proposals

    async def _admit(self, request: Request, operation: Operation) -> Call:
        """Steps 3 to 8 of autodesk 2.1, in that order."""
        settings = self.context.settings
        exchange = current()
        exchange.format, exchange.operation = "autodesk", operation.name
        caller = self.context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        if settings.autodesk_three_legged_only:
            caller.require_person()
        caller.require(*operation.scopes)
        query = request.scope["query_string"]
        address = translate.read_address(request.path_params, query, request.headers, right=operation.right)
        exchange.space = address.container
        if request.method in ("PUT", "POST"):
            translate.check_media_type(request.headers)
        view = await relate.enter(
            self.context.store, caller, address.container, operation.right, found=settings.auto_spaces
        )
        viewer = translate.name_viewer(caller, view, self.writable)
        return Call(caller, address, view, viewer, translate.name_origin(caller, request.state.request_id))


def _count(outcomes: Sequence[Outcome]) -> None:
    exchange = current()
    for outcome in outcomes:
        exchange.count(type(outcome).__name__.lower())
