"""A second Neo4j: migrations want an empty database, and what is broken or killed must be nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from neo4j._async.io._bolt import AsyncBolt

from app.core.access import Right
from app.core.facts import Facts
from app.embedded.server import EmbeddedNeo4j
from app.graph import facts, migrate, schema, writer
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.store import GraphStore
from app.settings import Settings
from tests.graph.own import clear, empty
from tests.store.writing import OWNER, new_id


@pytest_asyncio.fixture(scope="session")
async def own_neo4j(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedNeo4j]:
    """A database of these tests' own, which may be killed: it comes back."""
    settings = replace(
        Settings.from_environment(), data_dir=tmp_path_factory.mktemp("own"), heap_mb=384, page_cache_mb=64
    )
    async with EmbeddedNeo4j(settings) as embedded:
        yield embedded


@pytest_asyncio.fixture(scope="session")
async def own_database(own_neo4j: EmbeddedNeo4j) -> AsyncIterator[Connection]:
    """A connection to it, as it comes: no migration is applied."""
    connection, endpoint = Connection(Library.load()), own_neo4j.endpoint
    connection.attach(endpoint.uri, endpoint.user, endpoint.password)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def space(store: GraphStore) -> str:
    """A space that nothing is stored in."""
    space = new_id()
    await store.found(space, {OWNER: Right.OWNER})
    return space


@pytest_asyncio.fixture
async def blank(own_database: Connection) -> Connection:
    """That database without data, constraints and indexes."""
    await clear(own_database)
    return own_database


@pytest.fixture
async def ways(graph: Connection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every way to the database from now on: what is sent before an answer is waited for."""
    await graph.verify()
    ways: list[str] = []
    send = AsyncBolt.send_all

    async def note(self: AsyncBolt) -> bool:
        ways.append(type(self).__name__)
        return bool(await send(self))

    monkeypatch.setattr(AsyncBolt, "send_all", note)
    return ways


@pytest_asyncio.fixture(scope="module")
async def migrated(own_database: Connection) -> Connection:
    """That database with its constraints and indexes, and without data."""
    if await schema.drift(own_database):
        await clear(own_database)
        await migrate.up(own_database)
    await empty(own_database)
    return own_database


@pytest.fixture(params=["one by one", "large"])
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Facts]:
    """What each transaction found, as small requests ask for it, in one statement, and as large ones do, in two."""
    found: list[Facts] = []
    read = facts.read_facts

    async def note(*args: Any, **named: Any) -> Facts | None:
        seen = await read(*args, **named)
        if seen is not None:
            found.append(seen)
        return seen

    monkeypatch.setattr(facts, "read_facts", note)
    if request.param == "large":
        monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
        monkeypatch.setattr(facts, "MANY", 0)
    return found
