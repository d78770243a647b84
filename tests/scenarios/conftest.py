"""One service for all scenarios; each of them works in spaces of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from app.access import DevelopmentIssuer
from app.embedded.server import Endpoint
from app.graph.connection import Connection
from app.main import Service
from app.settings import Settings
from tests.conftest import BASE, RunningService


@pytest_asyncio.fixture(scope="session")
async def service(
    graph: Connection, database: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    """The whole service on the session's Neo4j, with every setting at its default."""
    await graph.verify()
    folder = tmp_path_factory.mktemp("scenarios")
    settings = Settings(
        neo4j_uri=database.uri,
        neo4j_user=database.user,
        neo4j_password=database.password,
        neo4j_database="neo4j",
        data_dir=folder,
    )
    async with (
        Service(settings, public_url=BASE) as made,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(made.app), base_url=BASE) as client,
    ):
        yield RunningService(client, DevelopmentIssuer.open(folder), settings, made)
