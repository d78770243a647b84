"""``uv run python -m tests.bench pages``: what pages of a large space cost, wherever they begin and whoever they are of.

One space with ``--rows`` relationships, half of them at one hub. Everything is asked through the Autodesk format, in this
process, one call at a time and in turns. Runs on the database that ``TERCET_TEST_NEO4J`` names, else on one of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from rich.progress import track

from app.access import DevelopmentIssuer
from app.bench.sheet import Sheet
from app.core.access import Right
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import AUTODESK
from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.main import Service
from app.settings import Settings
from app.telemetry import set_up_logs

BASE = "http://tercet.bench"
ORIGIN = Origin(by=Author(user="bench"), principal="sub:user:developer")
BATCH = 2000
LEAF_LINKS = 10
PAGE = 100

Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Reader:
    """A client of one space."""

    client: httpx2.AsyncClient
    space: str

    async def page(self, query: str = "", token: str | None = None) -> dict[str, Any]:
        """One page of a search."""
        path = f"/bim360/relationship/v2/containers/{self.space}/relationships:search"
        answer = await self.client.get(f"{path}?{query}&continuationToken={token or ''}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def walk_to(self, number: int, query: str = "") -> str | None:
        """The token of the page of this number, the first being 1."""
        token = None
        for _ in track(range(number - 1), f"walking to page {number:,}", transient=True):
            token = (await self.page(query, token))["page"]["continuationToken"]
            assert token is not None, f"there is no page {number}"
        return token


def thing(id: str, type: str = "thing") -> Entity:
    """An entity of the measured space."""
    return Entity("bench", type, id)


def at(id: str, side: str = "") -> str:
    """The query that names one whole entity, on the near side or ``with`` on the far one."""
    names = ("domain", "type", "id") if not side else ("withDomain", "withType", "withId")
    return "&".join(f"{name}={value}" for name, value in zip(names, thing(id), strict=True))


def list_pairs(rows: int) -> list[tuple[str, str]]:
    """Half of the rows at the hub, ten at the leaf, one between both, the rest between others."""
    pairs = [("hub", f"spoke {n}") for n in range(rows // 2 - 1)] + [("hub", "leaf")]
    pairs += [("leaf", f"twig {n}") for n in range(LEAF_LINKS - 1)]
    return pairs + [(f"a {n}", f"b {n}") for n in range(rows - len(pairs))]


async def fill(service: Service, space: str, rows: int) -> float:
    """Stores them; returns the seconds it took."""
    await service.store.found(space, {"sub:user:developer": Right.OWNER})
    pairs, started = list_pairs(rows), time.perf_counter()
    for first in track(range(0, rows, BATCH), f"storing {rows:,} relationships", transient=True):
        items = [
            Proposal(None, "related", Mention(thing(one)), Mention(thing(other)))
            for one, other in pairs[first : first + BATCH]
        ]
        await service.store.write(space, Recording(policy=AUTODESK, items=items, origin=ORIGIN))
    return time.perf_counter() - started


async def measure(reader: Reader, rows: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each question, asked in turns; the first fifth of the turns only warms."""
    last, hub_last = rows // PAGE, rows // 2 // PAGE
    token, hub_token = await reader.walk_to(last), await reader.walk_to(hub_last, at("hub"))
    asked: dict[str, Ask] = {
        "page 1": reader.page,
        f"page {last:,}": lambda: reader.page(token=token),
        f"leaf with {LEAF_LINKS} links, its page": lambda: reader.page(at("leaf")),
        f"hub with {rows // 2:,} links, page 1": lambda: reader.page(at("hub")),
        f"hub, page {hub_last:,}": lambda: reader.page(at("hub"), hub_token),
        "hub with the leaf": lambda: reader.page(f"{at('hub')}&{at('leaf', 'with')}"),
        "leaf with the hub": lambda: reader.page(f"{at('leaf')}&{at('hub', 'with')}"),
        "hub with a stranger": lambda: reader.page(f"{at('hub')}&{at('stranger', 'with')}"),
        "a domain with the leaf": lambda: reader.page(f"domain=bench&{at('leaf', 'with')}"),
    }
    found: dict[str, list[float]] = {name: [] for name in asked}
    for turn in track(range(-(rounds // 4), rounds), "asking", transient=True):
        for name, ask in asked.items():
            started = time.perf_counter()
            await ask()
            if turn >= 0:
                found[name].append((time.perf_counter() - started) * 1000)
    return found


@asynccontextmanager
async def database() -> AsyncIterator[Endpoint]:
    """The one that the environment names, or one of our own."""
    if running := os.environ.get("TERCET_TEST_NEO4J"):
        yield Endpoint(*running.split())
        return
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedNeo4j(replace(Settings.from_environment(), data_dir=Path(folder))) as embedded:
            yield embedded.endpoint


@asynccontextmanager
async def serve() -> AsyncIterator[tuple[Service, httpx2.AsyncClient]]:
    """The service in this process, and a client with a token."""
    async with AsyncExitStack() as stack:
        endpoint = await stack.enter_async_context(database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(
            neo4j_uri=endpoint.uri, neo4j_user=endpoint.user, neo4j_password=endpoint.password, data_dir=folder
        )
        service = await stack.enter_async_context(Service(settings, public_url=BASE))
        headers = {"Authorization": f"Bearer {DevelopmentIssuer.open(folder).mint(minutes=600)}"}
        transport = httpx2.ASGITransport(service.app)
        yield (
            service,
            await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers)),
        )


async def run(rows: int, rounds: int) -> dict[str, list[float]]:
    """Fills a space and measures."""
    async with serve() as (service, client):
        reader = Reader(client, str(uuid.uuid4()))
        await fill(service, reader.space, rows)
        return await measure(reader, rows, rounds)


def main() -> None:
    """Prints the table and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    sheet = Sheet(f"Pages of a space of {chosen.rows:,}")
    with Path(os.devnull).open("w") as nowhere:
        set_up_logs(nowhere)
        for name, times in asyncio.run(run(chosen.rows, chosen.rounds)).items():
            sheet.note(name, ms=times)
    sheet.show()
    sheet.write(chosen.json)


if __name__ == "__main__":
    main()
