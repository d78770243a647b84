"""What the operations of this format share: who is calling, in which space, and how answers leave (sas 1, 2, 8)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from app.core import relate
from app.core.access import Right
from app.core.model import Author
from app.core.relate import Origin
from app.facades.body import check_declared_size, read_body
from app.facades.sas import media, parameters, translate, wire
from app.facades.sas.faults import ListTooSlow
from app.facades.strict import Splitter
from app.facades.turns import aside
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from app.core.access import Caller
    from app.core.store import Batch, Receipt, SpaceView
    from app.facades.context import Context
    from app.facades.sas.parameters import Query


# Beyond these a call's long loops leave the event loop: about 10 ms of work.
FEW_ITEMS: Final = 200
MANY_ITEMS: Final = 1_000
MANY_BYTES: Final = 262_144


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

    @property
    def bookmark(self) -> str | None:
        """The state that this call must see."""
        return self.request.headers.get("x-consistency-token")


class Desk:
    """The base of operations; each admits, agrees on media types, reads, and only then asks the core (sas 2, order)."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.splitter = Splitter(wire.MAX_ITEMS)

    def identify(self, request: Request, operation: str) -> Caller:
        """Who is calling; raises NotAuthenticated, and RateExceeded before anything else is looked at (sas 2)."""
        exchange = current()
        exchange.format, exchange.operation = "sas", operation
        caller = self.context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        caller.require_turn()
        return caller

    def admit(self, request: Request, operation: str) -> Call:
        """The call of somebody who has some scope of this format; raises 401, 400 and 403 in this order."""
        caller = self.identify(request, operation)
        space = parameters.read_space(request.headers, self.context.settings.default_space)
        current().space = space
        caller.require_any(wire.READ_SCOPE, wire.WRITE_SCOPE)
        return Call(request, caller, space)

    def begin_list(self, request: Request, operation: str, item: str) -> tuple[Call, str, Query]:
        """The call of a list of ``item``s, the media type of its answer, and its query string."""
        call = self.admit(request, operation)
        label = media.choose_list_answer(request.headers, item)
        return call, label, parameters.read_query(request.scope)

    def begin_get(self, request: Request, operation: str, item: str) -> tuple[Call, str]:
        """The call that reads one ``item``, and the media type of its answer."""
        call = self.admit(request, operation)
        label = media.choose_answer(request.headers, item)
        parameters.read_query(request.scope)
        return call, label

    def begin_put(self, request: Request, operation: str, takes: Mapping[str, object], item: str) -> tuple[Call, str]:
        """The call that changes one ``item``, and the media type of its answer."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        call = self.admit(request, operation)
        media.read_content_type(request.headers, takes)
        label = media.choose_answer(request.headers, item)
        parameters.read_query(request.scope)
        return call, label

    async def begin_removal(self, request: Request, call: Call) -> tuple[SpaceView, list[str]]:
        """The space of a bulk delete, and the ids that it names (sas 9.6)."""
        media.read_content_type(request.headers, media.PATCHES)
        parameters.read_query(request.scope)
        raw = await read_body(request, wire.MAX_BODY_BYTES)
        ids = await aside(len(raw) > MANY_BYTES, lambda: translate.read_removals(raw, self.splitter))
        return await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE), ids

    def take_turn(self, raw: bytes) -> AbstractAsyncContextManager[None]:
        """The turn of a request with this body, until it is answered. Raises StoreAway where too many large ones wait."""
        return self.context.turns.take(large=len(raw) > MANY_BYTES)

    async def enter(self, call: Call, scope: str, right: Right) -> SpaceView:
        """The space, once the operation is known; the default space always exists (sas 1.1).

        A read may ask for a state that it must see, a write sees the latest anyway (sas 1).
        """
        call.caller.require(scope)
        settings = self.context.settings
        found = settings.auto_spaces or call.space == settings.default_space
        bookmark = call.bookmark if right is Right.READONLY else None
        return await relate.enter(self.context.store, call.caller, call.space, right, found=found, bookmark=bookmark)

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Raises ListTooSlow when what is read within takes longer than a request may (sas 5, 10627)."""
        seconds = self.context.settings.request_seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise ListTooSlow(
                f"The list can't be made within {seconds} seconds; name subjects, ids or ends to make it smaller."
            ) from None

    async def write(self, call: Call, view: SpaceView, right: Right, batch: Batch) -> Receipt:
        """Stores a batch and tells what became of its items."""
        receipt = await relate.write(self.context.store, call.caller, view, right, batch)
        exchange = current()
        exchange.items = len(receipt.outcomes)
        exchange.count_all(receipt.outcomes)
        return receipt


def answer(body: bytes, media: str, bookmark: str = "", status: int = 200) -> Response:
    """A body of that media type."""
    headers = {"Content-Type": wire.label(media)}
    if bookmark:
        headers["X-Consistency-Token"] = bookmark
    return Response(body, status, headers)


def answer_known(call: Call, show: Callable[[], bytes], modified_at: int, media: str) -> Response:
    """One resource as it is read: nothing of it where the caller has it already (sas 8.6)."""
    tag = parameters.show_tag(modified_at)
    if parameters.matches_tag(call.request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return answer_one(show(), modified_at, media)


def answer_one(body: bytes, modified_at: int, media: str, bookmark: str = "", *, status: int = 200) -> Response:
    """One resource with what a client needs to update it (sas 8.1)."""
    response = answer(body, media, bookmark, status)
    response.headers["ETag"] = parameters.show_tag(modified_at)
    response.headers["Last-Modified"] = parameters.show_date(modified_at)
    return response
