"""The executable specification of the job store: ``core.queue.Jobs`` and ``core.queue.Queue`` in dictionaries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.core import jobs as moves
from app.core.access import Right
from app.core.errors import JobMissing, KeyReused, QueueFull, RateExceeded, SpaceUnknown, StoreDefect
from app.core.facts import Needs
from app.core.identity import SpaceName
from app.core.jobs import Account, Job, NewJob, Part, RefusedItem, Results, State
from app.core.ledger import Ledger
from app.core.model import Author, Outcome
from app.core.queue import About, Carrier, Claim, ClaimLost, PartChanged, Search
from app.core.store import Batch, Receipt, SpaceAppeared
from tests.memory import MemoryStore

SECOND = 1_000_000


@dataclass
class Held:
    """A job with all that belongs to it."""

    job: Job
    key: tuple[str, str, str] | None
    parts: dict[int, Part] = field(default_factory=dict)
    results: dict[int, Results] = field(default_factory=dict)
    refused: list[RefusedItem] = field(default_factory=list)


@dataclass
class Line:
    """The queue of one space: its claim and the number of its youngest job."""

    last: int = 0
    worker: str | None = None
    fence: int = 0
    until: int = 0
    served_at: int = 0


class Together:
    """A batch with something that is kept exactly if its effects are."""

    def __init__(self, batch: Batch, keep: Callable[[Sequence[Outcome]], None]) -> None:
        self._batch = batch
        self._keep = keep

    @property
    def size(self) -> int:
        return self._batch.size

    @property
    def by(self) -> Author:
        return self._batch.by

    @property
    def request_id(self) -> str | None:
        return self._batch.request_id

    @property
    def transaction_id(self) -> str | None:
        return self._batch.transaction_id

    def needs(self, space: SpaceName) -> Needs:
        return self._batch.needs(space)

    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        outcomes = self._batch.decide(ledger)
        self._keep(outcomes)
        return outcomes


class MemoryJobs:
    """Keeps both contracts of ``app.core.queue`` beside a ``MemoryStore``."""

    def __init__(
        self,
        store: MemoryStore,
        carriers: Mapping[str, Carrier],
        *,
        clock: Callable[[], int],
        mine: int = 200_000,
        all: int = 1_000_000,
    ) -> None:
        self._store = store
        self._carriers = carriers
        self._clock = clock
        self._bounds = mine, all
        self._held: dict[str, Held] = {}
        self._lines: dict[str, Line] = {}
        self._changed = asyncio.Condition()
        self._work = asyncio.Event()

    async def accept(self, new: NewJob, parts: Sequence[Part]) -> Job:
        if new.total != sum(part.count for part in parts) or not parts:
            raise ValueError("a job has items, and its parts hold them all")
        self._demand_space(new)
        key = None if new.key is None else (new.principal, new.space, new.key)
        known = next((held.job for held in self._living() if key is not None and held.key == key), None)
        if known is not None:
            if known.digest != new.digest:
                raise KeyReused
            return known
        await self.check_bounds(new.principal, new.total)
        if new.space not in self._store.spaces and new.founder is not None:
            self._store.found(new.space, {new.founder: Right.OWNER})
        line = self._lines.setdefault(new.space, Line())
        line.last += 1
        job = moves.enqueue(new, line.last, self._clock())
        self._held[new.request_id] = Held(job, key, {part.first: part for part in parts})
        self._work.set()
        return job

    def _demand_space(self, new: NewJob) -> None:
        held = self._store.spaces.get(new.space)
        if held is None and new.founder is None:
            raise SpaceUnknown(new.space)
        if held is not None and new.founder is not None and new.founder not in held.grants:
            raise SpaceAppeared

    async def settle(self, new: NewJob, items: Sequence[bytes], batch: Batch) -> Receipt:
        def keep(outcomes: Sequence[Outcome]) -> None:
            at = self._clock()
            account = self._carriers[new.kind].account(moves.enqueue(new, 0, at), 0, items, outcomes)
            held = Held(moves.finished(new, account.counts, at), None)
            held.results[0] = Results(0, new.total, at, account.results)
            held.refused.extend(account.refused)
            self._held[new.request_id] = held

        return await self._store.write(new.space, Together(batch, keep), founder=new.founder)

    async def open_items(self, principal: str) -> tuple[int, int]:
        open = [held.job for held in self._held.values()]
        return sum(job.pending for job in open if job.principal == principal), sum(job.pending for job in open)

    async def check_bounds(self, principal: str, more: int = 1) -> None:
        mine, everybody = await self.open_items(principal)
        if mine + more > self._bounds[0]:
            raise RateExceeded
        if everybody + more > self._bounds[1]:
            raise QueueFull

    def _living(self) -> list[Held]:
        now = self._clock()
        return [held for held in self._held.values() if held.job.expires_at is None or held.job.expires_at > now]

    async def find(self, request_id: str) -> Job:
        return self._find(lambda job: job.request_id == request_id).job

    async def find_transaction(self, transaction_id: str) -> Job:
        return self._find(lambda job: job.transaction_id == transaction_id).job

    def _find(self, wanted: Callable[[Job], bool]) -> Held:
        for held in self._living():
            if wanted(held.job):
                return held
        raise JobMissing

    async def refusals(
        self, request_id: str, first: int = 1000, *, start: int = 0, bookmark: str | None = None
    ) -> list[RefusedItem]:
        held = self._held.get(request_id)
        found = [item for item in held.refused if item.index >= start] if held else []
        return sorted(found, key=lambda item: item.index)[:first]

    async def results(self, request_id: str, *, start: int = 0, limit: int = 20) -> list[Results]:
        held = self._held.get(request_id)
        found = [results for _, results in sorted(held.results.items())] if held else []
        return [results for results in found if results.first + results.count > start][:limit]

    async def first_results(self, request_ids: Collection[str]) -> dict[str, Results]:
        return {id: held.results[0] for id, held in self._held.items() if id in request_ids and 0 in held.results}

    async def search(self, search: Search) -> list[Job]:
        about = search.about
        living = [held for held in self._living() if about is None or self._concerns(held, search.space, about)]
        found = [held.job for held in living if _matches(held.job, search)]
        return sorted(found, key=lambda job: (job.accepted_at, job.transaction_id))[: search.limit]

    def _concerns(self, held: Held, space: str, about: About) -> bool:
        """Whether the job refused an item of this name, or a commit of its transaction tells of a change of the thing."""
        known = self._store.spaces.get(space)
        mine = [c for c in known.commits if c.transaction_id == held.job.transaction_id] if known else []
        changed = {(change.kind, change.id) for commit in mine for change in commit.changes}
        return about[:2] in changed or any(item.id == about.name for item in held.refused)

    async def open_jobs(self, space: str) -> int:
        return len([1 for held in self._held.values() if held.job.space == space and not held.job.state.final])

    async def wait(self, request_id: str, seconds: float, *, seen_version: int | None = None) -> Job:
        def settled() -> bool:
            job = self._find(lambda job: job.request_id == request_id).job
            return job.state.final or seen_version not in (None, job.version)

        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait_for(settled)
            except TimeoutError:
                pass
        return await self.find(request_id)

    async def cancel(self, request_id: str) -> Job:
        held = self._find(lambda job: job.request_id == request_id)
        return await self._keep(held, moves.cancel(held.job, self._clock()))

    async def _keep(self, held: Held, job: Job) -> Job:
        ends, was = job.state.final and not held.job.state.final, held.job.state
        held.job = job
        if ends:
            held.parts.clear()
        if ends and was is State.RUNNING:
            self._lines[job.space].worker = None
        async with self._changed:
            self._changed.notify_all()
        return job

    async def claim(self, worker: str, lease_seconds: float, kinds: Collection[str] | None = None) -> Claim | None:
        now = self._clock()
        for space, line in sorted(self._lines.items(), key=lambda item: item[1].served_at):
            waiting = [held for held in self._held.values() if held.job.space == space and not held.job.state.final]
            if not waiting or (line.worker is not None and line.until > now):
                continue
            oldest = min(waiting, key=lambda held: held.job.number)
            if kinds is not None and oldest.job.kind not in kinds:
                continue
            line.worker, line.fence, line.served_at = worker, line.fence + 1, now
            line.until = now + int(lease_seconds * SECOND)
            job = await self._keep(oldest, moves.start(oldest.job, now))
            return Claim(job, worker, line.fence, line.until)
        return None

    def _demand(self, claim: Claim, part: Part | None = None) -> Held:
        held, line = self._held[claim.job.request_id], self._lines[claim.job.space]
        if part is not None and sum(each.count for each in self._within(held, part)) != part.count:
            raise PartChanged
        if (line.worker, line.fence) != (claim.worker, claim.fence) or held.job.state is not State.RUNNING:
            raise ClaimLost
        return held

    def _within(self, held: Held, part: Part) -> list[Part]:
        return [each for first, each in held.parts.items() if part.first <= first < part.end]

    async def renew(self, claim: Claim, lease_seconds: float) -> Claim:
        held, line = self._demand(claim), self._lines[claim.job.space]
        line.until = self._clock() + int(lease_seconds * SECOND)
        return claim._replace(job=held.job, until=line.until)

    async def release(self, claim: Claim) -> None:
        line = self._lines[claim.job.space]
        if (line.worker, line.fence) == (claim.worker, claim.fence):
            line.worker = None

    async def next_part(self, claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        held = self._demand(claim)
        pending = sorted((part for part in held.parts.values() if part.first >= start), key=lambda part: part.first)
        return held.job, moves.join(pending[:most])

    async def foresee(self, claim: Claim, batch: Batch) -> Batch:
        return batch

    async def carry_out(
        self, claim: Claim, part: Part, batch: Batch, account: Callable[[Sequence[Outcome]], Account]
    ) -> Job:
        told: list[Job] = []

        def keep(outcomes: Sequence[Outcome]) -> None:
            told.append(self._finish_part(claim, part, account(outcomes)))

        await self._store.write(claim.job.space, Together(batch, keep))
        return await self._keep(self._held[claim.job.request_id], told[-1])

    async def set_aside(self, claim: Claim, part: Part, account: Account) -> Job:
        return await self._keep(self._held[claim.job.request_id], self._finish_part(claim, part, account))

    def _finish_part(self, claim: Claim, part: Part, account: Account) -> Job:
        if account.counts.tried != part.count or account.counts.refused != len(account.refused):
            raise StoreDefect("the account of a part does not add up to its items")
        held = self._demand(claim, part)
        now = self._clock()
        after = moves.advance(held.job, account.counts, now)
        held.results[part.first] = Results(part.first, part.count, now, account.results)
        held.refused.extend(account.refused)
        for each in self._within(held, part):
            del held.parts[each.first]
        return after

    async def split(self, claim: Claim, part: Part) -> Part:
        held = self._demand(claim, part)
        halves = part.halves()
        held.parts.update((half.first, half) for half in halves)
        return halves[0]

    async def note_attempt(self, claim: Claim) -> None:
        held = self._demand(claim)
        await self._keep(held, moves.repeat(held.job))

    async def stop(self, claim: Claim) -> Job:
        held = self._demand(claim)
        return await self._keep(held, moves.stop(held.job, self._clock()))

    async def fail(self, claim: Claim, reason: str) -> Job:
        held = self._demand(claim)
        return await self._keep(held, moves.fail(held.job, reason, self._clock()))

    async def purge(self, limit: int) -> int:
        living = {held.job.request_id for held in self._living()}
        expired = [request_id for request_id in self._held if request_id not in living][:limit]
        for request_id in expired:
            del self._held[request_id]
        return len(expired)

    async def await_work(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            return
        self._work.clear()


def _matches(job: Job, search: Search) -> bool:
    return all(
        (
            job.space == search.space,
            search.transaction_id in (None, job.transaction_id),
            search.correlation_id in (None, job.correlation_id),
            search.since is None or job.accepted_at >= search.since,
            search.until is None or job.accepted_at < search.until,
            search.after is None or (job.accepted_at, job.transaction_id) > search.after,
        )
    )
