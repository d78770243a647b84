"""The lane of large transactions: what it takes, whom it does not hold up, and what is known of it beside."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.core.errors import StoreAway
from app.graph import writer
from app.graph.connection import Connection
from app.graph.lane import AT_ONCE, Lane
from app.graph.library import Library
from app.graph.store import GraphStore
from app.graph.writer import Writers
from tests.store.writing import OWNER, relate


@pytest_asyncio.fixture
async def lane(graph: Connection) -> AsyncIterator[Lane]:
    made = Lane(graph)
    yield made
    await made.close()


async def test_what_holds_up_its_loop_holds_up_nobody_else(lane: Lane) -> None:
    def block() -> int:
        time.sleep(0.3)
        return threading.get_ident()

    async def hold_up(_: Connection) -> int:
        return block()

    working = asyncio.create_task(lane.run(hold_up))
    longest = 0.0
    while not working.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    assert await working != threading.get_ident()
    assert longest < 0.2


async def test_so_many_are_under_way_at_once_and_the_others_wait(lane: Lane) -> None:
    under_way, most = 0, 0

    async def work(_: Connection) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1

    await asyncio.gather(*(lane.run(work) for _ in range(5)))
    assert most == AT_ONCE


async def test_what_fails_there_is_told_here_and_a_closed_lane_begins_anew(lane: Lane) -> None:
    async def fail(_: Connection) -> None:
        raise StoreAway("not now")

    async def say(connection: Connection) -> str:
        return connection.database

    with pytest.raises(StoreAway, match="not now"):
        await lane.run(fail)
    await lane.close()
    await lane.close()
    assert await lane.run(say) == "neo4j"


async def test_without_a_database_it_says_so() -> None:
    lane = Lane(Connection(Library.load(), away="the database is starting"))

    async def never(_: Connection) -> None:
        raise AssertionError

    with pytest.raises(StoreAway, match="the database is starting"):
        await lane.run(never)
    await lane.close()


async def test_a_large_batch_takes_it_and_a_small_one_after_it_names_a_state_that_holds_both(
    writers: Writers, store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    run = writers.lane.run

    async def note(work: object) -> object:
        taken.append(1)
        return await run(work)  # type: ignore[arg-type]

    monkeypatch.setattr(writers.lane, "run", note)
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    space = str(uuid.uuid4())
    large = await writers.submit(space, relate("a", "b"), founder=OWNER)
    assert taken == [1]
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 500)
    small = await writers.submit(space, relate("a", "b"))
    assert taken == [1]
    for receipt in (large, small):
        made = receipt.outcomes[0].relationship  # type: ignore[union-attr]
        assert await store.relationship(space, made.id, bookmark=small.bookmark) == made
