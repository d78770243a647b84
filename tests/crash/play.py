"""One crash after another on one database: cells of the matrix, and rounds of random kills under load."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2

from app.access import DevelopmentIssuer
from app.core.identity import Minter
from app.embedded.server import EmbeddedNeo4j
from app.graph import migrate
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from app.settings import Settings
from tests.crash import judge
from tests.crash.cast import Cast, casting, free_port, until_dead
from tests.crash.load import Broken, Client, Upload, demand, upload_all
from tests.crash.mortal import LEASE, now

CHECK_EVERY = 10
DEATH_SECONDS = 90.0
ANSWER_SECONDS = 5.0
KILL_DATABASE = "database killed"


@dataclass
class Play:
    """A cast, its client, and the judge's own connection. ``database`` is None where it is not ours to kill."""

    cast: Cast
    client: Client
    connection: Connection
    chance: random.Random
    database: EmbeddedNeo4j | None
    port: int
    fenced: bool = True
    rounds: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    judged: set[str] = field(default_factory=set)

    def told(self) -> str:
        """How often what was done."""
        return ", ".join(f"{count} × {deed}" for deed, count in sorted(self.deeds.items()))

    async def die(self, victim: str, point: str) -> None:
        """The victim dies at this point of the service or of a second worker; then all is as promised."""
        apart = victim == "second worker"
        killed = self._database_pid() if victim == "database" else 0
        if point == "before-purge-commits":
            await self._expire()
        passage = self.chance.randint(1, 2) if point.endswith(("effects", "part-commits")) else 1
        mortal = {"point": point, "passage": passage, "victim": killed}
        await self._leave("second", "service")
        await self.cast.enter("service", "accept" if apart else "serve", port=self.port, **({} if apart else mortal))
        if apart:
            await self.cast.enter("second", "work", **mortal)
        dead = asyncio.Event()
        uploading = asyncio.create_task(self._upload_until(dead))
        try:
            await self._demand_death("second" if apart else "service", killed)
        except Broken:
            uploading.cancel()
            raise
        dead.set()
        async with self._kept():
            uploads = await uploading
        await self._judge(uploads, whole=True)
        self.deeds[f"{victim} at a point"] += 1

    async def _upload_until(self, dead: asyncio.Event) -> list[Upload]:
        """Uploads until the victim is dead: on a database with other workers, they may be faster than it."""
        uploads = list[Upload]()
        while not (uploads and dead.is_set()):
            uploads += await upload_all(self.client, spaces=1, turns=2, names=50)
        return uploads

    async def _demand_death(self, name: str, killed: int) -> None:
        if killed:
            demand(await until_dead(killed, DEATH_SECONDS), "the database dies where it should", killed)
            return
        try:
            async with asyncio.timeout(DEATH_SECONDS):
                code = await asyncio.shield(self.cast.actors[name].end)
        except TimeoutError:
            raise Broken(f"{name} did not pass the point where it should die") from None
        demand(code == -signal.SIGKILL, "it dies by the signal and by nothing else", code)

    async def _leave(self, *names: str) -> None:
        for name in names:
            if name in self.cast.actors:
                await self.cast.actors.pop(name).kill()

    async def round(self, *, database: bool = False) -> str:
        """Uploads into three spaces, and one to three deeds against whoever serves them meanwhile; tells the deeds."""
        self.rounds += 1
        await self._set_stage()
        await self._expire()
        uploading = asyncio.create_task(upload_all(self.client, spaces=3, turns=2, names=30))
        possible = self._deeds()
        chosen = self.chance.choices(sorted(possible.keys() - {KILL_DATABASE}), k=self.chance.randint(1, 3))
        if database:
            chosen.insert(self.chance.randrange(len(chosen) + 1), KILL_DATABASE)
        async with self._kept():
            for deed in chosen:
                await asyncio.sleep(self.chance.uniform(0, 0.4))
                await possible[deed]()
                self.deeds[deed] += 1
            uploads = await uploading
        await self._judge(uploads, whole=database or self.rounds % CHECK_EVERY == 0)
        return ", ".join(chosen)

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        """While the block runs, whoever dies is replaced; a service that finds no database dies, and is again."""

        over = asyncio.Event()

        async def replace_dead() -> None:
            while not over.is_set():
                await self.cast.replace_dead()
                await asyncio.sleep(0.05)

        keeping = asyncio.create_task(replace_dead())
        try:
            yield
        finally:
            over.set()
            await keeping

    async def _expire(self) -> None:
        """What was judged may go, and the workers purge it while they are being killed."""
        await judge.expire(self.connection, self.judged)
        self.judged.clear()

    async def _set_stage(self) -> None:
        """A service with a worker, and a second worker, none of whom dies by himself."""
        for name, role, port in (("service", "serve", self.port), ("second", "work", 0)):
            actor = self.cast.actors.get(name)
            if actor is None or not actor.alive or actor.orders.point or actor.orders.role != role:
                await self.cast.enter(name, role, port=port, fenced=self.fenced)

    def _deeds(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {
            "service killed": lambda: self._kill("service"),
            "second worker killed": lambda: self._kill("second"),
            "service paused": lambda: self._pause("service"),
            "second worker paused": lambda: self._pause("second"),
            KILL_DATABASE: self._kill_database,
        }

    async def _kill(self, name: str) -> None:
        await self.cast.actors[name].kill()

    async def _pause(self, name: str) -> None:
        """Long enough for another to own what it owned, and it does not know."""
        actor = self.cast.actors[name]
        actor.signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE * 1.3)
        actor.signal(signal.SIGCONT)

    async def _kill_database(self) -> None:
        os.kill(self._database_pid(), signal.SIGKILL)

    def _database_pid(self) -> int:
        assert self.database is not None, "this database is not ours to kill"
        assert self.database.pid is not None, "it is dead already"
        return self.database.pid

    async def _judge(self, uploads: list[Upload], *, whole: bool) -> None:
        """Every promise about these uploads; with ``whole`` those about the graph too."""
        judge.judge_answers(uploads)
        await judge.judge_owners(self.connection, uploads, all_traced=self.database is not None)
        await judge.judge_effects(GraphStore(self.connection, _no_writers(self.connection)), uploads)
        self.judged |= {upload.space for upload in uploads}
        if whole and self.database is not None:
            await judge.judge_graph(self.connection)


