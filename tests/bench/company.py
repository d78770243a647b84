"""``uv run python -m tests.bench.company``: what a small request waits for while large jobs are worked off beside it.

One space: ``--jobs`` uploads of 10,000 items in the Apollo format, and one client that PUTs 20 pairs in the Autodesk
format, one request after the other, until all jobs are done. The service is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

from tests.bench import figures
from tests.bench.__main__ import Bench, bench, put, upload

ITEMS = 10_000
WARM_UP = 40


def draw(bench: Bench) -> list[dict[str, Any]]:
    """An upload of items that nobody has sent before, over as many entities."""
    ends = [bench.minter.mint() for _ in range(ITEMS // 2)]
    return [
        {
            "id": bench.minter.mint(),
            "sourceEntityId": ends[index % len(ends)],
            "destinationEntityId": ends[index * 7 % len(ends)],
            "relationshipName": "feeds",
            "relationshipType": "Brick__feeds",
        }
        for index in range(ITEMS)
    ]


async def measure(jobs: int) -> dict[str, list[float]]:
    """Milliseconds of each PUT alone and in company, and seconds of each job."""
    async with bench() as on:
        space = on.minter.mint()
        await upload(on, draw(on), space)
        await upload(on, draw(on), space)
        alone = [await put(on, space) for _ in range(2 * WARM_UP)][WARM_UP:]
        uploads = [asyncio.create_task(upload(on, draw(on), space)) for _ in range(jobs)]
        beside = []
        while not all(task.done() for task in uploads):
            beside.append(await put(on, space))
        return {
            "PUT of 20, alone, ms": alone,
            f"PUT of 20 beside {jobs} jobs, ms": beside,
            "job of 10,000, s": [(await task)["seconds"] for task in uploads],
        }


def main() -> None:
    """Measures, prints a table and writes JSON to the file named by ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    started = time.perf_counter()
    values = asyncio.run(measure(chosen.jobs))
    title = "Small requests beside large jobs in one space"
    figures.show(title, "", values)
    figures.write(chosen.json, title, "", values)
    print(json.dumps({"seconds": round(time.perf_counter() - started, 1)}))  # noqa: T201


if __name__ == "__main__":
    main()
