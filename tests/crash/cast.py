"""The processes of a crash test: told what to be, killed, paused and replaced.

They are forked from one process that has loaded everything (``mortal``), so that a replacement takes no time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.crash.mortal import Orders

READY_SECONDS = 120


@dataclass
class Actor:
    """One process with its orders. ``end`` is how it ended, once it has."""

    pid: int
    orders: Orders
    ready: asyncio.Future[None]
    end: asyncio.Future[int]

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self.end.done()

    def signal(self, number: signal.Signals) -> None:
        """Sends one, if there is somebody to hear it."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def kill(self) -> int:
        """Kills it, stopped or not; returns how it ended."""
        self.signal(signal.SIGKILL)
        return await self.end


@dataclass
class Cast:
    """Who is on stage, by name."""

    mother: asyncio.subprocess.Process
    orders: Orders
    actors: dict[str, Actor] = field(default_factory=dict)
    _born: deque[asyncio.Future[Actor]] = field(default_factory=deque)
    _known: dict[int, Actor] = field(default_factory=dict)

    async def enter(self, name: str, role: str, **chosen: object) -> Actor:
        """Somebody takes this role under this name, in the place of whoever had it; returns when he is ready, or dead."""
        if name in self.actors:
            await self.actors[name].kill()
        orders = replace(self.orders, role=role, **chosen)  # type: ignore[arg-type]
        birth: asyncio.Future[Actor] = asyncio.get_running_loop().create_future()
        self._born.append(birth)
        assert self.mother.stdin is not None
        self.mother.stdin.write(orders.write())
        async with asyncio.timeout(READY_SECONDS):
            actor = self.actors[name] = await birth
            actor.orders = orders
            await asyncio.wait((actor.ready, actor.end), return_when=asyncio.FIRST_COMPLETED)
        return actor

    async def replace_dead(self) -> None:
        """Everybody who died is played by another, who does not die by himself."""
        for name, actor in list(self.actors.items()):
            if not actor.alive:
                await self.enter(name, actor.orders.role, port=actor.orders.port, fenced=actor.orders.fenced)

    async def listen(self) -> None:
        """Hears who was born, is ready, has ended."""
        assert self.mother.stdout is not None
        async for line in self.mother.stdout:
            word, *numbers = line.decode().split()
            pid = int(numbers[0])
            if word == "born":
                loop = asyncio.get_running_loop()
                actor = self._known[pid] = Actor(pid, self.orders, loop.create_future(), loop.create_future())
                self._born.popleft().set_result(actor)
            elif word == "ready":
                self._known[pid].ready.set_result(None)
            else:
                self._known.pop(pid).end.set_result(int(numbers[1]))


@asynccontextmanager
async def casting(uri: str, password: str, folder: Path) -> AsyncIterator[Cast]:
    """A cast on this database; what the processes log is kept in the folder."""
    with (folder / "processes.log").open("ab") as log:
        mother = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.crash.mortal"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=Path(__file__).parents[2],
        )
        cast = Cast(mother, Orders("", uri, password, str(folder)))
        listening = asyncio.create_task(cast.listen())
        try:
            yield cast
        finally:
            assert mother.stdin is not None
            mother.stdin.close()  # she takes all her children with her
            await mother.wait()
            await listening


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def until_dead(pid: int, seconds: float) -> bool:
    """Whether a process that is not of the cast ends within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.05)
    return False
