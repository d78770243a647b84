"""How a writer gathers, retries, gives up and answers."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from app.core.access import Right
from app.core.errors import ReferenceMissing, SpaceUnknown, StoreAway
from app.core.facts import Facts, Needs
from app.core.identity import space_name
from app.core.model import Created, Mention, Proposal, Refused, Unchanged
from app.core.rules import AUTODESK, SAS
from app.core.store import Batch
from app.embedded.server import Endpoint
from app.graph import facts, writer
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.store import GraphStore
from app.graph.transaction import Decided
from app.graph.writer import Writers
from tests.store.arrange import strike_out_of_graph
from tests.store.photograph import photograph_graph
from tests.store.writing import OWNER, end, new_id, now, own_writers, proposal, recording, relate, retire, upsert


@pytest.fixture
def space() -> str:
    return str(uuid.uuid4())


async def count_writes(graph: Connection, space: str) -> int:
    """How many transactions have written in a space."""
    async with graph.session("read") as session:
        found = await session.run("MATCH (c:Commit {space: $space}) RETURN count(DISTINCT c.write) AS n", space=space)
        return int((await found.single(strict=True))["n"])


async def test_what_waits_together_is_committed_together_and_each_keeps_its_own_commit(
    writers: Writers, graph: Connection, space: str
) -> None:
    await writers.submit(space, relate("x", "y"), founder=OWNER)
    receipts = await asyncio.gather(*(writers.submit(space, relate("a", f"b{n}")) for n in range(20)))
    assert all(isinstance(receipt.outcomes[0], Created) for receipt in receipts)
    assert await count_writes(graph, space) == 2
    photo = await photograph_graph(graph, space)
    assert photo is not None
    assert [len(commit.changes) for commit in photo["commits"]] == [1] * 21


async def test_a_gathering_is_bounded_by_its_items(graph: Connection, space: str) -> None:
    writers = own_writers(graph, items=5)
    await writers.submit(space, relate("x", "y"), founder=OWNER)
    await asyncio.gather(*(writers.submit(space, relate("a", f"b{n}")) for n in range(20)))
    assert await count_writes(graph, space) == 1 + 4
    await writers.close()


async def test_a_batch_larger_than_the_bound_goes_alone(graph: Connection, space: str) -> None:
    writers = own_writers(graph, items=2)
    await writers.submit(space, relate("x", "y"), founder=OWNER)
    receipt = await writers.submit(space, retire(*(new_id() for _ in range(9))))
    assert len(receipt.outcomes) == 9
    await writers.close()


async def test_a_batch_that_changes_nothing_writes_nothing_and_is_answered(
    writers: Writers, graph: Connection, space: str
) -> None:
    await writers.submit(space, relate("a", "b"), founder=OWNER)
    before = await photograph_graph(graph, space)
    receipt = await writers.submit(space, relate("b", "a"))
    assert type(receipt.outcomes[0]).__name__ == "Unchanged"
    assert receipt.bookmark
    assert await photograph_graph(graph, space) == before


async def repeat_until_still(writers: Writers, space: str, batch: Batch) -> None:
    """Founds a space and writes in it, then sends the same again until the next is expected to change nothing."""
    await writers.submit(space, batch, founder=OWNER)
    while not writers.is_still(space):
        await writers.submit(space, batch)


async def test_after_some_that_changed_nothing_one_more_takes_one_way_to_the_database(
    writers: Writers, graph: Connection, space: str, ways: list[str]
) -> None:
    await repeat_until_still(writers, space, relate("a", "b"))
    before = await photograph_graph(graph, space)
    ways.clear()
    receipt = await writers.submit(space, relate("a", "b"))
    assert (type(receipt.outcomes[0]), len(ways)) == (Unchanged, 1)
    assert await photograph_graph(graph, space) == before


async def test_what_changes_something_after_that_is_written(writers: Writers, space: str) -> None:
    await repeat_until_still(writers, space, relate("a", "b"))
    assert type((await writers.submit(space, relate("a", "c"))).outcomes[0]) is Created
    await repeat_until_still(writers, space, relate("a", "b"))
    together = await asyncio.gather(*(writers.submit(space, relate("a", other)) for other in "bfcg"))
    assert [type(receipt.outcomes[0]) for receipt in together] == [Unchanged, Created, Unchanged, Created]


async def test_whoever_changes_nothing_waits_for_a_transaction_of_another_process(
    writers: Writers, graph: Connection, space: str
) -> None:
    id = new_id()
    await repeat_until_still(writers, space, upsert(id))
    async with graph.transaction() as other:
        assert await facts.read_facts(graph, other, space_name(space), Needs())
        repeat = asyncio.create_task(writers.submit(space, upsert(id)))
        assert not (await asyncio.wait([repeat], timeout=0.3))[0]
    assert type((await repeat).outcomes[0]) is Unchanged


async def test_what_a_large_batch_was_decided_on_is_let_go_after_the_answer(
    writers: Writers, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    kept: list[Decided] = []
    answer = writer._answer

    def note(decided: Decided, bookmark: str, started: float) -> None:
        kept.append(decided)
        answer(decided, bookmark, started)

    monkeypatch.setattr(writer, "_answer", note)
    receipt = await writers.submit(
        space, recording(AUTODESK, *(proposal(f"a{n}", "b") for n in range(5))), founder=OWNER
    )
    (decided,) = kept
    assert list(decided.outcomes.values()) == [receipt.outcomes]
    await asyncio.sleep(2 * writer.PATIENCE_SECONDS)
    assert not hasattr(decided, "outcomes")
    assert not hasattr(decided, "ledger")


@pytest.mark.parametrize("leave", ["retired", "moved"])
async def test_a_deleted_entity_is_no_reference_once_somebody_before_in_the_row_took_its_last_relationship(
    writers: Writers, graph: Connection, space: str, leave: str
) -> None:
    await writers.submit(space, relate("x", "y"), founder=OWNER)
    id = new_id()
    await writers.submit(space, upsert(id, "a", "b"))
    name = space_name(space)
    key = name.entity_key(end("a").entity)
    await strike_out_of_graph(graph, space, key, now())
    named = recording(SAS, Proposal(None, "Contains", Mention(None, key.partition(":")[2]), end("z")))
    leaving = retire(id) if leave == "retired" else upsert(id, "c", "d")
    row = (relate("p", "q"), relate("r", "s"), leaving, named)
    receipts = await asyncio.gather(*(writers.submit(space, batch) for batch in row))
    (missing,) = receipts[-1].outcomes
    assert isinstance(missing, Refused)
    assert isinstance(missing.error, ReferenceMissing)


async def test_a_missing_space_that_nobody_founds_stays_missing(
    writers: Writers, graph: Connection, space: str
) -> None:
    results = await asyncio.gather(*(writers.submit(space, relate("a", "b")) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [SpaceUnknown] * 3
    assert await photograph_graph(graph, space) is None


async def test_a_caller_who_has_gone_takes_nobody_along(writers: Writers, space: str) -> None:
    await writers.submit(space, relate("x", "y"), founder=OWNER)
    tasks = [asyncio.create_task(writers.submit(space, relate("a", f"b{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    receipts = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(receipt).__name__ for receipt in receipts] == ["Receipt", "CancelledError", "Receipt"]


async def test_a_space_without_work_has_no_writer(writers: Writers, space: str) -> None:
    waiting = asyncio.create_task(writers.submit(space, relate("a", "b"), founder=OWNER))
    await asyncio.sleep(0)
    assert writers.queued() == 1
    await waiting
    await writers.close()
    assert writers.queued() == 0


async def test_closing_waits_until_everything_is_answered(graph: Connection, space: str) -> None:
    writers = own_writers(graph)
    waiting = [asyncio.create_task(writers.submit(space, relate("a", f"b{n}"), founder=OWNER)) for n in range(5)]
    await asyncio.sleep(0)
    await writers.close()
    assert all(task.done() for task in waiting)
    await asyncio.gather(*waiting)


async def test_a_receipt_names_a_state_that_holds_what_it_tells(store: GraphStore, space: str) -> None:
    for n in range(5):
        receipt = await store.write(space, relate("a", f"b{n}"), founder=OWNER)
        made: Any = receipt.outcomes[0]
        found = await store.relationship(space, made.relationship.id, bookmark=receipt.bookmark)
        assert found == made.relationship


async def test_while_the_database_is_away_a_writer_tries_until_its_time_is_up(space: str) -> None:
    connection = Connection(Library.load())
    connection.attach("bolt://127.0.0.1:9", "neo4j", "secret")
    writers = own_writers(connection, seconds=0.5)
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(StoreAway):
        await writers.submit(space, relate("a", "b"), founder=OWNER)
    assert 0.1 < loop.time() - started < 10
    await connection.close()


async def test_a_database_that_comes_in_time_is_not_noticed_by_the_caller(database: Endpoint, space: str) -> None:
    connection = Connection(Library.load(), away="the database is starting")
    writers = own_writers(connection, seconds=20)
    waiting = asyncio.create_task(writers.submit(space, relate("a", "b"), founder=OWNER))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    connection.attach(database.uri, database.user, database.password)
    assert isinstance((await waiting).outcomes[0], Created)
    await writers.close()
    await connection.close()


async def test_large_batches_of_two_spaces_may_name_the_same_things_of_a_third(
    writers: Writers, graph: Connection, store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their facts are read without locks at first; who finds that the other was faster reads them under locks."""
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    monkeypatch.setattr(facts, "MANY", 0)
    lockings: list[bool] = []
    read = facts.read_facts

    async def note(*args: Any, locking: bool, **named: Any) -> Facts | None:
        lockings.append(locking)
        return await read(*args, locking=locking, **named)

    monkeypatch.setattr(facts, "read_facts", note)
    spaces = [str(uuid.uuid4()) for _ in range(3)]
    for each in spaces:
        await store.found(each, {OWNER: Right.OWNER})
    for turn in range(10):
        guests = [Proposal(None, "feeds", end("a"), end(f"{turn}-{n}", spaces[2])) for n in range(20)]
        batch = recording(AUTODESK, *guests)
        receipts = await asyncio.gather(*(writers.submit(space, batch) for space in spaces[:2]))
        assert all(isinstance(outcome, Created) for receipt in receipts for outcome in receipt.outcomes)
    assert any(lockings)
    assert not all(lockings)
    async with graph.session("read") as session:
        found = await session.run(
            "MATCH (s:Space {id: $space}) MATCH (e:Entity) WHERE e.key STARTS WITH s.prefix RETURN count(e) AS n",
            space=spaces[2],
        )
        assert (await found.single(strict=True))["n"] == 200
