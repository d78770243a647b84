"""What the operations of this format share: who is calling, in which space, and how answers leave (sas 1, 2, 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from starlette.responses import Response

from app.core import relate
from app.core.model import Author
from app.core.relate import Origin
from app.facades.sas import parameters, wire
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from app.core.access import Caller, Right
    from app.core.store import Batch, Receipt, SpaceView
    from app.facades.context import Context

T = TypeVar("T")

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

    def identify(self, request: Request, operation: str) -> Caller:
        """Who is calling; raises NotAuthenticated."""
        exchange = current()
        exchange.format, exchange.operation = "sas", operation
        caller = self.context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        return caller

    def admit(self, request: Request, operation: str) -> Call:
        """The call of somebody who has some scope of this format; raises 401, 400 and 403 in this order."""
        caller = self.identify(request, operation)
        space = parameters.read_space(request.headers, self.context.settings.default_space)
        current().space = space
        caller.require_any(wire.READ_SCOPE, wire.WRITE_SCOPE)
        return Call(request, caller, space)

    async def enter(self, call: Call, scope: str, right: Right) -> SpaceView:
        """The space, once the operation is known; the default space always exists (sas 1.1)."""
        call.caller.require(scope)
        settings = self.context.settings
        found = settings.auto_spaces or call.space == settings.default_space
        return await relate.enter(self.context.store, call.caller, call.space, right, found=found)

    async def write(self, call: Call, view: SpaceView, right: Right, batch: Batch) -> Receipt:
        """Stores a batch and tells what became of its items."""
        receipt = await relate.write(self.context.store, call.caller, view, right, batch)
        exchange = current()
        exchange.items = len(receipt.outcomes)
        for outcome in receipt.outcomes:
            exchange.count(type(outcome).__name__.lower())
        return receipt


async def aside(large: bool, work: Callable[[], T]) -> T:
    """``work`` done here, or in a thread if it is ``large``, so that other requests go on meanwhile."""
    return await asyncio.to_thread(work) if large else work()


def answer(body: bytes, media: str, bookmark: str = "", status: int = 200) -> Response:
    """A body of that media type."""
    headers = {"Content-Type": wire.label(media)}
    if bookmark:
        headers["X-Consistency-Token"] = bookmark
    return Response(body, status, headers)


def answer_one(body: bytes, modified_at: int, media: str, bookmark: str = "", *, status: int = 200) -> Response:
    """One resource with what a client needs to update it (sas 8.1)."""
    response = answer(body, media, bookmark, status)
    response.headers["ETag"] = parameters.show_tag(modified_at)
    response.headers["Last-Modified"] = parameters.show_date(modified_at)
    return response
