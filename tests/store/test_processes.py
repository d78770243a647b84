"""The write path over several processes, and when one of them dies in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import migrate
from app.graph.check import check
from app.graph.connection import Connection
from app.graph.library import Library
from app.settings import Settings
from tests.store.photograph import Photo, photograph_graph
from tests.store.writing import OWNER, new_id, own_writers, relate

Answer = tuple[int, str, str]


class WritingProcess:
    """A running ``writing_process`` and the answers that it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.answers: list[Answer] = []

    async def start(self) -> None:
        await self._send(b"go\n")

    async def _send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        await self.process.stdin.drain()

    async def listen(self, until: int | None = None) -> None:
        """Gathers answers until there are so many, or until the process has ended."""
        assert self.process.stdout is not None
        while until is None or len(self.answers) < until:
            line = await self.process.stdout.readline()
            if not line.endswith(b"\n"):
                break
            place, outcome, id = json.loads(line)
            self.answers.append((place, outcome, id))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def writing(endpoint: Endpoint, space: str, pairs: list[Any], **orders: Any) -> AsyncIterator[WritingProcess]:
    """A process that is ready to write these pairs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.writing_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    made = WritingProcess(process)
    try:
        chosen = {"policy": "autodesk", "at_once": 1, **orders, "space": space, "pairs": pairs}
        login = {"uri": endpoint.uri, "user": endpoint.user, "password": endpoint.password}
        await made._send(json.dumps({**login, **chosen}).encode() + b"\n")
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def pairs_of(photo: Photo | None) -> Counter[frozenset[str]]:
    """How often each pair is related."""
    assert photo is not None
    return Counter(frozenset((r.source.entity.id, r.target.entity.id)) for r in photo["relationships"].values())


def demand_stored_once(photo: Photo | None, answers: list[Answer], pairs: list[list[str]]) -> None:
    """Every pair at most once, and everything that was answered is there under the id that was told."""
    assert photo is not None
    assert set(pairs_of(photo).values()) <= {1}
    for place, _, id in answers:
        stored = photo["relationships"][id]
        assert {stored.source.entity.id, stored.target.entity.id} == set(pairs[place])


@pytest.mark.parametrize("policy", ["autodesk", "sas"])
async def test_two_processes_that_write_the_same_pairs_at_once_store_each_once(
    database: Endpoint, graph: Connection, policy: str
) -> None:
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 7}"] for n in range(60)]
    turned = pairs if policy == "sas" else [[target, source] for source, target in pairs]
    async with (
        writing(database, space, pairs, policy=policy, at_once=4) as one,
        writing(database, space, turned, policy=policy, at_once=4) as two,
    ):
        await asyncio.gather(one.start(), two.start())
        await asyncio.gather(one.listen(), two.listen())
    answers = sorted(one.answers) + sorted(two.answers)
    assert len(answers) == 120
    demand_stored_once(await photograph_graph(graph, space), answers, pairs)
    by_pair = [[answer for answer in answers if answer[0] == place] for place in range(60)]
    repeat = "Unchanged" if policy == "autodesk" else "Refused"
    for both in by_pair:
        assert sorted(outcome for _, outcome, _ in both) == sorted(["Created", repeat])
        assert len({id for _, _, id in both}) == 1


@pytest_asyncio.fixture(scope="module")
async def own_neo4j(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[EmbeddedNeo4j, Endpoint]]:
    """A database that may be killed."""
    settings = replace(
        Settings.from_environment(), data_dir=tmp_path_factory.mktemp("own"), heap_mb=512, page_cache_mb=64
    )
    embedded = EmbeddedNeo4j(settings)
    endpoint = await embedded.start()
    yield embedded, endpoint
    await embedded.stop()


@pytest_asyncio.fixture(scope="module")
async def own_graph(own_neo4j: tuple[EmbeddedNeo4j, Endpoint]) -> AsyncIterator[Connection]:
    connection = Connection(Library.load())
    _, endpoint = own_neo4j
    connection.attach(endpoint.uri, endpoint.user, endpoint.password)
    await migrate.up(connection)
    yield connection
    await connection.close()


async def demand_sound(connection: Connection) -> None:
    report = await check(connection)
    assert report.ok, report


@pytest.mark.parametrize("acknowledged", [1, 100])
async def test_a_service_killed_in_the_middle_leaves_every_acknowledged_item_stored(
    own_neo4j: tuple[EmbeddedNeo4j, Endpoint], own_graph: Connection, acknowledged: int
) -> None:
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 11}"] for n in range(5000)]
    async with writing(own_neo4j[1], space, pairs, at_once=8, items=20) as writer:
        await writer.start()
        await writer.listen(acknowledged)
        writer.kill()
        await writer.listen()
        assert await writer.process.wait() == -signal.SIGKILL
    photo = await photograph_graph(own_graph, space)
    demand_stored_once(photo, writer.answers, pairs)
    assert photo is not None
    assert len(writer.answers) <= len(photo["relationships"]) < 5000
    await demand_sound(own_graph)
    after = own_writers(own_graph)
    await after.submit(space, relate("after", "it"), founder=OWNER)


async def test_a_database_killed_in_the_middle_leaves_every_acknowledged_item_stored_and_none_twice(
    own_neo4j: tuple[EmbeddedNeo4j, Endpoint], own_graph: Connection
) -> None:
    """The callers notice nothing: the writer waits for the database and finds out what became of its commit."""
    embedded, _ = own_neo4j
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 11}"] for n in range(400)]
    writers = own_writers(own_graph, items=20, seconds=120)
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
        killed = embedded.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)

    await asyncio.gather(kill_in_the_middle(), *(write_next() for _ in range(8)))
    assert {outcome for _, outcome, _ in answers} == {"Created"}
    assert len({id for _, _, id in answers}) == len(answers) == 400
    photo = await photograph_graph(own_graph, space)
    demand_stored_once(photo, answers, pairs)
    assert len(pairs_of(photo)) == 400
    await demand_sound(own_graph)
