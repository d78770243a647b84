"""The paths of the SAS format and what each of them does (sas 2, 9, 12)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import relate
from app.core.access import Right
from app.core.errors import RelationshipMissing
from app.core.identity import read_uuid
from app.core.model import Author, Refused
from app.core.relate import Origin, Recording
from app.core.rules import SAS
from app.facades import mount as mounting
from app.facades.body import check_declared_size, read_body
from app.facades.paths import SPLIT_THEN_DECODE
from app.facades.sas import media, parameters, translate, wire
from app.facades.sas.media import Operation
from app.facades.sas.render import render_error
from app.facades.sas.translate import Many
from app.facades.strict import Splitter
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from app.core.access import Caller
    from app.core.model import Outcome, Proposal, Relationship
    from app.core.rules import Policy
    from app.core.store import Receipt, SpaceView
    from app.facades.context import Context
    from app.facades.sas.translate import One

T = TypeVar("T")

HEADERS: Final = (
    ("Cache-Control", "no-cache, no-store, must-revalidate"),
    ("Vary", "Accept, Accept-Item, Accept-Language, Origin, X-Tercet-Space"),
    ("Sas-Service-Response-Flag", "true"),
)
# Beyond these a call's long loops leave the event loop: about 10 ms of work.
MANY_ITEMS: Final = 1_000
MANY_BYTES: Final = 262_144


def mount(context: Context) -> ASGIApp:
    """The application of the SAS format, below ``/relationships``."""
    edge = mounting.Edge(
        paths=SPLIT_THEN_DECODE,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render_error,
        headers=HEADERS,
        offers_options=True,
    )
    return mounting.build("SAS Viya relationships", [Desk(context).list_routes()], edge)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose sender is known and has some scope of this format."""

    request: Request
    caller: Caller
    space: str

    @property
    def origin(self) -> Origin:
        """Who writes what this call writes."""
        caller = self.caller
        by = Author(caller.user, caller.subject, caller.client, caller.is_service)
        return Origin(by=by, principal=caller.principal, request_id=self.request.state.request_id)


