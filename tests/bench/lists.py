"""``uv run python -m tests.bench lists --rows 2000000``: what lists of the SAS format cost in a large space.

Loads a space in the shape of the graph, with a hub of 50,000 links, starts the service on it and asks. Without
``TERCET_TEST_NEO4J`` (``uri user password``) it starts a Neo4j of its own in an empty folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from app.access import DevelopmentIssuer
from app.core.access import Right
from app.core.constraints import fingerprint, pair_key
from app.core.identity import Minter, SpaceName, space_name
from app.core.model import Author, End, Entity, EntityRecord, Relationship, Stamp
from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import documents, migrate
from app.graph.connection import Connection
from app.graph.library import Library
from app.main import Service
from app.settings import Settings

ENDS = """
UNWIND $p.rows AS row
CREATE (:Entity:resource {key: row[0], n: row[1], domain: 'sas', type: 'resource', id: row[2], version: 1,
  recordedAt: row[3], declared: false, document: row[4]})
"""
LINKS = """
UNWIND $p.rows AS row
MATCH (a:Entity {key: row[0]})
MATCH (b:Entity {key: row[1]})
CREATE (a)-[:$(row[2]) {id: row[3]}]->(b)
CREATE (:Relationship {key: row[4], n: row[5], s: a.n, t: b.n, type: row[2], frozen: row[6], pairKey: row[7],
  version: 1, seq: row[8], createdAt: row[9], document: row[10]})
"""
COUNTS = """
MATCH (space:Space {id: $space})
SET space.relationships = $relationships, space.entities = $entities, space.seq = $relationships,
  space.ordinal = $relationships + $entities, space.lastCreatedAt = $at, space.entityTypes = 1,
  space.relationshipTypes = size($types)
CREATE (:Term {key: space.prefix + ':entity:resource', kind: 'entity', name: 'resource', live: 0})
WITH space
UNWIND $types AS type
CREATE (:Term {key: space.prefix + ':relationship:' + type[0], kind: 'relationship', name: type[0], live: type[1]})
"""
NUMBER = "MATCH (space:Space {id: $space}) RETURN space.number AS number"
TYPES = ("Dependent", "Contains", "Parent", "Associated", "Derived")
AUTHOR = Author("ops", "ops")
HUB = "/hub"
PART = 5_000

Drawn = tuple[str, str, str, dict[str, str]]
"""Source, type, target and fields of a relationship."""


@dataclass
class Builder:
    """Makes rows of a space: ``links`` between things of its own, ordinals counted on."""

    name: SpaceName
    base: int
    now: int
    ordinal: int = 0

    def __post_init__(self) -> None:
        self.mint = Minter().mint
        self.things: dict[str, int] = {}

    def draw(self, rows: int, hub: int) -> Iterator[Drawn]:
        """Source, type, target and fields: seven of a source, every third without a text; then a hub."""
        for n in range(rows - hub):
            said = {"assertedBy": f"survey-{n % 17}"} if n % 3 else {}
            yield f"/harbor/cranes/{n // 7}", TYPES[n % 5], f"/harbor/motors/{n}", said
        for n in range(hub):
            ends = (HUB, f"/leaf/{n}") if n % 2 else (f"/leaf/{n}", HUB)
            yield ends[0], "Contains", ends[1], {}

    def next(self) -> int:
        """The next ordinal."""
        self.ordinal += 1
        return self.base | self.ordinal

    def name_thing(self, uri: str, fresh: list[list[Any]]) -> str:
        """The key of a resource; a row for it if it is new."""
        entity = Entity("sas", "resource", uri)
        key = self.name.entity_key(entity)
        if uri not in self.things:
            n = self.things[uri] = self.next()
            stamp = Stamp(self.now, AUTHOR)
            fresh.append(
                [key, n, uri, self.now, documents.write_entity(EntityRecord(entity, n, self.now, stamp, stamp))]
            )
        return key

    def link(self, drawn: Drawn, seq: int, fresh: list[list[Any]]) -> list[Any]:
        """The row of a relationship, and of its ends where they are new."""
        source, type, target, fields = drawn
        keys = self.name_thing(source, fresh), self.name_thing(target, fresh)
        ends = [End("sas", "resource", uri, self.now) for uri in (source, target)]
        stamp = Stamp(self.now, AUTHOR)
        made = Relationship(self.mint(), type, *ends, "sas", fields, 1, seq, self.next(), stamp, stamp)
        document = documents.write_relationship(made)
        own = [self.name.record_key(made.id), made.n, fingerprint(made), pair_key(made, *keys), seq, self.now, document]
        return [*keys, type, made.id, *own]


async def load(
    connection: Connection, space: str, rows: int, hub: int = 0, *, draw: Iterator[Drawn] | None = None
) -> None:
    """Fills a founded space: ``rows`` relationships, ``hub`` of them at one resource, or those that are drawn."""
    async with connection.session("write") as session:
        number = (await (await session.run(NUMBER, space=space)).single(strict=True))["number"]
        builder = Builder(space_name(space), number << 40, time.time_ns() // 1000)
        counts: dict[str, int] = {}
        fresh: list[list[Any]] = []
        links: list[list[Any]] = []
        for seq, drawn in enumerate(draw or builder.draw(rows, hub), 1):
            links.append(builder.link(drawn, seq, fresh))
            counts[drawn[1]] = counts.get(drawn[1], 0) + 1
            if len(links) == PART or seq == rows:
                await (await session.run(ENDS, {"p": {"rows": fresh}})).consume()
                await (await session.run(LINKS, {"p": {"rows": links}})).consume()
                fresh, links = [], []
        totals = {
            "relationships": rows,
            "entities": len(builder.things),
            "types": [list(row) for row in counts.items()],
        }
        await (await session.run(COUNTS, space=space, at=builder.now, **totals)).consume()


@dataclass
class Told:
    """What came of a request: its status, its bytes in pieces that nobody keeps but the first and the last, its time."""

    status: int = 0
    size: int = 0
    head: bytes = b""
    tail: bytes = b""
    seconds: float = 0.0

    async def send(self, message: dict[str, Any]) -> None:
        """Takes what the service sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        piece: bytes = message.get("body", b"")
        self.head, self.size = self.head or piece[:4_096], self.size + len(piece)
        self.tail = (self.tail + piece)[-4_096:]

    @property
    def count(self) -> int:
        """The count that a list tells."""
        return int(self.head.partition(b'"count":')[2].split(b",")[0])


