"""Writers that are processes of their own, and what must be true of what they were told."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.embedded.server import Endpoint
from tests.store.photograph import Photo

Answer = tuple[int, str, str]


class WritingProcess:
    """A running ``writing_process`` and the answers that it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.answers: list[Answer] = []

    async def start(self) -> None:
        await self._send(b"go\n")

    async def _send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        await self.process.stdin.drain()

    async def listen(self, until: int | None = None) -> None:
        """Gathers answers until there are so many, or until the process has ended."""
        assert self.process.stdout is not None
        while until is None or len(self.answers) < until:
            line = await self.process.stdout.readline()
            if not line.endswith(b"\n"):
                break
            place, outcome, id = json.loads(line)
            self.answers.append((place, outcome, id))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def writing(endpoint: Endpoint, space: str, pairs: list[Any], **orders: Any) -> AsyncIterator[WritingProcess]:
    """A process that is ready to write these pairs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.writing_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    made = WritingProcess(process)
    try:
        chosen = {"policy": "autodesk", "at_once": 1, **orders, "space": space, "pairs": pairs}
        login = {"uri": endpoint.uri, "user": endpoint.user, "password": endpoint.password}
        await made._send(json.dumps({**login, **chosen}).encode() + b"\n")
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def pairs_of(photo: Photo | None) -> Counter[frozenset[str]]:
    """How often each pair is related."""
    assert photo is not None
    return Counter(frozenset((r.source.entity.id, r.target.entity.id)) for r in photo["relationships"].values())


def demand_stored_once(photo: Photo | None, answers: list[Answer], pairs: list[list[str]]) -> None:
    """Every pair at most once, and everything that was answered is there under the id that was told."""
    assert photo is not None
    assert set(pairs_of(photo).values()) <= {1}
    for place, _, id in answers:
        stored = photo["relationships"][id]
        assert {stored.source.entity.id, stored.target.entity.id} == set(pairs[place])
