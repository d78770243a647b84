"""What acceptance promises: durable, once per idempotency key, within bounds, in order."""

from __future__ import annotations

import asyncio
import contextlib
import uuid

import pytest

from app.core.errors import JobMissing, KeyReused, QueueFull, RateExceeded, SpaceUnknown
from app.core.jobs import State
from app.core.store import SpaceAppeared
from tests.jobs.conftest import Office, Offices
from tests.jobs.letters import letter, letters, parts_of


async def test_an_accepted_job_is_found_with_all_its_items_pending(office: Office) -> None:
    space = await office.space()
    accepted = await office.post(space, letters(12), correlation_id="c-1", context={"wish": ["x", 1]})

    found = await office.jobs.find(accepted.request_id)
    assert (found.state, found.total, found.pending, found.number) == (State.QUEUED, 12, 12, 1)
    assert (found.correlation_id, found.context) == ("c-1", {"wish": ["x", 1]})
    assert [entered.state for entered in found.history] == [State.QUEUED]
    assert (await office.jobs.find_transaction(accepted.transaction_id)).request_id == accepted.request_id
    assert await office.jobs.open_jobs(space) == 1


async def test_an_unknown_job_is_missing(office: Office) -> None:
    for ask in (office.jobs.find, office.jobs.find_transaction, office.jobs.cancel):
        with pytest.raises(JobMissing):
            await ask(str(uuid.uuid4()))


async def test_the_same_key_and_digest_give_the_first_job_again(office: Office) -> None:
    space = await office.space()
    first = await office.post(space, letters(3), key="op-1", digest="d")
    again = await office.post(space, letters(3), key="op-1", digest="d")

    assert again.request_id == first.request_id
    assert await office.jobs.open_jobs(space) == 1
    await office.finish(first)
    late = await office.post(space, letters(3), key="op-1", digest="d")
    assert (late.request_id, late.state) == (first.request_id, State.COMPLETED)


async def test_the_key_of_an_expired_job_is_free_before_it_is_purged(office: Office) -> None:
    space = await office.space()
    gone = await office.post(space, letters(3), key="op-1", digest="d", keep_hours=0)
    async with office.working(office.worker()):
        with contextlib.suppress(JobMissing):
            await office.jobs.wait(gone.request_id, 20)
    with pytest.raises(JobMissing):
        await office.jobs.find(gone.request_id)
    fresh = await office.post(space, letters(2), key="op-1", digest="e")
    assert fresh.request_id != gone.request_id
    assert await office.jobs.open_jobs(space) == 1


async def test_the_same_key_with_another_digest_is_refused(office: Office) -> None:
    space = await office.space()
    await office.post(space, letters(3), key="op-1", digest="d")
    with pytest.raises(KeyReused):
        await office.post(space, letters(2), key="op-1", digest="e")


async def test_a_key_belongs_to_its_principal_and_space(office: Office) -> None:
    space, other = await office.space(), await office.space()
    jobs = [
        await office.post(space, letters(1), key="op-1", digest="d"),
        await office.post(space, letters(1), key="op-1", digest="e", principal="sub:user:else"),
        await office.post(other, letters(1), key="op-1", digest="f"),
    ]
    assert len({job.request_id for job in jobs}) == 3


async def test_one_key_sent_many_times_at_once_is_one_job(office: Office) -> None:
    space = await office.space()
    jobs = await asyncio.gather(*(office.post(space, letters(2), key="op-1", digest="d") for _ in range(8)))
    assert len({job.request_id for job in jobs}) == 1
    assert await office.jobs.open_jobs(space) == 1


async def test_jobs_accepted_at_once_are_numbered_without_gap(office: Office) -> None:
    space = await office.space()
    jobs = await asyncio.gather(*(office.post(space, letters(1), principal=f"p{n % 3}") for n in range(12)))
    assert sorted(job.number for job in jobs) == list(range(1, 13))


async def test_a_principal_has_a_bound_on_open_items(offices: Offices) -> None:
    office = offices.open(mine=10)
    space = await office.space()
    first = await office.post(space, letters(6))
    with pytest.raises(RateExceeded):
        await office.post(space, letters(5))
    with pytest.raises(RateExceeded):
        await office.jobs.check_bounds(first.principal, 5)
    await office.post(space, letters(4))
    with pytest.raises(RateExceeded):
        await office.jobs.check_bounds(first.principal)
    await office.post(space, letters(10), principal=f"{space} another")


async def test_all_principals_together_have_a_bound_too(offices: Offices) -> None:
    crowd = await offices.open().jobs.open_items("nobody")
    office = offices.open(all=crowd[1] + 10)
    space = await office.space()
    await office.post(space, letters(6))
    with pytest.raises(QueueFull):
        await office.post(space, letters(5), principal=f"{space} another")
    await office.post(space, letters(4), principal=f"{space} another")


async def test_a_repeat_is_answered_even_when_the_bound_is_reached(offices: Offices) -> None:
    office = offices.open(mine=6)
    space = await office.space()
    first = await office.post(space, letters(6), key="op-1", digest="d")
    assert (await office.post(space, letters(6), key="op-1", digest="d")).request_id == first.request_id


async def test_open_items_fall_to_nothing_as_jobs_end(office: Office) -> None:
    space = await office.space()
    done, canceled = await office.post(space, letters(7)), await office.post(space, letters(9, prefix="m"))
    before = await office.jobs.open_items(done.principal)
    assert before[0] == 16
    await office.jobs.cancel(canceled.request_id)
    assert (await office.jobs.open_items(done.principal))[0] == 7
    await office.finish(done)
    after = await office.jobs.open_items(done.principal)
    assert (after[0], before[1] - after[1]) == (0, 16)


async def test_a_job_may_found_its_space(office: Office) -> None:
    space = str(uuid.uuid4())
    job = await office.post(space, [letter("x")], principal="sub:user:new", founder="sub:user:new")
    assert (await office.store.view(space, ["sub:user:new"])).exists
    (ended,) = await office.finish(job)
    assert (ended.counts.created, await office.text(space, "x")) == (1, "hello")


async def test_a_space_founded_by_somebody_else_is_entered_anew(office: Office) -> None:
    space = str(uuid.uuid4())
    await office.post(space, [letter("x")], founder="sub:user:first")
    with pytest.raises(SpaceAppeared):
        await office.post(space, [letter("y")], founder="sub:user:second")
    assert await office.jobs.open_jobs(space) == 1


async def test_a_job_in_a_missing_space_is_not_accepted(office: Office) -> None:
    space = str(uuid.uuid4())
    with pytest.raises(SpaceUnknown):
        await office.post(space, [letter("x")])
    assert await office.jobs.open_items(f"sub:user:{space}") == (0, (await office.jobs.open_items("nobody"))[1])


async def test_a_job_whose_parts_do_not_hold_its_items_is_a_fault(office: Office) -> None:
    space = await office.space()
    with pytest.raises(ValueError, match="parts"):
        await office.jobs.accept(office.new(space, letters(3)), parts_of(letters(2)))
