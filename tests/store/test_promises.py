"""What the write path promises, each promise against the real database."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.core.errors import IdTaken, SpaceUnknown
from app.core.identity import space_name
from app.core.model import Created, Outcome, Refused, Replaced, Unchanged
from app.core.rules import APOLLO
from app.core.store import SpaceAppeared
from app.embedded.server import Endpoint
from app.graph.connection import Connection, ConstraintRefused
from app.graph.store import GraphStore
from app.graph.writer import Writers
from tests.store.cutting_proxy import Cut, CuttingProxy
from tests.store.photograph import Photo, photograph_graph
from tests.store.writing import (
    OWNER,
    change_frozen,
    contain,
    create_blindly,
    end,
    new_id,
    own_writers,
    proposal,
    recording,
    relate,
    retire,
    upsert,
)


@pytest.fixture
def space() -> str:
    return new_id()


async def create(store: GraphStore, space: str, batch: Any) -> Any:
    receipt = await store.write(space, batch, founder=OWNER)
    assert isinstance(receipt.outcomes[0], Created)
    return receipt.outcomes[0].relationship


async def photo(graph: Connection, space: str) -> Photo:
    taken = await photograph_graph(graph, space)
    assert taken is not None
    demand_sound(taken)
    return taken


def demand_sound(taken: Photo) -> None:
    """Fails unless counters, change numbers and edges of a space agree with its records."""
    state, records = taken["state"], taken["relationships"].values()
    live = [r for r in records if r.live]
    assert state.relationships == len(live)
    assert state.entities == sum(e.recorded_at is not None and not e.deleted_at for e in taken["entities"].values())
    changes = [change for commit in taken["commits"] for change in commit.changes]
    assert [change.seq for change in changes] == list(range(1, state.seq + 1))
    assert sorted(edge[3] for edge in taken["edges"]) == sorted(r.id for r in live)
    assert len(taken["versions"]) == sum(r.version - 1 for r in records)


@pytest.mark.parametrize(
    "changes",
    [{"type": "other"}, {"fields": {"brickRelationshipName": "other"}}],
    ids=["its type", "a brick property"],
)
async def test_a_changed_frozen_field_is_refused_by_the_database_when_the_judge_is_bypassed(
    store: GraphStore, graph: Connection, space: str, changes: dict[str, Any]
) -> None:
    stored = await create(store, space, upsert(new_id()))
    before = await photo(graph, space)
    with pytest.raises(ConstraintRefused):
        await store.write(space, change_frozen(stored, **changes))
    assert await photo(graph, space) == before


async def test_a_free_field_may_change_by_the_same_way_round_the_judge(store: GraphStore, space: str) -> None:
    stored = await create(store, space, upsert(new_id()))
    await store.write(space, change_frozen(stored, fields={"relationshipName": "other"}))
    found = await store.relationship(space, stored.id)
    assert found is not None
    assert found.fields == {"relationshipName": "other"}


async def test_an_id_is_stored_once_even_when_the_judge_is_bypassed(
    store: GraphStore, graph: Connection, space: str
) -> None:
    stored = await create(store, space, upsert(new_id()))
    before = await photo(graph, space)
    with pytest.raises(ConstraintRefused):
        await store.write(space, create_blindly(stored))
    assert await photo(graph, space) == before


@pytest.mark.parametrize("batch", [relate("a", "b"), contain("a", "b")], ids=["autodesk", "sas"])
async def test_a_pair_is_stored_once_even_when_the_judge_is_bypassed(
    store: GraphStore, graph: Connection, space: str, batch: Any
) -> None:
    stored = await create(store, space, batch)
    before = await photo(graph, space)
    with pytest.raises(ConstraintRefused):
        await store.write(space, create_blindly(stored, id=new_id()))
    assert await photo(graph, space) == before
    await store.write(space, retire(stored.id))
    await store.write(space, create_blindly(stored, id=new_id()))


async def test_a_request_whose_transaction_fails_does_not_harm_its_neighbours(
    store: GraphStore, graph: Connection, space: str
) -> None:
    stored = await create(store, space, upsert(new_id()))
    batches = [relate("x1", "y1"), change_frozen(stored, type="other"), relate("x2", "y2"), relate("x3", "y3")]
    results = await asyncio.gather(*(store.write(space, batch) for batch in batches), return_exceptions=True)
    assert isinstance(results[1], ConstraintRefused)
    for place in (0, 2, 3):
        receipt = results[place]
        assert not isinstance(receipt, BaseException)
        assert isinstance(receipt.outcomes[0], Created)
    assert (await photo(graph, space))["state"].relationships == 4


async def test_what_happens_alongside_a_batch_is_kept_exactly_if_the_batch_is(
    writers: Writers, graph: Connection, space: str
) -> None:
    class Trouble(Exception):
        pass

    async def fail(_transaction: Any, _outcomes: Any) -> None:
        raise Trouble

    async def note(transaction: Any, _outcomes: Any) -> None:
        await (await transaction.run("CREATE (:Noted {space: $space})", space=space)).consume()

    results = await asyncio.gather(
        writers.submit(space, relate("a", "b"), founder=OWNER, alongside=note),
        writers.submit(space, relate("c", "d"), founder=OWNER, alongside=fail),
        writers.submit(space, relate("e", "f"), founder=OWNER),
        return_exceptions=True,
    )
    assert [type(result).__name__ for result in results] == ["Receipt", "Trouble", "Receipt"]
    assert (await photo(graph, space))["state"].relationships == 2
    async with graph.session("write") as session:
        noted = await session.run("MATCH (n:Noted {space: $space}) DELETE n RETURN count(n) AS n", space=space)
        assert (await noted.single(strict=True))["n"] == 1


async def test_batches_gathered_into_one_transaction_are_judged_in_the_order_in_which_they_came(
    store: GraphStore, space: str
) -> None:
    """The second one's question can't be answered in the first one's transaction; the third must not overtake it."""
    first, second = await create(store, space, upsert(new_id())), await create(store, space, upsert(new_id()))
    receipts = await asyncio.gather(
        store.write(space, retire(first.id)),
        store.write(space, contain("a", "b")),
        store.write(space, retire(second.id)),
    )
    refused = receipts[1].outcomes[0]
    assert isinstance(refused, Refused)
    assert refused.error.actual.id == second.id  # type: ignore[attr-defined]


