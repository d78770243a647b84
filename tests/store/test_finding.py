"""Both stores find entities, and look over a space, alike and as brute force does."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import pytest_asyncio

from app.core import facets, finding
from app.core.declare import Declaring, Statement, Withdrawing
from app.core.finding import Place, Wanted
from app.core.graphs import Cut, Node, Scope
from app.core.identity import Minter
from app.core.model import Author, Entity, EntityRecord, Mention, Proposal, Stamp
from app.core.rules import APOLLO
from app.core.words import describe, list_words
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.graph.own import run
from tests.memory import MemoryStore
from tests.store.test_questions import FAR, Twins, thing
from tests.store.writing import ORIGIN, now, own_writers, proposal, recording

IDS = (
    "AHU-05",
    "ahu_05",
    "VAV_12.a",
    "vav 12",
    "SupplyAirTemp",
    "Straße 7",
    "/reports/Leaks",
    "ΣΊΣΥΦΟΣ",
    "-",
    "x:y:ahu",
)
NAMES = ("AHU five", "Supply Air", 'Zone "7" \\ north', "ahu", "Été", "vav")
ASKED = (
    "ahu",
    "AHU 05",
    "05",
    "vav",
    "temp",
    "air supply",
    "7",
    "straße",
    "leaks",
    "été",
    "σίσ",
    "brick",
    "x:y",
    "AHU_05",
)


@pytest_asyncio.fixture
async def twins(graph: Connection) -> Any:
    writers = own_writers(graph)
    yield Twins(MemoryStore(clock=now, mint=Minter().mint), GraphStore(graph, writers), random.Random(7))
    await writers.close()


async def furnish(twins: Twins) -> None:
    """Things by all these ids and names, some of which are only ends, some deleted, one of another space."""
    draw = twins.random
    things = [Entity("apollo", "entity", id) for id in IDS]
    said = [
        Statement(thing, {"entityType": draw.choice(("Brick__AHU", "SupplyFan")), "entityName": draw.choice(NAMES)})
        for thing in things
    ]
    rows = [proposal(id, draw.choice(IDS), twins.mint(), "feeds") for id in IDS]
    await twins.write(twins.space, recording(APOLLO, *rows))
    await twins.write(twins.space, Declaring(items=said[:7], origin=ORIGIN))
    await twins.write(twins.space, Withdrawing(entity=things[2], origin=ORIGIN))
    renamed = Statement(things[0], {**said[0].fields, "entityName": "renamed ahu"})
    await twins.write(twins.space, Declaring(items=[renamed], origin=ORIGIN))
    await twins.write(twins.other, recording(APOLLO, proposal("AHU-05", "ahu far", twins.mint(), "feeds")))


async def find_all(store: Any, space: str, wanted: Wanted, limit: int) -> list[Node]:
    found: list[Node] = []
    after: Place | None = None
    while True:
        page = await finding.find(store, Scope(space), wanted, after=after, limit=limit)
        assert len(page.nodes) <= limit
        found += page.nodes
        if page.after is None:
            return found
        after = page.after


async def test_entities_are_found_by_words_ids_names_and_kinds_however_they_are_paged(twins: Twins) -> None:
    await furnish(twins)
    everything = {record.entity: record for record in twins.memory._references(twins.space).values()}
    asked = [Wanted(text=text) for text in ASKED]
    asked += [Wanted(id=id) for id in IDS] + [Wanted(name=name.upper()) for name in NAMES]
    asked += [Wanted(), Wanted(kind="SupplyFan"), Wanted(kind="Pump"), Wanted(domain="apollo"), Wanted(type="Pump")]
    asked += [Wanted(text="ahu", kind="Brick__AHU"), Wanted(text="ahu", domain="plant"), Wanted(text="- ,")]
    fruitful = 0
    for n, wanted in enumerate(asked):
        expected = {entity for entity, record in everything.items() if wanted.admits(record) and wanted.text != "- ,"}
        fruitful += bool(expected)
        for store in (twins.memory, twins.neo4j):
            found = await find_all(store, twins.space, wanted, (2, 100, 100)[n % 3])
            assert sorted(node.entity for node in found) == sorted(expected), wanted
    assert fruitful > 25


async def test_what_is_spelled_so_comes_first_and_then_what_begins_so(twins: Twins, graph: Connection) -> None:
    await furnish(twins)
    await run(graph, "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    for store in (twins.memory, twins.neo4j):
        found = await find_all(store, twins.space, Wanted(text="ahu"), 2)
        labels = [[text.lower() for text in (node.name, node.entity.id) if text] for node in found]
        tiers = [0 if "ahu" in texts else 1 if any(text.startswith("ahu") for text in texts) else 2 for texts in labels]
        assert len(found) > 3
        assert tiers[:-1] == sorted(tiers)[:-1]  # the last may be one whose words the index cuts otherwise


@pytest.mark.parametrize(
    ("text", "words"),
    [("Supply_airTemp 7", ["supply", "airtemp", "7"]), ("ÉTÉ", ["été"]), ("--", []), ("a1-b2", ["a1", "b2"])],
)
def test_words_are_runs_of_letters_and_digits(text: str, words: list[str]) -> None:
    assert list_words(text) == words


def test_what_stands_between_humps_is_a_word_too() -> None:
    stamp = Stamp(1, Author())
    record = EntityRecord(Entity("d", "t", "x"), 1, 1, stamp, stamp, {"name": "SupplyAirTemp"})
    assert describe(record) == {"x", "t", "supplyairtemp", "supply", "air", "temp"}


async def name_from_elsewhere(twins: Twins) -> None:
    """Another space links to an orphan of this one, and to what this one has never heard of."""
    await twins.write(twins.space, Declaring(items=[Statement(thing(30), {"entityType": "Alone"})], origin=ORIGIN))
    links = [
        Proposal(twins.mint(), "feeds", Mention(thing(FAR)), Mention(thing(n), None, twins.space)) for n in (30, 31)
    ]
    await twins.write(twins.other, recording(APOLLO, *links))


async def test_kinds_that_have_no_label_are_counted_too(graph: Connection) -> None:
    writers = own_writers(graph, labels=1)
    twins = Twins(MemoryStore(clock=now, mint=Minter().mint), GraphStore(graph, writers), random.Random(0))
    links = [Proposal(twins.mint(), "feeds", Mention(thing(n)), Mention(thing(n + 1))) for n in range(4)]
    await twins.write(twins.space, recording(APOLLO, *links))
    for store in (twins.memory, twins.neo4j):
        assert (await facets.look_over(store, Scope(twins.space))).kinds == {"entity": 3, "Pump": 2}
    await writers.close()


@pytest.mark.parametrize("look", [3, 20_000])
async def test_the_facets_of_a_space_are_what_brute_force_counts(twins: Twins, look: int, monkeypatch: Any) -> None:
    await twins.grow(30, hub=12)
    await furnish(twins)
    await name_from_elsewhere(twins)
    monkeypatch.setattr(facets, "AT_ONCE", look)
    own, links = twins.memory.own(twins.space), twins.memory.links(twins.space)
    degree = Counter(ref for link in links for ref in {link.source, link.target})
    for store in (twins.memory, twins.neo4j):
        found = await facets.look_over(store, Scope(twins.space))
        assert found.kinds == Counter(node.kind for node in own.values())
        assert found.types == Counter(link.type for link in links)
        assert found.orphans == len([ref for ref in own if not degree[ref]])
        ranked = sorted(((ref, degree[ref]) for ref in own if degree[ref]), key=lambda pair: (-pair[1], pair[0]))
        assert [(node.ref, links) for node, links in found.hubs] == ranked[:10]
        assert [node.ref for node in found.lone] == [ref for ref in own if not degree[ref]][:5]
        assert (found.extent.relationships, found.cut) == (len(links), None)


async def test_there_is_nothing_in_a_space_that_is_not_there(twins: Twins) -> None:
    for store in (twins.memory, twins.neo4j):
        found = await facets.look_over(store, Scope(twins.mint()))
        assert (found.kinds, found.types, found.hubs, found.orphans, found.extent.entities) == ({}, {}, [], 0, 0)


async def test_facets_say_when_they_were_cut(twins: Twins, monkeypatch: Any) -> None:
    await twins.grow(20)
    monkeypatch.setattr(facets, "AT_ONCE", 2)
    monkeypatch.setattr(facets, "MOST_PASSED", 4)
    for store in (twins.memory, twins.neo4j):
        found = await facets.look_over(store, Scope(twins.space))
        assert found.cut is Cut.ENTITIES
        assert sum(found.kinds.values()) == 4
