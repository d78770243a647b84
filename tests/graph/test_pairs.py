"""Who holds a pair is found by its key where all relationships of a space go by one rule, else by what joins both ends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from app.core.facts import Facts
from app.core.identity import space_name
from app.core.model import Created, Entity, Outcome, Refused, Unchanged
from app.core.rules import SAS_IGNORE, Pairs
from app.core.store import Batch
from app.graph import plans
from app.graph.connection import Connection
from app.graph.writer import Writers
from tests.store.writing import contain, new_id, own_writers, proposal, recording, relate, retire, upsert

pytestmark = pytest.mark.usefixtures("known")


async def submit(writers: Writers, space: str, batch: Batch) -> Outcome:
    (outcome,) = (await writers.submit(space, batch)).outcomes
    return outcome


async def create(writers: Writers, space: str, batch: Batch) -> str:
    outcome = await submit(writers, space, batch)
    assert isinstance(outcome, Created)
    return outcome.relationship.id


def ignore(source: str, target: str) -> Batch:
    """What SAS asks for, content with what is there."""
    return recording(SAS_IGNORE, proposal(source, target, None, "Contains"))


async def holder(writers: Writers, space: str, batch: Batch) -> str:
    """The id of what holds the pair that a repeat asks for."""
    outcome = await submit(writers, space, batch)
    assert isinstance(outcome, Unchanged)
    return outcome.relationship.id


async def test_each_order_of_two_ends_has_its_own_holder_in_a_space_of_sas(
    writers: Writers, space: str, known: list[Facts]
) -> None:
    there, back = [await create(writers, space, contain(*ends)) for ends in ("ab", "ba")]
    assert [await holder(writers, space, ignore(*ends)) for ends in ("ab", "ba")] == [there, back]
    assert known[-1].space.pairs is Pairs.ORDERED


async def test_both_orders_have_one_holder_in_a_space_of_autodesk(
    writers: Writers, space: str, known: list[Facts]
) -> None:
    made = await create(writers, space, relate("a", "b"))
    assert [await holder(writers, space, relate(*ends)) for ends in ("ab", "ba")] == [made, made]
    assert known[-1].space.pairs is Pairs.UNORDERED
    keys = [space_name(space).entity_key(Entity("plant", "Pump", id)) for id in "ab"]
    assert list(known[-1].links) == [tuple(keys)]


async def test_it_is_found_without_the_edge_where_its_key_tells_it(
    writers: Writers, graph: Connection, space: str
) -> None:
    made = await create(writers, space, contain("a", "b"))
    edge = "MATCH (a:Entity)-[e:Contains {id: $id}]->(b:Entity)"
    async with graph.session("write") as session:
        await (await session.run(f"{edge} SET e.id = 'astray'", id=made)).consume()
        assert await holder(writers, space, ignore("a", "b")) == made
        await (await session.run(f"{edge} SET e.id = $made", id="astray", made=made)).consume()


async def test_a_pair_is_free_once_its_holder_is_deleted(writers: Writers, space: str) -> None:
    made = await create(writers, space, contain("a", "b"))
    await submit(writers, space, retire(made))
    assert await create(writers, space, ignore("a", "b")) != made


@pytest.mark.parametrize("ends", ["ab", "ba"])
async def test_what_another_format_joined_is_found_as_well(
    writers: Writers, space: str, known: list[Facts], ends: str
) -> None:
    await create(writers, space, contain("c", "d"))
    made = await create(writers, space, upsert(new_id(), "a", "b"))
    outcome = await submit(writers, space, contain(*ends))
    assert isinstance(outcome, Refused if ends == "ab" else Created)
    assert await holder(writers, space, ignore("a", "b")) == made
    assert await holder(writers, space, ignore("c", "d"))
    assert known[-1].space.pairs is None


async def test_who_waited_for_the_space_goes_by_the_rule_that_it_has_then(
    writers: Writers, graph: Connection, space: str
) -> None:
    await create(writers, space, contain("c", "d"))
    locked, let_go, elsewhere = threading.Event(), threading.Event(), own_writers(graph)

    async def hold(*_: Any) -> None:
        locked.set()
        await asyncio.to_thread(let_go.wait, 10)

    other = asyncio.create_task(elsewhere.submit(space, upsert(new_id(), "a", "b"), alongside=hold))
    assert await asyncio.to_thread(locked.wait, 10)
    waiting = asyncio.create_task(submit(writers, space, contain("a", "b")))
    assert not (await asyncio.wait([waiting], timeout=0.3))[0]
    let_go.set()
    await other
    assert isinstance(await waiting, Refused)
    await elsewhere.close()


async def test_a_rule_of_another_format_tells_nothing(writers: Writers, space: str) -> None:
    made = await create(writers, space, relate("a", "b"))
    assert await holder(writers, space, ignore("a", "b")) == made
    back = await create(writers, space, ignore("b", "a"))
    assert await holder(writers, space, relate("b", "a")) == made != back


async def test_a_process_that_knows_of_no_rule_makes_it_void(
    writers: Writers, space: str, known: list[Facts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of an earlier version does, while the processes of a service are replaced one by one."""
    await create(writers, space, contain("c", "d"))
    state = plans._state
    with monkeypatch.context() as earlier:
        earlier.setattr(plans, "_state", lambda *args: {k: v for k, v in state(*args).items() if k != "pairs"})
        made = await create(writers, space, upsert(new_id(), "a", "b"))
    assert await holder(writers, space, ignore("a", "b")) == made
    await create(writers, space, contain("e", "f"))
    assert await holder(writers, space, ignore("a", "b")) == made
    assert known[-1].space.pairs is None
