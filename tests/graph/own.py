"""Raw statements on a database of the tests' own."""

from __future__ import annotations

from typing import Any

from app.graph.connection import Connection


async def run(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    """The rows of a statement."""
    async with connection.session("write") as session:
        result = await session.run(statement, params)
        rows = [record.data() async for record in result]
        await result.consume()
    return rows


async def empty(connection: Connection) -> None:
    """Removes all data; constraints, indexes and what is known of migrations stay."""
    await run(connection, "MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock DETACH DELETE n")


async def clear(connection: Connection) -> None:
    """Removes everything, as if no migration had ever run."""
    await run(connection, "MATCH (n) DETACH DELETE n")
    for row in await run(connection, "SHOW CONSTRAINTS YIELD name RETURN name"):
        await run(connection, f"DROP CONSTRAINT {row['name']} IF EXISTS")
    for row in await run(connection, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"):
        await run(connection, f"DROP INDEX {row['name']} IF EXISTS")


NODES = """
MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock
RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties
"""
EDGES = """
MATCH (a)-[x]->(b)
RETURN elementId(a) AS source, elementId(b) AS target, type(x) AS type, properties(x) AS properties
"""
AGAIN = """
UNWIND $nodes AS node
CREATE (n:$(node.labels)) SET n = node.properties
WITH collect(n) AS made
UNWIND $edges AS edge
WITH edge, made[edge.source] AS a, made[edge.target] AS b
CREATE (a)-[x:$(edge.type)]->(b) SET x = edge.properties
"""


async def keep(connection: Connection) -> dict[str, Any]:
    """All data as it is, for ``bring_back``."""
    nodes, edges = await run(connection, NODES), await run(connection, EDGES)
    places = {node["id"]: place for place, node in enumerate(nodes)}
    ends = ("source", "target")
    return {"nodes": nodes, "edges": [{**edge, **{end: places[edge[end]] for end in ends}} for edge in edges]}


async def bring_back(connection: Connection, kept: dict[str, Any]) -> None:
    """The data that was kept, and no other; constraints and indexes stay as they are."""
    await empty(connection)
    await run(connection, AGAIN, **kept)
