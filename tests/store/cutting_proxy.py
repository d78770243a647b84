"""A proxy between driver and database that breaks a connection at the commit, in a way that is chosen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Self

# Bolt: a chunk of two bytes, the structure COMMIT (0x12) without fields, the end of the message.
COMMIT = b"\x00\x02\xb0\x12\x00\x00"


class Cut(Enum):
    """What becomes of the next commit."""

    ANSWER = "it takes place, its answer is lost"
    REQUEST = "it never reaches the database"
    LATE = "the connection breaks, and it reaches the database half a second later"


class CuttingProxy:
    """Passes everything on until it is armed; ``cuts`` counts what it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.armed: Cut | None = None
        self.cuts = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def uri(self) -> str:
        assert self._server is not None
        return f"bolt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._port)
        answers = asyncio.create_task(self._pass_answers(behind_reader, writer))
        try:
            await self._pass_requests(reader, behind_writer, answers, writer)
        finally:
            answers.cancel()
            for side in (writer, behind_writer):
                side.close()
                with suppress(OSError, asyncio.CancelledError):
                    await side.wait_closed()
            self._tasks.discard(task)

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

    async def _pass_requests(
        self,
        reader: asyncio.StreamReader,
        behind: asyncio.StreamWriter,
        answers: asyncio.Task[None],
        front: asyncio.StreamWriter,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.armed is not None and data.endswith(COMMIT):
                    cut, self.armed = self.armed, None
                    self.cuts += 1
                    answers.cancel()
                    return await self._cut(cut, data, behind, front)
                behind.write(data)
                await behind.drain()
        return None

    async def _cut(self, cut: Cut, data: bytes, behind: asyncio.StreamWriter, front: asyncio.StreamWriter) -> None:
        if cut is Cut.REQUEST:
            return
        if cut is Cut.LATE:
            front.close()
            await asyncio.sleep(0.5)
        behind.write(data)
        await behind.drain()
        # Long enough for the database to commit before it sees the end of the connection.
        await asyncio.sleep(0.5)
