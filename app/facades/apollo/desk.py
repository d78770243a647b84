"""What the operations of this format share: who is calling, in which collection, and what signs their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core import relate
from app.core.access import Right
from app.facades.apollo import headers
from app.facades.apollo.sight import Sight
from app.facades.apollo.tokens import Walk
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.core.access import Caller
    from app.core.model import Json
    from app.core.store import SpaceView
    from app.facades.apollo.headers import Reading
    from app.facades.context import Context


class Desk:
    """Callers identify themselves, then what they ask for is read, then they enter a collection (apollo 2.3)."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def identify(self, request: Request, operation: str) -> Caller:
        """Who is calling; raises NotAuthenticated."""
        exchange = current()
        exchange.format, exchange.operation = "apollo", operation
        exchange.space = request.headers.get("ercollectionid")
        caller = self.context.identify(headers.read_authorization(request))
        exchange.caller = caller.principal
        return caller

    async def enter(self, caller: Caller, collection: str, right: Right, *, bookmark: str | None = None) -> SpaceView:
        """The collection as the caller may use it; one that would be founded by its first write reads as empty.

        Raises SpaceUnknown and RightMissing, which look the same (apollo 2.3).
        """
        found = self.context.settings.auto_spaces
        return await relate.enter(self.context.store, caller, collection, right, found=found, bookmark=bookmark)

    async def look(self, caller: Caller, reading: Reading) -> Sight:
        """The collection that a read is about, as the read shows it; raises as ``enter`` does."""
        view = await self.enter(caller, reading.collection, Right.READONLY, bookmark=reading.bookmark)
        return Sight.of(view, reading)

    async def walk(self, request: Request, collection: str, *criteria: Json) -> Walk:
        """The tokens of a list: those of another path, collection or filter are no tokens of it (apollo 6.1)."""
        return Walk(await self.context.signer(), request.scope["route"].path, collection, criteria)
