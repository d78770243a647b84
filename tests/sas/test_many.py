"""Lists of spaces with many relationships: bounded memory, bounded walks, bounded time (sas 1, 6, 9.2.6)."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import Any

import pytest_asyncio

from app.core.access import Right
from app.core.identity import Minter, space_name
from app.core.model import Entity
from app.graph.connection import Connection
from tests.bench.lists import ask, load
from tests.conftest import OWNER, RunningService
from tests.sas.client import Client, F, R, check_error
from tests.store.arrange import run

ROWS = 5_000


@pytest_asyncio.fixture(scope="module")
async def many(service: RunningService, graph: Connection) -> Client:
    """A space of five thousand relationships, a thousand of them at ``/hub``."""
    client = Client(service)
    await service.store.found(client.space, {OWNER: Right.OWNER})
    await load(graph, client.space, ROWS, 1_000)
    return client


async def weigh(client: Client, query: str) -> tuple[int, int]:
    """The most memory that a list takes while it is made and sent, and how many bytes it has."""
    service = client.service
    tracemalloc.start(1)
    try:
        before = tracemalloc.get_traced_memory()[0]
        told = await ask(service.service, service.token(), client.space, query)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told.status == 200
    assert told.tail.endswith(b"]}")
    return peak - before, told.size


async def test_08_memory_does_not_grow_with_the_limit(many):
    for query in ("sortBy=id", "filter=not(eq(source,nobody))"):
        little, few = await weigh(many, f"limit=2000&{query}")
        much, all = await weigh(many, f"limit=100000&{query}")
        assert much - little < (all - few) / 2, (query, little, much, few, all)


async def test_08_09_a_page_deep_in_a_large_space_is_the_last_of_its_order(many):
    last = (await many.get(f"{R}?start={ROWS - 3}&limit=10")).json()
    assert (len(last["items"]), last["count"]) == (3, ROWS)
    whole = (await many.get(f"{R}?limit=100000")).json()["items"]
    assert [item["id"] for item in last["items"]] == [item["id"] for item in whole[-3:]]
    assert len({item["id"] for item in whole}) == ROWS


async def test_22_a_hub_shows_its_first_page_and_its_count(many):
    for direction, count in (("to", 500), ("from", 500), ("both", 1_000)):
        body = (await many.get(f"{R}?resourceUri=/hub&direction={direction}&limit=2")).json()
        assert (len(body["items"]), body["count"]) == (2, count)
        deeper = (await many.get(f"{R}?resourceUri=/hub&direction={direction}&limit=2&depth=50")).json()
        assert deeper["count"] == (1_000 if direction == "both" else 500)


STAR = """
UNWIND range(1, 4) AS place
CREATE (e:Entity:resource {key: $prefix + $keys[place - 1], n: -place, domain: 'sas', type: 'resource',
  id: $uris[place - 1], version: 1, recordedAt: 1, declared: false, document: '[1]'})
WITH collect(e) AS ends
UNWIND range(1, $links) AS link
WITH ends[0] AS hub, ends[1 + link % 3] AS leaf
CREATE (hub)-[:Contains {id: randomUUID()}]->(leaf)
"""
FEWER = "MATCH (:Entity {key: $key})-[e:Contains]->() WITH e LIMIT 1 DELETE e"
CUT = "MATCH (:Entity {key: $key})-[edge]->() CALL (edge) { DELETE edge } IN TRANSACTIONS OF 10000 ROWS"
GONE = "UNWIND $keys AS key MATCH (e:Entity {key: key}) DELETE e"


async def test_27_a_walk_over_more_than_100000_relationships_is_refused(service, graph):
    """Only the edges are there: more than a walk's steps it never comes to read."""
    client, mint = Client(service), Minter().mint
    await service.store.found(client.space, {OWNER: Right.OWNER})
    uris = [f"/{mint()}" for _ in range(4)]
    name = space_name(client.space)
    keys = [name.entity_id(Entity("sas", "resource", uri)) for uri in uris]
    await run(graph, STAR, prefix=f"{name.prefix}:", keys=keys, uris=uris, links=100_001)
    try:
        error = check_error(await client.get(f"{R}?resourceUri={uris[0]}&depth=2"), 400, 10630, remedy=True)
        assert error["details"][0] == "The traversal reaches more than 100000 relationships."
        assert error["remediation"] == "Lower depth, name fewer subjects, or choose one direction."
        await run(graph, FEWER, key=f"{name.prefix}:{keys[0]}")
        body = (await client.get(f"{R}?resourceUri={uris[0]}&depth=2&limit=0")).json()
        assert body["count"] == 100_000
    finally:
        await run(graph, CUT, key=f"{name.prefix}:{keys[0]}")
        await run(graph, GONE, keys=[f"{name.prefix}:{key}" for key in keys])


async def test_a_list_that_takes_too_long_is_given_up_with_the_formats_error(make_service, many):
    service = await make_service(request_seconds=1)
    client = Client(service, space=many.space)
    read, waiting = service.service.connection.read, asyncio.Event()

    async def stall(name: str, **params: Any) -> Any:
        if name.startswith(("relationship/", "entity/")):
            await waiting.wait()
        return await read(name, **params)

    service.service.connection.read = stall  # type: ignore[method-assign]
    for path in (R, f"{F}/referenceSources"):
        async with asyncio.timeout(60):
            error = check_error(await client.get(f"{path}?filter=eq(name,x)"), 503, 10627)
        assert "1 second" in error["details"][0]
