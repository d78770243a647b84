"""``uv run python -m tests.bench``: what the service costs beside hand-written statements that store the same.

One run, one machine, one database, interleaved: the service as a process of its own, and the raw driver. Prints a table
and writes JSON to the file named by ``--json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import psutil

from app.access import DevelopmentIssuer
from app.core.identity import Minter
from app.demo import building
from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import migrate
from app.graph.connection import Connection
from app.graph.library import Library
from app.settings import Settings
from tests.bench import raw

PORT = 18_099


@dataclass(frozen=True)
class Bench:
    """What the measurements need: the service's client and process, and the raw driver."""

    client: httpx2.AsyncClient
    service: psutil.Process
    database: psutil.Process
    connection: Connection
    minter: Minter


async def upload(bench: Bench, items: list[dict[str, Any]], space: str) -> dict[str, float]:
    """One Apollo upload from sending to done; its body is written before the clock starts."""
    body, headers = json.dumps(items).encode(), {"ercollectionid": space, "content-type": "application/json"}
    before = _cpu(bench.service), _cpu(bench.database)
    started = time.perf_counter()
    answer = await bench.client.post("/apollo/er/relationships", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    accepted = time.perf_counter() - started
    path = answer.headers["location"].partition(str(bench.client.base_url).rstrip("/"))[2]
    while True:
        status = (await bench.client.get(path, headers={"Prefer": "wait=10"})).json()
        if status["state"] in ("Completed", "Failed", "Canceled"):
            break
    seconds = time.perf_counter() - started
    assert status["counts"]["failed"] == 0, status
    return {
        "accepted_ms": accepted * 1000,
        "seconds": seconds,
        "rate": len(items) / seconds,
        "service_us": (_cpu(bench.service) - before[0]) / len(items) * 1e6,
        "database_us": (_cpu(bench.database) - before[1]) / len(items) * 1e6,
    }


async def by_hand(bench: Bench, items: list[dict[str, Any]], space: str, size: int) -> dict[str, float]:
    """The same rows by a hand-written UNWIND, ``size`` a transaction; rows are prepared before the clock starts."""
    rows = raw.prepare(items, space)
    before = _cpu(bench.database)
    started = time.perf_counter()
    await raw.store(bench.connection, rows, size)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "rate": len(items) / seconds,
        "database_us": (_cpu(bench.database) - before) / len(items) * 1e6,
    }


async def put_twenty(bench: Bench, clients: int, rounds: int) -> dict[str, float]:
    """Autodesk PUT of 20 new pairs into one space, by so many clients at once."""
    space = bench.minter.mint()
    times: list[float] = []

    async def send() -> None:
        for _ in range(rounds):
            times.append(await put(bench, space))

    started = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(clients)))
    seconds = time.perf_counter() - started
    ordered = sorted(times)
    return {
        "p50_ms": statistics.median(ordered),
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "rate": clients * rounds * 20 / seconds,
    }


async def put(bench: Bench, space: str) -> float:
    """Milliseconds of one Autodesk PUT of 20 new pairs."""
    body = [{"entities": [_thing(bench.minter), _thing(bench.minter)]} for _ in range(20)]
    started = time.perf_counter()
    answer = await bench.client.put(f"/bim360/relationship/v2/containers/{space}/relationships", json=body)
    assert answer.status_code == 200, answer.text
    return (time.perf_counter() - started) * 1000


def _thing(minter: Minter) -> dict[str, str]:
    return {"domain": "bench", "type": "thing", "id": minter.mint()}


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def bench(folder: Path | None = None) -> AsyncIterator[Bench]:
    """A young database, or that of a folder, a service on it as a process of its own, and a client."""
    with tempfile.TemporaryDirectory() if folder is None else nullcontext(folder) as place:
        settings = replace(Settings.from_environment(), data_dir=Path(place))
        async with EmbeddedNeo4j(settings) as embedded:
            endpoint = embedded.endpoint
            connection = Connection(Library.load())
            connection.attach(endpoint.uri, endpoint.user, endpoint.password)
            await migrate.up(connection)
            process = await _serve(settings, endpoint)
            token = DevelopmentIssuer.open(settings.data_dir).mint(minutes=600)
            client = httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{PORT}", timeout=120, headers={"Authorization": f"Bearer {token}"}
            )
            try:
                yield Bench(client, psutil.Process(process.pid), psutil.Process(embedded.pid), connection, Minter())
            finally:
                await client.aclose()
                process.terminate()
                await process.wait()
                await connection.close()


async def _serve(settings: Settings, endpoint: Endpoint) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "TERCET_NEO4J_URI": endpoint.uri,
        "TERCET_NEO4J_PASSWORD": endpoint.password,
        "TERCET_DATA_DIR": str(settings.data_dir),
        "TERCET_AUTO_SPACES": "true",
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("tercet")),
        "serve",
        "--port",
        str(PORT),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(b"Tercet is ready"):
            return process
    raise SystemExit("the service did not start")


async def _measure(rounds: int) -> dict[str, list[dict[str, float]]]:
    items = building.read("relationships")
    found: dict[str, list[dict[str, float]]] = {}
    async with bench() as on:
        rows: list[tuple[str, Callable[[], Awaitable[dict[str, float]]]]] = [
            ("EBU3B by hand, 5,000 a transaction", lambda: by_hand(on, items, on.minter.mint(), 5000)),
            ("EBU3B by hand, 500 a transaction", lambda: by_hand(on, items, on.minter.mint(), 500)),
            ("EBU3B as an Apollo upload", lambda: upload(on, items, on.minter.mint())),
            ("Autodesk PUT of 20, 1 client", lambda: put_twenty(on, 1, 60)),
            ("Autodesk PUT of 20, 8 clients", lambda: put_twenty(on, 8, 30)),
        ]
        for turn in range(rounds + 2):
            for name, measure in rows:
                result = await measure()
                if turn >= 2:  # the first two turns warm the database
                    found.setdefault(name, []).append(result)
        memory = on.service.memory_info().rss / 2**20, on.database.memory_info().rss / 2**20
        found["memory"] = [{"service_mib": memory[0], "database_mib": memory[1]}]
    return found


def _print(found: dict[str, list[dict[str, float]]]) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    for name, results in found.items():
        figures = ", ".join(_spread(key, [result[key] for result in results]) for key in results[0])
        print(f"{name}: {figures}")  # noqa: T201


def _spread(key: str, values: list[float]) -> str:
    return f"{key} {statistics.median(values):,.1f} [{min(values):,.1f}–{max(values):,.1f}]"


def main() -> None:
    """Runs everything and prints medians with their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = asyncio.run(_measure(chosen.rounds))
    _print(found)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
