"""The job loop: claim, carry out, finish.

A worker owns up to ``slots`` spaces at a time and carries out the oldest job of each, part by part. It may be killed at
any point: what a part did is one transaction, and whoever claims the job next goes on after the last that committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app.core.errors import ItemFailed, Refusal, StoreAway
from app.core.model import Refused
from app.core.queue import ClaimLost, PartChanged
from app.lookout import Lookout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from app.core.jobs import Account, Job, Part
    from app.core.model import Outcome
    from app.core.queue import Carrier, Claim, Queue
    from app.lookout import Look

PURGE_JOBS = 20
FIRST_PURGE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Pace:
    """How many spaces at a time, and seconds: how long a claim holds without a sign of life, between looks for work,
    between looks for expired jobs.

    What the store could not take now is tried ``tries`` times; first pause ``pause``, then the double each time.
    ``together``: how many parts of a job are carried out as one at first, so that the first is soon written; two
    thirds more each time, unless other jobs are carried out as well.
    """

    slots: int = 4
    lease: float = 10.0
    idle: float = 0.5
    purge: float = 600.0
    tries: int = 5
    pause: float = 0.1
    together: int = 4


class Worker:
    """Carries out the jobs of a queue with the carriers of their kinds. No two workers have the same ``name``."""

    def __init__(self, queue: Queue, carriers: Mapping[str, Carrier], name: str, pace: Pace | None = None) -> None:
        self._queue = queue
        self._carriers = carriers
        self._name = name
        self._pace = pace or Pace()
        self._log = structlog.get_logger()
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Asks the worker to end: running parts are finished, claims handed back, then ``run`` returns."""
        self._stopping.set()

    async def run(self) -> None:
        """Works until ``stop``; trouble with the store is waited out."""
        purging = asyncio.create_task(self._purge(), name="purge of jobs")
        try:
            while not self._stopping.is_set():
                claim = await self._claim() if len(self._running) < self._pace.slots else None
                if claim is not None:
                    self._running.add(asyncio.create_task(self._own(claim), name=f"job {claim.job.request_id}"))
                else:
                    await self._rest()
                self._running = {task for task in self._running if not task.done()}
        finally:
            purging.cancel()
            await asyncio.gather(purging, *self._running, return_exceptions=True)

    async def _claim(self) -> Claim | None:
        try:
            return await self._queue.claim(self._name, self._pace.lease, self._carriers.keys())
        except StoreAway:
            return None
        except Exception:  # noqa: BLE001  (whatever it is, the next look may find work)
            self._log.exception("job_claim_failed")
            return None

    async def _rest(self) -> None:
        """Returns when there may be work and a slot for it, or somebody asks to stop."""
        awaited = {
            asyncio.create_task(self._queue.await_work(self._pace.idle)),
            asyncio.create_task(self._stopping.wait()),
        }
        await asyncio.wait({*awaited, *self._running}, return_when=asyncio.FIRST_COMPLETED)
        for task in awaited:
            task.cancel()
        await asyncio.gather(*awaited, return_exceptions=True)

    async def _purge(self) -> None:
        # A start has dearer things to do.
        await asyncio.sleep(min(self._pace.purge, FIRST_PURGE_SECONDS))
        while True:
            with contextlib.suppress(StoreAway):
                if await self._queue.purge(PURGE_JOBS) == PURGE_JOBS:
                    continue
            await asyncio.sleep(self._pace.purge)

    async def _own(self, claim: Claim) -> None:
        """One job, from its claim to its end, or to where another worker can take it."""
        log = self._log.bind(job=claim.job.request_id, space=claim.job.space)
        try:
            async with self._renewed(claim):
                job = await self._insist(claim)
            log.info("job_left", state=job.state.value, **job.counts._asdict())
        except ClaimLost:
            log.warning("job_claim_lost")
        except StoreAway:
            log.warning("job_interrupted")
            # A claim that can't be handed back ends with its lease.
            with contextlib.suppress(StoreAway):
                await self._queue.release(claim)

    async def _insist(self, claim: Claim) -> Job:
        """Carries on after whatever breaks; a job that breaks again and again fails, so that every job ends."""
        for attempt in range(self._pace.tries):
            try:
                return await self._carry_on(claim)
            except (ClaimLost, StoreAway):
                raise
            except Exception:  # noqa: BLE001  (nobody above could do more than this)
                self._log.exception("job_broke", job=claim.job.request_id)
                await self._pause(attempt)
        return await self._queue.fail(claim, "it broke again and again")

    async def _pause(self, attempt: int) -> None:
        await asyncio.sleep(self._pace.pause * 2**attempt * random.uniform(0.5, 1.5))

    @contextlib.asynccontextmanager
    async def _renewed(self, claim: Claim) -> AsyncIterator[None]:
        """Keeps the lease while the block runs."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._pace.lease / 3)
                with contextlib.suppress(StoreAway):
                    await self._queue.renew(claim, self._pace.lease)

        renewing = asyncio.create_task(renew(), name=f"lease {claim.job.request_id}")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _carry_on(self, claim: Claim) -> Job:
        together, look = self._pace.together, None
        async with Lookout(self._queue, claim, self._carriers[claim.job.kind], self._widen) as lookout:
            while True:
                look = look or await lookout.look(most=together)
                if look.part is None:
                    return look.job
                if look.job.cancel_asked:
                    return await self._queue.stop(claim)
                if self._stopping.is_set():
                    await self._queue.release(claim)
                    return look.job
                lookout.look_behind(look)
                job = await self._finish_part(claim, look, look.part, lookout)
                if job is not None and job.state.final:
                    return job
                if job is None:
                    await lookout.forget()
                    together, look = 1, None
                else:
                    together, look = self._widen(look.most), await lookout.take()

    @property
    def _alone(self) -> bool:
        """Whether no other job is carried out."""
        return len(self._running) == 1

    def _widen(self, together: int) -> int:
        """How many parts come as one behind so many: while those are written, two thirds more can be read and decided.

        Beside other jobs no more than at first: what all of them hold at once makes the database's pauses longer.
        """
        return together * 5 // 3 if self._alone else min(together, self._pace.together)

    async def _finish_part(self, claim: Claim, look: Look, part: Part, lookout: Lookout) -> Job | None:
        """The job after the part's effects and outcomes; None where the part was changed, or left for smaller ones."""
        try:
            return await self._try_part(claim, look, part, lookout)
        except PartChanged:
            return None
        except ClaimLost:
            raise
        except Refusal as refusal:
            # The batch as a whole can't be done, now or later: its space is gone.
            return await self._queue.fail(claim, str(refusal))
        except StoreAway as error:
            # A store that still takes the lease is there: it is the part that it does not take.
            await self._queue.renew(claim, self._pace.lease)
            return await self._divide(claim, look.job, part, error)
        except Exception as error:  # noqa: BLE001  (one item's fault must not be the others')
            return await self._divide(claim, look.job, part, error)

    async def _try_part(self, claim: Claim, look: Look, part: Part, lookout: Lookout) -> Job:
        if look.fault is not None:
            raise look.fault
        batch = look.batch
        assert batch is not None, "a part that was read without fault asks for something"

        def account(outcomes: Sequence[Outcome]) -> Account:
            told = self._account(look.job, part.first, look.items, outcomes)
            if told.counts.unchanged == part.count and self._alone:
                lookout.hurry()
            return told

        for attempt in range(self._pace.tries - 1):
            with contextlib.suppress(StoreAway):
                return await self._queue.carry_out(claim, part, batch, account)
            await self._pause(attempt)
            with contextlib.suppress(StoreAway):
                await self._queue.note_attempt(claim)
        return await self._queue.carry_out(claim, part, batch, account)

    def _account(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
        return self._carriers[job.kind].account(job, first, items, outcomes)

    async def _divide(self, claim: Claim, job: Job, part: Part, error: Exception) -> Job | None:
        """Halves a part that fails for itself, if it was not joined of several; an item that is alone has failed."""
        alone = error if part.count == 1 else None
        self._log.error("job_part_failed", job=job.request_id, first=part.first, count=part.count, exc_info=alone)
        with contextlib.suppress(PartChanged):
            if part.count == 1:
                failed = [Refused(ItemFailed("the item can't be written"))]
                return await self._queue.set_aside(claim, part, self._account(job, part.first, part.items, failed))
            if not part.more:
                await self._queue.split(claim, part)
        return None
