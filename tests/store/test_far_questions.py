"""Far questions on random graphs with cycles, parallel links, loops and guests: both stores answer as brute force does."""

from __future__ import annotations

import asyncio
import os
import uuid
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.core.cycles import find_cycles
from app.core.graphs import BOTH, IN, OUT, Along, Cut, Link, Scope
from app.core.identity import Minter, space_name
from app.core.impact import assess
from app.core.intersect import intersect
from app.core.islands import find_islands
from app.core.model import Entity
from app.core.paths import Route, find_all, find_shortest
from app.core.rules import APOLLO
from app.graph.connection import Connection
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from tests.memory import MemoryStore
from tests.store import brute
from tests.store.writing import OWNER, end, now, proposal, recording, retire

LONG = bool(os.environ.get("TERCET_TEST_LONG"))
NAMES = "abcdefg"
TYPES = ("feeds", "hasPart", "related")


class Drawn(NamedTuple):
    """A link of a random graph. ``place``: in the space, out of it or into it, or another space's between its entities."""

    source: str
    target: str
    type: str
    place: str
    deleted: bool


drawn_links = st.lists(
    st.builds(
        Drawn,
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from(TYPES),
        st.sampled_from(["own"] * 8 + ["out", "in", "abroad"]),
        st.sampled_from([False] * 7 + [True]),
    ),
    min_size=1,
    max_size=22,
)
alongs = st.builds(
    Along,
    st.sampled_from([OUT, IN, BOTH]),
    st.sampled_from([None, frozenset({"feeds"}), frozenset({"feeds", "related"}), frozenset({"nothing"})]),
)
questions = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), alongs, st.integers(1, 7)), min_size=3, max_size=3
)


async def write(stores: list[Any], space: str, other: str, links: list[Drawn]) -> None:
    """The same links, by the same ids, in every store; every name is an entity of the space."""
    seed = [proposal(name, "z", str(uuid.uuid4()), "anchored") for name in NAMES]
    own, abroad, gone = [*seed], [], [each.id for each in seed]
    for each in links:
        id = str(uuid.uuid4())
        made = proposal(each.source, each.target, id, each.type)
        match each.place:
            case "out":
                own.append(made._replace(target=end(each.target, other)))
            case "in":
                own.append(made._replace(source=end(each.source, other)))
            case "abroad":
                abroad.append(made._replace(source=end(each.source, space)))
            case _:
                own.append(made)
        if each.deleted and each.place != "abroad":
            gone.append(id)
    for store in stores:
        for where, batch in ((space, own), (other, abroad)):
            if batch:
                await store.write(where, recording(APOLLO, *batch), founder=OWNER)
        await store.write(space, retire(*map(str, gone)))


class Asked(NamedTuple):
    """A store, the space and what is true of it."""

    store: Any
    space: str
    links: list[Link]
    own: set[str]

    @property
    def scope(self) -> Scope:
        return Scope.begin(self.space)


def ref(space: str, name: str) -> str:
    return space_name(space).entity_id(Entity("plant", "Pump", name))


async def ask_all(asked: Asked, question: tuple[str, str, Along, int]) -> None:
    source, target, along, steps = ref(asked.space, question[0]), ref(asked.space, question[1]), *question[2:]
    route = Route(source, target, along, steps)
    wanted = brute.paths(asked.links, asked.own, source, target, along, steps)
    every = await find_all(asked.store, asked.scope, route)
    assert every.paths == wanted[:100]
    assert every.graph.cut == (Cut.ROWS if len(wanted) > 100 else None)
    for most in (1, 3):
        few = await find_shortest(asked.store, asked.scope, route, most=most)
        assert few.paths == wanted[:most]
        assert set(few.graph.links) == {id for _, ids in wanted[:most] for id in ids}
        assert set(few.graph.nodes) == {ref for refs, _ in wanted[:most] for ref in refs}
    impact = await assess(asked.store, asked.scope, source, along, steps=steps, limit=1_000)
    reached = brute.reached(asked.links, asked.own, source, along, steps)
    assert impact.reached == reached
    assert set(impact.graph.nodes) == {source, *(each[0] for each in reached)}
    assert sum(count for _, count in impact.by_kind) == len(reached)
    for limit in (1, 3):
        first = await assess(asked.store, asked.scope, source, along, steps=steps, limit=limit)
        assert first.reached == reached[:limit]
        assert (first.graph.cut is Cut.ENTITIES) == (len(reached) > limit)
    met = await intersect(asked.store, asked.scope, [source, target], along, limit=100)
    shared = brute.common(asked.links, asked.own, sorted({source, target}), along)
    assert met.shared == shared
    steps_of = await asked.store.common(asked.scope, {source, target}, along, look=100)
    assert {link.id for link in steps_of.links} == {id for _, ids in shared for id in ids}
    assert steps_of.whole


async def ask_whole(asked: Asked) -> None:
    for types in (frozenset({"feeds"}), frozenset({"related"}), frozenset(TYPES)):
        cycles = await find_cycles(asked.store, asked.scope, types, longest=5, limit=1_000)
        assert cycles.graph.cut is None
        assert cycles.cycles == brute.cycles(asked.links, asked.own, types, 5)
    for chosen in (None, frozenset({"hasPart"})):
        found = await find_islands(asked.store, asked.scope, chosen, limit=3)
        groups = brute.islands(asked.links, asked.own, chosen)
        assert found.count == len(groups)
        assert [each.size for each in found.islands] == [len(group) for group in groups[:3]]
        assert found.alone == len(asked.own) - sum(map(len, groups))
        for island in found.islands:
            refs = {node.ref for node in island.sample}
            assert len(refs) == min(5, island.size)
            assert any(refs <= group and len(group) == island.size for group in groups)


async def test_both_stores_answer_as_brute_force_does(graph: Connection) -> None:
    loop = asyncio.get_running_loop()
    writers = Writers(graph, Gathering(), clock=now, mint=Minter().mint)
    neo4j = GraphStore(graph, writers)

    async def check(links: list[Drawn], asked: list[tuple[str, str, Along, int]]) -> None:
        memory, space, other = MemoryStore(clock=now, mint=Minter().mint), str(uuid.uuid4()), str(uuid.uuid4())
        await write([memory, neo4j], space, other, links)
        truth = memory.links(space), set(memory.own(space))
        for store in (memory, neo4j):
            for question in asked:
                await ask_all(Asked(store, space, *truth), question)
            await ask_whole(Asked(store, space, *truth))

    @settings(
        max_examples=400 if LONG else 12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if LONG else [])],
        print_blob=True,
    )
    @given(links=drawn_links, asked=questions)
    def try_it(links: list[Drawn], asked: list[tuple[str, str, Along, int]]) -> None:
        asyncio.run_coroutine_threadsafe(check(links, asked), loop).result(120)

    await asyncio.to_thread(try_it)
    await writers.close()
