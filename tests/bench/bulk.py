"""``uv run python -m tests.bench bulk``: large requests beside the same by hand, by neomodel and in Postgres.

Uploads of the Apollo format from sending to done, bulk requests of the SAS format, ``--items`` in one request (10,000 is
the most that both contracts allow), each beside hand-written statements that store the same. Interleaved.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from app.bench import send
from app.bench.measure import BULK, UPLOAD
from app.bench.sheet import Sheet
from app.demo import building
from tests.bench import stage
from tests.bench.raw import read_bulk, read_uploads
from tests.bench.references import R1, R2, R3, R4, References, references
from tests.bench.stage import Bench, Meter

REAL: Final = "building EBU3B as an Apollo upload"
APOLLO_BY_HAND: Final = f"{R2}, Apollo"
SAS_BY_HAND: Final = f"{R2}, SAS"
REAL_BY_HAND: Final = f"{R2}, EBU3B"
TWO: Final = f"{UPLOAD}s into two spaces at once"
WARM: Final = 2


class Bulk:
    """The rows of this bench."""

    def __init__(self, on: Bench, sheet: Sheet, beside: References, items: int) -> None:
        self.on, self.sheet, self.beside, self.items = on, sheet, beside, items
        self.building = building.read("relationships")

    async def upload(self) -> None:
        """Both sides of an Apollo upload, and what else there is to compare with."""
        items = send.draw_uploads(self.on.minter.mint, self.items)
        links = read_uploads(items)
        await self._upload(UPLOAD, items)
        await self.beside.write_same(links, APOLLO_BY_HAND)
        await self.beside.write_bare(links)
        await self.beside.write_table(links)
        await self.beside.write_objects(links)

    async def upload_two(self) -> None:
        """Two spaces have two writers."""
        both = [send.draw_uploads(self.on.minter.mint, self.items) for _ in range(2)]
        meter, started = Meter(self.on), time.perf_counter()
        await asyncio.gather(*(send.upload(self.on.lines, items, self.on.minter.mint()) for items in both))
        seconds, items = time.perf_counter() - started, 2 * self.items
        self.sheet.note(TWO, rel_s=items / seconds, **meter.stop(items))

    async def upload_building(self) -> None:
        """A real building."""
        await self._upload(REAL, self.building)
        await self.beside.write_same(read_uploads(self.building), REAL_BY_HAND)

    async def bulk(self) -> None:
        """Both sides of a SAS bulk request."""
        items = send.draw_links(self.on.minter.mint, self.items)
        meter = Meter(self.on)
        seconds = await send.bulk(self.on.lines, items, self.on.minter.mint())
        self.sheet.note(BULK, rel_s=len(items) / seconds, **meter.stop(len(items)))
        await self.beside.write_same(read_bulk(items, self.on.minter), SAS_BY_HAND)

    def list_rows(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """All of them."""
        return self.upload, self.upload_two, self.bulk, self.upload_building

    async def _upload(self, row: str, items: Sequence[send.Item]) -> None:
        told = await stage.upload(self.on, items, self.on.minter.mint())
        told.pop("seconds")
        self.sheet.note(row, rel_s=told.pop("rate"), **told)


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of everything."""
    sheet = Sheet(f"Bulk: {chosen.items:,} items a request")
    for row, beside in ((UPLOAD, APOLLO_BY_HAND), (BULK, SAS_BY_HAND), (REAL, REAL_BY_HAND)):
        sheet.aim(f"{row} beside R2", row, "rel_s", beside, least=0.8)
    for beside in (R1, R3, R4):
        sheet.aim(f"{UPLOAD} beside {beside}", UPLOAD, "rel_s", beside)
    sheet.aim(f"{TWO} beside one", TWO, "rel_s", UPLOAD, least=1.3)
    sheet.aim(f"{UPLOAD}: µs of the service an item", UPLOAD, "service_us", most=40)
    async with stage.bench() as on:
        async with references(on, sheet) as beside:
            rows = Bulk(on, sheet, beside, chosen.items)
            await stage.take_turns(sheet, chosen.turns, WARM, *rows.list_rows())
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 4, "how often everything is measured, after two turns to warm"),
        ("--items", int, 10_000, "items of a request"),
    )


if __name__ == "__main__":
    main()
