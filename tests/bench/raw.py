"""R2: hand-written statements that store the same nodes, edges, properties, constraints and indexes as the service.

``tests/bench/test_raw.py`` holds them to it: ``tercet check`` finds nothing amiss in a space that was written by hand,
and what is stored of a relationship has the same members.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import neo4j

from app.core.constraints import fingerprint, pair_key
from app.core.identity import Minter, SpaceName, read_apollo_id, space_name
from app.core.model import Author, Change, Commit, End, Entity, EntityRecord, Fields, Relationship, Stamp
from app.core.ontology import derive
from app.core.rules import POLICIES
from app.graph import documents
from app.graph.connection import Connection
from app.graph.facts import term_key

LOCK = """
MATCH (space:Space {id: $space})
SET space.locked = true
RETURN space.seq AS seq, space.ordinal AS ordinal, space.relationships AS relationships, space.entities AS entities
"""
LINKS = """
CALL () {
  UNWIND $p.ends AS row
  CREATE (e:Entity:$(row[1]) {key: row[0], n: row[2], domain: row[3], type: row[4], id: row[5], version: 1,
    recordedAt: row[6], declared: false, document: row[7]})
  RETURN collect(e) AS fresh
}
CALL () {
  UNWIND $p.known AS key
  MATCH (e:Entity {key: key})
  RETURN collect(e) AS found
}
WITH fresh + found AS ends, [e IN fresh + found | e.n] AS numbers
CALL (ends) {
  UNWIND $p.links AS row
  WITH ends[row[0]] AS a, ends[row[1]] AS b, row
  CREATE (a)-[:$(row[2]) {id: row[3]}]->(b)
}
UNWIND $p.links AS row
CREATE (:Relationship {key: row[4], n: row[5], s: numbers[row[0]], t: numbers[row[1]], type: row[2], frozen: row[6],
  pairKey: row[7], version: 1, seq: row[8], createdAt: row[9], document: row[10]})
"""
CLOSE = """
MATCH (space:Space {id: $p.space})
SET space += $p.state
WITH space
CALL () {
  UNWIND $p.terms AS row
  MERGE (t:Term {key: row[0]})
  ON CREATE SET t.kind = row[1], t.name = row[2], t.live = row[3]
  ON MATCH SET t.live = t.live + row[3]
}
CREATE (:Commit {space: $p.space, last: $p.commit[0], count: $p.commit[1], at: $p.commit[2], by: $p.commit[3],
  requestId: $p.commit[4], transactionId: $p.commit[5], write: $p.commit[6], changes: $p.commit[7]})
"""
PUT = """
MATCH (space:Space {id: $p.space})
SET space += $p.state
WITH space
CALL () {
  UNWIND $p.terms AS row
  MERGE (t:Term {key: row[0]})
  ON CREATE SET t.kind = row[1], t.name = row[2], t.live = row[3]
  ON MATCH SET t.live = t.live + row[3]
}
CALL () {
  UNWIND $p.ends AS row
  MERGE (e:Entity {key: row[0]})
  ON CREATE SET e:$(row[1]), e.n = row[2], e.domain = row[3], e.type = row[4], e.id = row[5], e.version = 1,
    e.recordedAt = row[6], e.declared = false, e.document = row[7]
  RETURN collect(e) AS ends, collect(e.n) AS numbers
}
CALL (ends) {
  UNWIND $p.links AS row
  WITH ends[row[0]] AS a, ends[row[1]] AS b, row
  CREATE (a)-[:$(row[2]) {id: row[3]}]->(b)
}
CALL (numbers) {
  UNWIND $p.links AS row
  CREATE (:Relationship {key: row[4], n: row[5], s: numbers[row[0]], t: numbers[row[1]], type: row[2], frozen: row[6],
    pairKey: row[7], version: 1, seq: row[8], createdAt: row[9], document: row[10]})
}
CREATE (:Commit {space: $p.space, last: $p.commit[0], count: $p.commit[1], at: $p.commit[2], by: $p.commit[3],
  requestId: $p.commit[4], transactionId: $p.commit[5], write: $p.commit[6], changes: $p.commit[7]})
