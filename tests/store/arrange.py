"""States that no operation of the core reaches yet, arranged by hand in both stores alike."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.core.access import Right
from app.core.identity import space_name
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.memory import MemoryStore


async def run(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    """The rows of a statement of the tests' own."""
    async with connection.session("write") as session:
        result = await session.run(statement, params)
        rows = [record.data() async for record in result]
        await result.consume()
    return rows


async def found_alike(
    memory: MemoryStore, store: GraphStore, connection: Connection, space: str, settings: dict[str, str]
) -> None:
    """A space of ``owner`` with settings, in both stores."""
    held = memory.found(space, {"owner": Right.OWNER})
    held.state = replace(held.state, settings=settings)
    await store.found(space, {"owner": Right.OWNER})
    await run(
        connection,
        "MATCH (space:Space {id: $space}) SET space.settings = $settings",
        space=space,
        settings=json.dumps(settings),
    )


async def strike_out_alike(memory: MemoryStore, connection: Connection, space: str, key: str, at: int) -> None:
    """Deletes a recorded entity softly, in both stores; the counter of the space follows."""
    strike_out_of_memory(memory, space, key, at)
    await strike_out_of_graph(connection, space, key, at)


def strike_out_of_memory(memory: MemoryStore, space: str, key: str, at: int) -> None:
    """Deletes a recorded entity softly, in memory."""
    held, record = memory.spaces[space], memory.entities_by_key[key]
    assert key.startswith(space_name(space).prefix), "an entity of this space"
    memory.entities_by_key[key] = record._replace(deleted_at=at)
    held.state = replace(held.state, entities=held.state.entities - 1)


async def strike_out_of_graph(connection: Connection, space: str, key: str, at: int) -> None:
    """Deletes a recorded entity softly, on Neo4j."""
    await run(
        connection,
        "MATCH (space:Space {id: $space}), (e:Entity {key: $key}) "
        "SET e.deletedAt = $at, space.entities = space.entities - 1",
        space=space,
        key=key,
        at=at,
    )
