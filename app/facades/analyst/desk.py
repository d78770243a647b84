"""Where every question arrives: who asks, what the query says, and whether the caller may read the space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from app.core import relate
from app.core.access import Right
from app.core.graphs import Scope
from app.core.signing import SealBroken, Signer
from app.facades.analyst import formats, wire
from app.facades.analyst.parameters import Query, Unusable
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from starlette.requests import Request

    from app.core.access import Caller
    from app.core.model import Json
    from app.core.store import Store
    from app.facades.context import Context


class Call(NamedTuple):
    """A caller who may ask this operation, with what was asked."""

    request: Request
    caller: Caller
    query: Query


@dataclass(frozen=True, slots=True)
class Desk:
    """What all questions begin with: ``open``, then reading ``call.query``, then ``enter``."""

    context: Context

    @property
    def store(self) -> Store:
        """Whom to ask."""
        return self.context.store

    def open(self, request: Request, operation: str, names: Collection[str] = (), *scopes: str) -> Call:
        """Who calls, with a token that has ``scopes`` (graph.read where none is named), and the parameters with ``names``.

        Raises NotAuthenticated, ScopeMissing, RateExceeded and NotAcceptable; faults of the query wait for ``enter``.
        """
        exchange = current()
        exchange.format, exchange.operation = "graph", operation
        caller = self.context.identify(request.headers.get("authorization"))
        exchange.caller = caller.principal
        caller.require(*scopes or (wire.READ,))
        query = Query(request.scope["query_string"], request.headers, names)
        format = formats.choose(query.format, request.headers.getlist("accept"))
        request.state.wish = formats.Wish(format, query.rows, query.exact)
        return Call(request, caller, query)

    async def enter(self, call: Call) -> Scope:
        """The space of the path, for a caller who may read it; the time of the question runs from here.

        Raises Unusable for what the query said wrongly, then SpaceUnknown or RightMissing.
        """
        call.query.settle()
        space, bookmark = call.request.path_params["space"], call.query.bookmark
        current().space = space
        await relate.enter(self.store, call.caller, space, Right.READONLY, found=False, bookmark=bookmark)
        return Scope.begin(space, bookmark)

    async def walk(self, call: Call, operation: str, *criteria: Json) -> Walk:
        """The continuation tokens of this question, bound to its space and to what else must not change."""
        return Walk(await self.context.signer(), operation, [call.request.path_params.get("space"), *criteria])


@dataclass(frozen=True, slots=True)
class Walk:
    """Signs places in an order, and takes back only its own."""

    signer: Signer
    operation: str
    criteria: Sequence[Json]

    def write(self, place: Json) -> str:
        """The token of a place."""
        return self.signer.write(f"graph {self.operation}", self._bound(), msgspec.json.encode(place))

    def read(self, token: str | None) -> Any:
        """The place; None for no token. Raises Unusable for a token of any other question."""
        if token is None:
            return None
        try:
            return msgspec.json.decode(self.signer.read(f"graph {self.operation}", self._bound(), token))
        except (SealBroken, UnicodeEncodeError):
            raise Unusable([("after", "does not continue this question; send it as the page before gave it")]) from None

    def _bound(self) -> bytes:
        return msgspec.json.encode(self.criteria)
