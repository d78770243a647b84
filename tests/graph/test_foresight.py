"""A large batch is decided while another is written, and again where that came to nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from neo4j import AsyncTransaction

from app.core.facts import Facts
from app.core.ledger import Ledger
from app.core.model import Created, Outcome, Unchanged
from app.core.relate import Recording
from app.core.store import Batch, Receipt
from app.graph import facts, writer
from app.graph.connection import Connection
from app.graph.foresight import Foreseen
from app.graph.writer import Writers
from tests.store.photograph import photograph_graph
from tests.store.writing import new_id, own_writers, relate, upsert


class Counted:
    """A batch that counts how often it is decided."""

    def __init__(self, batch: Recording) -> None:
        self.batch, self.decided = batch, 0
        self.size, self.by, self.request_id, self.transaction_id = (
            batch.size,
            batch.by,
            batch.request_id,
            batch.transaction_id,
        )
        self.needs = batch.needs

    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        self.decided += 1
        return self.batch.decide(ledger)


class Failing(Counted):
    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        if not self.decided:
            self.decided = 1
            raise ZeroDivisionError
        return super().decide(ledger)


class Deleting(Counted):
    """Deletes an end of what is stored."""

    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        mention = self.batch.proposals()[0].source
        assert mention.entity is not None
        ledger.declare(mention.entity, {"entityType": "Pump"}, self.by, "d")
        return []


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)


async def nothing() -> None:
    pass


async def in_flight(writers: Writers, space: str) -> None:
    """Returns when a large batch of the space has been submitted and is not answered yet."""
    for _ in range(1000):
        if space in writers._flights:
            return
        await asyncio.sleep(0.001)


async def write_behind(
    writers: Writers,
    space: str,
    first: Batch,
    second: Batch,
    *,
    fails: bool = False,
    between: Callable[[], Awaitable[object]] = nothing,
) -> tuple[Batch, Receipt]:
    """Submits a batch, has another decided meanwhile, and submits that one: what was submitted, and its receipt."""
    written, decided = threading.Event(), threading.Event()

    async def stay(_: AsyncTransaction, __: Sequence[Outcome]) -> None:
        written.set()
        await asyncio.to_thread(decided.wait, 10)
        if fails:
            raise ZeroDivisionError

    writing = asyncio.create_task(writers.submit(space, first, alongside=stay))
    await asyncio.to_thread(written.wait, 10)
    foreseen = await writers.foresee(space, second)
    decided.set()
    (told,) = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(told, ZeroDivisionError) is fails
    await between()
    return foreseen, await writers.submit(space, foreseen)


async def test_what_was_decided_is_written(writers: Writers, graph: Connection, space: str) -> None:
    batch, id = Counted(upsert(new_id(), "b", "c")), new_id()
    foreseen, receipt = await write_behind(writers, space, upsert(id), batch)
    assert isinstance(foreseen, Foreseen)
    assert isinstance(receipt.outcomes[0], Created)
    assert batch.decided == 1
    photo = await photograph_graph(graph, space)
    assert photo is not None
    assert [commit.last for commit in photo["commits"]] == [1, 2]
    assert len(photo["entities"]) == 3


async def test_it_is_decided_on_what_the_one_in_flight_writes(writers: Writers, space: str) -> None:
    id = new_id()
    batch = Counted(upsert(id))
    _, receipt = await write_behind(writers, space, upsert(id), batch)
    assert isinstance(receipt.outcomes[0], Unchanged)
    assert batch.decided == 1


async def test_it_is_decided_behind_one_that_was_submitted_and_has_no_turn_yet(writers: Writers, space: str) -> None:
    id, begun = new_id(), asyncio.Event()
    batch = Counted(upsert(id))

    async def submit() -> Receipt:
        begun.set()
        return await writers.submit(space, upsert(id))

    writing = asyncio.create_task(submit())
    await begun.wait()
    foreseen = await writers.foresee(space, batch)
    assert isinstance(foreseen, Foreseen)
    await writing
    receipt = await writers.submit(space, foreseen)
    assert isinstance(receipt.outcomes[0], Unchanged)
    assert batch.decided == 1


async def test_where_that_fails_it_is_decided_again(writers: Writers, space: str) -> None:
    id = new_id()
    batch = Counted(upsert(id))
    _, receipt = await write_behind(writers, space, upsert(id), batch, fails=True)
    assert isinstance(receipt.outcomes[0], Created)
    assert batch.decided == 2


async def test_where_another_process_writes_between_them_it_is_decided_again(
    writers: Writers, graph: Connection, space: str
) -> None:
    id, others = new_id(), own_writers(graph)
    batch = Counted(upsert(id))
    _, receipt = await write_behind(
        writers, space, upsert(new_id(), "b", "c"), batch, between=lambda: others.submit(space, upsert(id))
    )
    await others.close()
    assert isinstance(receipt.outcomes[0], Unchanged)
    assert batch.decided == 2


async def test_where_another_process_writes_before_the_facts_are_read_it_is_not_decided_ahead(
    writers: Writers, graph: Connection, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()
    look = facts.foresee_facts

    async def wait(*args: Any) -> Facts | None:
        await asyncio.to_thread(written.wait, 10)
        return await look(*args)

    monkeypatch.setattr(facts, "foresee_facts", wait)
    id, others = new_id(), own_writers(graph)
    first = asyncio.create_task(writers.submit(space, upsert(new_id(), "b", "c")))
    await in_flight(writers, space)
    batch = Counted(upsert(id))
    foreseeing = asyncio.create_task(writers.foresee(space, batch))
    await first
    await others.submit(space, upsert(id))
    await others.close()
    written.set()
    assert await foreseeing is batch
    receipt = await writers.submit(space, batch)
    assert isinstance(receipt.outcomes[0], Unchanged)


@pytest.mark.parametrize("many", [facts.MANY, 0], ids=["after it has decided", "beside its own facts"])
async def test_what_another_process_wrote_before_the_one_in_flight_is_seen(
    writers: Writers, graph: Connection, space: str, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(facts, "MANY", many)
    holding, asked, decided = threading.Event(), threading.Event(), threading.Event()

    async def hold(_: AsyncTransaction, __: Sequence[Outcome]) -> None:
        holding.set()
        await asyncio.to_thread(asked.wait, 10)

    async def stay(_: AsyncTransaction, __: Sequence[Outcome]) -> None:
        await asyncio.to_thread(decided.wait, 10)

    await graph.plan("space/look")
    id, others = new_id(), own_writers(graph)
    apart = asyncio.create_task(others.submit(space, upsert(id), alongside=hold))
    await asyncio.to_thread(holding.wait, 10)
    # It stays in flight: a look at the space amid its commit may find a state that is neither, and decides nothing.
    first = asyncio.create_task(writers.submit(space, upsert(new_id(), "b", "c"), alongside=stay))
    await in_flight(writers, space)
    batch = Counted(upsert(id))
    foreseeing = asyncio.create_task(writers.foresee(space, batch))
    await asyncio.sleep(0.5)
    asked.set()
    foreseen = await foreseeing
    decided.set()
    await asyncio.gather(apart, first)
    await others.close()
    assert isinstance(foreseen, Foreseen)
    receipt = await writers.submit(space, foreseen)
    assert isinstance(receipt.outcomes[0], Unchanged)
    assert batch.decided == 1


async def test_what_changes_nothing_is_decided_ahead_as_well(writers: Writers, space: str) -> None:
    id = new_id()
    await writers.submit(space, upsert(id))
    batch = Counted(upsert(new_id(), "b", "c"))
    foreseen, receipt = await write_behind(writers, space, upsert(id), batch)
    assert isinstance(foreseen, Foreseen)
    assert isinstance(receipt.outcomes[0], Created)
    assert batch.decided == 1


@pytest.mark.parametrize("changed", [{"settings": '{"types": "enforce"}'}, {"write": "of a process with a slow clock"}])
async def test_where_the_space_is_not_as_expected_it_is_decided_again(
    writers: Writers, graph: Connection, space: str, changed: dict[str, str]
) -> None:
    async def change() -> None:
        async with graph.session("write") as session:
            await session.run("MATCH (s:Space {id: $id}) SET s += $to", id=space, to=changed)

    batch = Counted(upsert(new_id(), "b", "c"))
    await write_behind(writers, space, upsert(new_id()), batch, between=change)
    assert batch.decided == 2


async def test_one_that_breaks_is_told_when_it_has_its_turn(writers: Writers, space: str) -> None:
    batch = Failing(upsert(new_id(), "b", "c"))
    foreseen, receipt = await write_behind(writers, space, upsert(new_id()), batch)
    assert foreseen is batch
    assert isinstance(receipt.outcomes[0], Created)


async def test_where_nothing_is_in_flight_it_is_decided_on_the_space_as_it_was_left(
    writers: Writers, space: str
) -> None:
    id = new_id()
    await writers.submit(space, upsert(id))
    batch = Counted(upsert(id))
    foreseen = await writers.foresee(space, batch)
    assert isinstance(foreseen, Foreseen)
    receipt = await writers.submit(space, foreseen)
    assert isinstance(receipt.outcomes[0], Unchanged)
    assert batch.decided == 1


async def test_where_another_process_has_written_since_it_was_left_it_is_not_decided_ahead(
    writers: Writers, graph: Connection, space: str
) -> None:
    id, others = new_id(), own_writers(graph)
    await writers.submit(space, upsert(new_id(), "b", "c"))
    await others.submit(space, upsert(id))
    await others.close()
    batch = Counted(upsert(id))
    assert await writers.foresee(space, batch) is batch
    receipt = await writers.submit(space, batch)
    assert isinstance(receipt.outcomes[0], Unchanged)


async def test_how_a_space_was_left_is_not_known_after_a_transaction_that_broke(writers: Writers, space: str) -> None:
    async def fail(_: AsyncTransaction, __: Sequence[Outcome]) -> None:
        raise ZeroDivisionError

    await writers.submit(space, upsert(new_id()))
    with pytest.raises(ZeroDivisionError):
        await writers.submit(space, upsert(new_id()), alongside=fail)
    batch = upsert(new_id())
    assert await writers.foresee(space, batch) is batch


async def test_pairs_are_not_foreseen_and_nothing_is_where_nothing_large_was_written(
    writers: Writers, space: str
) -> None:
    alone = upsert(new_id())
    assert await writers.foresee(space, alone) is alone
    pair = relate("b", "c")
    foreseen, receipt = await write_behind(writers, space, upsert(new_id()), pair)
    assert foreseen is pair
    assert isinstance(receipt.outcomes[0], Created)


async def test_beside_deleted_entities_nothing_is_decided_ahead(writers: Writers, space: str) -> None:
    """Whether they are in use is not among what the plan of their deletion tells."""
    await writers.submit(space, upsert(new_id()))
    batch = upsert(new_id())
    foreseen, receipt = await write_behind(writers, space, Deleting(batch), batch)
    assert foreseen is batch
    assert isinstance(receipt.outcomes[0], Created)
    again = upsert(new_id())
    foreseen, _ = await write_behind(writers, space, upsert(new_id(), "b", "c"), again)
    assert foreseen is again


async def test_what_was_decided_is_tried_once(writers: Writers, space: str) -> None:
    batch = Counted(upsert(new_id(), "b", "c"))
    foreseen, _ = await write_behind(writers, space, upsert(new_id()), batch)
    again = await writers.submit(space, foreseen)
    assert isinstance(again.outcomes[0], Unchanged)
    assert batch.decided == 2