def _no_writers(connection: Connection) -> Writers:
    return Writers(connection, Gathering(), clock=now, mint=Minter().mint)


@asynccontextmanager
async def playing(folder: Path, chance: random.Random, *, fenced: bool = True) -> AsyncIterator[Play]:
    """A play on a database of its own in this folder."""
    settings = replace(Settings.from_environment(), data_dir=folder, heap_mb=512, page_cache_mb=64, java_learns=False)
    async with EmbeddedNeo4j(settings) as database:
        endpoint = database.endpoint
        connection = Connection(Library.load())
        connection.attach(endpoint.uri, endpoint.user, endpoint.password)
        try:
            await migrate.up(connection)
            async with staging(folder, connection, endpoint.uri, endpoint.password, chance) as play:
                play.database, play.fenced = database, fenced
                yield play
        finally:
            await connection.close()


@asynccontextmanager
async def staging(
    folder: Path, connection: Connection, uri: str, password: str, chance: random.Random
) -> AsyncIterator[Play]:
    """A play on a database that runs already."""
    port = free_port()
    token = DevelopmentIssuer.open(folder).mint(minutes=24 * 60)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_SECONDS,
                limits=httpx2.Limits(max_connections=32),
            )
        )
        cast = await stack.enter_async_context(casting(uri, password, folder))
        yield Play(cast, Client(http), connection, chance, None, port)
