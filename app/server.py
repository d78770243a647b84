"""The server: uvicorn on uvloop and httptools, with bounds on everything that a sender decides.

uvicorn's httptools protocol takes heads of any size from senders of any slowness. ``Hardened`` bounds bytes, counts and
times below the application, and refuses what could be read in two ways (two Hosts, lengths that disagree). Refusals at
this level are small JSON answers with ``Connection: close``; an earlier request of the same connection is still
answered first, and the refused sender's bytes are drained for a moment so that the answer is not lost to a reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import functools
import json
import re
import signal
import socket
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_PIECE = 16_384
_CONTINUE = b"HTTP/1.1 100 "
_HOST = re.compile(rb"[A-Za-z0-9._~%:\[\]-]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one sender may use up; times in seconds.

    ``head_bytes`` counts request line and headers, so a target may fill most of it: façades answer 414 long before.
    """

    head_bytes: int = 65_536
    headers: int = 100
    pipelined: int = 32
    head_seconds: float = 10.0
    body_gap_seconds: float = 20.0
    body_seconds: float = 120.0
    idle_seconds: float = 15.0
    write_stall_seconds: float = 60.0
    linger_seconds: float = 2.0
    connections: int = 1000
    backlog: int = 512


class StartFailed(Exception):
    """The application's own start failed; the cause is in the log."""


async def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    bounds: Bounds | None = None,
    shutdown_grace: int = 25,
) -> None:
    """Serve ``app`` until SIGTERM, SIGINT or cancellation; then no new connections, and running requests get
    ``shutdown_grace`` seconds before the application's own shutdown runs.

    ``on_ready`` is told the base URL once requests are taken; port 0 means any free one. Raises OSError if the address
    can't be had, StartFailed if the application's start fails.
    """
    bounds = bounds or Bounds()
    listener = _listen(host, port, bounds.backlog)
    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", functools.partial(Hardened, bounds)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=bounds.backlog,
        timeout_graceful_shutdown=shutdown_grace,
    )
    server = _Server(config, lambda: on_ready(_spell_base_url(host, listener.getsockname()[1])))
    try:
        await server.serve(sockets=[listener])
    except SystemExit as error:
        raise StartFailed("the application could not start") from error
    finally:
        listener.close()
    if server.cancelled:
        raise asyncio.CancelledError


def _listen(host: str, port: int, backlog: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=backlog)
    listener.setblocking(False)
    return listener


def _spell_base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def await_stop(on_listening: Callable[[], None]) -> None:
    """Returns when the process is asked to end; ``on_listening`` is called once it would hear that."""
    asked = asyncio.Event()
    with _heard(lambda *_: asked.set()):
        on_listening()
        await asked.wait()


@contextlib.contextmanager
def _heard(stop: Callable[[int, None], None]) -> Iterator[None]:
    """``stop`` is called, instead of ending the process, while the block runs."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop, number, None)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


class _Server(uvicorn.Server):
    """uvicorn's server, with a word when it is ready, and signals that end it without killing the process."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        self.cancelled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()

    async def main_loop(self) -> None:
        try:
            await super().main_loop()
        except asyncio.CancelledError:
            self.cancelled = True  # finish as if signalled; serve() raises it again afterwards

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with _heard(self.handle_exit):
            yield


class _Phase(enum.Enum):
    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    message: str

    def spell(self) -> bytes:
        body = json.dumps({"status": self.status, "message": self.message}).encode()
        head = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


class _Refused(Exception):
    """Raised out of the parser's callbacks."""

    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


_MALFORMED = _Refusal(400, "The request is not well-formed HTTP/1.1.")
_HEAD_TOO_LARGE = _Refusal(431, "Request line and headers are too large.")
_TARGET_TOO_LONG = _Refusal(414, "The request target is too long.")
_TOO_MANY_HEADERS = _Refusal(431, "There are too many headers.")
_TOO_SLOW = _Refusal(408, "The request did not arrive in time.")
_FULL = _Refusal(503, "There are too many connections.")


