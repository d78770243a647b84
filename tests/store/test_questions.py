"""Both stores answer questions alike, and as brute force does, on random graphs with cycles, multi-edges and loops."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from app.core import neighbourhood
from app.core.declare import Declaring, Statement
from app.core.errors import EntityMissing, OutOfTime
from app.core.graphs import BOTH, IN, OUT, Along, Bunch, Cut, Link, Scope
from app.core.identity import Minter, space_name
from app.core.model import Entity, Mention, Proposal
from app.core.neighbourhood import Neighbourhood, Reach
from app.core.rules import APOLLO, AUTODESK
from app.graph import asking_fans
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.store.writing import ORIGIN, OWNER, now, own_writers, recording, retire

TYPES = ("feeds", "isPartOf", "rare")
KINDS = ("Brick__AHU", "Brick__VAV")
FAR = 40


def thing(n: int) -> Entity:
    return Entity("apollo", "entity", f"e{n}") if n % 3 else Entity("plant", "Pump", f"p{n}")


@dataclass
class Twins:
    """One random graph in both stores; entities from FAR on belong to another space, which links into this one."""

    memory: MemoryStore
    neo4j: GraphStore
    random: random.Random
    space: str = field(default_factory=lambda: str(uuid.uuid4()))
    other: str = field(default_factory=lambda: str(uuid.uuid4()))

    async def write(self, space: str, batch: Any) -> None:
        for store in (self.memory, self.neo4j):
            await store.write(space, batch, founder=OWNER)

    def mint(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def mention(self, n: int) -> Mention:
        return Mention(thing(n), None, self.other if n >= FAR else None)

    def ref(self, n: int) -> str:
        return space_name(self.other if n >= FAR else self.space).entity_id(thing(n))

    async def grow(self, links: int, *, hub: int = 0) -> None:
        """Some links; the entity 1 has ``hub`` more, of two types."""
        rows, draw = [], self.random
        for n in range(links + hub):
            source, target = draw.randrange(12), draw.choice([*range(12), *range(12), FAR, FAR + 1])
            if n >= links:
                source, target = (1, 2 + n % 9) if n % 4 else (2 + n % 9, 1)
            ends = self.mention(source), self.mention(target)
            rows.append(Proposal(self.mint(), draw.choice(TYPES), *ends))
        plain = [row._replace(id=self.mint(), type="related") for row in rows[::3]]
        pairs = {frozenset((row.source.entity, row.target.entity)): row for row in plain if row.target.space is None}
        distinct = [row for pair, row in pairs.items() if len(pair) == 2]
        declared = [
            Statement(thing(n), {"entityType": draw.choice(KINDS), "entityName": f"Unit {n}"}) for n in (1, 2, 4, 5)
        ]
        await self.write(self.space, recording(APOLLO, *rows))
        await self.write(self.space, recording(AUTODESK, *distinct))
        await self.write(self.space, Declaring(items=declared, origin=ORIGIN))
        await self.write(self.space, retire(*[row.id for row in draw.sample(rows, len(rows) // 6)]))
        # What another space says of these entities is not in this space's graph.
        home = [Mention(thing(n), None, self.space) for n in range(5)]
        reaching = [Proposal(self.mint(), "feeds", Mention(thing(FAR + n % 2)), home[n % 5]) for n in range(9)]
        await self.write(self.other, recording(APOLLO, *reaching))


@pytest_asyncio.fixture
async def twins(graph: Connection, request: pytest.FixtureRequest) -> Any:
    writers = own_writers(graph)
    yield Twins(
        MemoryStore(clock=now, mint=Minter().mint), GraphStore(graph, writers), random.Random(request.node.name)
    )
    await writers.close()


def level(found: Neighbourhood) -> Any:
    """Without the number of the space in ordinals, which each store counts for itself."""
    bunches = sorted(bunch._replace(place=bunch.place & (1 << 40) - 1) for bunch in map(order, found.bunches))
    return dict(found.graph.nodes), dict(found.graph.links), found.graph.cut, bunches


def order(bunch: Bunch) -> Bunch:
    return bunch._replace(direction=bunch.direction.name)  # type: ignore[arg-type]


Spread = tuple[set[str], set[str]]


def spread(links: Collection[Link], own: Collection[str], starts: Collection[str], along: Along, steps: int) -> Spread:
    """By brute force: the refs and link ids within some steps, when no walk leaves a guest."""
    met, gone, edge = set(starts), set(), set(starts)
    for _ in range(steps):
        far = set()
        for link in links:
            for near, there in ((link.source, link.target), (link.target, link.source)):
                forward = near == link.source and along.direction in (OUT, BOTH)
                backward = near == link.target and along.direction in (IN, BOTH)
                goes = forward or backward or link.type == "related"
                if near in edge and near in own and goes and (along.types is None or link.type in along.types):
                    gone.add(link.id)
                    far.add(there)
        edge = far - met
        met |= far
    return met, gone


@pytest.mark.parametrize("seed", range(6))
async def test_a_neighbourhood_is_what_brute_force_finds_in_both_stores(
    twins: Twins, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twins.grow(10 + 8 * seed, hub=15 * (seed % 2))
    draw, scope = twins.random, Scope(twins.space)
    own, links = twins.memory.own(twins.space), twins.memory.links(twins.space)
    whole = 0
    for _ in range(30):
        starts = draw.sample(sorted(own), draw.randrange(1, 4))
        types = None if draw.random() < 0.5 else frozenset(draw.sample((*TYPES, "related", "none"), 2))
        along = Along(draw.choice([OUT, IN, BOTH]), types)
        kinds = None if draw.random() < 0.7 else frozenset(draw.sample((*KINDS, "entity", "Pump"), 2))
        monkeypatch.setattr(asking_fans, "MOST_IN_CROWD", draw.choice([0, 9, 1000]))
        monkeypatch.setattr(asking_fans, "MOST_AHEAD", draw.choice([0, 3, 200]))
        reach = Reach(draw.randrange(1, 6), draw.choice([4, 5000, 5000, 5000]), draw.choice([1, 2, 1000, 1000]), kinds)
        found, twin = [
            await neighbourhood.explore(store, scope, starts, along, reach) for store in (twins.memory, twins.neo4j)
        ]
        assert level(found) == level(twin), (starts, along, reach)
        assert len(found.graph.nodes) <= max(reach.entities, len(starts))
        shown = {ref for link in found.graph.links.values() for ref in (link.source, link.target)}
        assert shown <= found.graph.nodes.keys()
        if reach.each == 1000 and kinds is None:
            whole += found.graph.cut is None
            expected = spread(links, own, starts, along, reach.steps)
            met, gone = set(found.graph.nodes), set(found.graph.links)
            assert met <= expected[0]
            assert gone <= expected[1]
            assert (found.graph.cut is None) == ((met, gone) == expected), (starts, along, reach)
    assert whole


@pytest.mark.parametrize("crowd", [0, 1000])
@pytest.mark.parametrize("seed", range(2))
async def test_degrees_and_bunches_are_counted_and_read_on_without_gap_or_repeat(
    twins: Twins, seed: int, crowd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_fans, "MOST_IN_CROWD", crowd)
    await twins.grow(30, hub=30 * seed)
    scope, own = Scope(twins.space), twins.memory.own(twins.space)
    for ref in own:
        card, twin = await twins.memory.card(scope, ref), await twins.neo4j.card(scope, ref)
        assert card is not None
        assert twin is not None
        degrees = card.degrees
        assert (degrees, card.record.entity) == (twin.degrees, twin.record.entity)
        assert sum(each.links for each in degrees if each.direction is not IN) or not [
            link for link in twins.memory.links(twins.space) if link.leaves(ref, OUT)
        ]
        around = await neighbourhood.explore(twins.neo4j, scope, [ref], Along(), Reach(1, 5000, 2))
        counted = {(each.type, each.direction): each.links for each in degrees}
        assert {(b.type, b.direction) for b in around.bunches} == {pair for pair, links in counted.items() if links > 2}
        for bunch in around.bunches:
            assert bunch.shown + bunch.more == counted[bunch.type, bunch.direction]
            seen: list[str] = []
            place: int | None = bunch.place
            while place is not None:
                rest = await neighbourhood.read_on(
                    twins.neo4j, scope, ref, bunch.type, bunch.direction, after=place, limit=2
                )
                seen, place = [*seen, *rest.graph.links], rest.place
            first = await twins.neo4j.bunch(scope, ref, bunch.type, bunch.direction, after=0, limit=2)
            assert len(seen) == len(set(seen)) == bunch.more
            assert {link.id for link in first.found} <= around.graph.links.keys()
            assert {link.id for link in first.found}.isdisjoint(seen)


async def test_those_beside_an_entity_come_in_the_order_of_refs_guests_among_them(twins: Twins) -> None:
    await twins.grow(60)
    scope, own = Scope(twins.space), twins.memory.own(twins.space)
    for ref in own:
        for along in (Along(OUT), Along(IN, frozenset({"feeds", "related"})), Along()):
            links = [link for link in twins.memory.links(twins.space) if along.admits(link, ref)]
            beside = sorted({link.far(ref): link for link in links})
            for store, limit in ((store, limit) for store in (twins.memory, twins.neo4j) for limit in (1, 2, 99)):
                found = await store.closest(scope, [ref], along, look=200, limit=limit)
                assert sorted(found.ways) == beside[:limit]
                few = await store.closest(scope, [ref], along, look=1, limit=limit)
                assert (found.whole, few.whole and len(links) > 1) == (True, False)
                for far, (near, link) in found.ways.items():
                    assert (near, link) == (ref, min(each for each in links if each.far(ref) == far))


async def test_guests_and_what_is_not_there_are_no_starts(twins: Twins) -> None:
    await twins.grow(20)
    for store in (twins.memory, twins.neo4j):
        for nowhere in (twins.ref(FAR), str(uuid.uuid4())):
            with pytest.raises(EntityMissing):
                await neighbourhood.explore(store, Scope(twins.space), [twins.ref(1), nowhere], Along(), Reach(1, 9, 9))
            with pytest.raises(EntityMissing):
                await neighbourhood.read_on(store, Scope(twins.space), nowhere, "feeds", OUT, after=0, limit=9)
            assert await store.card(Scope(twins.space), nowhere) is None
            assert (await store.step(Scope(twins.space), [nowhere], Along(), limit=9)).links == []


async def test_links_and_time_are_bounds_as_well(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    await twins.grow(30)
    monkeypatch.setattr(neighbourhood, "MOST_LINKS", 4)
    for store in (twins.memory, twins.neo4j):
        found = await neighbourhood.explore(store, Scope(twins.space), [twins.ref(1)], Along(), Reach(5, 5000, 50))
        assert found.graph.cut is Cut.RELATIONSHIPS
        assert len(found.graph.links) <= 4
        with pytest.raises(OutOfTime):
            await store.nodes(Scope.begin(twins.space, seconds=-1), [twins.ref(1)])
