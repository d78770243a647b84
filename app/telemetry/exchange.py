"""The record of one request, filled on its way through façade and store."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from contextvars import ContextVar, Token
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

Phase = Literal["parse", "wait", "database"]
"""Where a request's time goes: reading its body, waiting for the space's writer, the database."""

_CURRENT: ContextVar[Exchange] = ContextVar("exchange")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Exchange:
    """One request and what became of it; written as one line when it ends.

    Façades set ``format``, ``operation``, ``space``, ``caller`` (a principal, never a token), ``items``, ``job``,
    ``query`` (the text of one's own, never its parameters) and ``error``. ``format`` and ``operation`` become labels of
    metrics, so they come from fixed sets only.
    """

    __slots__ = (
        "caller",
        "error",
        "format",
        "items",
        "job",
        "method",
        "operation",
        "outcomes",
        "path",
        "query",
        "request_id",
        "seconds",
        "space",
        "started",
        "status",
    )

    def __init__(self, request_id: str, *, method: str = "", path: str = "") -> None:
        self.request_id = request_id
        self.method = method
        self.path = path
        self.format = ""
        self.operation = ""
        self.space: str | None = None
        self.caller: str | None = None
        self.job: str | None = None
        self.query: str | None = None
        self.items: int | None = None
        self.status: int | None = None
        self.error: BaseException | None = None
        self.outcomes: dict[str, int] = {}
        self.seconds: dict[Phase, float] = {}
        self.started = perf_counter()

    def count(self, outcome: str, number: int = 1) -> None:
        """Adds ``number`` items that came to ``outcome`` (``created``, ``replaced``, ``unchanged``, ``refused`` …)."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + number

    def count_all(self, outcomes: Iterable[object]) -> None:
        """Adds each of ``outcomes`` under the name of its class."""
        for kind, number in Counter(map(type, outcomes)).items():
            self.count(kind.__name__.lower(), number)

    def spend(self, phase: Phase, seconds: float) -> None:
        """Adds time that somebody else measured, such as a writer that works for many requests at once."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds

    def timed(self, phase: Phase) -> Timed:
        """``with exchange.timed("parse"):`` adds the time of its block; phases that nest are both counted."""
        return Timed(self, phase)


class Timed:
    """A block of code whose time belongs to a phase of an exchange."""

    __slots__ = ("_exchange", "_phase", "_started")

    def __init__(self, exchange: Exchange, phase: Phase) -> None:
        self._exchange = exchange
        self._phase: Phase = phase
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exchange.spend(self._phase, perf_counter() - self._started)


def current() -> Exchange:
    """The exchange of the running request; outside of any, a fresh one that nobody will read."""
    exchange = _CURRENT.get(None)
    return Exchange("") if exchange is None else exchange


def enter(exchange: Exchange) -> Token[Exchange]:
    """Makes ``exchange`` the current one of this task until ``leave``."""
    return _CURRENT.set(exchange)


def leave(token: Token[Exchange]) -> None:
    """Undoes the ``enter`` that returned ``token``."""
    _CURRENT.reset(token)


def choose_request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The first ``X-Request-Id`` if it is 1 to 64 letters, digits, dots, underscores or dashes; else a new UUID."""
    for name, value in headers:
        if name == b"x-request-id":
            if _REQUEST_ID.fullmatch(value):
                return value.decode("ascii")
            break
    return str(uuid.uuid4())
