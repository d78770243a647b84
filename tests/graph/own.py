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