async def test_a_space_belongs_to_the_first_whose_batch_stores_something(
    store: GraphStore, graph: Connection, space: str
) -> None:
    results = await asyncio.gather(
        store.write(space, retire(new_id()), founder="idler"),
        store.write(space, relate("a", "b")),
        store.write(space, relate("a", "b"), founder="owner"),
        store.write(space, relate("c", "d"), founder="stranger"),
        store.write(space, relate("e", "f")),
        return_exceptions=True,
    )
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Receipt", SpaceUnknown.__name__, "Receipt", SpaceAppeared.__name__, "Receipt"]
    taken = await photo(graph, space)
    assert taken["grants"] == {"owner": "owner"}
    assert taken["state"].relationships == 2


async def test_fifty_clients_on_shared_entities_meet_no_deadlock_and_no_error(graph: Connection) -> None:
    """Two processes' writers, two spaces that name each other's entities in any order, all three policies."""
    spaces = [new_id(), new_id()]
    processes = [own_writers(graph), own_writers(graph)]
    chance = random.Random(7)
    ids = [new_id() for _ in range(40)]

    def draw(other: str) -> Any:
        one, two = (f"t{n}" for n in chance.sample(range(12), 2))
        abroad = proposal(one, two, chance.choice(ids), "feeds")._replace(target=end(two, other))
        return chance.choice(
            [relate(one, two), contain(one, two), upsert(chance.choice(ids), one, two), recording(APOLLO, abroad)]
        )

    async def act(client: int) -> list[Outcome]:
        told: list[Outcome] = []
        for _ in range(6):
            place = chance.randrange(2)
            batch = draw(spaces[1 - place])
            receipt = await processes[client % 2].submit(spaces[place], batch, founder=OWNER)
            told += receipt.outcomes
        return told

    outcomes = list(itertools.chain(*await asyncio.gather(*(act(client) for client in range(50)))))
    assert len(outcomes) == 300
    assert {type(outcome) for outcome in outcomes} >= {Created, Replaced, Unchanged, Refused}
    for space in spaces:
        await photo(graph, space)


