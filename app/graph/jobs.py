"""``core.queue.Jobs`` on Neo4j: acceptance, tracking, waiting, cancelling.

Whatever changes a queue holds the lock of the space's queue node until it commits, so the jobs of a space are numbered
in the order of their acceptance, and no two workers see the same job free. Locks are taken in one order: the space (by
its writer), its queue, the tally of a principal.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.core import jobs as moves
from app.core.errors import JobMissing, KeyReused, QueueFull, RateExceeded, SpaceUnknown, StoreAway, StoreDefect
from app.core.facts import Needs
from app.core.jobs import Results
from app.graph import jobrows, jobsteps
from app.graph.connection import CommitUnknown
from app.graph.unspelled import Unspelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from neo4j import AsyncTransaction

    from app.core.identity import SpaceName
    from app.core.jobs import Job, NewJob, Part, RefusedItem
    from app.core.ledger import Ledger
    from app.core.model import Author, Outcome
    from app.core.queue import Carrier, Search
    from app.core.store import Batch, Receipt
    from app.graph.connection import Connection
    from app.graph.jobsteps import Watch
    from app.graph.writer import Writers

FIRST_LOOK_SECONDS = 0.1
LAST_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Most unfinished items: of one principal, and of all."""

    mine: int = 200_000
    all: int = 1_000_000

    def check(self, mine: int, all: int, more: int) -> None:
        """Raises RateExceeded or QueueFull if ``more`` items would be too many."""
        if mine + more > self.mine:
            raise RateExceeded
        if all + more > self.all:
            raise QueueFull


@dataclass(frozen=True, slots=True)
class Nothing:
    """A batch without items: founds the space that a job is accepted in."""

    by: Author
    request_id: str | None
    transaction_id: str | None
    size: int = 0

    def needs(self, space: SpaceName) -> Needs:
        """No facts."""
        return Needs()

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """No outcomes."""
        return []


class Ear(asyncio.Event):
    """Is set when a job has changed, which then is how it is ``told``."""

    told: Job | None = None


