"""The questions of analysts as hand-written statements over the same graph; the driver runs them, nothing else does.

The links of a hub come in order of creation, so that one could read on. What can be reached stops at the first thousand,
in no order: the closest in order, which is what the service tells, take a statement half a minute.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import neo4j
from neo4j.exceptions import Neo4jError

from app.graph.connection import Connection

SECONDS: Final = 30
"""A statement that takes longer is stopped, and counts as that long."""
ROWS: Final = 500

FIND = """
CALL db.index.fulltext.queryNodes('entity_words', $query) YIELD node AS e
WHERE e.key STARTS WITH $prefix
RETURN e.key, e.domain, e.type, e.id, e.document LIMIT 20
"""
CARD = """
MATCH (e:Entity {key: $key})
CALL (e) {
  MATCH (e)-[x]->() RETURN type(x) AS type, 'out' AS direction, count(*) AS many
  UNION ALL
  MATCH (e)<-[x]-() RETURN type(x) AS type, 'in' AS direction, count(*) AS many
}
RETURN e.domain, e.type, e.id, e.document, collect([type, direction, many])
"""
FACETS = """
CALL () {
  MATCH (t:Term) WHERE t.key STARTS WITH $prefix + 'relationship:'
  RETURN collect([t.name, t.live]) AS types
}
CALL () {
  MATCH (e:Entity) WHERE e.key STARTS WITH $prefix
  WITH labels(e) AS kind, count(*) AS many
  RETURN collect([kind, many]) AS kinds
}
CALL () {
  MATCH (e:Entity) WHERE e.key STARTS WITH $prefix
  WITH e, COUNT { (e)--() } AS links ORDER BY links DESC, e.key LIMIT 10
  RETURN collect([links, e.key, e.domain, e.type, e.id, e.document]) AS hubs
}
CALL () {
  MATCH (e:Entity) WHERE e.key STARTS WITH $prefix AND NOT EXISTS { (e)--() }
  WITH collect([e.key, e.domain, e.type, e.id, e.document]) AS alone
  RETURN size(alone) AS orphans, alone[..5] AS sample
}
RETURN types, kinds, hubs, orphans, sample
"""
NEIGHBOURHOOD = """
MATCH (:Entity {key: $key})-[steps*1..2]-(:Entity)
UNWIND steps AS x
WITH DISTINCT x LIMIT $rows
WITH collect(x) AS links
UNWIND links AS x
UNWIND [startNode(x), endNode(x)] AS e
WITH links, collect(DISTINCT e) AS ends
RETURN [x IN links | [x.id, type(x), startNode(x).key, endNode(x).key]],
  [e IN ends | [e.key, e.domain, e.type, e.id, e.document]]
"""
HUB = """
MATCH (a:Entity {key: $key})
CALL (a) {
  MATCH (a)-[x]->(b:Entity)
  MATCH (r:Relationship {key: $prefix + x.id})
  WITH x, b, r.n AS n ORDER BY n
  WITH type(x) AS type, collect([x, b]) AS some
  RETURN [type, 'out', size(some)] AS bunch, some[..50] AS shown
  UNION ALL
  MATCH (a)<-[x]-(b:Entity)
  MATCH (r:Relationship {key: $prefix + x.id})
  WITH x, b, r.n AS n ORDER BY n
  WITH type(x) AS type, collect([x, b]) AS some
  RETURN [type, 'in', size(some)] AS bunch, some[..50] AS shown
}
RETURN bunch, [pair IN shown | [pair[0].id, type(pair[0]), startNode(pair[0]).key, endNode(pair[0]).key]],
  [pair IN shown | [pair[1].key, pair[1].domain, pair[1].type, pair[1].id, pair[1].document]]
"""
PATH = """
MATCH (a:Entity {key: $key}), (b:Entity {key: $far})
MATCH path = shortestPath((a)-[*1..12]-(b))
RETURN [x IN relationships(path) | [x.id, type(x), startNode(x).key, endNode(x).key]],
  [e IN nodes(path) | [e.key, e.domain, e.type, e.id, e.document]]
"""
IMPACT = """
MATCH (a:Entity {key: $key})
MATCH path = ANY SHORTEST (a)-->{1,25}(b:Entity)
WHERE b <> a
WITH b, length(path) AS distance, last(relationships(path)) AS x LIMIT 1000
RETURN b.key, b.domain, b.type, b.id, b.document, distance, x.id, type(x), startNode(x).key
"""
INTERSECT = """
MATCH (a:Entity {key: $key})-[x]-(c:Entity)-[y]-(b:Entity {key: $beside})
RETURN c.key, c.domain, c.type, c.id, c.document, collect(DISTINCT x.id) + collect(DISTINCT y.id) LIMIT $rows
"""
CYCLES = """
MATCH path = (a:Entity)-[:$any($types)]->{2,6}(a)
WHERE a.key STARTS WITH $prefix
RETURN [x IN relationships(path) | [x.id, startNode(x).key]],
  [e IN nodes(path) | [e.key, e.domain, e.type, e.id, e.document]] LIMIT 20
"""
LINKS = """
MATCH (a:Entity)-->(b:Entity)
WHERE a.key STARTS WITH $prefix
RETURN a.n, b.n
"""


@dataclass(frozen=True)
class Hand:
    """Runs statements in the space whose keys begin with ``prefix``."""

    connection: Connection
    prefix: str

    async def rows(self, statement: str, **params: Any) -> list[list[Any]]:
        """What a statement finds; nothing where it was stopped after ``SECONDS``."""
        # What the driver types as a literal is a text of this module's own.
        query = neo4j.Query(statement, timeout=SECONDS)  # type: ignore[arg-type]
        try:
            result = await self.connection.driver.execute_query(
                query,
                {"prefix": self.prefix, "rows": ROWS, **params},
                routing_=neo4j.RoutingControl.READ,
                database_=self.connection.database,
            )
        except Neo4jError as error:
            if "TimedOut" not in (error.code or ""):
                raise
            return []
        return [record.values() for record in result.records]

    async def find(self, text: str) -> None:
        """Entities with words that begin like those of a text."""
        await self.rows(FIND, query=" ".join(f"+{word}*" for word in re.findall(r"\w+", text.lower())))

    async def count_islands(self) -> int:
        """How many islands there are: Cypher has no word for them, so the driver's caller joins the links."""
        parents: dict[int, int] = {}
        for one, other in await self.rows(LINKS):
            low, high = sorted((_root(parents, one), _root(parents, other)))
            parents[high] = low
        return sum(1 for each, parent in parents.items() if each == parent)


def _root(parents: dict[int, int], place: int) -> int:
    parents.setdefault(place, place)
    while parents[place] != place:
        parents[place] = place = parents[parents[place]]
    return place


async def clock(ask: Callable[[], Awaitable[Any]]) -> float:
    """The milliseconds that something takes."""
    started = time.perf_counter()
    await ask()
    return (time.perf_counter() - started) * 1000
