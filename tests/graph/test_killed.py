"""The write path when a process of it dies in the middle: the service, or the database."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from app.embedded.server import EmbeddedNeo4j, Phase
from app.graph.check import check
from app.graph.connection import Connection
from tests.store.photograph import photograph_graph
from tests.store.writers_apart import Answer, demand_stored_once, pairs_of, writing
from tests.store.writing import OWNER, new_id, own_writers, relate


async def demand_sound(connection: Connection) -> None:
    report = await check(connection)
    assert report.ok, report


@pytest.mark.parametrize("acknowledged", [1, 100])
async def test_a_service_killed_in_the_middle_leaves_every_acknowledged_item_stored(
    own_neo4j: EmbeddedNeo4j, migrated: Connection, acknowledged: int
) -> None:
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 11}"] for n in range(5000)]
    async with writing(own_neo4j.endpoint, space, pairs, at_once=8, items=20) as writer:
        await writer.start()
        await writer.listen(acknowledged)
        writer.kill()
        await writer.listen()
        assert await writer.process.wait() == -signal.SIGKILL
    photo = await photograph_graph(migrated, space)
    demand_stored_once(photo, writer.answers, pairs)
    assert photo is not None
    assert len(writer.answers) <= len(photo["relationships"]) < 5000
    await demand_sound(migrated)
    after = own_writers(migrated)
    await after.submit(space, relate("after", "it"), founder=OWNER)


async def test_a_database_killed_in_the_middle_leaves_every_acknowledged_item_stored_and_none_twice(
    own_neo4j: EmbeddedNeo4j, migrated: Connection
) -> None:
    """The callers notice nothing: the writer waits for the database and finds out what became of its commit."""
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 11}"] for n in range(400)]
    writers = own_writers(migrated, items=20, seconds=120)
    places = iter(list(enumerate(pairs)))
    answers: list[Answer] = []
    half_way = asyncio.Event()

    async def write_next() -> None:
        for place, pair in places:
            outcome = (await writers.submit(space, relate(*pair), founder=OWNER)).outcomes[0]
            answers.append((place, type(outcome).__name__, outcome.relationship.id))  # type: ignore[union-attr]
            if len(answers) == 100:
                half_way.set()

    async def kill_in_the_middle() -> None:
        await half_way.wait()
        killed = own_neo4j.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(10):
            while own_neo4j.state.phase is Phase.READY:  # noqa: ASYNC110 - a task of its own changes it
                await asyncio.sleep(0.01)
        assert own_neo4j.state.phase is Phase.RESTARTING
        assert "ended by itself (exit code 137)" in own_neo4j.state.reason

    await asyncio.gather(kill_in_the_middle(), *(write_next() for _ in range(8)))
    assert own_neo4j.state.phase is Phase.READY
    assert {outcome for _, outcome, _ in answers} == {"Created"}
    assert len({id for _, _, id in answers}) == len(answers) == 400
    photo = await photograph_graph(migrated, space)
    demand_stored_once(photo, answers, pairs)
    assert len(pairs_of(photo)) == 400
    await demand_sound(migrated)
