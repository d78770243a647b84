"""The first page of a search or of a copy, and the position that a mirror goes on from: one statement where the space
stands still.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core import replicate
from app.core.criteria import EVERYTHING, Criteria, Pattern
from app.core.rules import AUTODESK
from app.core.store import Position
from app.core.traverse import Page, find_first
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.store.writing import OWNER, new_id, own_writers, proposal, recording, relate

AT_A = Criteria((Pattern("plant", "Pump", "a"),))
WRITES, ITEMS = 3, 300


async def look(store: GraphStore, space: str) -> tuple[Position, Page]:
    return await find_first(store, space, AT_A, limit=1000)


@pytest.fixture
def asked(graph: Connection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are asked for."""
    names: list[str] = []
    ask = graph.look

    async def note(name: str, **named: Any) -> Any:
        names.append(name)
        return await ask(name, **named)

    monkeypatch.setattr(graph, "look", note)
    return names


async def test_where_nothing_was_written_since_the_page_tells_the_position(store: GraphStore, asked: list[str]) -> None:
    space = new_id()
    await store.write(space, relate("a", "b"), founder=OWNER)
    first = await look(store, space)
    assert asked == ["space/position", "relationship/around"]
    assert await look(store, space) == first
    assert asked == ["space/position", "relationship/around", "relationship/around"]
    assert first[0] == (await store.position(space)).position
    assert first[0].write


async def test_a_copy_of_a_space_at_rest_takes_one_statement_a_page(store: GraphStore, asked: list[str]) -> None:
    space = new_id()
    await store.write(space, recording(AUTODESK, *(proposal("a", str(place)) for place in range(5))), founder=OWNER)
    await store.position(space)
    asked.clear()
    first = await replicate.begin(store, space, EVERYTHING, limit=3)
    second = await replicate.follow(store, space, first.marker, limit=3)
    assert asked == ["relationship/scan"] * 2
    assert [first.more, second.more, second.marker.copied] == [True, False, None]
    assert len({each.id for each in (*first.found, *second.found)}) == 5
    assert second.marker.position == (await store.position(space)).position


async def test_a_copy_of_a_space_that_others_write_goes_on_from_where_it_stands(
    store: GraphStore, graph: Connection
) -> None:
    space, others = new_id(), own_writers(graph)
    await store.write(space, recording(AUTODESK, *(proposal("a", str(place)) for place in range(5))), founder=OWNER)
    await store.position(space)
    await others.submit(space, relate("a", "late"))
    first = await replicate.begin(store, space, EVERYTHING, limit=3)
    await others.submit(space, relate("a", "later"))
    second = await replicate.follow(store, space, first.marker, limit=10)
    third = await replicate.follow(store, space, second.marker, limit=10)
    assert [len(first.found), len(second.found), second.more, len(third.found)] == [3, 3, True, 1]
    assert [first.marker.position.seq, third.marker.position.seq, third.more] == [6, 7, False]
    await others.close()


async def test_a_position_that_moved_is_read_anew_until_it_stands_still(
    store: GraphStore, graph: Connection, asked: list[str]
) -> None:
    space, others = new_id(), own_writers(graph)
    await store.write(space, relate("a", "b"), founder=OWNER)
    await look(store, space)
    page, both = ["relationship/around"], ["space/position", "relationship/around"]
    for links, name, ways in ((2, "c", page + both), (3, "d", both), (3, None, both), (3, None, page)):
        if name is not None:
            await others.submit(space, relate("a", name))
        asked.clear()
        position, found = await look(store, space)
        assert (position.seq, len(found.found), asked) == (links, links, ways)
    await others.close()


async def test_a_long_look_ends_at_once_where_the_space_has_moved(
    store: GraphStore, graph: Connection, asked: list[str]
) -> None:
    space, others, rare = new_id(), own_writers(graph), Criteria((Pattern("plant", "Valve"),))
    await store.write(space, recording(AUTODESK, *(proposal("a", str(place)) for place in range(30))), founder=OWNER)
    await find_first(store, space, rare, limit=1)
    asked.clear()
    await find_first(store, space, rare, limit=1)
    scans = asked.count("relationship/scan")
    assert (scans > 2, len(asked)) == (True, scans)
    await others.submit(space, relate("a", "late"))
    asked.clear()
    position, _ = await find_first(store, space, rare, limit=1)
    assert (position.seq, asked[:2]) == (31, ["relationship/scan", "space/position"])
    assert asked[2:] == ["relationship/scan"] * scans
    await others.close()


async def test_one_write_in_the_place_of_another_is_a_move(store: GraphStore, graph: Connection) -> None:
    """As after a restore of an older state, from which other writes went on."""
    space = new_id()
    await store.write(space, relate("a", "b"), founder=OWNER)
    before, _ = await look(store, space)
    async with graph.session("write") as session:
        changed = await session.run("MATCH (c:Commit {space: $space}) SET c.write = 'another'", space=space)
        await changed.consume()
    after, _ = await look(store, space)
    assert (after.seq, after.write, before.seq) == (1, "another", 1)


async def test_in_a_space_that_this_process_writes_no_page_is_tried_first(store: GraphStore, asked: list[str]) -> None:
    space = new_id()
    await store.write(space, relate("a", "b"), founder=OWNER)
    await look(store, space)
    writing = asyncio.create_task(store.write(space, relate("a", "c")))
    await asyncio.sleep(0)
    assert store.last_seen(space) is None
    asked.clear()
    await look(store, space)
    assert asked[0] == "space/position"
    await writing


async def test_a_bookmark_of_another_state_is_kept_to(store: GraphStore, asked: list[str]) -> None:
    space = new_id()
    await store.write(space, relate("a", "b"), founder=OWNER)
    await look(store, space)
    receipt = await store.write(space, relate("a", "c"))
    asked.clear()
    position, page = await find_first(store, space, AT_A, limit=10, bookmark=receipt.bookmark)
    assert (position.seq, len(page.found), asked[0]) == (2, 2, "space/position")


async def test_beside_another_process_no_page_lacks_what_its_position_counts(
    store: GraphStore, graph: Connection
) -> None:
    space, others, looks = new_id(), own_writers(graph), 0
    await store.write(space, relate("a", "b"), founder=OWNER)

    async def write() -> None:
        for n in range(WRITES):
            items = (proposal("a", f"{n} {place}") for place in range(ITEMS))
            await others.submit(space, recording(AUTODESK, *items))

    writing = asyncio.create_task(write())
    while not writing.done():
        position, page = await look(store, space)
        copy = await replicate.begin(store, space, EVERYTHING, limit=1000)
        for seq, found in ((position.seq, page.found), (copy.marker.position.seq, copy.found)):
            counted = sorted(relationship.seq for relationship in found if relationship.seq <= seq)
            assert counted == list(range(1, seq + 1))
        looks += 1
    await writing
    assert looks
    await others.close()
