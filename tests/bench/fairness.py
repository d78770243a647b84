"""``uv run python -m tests.bench fairness``: memory, small requests and the loop while eight large ones are in flight.

Eight Apollo uploads, then eight SAS bulk requests of ``--items`` at once, each in a space of its own. Meanwhile another
process GETs a relationship of a ninth space by id, the service's memory is read from outside, and ``/ops/metrics``
tells the longest wait for its event loop.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from app.bench import send
from app.bench.figures import Spread
from app.bench.measure import BULK, UPLOAD
from app.bench.sheet import Sheet
from tests.bench import stage
from tests.bench.probe import probing
from tests.bench.stage import Bench

AT_ONCE: Final = 8
WARM: Final = 1
LOOK: Final = 0.02
ALONE_SECONDS: Final = 3.0
ALONE: Final = "GET by id, alone"
STALL: Final = "tercet_loop_stall_seconds"


class Fairness:
    """The rows of this bench."""

    def __init__(self, on: Bench, sheet: Sheet, items: int, path: str) -> None:
        self.on, self.sheet, self.items, self.path = on, sheet, items, path

    async def alone(self) -> None:
        """Nothing but the small requests."""
        await self._watch(ALONE, lambda: asyncio.sleep(ALONE_SECONDS))

    async def upload(self) -> None:
        """Uploads at once."""
        bodies = [send.draw_uploads(self.on.minter.mint, self.items) for _ in range(AT_ONCE)]
        await self._watch(spell(UPLOAD), lambda: self._all(send.upload, bodies))

    async def bulk(self) -> None:
        """Bulk requests at once."""
        bodies = [send.draw_links(self.on.minter.mint, self.items) for _ in range(AT_ONCE)]
        await self._watch(spell(BULK), lambda: self._all(send.bulk, bodies))

    async def _all(self, ask: Callable[..., Awaitable[Any]], bodies: list[list[send.Item]]) -> None:
        told = await asyncio.gather(
            *(ask(self.on.lines, body, self.on.minter.mint()) for body in bodies), return_exceptions=True
        )
        failed = [each for each in told if isinstance(each, BaseException)]
        self.busy = sum(isinstance(each, send.Busy) for each in failed)
        for each in failed:
            if not isinstance(each, send.Busy):
                raise each

    async def _watch(self, row: str, work: Callable[[], Awaitable[object]]) -> None:
        self.busy = 0
        await stage.read_metric(self.on, STALL)
        watch = asyncio.create_task(self._weigh())
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with probing(self.on, self.path) as times:
                await work()
        finally:
            watch.cancel()
        seconds = loop.time() - started
        if self.busy:
            self.sheet.note(row, answered_503=self.busy)
        spread = Spread.of(times)
        stall = await stage.read_metric(self.on, STALL)
        self.sheet.note(row, p50_ms=spread.median, p99_ms=spread.p99, stall_ms=stall * 1000)
        self.sheet.note(row, peak_mib=self.peak / 2**20, s=seconds)

    async def _weigh(self) -> None:
        self.peak = 0
        while True:
            self.peak = max(self.peak, self.on.service.memory_info().rss)
            await asyncio.sleep(LOOK)


def spell(kind: str) -> str:
    """The name of a row."""
    return f"GET by id beside {AT_ONCE} × {kind}"


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of every row."""
    sheet = Sheet(f"Fairness: {AT_ONCE} requests of {chosen.items:,} items at once")
    for kind in (UPLOAD, BULK):
        sheet.aim(f"{kind}s: MiB of the service at most", spell(kind), "peak_mib", most=350)
        sheet.aim(f"{kind}s: p99 of a small GET, ms", spell(kind), "p99_ms", most=60)
        sheet.aim(f"{kind}s: longest stall of the loop, ms", spell(kind), "stall_ms", most=30)
    async with stage.bench() as on:
        space = on.minter.mint()
        [stored] = items = send.draw_uploads(on.minter.mint, 1)
        await send.upload(on.lines, items, space)
        rows = Fairness(on, sheet, chosen.items, f"{send.AUTODESK}/{space}/relationships/{stored['id']}")
        await stage.take_turns(sheet, chosen.turns, WARM, rows.alone, rows.upload, rows.bulk)
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 2, "how often everything is measured, after one turn to warm; a turn takes over a minute"),
        ("--items", int, 10_000, "items of a request"),
    )


if __name__ == "__main__":
    main()
