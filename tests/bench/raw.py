"""Hand-written statements that store the same nodes, edges, properties, constraints and indexes as the service."""

from __future__ import annotations

import time
from typing import Any

from app.core.identity import space_name
from app.core.model import Author, End, Entity, EntityRecord, Relationship, Stamp
from app.core.ontology import derive
from app.core.rules import fingerprint
from app.graph import documents
from app.graph.connection import Connection

ENDS = """
UNWIND $p.rows AS row
CREATE (e:Entity:entity {key: row[0], n: row[1], domain: 'apollo', type: 'entity', id: row[2], version: 1,
  recordedAt: row[3], declared: false, document: row[4]})
"""
EDGES = """
UNWIND $p.rows AS row
MATCH (a:Entity {key: row[0]})
MATCH (b:Entity {key: row[1]})
CREATE (a)-[:$(row[2]) {id: row[3]}]->(b)
CREATE (:Relationship {key: row[4], n: row[5], s: row[6], t: row[7], type: row[2], frozen: row[8], version: 1,
  seq: row[9], createdAt: row[10], document: row[11]})
"""
COMMIT = "CREATE (:Commit {space: $space, last: $last, count: $count, at: $at, write: $write, changes: $changes})"

Rows = tuple[str, list[list[Any]], list[list[Any]]]


def prepare(items: list[dict[str, Any]], space: str) -> Rows:
    """The rows of the ends and of the relationships, ready to be sent."""
    name, now, by = space_name(space), time.time_ns() // 1000, Author("bench", "bench")
    base = (hash(space) & 0xFFFFF | 1 << 20) << 40
    ends: dict[str, int] = {}
    edges: list[list[Any]] = []
    for index, item in enumerate(items):
        source, target = (Entity("apollo", "entity", item[side]) for side in ("sourceEntityId", "destinationEntityId"))
        for entity in (source, target):
            ends.setdefault(entity.id, base + len(ends))
        fields = {**derive(item["relationshipType"]), "relationshipName": item["relationshipName"]}
        made = Relationship(
            item["id"],
            item["relationshipType"],
            End(source, now),
            End(target, now),
            "apollo",
            fields,
            1,
            index + 1,
            base + (1 << 39) + index,
            Stamp(now, by),
            Stamp(now, by),
        )
        edges.append(
            [
                name.entity_key(source),
                name.entity_key(target),
                made.type,
                made.id,
                name.record_key(made.id),
                made.n,
                ends[source.id],
                ends[target.id],
                fingerprint(made),
                index + 1,
                now,
                documents.write_relationship(made),
            ]
        )
    document = documents.write_entity(EntityRecord(source, 0, now, Stamp(now, by), Stamp(now, by)))
    nodes = [[name.entity_key(Entity("apollo", "entity", id)), n, id, now, document] for id, n in ends.items()]
    return space, nodes, edges


async def store(connection: Connection, rows: Rows, size: int) -> None:
    """Writes the ends, then the relationships, ``size`` rows a transaction."""
    space, nodes, edges = rows
    async with connection.session("write") as session:
        for first in range(0, len(nodes), size):
            await (await session.run(ENDS, {"p": {"rows": nodes[first : first + size]}})).consume()
        for first in range(0, len(edges), size):
            part = edges[first : first + size]
            transaction = await session.begin_transaction()
            await (await transaction.run(EDGES, {"p": {"rows": part}})).consume()
            await transaction.run(
                COMMIT,
                space=space,
                last=first + len(part),
                count=len(part),
                at=part[0][10],
                write=space,
                changes=b"x" * (20 * len(part)),
            )
            await transaction.commit()