@pytest_asyncio.fixture
async def proxy(database: Endpoint) -> AsyncIterator[CuttingProxy]:
    async with CuttingProxy(int(database.uri.rpartition(":")[2])) as made:
        yield made


@pytest_asyncio.fixture
async def behind_proxy(proxy: CuttingProxy, database: Endpoint, graph: Connection) -> AsyncIterator[GraphStore]:
    connection = Connection(graph.library)
    connection.attach(proxy.uri, database.user, database.password)
    writers = own_writers(connection)
    yield GraphStore(connection, writers)
    await writers.close()
    await connection.close()


@pytest.mark.parametrize("cut", list(Cut), ids=[cut.name.lower() for cut in Cut])
@pytest.mark.parametrize("founding", [False, True], ids=["in a space", "founding a space"])
async def test_a_commit_whose_answer_is_lost_is_told_as_what_it_was(
    proxy: CuttingProxy, behind_proxy: GraphStore, graph: Connection, space: str, cut: Cut, founding: bool
) -> None:
    if not founding:
        await create(behind_proxy, space, relate("x", "y"))
    before = 0 if founding else 1
    ids = [new_id(), new_id()]
    proxy.armed = cut
    receipts = await asyncio.gather(
        behind_proxy.write(space, relate("a", "b", ids[0]), founder=OWNER),
        behind_proxy.write(space, relate("c", "d", ids[1]), founder=OWNER),
    )
    assert proxy.cuts == 1
    assert [type(receipt.outcomes[0]) for receipt in receipts] == [Created, Created]
    taken = await photo(graph, space)
    assert taken["state"].relationships == before + 2
    (again,) = (await behind_proxy.write(space, relate("a", "b", ids[0]))).outcomes
    assert isinstance(again, Refused)
    assert isinstance(again.error, IdTaken)
    bookmark = receipts[1].bookmark
    found = await behind_proxy.relationship(space, ids[1], bookmark=bookmark)
    assert found is not None
    assert found.id == ids[1]


RECORD_ENTITY = """
CREATE (:Entity {key: $key, n: 0, domain: 'plant', type: 'Pump', id: 'b', version: 1, declared: false,
  recordedAt: $at, document: '[0,[]]'})
"""


@pytest.mark.parametrize("abroad", [False, True], ids=["recorded here", "named from another space"])
async def test_an_entity_that_another_transaction_records_meanwhile_is_no_error(
    store: GraphStore, graph: Connection, space: str, abroad: bool
) -> None:
    """The lock of one space doesn't keep another's writer from its entities: the loser of the race looks again."""
    other = new_id()
    home = other if abroad else space
    await create(store, space, relate("a", "x"))
    item = proposal("a", "b", new_id(), "feeds")
    batch = recording(APOLLO, item._replace(target=end("b", other)) if abroad else item)
    async with graph.transaction() as rival:
        key = space_name(home).entity_key(end("b").entity)  # type: ignore[arg-type]
        await (await rival.run(RECORD_ENTITY, key=key, at=None if not abroad else 5)).consume()
        waiting = asyncio.create_task(store.write(space, batch))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await graph.commit(rival)
    assert isinstance((await waiting).outcomes[0], Created)
    taken = await photo(graph, space)
    assert taken["state"].relationships == 2
    assert taken["state"].entities == (2 if abroad else 3)
