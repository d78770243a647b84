"""Statements written by hand stand beside the service only as long as they store the same."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

import pytest

from app.bench import send
from app.core.identity import Minter, space_name
from app.graph.connection import Connection
from tests.bench.raw import Hand, Link, read_bulk, read_pairs, read_uploads
from tests.conftest import RunningService
from tests.store.arrange import run

MINTER = Minter()
EVERYTHING = """
MATCH (n:Relationship|Entity|Term)
WHERE n.key STARTS WITH $prefix
OPTIONAL MATCH (n)-[e]->()
RETURN labels(n) AS labels, properties(n) AS of, collect(type(e)) AS types, collect(properties(e)) AS edges
UNION ALL
MATCH (n:Space {id: $space})
RETURN labels(n) AS labels, properties(n) AS of, [] AS types, [] AS edges
UNION ALL
MATCH (n:Commit {space: $space})
RETURN labels(n) AS labels, properties(n) AS of, [] AS types, [] AS edges
"""
# Ids, keys of pairs, and integers that are instants, ordinals or fingerprints.
OWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24}\b|-?\b\d{12,}\b")
MANNER_OF_FOUNDING = {"number", "locked"}


async def describe(graph: Connection, space: str) -> list[str]:
    """All that a space holds, without the names and numbers that are its own."""
    prefix = space_name(space).prefix
    rows = await run(graph, EVERYTHING, prefix=f"{prefix}:", space=space)
    return sorted(OWN.sub("…", spell(row).replace(prefix, "prefix")) for row in rows)


def spell(row: dict[str, Any]) -> str:
    of = {name: value for name, value in row["of"].items() if name not in MANNER_OF_FOUNDING}
    if "changes" in of:
        of["changes"] = zlib.decompress(of["changes"]).decode()
    return json.dumps({**row, "of": of}, sort_keys=True)


async def upload(service: RunningService, space: str) -> list[Link]:
    items = send.draw_uploads(MINTER.mint, 3)
    await send.upload(service.client, items, space)
    return read_uploads(items)


async def bulk(service: RunningService, space: str) -> list[Link]:
    items = send.draw_links(MINTER.mint, 3)
    await send.bulk(service.client, items, space)
    return read_bulk(items, MINTER)


async def put(service: RunningService, space: str) -> list[Link]:
    pairs = send.draw_pairs(MINTER.mint, 3)
    await send.put(service.client, pairs, space)
    return read_pairs(pairs, MINTER)


@pytest.mark.parametrize("ask", [upload, bulk, put])
async def test_what_is_written_by_hand_is_what_the_service_writes(service, graph, ask):
    space, parts, small = (MINTER.mint() for _ in range(3))
    service.client.headers["authorization"] = f"Bearer {service.token()}"
    try:
        links = await ask(service, space)
    finally:
        del service.client.headers["authorization"]
    hand = await Hand.found(graph, parts)
    await hand.store(hand.prepare(links, 1000))
    await (await Hand.found(graph, small)).put(links)
    stored = await describe(graph, space)
    assert await describe(graph, parts) == stored
    assert await describe(graph, small) == stored
