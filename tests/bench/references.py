"""The rows that every run of writes stands beside: R1 bare edges, R2 the same shape by hand, R3 neomodel, R4 Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.bench.sheet import Sheet
from tests.bench import bare, ogm, postgres
from tests.bench.postgres import Table
from tests.bench.raw import Hand, Link
from tests.bench.stage import Bench, Meter

R1: Final = "R1 bare typed edges by the raw driver"
R2: Final = "R2 the same shape by hand"
R3: Final = "R3 neomodel connect() in a loop"
R4: Final = "R4 Postgres edge table"
PART: Final = 5_000
FEW: Final = 200


@dataclass
class References:
    """Writes the same relationships in every other way, and notes how many a second."""

    on: Bench
    sheet: Sheet
    table: Table | None

    async def write_bare(self, links: Sequence[Link], row: str = R1) -> None:
        """R1, 5,000 a transaction."""
        meter = Meter(self.on)
        seconds = await bare.store(self.on.connection, links, self.on.minter.mint(), PART)
        self.sheet.note(row, rel_s=len(links) / seconds, database_us=meter.stop(len(links))["database_us"])

    async def write_same(self, links: Sequence[Link], row: str = R2, size: int = PART) -> None:
        """R2, so many a transaction; rows are made before the clock starts."""
        hand = await Hand.found(self.on.connection, self.on.minter.mint())
        parts = hand.prepare(links, size)
        meter = Meter(self.on)
        seconds = await hand.store(parts)
        self.sheet.note(row, rel_s=len(links) / seconds, database_us=meter.stop(len(links))["database_us"])

    async def write_objects(self, links: Sequence[Link]) -> None:
        """R3, a few hundred."""
        seconds = await ogm.store(self.on.connection, links[:FEW], self.on.minter.mint())
        self.sheet.note(R3, rel_s=min(FEW, len(links)) / seconds)

    async def write_table(self, links: Sequence[Link], row: str = R4) -> None:
        """R4, where there is a Postgres."""
        if self.table is not None:
            space = self.on.minter.mint()
            self.sheet.note(row, rel_s=len(links) / await self.table.store(links, space, PART))


@asynccontextmanager
async def references(on: Bench, sheet: Sheet, clients: int = 1) -> AsyncIterator[References]:
    """All of them ready; what R1 and R3 have written is gone afterwards."""
    async with AsyncExitStack() as stack:
        table = None
        if reason := postgres.missing():
            sheet.remark(f"{R4}: {reason}")
        else:
            table = await stack.enter_async_context(postgres.table(clients))
        await bare.prepare(on.connection)
        stack.push_async_callback(bare.clear, on.connection)
        yield References(on, sheet, table)
