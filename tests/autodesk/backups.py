"""What an operator does to a space without asking the service: keep a copy of its nodes, and put it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.identity import space_name
from app.graph.connection import Connection

NODES = """
CALL () {
  MATCH (n:Space {id: $space}) RETURN n
  UNION ALL MATCH (n:Grant {space: $space}) RETURN n
  UNION ALL MATCH (n:Commit {space: $space}) RETURN n
  UNION ALL MATCH (n:Term) WHERE n.key STARTS WITH $prefix RETURN n
  UNION ALL MATCH (n:Version) WHERE n.recordKey STARTS WITH $prefix RETURN n
  UNION ALL MATCH (n:Relationship) WHERE n.key STARTS WITH $prefix RETURN n
  UNION ALL MATCH (n:Entity) WHERE n.key STARTS WITH $prefix RETURN n
}
"""
COPY = f"""{NODES}
WITH collect([labels(n), properties(n)]) AS nodes
RETURN nodes, COLLECT {{ MATCH (a:Entity)-[e]->(b:Entity) WHERE a.key STARTS WITH $prefix
  RETURN [a.key, b.key, type(e), properties(e)] }} AS edges
"""
REMOVE = f"{NODES} DETACH DELETE n"
MAKE_NODES = "UNWIND $rows AS row CREATE (n:$(row[0])) SET n = row[1]"
MAKE_EDGES = """
UNWIND $rows AS row
MATCH (a:Entity {key: row[0]}), (b:Entity {key: row[1]})
CREATE (a)-[e:$(row[2])]->(b) SET e = row[3]
"""


@dataclass
class Backup:
    """All nodes and edges of a space as they were."""

    space: str
    nodes: list[Any]
    edges: list[Any]


async def keep(connection: Connection, space: str) -> Backup:
    """A copy of a space."""
    async with connection.session("read") as session:
        row = await (await session.run(COPY, _names(space))).single(strict=True)
        return Backup(space, row["nodes"], row["edges"])


async def remove(connection: Connection, space: str) -> None:
    """Leaves nothing of a space."""
    async with connection.session("write") as session:
        await (await session.run(REMOVE, _names(space))).consume()


async def restore(connection: Connection, backup: Backup) -> None:
    """Puts the space back to where it was when the copy was made."""
    await remove(connection, backup.space)
    async with connection.session("write") as session:
        for statement, rows in ((MAKE_NODES, backup.nodes), (MAKE_EDGES, backup.edges)):
            await (await session.run(statement, rows=rows)).consume()


def _names(space: str) -> dict[str, str]:
    return {"space": space, "prefix": f"{space_name(space).prefix}:"}
