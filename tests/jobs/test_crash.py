"""A worker may die at any point, and a claim may change hands: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import nullcontext
from dataclasses import replace

import pytest

from app.core.jobs import Job, Part, State, pack
from app.core.queue import ClaimLost, PartChanged
from app.embedded.server import Endpoint
from app.graph.connection import Connection
from app.graph.jobsteps import ignore
from app.graph.writer import Writers
from tests.crash.judge import judge_owners
from tests.crash.load import Broken, Upload
from tests.crash.mortal import TracedQueue
from tests.jobs.conftest import Office
from tests.jobs.letters import letter, letters, unreadable

POINTS = [
    ("before-claim-commits", 1),
    ("after-claim", 1),
    ("after-effects", 1),
    ("after-effects", 2),
    ("before-part-commits", 2),
    ("before-part-commits", 3),
    ("after-part-commits", 1),
    ("after-part-commits", 3),
]


async def _work_and_die(database: Endpoint, point: str, passage: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.jobs.dying_worker",
        *(database.uri, database.user, database.password, point, str(passage)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(120):
            assert await process.wait() == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _demand_exactly_once(office: Office, space: str, job: Job) -> None:
    """Each of the twelve letters was written twice by the job: created, then replaced, one version each."""
    results = await office.jobs.results(job.request_id)
    assert [(part.first, part.count) for part in results] == [(0, 12), (12, 1), (13, 12)]
    assert (job.counts.created, job.counts.replaced, job.counts.refused) == (12, 12, 1)
    assert [item.index for item in await office.jobs.refusals(job.request_id)] == [12]
    for index in range(12):
        stored = await office.store.relationship(space, office.id(space, f"n{index}"))
        assert stored is not None
        assert (stored.version, stored.fields["relationshipName"]) == (2, "second")


@pytest.mark.parametrize(("point", "passage"), POINTS)
async def test_a_worker_killed_at_any_point_loses_and_repeats_nothing(
    graph_office: Office, database: Endpoint, point: str, passage: int
) -> None:
    office = graph_office
    space = await office.space()
    items = [*letters(12, text="first"), unreadable("u"), *letters(12, text="second")]
    new = office.new(space, items)
    job = await office.jobs.accept(new, _three_parts(items))
    await _work_and_die(database, point, passage)

    half = await office.jobs.find(job.request_id)
    assert (half.counts.tried, half.state.final) == _left_behind(point, passage)
    (ended,) = await office.finish(job)
    assert ended.state is State.COMPLETED
    assert ended.history[: len(half.history)] == half.history
    await _demand_exactly_once(office, space, ended)
    assert (await office.jobs.open_items(ended.principal))[0] == 0


def _three_parts(items: list[bytes]) -> list[Part]:
    return [
        Part(0, 12, pack(items[:12])),
        Part(12, 1, pack(items[12:13])),
        Part(13, 12, pack(items[13:])),
    ]


def _left_behind(point: str, passage: int) -> tuple[int, bool]:
    """Items whose part had committed when the worker died there, and whether that ended the job."""
    parts = {"after-part-commits": passage, "after-effects": passage - 1, "before-part-commits": passage - 1}
    done = parts.get(point, 0)
    return (0, 12, 13, 25)[done], done == 3


async def test_a_claim_whose_lease_ended_passes_on_and_its_old_owner_writes_nothing(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(10))
    old = await office.queue.claim("old", 0.05)
    assert old is not None
    _, part = await office.queue.next_part(old)
    assert part is not None
    await asyncio.sleep(0.1)
    new = await office.queue.claim("new", 30)
    assert new is not None
    assert (new.job.request_id, new.fence) == (job.request_id, old.fence + 1)

    with pytest.raises(ClaimLost):
        await office.carry(old, part)
    assert await office.text(space, "n0") is None
    for step in (office.queue.note_attempt, office.queue.stop, office.queue.next_part):
        with pytest.raises(ClaimLost):
            await step(old)
    for late in (office.queue.renew(old, 5), office.queue.fail(old, "late"), office.queue.split(old, part)):
        with pytest.raises(ClaimLost):
            await late
    await office.queue.release(old)
    assert await office.queue.claim("third", 5) is None
    await office.carry(new, part)
    assert (await office.jobs.find(job.request_id)).counts.created == 5
    assert (await office.queue.fail(new, "over")).skipped == 5


@pytest.mark.parametrize("fenced", [True, False])
async def test_a_worker_that_goes_on_without_its_claim_is_stopped_by_the_fence_or_found_by_the_judge(
    graph_office: Office, graph: Connection, writers: Writers, fenced: bool
) -> None:
    """The proof of the crash matrix: with the fence switched off it must see who owned a job that was another's."""
    office = graph_office
    space = await office.space()
    job = await office.post(space, letters(10))
    stale = replace(office, queue=TracedQueue(graph, writers, ignore, fenced))
    old = await office.queue.claim("old", 0.05)
    assert old is not None
    _, part = await office.queue.next_part(old)
    assert part is not None
    await asyncio.sleep(0.1)
    new = await office.queue.claim("new", 30)
    assert new is not None
    with nullcontext() if not fenced else pytest.raises(ClaimLost):
        await stale.carry(old, part)
    with pytest.raises(Broken, match="under a claim that is over") if not fenced else nullcontext():
        await judge_owners(graph, [Upload(space, 0, 5, request=job.request_id)], all_traced=False)
    await office.queue.fail(new, "over")


async def test_a_claim_that_is_renewed_stays_with_its_owner(office: Office) -> None:
    space = await office.space()
    await office.post(space, letters(5))
    claim = await office.queue.claim("owner", 0.2)
    assert claim is not None
    renewed = await office.queue.renew(claim, 30)
    assert renewed.until > claim.until
    await asyncio.sleep(0.25)
    assert await office.queue.claim("other", 5) is None
    await office.queue.fail(claim, "over")


async def test_a_part_that_is_done_is_not_done_again(office: Office) -> None:
    space = await office.space()
    job = await office.post(space, letters(10))
    claim = await office.queue.claim("owner", 30)
    assert claim is not None
    _, part = await office.queue.next_part(claim)
    assert part is not None
    await office.carry(claim, part)
    for again in (office.carry(claim, part), office.queue.split(claim, part)):
        with pytest.raises(PartChanged):
            await again
    assert (await office.jobs.find(job.request_id)).counts.created == 5
    await office.queue.fail(claim, "over")


async def test_only_one_of_many_claims_wins(office: Office) -> None:
    space = await office.space()
    await office.post(space, letters(5))
    await office.post(space, [letter("later")])
    # With a connection each, all look for work before the first takes it.
    await asyncio.gather(*(office.jobs.open_items("anybody") for _ in range(8)))
    claims = await asyncio.gather(*(office.queue.claim(f"w{n}", 30) for n in range(8)))
    won = [claim for claim in claims if claim is not None]
    assert [claim.job.space for claim in won] == [space]
    await office.queue.fail(won[0], "over")
