"""``uv run python -m tests.bench company``: what a small request waits for while large jobs are worked off beside it.

One space: ``--jobs`` uploads of 10,000 items in the Apollo format, and one client that PUTs 20 pairs in the Autodesk
format, one request after the other, until all jobs are done. The service is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio

from app.bench import send
from app.bench.sheet import Sheet
from tests.bench import stage
from tests.bench.stage import put, upload

ITEMS = 10_000
WARM_UP = 40
ALONE = "PUT of 20, alone"
BESIDE = "PUT of 20 beside jobs"


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Milliseconds of each PUT alone and in company, and seconds of each job."""
    sheet = Sheet(f"Small requests beside {chosen.jobs} large jobs in one space")
    sheet.aim("PUT in company beside alone, median", BESIDE, "ms", ALONE)
    async with stage.bench() as on:
        space = on.minter.mint()
        for _ in range(2):
            await upload(on, send.draw_uploads(on.minter.mint, ITEMS), space)
        sheet.note(ALONE, ms=[await put(on, space) for _ in range(2 * WARM_UP)][WARM_UP:])
        drawn = [send.draw_uploads(on.minter.mint, ITEMS) for _ in range(chosen.jobs)]
        uploads = [asyncio.create_task(upload(on, items, space)) for items in drawn]
        while not all(task.done() for task in uploads):
            sheet.note(BESIDE, ms=await put(on, space))
        sheet.note("job of 10,000", s=[(await task)["seconds"] for task in uploads])
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(__doc__, measure, ("--jobs", int, 10, "uploads at once"))


if __name__ == "__main__":
    main()
