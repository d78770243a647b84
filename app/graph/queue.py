"""``core.queue.Queue`` on Neo4j: claims with lease and fence, and parts that take effect once.

The claim of a space stands on its queue node: the worker, the end of the lease on the database's clock, and the fence,
a number that only grows. Every step of a claim locks that node and compares the fence before it commits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.core import jobs as moves
from app.core.errors import StoreDefect
from app.core.jobs import Part, State
from app.core.queue import Claim, ClaimLost, PartChanged
from app.graph import jobrows, jobsteps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from neo4j import AsyncTransaction

    from app.core.jobs import Account, Job
    from app.core.model import Outcome
    from app.core.store import Batch
    from app.graph.connection import Connection
    from app.graph.jobs import News
    from app.graph.jobsteps import Watch
    from app.graph.writer import Writers

SECOND = 1_000_000
CANDIDATES = 64
# Whoever waits for the space waits for one part of a job first: about 60 ms for so many items.
MOST_IN_COMPANY = 125


class GraphQueue:
    """See ``core.queue.Queue``. ``watch`` hears of points at which a crash must do no harm; tests end the process."""

    def __init__(self, connection: Connection, writers: Writers, news: News, watch: Watch = jobsteps.ignore) -> None:
        self._connection = connection
        self._writers = writers
        self._news = news
        self._watch = watch

    async def claim(self, worker: str, lease_seconds: float, kinds: Collection[str] | None = None) -> Claim | None:
        """See ``Queue.claim``."""
        rows, _ = await jobsteps.ask(self._connection, "jobs/waiting", limit=CANDIDATES)
        for row in rows:
            claim = await self._claim(row["space"], worker, int(lease_seconds * SECOND), kinds)
            if claim is not None:
                self._news.tell(claim.job)
                self._watch("after-claim")
                return claim
        return None

    async def _claim(self, space: str, worker: str, lease: int, kinds: Collection[str] | None) -> Claim | None:
        async with self._connection.transaction() as transaction:
            found = await jobsteps.one(self._connection, transaction, "jobs/oldest", space=space)
            now = found["now"]
            if found["until"] is not None and found["until"] > now:
                return None
            if found["job"] is None:
                await (await self._connection.run(transaction, "jobs/idle", space=space)).consume()
                await self._connection.commit(transaction)
                return None
            before = jobrows.read_job(*found["job"])
            if kinds is not None and before.kind not in kinds:
                return None
            claim = Claim(moves.start(before, now), worker, found["fence"] + 1, now + lease)
            taken = {"worker": worker, "fence": claim.fence, "until": claim.until, "servedAt": now}
            await jobsteps.keep(self._connection, transaction, before, claim.job, claimed=taken)
            self._watch("before-claim-commits")
            await self._connection.commit(transaction)
            return claim

    async def renew(self, claim: Claim, lease_seconds: float) -> Claim:
        """See ``Queue.renew``."""
        rows = await self._connection.write(
            "jobs/renew",
            space=claim.job.space,
            request=claim.job.request_id,
            worker=claim.worker,
            fence=claim.fence,
            lease=int(lease_seconds * SECOND),
        )
        if not rows:
            raise ClaimLost
        return claim._replace(job=jobrows.read_job(rows[0]["request"], rows[0]["progress"]), until=rows[0]["until"])

    async def release(self, claim: Claim) -> None:
        """See ``Queue.release``."""
        await self._connection.write("jobs/release", space=claim.job.space, worker=claim.worker, fence=claim.fence)

    async def next_part(self, claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        """See ``Queue.next_part``."""
        space = claim.job.space
        company = self._writers.has_company(space)
        (row,), _ = await jobsteps.ask(
            self._connection,
            "jobs/next_part",
            space=space,
            request=claim.job.request_id,
            start=start,
            most=1 if company else most,
        )
        _demand(claim, row["fence"], row["worker"])
        job = jobrows.read_job(row["request"], row["progress"])
        part = None if job.state.final else moves.join([Part(*part) for part in row["parts"]])
        while part is not None and company and part.count > MOST_IN_COMPANY:
            part = await self.split(claim, part)
        return job, part

    async def foresee(self, claim: Claim, batch: Batch) -> Batch:
        """See ``Queue.foresee``."""
        return await self._writers.foresee(claim.job.space, batch)

    async def carry_out(
        self, claim: Claim, part: Part, batch: Batch, account: Callable[[Sequence[Outcome]], Account]
    ) -> Job:
        """See ``Queue.carry_out``."""
        told: list[Job] = []

        async def keep(transaction: AsyncTransaction, outcomes: Sequence[Outcome]) -> None:
            self._watch("after-effects")
            told.append(await self._finish_part(transaction, claim, part, account(outcomes)))
            self._watch("before-part-commits")

        await self._writers.submit(claim.job.space, batch, alongside=keep)
        self._watch("after-part-commits")
        job = self._tell(told[-1])
        # Whoever waits for the job goes first: to let go of what the part held takes a while.
        await asyncio.sleep(0)
        return job

    async def set_aside(self, claim: Claim, part: Part, account: Account) -> Job:
        """See ``Queue.set_aside``."""
        async with self._connection.transaction() as transaction:
            job = await self._finish_part(transaction, claim, part, account)
            await self._connection.commit(transaction)
        return self._tell(job)

    async def _finish_part(self, transaction: AsyncTransaction, claim: Claim, part: Part, account: Account) -> Job:
        if account.counts.tried != part.count or account.counts.refused != len(account.refused):
            raise StoreDefect("the account of a part does not add up to its items")
        before, now = await self._hold(transaction, claim, part)
        after = moves.advance(before, account.counts, now)
        await jobsteps.keep(self._connection, transaction, before, after, part=part, account=account, at=now)
        return after

    async def split(self, claim: Claim, part: Part) -> Part:
        """See ``Queue.split``."""
        half, other = await asyncio.to_thread(part.halves)
        async with self._connection.transaction() as transaction:
            await self._hold(transaction, claim, part)
            await jobsteps.one(
                self._connection,
                transaction,
                "jobs/split",
                request=claim.job.request_id,
                first=half.first,
                count=half.count,
                payload=half.payload,
                second=other.first,
                second_count=other.count,
                second_payload=other.payload,
            )
            await self._connection.commit(transaction)
        return half

    async def note_attempt(self, claim: Claim) -> None:
        """See ``Queue.note_attempt``."""
        await self._step(claim, lambda job, _: moves.repeat(job))

    async def stop(self, claim: Claim) -> Job:
        """See ``Queue.stop``."""
        return await self._step(claim, moves.stop)

    async def fail(self, claim: Claim, reason: str) -> Job:
        """See ``Queue.fail``."""
        return await self._step(claim, lambda job, now: moves.fail(job, reason, now))

    async def _step(self, claim: Claim, step: Callable[[Job, int], Job]) -> Job:
        async with self._connection.transaction() as transaction:
            before, now = await self._hold(transaction, claim)
            after = step(before, now)
            await jobsteps.keep(self._connection, transaction, before, after)
            await self._connection.commit(transaction)
        return self._tell(after)

    async def _hold(self, transaction: AsyncTransaction, claim: Claim, part: Part | None = None) -> tuple[Job, int]:
        """The job of a claim under its lock, and now. Raises ClaimLost, or PartChanged for a part not pending."""
        held = await jobsteps.one(
            self._connection,
            transaction,
            "jobs/hold",
            space=claim.job.space,
            request=claim.job.request_id,
            first=-1 if part is None else part.first,
            end=-1 if part is None else part.end,
        )
        job = jobrows.read_job(*held["job"])
        if part is not None and held["count"] != part.count:
            raise PartChanged
        _demand(claim, held["fence"], held["worker"])
        if job.state is not State.RUNNING:
            raise ClaimLost
        return job, held["now"]

    def _tell(self, job: Job) -> Job:
        self._news.tell(job)
        return job

    async def purge(self, limit: int) -> int:
        """See ``Queue.purge``."""
        async with self._connection.transaction() as transaction:
            row = await jobsteps.one(self._connection, transaction, "jobs/purge", limit=limit)
            jobs: int = row["jobs"]
            if jobs:
                self._watch("before-purge-commits")
                await self._connection.commit(transaction)
        return jobs

    async def await_work(self, seconds: float) -> None:
        """See ``Queue.await_work``."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.work.wait()
        except TimeoutError:
            return
        self._news.work.clear()


def _demand(claim: Claim, fence: int, worker: str | None) -> None:
    if (fence, worker) != (claim.fence, claim.worker):
        raise ClaimLost
