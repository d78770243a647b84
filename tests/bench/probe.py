"""Asks for one thing again and again in a process of its own, until its input ends; then tells how long each took.

What sends large requests is busy itself: in its process a small answer would wait for the sender, not for the service.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.bench.stage import Bench

PAUSE: Final = 0.01


@asynccontextmanager
async def probing(on: Bench, path: str) -> AsyncIterator[list[float]]:
    """GETs of a path while the block runs; afterwards the list holds the milliseconds of each."""
    url = on.client.base_url
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.probe", url.host, str(url.port), path),
        env={"TOKEN": on.client.headers["authorization"]},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    times: list[float] = []
    try:
        yield times
    finally:
        told, _ = await process.communicate(b"")  # which also closes it
    times += json.loads(told)


def ask(host: str, port: int, path: str, token: str, ended: threading.Event) -> list[float]:
    """The milliseconds of every answer until ``ended``."""
    connection, times = http.client.HTTPConnection(host, port, timeout=60), []
    while not ended.wait(PAUSE):
        started = time.perf_counter()
        connection.request("GET", path, headers={"authorization": token})
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path} is answered {answer.status}")
    return times


def main() -> None:
    """Says when it begins, and at the end of its input what it has measured."""
    host, port, path = sys.argv[1:]
    ended = threading.Event()
    print("begun", flush=True)  # noqa: T201
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print(json.dumps(ask(host, int(port), path, os.environ["TOKEN"], ended)))  # noqa: T201


if __name__ == "__main__":
    main()
