"""This format alone over a store and jobs in memory, with a real worker."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

from app.access import DEFAULT_SCOPES, DevelopmentIssuer, Verifier
from app.access.development import ISSUER
from app.core.access import Right
from app.core.identity import Minter
from app.core.model import Author, Deleted
from app.core.relate import Origin, Retiring
from app.facades.apollo import routes
from app.facades.apollo.carry import list_carriers
from app.facades.context import Context
from app.settings import Settings
from app.worker import Worker
from tests.memory import MemoryStore
from tests.memory_jobs import MemoryJobs

PUBLIC = "https://tercet.example"


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


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
        rights = {f"sub:user:{name}": right for name, right in grants.items()}
        self.store.found(space, {"sub:user:developer": Right.OWNER} | rights)
        return space

    async def retire(self, space: str, id: str) -> None:
        """Deletes a relationship, as any format may."""
        origin = Origin(by=Author(user="somebody"), principal="sub:user:somebody")
        receipt = await self.store.write(space, Retiring(ids=[id], origin=origin))
        assert isinstance(receipt.outcomes[0], Deleted)


MakeMemory = Callable[..., MemoryService]


@pytest_asyncio.fixture
async def make_memory() -> AsyncIterator[MakeMemory]:
    """Builds services, each with a store and settings of its own; ``works`` False leaves every job queued."""
    issuer = DevelopmentIssuer(ec.generate_private_key(ec.SECP256R1()))
    async with AsyncExitStack() as stack:

        def make(*, works: bool = True, **settings: object) -> MemoryService:
            chosen = Settings(**settings)
            store = MemoryStore(clock=now, mint=Minter().mint)
            carriers = list_carriers(store, chosen)
            mine, everybody = chosen.apollo_open_items_per_principal, chosen.apollo_open_items
            jobs = MemoryJobs(store, carriers, clock=now, mine=mine, all=everybody)
            identify = Verifier(ISSUER, issuer.keys()).verify
            app = routes.mount(Context(store, identify, chosen, PUBLIC), jobs)
            transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
            client = httpx2.AsyncClient(transport=transport, base_url="http://tercet.test")
            stack.push_async_callback(client.aclose)
            if works:
                worker = Worker(jobs, carriers, "worker")
                stack.push_async_callback(_finish, worker, asyncio.create_task(worker.run()))
            return MemoryService(client, issuer, chosen, store)

        yield make


async def _finish(worker: Worker, running: asyncio.Task[None]) -> None:
    worker.stop()
    await running


@pytest_asyncio.fixture
async def memory(make_memory: MakeMemory) -> MemoryService:
    """A service for tests that look into the store, or arrange in it what nothing else can."""
    return make_memory()


@pytest_asyncio.fixture
async def idle(make_memory: MakeMemory) -> MemoryService:
    """A service whose jobs nobody carries out."""
    return make_memory(works=False)
