"""What a search costs: it looks at the links of the end that has fewer, on every store."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from app.core import traverse
from app.core.criteria import Criteria, Life, Pattern
from app.core.identity import Minter
from app.core.rules import AUTODESK
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.store.writing import OWNER, new_id, now, proposal, recording, relate, retire

LINKS = 300
HUB, OTHER, LEAF, STRANGER = (Pattern("plant", "Pump", name) for name in ("hub", "other hub", "leaf", "stranger"))
PUMPS = Pattern("plant", "Pump")


class Watched:
    """Notes how many records a store was asked to look at."""

    looked: list[int]

    async def around(self, *where: Any, look: int, **how: Any) -> Any:
        self.looked.append(look)
        return await super().around(*where, look=look, **how)  # type: ignore[misc]

    async def scan(self, *where: Any, look: int, **how: Any) -> Any:
        self.looked.append(look)
        return await super().scan(*where, look=look, **how)  # type: ignore[misc]


class WatchedMemory(Watched, MemoryStore):
    """The specification."""


class WatchedGraph(Watched, GraphStore):
    """The store on Neo4j."""


class Hubs:
    """Two hubs, related to each other and both to the leaf."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.space = new_id()
        self.store.looked = []

    async def fill(self) -> None:
        for hub in ("hub", "other hub"):
            names = [*(f"{hub} {n}" for n in range(LINKS)), "leaf"]
            for first in range(0, len(names), 500):
                items = (proposal(hub, name) for name in names[first : first + 500])
                await self.store.write(self.space, recording(AUTODESK, *items), founder=OWNER)
        await self.store.write(self.space, relate("hub", "other hub"))

    async def ask(self, near: Pattern, far: Pattern, life: Life = Life.LIVE) -> tuple[list[set[str]], int]:
        """The names at the ends of what is found, and how many records were looked at."""
        self.store.looked.clear()
        criteria = Criteria((near,), (far,), life=life)
        page = await traverse.find(self.store, self.space, criteria, after=None, limit=100)
        assert not page.more
        return [{r.source.entity.id, r.target.entity.id} for r in page.found], sum(self.store.looked)


@pytest.fixture(params=["memory", "neo4j"])
def store(request: pytest.FixtureRequest) -> WatchedMemory | WatchedGraph:
    if request.param == "memory":
        return WatchedMemory(clock=now, mint=Minter().mint)
    return WatchedGraph(request.getfixturevalue("graph"), request.getfixturevalue("writers"))


@pytest_asyncio.fixture
async def hubs(store: WatchedMemory | WatchedGraph) -> Hubs:
    made = Hubs(store)
    await made.fill()
    return made


async def test_a_search_between_a_hub_and_a_leaf_reads_the_links_of_the_leaf(hubs: Hubs) -> None:
    for near, far in ((HUB, LEAF), (LEAF, HUB)):
        found, looked = await hubs.ask(near, far)
        assert found == [{"hub", "leaf"}]
        assert looked <= 202
    found, looked = await hubs.ask(HUB, STRANGER)
    assert (found, looked) == ([], 202)


async def test_a_search_between_two_hubs_finds_what_joins_them_wherever_it_stands(hubs: Hubs) -> None:
    found, _ = await hubs.ask(HUB, OTHER)
    assert found == [{"hub", "other hub"}]


async def test_a_leaf_on_the_far_side_of_a_kind_is_not_looked_for_among_all(hubs: Hubs) -> None:
    found, looked = await hubs.ask(PUMPS, LEAF)
    assert sorted(map(sorted, found)) == [["hub", "leaf"], ["leaf", "other hub"]]
    assert looked <= traverse.FEW


async def test_pages_from_a_few_links_come_in_the_order_of_ids_and_go_on_from_one(hubs: Hubs) -> None:
    criteria = Criteria((PUMPS,), (LEAF,), life=Life.ALL)
    whole = await traverse.find(hubs.store, hubs.space, criteria, after=None, limit=100)
    ids = [relationship.id for relationship in whole.found]
    assert ids == sorted(ids)
    await hubs.store.write(hubs.space, retire(ids[0]))
    first = await traverse.find(hubs.store, hubs.space, criteria, after=None, limit=1)
    assert ([r.id for r in first.found], first.more) == (ids[:1], True)
    second = await traverse.find(hubs.store, hubs.space, criteria, after=ids[0], limit=1)
    assert ([r.id for r in second.found], second.more) == (ids[1:], False)
