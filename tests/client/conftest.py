"""The real service on a port of its own, for clients that know nothing of its process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest_asyncio

from app import server
from app.client import Graph
from app.core.access import Right
from tests.analyst.speak import declare, relate
from tests.conftest import RunningService

T = TypeVar("T")


class Site:
    """A service that listens, and a space in it with a small building."""

    def __init__(self, service: RunningService, base: str, space: str, reader: str) -> None:
        self.service, self.base, self.space, self.reader = service, base, space, reader

    def token(self) -> str:
        """A token that may read this space and no other."""
        return self.service.token(sub=self.reader)

    def wide_token(self) -> str:
        """A token that may read every space, as queries of one's own take."""
        return self.service.issuer.mint(right=Right.READONLY)

    async def ask(self, question: Callable[[Graph], T], *, wide: bool = False) -> T:
        """What a question finds; it is asked in a thread of its own, as the client waits."""

        def run() -> T:
            with Graph(self.base, self.wide_token() if wide else self.token(), self.space) as graph:
                return question(graph)

        return await asyncio.to_thread(run)


@pytest_asyncio.fixture(scope="session")
async def site(service: RunningService) -> AsyncIterator[Site]:
    """An air handling unit that feeds two boxes, one of which feeds it back; a zone; a name that means trouble."""
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        server.serve(service.service.app, host="127.0.0.1", port=0, on_ready=listening.set_result)
    )
    reader = uuid.uuid4().hex
    space = await service.found(**{reader: Right.READONLY})
    await declare(
        service,
        space,
        ("ahu-7", "Brick__AHU", "AHU 7"),
        ("vav-1", "Brick__VAV", "VAV 1"),
        ("vav-2", "Brick__VAV", "<b>VAV & 2</b>"),
        ("zone", "Brick__HVAC_Zone", "Zone"),
    )
    await relate(
        service,
        space,
        ("ahu-7", "feeds", "vav-1"),
        ("ahu-7", "feeds", "vav-2"),
        ("vav-1", "feeds", "zone"),
        ("vav-2", "feeds", "zone"),
        ("vav-1", "related", "vav-2"),
    )
    yield Site(service, await listening, space, reader)
    serving.cancel()
    await asyncio.wait((serving,))
