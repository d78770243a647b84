"""Jobs that are carried out as they come, and writers that don't wait for those that queue."""

from __future__ import annotations

import json

import pytest

from app.core.errors import JobMissing, SpaceUnknown
from app.core.jobs import State, Verdict
from app.core.model import Created, Refused
from app.core.queue import About
from tests.jobs.conftest import Office
from tests.jobs.letters import letter, letters, poison, record, unreadable


async def test_a_settled_job_is_found_finished_with_its_outcomes(office: Office) -> None:
    space = await office.space()
    items = [letter("s1"), unreadable("s2")]
    new = office.new(space, items)
    receipt = await office.jobs.settle(new, items, record(items, new))

    assert [type(outcome) for outcome in receipt.outcomes] == [Created, Refused]
    job = await office.jobs.find_transaction(new.transaction_id)
    assert (job.state, job.verdict, job.number) == (State.COMPLETED, Verdict.PARTIALLY_SUCCEEDED, 0)
    (results,) = await office.jobs.results(new.request_id)
    assert json.loads(results.document) == ["created", "refused"]
    assert [item.id for item in await office.jobs.refusals(new.request_id)] == ["s2"]
    assert (await office.jobs.open_items(new.principal))[0] == 0
    assert await office.jobs.open_jobs(space) == 0


async def test_a_settled_job_without_effect_is_kept_too(office: Office) -> None:
    space = await office.space()
    items = [unreadable("s2")]
    new = office.new(space, items)
    await office.jobs.settle(new, items, record(items, new))
    assert [job.request_id for job in await office.search(space, about=About("r", "", "s2"))] == [new.request_id]


async def test_a_job_that_can_not_be_settled_leaves_no_trace(office: Office) -> None:
    space = await office.space()
    items = [letter("s1"), poison("s2")]
    new = office.new(space, items)
    with pytest.raises(AssertionError):
        await office.jobs.settle(new, items, record(items, new))
    with pytest.raises(JobMissing):
        await office.jobs.find(new.request_id)
    assert await office.text(space, "s1") is None

    nowhere = office.new("no such space", items[:1])
    with pytest.raises(SpaceUnknown):
        await office.jobs.settle(nowhere, items[:1], record(items[:1], nowhere))


async def test_a_small_write_does_not_wait_for_a_large_job_of_its_space(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(200))
    items = [letter("urgent")]
    new = office.new(space, items)
    async with office.working(office.worker()):
        await office.jobs.wait(job.request_id, 10, seen_version=job.version)
        await office.jobs.settle(new, items, record(items, new))
        assert not (await office.jobs.find(job.request_id)).state.final
        await office.end(job, 60)
    assert await office.text(space, "urgent") == "hello"


async def test_jobs_are_searched_by_acceptance_page_by_page(office: Office) -> None:
    space = await office.space()
    jobs = [await office.post(space, letters(1), correlation_id=f"c{n % 2}") for n in range(5)]
    ids = [job.request_id for job in jobs]
    assert [job.request_id for job in await office.search(space)] == ids
    first = await office.search(space, limit=2)
    last = first[-1]
    rest = await office.search(space, after=(last.accepted_at, last.transaction_id))
    assert [job.request_id for job in first + rest] == ids
    assert [job.request_id for job in await office.search(space, correlation_id="c1")] == [ids[1], ids[3]]
    assert [job.request_id for job in await office.search(space, transaction_id=jobs[2].transaction_id)] == [ids[2]]
    since, until = jobs[1].accepted_at, jobs[3].accepted_at
    assert [job.request_id for job in await office.search(space, since=since, until=until)] == ids[1:3]
    assert await office.search(await office.space()) == []


async def test_a_thing_finds_the_jobs_that_changed_it_and_those_that_refused_its_name(office: Office) -> None:
    space = await office.space()
    about = About("r", office.id(space, "b"), "b")
    made = await office.post(space, [letter("a"), letter("b")])
    other = await office.post(space, [letter("a", "again")])
    changed = await office.post(space, [letter("b", "again")])
    same = await office.post(space, [letter("b", "again")])
    refused = await office.post(space, [unreadable("b")])
    await office.finish(made, other, changed, same, refused)

    found = [job.request_id for job in await office.search(space, about=about)]
    assert found == [made.request_id, changed.request_id, refused.request_id]
    (last,) = await office.search(space, about=about, transaction_id=refused.transaction_id)
    assert last.request_id == refused.request_id
    first = await office.search(space, about=about, limit=1)
    after = (first[0].accepted_at, first[0].transaction_id)
    assert [job.request_id for job in await office.search(space, about=about, after=after)] == found[1:]
    assert await office.search(space, about=About("e", office.id(space, "b"), "")) == []
    assert await office.search(await office.space(), about=about) == []


async def test_the_first_results_of_several_jobs_are_found_at_once(office: Office) -> None:
    space = await office.space()
    done = [await office.post(space, letters(7)), await office.post(space, letters(1))]
    await office.finish(*done)
    waiting = await office.post(space, letters(1))

    found = await office.jobs.first_results([job.request_id for job in (*done, waiting)])
    assert {id: (each.first, each.count) for id, each in found.items()} == {
        done[0].request_id: (0, 5),
        done[1].request_id: (0, 1),
    }
