"""What carrying out promises: every item once, every outcome told, order kept, an end for every job."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from app.core.errors import StoreAway
from app.core.jobs import Account, Job, Part, State, Verdict
from app.core.model import Outcome
from app.core.queue import About, Claim, PartChanged, Queue
from app.core.relate import Recording
from app.core.store import Batch
from app.worker import Worker
from tests.jobs.conftest import Office, quick
from tests.jobs.letters import letter, letters, poison, unreadable


async def test_every_item_takes_effect_and_the_outcomes_add_up(office: Office) -> None:
    space = await office.space()
    items = [*letters(11), unreadable("bad"), letter("n3"), letter("n4", "new"), unreadable(None)]
    (ended,) = await office.finish(await office.post(space, items))

    assert (ended.state, ended.verdict) == (State.COMPLETED, Verdict.PARTIALLY_SUCCEEDED)
    counts = ended.counts
    assert (counts.created, counts.replaced, counts.unchanged, counts.refused) == (11, 1, 1, 2)
    assert (counts.tried, ended.pending, ended.skipped) == (15, 0, 0)
    assert await office.text(space, "n4") == "new"
    assert await office.text(space, "bad") is None


async def test_the_results_of_each_part_are_kept_in_order(office: Office) -> None:
    space = await office.space()
    (ended,) = await office.finish(await office.post(space, [*letters(7), letter("n0")]))

    results = await office.jobs.results(ended.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 5), (5, 3)]
    assert json.loads(results[1].document) == ["created", "created", "unchanged"]
    assert all(ended.accepted_at <= part.at <= (ended.finished_at or 0) for part in results)
    assert [part.first for part in await office.jobs.results(ended.request_id, start=5)] == [5]
    assert [part.first for part in await office.jobs.results(ended.request_id, limit=1)] == [0]


async def test_refused_items_are_found_by_index_and_by_the_id_they_named(office: Office) -> None:
    space = await office.space()
    items = [unreadable("p"), letter("q"), unreadable(None), unreadable("x" * 5000), unreadable("s")]
    (ended,) = await office.finish(await office.post(space, items, size=2))

    refused = await office.jobs.refusals(ended.request_id)
    assert [(item.index, item.id) for item in refused] == [(0, "p"), (2, None), (3, "x" * 5000), (4, "s")]
    assert {item.code for item in refused} == {"Unreadable"}
    assert [item.index for item in await office.jobs.refusals(ended.request_id, 2, start=1)] == [2, 3]
    assert [job.request_id for job in await office.search(space, about=About("r", "", "s"))] == [ended.request_id]
    assert await office.search(space, about=About("r", "", "q")) == []


async def test_jobs_of_a_space_run_one_after_the_other_in_the_order_of_acceptance(office: Office) -> None:
    space = await office.space()
    jobs = [await office.post(space, letters(12, text=text)) for text in ("first", "second", "third")]
    async with office.working(office.worker(), office.worker()):
        ended = [await office.end(job) for job in jobs]

    assert [await office.text(space, f"n{index}") for index in range(12)] == ["third"] * 12
    assert [job.counts.replaced for job in ended] == [0, 12, 12]
    for earlier, later in itertools.pairwise(ended):
        assert earlier.finished_at is not None
        assert later.started_at is not None
        assert earlier.finished_at <= later.started_at


async def test_spaces_run_beside_each_other(office: Office) -> None:
    spaces = [await office.space() for _ in range(3)]
    jobs = [await office.post(space, letters(40)) for space in spaces]
    ended = await office.finish(*jobs)
    starts, ends = [job.started_at or 0 for job in ended], [job.finished_at or 0 for job in ended]
    assert max(starts) < min(ends)


async def test_many_workers_do_everything_once(office: Office) -> None:
    spaces = [await office.space() for _ in range(3)]
    jobs = [await office.post(space, letters(15, text=str(n))) for n in range(3) for space in spaces]
    async with office.working(*(office.worker(f"w{n}") for n in range(4))):
        ended = [await office.end(job) for job in jobs]

    assert all(job.state is State.COMPLETED and job.counts.tried == 15 for job in ended)
    assert sum(job.counts.created for job in ended) == 45
    assert sum(job.counts.replaced for job in ended) == 90
    for space in spaces:
        stored = await office.store.relationship(space, office.id(space, "n7"))
        assert stored is not None
        assert (stored.version, stored.fields["relationshipName"]) == (3, "2")


async def test_an_item_that_breaks_its_part_fails_alone(office: Office) -> None:
    space = await office.space()
    items = letters(12)
    items[4], items[9] = poison("evil"), poison("worse")
    (ended,) = await office.finish(await office.post(space, items, size=12))

    assert (ended.state, ended.counts.created, ended.counts.refused) == (State.COMPLETED, 10, 2)
    refused = await office.jobs.refusals(ended.request_id)
    assert [(item.index, item.id, item.code) for item in refused] == [(4, "evil", "Internal"), (9, "worse", "Internal")]
    results = await office.jobs.results(ended.request_id, limit=100)
    assert [part.first for part in results] == sorted(part.first for part in results)
    assert sum(part.count for part in results) == 12


async def test_a_job_with_only_failures_is_completed_and_failed(office: Office) -> None:
    space = await office.space()
    (ended,) = await office.finish(await office.post(space, [unreadable("x"), poison("y")]))
    assert (ended.state, ended.verdict, ended.counts.refused) == (State.COMPLETED, Verdict.FAILED, 2)


async def test_a_job_of_another_kind_is_left_to_a_worker_that_knows_it(office: Office) -> None:
    space = await office.space()
    riddles = await office.post(space, letters(3), kind="riddles")
    await office.finish(await office.post(await office.space(), letters(1)))
    assert (await office.jobs.find(riddles.request_id)).state is State.QUEUED
    claim = await office.queue.claim("sphinx", 5, {"riddles"})
    assert claim is not None
    assert claim.job.request_id == riddles.request_id
    await office.queue.fail(claim, "nobody answered")


async def test_a_job_that_is_refused_as_a_whole_fails_and_keeps_what_it_did(office: Office) -> None:
    space = await office.space()
    (ended,) = await office.finish(await office.post(space, letters(3), context={"refuse": True}))
    assert (ended.state, ended.skipped, ended.pending) == (State.FAILED, 3, 0)
    assert (await office.jobs.open_items(ended.principal))[0] == 0


async def test_progress_never_goes_back(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(60))
    seen = [job]
    async with office.working(office.worker()):
        while not seen[-1].state.final:
            seen.append(await office.jobs.wait(job.request_id, 5, seen_version=seen[-1].version))

    for before, after in itertools.pairwise(seen):
        assert after.version >= before.version
        assert after.history[: len(before.history)] == before.history
        assert all(now >= then for now, then in zip(after.counts, before.counts, strict=True))
    instants = [entered.at for entered in seen[-1].history]
    assert instants == sorted(instants)
    assert [entered.state for entered in seen[-1].history] == [State.QUEUED, State.RUNNING, State.COMPLETED]
    assert len(seen) > 5


async def test_a_canceled_job_that_waits_ends_at_once(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(8))
    canceled = await office.jobs.cancel(job.request_id)
    assert (canceled.state, canceled.skipped, canceled.verdict) == (State.CANCELED, 8, None)
    assert (await office.jobs.cancel(job.request_id)).history == canceled.history
    later = await office.post(space, letters(1, prefix="late"))
    await office.finish(later)
    assert await office.text(space, "n0") is None


async def test_a_canceled_job_that_runs_stops_after_its_part(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(15))
    claim = await office.queue.claim("somebody", 30)
    assert claim is not None
    _, part = await office.queue.next_part(claim)
    assert part is not None
    asked = await office.jobs.cancel(job.request_id)
    assert (asked.state, asked.cancel_asked) == (State.RUNNING, True)
    ended = await office.carry(claim, part)

    assert (ended.state, ended.counts.created, ended.skipped) == (State.CANCELED, 5, 10)
    assert await office.text(space, "n4") == "hello"
    assert await office.text(space, "n5") is None
    assert (await office.jobs.open_items(job.principal))[0] == 0
    assert (await office.jobs.cancel(job.request_id)).state is State.CANCELED


async def test_a_job_that_was_canceled_under_a_dead_worker_is_ended_by_the_next(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(15))
    claim = await office.queue.claim("somebody", 0.05)
    assert claim is not None
    await office.jobs.cancel(job.request_id)
    (ended,) = await office.finish(job)
    assert (ended.state, ended.skipped) == (State.CANCELED, 15)


async def test_waiting_ends_with_the_job_or_with_patience(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(5))
    loop = asyncio.get_running_loop()
    since = loop.time()
    assert (await office.jobs.wait(job.request_id, 0.3)).state is State.QUEUED
    assert 0.25 < loop.time() - since < 2
    async with office.working(office.worker()):
        assert (await office.jobs.wait(job.request_id, 20)).state is State.COMPLETED
    assert loop.time() - since < 10
    assert (await office.jobs.wait(job.request_id, 20)).state is State.COMPLETED


async def test_who_waits_is_told_what_is_stored(office: Office) -> None:
    """A change in this process is told without asking the store for it, which must make no difference."""
    job = await office.post(await office.space(), [*letters(11), unreadable("bad")])
    (ended,) = await office.finish(job)
    found = await office.jobs.find(job.request_id)
    assert replace(ended, bookmark="") == replace(found, bookmark="")
    refused = await office.jobs.refusals(job.request_id, bookmark=ended.bookmark or None)
    assert [item.index for item in refused] == [11]


async def test_a_worker_that_is_asked_to_stop_hands_its_job_back(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(300))
    first = office.worker()
    async with office.working(first):
        while job.counts.tried == 0:
            job = await office.jobs.wait(job.request_id, 5, seen_version=job.version)
    half = await office.jobs.find(job.request_id)
    assert half.state is State.RUNNING
    assert 0 < half.counts.tried < 300

    claim = await office.queue.claim("successor", 5)
    assert claim is not None
    assert claim.job.request_id == job.request_id
    await office.queue.release(claim)
    (ended,) = await office.finish(job)
    assert (ended.state, ended.counts.created) == (State.COMPLETED, 300)


class Faltering:
    """A queue whose store is away the first times that a part of at least ``size`` items is carried out."""

    def __init__(self, queue: Queue, times: int, size: int = 1) -> None:
        self._queue = queue
        self._times = times
        self._size = size

    def __getattr__(self, name: str) -> object:
        return getattr(self._queue, name)

    async def carry_out(
        self, claim: Claim, part: Part, batch: Batch, account: Callable[[Sequence[Outcome]], Account]
    ) -> Job:
        if part.count >= self._size and self._times > 0:
            self._times -= 1
            raise StoreAway
        return await self._queue.carry_out(claim, part, batch, account)


async def test_what_the_store_could_not_take_now_is_tried_again(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(5))
    faltering: Worker = office.worker(queue=Faltering(office.queue, times=4))  # type: ignore[arg-type]
    async with office.working(faltering):
        ended = await office.end(job)
    assert (ended.counts.created, ended.attempts) == (5, 4)


async def test_a_part_that_the_store_never_takes_is_split_until_it_does(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(5))
    faltering: Worker = office.worker(queue=Faltering(office.queue, times=1000, size=3))  # type: ignore[arg-type]
    async with office.working(faltering):
        ended = await office.end(job)
    assert (ended.state, ended.counts.created) == (State.COMPLETED, 5)
    assert [part.count for part in await office.jobs.results(job.request_id)] == [2, 1, 2]


async def test_a_finished_job_is_removed_when_its_time_is_over(office: Office) -> None:
    space = await office.space()
    gone = await office.post(space, [*letters(3), unreadable("u")], keep_hours=0)
    kept = await office.post(space, letters(1))
    async with office.working(office.worker(pace=quick(purge=0.05))):
        await office.end(kept)
        await asyncio.sleep(0.3)
    assert await office.jobs.refusals(gone.request_id) == []
    assert await office.jobs.results(gone.request_id) == []
    assert [job.request_id for job in await office.search(space)] == [kept.request_id]
    assert await office.queue.purge(10) == 0


def joining(office: Office, **chosen: object) -> Worker:
    """A worker that carries out four parts of five as one, then six, then ten."""
    return office.worker(pace=quick(together=4), **chosen)  # type: ignore[arg-type]


async def test_parts_that_follow_each_other_are_carried_out_as_one(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, [*letters(103), unreadable("bad"), letter("n3", "new")])
    async with office.working(joining(office)):
        ended = await office.end(job)

    assert (ended.counts.created, ended.counts.replaced, ended.counts.refused) == (103, 1, 1)
    results = await office.jobs.results(job.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 20), (20, 30), (50, 50), (100, 5)]
    assert json.loads(results[3].document) == ["created"] * 3 + ["refused", "replaced"]
    assert [part.first for part in await office.jobs.results(job.request_id, start=20)] == [20, 50, 100]
    assert [item.index for item in await office.jobs.refusals(job.request_id)] == [103]


async def test_beside_another_job_no_more_parts_are_joined_than_at_first(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, space, other = office.carrier.read, await office.space(), await office.space()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def dawdle(items: Sequence[bytes], job: Job) -> Recording:
        if job.space == other:
            begun.set()
            await ended.wait()
        return await read(items, job)

    monkeypatch.setattr(office.carrier, "read", dawdle)
    beside = await office.post(other, letters(1))
    async with office.working(joining(office)):
        await begun.wait()
        job = await office.end(await office.post(space, letters(65)))
        ended.set()
        await office.end(beside)
    results = await office.jobs.results(job.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 20), (20, 20), (40, 20), (60, 5)]


@pytest.mark.parametrize("repeated", [True, False])
async def test_two_looks_are_ahead_of_a_part_that_changes_nothing_and_one_of_any_other(
    office: Office, monkeypatch: pytest.MonkeyPatch, repeated: bool
) -> None:
    space, items = await office.space(), letters(105)
    if repeated:
        await office.finish(await office.post(space, items))
    next_part, foresee, third = office.queue.next_part, office.queue.foresee, asyncio.Event()
    seen: list[bool] = []

    async def note(claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        if start == 50:
            third.set()
        return await next_part(claim, start=start, most=most)

    async def dawdle(claim: Claim, batch: Batch) -> Batch:
        if batch.size == 30:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(third.wait(), 10 if repeated else 0.5)
            seen.append(third.is_set())
        return await foresee(claim, batch)

    monkeypatch.setattr(office.queue, "next_part", note)
    monkeypatch.setattr(office.queue, "foresee", dawdle)
    job = await office.post(space, items)
    async with office.working(joining(office)):
        ended = await office.end(job)
    assert seen == [repeated]
    assert (ended.counts.created, ended.counts.unchanged) == ((0, 105) if repeated else (105, 0))
    results = await office.jobs.results(job.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 20), (20, 30), (50, 50), (100, 5)]


async def test_what_comes_behind_a_part_that_is_decided_is_read_before_that_has_its_turn(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    space, third = await office.space(), asyncio.Event()
    next_part, carry_out, seen = office.queue.next_part, office.queue.carry_out, []

    async def note(claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        if start == 50:
            third.set()
        return await next_part(claim, start=start, most=most)

    async def dawdle(claim: Claim, part: Part, batch: Batch, account: Callable[[Sequence[Outcome]], Account]) -> Job:
        if part.first == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(third.wait(), 10)
            seen.append(third.is_set())
        return await carry_out(claim, part, batch, account)

    monkeypatch.setattr(office.queue, "next_part", note)
    monkeypatch.setattr(office.queue, "carry_out", dawdle)
    job = await office.post(space, letters(105))
    async with office.working(joining(office)):
        await office.end(job)
    assert seen == [True]
    results = await office.jobs.results(job.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 20), (20, 30), (50, 50), (100, 5)]


async def test_joined_parts_that_fail_are_carried_out_one_by_one_until_the_bad_item_is_alone(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, [*letters(17), poison("p"), *letters(12, prefix="m")])
    async with office.working(joining(office)):
        ended = await office.end(job)

    assert (ended.state, ended.counts.created, ended.counts.refused) == (State.COMPLETED, 29, 1)
    assert [item.index for item in await office.jobs.refusals(job.request_id)] == [17]
    results = await office.jobs.results(job.request_id)
    assert sum(part.count for part in results) == 30
    assert (17, 1) in [(part.first, part.count) for part in results]


async def test_joined_parts_are_not_done_twice(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(20))
    claim = await office.queue.claim("owner", 30)
    assert claim is not None
    _, joined = await office.queue.next_part(claim, most=3)
    _, alone = await office.queue.next_part(claim, start=5)
    assert joined is not None
    assert alone is not None
    assert (joined.first, joined.count, alone.first, alone.count) == (0, 15, 5, 5)
    await office.carry(claim, alone)
    with pytest.raises(PartChanged):
        await office.carry(claim, joined)
    assert (await office.jobs.find(job.request_id)).counts.tried == 5

    _, first = await office.queue.next_part(claim, most=3)
    assert first is not None
    assert (first.first, first.count) == (0, 5)
    await office.carry(claim, first)
    _, rest = await office.queue.next_part(claim, most=3)
    assert rest is not None
    assert (rest.first, rest.count) == (10, 10)
    assert (await office.carry(claim, rest)).state is State.COMPLETED
