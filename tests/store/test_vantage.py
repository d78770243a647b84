"""Reading beside a writer: while Neo4j applies a commit its properties are seen before its index entries are."""

from __future__ import annotations

import asyncio

from app.core.criteria import EVERYTHING
from app.core.replicate import begin, follow
from app.core.rules import AUTODESK
from app.graph.store import GraphStore
from tests.store.writing import OWNER, new_id, proposal, recording, relate

WRITES, ITEMS = 2, 1000


async def write_much(store: GraphStore, space: str) -> None:
    """Commits large enough that applying one takes some milliseconds."""
    for n in range(WRITES):
        items = (proposal(f"a{n}", f"b{n} {place}") for place in range(ITEMS))
        await store.write(space, recording(AUTODESK, *items), founder=OWNER)


async def test_under_the_bookmark_of_a_position_every_change_up_to_it_is_found(store: GraphStore) -> None:
    space, looks = new_id(), 0
    writing = asyncio.create_task(write_much(store, space))

    async def look() -> None:
        nonlocal looks
        while not writing.done():
            position, bookmark = await store.position(space)
            after = max(position.seq - ITEMS, 0)
            changes = await store.changes(space, after, position.seq, bookmark=bookmark)
            assert [relationship.seq for relationship in changes] == list(range(after + 1, position.seq + 1))
            assert bool(position.write) == bool(position.seq)
            looks += 1

    await asyncio.gather(look(), look(), look())
    await writing
    assert looks


async def test_a_mirror_beside_a_writer_of_large_commits_is_told_of_every_change_once(store: GraphStore) -> None:
    space = new_id()
    await store.write(space, relate("a", "b"), founder=OWNER)
    writing = asyncio.create_task(write_much(store, space))
    delivery = await begin(store, space, EVERYTHING, limit=10_000)
    told = [relationship.seq for relationship in delivery.found]
    while delivery.marker.position.seq < 1 + WRITES * ITEMS:
        delivery = await follow(store, space, delivery.marker, limit=10_000)
        assert not delivery.overwrite
        told += [relationship.seq for relationship in delivery.found]
    await writing
    assert sorted(told) == list(range(1, 2 + WRITES * ITEMS))
