"""Both stores answer what lists, counts, the feed and versions ask, however it is cut into runs."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest_asyncio

from app.core import chronicle, survey
from app.core.chronicle import ENTITY, RELATIONSHIP, Named, Span, Told
from app.core.declare import Declaring, Statement, Withdrawing
from app.core.errors import TercetError
from app.core.identity import space_name
from app.core.model import Author, Entity, EntityRecord, Mention, Proposal, Relationship
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import APOLLO
from app.core.runs import Run
from app.core.store import Batch
from app.core.survey import Ranked, Sieve
from app.graph.connection import Connection
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from tests.memory import MemoryStore
from tests.store.arrange import found_alike

THINGS = [Entity("apollo", "entity", f"e{n}") for n in range(8)] + [Entity("sas", "resource", "/r")]
TYPES = ("Brick__feeds", "odd", "rare")
KINDS = ("Brick__AHU", "Space", "Relationship_")


def level(value: Any) -> Any:
    """The same without the number of the space in ordinals, which each store counts for itself."""
    if isinstance(value, EntityRecord):
        # The declaration tells its change; the graph repeats that on the node.
        return value._replace(n=value.n & (1 << 40) - 1, seq=0)
    if isinstance(value, Relationship):
        return value._replace(n=value.n & (1 << 40) - 1)
    if isinstance(value, Told):
        return value._replace(state=level(value.state))
    if isinstance(value, Run):
        return Run(level(value.found), value.reached)
    if isinstance(value, dict):
        return {key: level(each) for key, each in value.items()}
    return [level(each) for each in value] if isinstance(value, list) else value


class Twins:
    """The two stores with the same clock, the same ids and the same content."""

    def __init__(self, graph: Connection) -> None:
        self.now, self.space = 1_700_000_000_000_000, str(uuid.uuid4())
        self.name = space_name(self.space)
        self.graph = graph
        self.memory = MemoryStore(clock=self.clock, mint=self._count())
        writers = Writers(graph, Gathering(), clock=self.clock, mint=self._count())
        self.neo4j = GraphStore(graph, writers)
        self.ids = [str(uuid.UUID(int=(4 << 76) + (8 << 60) + n)) for n in range(12)]

    def clock(self) -> int:
        return self.now

    def _count(self) -> Callable[[], str]:
        numbers = iter(range(10_000))
        return lambda: str(uuid.UUID(int=(8 << 124) + next(numbers)))

    async def write(self, batch: Batch) -> None:
        """The same on both; a refusal of the whole batch too."""
        self.now += 3
        for store in (self.memory, self.neo4j):
            try:
                await store.write(self.space, batch)
            except TercetError:
                continue

    async def ask(self, question: Callable[[Any], Any]) -> Any:
        """What both answer."""
        wanted, found = level(await question(self.memory)), level(await question(self.neo4j))
        assert found == wanted
        return found

    async def fill(self, chance: random.Random) -> None:
        origin = Origin(by=Author(subject="u"), principal="owner", request_id="r", transaction_id="t")
        for _ in range(40):
            kind = chance.random()
            if kind < 0.5:
                await self.write(Recording(policy=APOLLO, items=self._propose(chance), origin=origin))
            elif kind < 0.75:
                items = [
                    Statement(thing, {"entityType": chance.choice(KINDS), "entityName": str(chance.random())})
                    for thing in chance.sample(THINGS, 3)
                ]
                await self.write(Declaring(items=items, origin=origin))
            elif kind < 0.9:
                await self.write(Retiring(ids=chance.sample(self.ids, 2), origin=origin))
            else:
                await self.write(Withdrawing(entity=chance.choice(THINGS), origin=origin))

    def _propose(self, chance: random.Random) -> list[Proposal]:
        def mention() -> Mention:
            return Mention(chance.choice(THINGS))

        said = {"relationshipName": str(chance.random())}
        return [
            Proposal(id, chance.choices(TYPES, (6, 4, 1))[0], mention(), mention(), said)
            for id in chance.sample(self.ids, 3)
        ]


@pytest_asyncio.fixture(scope="module")
async def twins(graph: Connection) -> Twins:
    """Both stores, filled alike."""
    made = Twins(graph)
    await found_alike(made.memory, made.neo4j, graph, made.space, {})
    await made.fill(random.Random(11))
    return made


async def walk(page: Callable[[str], Any]) -> list[Any]:
    """All that the pages hold."""
    found, place = [], ""
    while place is not None:
        run = await page(place)
        found += run.found
        place = run.reached
    return found


async def test_lists_are_the_same_however_they_are_cut(twins: Twins) -> None:
    async def relationships(type: str | None, limit: int, store: Any) -> list[Any]:
        return await walk(lambda place: survey.list_relationships(store, twins.space, type, after=place, limit=limit))

    async def entities(kind: str | None, limit: int, store: Any) -> list[Any]:
        return await walk(
            lambda place: survey.list_entities(store, twins.space, Sieve(kind), None, after=place, limit=limit)
        )

    for type, limit in product((None, *TYPES, "never"), (1, 2, 100)):
        found = await twins.ask(partial(relationships, type, limit))
        assert [each.id for each in found] == sorted(each.id for each in found)
        assert {each.type for each in found} <= ({type} if type else set(TYPES))
    for kind, limit in product((None, *KINDS, "never"), (1, 3, 100)):
        found = await twins.ask(partial(entities, kind, limit))
        assert all(each.declared and kind in (None, each.kind) for each in found)


async def test_counts_and_links_are_the_same(twins: Twins) -> None:
    async def links(thing: Entity, types: list[str] | None, limit: int, store: Any) -> list[Any]:
        return await walk(lambda place: survey.list_links(store, twins.space, thing, types, after=place, limit=limit))

    tally = await twins.ask(lambda store: store.tally(twins.space))
    assert sum(tally.relationships.values()) > 3
    assert set(tally.entities) <= set(KINDS)
    for thing, types, limit in product(THINGS, (None, ["odd"], ["odd", "rare"]), (1, 100)):
        found = await twins.ask(partial(links, thing, types, limit))
        assert len({each.id for each in found}) == len(found)


async def test_an_order_by_rank_is_the_same_however_it_is_cut(twins: Twins) -> None:
    async def ranked(store: Any, limit: int) -> list[str]:
        found, after = [], None
        while True:
            run = await survey.rank_entities(
                store, twins.space, Sieve(), lambda each: len(each.kind), after=after, limit=limit
            )
            found += [(len(each.kind), twins.name.entity_id(each.entity)) for each in run.found]
            after = run.reached
            if after is None:
                return found

    whole = await twins.ask(lambda store: ranked(store, 100))
    assert whole == sorted(whole)
    assert await twins.ask(lambda store: ranked(store, 2)) == whole
    assert Ranked(1, "b") > Ranked(1, "a")


async def test_the_history_is_the_same(twins: Twins) -> None:
    async def tell(span: Span, limit: int) -> list[Any]:
        return list(await twins.ask(lambda store: chronicle.tell(store, twins.space, span, limit=limit)))

    whole = await tell(Span(), 1000)
    assert [each.change.seq for each in whole] == list(range(1, len(whole) + 1))
    assert {each.change.action for each in whole} == {"c", "u", "d"}
    told: list[Any] = []
    while page := await tell(Span(first=len(told) + 1), 7):
        told += page
    assert told == whole
    for each in whole[:: len(whole) // 10]:
        assert await tell(Span(since=each.at), 1000) == [other for other in whole if other.at >= each.at]
        assert await tell(Span(until=each.at), 1000) == [other for other in whole if other.at < each.at]


async def test_versions_are_the_same(twins: Twins) -> None:
    async def versions(kind: str, id: str, before: int, limit: int, store: Any) -> list[Any]:
        return list(await store.versions(twins.space, kind, id, before=before, limit=limit))

    feed = await chronicle.tell(twins.memory, twins.space, Span(), limit=1000)
    assert {each.change.kind for each in feed} == {RELATIONSHIP, ENTITY}
    for kind, id in sorted({(each.change.kind, each.change.id) for each in feed}):
        newest = max(each.change.version for each in feed if (each.change.kind, each.change.id) == (kind, id))
        for limit in (1, 50):
            found = await twins.ask(partial(versions, kind, id, newest, limit))
            assert [each.version for each in found] == list(range(newest - 1, 0, -1))[:limit]
    names = [Named(each.change.kind, each.change.id, each.change.version) for each in feed]
    states = await twins.ask(lambda store: store.states(twins.space, names))
    latest = {name[:2]: name for name in names}
    assert set(states) == set(names) - set(latest.values())


async def test_an_unknown_space_is_an_empty_one(twins: Twins) -> None:
    nowhere = str(uuid.uuid4())
    assert await twins.ask(lambda store: survey.list_relationships(store, nowhere, None, after="", limit=5)) == (
        [],
        None,
    )
    assert await twins.ask(lambda store: store.tally(nowhere)) == ({}, {})
    assert await twins.ask(lambda store: chronicle.tell(store, nowhere, Span(), limit=5)) == []
    assert await twins.ask(lambda store: store.instant(nowhere, 1)) is None