class Hardened(HttpToolsProtocol):
    """uvicorn 0.54's httptools protocol under ``Bounds``."""

    def __init__(self, bounds: Bounds, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bounds = bounds
        self.timeout_keep_alive = bounds.idle_seconds  # type: ignore[assignment]
        self.phase = _Phase.HEAD
        self.head_bytes = 0
        self.body_bytes = 0  # of this message: as delivered
        self.wire_bytes = 0  # of this message: as sent, with chunk headers, extensions and trailers
        self.since = self.last = self.loop.time()
        self.deaf = False  # whatever still comes is dropped
        self.watch: asyncio.TimerHandle | None = None
        self.stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.since = self.loop.time()
        if len(self.connections) > self.bounds.connections:
            self.refuse(_FULL)
        else:
            self.keep_watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.deaf = True
        for timer in (self.watch, self.stall):
            if timer is not None:
                timer.cancel()
        for cycle, _ in self.pipeline:
            cycle.disconnected = True
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    # Receiving

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.last = self.loop.time()
        for start in range(0, len(data), _PIECE):
            if self.deaf:
                return
            self.feed(data if len(data) <= _PIECE else data[start : start + _PIECE])
        if self.phase is not _Phase.IDLE and self.watch is None and not self.deaf:
            self.keep_watch()

    def feed(self, piece: bytes) -> None:
        before = self.phase
        if before is _Phase.IDLE:
            self.enter_head()
        try:
            self.parser.feed_data(piece)
            self.judge_volume(before, len(piece))
        except httptools.HttpParserUpgrade:
            self.deaf = True  # the request is answered as if it had not asked; what follows is no HTTP
        except (httptools.HttpParserError, _Refused) as error:
            cause = error if isinstance(error, _Refused) else error.__context__
            self.refuse(cause.refusal if isinstance(cause, _Refused) else _MALFORMED)

    def judge_volume(self, before: _Phase, size: int) -> None:
        if self.phase is _Phase.HEAD and before is not _Phase.BODY:
            self.head_bytes += size
            if self.head_bytes > self.bounds.head_bytes:
                raise self.blame_head()
        elif self.phase is _Phase.BODY and before is _Phase.BODY:
            # A chunk of one byte takes six on the wire; more than that is extensions or trailers without end.
            self.wire_bytes += size
            if self.wire_bytes > self.bounds.head_bytes + 8 * self.body_bytes:
                raise _Refused(_HEAD_TOO_LARGE)

    def blame_head(self) -> _Refused:
        return _Refused(_TARGET_TOO_LONG if len(self.url) > self.bounds.head_bytes // 2 else _HEAD_TOO_LARGE)

    def enter_head(self) -> None:
        self.phase = _Phase.HEAD
        self.head_bytes = 0
        self.since = self.loop.time()

    def on_message_begin(self) -> None:
        if self.phase is not _Phase.HEAD:
            self.enter_head()
        if len(self.pipeline) >= self.bounds.pipelined:
            raise _Refused(_MALFORMED)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.phase is _Phase.BODY:
            return  # a trailer; it must not become a header of a request that is already running
        if len(self.headers) >= self.bounds.headers:
            raise _Refused(_TOO_MANY_HEADERS)
        HttpToolsProtocol.on_header(self, name, value)

    def on_headers_complete(self) -> None:
        if self.head_bytes > self.bounds.head_bytes - _PIECE:
            self.judge_head_size()
        _judge_head(self.parser.get_http_version(), self.url, self.headers)
        super().on_headers_complete()
        self.cycle.transport = cast("asyncio.Transport", _Outlet(self, bodiless=self.cycle.scope["method"] == "HEAD"))
        if self.parser.should_upgrade():
            self.end_after(self.cycle)
        self.phase = _Phase.BODY
        self.since = self.loop.time()
        self.wire_bytes = self.body_bytes = 0

    def judge_head_size(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.bounds.head_bytes:
            raise self.blame_head()

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.phase = _Phase.IDLE

    # Time

    def keep_watch(self) -> None:
        period = min(self.bounds.head_seconds, self.bounds.body_gap_seconds) / 4
        self.watch = self.loop.call_later(period, self.check_time, period)

    def check_time(self, period: float) -> None:
        self.watch = None
        if self.phase is _Phase.IDLE or self.deaf:
            return
        if self.flow.read_paused:  # we have stopped reading: not the sender's fault
            self.since += period
            self.last = self.loop.time()
        now = self.loop.time()
        if self.phase is _Phase.HEAD:
            late = now - self.since > self.bounds.head_seconds
        else:
            late = now - self.last > self.bounds.body_gap_seconds or now - self.since > self.bounds.body_seconds
        if late:
            self.refuse(_TOO_SLOW)
        else:
            self.keep_watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.stall is None:
            self.stall = self.loop.call_later(self.bounds.write_stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.stall is not None:
            self.stall.cancel()
            self.stall = None

    # Answering

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, functools.partial(self.run_app, cycle, app))

    async def run_app(
        self, cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if not cycle.more_body:
            return await app(scope, receive, send)

        async def send_early(message: Message) -> None:
            if cycle.more_body and message["type"] == "http.response.start":
                self.end_after(cycle)  # answered before the body has come: what is left of it is not parsed
            await send(message)

        return await app(scope, receive, send_early)

    def refuse(self, refusal: _Refusal) -> None:
        """Answer below the application, unless that would cut into another request's answer."""
        self.deaf = True
        running = self.cycle is not None and not self.cycle.response_complete
        if running and self.phase is not _Phase.BODY:
            self.end_after(self.cycle)  # requests that were good are answered first
            return
        if running and (self.cycle.response_started or self.pipeline):
            self.transport.abort()
            return
        if running:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(refusal.spell())
        self.linger()

    def end_after(self, cycle: RequestResponseCycle) -> None:
        """Let the answer of ``cycle`` be the last on this connection."""
        cycle.keep_alive = False
        cast("_Outlet", cycle.transport).lingers = True

    def linger(self) -> None:
        """Close, but read on for a moment: closing over unread bytes would reset the connection and lose the answer."""
        self.deaf = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(self.bounds.linger_seconds, self.transport.close)


class _Outlet:
    """The transport of one answer: its head leaves with the first piece of its body, in one way through the network.

    ``lingers``: its ``close`` does.
    """

    def __init__(self, protocol: Hardened, *, bodiless: bool) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._head: bytes | None = None
        self._under_way = bodiless  # nothing is written behind such a head
        self.is_closing = protocol.transport.is_closing
        self.lingers = False

    def write(self, data: bytes) -> None:
        if self._under_way or data.startswith(_CONTINUE):
            self._transport.write(data)
        elif self._head is None:
            self._head = data
        else:
            self._transport.writelines((self._head, data))
            self._head, self._under_way = None, True

    def close(self) -> None:
        if self._head is not None:
            self._transport.write(self._head)
        if self.lingers:
            self._protocol.linger()
        else:
            self._transport.close()


def _judge_head(version: str, target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Raise what can be read in two ways: RFC 9112 sections 3.2 and 6.3, taken strictly."""
    if version not in ("1.0", "1.1"):
        raise _Refused(_Refusal(505, "Only HTTP/1.1 is spoken here."))
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise _Refused(_Refusal(400, "Exactly one Host header is needed."))
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version == "1.0"):
        raise _Refused(_Refusal(400, "The only transfer coding is chunked, in HTTP/1.1."))
    if not target.startswith(b"/") and not _names_a_path(target):
        raise _Refused(_Refusal(400, "The request target must be a path."))


def _names_a_path(target: bytes) -> bool:
    return target.startswith((b"http://", b"https://")) and bool(httptools.parse_url(target).path)
