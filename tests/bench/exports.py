"""``uv run python -m tests.bench exports``: what taking a whole space along costs the service, and who waits meanwhile.

The graph is that of ``tests.bench questions``. Rows are dropped as they come. Told are rows a second, by how much the
service's process grows while it sends, and the longest time for which its event loop answers nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from typing import Final
from urllib.parse import quote

from app.bench.sheet import Sheet
from tests.bench import questions, stage
from tests.bench.stage import Bench

FORMATS: Final = ("ndjson", "csv", "arrow")
LISTS: Final = ("relationships", "entities")
LOOK_SECONDS: Final = 0.1
WARM_BYTES: Final = 5_000_000
STALL: Final = re.compile(rb"^tercet_loop_stall_seconds (\S+)", re.MULTILINE)


async def take_along(on: Bench, space: str, noun: str, format: str, rows: int, sheet: Sheet) -> None:
    """One list of ``rows`` in one format, from the first byte to the last."""
    what = f"all {noun} as {format}"
    path = f"/graph/v1/spaces/{quote(space, safe='')}/{noun}?all=true&format={format}"
    await read_stall(on)
    before = most = on.service.memory_info().rss
    started, looked, size = time.perf_counter(), 0.0, 0
    async with on.client.stream("GET", path) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for piece in answer.aiter_bytes():
            size += len(piece)
            if time.perf_counter() - looked > LOOK_SECONDS:
                looked, most = time.perf_counter(), max(most, on.service.memory_info().rss)
    seconds = time.perf_counter() - started
    stall = await read_stall(on)
    sheet.note(what, rows_s=rows / seconds, mb=size / 1e6, grown_mib=(most - before) / 2**20, stall_ms=stall * 1000)
    sheet.aim(f"{what}: longest stall", what, "stall_ms", most=30)


async def read_stall(on: Bench) -> float:
    """The longest stall since it was last asked for, in seconds."""
    told = await on.client.get("/ops/metrics")
    found = STALL.search(told.content)
    assert found is not None, "operators see the longest stall"
    return float(found[1])


async def warm(on: Bench, space: str) -> None:
    """The beginnings of some lists, so that nothing is planned or imported later."""
    for noun in LISTS:
        for format in FORMATS:
            path = f"/graph/v1/spaces/{quote(space, safe='')}/{noun}?all=true&format={format}"
            size = 0
            async with on.client.stream("GET", path) as answer:
                async for piece in answer.aiter_bytes():
                    size += len(piece)
                    if size > WARM_BYTES:
                        break


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Fills a space, unless it is kept, and takes it along in every format."""
    sheet = Sheet(f"Taking along {questions.name(chosen)}")
    async with stage.bench(chosen.keep) as on:
        space = await questions.fill(on, chosen)
        counts = (await on.client.get(f"/graph/v1/spaces/{quote(space, safe='')}")).json()
        await warm(on, space)
        await asyncio.sleep(1)
        for format in chosen.formats.split(","):
            for noun in chosen.lists.split(","):
                await take_along(on, space, noun, format, counts[noun], sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    formats = ("--formats", str, ",".join(FORMATS), "formats of rows")
    stage.run(__doc__, measure, *questions.GRAPH, formats, ("--lists", str, ",".join(LISTS), "what to take along"))


if __name__ == "__main__":
    main()
