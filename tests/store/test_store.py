"""One suite for every store: the contract of ``app.core.store.Store``, on Neo4j and in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core import relate as verbs
from app.core.access import EVERYBODY, Caller, Right
from app.core.errors import IdTaken, PreconditionMissing, RightMissing, SpaceUnknown
from app.core.identity import Minter, space_name
from app.core.model import Created, Deleted, Entity, Refused, Replaced, Unchanged
from app.core.rules import APOLLO, SAS_UPDATE
from app.core.store import SpaceAppeared
from app.graph.connection import Connection
from app.graph.store import GraphStore
from app.graph.writer import Writers
from tests.memory import MemoryStore
from tests.store.writing import ORIGIN, OWNER, contain, end, new_id, now, proposal, recording, relate, retire, upsert

Store = MemoryStore | GraphStore


@pytest.fixture(params=["memory", "neo4j"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore(clock=now, mint=Minter().mint)
    graph: Connection = request.getfixturevalue("graph")
    writers: Writers = request.getfixturevalue("writers")
    return GraphStore(graph, writers)


@pytest.fixture
def space() -> str:
    return new_id()


def caller(name: str) -> Caller:
    return Caller(name, "c", name, frozenset(), (f"sub:user:{name}", "sub:app:c"))


async def outcome(store: Store, space: str, batch: Any) -> Any:
    (told,) = (await store.write(space, batch, founder=OWNER)).outcomes
    return told


async def test_what_was_written_is_read_by_its_id_and_by_nothing_else(store: Store, space: str) -> None:
    made = (await outcome(store, space, relate("a", "b"))).relationship
    assert await store.relationship(space, made.id) == made
    assert await store.relationship(space, new_id()) is None
    assert await store.relationship(new_id(), made.id) is None


async def test_the_life_of_a_relationship_from_creation_to_revival(store: Store, space: str) -> None:
    id = new_id()
    told = [
        await outcome(store, space, batch)
        for batch in (
            upsert(id, relationshipName="n", customData={"k": [1, 2.5, None, "ä"]}),
            upsert(id, relationshipName="m", customData={"k": [1, 2.5, None, "ä"]}),
            upsert(id, relationshipName="m", customData={"k": [1, 2.5, None, "ä"]}),
            retire(id),
            upsert(id, "c", "d", relationshipName="n"),
        )
    ]
    assert [type(one) for one in told] == [Created, Replaced, Unchanged, Deleted, Created]
    assert [one.relationship.version for one in told] == [1, 2, 2, 3, 4]
    assert [one.relationship.seq for one in told] == [1, 2, 2, 3, 4]
    assert await store.relationship(space, id) == told[-1].relationship
    assert told[3].relationship.deleted_at is not None


async def test_a_deleted_relationship_is_still_read_and_its_pair_is_free(store: Store, space: str) -> None:
    made = (await outcome(store, space, contain("a", "b"))).relationship
    await outcome(store, space, retire(made.id))
    found = await store.relationship(space, made.id)
    assert found is not None
    assert not found.live
    assert isinstance(await outcome(store, space, contain("a", "b")), Created)
    again = await outcome(store, space, retire(made.id))
    assert isinstance(again, Refused)


async def test_one_id_in_two_spaces_is_two_relationships(store: Store, space: str) -> None:
    id, other = new_id(), new_id()
    assert isinstance(await outcome(store, space, relate("a", "b", id)), Created)
    assert isinstance(await outcome(store, other, relate("a", "b", id)), Created)
    taken = await outcome(store, other, relate("x", "y", id))
    assert isinstance(taken.error, IdTaken)


@pytest.mark.parametrize("text", ["ä\u2028 \U0001f600", "'\"\\`$", "x" * 2048, "Space", "\t"])
async def test_any_text_may_be_an_ends_id_or_type_and_comes_back_as_it_was(store: Store, space: str, text: str) -> None:
    entity = Entity("plant", text[:128], text)
    item = proposal("a", "b", new_id(), "feeds")._replace(target=end("b")._replace(entity=entity))
    made = (await outcome(store, space, recording(APOLLO, item))).relationship
    found = await store.relationship(space, made.id)
    assert found is not None
    assert found.target.entity == entity
    key = space_name(space).entity_key(entity)
    assert (await store.entities(space, [key]))[key].entity == entity


async def test_entities_are_known_where_they_are_recorded_and_not_where_they_are_only_named(
    store: Store, space: str
) -> None:
    other = new_id()
    item = proposal("a", "b", new_id(), "feeds")._replace(target=end("far", other))
    await outcome(store, space, recording(APOLLO, item))
    here = space_name(space).entity_key(Entity("plant", "Pump", "a"))
    far = space_name(other).entity_key(Entity("plant", "Pump", "far"))
    assert set(await store.entities(space, [here, far])) == {here}
    await outcome(store, other, relate("far", "near"))
    assert set(await store.entities(other, [far])) == {far}


async def test_a_refusal_of_the_whole_batch_leaves_nothing_behind(store: Store, space: str) -> None:
    stored = (await outcome(store, space, contain("a", "b"))).relationship
    items = proposal("x", "y", None, "Contains"), proposal("a", "b", None, "Derived")
    with pytest.raises(PreconditionMissing):
        await store.write(space, recording(SAS_UPDATE, *items))
    assert await store.relationship(space, stored.id) == stored
    assert not await store.entities(space, [space_name(space).entity_key(Entity("plant", "Pump", "x"))])
    assert (await outcome(store, space, contain("x", "y"))).relationship.seq == 2


async def test_a_batch_that_stores_nothing_founds_nothing(store: Store, space: str) -> None:
    assert isinstance(await outcome(store, space, retire(new_id())), Refused)
    assert not (await store.view(space, [OWNER])).exists


async def test_a_space_is_founded_by_its_first_write_and_belongs_to_the_founder(store: Store, space: str) -> None:
    with pytest.raises(SpaceUnknown):
        await store.write(space, relate("a", "b"))
    await store.write(space, relate("a", "b"), founder="alice")
    seen = [await store.view(space, names) for names in (["alice"], ["bob"], ["bob", "alice"])]
    assert [view.right for view in seen] == [Right.OWNER, None, Right.OWNER]
    with pytest.raises(SpaceAppeared):
        await store.write(space, relate("c", "d"), founder="bob")
    assert (await outcome_of(store, space, relate("a", "b"))) is Unchanged


async def outcome_of(store: Store, space: str, batch: Any) -> type:
    return type((await store.write(space, batch)).outcomes[0])


async def test_the_highest_right_among_the_principals_counts(store: Store, space: str) -> None:
    grants = {"owner": Right.OWNER, "alice": Right.READONLY, "group": Right.ADMIN, EVERYBODY: Right.READWRITE}
    found = store.found(space, grants)
    if found is not None and hasattr(found, "__await__"):
        await found
    assert (await store.view(space, ["alice", EVERYBODY])).right is Right.READWRITE
    assert (await store.view(space, ["alice", "group", EVERYBODY])).right is Right.ADMIN
    assert (await store.view(space, ["alice"])).right is Right.READONLY


async def test_who_may_not_use_a_space_is_kept_out_and_a_race_for_a_new_one_has_one_winner(
    store: Store, space: str
) -> None:
    alice, bob = caller("alice"), caller("bob")
    with pytest.raises(SpaceUnknown):
        await verbs.enter(store, alice, space, Right.READONLY, found=False)
    seen_by_alice = await verbs.enter(store, alice, space, Right.READWRITE, found=True)
    seen_by_bob = replace(seen_by_alice)
    await verbs.write(store, alice, seen_by_alice, Right.READWRITE, relate("a", "b"))
    with pytest.raises(RightMissing):
        await verbs.write(store, bob, seen_by_bob, Right.READWRITE, relate("c", "d"))
    with pytest.raises(RightMissing):
        await verbs.enter(store, bob, space, Right.READONLY, found=True)
    again = await verbs.write(store, alice, seen_by_alice, Right.READWRITE, relate("c", "d"))
    assert isinstance(again.outcomes[0], Created)


async def test_the_author_and_the_spelled_id_are_kept(store: Store, space: str) -> None:
    item = proposal("a", "b", space_name(space).relationship_id("rel-1"), "feeds")._replace(name="rel-1")
    made = (await outcome(store, space, recording(APOLLO, item))).relationship
    found = await store.relationship(space, made.id)
    assert found is not None
    assert (found.name, found.created.by, found.modified) == ("rel-1", ORIGIN.by, found.created)