class News:
    """Wakes those who wait for a job, or for work, in this process."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[Ear]] = defaultdict(set)
        self.work = asyncio.Event()

    def tell(self, job: Job) -> None:
        """The job has changed, and this is stored."""
        for ear in self._waiting.get(job.request_id, ()):
            ear.told = job
            ear.set()

    async def hear(self, request_id: str, seconds: float) -> Job | None:
        """The job when it has changed; None after ``seconds``."""
        ear = Ear()
        self._waiting[request_id].add(ear)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await ear.wait()
        finally:
            self._waiting[request_id].discard(ear)
            if not self._waiting[request_id]:
                del self._waiting[request_id]
        return ear.told


class GraphJobs:
    """See ``core.queue.Jobs``. ``carriers`` tell what to keep of a job that is settled at once, by its kind.

    ``watch`` hears of points at which a crash must do no harm; tests end the process.
    """

    def __init__(
        self,
        connection: Connection,
        writers: Writers,
        carriers: Mapping[str, Carrier],
        bounds: Bounds,
        news: News,
        watch: Watch = jobsteps.ignore,
    ) -> None:
        self._watch = watch
        self._connection = connection
        self._writers = writers
        self._carriers = carriers
        self._bounds = bounds
        self._news = news

    async def accept(self, new: NewJob, parts: Sequence[Part]) -> Job:
        """See ``Jobs.accept``."""
        if new.total != sum(part.count for part in parts) or not parts:
            raise ValueError("a job has items, and its parts hold them all")
        try:
            job = await (self._accept_founding if new.founder else self._accept)(new, parts)
        except CommitUnknown:
            job = await self._reread(new)
        self._watch("after-accept-commits")
        self._news.work.set()
        return job

    async def _reread(self, new: NewJob) -> Job:
        """The job whose commit was not answered. Raises StoreAway if it did not take place."""
        try:
            return await self.find(new.request_id)
        except JobMissing:
            raise StoreAway from None

    async def _accept(self, new: NewJob, parts: Sequence[Part]) -> Job:
        async def attempt() -> Job:
            async with self._connection.transaction() as transaction:
                job = await self._enter(transaction, new, parts)
                if job.request_id == new.request_id:
                    await self._connection.commit(transaction)
                return job

        return await jobsteps.insist(attempt)

    async def _accept_founding(self, new: NewJob, parts: Sequence[Part]) -> Job:
        """Acceptance in the transaction that founds the space."""
        accepted: list[Job] = []

        async def enter(transaction: AsyncTransaction, _: Sequence[Outcome]) -> None:
            accepted.append(await self._enter(transaction, new, parts))

        nothing = Nothing(new.author, new.request_id, new.transaction_id)
        await self._writers.submit(new.space, nothing, founder=new.founder, alongside=enter)
        return accepted[-1]

    async def _enter(self, transaction: AsyncTransaction, new: NewJob, parts: Sequence[Part]) -> Job:
        key = jobrows.idempotency_key(new)
        found = await jobsteps.one(
            self._connection, transaction, "jobs/enter", space=new.space, principal=new.principal, key=key
        )
        if found["known"] is not None:
            known = jobrows.read_job(*found["known"])
            if known.digest != new.digest:
                raise KeyReused
            return known
        if not found["space"]:
            raise SpaceUnknown(new.space)
        self._bounds.check(found["mine"], found["all"], new.total)
        job = moves.enqueue(new, found["last"] + 1, found["now"])
        stored = await jobsteps.one(
            self._connection,
            transaction,
            "jobs/store",
            space=new.space,
            principal=new.principal,
            number=job.number,
            total=new.total,
            job=jobrows.write_job(job, key),
            body=Unspelled(parts=[[part.first, part.count, part.payload] for part in parts]),
        )
        if stored["parts"] != len(parts):
            raise StoreDefect("not every part of a job was stored")
        self._watch("before-accept-commits")
        return job

    async def settle(self, new: NewJob, items: Sequence[bytes], batch: Batch) -> Receipt:
        """See ``Jobs.settle``."""
        carrier = self._carriers[new.kind]

        async def finish(transaction: AsyncTransaction, outcomes: Sequence[Outcome]) -> None:
            at = self._writers.terms.clock()
            account = carrier.account(moves.enqueue(new, 0, at), 0, items, outcomes)
            job = moves.finished(new, account.counts, at)
            await jobsteps.one(
                self._connection,
                transaction,
                "jobs/settle",
                job=jobrows.write_job(job),
                first=0,
                count=new.total,
                at=at,
                items=Unspelled(results=account.results, refused=jobrows.write_refused(account)),
            )

        self._writers.note_visit(new.space)
        return await self._writers.submit(new.space, batch, founder=new.founder, alongside=finish)

    async def open_items(self, principal: str) -> tuple[int, int]:
        """See ``Jobs.open_items``."""
        (row,), _ = await jobsteps.ask(self._connection, "jobs/tallies", principal=principal)
        return row["mine"], row["all"]

    async def check_bounds(self, principal: str, more: int = 1) -> None:
        """See ``Jobs.check_bounds``."""
        mine, everybody = await self.open_items(principal)
        self._bounds.check(mine, everybody, more)

    async def find(self, request_id: str) -> Job:
        """See ``Jobs.find``."""
        return await self._find("jobs/find", request=request_id)

    async def find_transaction(self, transaction_id: str) -> Job:
        """See ``Jobs.find_transaction``."""
        return await self._find("jobs/find_transaction", transaction=transaction_id)

    async def _find(self, name: str, **params: str) -> Job:
        rows, bookmark = await jobsteps.ask(self._connection, name, **params)
        if not rows:
            raise JobMissing
        (row,) = rows
        job = jobrows.read_job(row["request"], row["progress"], bookmark=bookmark)
        if job.expires_at is not None and job.expires_at <= row["now"]:
            raise JobMissing
        return job

    async def refusals(
        self, request_id: str, first: int = 1000, *, start: int = 0, bookmark: str | None = None
    ) -> list[RefusedItem]:
        """See ``Jobs.refusals``."""
        rows, _ = await jobsteps.ask(
            self._connection, "jobs/refusals", bookmark=bookmark, request=request_id, start=start, limit=first
        )
        return [jobrows.read_refused(row["index"], row["document"]) for row in rows]

    async def results(self, request_id: str, *, start: int = 0, limit: int = 20) -> list[Results]:
        """See ``Jobs.results``."""
        rows, _ = await jobsteps.ask(self._connection, "jobs/results", request=request_id, start=start, limit=limit)
        return [Results(row["first"], row["count"], row["at"], row["results"]) for row in rows]

    async def first_results(self, request_ids: Collection[str]) -> dict[str, Results]:
        """See ``Jobs.first_results``."""
        want = {"requests": list(request_ids)}
        rows, _ = await jobsteps.ask(self._connection, "jobs/first_results", want=want)
        return {row["request"]: Results(row["first"], row["count"], row["at"], row["results"]) for row in rows}

    async def search(self, search: Search) -> list[Job]:
        """See ``Jobs.search``. Each kind of criteria has a seek of its own."""
        if search.transaction_id is not None and search.about is None:
            return await self._look_up(search.transaction_id, search)
        name, want = jobrows.write_search(search)
        rows, _ = await jobsteps.ask(self._connection, name, want=want, limit=search.limit)
        return [jobrows.read_job(row["request"], row["progress"]) for row in rows]

    async def _look_up(self, transaction_id: str, search: Search) -> list[Job]:
        try:
            job = await self.find_transaction(transaction_id)
        except JobMissing:
            return []
        return [job] if jobrows.meets(job, search) else []

    async def open_jobs(self, space: str) -> int:
        """See ``Jobs.open_jobs``."""
        (row,), _ = await jobsteps.ask(self._connection, "jobs/open_jobs", space=space)
        jobs: int = row["jobs"]
        return jobs

    async def wait(self, request_id: str, seconds: float, *, seen_version: int | None = None) -> Job:
        """See ``Jobs.wait``. A change in this process is seen at once, one of another within a second."""
        deadline, look, told = time.monotonic() + seconds, FIRST_LOOK_SECONDS, None
        while True:
            job = told or await self.find(request_id)
            left = deadline - time.monotonic()
            if job.state.final or seen_version not in (None, job.version) or left <= 0:
                return job if told is None else await self._mark(job)
            told = await self._news.hear(request_id, min(left, look))
            look = min(look * 2, LAST_LOOK_SECONDS)

    async def _mark(self, told: Job) -> Job:
        """What was told of a job, with a state of the store that holds all it tells."""
        return replace(told, bookmark=await self._connection.latest_bookmark())

    async def cancel(self, request_id: str) -> Job:
        """See ``Jobs.cancel``."""
        self._news.tell(await jobsteps.insist(lambda: self._cancel(request_id)))
        return await self.find(request_id)

    async def _cancel(self, request_id: str) -> Job:
        async with self._connection.transaction() as transaction:
            row = await (await self._connection.run(transaction, "jobs/lock", request=request_id)).single()
            if row is None:
                raise JobMissing
            before = jobrows.read_job(*row["job"])
            after = moves.cancel(before, row["now"])
            if after is not before:
                await jobsteps.keep(self._connection, transaction, before, after)
                await self._connection.commit(transaction)
        return after
