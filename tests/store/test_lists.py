"""One suite for every store: the contract of ``app.core.lists.Lists``, on Neo4j and in memory."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.describe import Describing, Description
from app.core.identity import Minter, space_name
from app.core.lists import Direction, Hint, Outline, Sign, Trait
from app.core.model import Entity, Mention
from app.core.rules import APOLLO, AUTODESK, SAS, Repeat
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.store.arrange import strike_out_of_graph, strike_out_of_memory
from tests.store.writing import ORIGIN, OWNER, contain, end, new_id, now, proposal, recording, relate, retire, upsert

Store = MemoryStore | GraphStore


@pytest.fixture(params=["memory", "neo4j"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore(clock=now, mint=Minter().mint)
    return GraphStore(request.getfixturevalue("graph"), request.getfixturevalue("writers"))


@pytest.fixture
def space() -> str:
    return new_id()


async def write(store: Store, space: str, batch: Any) -> list[Any]:
    outcomes = (await store.write(space, batch, founder=OWNER)).outcomes
    return [outcome.relationship for outcome in outcomes]


def key(space: str, id: str) -> str:
    return space_name(space).entity_key(Entity("plant", "Pump", id))


async def test_pages_come_in_the_order_of_ids_without_what_was_deleted(store: Store, space: str) -> None:
    made = await write(store, space, recording(APOLLO, *(proposal("a", f"b{n}", new_id(), "feeds") for n in range(9))))
    await write(store, space, retire(made[4].id))
    ids = sorted(each.id for each in made if each is not made[4])
    first = await store.live_page(space, "", 3)
    rest = await store.live_page(space, first[-1].id, 100)
    live, window = await store.window(space, 2, 2)
    outlines = await store.outline_page(space, ids[1], 3)
    assert [each.id for each in (*first, *rest)] == ids
    assert (live, [each.id for each in window]) == (8, ids[2:4])
    assert [each.id for each in outlines] == ids[2:5]
    known = {each.id: each for each in made}
    assert outlines[0] == Outline(ids[2], "feeds", known[ids[2]].created.at)
    assert set(await store.live(space, [made[4].id, ids[0], new_id()])) == {ids[0]}
    assert [await store.window(space, skip, 9) for skip in (8, 9)] == [(8, []), (8, [])]
    assert await store.window(space, 0, 0) == (8, [])
    assert await store.window(new_id(), 0, 9) == (0, [])
    assert await store.live_page(new_id(), "", 9) == []


async def test_an_entity_reaches_over_what_the_direction_says(store: Store, space: str) -> None:
    out, back, loop = [(await write(store, space, contain(*pair)))[0].id for pair in ("ab", "ca", "aa")]
    first, second = [(await write(store, space, relate(*pair)))[0].id for pair in (("a", "x"), ("y", "a"))]
    expected = {
        Direction.TO: {out, loop, first, second},
        Direction.FROM: {back, loop, first, second},
        Direction.BOTH: {out, back, loop, first, second},
        Direction.SOURCE: {out, loop, first},
        Direction.TARGET: {back, loop, second},
    }
    for direction, ids in expected.items():
        found = await store.touching(space, [key(space, "a")], direction, "", 100)
        assert [each.id for each in found] == sorted(ids), direction
        after, cut = sorted(ids)[0], await store.touching(space, [key(space, "a")], direction, sorted(ids)[0], 1)
        assert [each.id for each in cut] == sorted(ids)[1:2], after
        pairs = await store.reach(space, [key(space, "a")], direction, 100)
        assert {id for id, _ in pairs} == ids
    pairs = await store.reach(space, [key(space, "a"), key(space, "b"), key(space, "nobody")], Direction.FROM, 100)
    ends = {"b": [out], "a": [back, loop, first, second]}
    assert sorted(id for id, _ in pairs) == sorted(id for ids in ends.values() for id in ids)
    assert {far for id, far in pairs if id == second} == {key(space, "y")}
    assert await store.touching(new_id(), [key(space, "a")], Direction.BOTH, "", 9) == []


async def test_a_relationship_of_another_space_is_not_reached(store: Store, space: str) -> None:
    other = new_id()
    (home,) = await write(store, space, contain("a", "b"))
    abroad = proposal("z", "b", new_id(), "feeds")._replace(target=end("a", space))
    (far,) = await write(store, other, recording(APOLLO, abroad))
    for direction in Direction:
        assert far.id not in {each.id for each in await store.touching(space, [key(space, "a")], direction, "", 9)}
        assert far.id not in {id for id, _ in await store.reach(space, [key(space, "a")], direction, 9)}
    assert await store.reach(other, [key(other, "z")], Direction.TO, 9) == [(far.id, key(space, "a"))]
    assert await store.reach(other, [key(space, "a")], Direction.FROM, 9) == [(far.id, key(other, "z"))]
    assert (await store.guests(space), await store.guests(other)) == ([], [space])
    assert (await store.window(space, 0, 0))[0] == 1
    assert home.id


async def test_a_deleted_entity_is_a_reference_while_a_relationship_has_it_as_an_end(
    store: Store, space: str, graph: Connection
) -> None:
    (used,) = await write(store, space, contain("a", "b"))
    await write(store, space, contain("c", "d"))
    for id in ("a", "c"):
        if isinstance(store, MemoryStore):
            strike_out_of_memory(store, space, key(space, id), now())
        else:
            await strike_out_of_graph(graph, space, key(space, id), now())
    (unused,) = [each for each in await store.live_page(space, "", 9) if each.id != used.id]
    await write(store, space, retire(unused.id))
    found = await store.reference_page(space, "", 9)
    assert {record.entity.id: record.in_use for record in found if record.deleted_at} == {"a": True}
    assert sorted(record.entity.id for record in found) == ["a", "b", "d"]
    assert await store.count_references(space) == 3
    ids = [space_name(space).entity_id(record.entity) for record in found]
    assert ids == sorted(ids)
    assert [each.entity for each in await store.reference_page(space, ids[0], 1, skip=1)] == [found[2].entity]
    assert (await store.count_references(new_id()), await store.reference_page(new_id(), "", 9)) == (0, [])


async def test_an_entity_that_only_another_space_named_is_no_reference(store: Store, space: str) -> None:
    await write(store, space, contain("a", "b"))
    abroad = proposal("z", "b", new_id(), "feeds")._replace(target=end("far", space))
    await write(store, new_id(), recording(APOLLO, abroad))
    assert sorted(record.entity.id for record in await store.reference_page(space, "", 9)) == ["a", "b"]
    assert await store.count_references(space) == 2


async def test_references_that_were_made_for_themselves_count(store: Store, space: str) -> None:
    items = [Description(None, Entity("sas", "resource", f"/r/{n}"), {}) for n in range(3)]
    await store.write(space, Describing(items=items, repeat=Repeat.REFUSE, origin=ORIGIN), founder=OWNER)
    assert await store.count_references(space) == len(await store.reference_page(space, "", 9)) == 3


def sas(source: Entity, target: Entity, type: str = "Contains", **fields: Any) -> Any:
    return recording(
        SAS, proposal("", "", None, type, **fields)._replace(source=Mention(source), target=Mention(target))
    )


async def test_signs_tell_of_a_record_what_they_say(store: Store, space: str) -> None:
    """The store on Neo4j looks at how a document is spelled, so some texts are spelled like documents."""
    strange = Entity("sas", "resource", 'x"],["sas","resource","y')
    plain = Entity("sas", "resource", "/plain")
    pump = Entity("plant", "Pump", '",1],["sas","resource","')
    rows = [
        (await write(store, space, batch))[0]
        for batch in (
            sas(plain, strange, assertedBy='say "é"\n'),
            sas(strange, plain, "Parent"),
            sas(plain, pump),
            sas(pump, plain),
            recording(AUTODESK, proposal("a", "b")),
            upsert(new_id(), relationshipName="n", customData={"x": [["sas", "resource", "y"]]}),
        )
    ]
    (changed,) = await write(store, space, upsert(rows[5].id, relationshipName="m"))
    created = sorted(each.created.at for each in rows)
    cases = {
        Sign(Trait.TYPE, ("Contains", "Parent")): {0, 1, 2, 3},
        Sign(Trait.TYPE, ("Contains", "Parent"), holds=False): {4, 5},
        Sign(Trait.ID, (rows[2].id, new_id())): {2},
        Sign(Trait.CREATED, (created[0], created[-1])): {0, 1, 2, 3, 4, 5},
        Sign(Trait.CREATED, (created[-1] + 1, 2**63 - 1)): set(),
        Sign(Trait.CREATED, (created[0], created[-1]), holds=False): set(),
        Sign(Trait.REPLACED): {5},
        Sign(Trait.TEXT, ("no such", 'y "é"\n')): {0},
        Sign(Trait.TEXT, ('x"],["sas',)): {0, 1},
    }
    places = {each.id: place for place, each in enumerate(rows)}
    for sign, wanted in cases.items():
        hint = Hint(((sign,),))
        pages = [
            await store.live_page(space, "", 99, hint=hint),
            await store.outline_page(space, "", 99, hint=hint),
            (await store.live(space, list(places), hint=hint)).values(),
        ]
        for page in pages:
            found = {places[each.id] for each in page}
            assert found == wanted, sign
    foreign = {places[each.id] for each in await store.live_page(space, "", 99, hint=Hint(((Sign(Trait.FOREIGN),),)))}
    assert {2, 3, 4, 5} <= foreign
    assert 0 not in foreign
    both = Hint(((Sign(Trait.TYPE, ("Parent",)), Sign(Trait.REPLACED)), (Sign(Trait.TEXT, ("",)),)))
    assert {places[each.id] for each in await store.live_page(space, "", 99, hint=both)} == {1, 5}
    assert await store.live_page(space, "", 99, hint=Hint(((),))) == []
    assert changed.version == 2
