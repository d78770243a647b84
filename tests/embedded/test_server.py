"""A real database: orphaned, started again, stopped."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import neo4j
import pytest

from app.embedded.errors import PortTaken
from app.embedded.server import EmbeddedNeo4j, Endpoint, Phase, State
from app.settings import Settings

OWNER = """
import asyncio, sys
from pathlib import Path
from app import process
from app.embedded.server import EmbeddedNeo4j
from app.settings import Settings

async def own() -> None:
    settings = Settings(data_dir=Path(sys.argv[1]), cache_dir=Path(sys.argv[2]), heap_mb=512, page_cache_mb=64, java_learns=False)
    embedded = EmbeddedNeo4j(settings)
    await embedded.start()
    print(embedded.pid, flush=True)
    await asyncio.sleep(600)

process.run(own())
"""


def small(data: Path) -> Settings:
    return replace(Settings.from_environment(), data_dir=data, heap_mb=512, page_cache_mb=64)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text() if Path("/proc").exists() else ""
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return ") Z " not in state


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


async def answers(endpoint: Endpoint) -> None:
    async with neo4j.AsyncGraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver:
        await driver.verify_authentication()


async def test_a_port_that_is_taken_is_refused_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken"):
            await EmbeddedNeo4j(small(tmp_path), port=port).start()


async def test_the_database_dies_with_its_service_and_the_next_one_starts_on_its_data_and_stops_soon(
    tmp_path: Path,
) -> None:
    settings = small(tmp_path)
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, str(tmp_path), str(settings.cache_dir)), stdout=asyncio.subprocess.PIPE
    )
    assert service.stdout is not None
    orphan = int(await service.stdout.readline())
    assert lives(orphan)
    service.kill()
    await service.wait()
    await until(lambda: not lives(orphan), 35)

    states: list[State] = []
    embedded = EmbeddedNeo4j(settings, states.append)
    async with embedded:
        endpoint = embedded.endpoint
        await answers(endpoint)
        pid = embedded.pid
        assert pid is not None
        assert os.getpgid(pid) != os.getpgid(0), "a terminal's Ctrl-C must not reach it"
        assert os.getsid(pid) == os.getsid(0), "it must not have as many turns as the whole service"
        began = time.monotonic()
    assert time.monotonic() - began < 30
    assert not lives(pid)
    assert [state.phase for state in states] == [Phase.STARTING, Phase.READY, Phase.STOPPED]
