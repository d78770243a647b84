"""The check of the data: sound data is sound, and each way of breaking it is told, that one and no other."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from app.core import rules
from app.core.access import Right
from app.core.identity import Minter
from app.core.model import Author, Commit, Entity, Mention, Proposal
from app.core.relate import Origin, Recording, Retiring
from app.graph import documents
from app.graph.check import check
from app.graph.connection import Connection
from app.graph.findings import MOST_EXAMPLES, Fault
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from tests.graph.own import bring_back, empty, keep, run

ORIGIN = Origin(by=Author(user="somebody"), principal="sub:user:somebody", request_id="a request")
HERE, THERE = "here", "there"
FEEDS, SERVES, GONE = (f"00000000-0000-7000-8000-00000000000{digit}" for digit in (1, 2, 3))
# Ids of one relationship each, for the statements below.
IDS = {"feeds": FEEDS, "serves": SERVES, "gone": GONE}


@asynccontextmanager
async def storing(connection: Connection) -> AsyncIterator[GraphStore]:
    """A store with writers of its own."""
    writers = Writers(connection, Gathering(), clock=lambda: time.time_ns() // 1000, mint=Minter().mint)
    yield GraphStore(connection, writers)
    await writers.close()


def pump(id: str, space: str | None = None) -> Mention:
    return Mention(Entity("apollo", "Pump", id), space=space)


async def record(store: GraphStore, space: str, policy: rules.Policy, *items: Proposal) -> None:
    await store.write(space, Recording(policy=policy, items=items, origin=ORIGIN))


async def write_all(store: GraphStore) -> None:
    """Two spaces written in all three formats: updates, deletions, and one id in both spaces between the same ends."""
    for space in (HERE, THERE):
        await store.found(space, {ORIGIN.principal: Right.OWNER, "sub:user:reader": Right.READONLY})
    feeds = Proposal(FEEDS, "feeds", pump("p1"), pump("p2"))
    await record(store, HERE, rules.APOLLO, feeds, Proposal(GONE, "feeds", pump("p1"), pump("p3")))
    await record(store, HERE, rules.APOLLO, feeds._replace(fields={"customData": {"pressure": 1.5}}))
    await record(store, HERE, rules.AUTODESK, Proposal(SERVES, "related", pump("p2"), pump("p4")))
    await record(store, HERE, rules.SAS, Proposal(None, "Contains", pump("p3"), pump("p4")))
    await store.write(HERE, Retiring(ids=[GONE], origin=ORIGIN))
    await record(store, THERE, rules.APOLLO, Proposal(FEEDS, "feeds", pump("p1", HERE), pump("p2", HERE)))
    await record(store, THERE, rules.APOLLO, Proposal(SERVES, "serves", pump("new"), pump("p9", "nowhere yet")))


@pytest_asyncio.fixture(scope="module")
async def written(migrated: Connection) -> dict[str, Any]:
    """What stands in the database once all of it is written."""
    await empty(migrated)
    async with storing(migrated) as store:
        await write_all(store)
    return await keep(migrated)


@pytest_asyncio.fixture
async def sound(migrated: Connection, written: dict[str, Any]) -> Connection:
    """The database with that in it, and nothing else."""
    await bring_back(migrated, written)
    return migrated


async def test_sound_data_is_sound_and_what_was_counted_is_said(sound: Connection) -> None:
    report = await check(sound)
    assert report.ok, report.text()
    counted = {"spaces": 2, "records": 6, "live records": 5, "edges": 5, "entities": 6, "versions": 2, "changes": 8}
    assert {what: report.counted[what] for what in counted} == counted
    assert report.text().endswith("sound")
    assert "6  records" in report.text()
    assert not report.disturbed


async def test_an_empty_database_is_sound(migrated: Connection) -> None:
    await empty(migrated)
    report = await check(migrated)
    assert report.ok, report.text()


RECORD = "MATCH (space:Space {id: 'here'}) MATCH (r:Relationship {key: space.prefix + ':' + "
BROKEN = {
    "an edge is gone": ("MATCH ()-[x:related {id: $serves}]->() DELETE x", {Fault.EDGE}),
    "an edge stands twice": (
        "MATCH (a)-[x:related {id: $serves}]->(b) CREATE (a)-[:related {id: $serves}]->(b)",
        {Fault.EDGE},
    ),
    "an edge has another type": (
        "MATCH (a)-[x:related {id: $serves}]->(b) DELETE x CREATE (a)-[:serves {id: $serves}]->(b)",
        {Fault.EDGE, Fault.STRAY_EDGE},
    ),
    "an edge runs the other way": (
        "MATCH (a)-[x:related {id: $serves}]->(b) DELETE x CREATE (b)-[:related {id: $serves}]->(a)",
        {Fault.EDGE, Fault.STRAY_EDGE},
    ),
    "an edge has no record": ("MATCH (a:Entity) LIMIT 1 CREATE (a)-[:feeds {id: 'x'}]->(a)", {Fault.STRAY_EDGE}),
    "an edge has no entities": ("CREATE (:Other)-[:feeds {id: 'x'}]->(:Other)", {Fault.STRAY_EDGE}),
    "a deleted record has an edge": (
        "MATCH (a:Entity {id: 'p1'}), (b:Entity {id: 'p3'}) CREATE (a)-[:feeds {id: $gone}]->(b)",
        {Fault.STRAY_EDGE},
    ),
    "a frozen hash is another": (RECORD + "$feeds}) SET r.frozen = r.frozen + 1", {Fault.FROZEN}),
    "a frozen field is another": (
        RECORD + "$serves}) SET r.document = replace(r.document, ']]', '],{\"brickRelationshipName\":\"x\"}]')",
        {Fault.FROZEN},
    ),
    "a pair key is missing": (RECORD + "$serves}) REMOVE r.pairKey", {Fault.PAIR}),
    "a pair key is another": (RECORD + "$serves}) SET r.pairKey = 'another'", {Fault.PAIR}),
    "a pair key stands where none belongs": (RECORD + "$feeds}) SET r.pairKey = 'one'", {Fault.PAIR}),
    "a pair key stayed on a deleted record": (RECORD + "$gone}) SET r.pairKey = 'one'", {Fault.PAIR}),
    "a space says that all go by a rule that some don't": (
        "MATCH (s:Space {id: 'there'}) SET s.pairs = 'ORDERED:' + s.seq",
        {Fault.PAIR},
    ),
    "a record names another source": (RECORD + "$feeds}) SET r.s = r.n", {Fault.ENDS, Fault.EDGE}),
    "a deleted record names another target": (RECORD + "$gone}) SET r.t = r.n", {Fault.ENDS}),
    "an ordinal is given twice": (
        RECORD + "$feeds}) MATCH (q:Relationship {key: space.prefix + ':' + $serves}) SET r.n = q.n",
        {Fault.ORDINAL},
    ),
    "an ordinal was never given out": (RECORD + "$feeds}) SET r.n = r.n + 1000", {Fault.ORDINAL}),
    "a record is younger than its space": (RECORD + "$feeds}) SET r.createdAt = r.createdAt * 2", {Fault.CREATED}),
    "a space forgot its last instant": ("MATCH (s:Space {id: 'there'}) SET s.lastCreatedAt = 1", {Fault.CREATED}),
    "a record can't be read": (RECORD + "$feeds}) SET r.document = '{'", {Fault.UNREADABLE}),
    "a record lost its ordinal": (RECORD + "$feeds}) REMOVE r.n", {Fault.UNREADABLE}),
    "a record belongs to no space": ("CREATE (:Relationship {key: 'nowhere:1', n: 1})", {Fault.STRAY_RECORD}),
    "a record has no key": ("CREATE (:Relationship {n: 1})", {Fault.STRAY_RECORD}),
    "an earlier version is gone": ("MATCH (v:Version {version: 1}) LIMIT 1 DELETE v", {Fault.VERSION}),
    "a version is of no record": ("CREATE (:Version {recordKey: 'x:1', version: 1})", {Fault.STRAY_VERSION}),
    "a version can't be read": ("MATCH (v:Version) LIMIT 1 SET v.document = '['", {Fault.UNREADABLE}),
    "a version has another number": ("MATCH (v:Version) LIMIT 1 SET v.seq = v.seq + 1", {Fault.HISTORY}),
    "a record has another number": (RECORD + "$feeds}) SET r.seq = r.seq + 1", {Fault.HISTORY}),
    "a record skipped a version": (
        RECORD + "$serves}) SET r.version = r.version + 1",
        {Fault.VERSION, Fault.HISTORY},
    ),
    "a commit is gone": ("MATCH (c:Commit {space: 'here', last: 3}) DELETE c", {Fault.CHAIN}),
    "the last commit is gone": ("MATCH (c:Commit {space: 'here', last: 6}) DELETE c", {Fault.CHAIN}),
    "a commit is of no space": ("MATCH (c:Commit {space: 'here', last: 6}) SET c.space = 'x'", {Fault.CHAIN}),
    "a commit counts otherwise": ("MATCH (c:Commit {space: 'here', last: 3}) SET c.count = 2", {Fault.CHAIN}),
    "a commit went back in time": ("MATCH (c:Commit {space: 'here', last: 4}) SET c.at = 1", {Fault.CHAIN}),
    "a commit can't be read": (
        "MATCH (c:Commit {space: 'here', last: 3}) SET c.changes = null",
        {Fault.CHAIN, Fault.UNREADABLE},
    ),
    "a space is ahead of its commits": ("MATCH (s:Space {id: 'here'}) SET s.seq = s.seq + 1", {Fault.CHAIN}),
    "a space counts other relationships": (
        "MATCH (s:Space {id: 'here'}) SET s.relationships = s.relationships + 1",
        {Fault.COUNTER},
    ),
    "a space counts other entities": ("MATCH (s:Space {id: 'there'}) SET s.entities = 0", {Fault.COUNTER}),
    "a space counts other types": ("MATCH (s:Space {id: 'here'}) SET s.relationshipTypes = 9", {Fault.COUNTER}),
    "a space counts other entity types": (
        "MATCH (s:Space {id: 'here'}) SET s.entityTypes = s.entityTypes + 1",
        {Fault.COUNTER},
    ),
    "the number of spaces fell back": ("MATCH (c:Counter {id: 'spaces'}) SET c.last = 1", {Fault.COUNTER}),
    "two spaces have one number": (
        "MATCH (s:Space {id: 'there'}) SET s.number = 1",
        {Fault.COUNTER, Fault.ORDINAL, Fault.LABEL},
    ),
    "a type counts otherwise": ("MATCH (t:Term {name: 'feeds'}) SET t.live = t.live + 1", {Fault.TERM}),
    "a type is not counted": (
        "MATCH (t:Term {name: 'Contains'}) DELETE t WITH 1 AS x MATCH (s:Space {id: 'here'}) "
        "SET s.relationshipTypes = s.relationshipTypes - 1",
        {Fault.TERM},
    ),
    "a type is of no space": ("CREATE (:Term {key: 'x:relationship:y', kind: 'relationship'})", {Fault.TERM}),
    "a space has no owner": ("MATCH (g:Grant {space: 'here', right: 'owner'}) DELETE g", {Fault.OWNER}),
    "a space has another identity": ("MATCH (s:Space {id: 'here'}) SET s.uuid = 'x'", {Fault.SPACE}),
    "an entity lost its label": ("MATCH (e:Entity {id: 'p3'}) REMOVE e:Pump", {Fault.LABEL}),
    "a label is gone": ("MATCH (e:Pump) REMOVE e:Pump", {Fault.LABEL}),
    "a label is not counted": (
        "MATCH (t:Term {kind: 'entity'}) MATCH (s:Space {id: 'here'}) WHERE t.key STARTS WITH s.prefix "
        "SET s.entityTypes = 0 DELETE t",
        {Fault.LABEL},
    ),
    "an entity has one label more": ("MATCH (e:Entity {id: 'p1'}) SET e:Valve", {Fault.LABEL}),
    "an entity has another identity": ("MATCH (e:Entity {id: 'new'}) SET e.id = 'other'", {Fault.ENTITY}),
    "an entity is found by another name": ("MATCH (e:Entity {id: 'new'}) SET e.name = 'x'", {Fault.ENTITY}),
    "an entity has no key": ("CREATE (:Entity {id: 'lost'})", {Fault.ENTITY}),
    "an entity can't be read": (
        "MATCH (e:Entity {id: 'new'}) SET e.n = 'x'",
        {Fault.UNREADABLE, Fault.ENDS, Fault.COUNTER},
    ),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_data_that_is_broken_is_told_as_that_and_nothing_else(sound: Connection, how: str) -> None:
    statement, faults = BROKEN[how]
    used = {name: id for name, id in IDS.items() if f"${name}" in statement}
    await run(sound, statement, **used)
    report = await check(sound, page=3)
    assert set(report.faults) == faults, report.text()
    assert all(report.examples[fault] and report.faults[fault] > 0 for fault in faults), report.text()
    assert not report.ok
    assert report.text().endswith("NOT SOUND")
    assert all(fault.value in report.text() for fault in faults)


async def test_entities_older_than_the_label_of_their_type_are_sound_without_it(sound: Connection) -> None:
    await run(sound, "MATCH (e:Entity {id: 'p1'}) REMOVE e:Pump")
    report = await check(sound)
    assert report.ok, report.text()


async def test_a_commit_that_tells_what_did_not_happen_is_told(sound: Connection) -> None:
    rows = await run(sound, "MATCH (c:Commit {space: 'here', last: 4}) RETURN c.changes AS changes")
    (change,) = documents.read_changes(rows[0]["changes"])
    for other in (change._replace(action="d"), change._replace(type="feeds"), change._replace(id=SERVES[:-1] + "9")):
        packed = documents.write_changes(Commit((other,), 0, Author(), None, None))
        await run(sound, "MATCH (c:Commit {space: 'here', last: 4}) SET c.changes = $packed", packed=packed)
        report = await check(sound)
        assert set(report.faults) == {Fault.HISTORY}, report.text()


async def test_constraints_that_are_gone_are_told(sound: Connection) -> None:
    await run(sound, "DROP INDEX relationship_source")
    report = await check(sound)
    await run(sound, "CREATE INDEX relationship_source FOR (r:Relationship) ON (r.s, r.n)")
    # The next test's check would tell of an index that is still being filled.
    await run(sound, "CALL db.awaitIndexes(60)")
    assert set(report.faults) == {Fault.SCHEMA}
    assert report.examples[Fault.SCHEMA] == ["missing: index Relationship(s, n)"]


async def test_many_faults_of_a_kind_are_all_counted_and_ten_are_shown(sound: Connection) -> None:
    await run(sound, "MATCH (a:Entity {id: 'p1'}) UNWIND range(1, 25) AS i CREATE (a)-[:feeds {id: toString(i)}]->(a)")
    report = await check(sound)
    assert report.faults == {Fault.STRAY_EDGE: 25}
    assert len(report.examples[Fault.STRAY_EDGE]) == MOST_EXAMPLES


@pytest.mark.parametrize("page", [1, 2, 7])
async def test_the_size_of_a_page_changes_nothing(sound: Connection, page: int) -> None:
    whole = await check(sound)
    assert dict((await check(sound, page=page)).counted) == dict(whole.counted)


async def test_data_that_is_written_meanwhile_is_not_called_broken(sound: Connection) -> None:
    async def write() -> None:
        async with storing(sound) as store:
            for number in range(30):
                await record(store, HERE, rules.SAS, Proposal(None, "Contains", pump(f"a{number}"), pump(f"b{number}")))

    writing = asyncio.create_task(write())
    report = await check(sound, page=2)
    await writing
    assert report.ok or report.disturbed, report.text()
    assert (await check(sound)).ok


async def test_the_document_of_a_space_is_json(sound: Connection) -> None:
    rows = await run(sound, "MATCH (s:Space) RETURN s.settings AS settings")
    assert [json.loads(row["settings"]) for row in rows] == [{}, {}]
