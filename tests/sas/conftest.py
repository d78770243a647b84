"""The SAS façade over the store in memory, and the words that its tests share."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.access.development import DEFAULT_SCOPES, ISSUER, DevelopmentIssuer
from app.access.tokens import Verifier
from app.core.access import EVERYBODY, Right
from app.core.identity import Minter
from app.facades.context import Context
from app.facades.sas.routes import mount
from app.settings import Settings
from tests.memory import MemoryStore


class Service:
    """A running service: a client for it, tokens and spaces of it, and the store that other formats share."""

    def __init__(
        self, client: httpx2.AsyncClient, issuer: DevelopmentIssuer, settings: Settings, store: MemoryStore
    ) -> None:
        self.client = client
        self.settings = settings
        self.store = store
        self._issuer = issuer

    def token(
        self, scope: str | None = None, sub: str = "developer", client_id: str | None = None, minutes: float = 60
    ) -> str:
        return self._issuer.mint(sub, DEFAULT_SCOPES if scope is None else scope, minutes, client_id)

    def space(self) -> str:
        return str(uuid.uuid4())


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Service]:
    """The façade in this process, with an empty store that has the default space."""
    issuer = DevelopmentIssuer(ec.generate_private_key(ec.SECP256R1()))
    store = MemoryStore(clock=lambda: time.time_ns() // 1000, mint=Minter().mint)
    store.found(settings.default_space, {EVERYBODY: Right.READWRITE})
    context = Context(store, Verifier(ISSUER, issuer.keys()).verify, settings, "http://tercet.example")
    transport = httpx2.ASGITransport(app=mount(context))
    async with httpx2.AsyncClient(transport=transport, base_url="http://tercet.example") as client:
        yield Service(client, issuer, settings, store)


@pytest.fixture(scope="session")
async def service() -> AsyncIterator[Service]:
    async with serve(Settings()) as served:
        yield served


@pytest.fixture
async def shared() -> AsyncIterator[Service]:
    """A service whose store the test shares, so that it can write as another format does."""
    async with serve(Settings()) as served:
        yield served


@pytest.fixture
async def closed() -> AsyncIterator[Service]:
    """A service that creates no spaces by itself."""
    async with serve(Settings(auto_spaces=False)) as served:
        yield served
