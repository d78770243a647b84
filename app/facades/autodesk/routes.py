"""The paths of the Autodesk relationship format, version 2 (autodesk 1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import relate, replicate, traverse
from app.core.access import Right
from app.core.rules import AUTODESK
from app.facades.autodesk import bodies, parameters, render, tokens, translate, wire
from app.facades.autodesk.openapi import MANUAL
from app.facades.autodesk.tokens import Walk
from app.facades.autodesk.writable import Writable
from app.facades.body import read_body
from app.facades.mount import Edge, build
from app.facades.paths import DECODE_THEN_SPLIT
from app.facades.strict import Splitter
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fastapi import FastAPI

    from app.core.access import Caller
    from app.core.relate import Origin
    from app.core.replicate import Outlook
    from app.core.signing import Signer
    from app.core.store import SpaceView
    from app.facades.autodesk.parameters import Address, Paging
    from app.facades.autodesk.tokens import Continuation
    from app.facades.autodesk.translate import Viewer
    from app.facades.autodesk.wire import FieldFault
    from app.facades.context import Context

T = TypeVar("T")


class Operation(NamedTuple):
    """One row of autodesk 1: what its caller must hold."""

    name: str
    scopes: tuple[str, ...]
    right: Right


LONG_BODY: Final = 131_072
"""Bytes that are parsed in about a millisecond; longer bodies are, in a thread."""

READ: Final = ("data:read",)
PUT: Final = Operation("put", ("data:create", "data:write"), Right.READWRITE)
GET: Final = Operation("get", READ, Right.READONLY)
SEARCH: Final = Operation("search", READ, Right.READONLY)
BATCH: Final = Operation("batch", READ, Right.READONLY)
DELETE: Final = Operation("delete", ("data:write",), Right.READWRITE)
INTERSECT: Final = Operation("intersect", READ, Right.READONLY)
SYNC: Final = Operation("sync", READ, Right.READONLY)
SYNC_STATUS: Final = Operation("syncStatus", READ, Right.READONLY)
WRITABLE: Final = Operation("writable", READ, Right.READONLY)


def mount(context: Context) -> FastAPI:
    """The application that answers everything below ``/bim360``.

    Raises SettingInvalid for a writable table that can't be used.
    """
    edge = Edge(
        paths=DECODE_THEN_SPLIT,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render.render_error,
        headers=(("Cache-Control", "no-store"),),
    )
    relationships = Relationships(context, Writable.load(context.settings), Splitters.prepare())
    return build("Autodesk relationships", [relationships.list_routes()], edge, MANUAL)


class Splitters(NamedTuple):
    """What cuts the arrays that this format takes, by the most items of each."""

    items: Splitter
    ids: Splitter
    tokens: Splitter

    @classmethod
    def prepare(cls) -> Splitters:
        """One of each."""
        return cls(Splitter(wire.MAX_ITEMS), Splitter(wire.MAX_IDS), Splitter(wire.MAX_SYNC_TOKENS))


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
    splitters: Splitters

    def list_routes(self) -> APIRouter:
        """The operations with their paths."""
        router = APIRouter()
        every = f"{wire.CONTAINER}/relationships"
        for method, path, operation, summary in (
            ("PUT", every, self.put, "Create relationships"),
            ("GET", f"{every}/{{relationshipId}}", self.get, "Get a relationship"),
            ("GET", f"{every}:search", self.search, "Search relationships"),
            ("POST", f"{every}:batch", self.batch, "Get relationships by id"),
            ("POST", f"{every}:delete", self.delete, "Delete relationships"),
            ("POST", f"{every}:intersect", self.intersect, "Find the relationships of some entities"),
            ("POST", f"{every}:sync", self.sync, "Copy relationships, then follow their changes"),
            ("POST", f"{every}:syncStatus", self.sync_status, "Ask what a sync would bring"),
            ("GET", f"{wire.UTILITY}/relationships:writable", self.list_writable, "List the pairs that may be related"),
        ):
            router.add_api_route(path, operation, methods=[method], summary=summary)
        return router

    async def put(self, request: Request) -> Response:
        """Operation 1."""
        call = await self._admit(request, PUT)
        proposals = await self._read(request, partial(bodies.read_proposals, splitter=self.splitters.items))
        current().items = len(proposals)
        translate.require_writable(proposals, call.viewer.writable)
        recording = relate.Recording(policy=AUTODESK, items=proposals, origin=call.origin, ends_must_exist=True)
        receipt = await relate.write(self.context.store, call.caller, call.view, PUT.right, recording)
        current().count_all(receipt.outcomes)
        body = translate.show_outcomes(proposals, receipt.outcomes, call.viewer)
        return render.answer_write(body, receipt.bookmark)

    async def get(self, request: Request) -> Response:
        """Operation 2."""
        call = await self._admit(request, GET)
        container, id, bookmark = call.address
        found = await self.context.store.relationship(container, id, bookmark=bookmark)
        return render.answer(translate.show_found(found, call.address, call.viewer))

    async def search(self, request: Request) -> Response:
        """Operation 3."""
        caller = self._identify(request, SEARCH)
        signer = await self.context.signer()
        address, (criteria, paging) = _read_call(request, SEARCH, parameters.SEARCH, parameters.read_search)
        walk = Walk(signer, SEARCH.name, address.container, criteria)
        start = parameters.open_walk(walk, paging)
        return await self._walk(await self._enter(request, SEARCH, caller, address), walk, paging, start)

    async def batch(self, request: Request) -> Response:
        """Operation 4."""
        call = await self._admit(request, BATCH)
        ids = await self._read(request, partial(bodies.read_ids, splitter=self.splitters.ids))
        current().items = len(ids)
        wanted = list(dict.fromkeys(ids))
        found = await self.context.store.relationships(call.address.container, wanted, bookmark=call.address.bookmark)
        return render.answer(translate.show_batch(wanted, found, call.viewer))

    async def delete(self, request: Request) -> Response:
        """Operation 5."""
        call = await self._admit(request, DELETE)
        ids = await self._read(request, partial(bodies.read_ids, splitter=self.splitters.ids))
        current().items = len(ids)
        guard = partial(translate.require_deletable, ids, call.viewer.writable)
        retiring = relate.Retiring(ids=list(dict.fromkeys(ids)), origin=call.origin, guard=guard)
        receipt = await relate.write(self.context.store, call.caller, call.view, DELETE.right, retiring)
        current().count_all(receipt.outcomes)
        return render.answer_write(translate.show_deleted(receipt.outcomes), receipt.bookmark)

    async def intersect(self, request: Request) -> Response:
        """Operation 6."""
        caller = self._identify(request, INTERSECT)
        address, paging = _read_call(request, INTERSECT, parameters.PAGING, parameters.read_paging)
        call = await self._enter(request, INTERSECT, caller, address)
        criteria = await self._read(request, partial(bodies.read_intersect, life=paging.life))
        walk = Walk(await self.context.signer(), INTERSECT.name, address.container, criteria)
        return await self._walk(call, walk, paging, parameters.open_walk(walk, paging))

    async def _walk(self, call: Call, walk: Walk, paging: Paging, last: Continuation | None) -> Response:
        """The next page of a walk; the position of the space comes with the first."""
        store, (container, _, bookmark) = self.context.store, call.address
        criteria, limit = walk.criteria, paging.limit
        if last is None:
            start, page = await traverse.find_first(store, container, criteria, limit=limit, bookmark=bookmark)
        else:
            start, after = last.start, last.place
            page = await traverse.find(store, container, criteria, after=after, limit=limit, bookmark=bookmark)
        return render.answer(translate.show_page(page, walk, start, call.viewer))

    async def sync(self, request: Request) -> Response:
        """Operation 7."""
        call = await self._admit(request, SYNC)
        asked = await self._read(request, bodies.read_sync)
        store, (container, _, bookmark) = self.context.store, call.address
        signer, limit = await self.context.signer(), self.context.settings.autodesk_sync_page_size
        if asked.token:
            marker = parameters.open_sync(signer, container, asked.token)
            delivery = await replicate.follow(store, container, marker, limit=limit, bookmark=bookmark)
        else:
            delivery = await replicate.begin(store, container, asked.criteria, limit=limit, bookmark=bookmark)
        return render.answer(translate.show_delivery(delivery, container, signer, call.viewer))

    async def sync_status(self, request: Request) -> Response:
        """Operation 8."""
        call = await self._admit(request, SYNC_STATUS)
        asked = await self._read(request, partial(bodies.read_status, splitter=self.splitters.tokens))
        signer = await self.context.signer()
        outlooks = [await self._foresee(call, signer, each.token) for each in asked]
        return render.answer_status(asked, outlooks)

    async def _foresee(self, call: Call, signer: Signer, token: str) -> Outlook | None:
        container, _, bookmark = call.address
        try:
            marker = tokens.read_sync(signer, container, token)
        except tokens.TokenUnusable:
            return None
        return await replicate.foresee(self.context.store, container, marker, bookmark=bookmark)

    async def list_writable(self, request: Request) -> Response:
        """Operation 9: the table, and what occurs in the permissive spaces where the caller may write."""
        caller = self._identify(request, WRITABLE)
        address, _ = _read_call(request, WRITABLE, (), parameters.read_nothing)
        everywhere = caller.blanket is not None and caller.blanket >= Right.READWRITE
        occurring = await self.context.store.pairs(
            None if everywhere else caller.grantees,
            Right.READWRITE,
            self.writable.is_told,
            bookmark=address.bookmark,
        )
        return render.answer(translate.show_writable(self.writable.list_with(occurring)))

    async def _read(self, request: Request, read: Callable[[bytes], T]) -> T:
        """The body as core values; a long one is read in a thread."""
        raw = await read_body(request, self.context.settings.autodesk_max_body_bytes)
        with current().timed("parse"):
            if len(raw) > LONG_BODY:
                return await asyncio.to_thread(read, raw)
            return read(raw)

    async def _admit(self, request: Request, operation: Operation) -> Call:
        """Steps 3 to 8 of autodesk 2.1, in that order, for a call whose query says nothing."""
        caller = self._identify(request, operation)
        address, _ = _read_call(request, operation, (), parameters.read_nothing)
        return await self._enter(request, operation, caller, address)

    def _identify(self, request: Request, operation: Operation) -> Caller:
        """Steps 3 and 4."""
        exchange = current()
        exchange.format, exchange.operation = "autodesk", operation.name
        caller = self.context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        if self.context.settings.autodesk_three_legged_only:
            caller.require_person()
        caller.require(*operation.scopes)
        return caller

    async def _enter(self, request: Request, operation: Operation, caller: Caller, address: Address) -> Call:
        """Steps 7 and 8."""
        current().space = address.container
        if request.method in ("PUT", "POST"):
            parameters.check_media_type(request.headers)
        view = await relate.enter(
            self.context.store,
            caller,
            address.container,
            operation.right,
            found=self.context.settings.auto_spaces,
            bookmark=address.bookmark,
        )
        viewer = translate.name_viewer(caller, view, self.writable)
        return Call(caller, address, view, viewer, translate.name_origin(caller, request.state.request_id))


def _read_call(
    request: Request,
    operation: Operation,
    names: Iterable[str],
    read: Callable[[Mapping[str, str], list[FieldFault]], T],
) -> tuple[Address, T]:
    """Step 6."""
    query = request.scope["query_string"]
    return parameters.read_call(
        request.path_params, query, request.headers, right=operation.right, names=names, read=read
    )
