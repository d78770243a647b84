"""Every request gets an exchange, an id on its answer, a line in the log and its place in the metrics."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

import structlog

from app.telemetry.exchange import Exchange, choose_request_id, enter, leave
from app.telemetry.logs import describe_error
from app.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Telemetry:
    """Where ended exchanges go. One for a process, handed on by ``main``; set up the logs before."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._log = structlog.get_logger()

    @contextmanager
    def observe(self, wire: str, operation: str, *, request_id: str = "") -> Iterator[Exchange]:
        """An exchange of the format ``wire`` for work that no HTTP request waits for, such as a part of a job."""
        exchange = Exchange(request_id)
        exchange.format, exchange.operation = wire, operation
        token = enter(exchange)
        try:
            yield exchange
        except BaseException as error:
            exchange.error = error
            raise
        finally:
            leave(token)
            self.finish(exchange, "work")

    def finish(self, exchange: Exchange, event: str = "request") -> None:
        """Counts the exchange and writes its line; with the trace of its error if that was not the caller's fault."""
        seconds = perf_counter() - exchange.started
        self.metrics.record(exchange, seconds)
        facts = list_facts(exchange, seconds)
        status = exchange.status
        try:
            if exchange.error is not None and (status is None or status >= 500):
                self._log.error(event, **facts, exc_info=exchange.error)
            else:
                self._log.info(event, **facts)
        except (OSError, ValueError):
            # A log that went away (a closed pipe, a full disk) must not take an answer with it.
            return

    def metrics_text(self) -> bytes:
        """What ``/ops/metrics`` answers, of media type METRICS_TYPE."""
        return self.metrics.text()


def list_facts(exchange: Exchange, seconds: float) -> dict[str, object]:
    """The members of the exchange's line; what is not known is left out, times are milliseconds."""
    facts: dict[str, object] = {
        "request_id": exchange.request_id,
        "format": exchange.format or "other",
        "operation": exchange.operation or f"{exchange.method} {exchange.path}",
        "status": exchange.status,
        "ms": round(seconds * 1000, 2),
    }
    for name in ("space", "caller", "items", "job", "query"):
        value = getattr(exchange, name)
        if value is not None:
            facts[name] = value
    if exchange.outcomes:
        facts["outcomes"] = exchange.outcomes
    for phase, spent in exchange.seconds.items():
        facts[f"{phase}_ms"] = round(spent * 1000, 2)
    if exchange.error is not None:
        facts["error"] = describe_error(exchange.error)
    return facts


def observed(app: ASGIApp, telemetry: Telemetry) -> ASGIApp:
    """``app``, with every HTTP request observed from outside of everything that may refuse it.

    Inside, ``X-Request-Id`` of the request is the id of the exchange, whoever chose it, so that answers, stored
    changes and the log name the same; an answer that has none gets it.
    An error that escapes ``app`` is recorded and goes on.
    """
    in_progress = telemetry.metrics.in_progress

    async def observe(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        exchange = Exchange(choose_request_id(scope["headers"]), method=scope["method"], path=scope["path"])
        token = enter(exchange)
        in_progress.inc()
        try:
            await app(_named(scope, exchange.request_id), receive, _noting(exchange, send))
        except BaseException as error:
            exchange.error = error
            exchange.status = exchange.status or 500
            raise
        finally:
            in_progress.dec()
            leave(token)
            telemetry.finish(exchange)

    return observe


def _named(scope: Scope, request_id: str) -> Scope:
    others = [header for header in scope["headers"] if header[0] != b"x-request-id"]
    return {**scope, "headers": [*others, (b"x-request-id", request_id.encode("ascii"))]}


def _noting(exchange: Exchange, send: Send) -> Send:
    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"x-request-id" for name, _ in headers):
                headers.append((b"x-request-id", exchange.request_id.encode("ascii")))
                message = {**message, "headers": headers}
        await send(message)

    return note
