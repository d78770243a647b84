"""R1: the raw driver writes edges of a type between nodes with an id, and nothing else: no record, no commit, no lock."""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.graph.connection import Connection
from tests.bench.raw import Link

SCHEMA = "CREATE CONSTRAINT bare_id IF NOT EXISTS FOR (b:Bare) REQUIRE b.id IS UNIQUE"
GONE = "DROP CONSTRAINT bare_id IF EXISTS"
NODES = "UNWIND $p.rows AS row CREATE (:Bare {id: row[0]})"
EDGES = """
UNWIND $p.rows AS row
MATCH (a:Bare {id: row[0]})
MATCH (b:Bare {id: row[1]})
CREATE (a)-[:$(row[2]) {id: row[3]}]->(b)
"""
CLEAR = "MATCH (b:Bare) CALL (b) { DETACH DELETE b } IN TRANSACTIONS OF 5000 ROWS"


async def prepare(connection: Connection) -> None:
    """The constraint by which ends are found."""
    await connection.driver.execute_query(SCHEMA)


async def store(connection: Connection, links: Sequence[Link], prefix: str, size: int) -> float:
    """Seconds to write new ends and the edges, ``size`` a transaction; ``prefix`` keeps turns apart."""
    ends = dict.fromkeys(prefix + end.id for link in links for end in (link.source, link.target))
    edges = [[prefix + link.source.id, prefix + link.target.id, link.type, link.id] for link in links]
    started = time.perf_counter()
    async with connection.session("write") as session:
        for statement, rows in ((NODES, [[end] for end in ends]), (EDGES, edges)):
            for first in range(0, len(rows), size):
                await (await session.run(statement, p={"rows": rows[first : first + size]})).consume()
    return time.perf_counter() - started


async def clear(connection: Connection) -> None:
    """Takes all of it out again: the graph has nothing but what the service knows."""
    async with connection.session("write") as session:
        for statement in (CLEAR, GONE):
            await (await session.run(statement)).consume()
