"""``uv run python -m tests.bench start``: seconds of ``tercet serve`` to ready, with its own database.

The first start makes the database's folder and, where this machine has never run it, what Java learns; only the others
count as warm.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from app.bench.sheet import Sheet
from tests.bench import stage

FIRST: Final = "first start, an empty folder"
AGAIN: Final = "warm start"


async def measure(chosen: argparse.Namespace) -> Sheet:
    """One start after the other."""
    sheet = Sheet("Start of tercet serve")
    sheet.aim("warm, seconds to ready", AGAIN, "s_to_ready", most=12)
    with TemporaryDirectory() as folder:
        for turn in range(chosen.turns + 1):
            started = time.perf_counter()
            async with stage.serve(Path(folder), {}) as (_, process):
                ready = time.perf_counter()
                service = psutil.Process(process.pid)
                own, child = service.memory_info().rss, sum(each.memory_info().rss for each in service.children(True))
                stopping = time.perf_counter()
            row = AGAIN if turn else FIRST
            sheet.note(row, s_to_ready=ready - started, s_to_stopped=time.perf_counter() - stopping)
            sheet.note(row, service_mib=own / 2**20, database_mib=child / 2**20)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(__doc__, measure, ("--turns", int, 5, "warm starts"))


if __name__ == "__main__":
    main()
