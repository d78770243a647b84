"""One real Neo4j for the whole test session, and services on it."""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from app.access import DEFAULT_SCOPES, DevelopmentIssuer
from app.core.access import Right
from app.core.identity import Minter
from app.core.model import Author, Deleted
from app.core.relate import Origin, Retiring
from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import migrate
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from app.main import Service
from app.settings import Settings

BASE = "http://tercet.test"
LONGEST = ("tests/store/", "tests/graph/", "tests/embedded/", "tests/explorer/", "tests/adhoc/", "tests/service/")
TOGETHER = ("tests/graph/", "tests/explorer/")
OWNER = "sub:user:developer"


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def pytest_configure() -> None:
    """Short lives: Java that compiles quickly and keeps nothing costs a third less processor time here.

    Python keeps what it compiles all the same: some fifty processes are started, each of them would compile for seconds.
    """
    os.environ.setdefault("TERCET_JAVA_HURRIES", "true")
    os.environ.setdefault("TERCET_JAVA_LEARNS", "false")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


class ByDatabase(LoadScopeScheduling):
    """A process takes a file at a time; a folder whose files share a database of their own, or a browser, goes to one."""

    def _split_scope(self, nodeid: str) -> str:
        folder = next((each for each in TOGETHER if nodeid.startswith(each)), None)
        return nodeid.partition("::")[0] if folder is None else folder


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByDatabase:
    """How tests are dealt out to the processes."""
    return ByDatabase(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no process works alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest_asyncio.fixture(scope="session")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """The session's Neo4j: a real one, started here, with an empty folder.

    Who runs the tests often names a running one in TERCET_TEST_NEO4J, as ``uri user password``: tests use spaces of
    their own, so it need not be empty.
    """
    if running := os.environ.get("TERCET_TEST_NEO4J"):
        yield Endpoint(*running.split())
        return
    settings = replace(
        Settings.from_environment(),
        data_dir=tmp_path_factory.mktemp("neo4j"),
        heap_mb=768,
        page_cache_mb=128,
    )
    embedded = EmbeddedNeo4j(settings)
    endpoint = await embedded.start()
    yield endpoint
    await embedded.stop()


@pytest_asyncio.fixture(scope="session")
async def graph(database: Endpoint) -> AsyncIterator[Connection]:
    """A connection to it, migrated."""
    connection = Connection(Library.load())
    connection.attach(database.uri, database.user, database.password)
    await migrate.up(connection)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def writers(graph: Connection) -> AsyncIterator[Writers]:
    """Writers of the test's own."""
    made = Writers(graph, Gathering(), clock=now, mint=Minter().mint)
    yield made
    await made.close()


@pytest.fixture
def store(graph: Connection, writers: Writers) -> GraphStore:
    """The store on Neo4j."""
    return GraphStore(graph, writers)


@dataclass
class RunningService:
    """The whole service in this process, on the session's Neo4j."""

    client: httpx2.AsyncClient
    issuer: DevelopmentIssuer
    settings: Settings
    service: Service

    @property
    def store(self) -> GraphStore:
        """The store below it, for a test that arranges what no operation can."""
        return self.service.store

    def token(
        self,
        scope: str | None = None,
        sub: str | None = "developer",
        client_id: str | None = None,
        minutes: float = 60,
    ) -> str:
        """A token of the development issuer."""
        return self.issuer.mint(sub, DEFAULT_SCOPES if scope is None else scope, minutes, client_id)

    def space(self) -> str:
        """The id of a space that nobody has used."""
        return str(uuid.uuid4())

    async def found(self, **grants: Right) -> str:
        """A space that exists: ``developer`` owns it, the others hold what is said."""
        space = self.space()
        named = {f"sub:user:{name}": right for name, right in grants.items()}
        await self.store.found(space, {OWNER: Right.OWNER} | named)
        return space

    async def retire(self, space: str, id: str) -> None:
        """Deletes a relationship, as any format may."""
        origin = Origin(by=Author(user="somebody"), principal="sub:user:somebody")
        receipt = await self.store.write(space, Retiring(ids=[id], origin=origin))
        assert isinstance(receipt.outcomes[0], Deleted)


MakeService = Callable[..., RunningService]


async def run_service(stack: AsyncExitStack, database: Endpoint, folder: Path, **chosen: object) -> RunningService:
    """The service with these settings, open until ``stack`` ends; ``folder`` holds its secrets."""
    settings = Settings(
        neo4j_uri=database.uri,
        neo4j_user=database.user,
        neo4j_password=database.password,
        data_dir=folder,
        **{"cache_dir": Settings.from_environment().cache_dir, **chosen},  # type: ignore[arg-type]
    )
    service = await stack.enter_async_context(Service(settings, public_url=BASE))
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(service.app), base_url=BASE)
    await stack.enter_async_context(client)
    return RunningService(client, DevelopmentIssuer.open(folder), settings, service)


@pytest_asyncio.fixture
async def make_service(graph: Connection, database: Endpoint, tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Builds services on the session's Neo4j, each with settings of its own: ``await make_service(auto_spaces=False)``."""
    assert await migrate.pending(graph) == []
    async with AsyncExitStack() as stack:

        async def make(**chosen: object) -> RunningService:
            return await run_service(stack, database, tmp_path, **chosen)

        yield make


@pytest_asyncio.fixture(scope="session")
async def service(
    graph: Connection, database: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    """The service with every setting at its default, one for all tests: each uses spaces of its own."""
    assert await migrate.pending(graph) == []
    async with AsyncExitStack() as stack:
        yield await run_service(stack, database, tmp_path_factory.mktemp("service"))