class Desk:
    """The operations; each admits, agrees on media types, reads, and only then asks the core (sas 2, order)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._splitter = Splitter(wire.MAX_ITEMS)
        self._root = msgspec.json.encode(wire.ROOT_DOCUMENT)

    def list_routes(self) -> APIRouter:
        """The routes of this format."""
        router = APIRouter(default_response_class=Response)
        add = router.add_api_route
        add(wire.ROOT, self.show_root, methods=["GET"], summary="What the service offers")
        add(wire.RELATIONSHIPS, self.post_relationships, methods=["POST"], summary="Create one or many relationships")
        add(f"{wire.RELATIONSHIPS}/{{id}}", self.get_relationship, methods=["GET"], summary="Read a relationship")
        return router

    async def show_root(self, request: Request) -> Response:
        """The links of sas 12; the space does not matter."""
        caller = self._identify(request, "root")
        answer = media.choose_answer(request.headers, wire.API)
        parameters.read_query(request.scope)
        caller.require(wire.READ_SCOPE)
        return _answer(self._root, answer)

    async def get_relationship(self, request: Request, id: str) -> Response:
        """One relationship with its ETag, or 304 (sas 9.7)."""
        call = self._admit(request, "get")
        answer = media.choose_answer(request.headers, wire.RELATIONSHIP)
        parameters.read_query(request.scope)
        view = await self._enter(call, wire.READ_SCOPE, Right.READONLY)
        stored = await self._find(call, view, id)
        tag = parameters.show_tag(stored)
        if parameters.matches_tag(request.headers.getlist("if-none-match"), tag):
            return Response(status_code=304, headers={"ETag": tag})
        return _answer_one(view, stored, answer)

    async def post_relationships(self, request: Request) -> Response:
        """One relationship or many, as media type and content tell (sas 3.5, 9.3, 9.4)."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        call = self._admit(request, "create")
        parameters.refuse_override(request.scope)
        operations = media.choose_operations(request.headers, media.RELATIONSHIP_POSTS)
        answers = media.choose_answers(request.headers, operations)
        query = parameters.read_query(request.scope)
        if operations == (Operation.CREATE_MANY,):
            translate.choose_policy(query)
        wanted = await self._read_post(request, operations)
        if isinstance(wanted, Many):
            return await self._create_many(call, wanted, translate.choose_policy(query), answers)
        return await self._create_one(call, wanted, answers)

    async def _create_one(self, call: Call, wanted: One, answers: dict[Operation, str]) -> Response:
        answer = media.settle(answers, Operation.CREATE_ONE)
        view = await self._enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        receipt = await self._write(call, view, SAS, [translate.read_relationship(wanted.members)], None)
        (outcome,) = receipt.outcomes
        if isinstance(outcome, Refused):
            raise outcome.error
        response = _answer_one(view, outcome.relationship, answer, receipt.bookmark, status=201)
        response.headers["Location"] = f"{wire.RELATIONSHIPS}/{outcome.relationship.id}"
        return response

    async def _create_many(self, call: Call, wanted: Many, policy: Policy, answers: dict[Operation, str]) -> Response:
        answer = media.settle(answers, Operation.CREATE_MANY)
        current().operation = "create many"
        view = await self._enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        size = len(wanted.items)
        items = await _aside(size > MANY_ITEMS, lambda: translate.read_items(wanted.items))
        seen_until = parameters.read_date(call.request.headers.get("if-unmodified-since"))
        receipt = await self._write(call, view, policy, items, seen_until)
        body = await _aside(size > MANY_ITEMS, lambda: translate.show_outcomes(view.id, receipt.outcomes))
        return _answer(body, answer, receipt.bookmark)

    def _identify(self, request: Request, operation: str) -> Caller:
        """Who is calling: 401 and 403 for a token of another service's scopes."""
        exchange = current()
        exchange.format, exchange.operation = "sas", operation
        caller = self._context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        return caller

    def _admit(self, request: Request, operation: str) -> Call:
        caller = self._identify(request, operation)
        space = parameters.read_space(request.headers, self._context.settings.default_space)
        current().space = space
        caller.require_any(wire.READ_SCOPE, wire.WRITE_SCOPE)
        return Call(request, caller, space)

    async def _enter(self, call: Call, scope: str, right: Right) -> SpaceView:
        """The space, once the operation is known; the default space always exists (sas 1.1)."""
        call.caller.require(scope)
        settings = self._context.settings
        found = settings.auto_spaces or call.space == settings.default_space
        return await relate.enter(self._context.store, call.caller, call.space, right, found=found)

    async def _find(self, call: Call, view: SpaceView, id: str) -> Relationship:
        """A live relationship; raises RelationshipMissing."""
        known = read_uuid(id)
        if known is None:
            raise RelationshipMissing(id)
        bookmark = call.request.headers.get("x-consistency-token")
        stored = await self._context.store.relationship(view.id, known, bookmark=bookmark)
        if stored is None or not stored.live:
            raise RelationshipMissing(known)
        return stored

    async def _read_post(self, request: Request, operations: Sequence[Operation]) -> One | Many:
        raw = await read_body(request, wire.MAX_BODY_BYTES)
        with current().timed("parse"):
            large = len(raw) > MANY_BYTES
            return await _aside(large, lambda: translate.read_post(raw, operations, self._splitter))

    async def _write(
        self, call: Call, view: SpaceView, policy: Policy, items: Sequence[Proposal | Refused], seen_until: int | None
    ) -> Receipt:
        recording = Recording(
            policy=policy,
            items=items,
            origin=call.origin,
            seen_until=seen_until,
            type_limit=self._context.settings.max_relationship_types,
        )
        receipt = await relate.write(self._context.store, call.caller, view, Right.READWRITE, recording)
        _tell(receipt.outcomes)
        return receipt


async def _aside(large: bool, work: Callable[[], T]) -> T:
    """``work`` done here, or in a thread if it is ``large``, so that other requests go on meanwhile."""
    return await asyncio.to_thread(work) if large else work()


def _tell(outcomes: Sequence[Outcome]) -> None:
    exchange = current()
    exchange.items = len(outcomes)
    for outcome in outcomes:
        exchange.count(type(outcome).__name__.lower())


def _answer(body: bytes, answer: str, bookmark: str = "", status: int = 200) -> Response:
    headers = {"Content-Type": wire.label(answer)}
    if bookmark:
        headers["X-Consistency-Token"] = bookmark
    return Response(body, status, headers)


def _answer_one(
    view: SpaceView, stored: Relationship, answer: str, bookmark: str = "", *, status: int = 200
) -> Response:
    """One relationship with what a client needs to update it (sas 8.1)."""
    response = _answer(translate.show_relationship(view.id, stored), answer, bookmark, status)
    response.headers["ETag"] = parameters.show_tag(stored)
    response.headers["Last-Modified"] = parameters.show_date(stored.modified.at)
    return response