async def ask(service: Service, token: str, space: str, query: str, path: str = "relationships") -> Told:
    """A GET without a client in between: what is sent is dropped as a socket would."""
    headers = {"authorization": f"Bearer {token}", "x-tercet-space": space, "host": "tercet"}
    target = f"/relationships/{path}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("tercet", 80),
    }
    waiting = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await waiting.wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    told, started = Told(), time.perf_counter()
    await service.app(scope, receive, told.send)  # type: ignore[arg-type]
    told.seconds = time.perf_counter() - started
    return told


QUERIES = (
    "limit=10",
    "limit=10&start={deep}",
    "filter=eq(type,Contains)",
    "filter=eq(source,survey-3)",
    "filter=eq(resourceUri,/harbor/cranes/77)",
    "filter=contains(relatedResourceUri,motors/3999)",
    "filter=eq($primary,source,SURVEY-3)",
    "filter=isNull(source)",
    "sortBy=creationTimeStamp:descending",
    "sortBy=resourceUri",
    "resourceUri=/hub",
    "resourceUri=/hub&direction=both",
    "resourceUri=/hub&direction=both&depth=3",
    "resourceUri=/hub&direction=both&filter=eq(type,Contains)",
    "limit=100000",
)


@asynccontextmanager
async def _database() -> AsyncIterator[Endpoint]:
    if running := os.environ.get("TERCET_TEST_NEO4J"):
        yield Endpoint(*running.split())
        return
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedNeo4j(replace(Settings.from_environment(), data_dir=Path(folder))) as embedded:
            yield embedded.endpoint


async def _prepare(endpoint: Endpoint, space: str, rows: int, hub: int) -> float:
    connection = Connection(Library.load())
    connection.attach(endpoint.uri, endpoint.user, endpoint.password)
    await migrate.up(connection)
    async with Service(_settle(endpoint, Path(tempfile.mkdtemp())), public_url="http://tercet") as service:
        await service.store.found(space, {"sub:user:developer": Right.OWNER})
    started = time.perf_counter()
    await load(connection, space, rows, hub)
    await connection.close()
    return time.perf_counter() - started


def _settle(endpoint: Endpoint, folder: Path) -> Settings:
    return Settings(neo4j_uri=endpoint.uri, neo4j_user=endpoint.user, neo4j_password=endpoint.password, data_dir=folder)


async def _measure(rows: int, hub: int) -> dict[str, dict[str, float]]:
    space, found, process = Minter().mint(), {}, psutil.Process()
    async with _database() as endpoint:
        seconds = await _prepare(endpoint, space, rows, hub)
        print(f"{rows:,} relationships stored in {seconds:,.0f} s", flush=True)  # noqa: T201
        folder = Path(tempfile.mkdtemp())
        async with Service(_settle(endpoint, folder), public_url="http://tercet") as service:
            token = DevelopmentIssuer.open(folder).mint(minutes=600)
            for query in QUERIES:
                asked = [await ask(service, token, space, query.format(deep=rows * 9 // 10)) for _ in range(3)]
                best, told = min(each.seconds for each in asked), asked[-1]
                memory = process.memory_info().rss / 2**20
                counted = told.count if told.status == 200 else -1
                found[query] = {"ms": best * 1000, "status": told.status, "count": counted, "service_mib": memory}
                print(  # noqa: T201
                    f"{best * 1000:10,.0f} ms  {told.status} count {counted:>10,} {told.size:>12,} bytes"
                    f"  {memory:,.0f} MiB  {query}",
                    flush=True,
                )
    return found


def main() -> None:
    """Loads, asks, and prints the best of three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--hub", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = asyncio.run(_measure(chosen.rows, min(chosen.hub, chosen.rows)))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
