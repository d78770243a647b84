"""Requests of every format, each timed from its first byte to its answer or, for an upload, to its job's end.

Bodies are written before the clock starts: what is measured is the service, not this process's JSON.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.bench.lines import Answer, Lines

Item = dict[str, Any]
FINAL: Final = ("Completed", "Failed", "Canceled")
BUSY: Final = 503
RELATIONSHIPS: Final = "/apollo/er/relationships"
ENTITIES: Final = "/apollo/er/entities"
AUTODESK: Final = "/bim360/relationship/v2/containers"


class BenchFailed(RuntimeError):
    """The service answered otherwise than a bench needs; nothing is measured."""


class Busy(BenchFailed):
    """The service takes no more for now: 503."""


class Sent(NamedTuple):
    """Seconds until an upload was accepted and until all of its items were done, and what became of them."""

    accepted: float
    done: float
    counts: dict[str, int]


def draw_uploads(mint: Callable[[], str], many: int) -> list[Item]:
    """So many new relationships in the Apollo format, over half as many new entities."""
    ends = [mint() for _ in range(max(1, many // 2))]
    return [
        {
            "id": mint(),
            "sourceEntityId": ends[n % len(ends)],
            "destinationEntityId": ends[n * 7 % len(ends)],
            "relationshipName": "feeds",
            "relationshipType": "Brick__feeds",
        }
        for n in range(many)
    ]


def draw_links(mint: Callable[[], str], many: int) -> list[Item]:
    """So many new relationships in the SAS format, seven of each resource."""
    prefix = f"/bench/{mint()}"
    return [
        {"resourceUri": f"{prefix}/{n // 7}", "type": "Contains", "relatedResourceUri": f"{prefix}/part/{n}"}
        for n in range(many)
    ]


def draw_pairs(mint: Callable[[], str], many: int = 20) -> list[Item]:
    """So many new pairs in the Autodesk format, of new things."""
    return [{"entities": [{"domain": "bench", "type": "thing", "id": mint()} for _ in range(2)]} for _ in range(many)]


async def upload(client: Lines, items: Sequence[Item], space: str, path: str = RELATIONSHIPS) -> Sent:
    """One Apollo upload, followed until all of its items are done. Raises BenchFailed for a refused one."""
    headers = {"ercollectionid": space, "content-type": "application/json"}
    body = await asyncio.to_thread(_write, items)
    started = time.perf_counter()
    answer = _expect(await client.post(path, content=body, headers=headers), 202)
    accepted = time.perf_counter() - started
    place = urlsplit(answer.headers["location"])._replace(scheme="", netloc="").geturl()
    status: dict[str, Any] = {"state": ""}
    while status["state"] not in FINAL:
        told = _expect(await client.get(place, headers={"Prefer": "wait=10"})).json()
        status = told.get("data", told)  # an account of relationships has no envelope (apollo 3)
    if status["counts"]["failed"]:
        raise BenchFailed(f"Of an upload, {status['counts']['failed']} items were refused: {status['errorInfo'][:1]}")
    return Sent(accepted, time.perf_counter() - started, status["counts"])


async def bulk(client: Lines, items: Sequence[Item], space: str, query: str = "") -> float:
    """Seconds of one SAS bulk request; of its answer only the status and the count of items are looked at."""
    headers = {"x-tercet-space": space, "content-type": "application/vnd.sas.collection+json"}
    body = await asyncio.to_thread(_write, {"items": items})
    started = time.perf_counter()
    answer = _expect(await client.post(f"/relationships/relationships{query}", content=body, headers=headers))
    seconds = time.perf_counter() - started
    if b'"errorCode"' in answer.content:
        raise BenchFailed("Items of a bulk request were refused")
    return seconds


async def put(client: Lines, pairs: Sequence[Item], space: str) -> float:
    """Seconds of one Autodesk PUT."""
    headers = {"content-type": "application/json"}
    body = _write(pairs)
    started = time.perf_counter()
    _expect(await client.put(f"{AUTODESK}/{space}/relationships", content=body, headers=headers))
    return time.perf_counter() - started


async def get(client: Lines, path: str, headers: dict[str, str] | None = None) -> float:
    """Seconds of one GET, its whole answer read."""
    started = time.perf_counter()
    _expect(await client.get(path, headers=headers))
    return time.perf_counter() - started


async def sync(client: Lines, space: str, domain: str) -> float:
    """Seconds of the first page of an Autodesk sync."""
    body = _write({"syncToken": None, "filters": {"domains": [domain]}})
    headers = {"content-type": "application/json"}
    started = time.perf_counter()
    _expect(await client.post(f"{AUTODESK}/{space}/relationships:sync", content=body, headers=headers))
    return time.perf_counter() - started


async def crowd(clients: int, rounds: int, ask: Callable[[], Awaitable[float]]) -> tuple[float, list[float]]:
    """Seconds that ``clients`` take to ask ``rounds`` times each, and the seconds of every one of their calls."""
    times: list[float] = []

    async def go_on() -> None:
        for _ in range(rounds):
            times.append(await ask())

    started = time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(clients)))
    return time.perf_counter() - started, times


def _write(body: Any) -> bytes:
    return json.dumps(body).encode()


def _expect(answer: Answer, status: int = 200) -> Answer:
    if answer.status_code != status:
        kind = Busy if answer.status_code == BUSY else BenchFailed
        raise kind(f"The service answered {answer.status_code}, not {status}: {answer.text[:300]}")
    return answer
