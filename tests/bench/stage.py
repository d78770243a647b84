"""What every bench stands on: a young database, the service on it as a process of its own, and the raw driver."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import psutil

from app.access import DevelopmentIssuer
from app.bench import send
from app.bench.lines import Lines
from app.bench.sheet import Sheet
from app.core.identity import Minter
from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import migrate
from app.graph.check import check
from app.graph.connection import Connection
from app.graph.library import Library
from app.settings import Settings

READY = b"Tercet is ready"


@dataclass(frozen=True)
class Bench:
    """What the measurements need: the service's client and process, and the raw driver.

    What is measured is sent over ``lines``, which cost next to nothing; ``client`` is for answers that are streamed.
    """

    client: httpx2.AsyncClient
    lines: Lines
    service: psutil.Process
    database: psutil.Process
    connection: Connection
    minter: Minter
    folder: Path


@dataclass
class Meter:
    """Processor time of service and database from now on, in microseconds an item."""

    on: Bench

    def __post_init__(self) -> None:
        self.begin = self._read()

    def _read(self) -> tuple[float, float]:
        return _cpu(self.on.service), _cpu(self.on.database)

    def stop(self, items: int) -> dict[str, float]:
        """What was spent."""
        service, database = (now - then for now, then in zip(self._read(), self.begin, strict=True))
        return {"service_us": service / items * 1e6, "database_us": database / items * 1e6}


async def upload(bench: Bench, items: Sequence[send.Item], space: str) -> dict[str, float]:
    """One Apollo upload from sending to done."""
    meter = Meter(bench)
    sent = await send.upload(bench.lines, items, space)
    figures = {"accepted_ms": sent.accepted * 1000, "seconds": sent.done, "rate": len(items) / sent.done}
    return figures | meter.stop(len(items))


async def put(bench: Bench, space: str) -> float:
    """Milliseconds of one Autodesk PUT of 20 new pairs."""
    return await send.put(bench.lines, send.draw_pairs(bench.minter.mint), space) * 1000


async def read_metric(on: Bench, name: str) -> float:
    """What the service tells of itself under a name; 0 where it was never counted."""
    lines = (await on.lines.get("/ops/metrics")).text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(name)), 0.0)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def bench(folder: Path | None = None) -> AsyncIterator[Bench]:
    """A young database, or that of a folder, a service on it as a process of its own, and a client."""
    async with AsyncExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory() if folder is None else nullcontext(folder))
        settings = replace(Settings.from_environment(), data_dir=Path(place))
        embedded = await stack.enter_async_context(EmbeddedNeo4j(settings))
        connection = Connection(Library.load())
        connection.attach(embedded.endpoint.uri, embedded.endpoint.user, embedded.endpoint.password)
        stack.push_async_callback(connection.close)
        await migrate.up(connection)
        base, process = await stack.enter_async_context(serve(settings.data_dir, name_database(embedded.endpoint)))
        token = DevelopmentIssuer.open(settings.data_dir).mint(minutes=600)
        client = httpx2.AsyncClient(base_url=base, timeout=300, headers={"Authorization": f"Bearer {token}"})
        await stack.enter_async_context(client)
        lines = await stack.enter_async_context(Lines(base, token))
        processes = psutil.Process(process.pid), psutil.Process(embedded.pid)
        yield Bench(client, lines, *processes, connection, Minter(), settings.data_dir)


def name_database(endpoint: Endpoint) -> dict[str, str]:
    """The settings of a service that uses a running database."""
    return {"TERCET_NEO4J_URI": endpoint.uri, "TERCET_NEO4J_PASSWORD": endpoint.password}


@asynccontextmanager
async def serve(folder: Path, settings: dict[str, str]) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """``tercet serve`` with a data folder and settings, ready; it is told to end, and has, when the block is left."""
    port = find_port()
    given = {"TERCET_DATA_DIR": str(folder), "TERCET_AUTO_SPACES": "true", **settings}
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("tercet")), "serve", "--port", str(port)),
        env=os.environ | given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _await_ready(process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def find_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def _await_ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(READY):
            return
    raise SystemExit("the service did not start")


async def prove(on: Bench, sheet: Sheet) -> None:
    """Nothing of what was measured is worth telling if it left the graph unsound."""
    report = await check(on.connection)
    sheet.remark(f"tercet check afterwards: {'sound' if report.ok else report.text()}")


Measuring = Callable[[argparse.Namespace], Coroutine[Any, Any, Sheet]]
Option = tuple[str, type, Any, str]
"""Name, kind, default and meaning of an option."""


def run(description: str | None, measure: Measuring, *options: Option) -> None:
    """What every command does: reads its options, measures, prints the sheet and writes it as JSON."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, kind, default, meaning in options:
        parser.add_argument(name, type=kind, default=default, help=f"{meaning} ({default})")
    parser.add_argument("--json", type=Path, help="also writes the figures to a file")
    chosen = parser.parse_args()
    sheet = asyncio.run(measure(chosen))
    sheet.show()
    sheet.write(chosen.json)


async def take_turns(sheet: Sheet, turns: int, warm: int, *rows: Callable[[], Awaitable[None]]) -> None:
    """Every row once a turn, each turn beginning with another; what the first ``warm`` turns note is forgotten."""
    for turn in range(-warm, turns):
        if turn == 0:
            sheet.rows.clear()
        first = turn % len(rows)
        for row in (*rows[first:], *rows[:first]):
            await row()
