"""Jobs in memory, carried out by a task of the same loop: enough for a façade to accept, track and cancel."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace

from app.core import jobs as life
from app.core.access import Right
from app.core.errors import JobMissing, KeyReused, QueueFull, RateExceeded, SpaceUnknown
from app.core.jobs import Job, NewJob, Part, RefusedItem, Results, State
from app.core.model import Outcome
from app.core.queue import Carrier, Search
from app.core.store import Batch, Receipt, SpaceAppeared
from tests.memory import MemoryStore


def now() -> int:
    return time.time_ns() // 1000


class MemoryJobs:
    """Keeps the contract of ``app.core.queue.Jobs`` for one kind of jobs; ``work`` carries out what is queued."""

    def __init__(self, store: MemoryStore, carrier: Carrier, *, per_principal: int, in_all: int) -> None:
        self.jobs: dict[str, Job] = {}
        self.refused: dict[str, list[RefusedItem]] = {}
        self.runs = 0
        self._store = store
        self._carrier = carrier
        self._bounds = per_principal, in_all
        self._parts: dict[str, list[Part]] = {}
        self._keys: dict[tuple[str, str, str], Job] = {}
        self._moved = asyncio.Event()
        self._arrived = asyncio.Event()

    async def accept(self, new: NewJob, parts: Sequence[Part]) -> Job:
        key = (new.principal, new.space, new.key or new.request_id)
        if (first := self._keys.get(key)) is not None:
            if first.digest != new.digest:
                raise KeyReused
            return self.jobs[first.request_id]
        await self.check_bounds(new.principal, new.total)
        self._found(new)
        job = life.enqueue(new, len(self.jobs) + 1, now())
        self.jobs[job.request_id] = self._keys[key] = job
        self._parts[job.request_id], self.refused[job.request_id] = list(parts), []
        self._arrived.set()
        return job

    def _found(self, new: NewJob) -> None:
        held = self._store.spaces.get(new.space)
        if held is None and new.founder is None:
            raise SpaceUnknown(new.space)
        if held is not None and new.founder is not None:
            raise SpaceAppeared
        if held is None:
            self._store.found(new.space, {str(new.founder): Right.OWNER})

    async def settle(self, new: NewJob, items: Sequence[bytes], batch: Batch) -> Receipt:
        receipt = await self._store.write(new.space, batch, founder=new.founder)
        job = life.start(life.enqueue(new, len(self.jobs) + 1, now()), now())
        self._end_part(job, 0, items, receipt.outcomes)
        return receipt

    async def open_items(self, principal: str) -> tuple[int, int]:
        pending = [(job.principal, job.pending) for job in self.jobs.values()]
        return sum(n for who, n in pending if who == principal), sum(n for _, n in pending)

    async def check_bounds(self, principal: str, more: int = 1) -> None:
        mine, all_ = await self.open_items(principal)
        if mine + more > self._bounds[0]:
            raise RateExceeded
        if all_ + more > self._bounds[1]:
            raise QueueFull

    async def find(self, request_id: str) -> Job:
        if request_id not in self.jobs:
            raise JobMissing
        return self.jobs[request_id]

    async def find_transaction(self, transaction_id: str) -> Job:
        for job in self.jobs.values():
            if job.transaction_id == transaction_id:
                return job
        raise JobMissing

    async def refusals(self, request_id: str, first: int = 1000, *, start: int = 0) -> list[RefusedItem]:
        return [item for item in self.refused[request_id] if item.index >= start][:first]

    async def results(self, request_id: str, *, start: int = 0, limit: int = 20) -> list[Results]:
        raise NotImplementedError

    async def search(self, search: Search) -> list[Job]:
        raise NotImplementedError

    async def open_jobs(self, space: str) -> int:
        return sum(1 for job in self.jobs.values() if job.space == space and not job.state.final)

    async def wait(self, request_id: str, seconds: float, *, seen_version: int | None = None) -> Job:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (job := await self.find(request_id)).state.final and seen_version in (None, job.version):
                    self._moved.clear()
                    await self._moved.wait()
        return await self.find(request_id)

    async def cancel(self, request_id: str) -> Job:
        return self._keep(life.cancel(await self.find(request_id), now()))

    async def work(self) -> None:
        """Carries out what arrives, until it is cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            for job in list(self.jobs.values()):
                if job.state is State.QUEUED:
                    await self._run(job)

    async def _run(self, job: Job) -> None:
        self.runs += 1
        job = self._keep(life.start(job, now()))
        for part in self._parts.pop(job.request_id):
            if job.state.final:
                return
            outcomes = await self._carry_out(job, part)
            job = self._end_part(self.jobs[job.request_id], part.first, part.items, outcomes)
            await asyncio.sleep(0)

    async def _carry_out(self, job: Job, part: Part) -> Sequence[Outcome]:
        batch = await self._carrier.read(part.items, job)
        return (await self._store.write(job.space, batch)).outcomes

    def _end_part(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Job:
        account = self._carrier.account(job, first, items, outcomes)
        self.refused.setdefault(job.request_id, []).extend(account.refused)
        return self._keep(life.advance(replace(job, bookmark="seen"), account.counts, now()))

    def _keep(self, job: Job) -> Job:
        self.jobs[job.request_id] = job
        self._moved.set()
        return job
