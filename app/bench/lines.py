"""A client of next to no cost: what is measured is the service, not what asks it.

A client for all purposes takes a millisecond of processor time a request, of the same cores as the service.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

import httptools

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE: Final = 262_144
SECONDS: Final = 300.0
IDLE_SECONDS: Final = 1.0
"""One that was idle for longer may be closed by the service just as it is asked."""


class Answer(NamedTuple):
    """A whole answer; names of headers are in lower case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


class Lines:
    """Connections to the service at ``base``, which stay open: as many as there are requests at once.

    Raises OSError where nothing listens, something else than HTTP is spoken, a connection is cut, or an answer takes 300 s.
    """

    def __init__(self, base: str, token: str) -> None:
        self._at = urlsplit(base)
        self._always = {"host": self._at.netloc, "authorization": f"Bearer {token}"}
        self._idle: list[_Line] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        while self._idle:
            self._idle.pop().close()

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GETs a path."""
        return await self._ask("GET", path, b"", headers)

    async def post(self, path: str, *, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """POSTs a body to a path."""
        return await self._ask("POST", path, content, headers)

    async def put(self, path: str, *, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """PUTs a body to a path."""
        return await self._ask("PUT", path, content, headers)

    async def _ask(self, method: str, path: str, content: bytes, headers: Mapping[str, str] | None) -> Answer:
        said = {**self._always, "content-length": str(len(content)), **(headers or {})}
        head = [f"{method} {self._at.path.rstrip('/')}{path} HTTP/1.1", *(f"{name}: {said[name]}" for name in said)]
        async with asyncio.timeout(SECONDS):
            line = self._take_idle() or await self._open()
            try:
                answer = await line.ask("\r\n".join([*head, "", ""]).encode() + content)
            except BaseException:
                line.close()
                raise
        if line.stays:
            self._idle.append(line)
        else:
            line.close()
        return answer

    def _take_idle(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.is_fresh:
                return line
            line.close()
        return None

    async def _open(self) -> _Line:
        secure = self._at.scheme == "https"
        port = self._at.port or (443 if secure else 80)
        return _Line(*await asyncio.open_connection(self._at.hostname, port, ssl=secure or None))


class _Line:
    """One connection, and what of the answer under way has come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._answered = 0.0
        self.stays = False

    @property
    def is_fresh(self) -> bool:
        """Whether it was used a moment ago, and is open."""
        return time.monotonic() - self._answered < IDLE_SECONDS and not self._reader.at_eof()

    def close(self) -> None:
        self._writer.close()

    async def ask(self, request: bytes) -> Answer:
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._complete = self.stays = False
        self._parser = httptools.HttpResponseParser(self)
        self._writer.write(request)
        await self._writer.drain()
        while not self._complete:
            received = await self._reader.read(PIECE)
            if not received:
                raise ConnectionResetError("the connection was cut")
            self._feed(received)
        self._answered = time.monotonic()
        return Answer(self._parser.get_status_code(), self._headers, b"".join(self._body))

    def _feed(self, received: bytes) -> None:
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserError as error:
            raise ConnectionError("what answers does not speak HTTP") from error

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode()

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        self._complete = True
        self.stays = self._parser.should_keep_alive()  # which nobody can tell any more afterwards
