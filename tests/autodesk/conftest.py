"""This format alone over the store in memory; everything else runs on the whole service."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

from app.access import DEFAULT_SCOPES, DevelopmentIssuer, Verifier, seal_keys
from app.access.development import ISSUER
from app.core.access import Right
from app.core.identity import Minter
from app.core.model import Author, Deleted
from app.core.relate import Origin, Retiring
from app.facades.autodesk import routes
from app.facades.context import Context
from app.settings import Settings
from tests.memory import MemoryStore

BASE = "http://tercet.test"
OWNER = "sub:user:developer"


@dataclass
class MemoryService:
    """One mounted façade. ``store`` lets a test arrange what no operation of this format can."""

    client: httpx2.AsyncClient
    issuer: DevelopmentIssuer
    settings: Settings
    store: MemoryStore

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
        self.store.found(space, {OWNER: Right.OWNER} | {f"sub:user:{name}": right for name, right in grants.items()})
        return space

    async def retire(self, space: str, id: str) -> None:
        """Deletes a relationship, as any format may."""
        origin = Origin(by=Author(user="somebody"), principal="sub:user:somebody")
        receipt = await self.store.write(space, Retiring(ids=[id], origin=origin))
        assert isinstance(receipt.outcomes[0], Deleted)


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


MakeMemory = Callable[..., MemoryService]


@pytest_asyncio.fixture
async def make_memory() -> AsyncIterator[MakeMemory]:
    """Builds services over stores in memory, each with settings of its own."""
    issuer = DevelopmentIssuer(ec.generate_private_key(ec.SECP256R1()))
    async with AsyncExitStack() as stack:

        def make(store: MemoryStore | None = None, **settings: object) -> MemoryService:
            chosen = Settings(**settings)
            store = store or MemoryStore(clock=now, mint=Minter().mint)
            identify = Verifier(ISSUER, issuer.keys()).verify
            app = routes.mount(Context(store, identify, chosen, BASE, seal_keys(replace(chosen, neo4j_uri="memory:"))))
            client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=BASE)
            stack.push_async_callback(client.aclose)
            return MemoryService(client, issuer, chosen, store)

        yield make


@pytest.fixture(params=["memory", "neo4j"])
def build(request: pytest.FixtureRequest) -> Callable[..., Awaitable[Any]]:
    """Builds services with settings of their own on one store of either kind: ``await build(auto_spaces=False)``."""
    if request.param == "neo4j":
        made: Callable[..., Awaitable[Any]] = request.getfixturevalue("make_service")
        return made
    make: MakeMemory = request.getfixturevalue("make_memory")
    store = MemoryStore(clock=now, mint=Minter().mint)

    async def make_in_memory(**settings: object) -> MemoryService:
        return make(store, **settings)

    return make_in_memory


@pytest.fixture
def memory(make_memory: MakeMemory) -> MemoryService:
    """A service for tests that look into the store, or arrange in it what nothing else can."""
    return make_memory()
