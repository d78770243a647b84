"""The shortest paths that a store knows by itself, between any two entities, along anything."""

from __future__ import annotations

import uuid
from itertools import product
from random import Random

import pytest

from app.core.graphs import BOTH, IN, OUT, Along, Scope
from app.core.identity import Minter
from app.graph.store import GraphStore
from tests.conftest import now
from tests.memory import MemoryStore
from tests.store.test_far_questions import NAMES, TYPES, Drawn, ref, write

CHOICES = (None, frozenset({"feeds"}), frozenset({"feeds", "related"}))


def draw(seed: int, places: list[str]) -> list[Drawn]:
    """Few entities and many links, so that equal lengths, loops and links between the same ends abound."""
    chance = Random(seed)
    return [
        Drawn(chance.choice(NAMES), chance.choice(NAMES), chance.choice(TYPES), chance.choice(places), n % 9 == 0)
        for n in range(20)
    ]


@pytest.mark.parametrize("places", [["own"], ["own", "own", "in", "out", "abroad"]], ids=["alone", "with guests"])
async def test_both_stores_know_the_same_shortest_paths(store: GraphStore, places: list[str]) -> None:
    memory, space = MemoryStore(clock=now, mint=Minter().mint), str(uuid.uuid4())
    await write([memory, store], space, str(uuid.uuid4()), draw(1, places))
    longest = 0
    for source, target, direction, types in product(NAMES, NAMES, (OUT, IN, BOTH), CHOICES):
        asked = ref(space, source), ref(space, target), Along(direction, types)
        wanted = await memory.shortest(Scope.begin(space), *asked, most=3)
        assert await store.shortest(Scope.begin(space), *asked, most=3) == wanted
        longest = max(longest, len(wanted.links[0]) if wanted else 0)
    assert longest > 1
