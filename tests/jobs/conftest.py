"""A post office: jobs of letters on either store."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
import structlog

from app.core.access import Right
from app.core.identity import Minter
from app.core.jobs import Account, Job, NewJob, Part
from app.core.model import Outcome
from app.core.queue import Claim, Jobs, Queue, Search
from app.graph.connection import Connection
from app.graph.jobs import Bounds, GraphJobs, News
from app.graph.queue import GraphQueue
from app.graph.store import GraphStore
from app.graph.writer import Writers
from app.worker import Pace, Worker
from tests.jobs.letters import KIND, OWNER, LetterCarrier, letter_id, new_job, parts_of
from tests.memory import MemoryStore
from tests.memory_jobs import MemoryJobs

QUICK = Pace(lease=5.0, idle=0.1, pause=0.01, together=1)


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass
class Office:
    """Both sides of a job store, the store below, and what a test does with them all the time."""

    store: GraphStore | MemoryStore
    jobs: Jobs
    queue: Queue
    carrier: LetterCarrier
    mint: Minter = field(default_factory=Minter)

    async def space(self) -> str:
        """A new space."""
        space = str(uuid.uuid4())
        if isinstance(self.store, MemoryStore):
            self.store.found(space, {OWNER: Right.OWNER})
        else:
            await self.store.found(space, {OWNER: Right.OWNER})
        return space

    async def post(self, space: str, items: list[bytes], size: int = 5, **chosen: object) -> Job:
        """An accepted job of these items."""
        return await self.jobs.accept(self.new(space, items, **chosen), parts_of(items, size))

    def new(self, space: str, items: list[bytes], **chosen: object) -> NewJob:
        """A job to be accepted. Its caller is one of this space only, so that tests don't share bounds."""
        return new_job(space, items, **{"principal": f"sub:user:{space}", **chosen})

    def worker(self, name: str = "worker", pace: Pace = QUICK, queue: Queue | None = None) -> Worker:
        """A worker; its name is made its own."""
        return Worker(queue or self.queue, {KIND: self.carrier}, f"{name} {uuid.uuid4()}", pace)

    @asynccontextmanager
    async def working(self, *workers: Worker) -> AsyncIterator[None]:
        """Workers run while the block does."""
        running = [asyncio.create_task(worker.run()) for worker in workers or (self.worker(),)]
        try:
            yield
        finally:
            for worker in workers or ():
                worker.stop()
            if not workers:
                for task in running:
                    task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def finish(self, *jobs: Job) -> list[Job]:
        """The jobs once they are final, carried out by a worker."""
        async with self.working(self.worker()):
            return [await self.end(job) for job in jobs]

    async def end(self, job: Job, seconds: float = 20) -> Job:
        """The job once it is final."""
        ended = await self.jobs.wait(job.request_id, seconds)
        assert ended.state.final, f"still {ended.state}, {ended.counts}"
        return ended

    async def carry(self, claim: Claim, part: Part) -> Job:
        """The job after this part was carried out as a worker would."""
        batch = await self.carrier.read(part.items, claim.job)

        def account(outcomes: Sequence[Outcome]) -> Account:
            return self.carrier.account(claim.job, part.first, part.items, outcomes)

        return await self.queue.carry_out(claim, part, batch, account)

    async def search(self, space: str, **criteria: object) -> list[Job]:
        """Jobs of a space."""
        return await self.jobs.search(Search(space=space, **criteria))  # type: ignore[arg-type]

    def id(self, space: str, name: str) -> str:
        """The core id of a letter."""
        return letter_id(space, name)

    async def text(self, space: str, name: str) -> object:
        """What the letter says; None if there is none."""
        stored = await self.store.relationship(space, letter_id(space, name))
        return None if stored is None else stored.fields["relationshipName"]


@dataclass
class Offices:
    """Opens offices on one kind of store."""

    graph: Connection | None
    writers: Writers | None

    def open(self, *, mine: int = 200_000, all: int = 1_000_000_000) -> Office:
        """An office with these bounds on open items."""
        carrier = LetterCarrier()
        if self.graph is None or self.writers is None:
            store = MemoryStore(clock=now, mint=Minter().mint)
            memory = MemoryJobs(store, {KIND: carrier}, clock=now, mine=mine, all=all)
            return Office(store, memory, memory, carrier)
        news = News()
        jobs = GraphJobs(self.graph, self.writers, {KIND: carrier}, Bounds(mine, all), news)
        queue = GraphQueue(self.graph, self.writers, news)
        return Office(GraphStore(self.graph, self.writers), jobs, queue, carrier)


@pytest.fixture(autouse=True)
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture(params=["memory", "graph"])
def offices(request: pytest.FixtureRequest) -> Offices:
    """Offices on the specification, and on Neo4j."""
    if request.param == "memory":
        return Offices(None, None)
    return Offices(request.getfixturevalue("graph"), request.getfixturevalue("writers"))


@pytest_asyncio.fixture
async def office(offices: Offices) -> Office:
    """An office with the usual bounds, and nothing to do yet."""
    return await _swept(offices.open())


@pytest_asyncio.fixture
async def graph_office(graph: Connection, writers: Writers) -> Office:
    """An office on Neo4j, with nothing to do yet."""
    return await _swept(Offices(graph, writers).open())


async def _swept(office: Office) -> Office:
    """The office after other tests' jobs have been ended."""
    while (claim := await office.queue.claim("sweeper", 1)) is not None:
        await office.queue.fail(claim, "swept")
    return office


def quick(**chosen: object) -> Pace:
    """The pace of these tests, changed."""
    return replace(QUICK, **chosen)  # type: ignore[arg-type]
