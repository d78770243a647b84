"""A service of this format over a store and jobs in memory, and the words in which the tests speak to it."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import httpx2
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

from app.access import DEFAULT_SCOPES, DevelopmentIssuer, Verifier
from app.access.development import ISSUER
from app.core.access import Right
from app.core.identity import Minter
from app.facades.apollo import routes
from app.facades.apollo.carry import RelationshipCarrier
from app.facades.context import Context
from app.settings import Settings
from tests.apollo.jobs import MemoryJobs
from tests.memory import MemoryStore

PUBLIC = "https://tercet.example"


@dataclass
class MemoryService:
    """One mounted façade. ``store`` and ``jobs`` let a test arrange and see what no operation of this format can."""

    client: httpx2.AsyncClient
    issuer: DevelopmentIssuer
    settings: Settings
    store: MemoryStore
    jobs: MemoryJobs

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

    def found(self, space: str | None = None, **grants: Right) -> str:
        """A space that exists: ``developer`` owns it, the others hold what is said."""
        space = space or self.space()
        rights = {f"sub:user:{name}": right for name, right in grants.items()}
        self.store.found(space, {"sub:user:developer": Right.OWNER} | rights)
        return space


MakeService = Callable[..., MemoryService]


@pytest_asyncio.fixture
async def make_service() -> AsyncIterator[MakeService]:
    """Builds services, each with a store and settings of its own; ``works`` False leaves every job queued."""
    issuer = DevelopmentIssuer(ec.generate_private_key(ec.SECP256R1()))
    async with AsyncExitStack() as stack:

        def make(*, works: bool = True, **settings: object) -> MemoryService:
            chosen = Settings(**settings)
            store = MemoryStore(clock=lambda: time.time_ns() // 1000, mint=Minter().mint)
            jobs = MemoryJobs(
                store,
                RelationshipCarrier(store, chosen),
                per_principal=chosen.apollo_open_items_per_principal,
                in_all=chosen.apollo_open_items,
            )
            identify = Verifier(ISSUER, issuer.keys()).verify
            app = routes.mount(Context(store, identify, chosen, PUBLIC), jobs)
            transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
            client = httpx2.AsyncClient(transport=transport, base_url="http://tercet.test")
            stack.push_async_callback(client.aclose)
            if works:
                stack.push_async_callback(_stop, asyncio.create_task(jobs.work()))
            return MemoryService(client, issuer, chosen, store, jobs)

        yield make


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture
async def service(make_service: MakeService) -> MemoryService:
    """The service with every setting at its default."""
    return make_service()


@pytest_asyncio.fixture
async def memory(make_service: MakeService) -> MemoryService:
    """Like ``service``, for tests that arrange or watch things inside the store: always the one in memory."""
    return make_service()


@pytest_asyncio.fixture
async def idle(make_service: MakeService) -> MemoryService:
    """A service whose jobs nobody carries out."""
    return make_service(works=False)
