"""A Neo4j of our own: started, watched, started again when it dies, stopped."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from app.embedded import archive, disk, fetch, folder, java, lock, login, memory
from app.embedded.child import ArchiveUnusable, Child, JarUnreadable, console, why
from app.embedded.errors import EmbeddedError, PortTaken, StartFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from app.settings import Settings

USER = login.USER
# A start takes 6 to 16 s of processor time: far longer on a machine that is busy with other things.
START_SECONDS = 600
FIRST_PAUSE_SECONDS = 0.5
LAST_PAUSE_SECONDS = 30.0
# A life this long shows that the trouble is over: the next death waits the first pause again.
HEALTHY_SECONDS = 60.0
START_TRIES = 3


class Phase(StrEnum):
    """Where the database is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class State:
    """The phase, and why, in words for an operator."""

    phase: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the database answers, and to whom."""

    uri: str
    user: str
    password: str = field(repr=False)


class EmbeddedNeo4j:
    """A Neo4j Community Edition on a loopback port of its own, with its data in ``settings.data_dir``/neo4j.

    ``on_state`` hears every change of state in the event loop; ``progress`` hears of the fetch of a first start
    (bytes done, bytes in all) in other threads. ``port`` fixes the port (unset: any free one).
    """

    def __init__(
        self,
        settings: Settings,
        on_state: Callable[[State], None] | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        port: int | None = None,
    ) -> None:
        self._settings = settings
        self._home = (settings.data_dir / "neo4j").absolute()
        self._on_state = on_state
        self._progress = progress
        self._fixed_port = port
        self._port = port or 0
        self._state = State(Phase.STOPPED, "not started")
        self._holder: int | None = None
        self._child: Child | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers, the same through restarts; there is one once ``start`` has returned."""
        if self._watch is None:
            raise RuntimeError("not started")
        return Endpoint(self._uri, USER, self._password)

    @property
    def pid(self) -> int | None:
        """The database's process, while there is one."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> Endpoint:
        """Fetches what is missing, starts the database and returns when it answers; from then on it is kept alive.

        Raises the EmbeddedError that says what is wrong and what to do; nothing is left running then.
        """
        if self._watch is not None:
            raise RuntimeError("already started")
        self._tell(Phase.STARTING, "the database is starting")
        try:
            await self._prepare()
            await self._try_lives()
        except BaseException as error:
            self._let_go()
            self._tell(Phase.STOPPED, str(error))
            raise
        self._watch = asyncio.create_task(self._supervise(), name="embedded neo4j")
        self._tell(Phase.READY, "the database answers")
        return self.endpoint

    async def stop(self) -> None:
        """Ends the database cleanly and gives the data folder free; harmless when not started.

        By force after 30 s, or 90 s at the end of a first run.
        """
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
        if self._child is not None:
            await self._child.stop()
            self._child = None
        self._let_go()
        self._tell(Phase.STOPPED, "stopped")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def _uri(self) -> str:
        return f"bolt://127.0.0.1:{self._port}"

    async def _prepare(self) -> None:
        memory.demand(self._settings)
        self._java = await asyncio.to_thread(java.find, self._settings.java)
        self._jars = await asyncio.to_thread(fetch.fetch, self._settings, self._progress)
        with disk.refusals_in_words(self._home):
            self._holder = await asyncio.to_thread(folder.own, self._home)
            disk.demand_room(self._home)
            folder.claim_version(self._home, lock.read().version)
            self._password = folder.password(self._home)

    async def _try_lives(self) -> None:
        """One life that answers, with what can be mended mended in between."""
        for rest in reversed(range(START_TRIES)):
            self._port = self._fixed_port or _free_port()
            try:
                await self._live()
            except PortTaken:
                if rest == 0 or self._fixed_port:
                    raise
            else:
                return

    async def _live(self) -> None:
        """Starts the database on the port and returns when it answers; mends what made it end, once."""
        try:
            await self._live_once()
        except JarUnreadable:
            self._jars = await asyncio.to_thread(fetch.verify, self._settings)
            await self._live_once()
        except ArchiveUnusable:
            archive.discard(self._settings, self._java, self._jars)
            await self._live_once()

    async def _live_once(self) -> None:
        assert self._holder is not None
        _demand_free(self._port)
        child = await Child.launch(self._java, self._settings, self._home, self._jars, self._port, self._holder)
        try:
            await self._until_it_answers(child)
        except BaseException:
            await child.stop()
            raise
        self._child = child

    async def _until_it_answers(self, child: Child) -> None:
        answer = asyncio.create_task(
            login.log_in(self._uri, self._port, self._password, folder.password_file(self._home))
        )
        end = asyncio.create_task(child.ended())
        try:
            done, _ = await asyncio.wait((answer, end), timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answer.cancel()
            end.cancel()
        if end in done:
            raise why(self._home, self._settings, self._port)
        if not done:
            raise StartFailed(f"no answer for {START_SECONDS} s.", console(self._home))
        answer.result()

    async def _supervise(self) -> None:
        """Starts the database again on the same port whenever it ends, so that the driver finds it again."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            assert self._child is not None
            born = time.monotonic()
            code = await self._child.ended()
            if time.monotonic() - born > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._tell(Phase.RESTARTING, f"the database ended by itself (exit code {code}) and is started again")
            pause = await self._bring_back(pause)
            self._tell(Phase.READY, "the database answers again")

    async def _bring_back(self, pause: float) -> float:
        """Tries until it answers; gives the pause that the next death waits."""
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LAST_PAUSE_SECONDS)
            try:
                await self._live()
            except (EmbeddedError, OSError) as error:
                self._tell(Phase.RESTARTING, f"{error} Trying again in {pause:g} s.")
            else:
                return pause

    def _tell(self, phase: Phase, reason: str) -> None:
        self._state = State(phase, reason)
        if self._on_state is not None:
            self._on_state(self._state)

    def _let_go(self) -> None:
        if self._holder is not None:
            os.close(self._holder)
            self._holder = None


def _demand_free(port: int) -> None:
    """Raises PortTaken at once, instead of after the seconds that the database takes to find out."""
    with socket.socket() as probe:
        # As the database does: connections of its last life that the system still remembers are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(port) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
