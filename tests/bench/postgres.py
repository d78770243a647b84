"""R4: a table of edges in Debian's Postgres with its durable defaults, written from arrays by asyncpg."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.raw import Link

PLACE = Path("/usr/lib/postgresql")
USER = "postgres"
START_SECONDS = 30
SCHEMA = """
CREATE TABLE edge (
  space uuid NOT NULL, id uuid NOT NULL, type text NOT NULL, source text NOT NULL, target text NOT NULL,
  fields jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (space, id)
);
CREATE UNIQUE INDEX edge_pair ON edge (space, source, target, type);
CREATE INDEX edge_target ON edge (space, target);
"""
INSERT = """
INSERT INTO edge (space, id, type, source, target, fields)
SELECT $1::uuid, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
ON CONFLICT DO NOTHING
"""


def missing() -> str | None:
    """Why there is no such row; None where there can be one."""
    if not find_programs():
        return "no Postgres here: apt-get install postgresql"
    if importlib.util.find_spec("asyncpg") is None:
        return "no driver for Postgres here: uv run --group bench …"
    return None


def find_programs() -> Path | None:
    """The folder of the newest server."""
    found = sorted(PLACE.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


class Table:
    """An edge table behind as many connections as there are clients."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def store(self, links: Sequence[Link], space: str, size: int) -> float:
        """Seconds to write, ``size`` rows a transaction; rows that are there stay as they are."""
        parts = [_list_columns(links[first : first + size]) for first in range(0, len(links), size)]
        started = time.perf_counter()
        for part in parts:
            await self._pool.execute(INSERT, space, *part)
        return time.perf_counter() - started


def _list_columns(links: Sequence[Link]) -> list[list[str]]:
    rows = [(link.id, link.type, "/".join(link.source), "/".join(link.target), _write(link.fields)) for link in links]
    return [list(column) for column in zip(*rows, strict=True)]


def _write(fields: Any) -> str:
    import msgspec

    return msgspec.json.encode(fields).decode()


@asynccontextmanager
async def table(clients: int) -> AsyncIterator[Table]:
    """A server of its own in an empty folder, and the table. Call ``missing`` first."""
    import asyncpg

    programs = find_programs()
    assert programs is not None, "missing() says so"
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    account = {"user": USER} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, USER)
    await _run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "bench", "-E", "UTF8", **account)
    server = await asyncio.create_subprocess_exec(
        *(str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="),
        **_quiet(folder),
        **account,
    )
    try:
        pool = await _connect(asyncpg, folder, clients)
        async with pool:
            await pool.execute(SCHEMA)
            yield Table(pool)
    finally:
        server.terminate()
        await server.wait()
        shutil.rmtree(folder)


def _quiet(folder: Path) -> dict[str, Any]:
    return {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL, "cwd": folder}


async def _run(*words: object, **how: Any) -> None:
    folder = Path(str(words[2])).parent
    process = await asyncio.create_subprocess_exec(*map(str, words), **_quiet(folder), **how)
    if await process.wait():
        raise SystemExit(f"{words[0]} failed")


async def _connect(asyncpg: Any, folder: Path, clients: int) -> Any:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await asyncpg.create_pool(
                host=str(folder), user="bench", database="postgres", min_size=clients, max_size=clients
            )
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