"""
OWNER = "sub:user:developer"
COUNTED = ("seq", "ordinal", "relationships", "entities")


class Link(NamedTuple):
    """A relationship before it is stored."""

    id: str
    type: str
    source: Entity
    target: Entity
    policy: str
    fields: Fields


def read_uploads(items: Iterable[dict[str, Any]]) -> list[Link]:
    """Those of an Apollo upload."""
    return [
        Link(
            item["id"],
            item["relationshipType"],
            read_apollo_id(item["sourceEntityId"]),
            read_apollo_id(item["destinationEntityId"]),
            "apollo",
            {**derive(item["relationshipType"]), "relationshipName": item["relationshipName"]},
        )
        for item in items
    ]


def read_bulk(items: Iterable[dict[str, Any]], minter: Minter) -> list[Link]:
    """Those of a SAS bulk request."""
    ends = ("resourceUri", "relatedResourceUri")
    return [
        Link(minter.mint(), item["type"], *(Entity("sas", "resource", item[end]) for end in ends), "sas", {})
        for item in items
    ]


def read_pairs(pairs: Iterable[dict[str, Any]], minter: Minter) -> list[Link]:
    """Those of an Autodesk PUT."""
    return [
        Link(
            minter.mint(),
            "related",
            *(Entity(e["domain"], e["type"], e["id"]) for e in pair["entities"]),
            "autodesk",
            {},
        )
        for pair in pairs
    ]


@dataclass
class Hand:
    """Writes one space; its rows are numbered on from what the space has."""

    connection: Connection
    name: SpaceName
    number: int
    state: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    known: dict[str, int] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)

    @classmethod
    async def found(cls, connection: Connection, space: str) -> Hand:
        """A space that nobody has written in."""
        name, at = space_name(space), time.time_ns() // 1000
        names = {"space": name.id, "uuid": name.uuid, "prefix": name.prefix, "epoch": name.uuid}
        rows = await connection.write("space/found", **names, at=at, founder=OWNER, grants=[[OWNER, "owner"]])
        return cls(connection, name, rows[0]["number"])

    def prepare(self, links: Sequence[Link], size: int) -> list[dict[str, Any]]:
        """The parameters of as many transactions as it takes."""
        return [self._part(links[first : first + size]) for first in range(0, len(links), size)]

    async def store(self, parts: Sequence[dict[str, Any]]) -> float:
        """Seconds of two statements a transaction: ends and relationships, what is counted."""
        started = time.perf_counter()
        async with self.connection.session("write") as session:
            for part in parts:
                transaction = await session.begin_transaction()
                for statement in (LINKS, CLOSE):
                    await (await transaction.run(statement, p=part)).consume()
                await transaction.commit()
        return time.perf_counter() - started

    async def put(self, links: Sequence[Link]) -> float:
        """Seconds of one small transaction of two statements: a lock that tells what to count on from, then all."""
        started = time.perf_counter()
        async with self.connection.session("write") as session:
            await session.execute_write(self._put, links)
        return time.perf_counter() - started

    async def _put(self, transaction: neo4j.AsyncManagedTransaction, links: Sequence[Link]) -> None:
        state = await (await transaction.run(LOCK, space=self.name.id)).single(strict=True)
        part = replace(self, state=state.data(), known={})._part(links)
        await (await transaction.run(PUT, p=part)).consume()

    def _part(self, links: Sequence[Link]) -> dict[str, Any]:
        # Only an upload has a transaction of its own, and a number by which its sender knows it.
        transaction = self.name.id if links[0].policy == "apollo" else None
        author = Author("developer", "developer", correlation=transaction)
        stamp, first = Stamp(time.time_ns() // 1000, author), self.state["seq"] + 1
        ends: list[list[Any]] = []
        rows = [self._write_link(link, stamp, ends) for link in links]
        # The statement has the ends at hand: those that it creates, then those that it finds.
        places = {row[0]: place for place, row in enumerate(ends)}
        many = len(places)
        for row in rows:
            row[:2] = [places.setdefault(key, len(places)) for key in row[:2]]
        changes = tuple(Change(first + n, "r", link.id, "c", 1, link.type) for n, link in enumerate(links))
        terms = list(self._list_terms(links))
        commit = self._write_commit(Commit(changes, stamp.at, author, self.name.id, transaction))
        counted = {"relationshipTypes": len(self.types), "entityTypes": len(self.labels), "lastCreatedAt": stamp.at}
        rule = f"{POLICIES[links[0].policy].pairs.name}:{self.state['seq']}"
        return {
            "space": self.name.id,
            "state": self.state | counted | {"write": commit[6], "pairs": rule},
            "ends": ends,
            "known": list(places)[many:],
            "links": rows,
            "terms": terms,
            "commit": commit,
        }

    def _write_link(self, link: Link, stamp: Stamp, ends: list[list[Any]]) -> list[Any]:
        keys = [self._write_end(entity, stamp, ends) for entity in (link.source, link.target)]
        self.state["seq"] += 1
        self.state["relationships"] += 1
        source, target = (End(*entity, stamp.at) for entity in (link.source, link.target))
        seq, n = self.state["seq"], self._next()
        made = Relationship(link.id, link.type, source, target, link.policy, link.fields, 1, seq, n, stamp, stamp)
        key, pair = self.name.record_key(link.id), pair_key(made, *keys)
        document = documents.write_relationship(made)
        return [*keys, link.type, link.id, key, n, fingerprint(made), pair, seq, stamp.at, document]

    def _write_end(self, entity: Entity, stamp: Stamp, ends: list[list[Any]]) -> str:
        key = self.name.entity_key(entity)
        if key not in self.known:
            n = self.known[key] = self._next()
            self.state["entities"] += 1
            document = documents.write_entity(EntityRecord(entity, n, stamp.at, stamp, stamp))
            ends.append([key, [documents.label(entity.type)], n, *entity, stamp.at, document])
        return key

    def _next(self) -> int:
        self.state["ordinal"] += 1
        return self.number << 40 | self.state["ordinal"]

    def _list_terms(self, links: Sequence[Link]) -> Iterator[list[Any]]:
        """What is counted by name: types of relationships, types of entities, pairs of kinds."""
        kinds = {kind for link in links for kind in (link.source.type, link.target.type)}
        pairs = {(link.source[:2], link.target[:2]) for link in links}
        for type, live in Counter(link.type for link in links).items():
            yield [term_key(self.name, "relationship", type), "relationship", type, live]
        for kind in kinds:
            yield [term_key(self.name, "entity", kind), "entity", kind, 0]
        for name in {documents.write_pair(min(pair), max(pair)) for pair in pairs}:
            yield [term_key(self.name, "pair", name), "pair", name, 0]
        self.types.update(link.type for link in links)
        self.labels.update(kinds)

    def _write_commit(self, commit: Commit) -> list[Any]:
        by = json.dumps(documents.write_author(commit.by))
        named = [by, commit.request_id, commit.transaction_id, str(uuid.uuid4())]
        return [commit.last, len(commit.changes), commit.at, *named, documents.write_changes(commit)]
