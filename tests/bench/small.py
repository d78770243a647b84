"""``uv run python -m tests.bench small``: PUTs of 20 by one and many clients beside raw drivers that commit their own.

As many clients of the Autodesk format in one space as raw drivers in another: each of these takes the lock of its space,
counts on from what it finds, and writes ends, relationships, edges and a commit of its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Final

from app.bench import send
from app.bench.figures import Spread
from app.bench.measure import name_put
from app.bench.sheet import Sheet
from tests.bench import stage
from tests.bench.raw import Hand, read_pairs
from tests.bench.references import References, references
from tests.bench.stage import Bench

CLIENTS: Final = (1, 8, 16)
TWENTY: Final = 20
WARM: Final = 2
SPREAD: Final = ", p99 by p50"


class Small:
    """The rows of this bench: so many clients each, ``calls`` in all of them together."""

    def __init__(self, on: Bench, sheet: Sheet, beside: References, calls: int) -> None:
        self.on, self.sheet, self.beside, self.calls = on, sheet, beside, calls
        self.space = on.minter.mint()
        self.hand: Hand | None = None

    async def take(self, clients: int) -> None:
        """The service, then the raw drivers, then Postgres."""
        draw, minter = send.draw_pairs, self.on.minter
        await self._crowd(
            name_put(clients), clients, lambda: send.put(self.on.lines, draw(minter.mint, TWENTY), self.space)
        )
        hand = self.hand = self.hand or await Hand.found(self.on.connection, minter.mint())
        await self._crowd(name_raw(clients), clients, lambda: hand.put(read_pairs(draw(minter.mint, TWENTY), minter)))
        if table := self.beside.table:
            await self._crowd(
                name_table(clients),
                clients,
                lambda: table.store(read_pairs(draw(minter.mint, TWENTY), minter), self.space, TWENTY),
            )

    async def _crowd(self, row: str, clients: int, ask: Callable[[], Awaitable[float]]) -> None:
        rounds = max(5, self.calls // clients)
        seconds, times = await send.crowd(clients, rounds, ask)
        self.sheet.note(row, rel_s=clients * rounds * TWENTY / seconds, p50_ms=Spread.of(times).median * 1000)
        self.sheet.note(row, ms=[each * 1000 for each in times])


def name_raw(clients: int) -> str:
    """The row of raw drivers."""
    return f"R2 of 20 by hand, {clients} raw driver{'s' if clients > 1 else ''}"


def name_table(clients: int) -> str:
    """The row of Postgres."""
    return f"R4 of 20 in Postgres, {clients} connection{'s' if clients > 1 else ''}"


def list_aims(sheet: Sheet) -> None:
    """What is to be reached: by one client in time, by many in rate, by all in evenness."""
    sheet.aim("1 client beside 1 raw driver, p50", name_put(1), "p50_ms", name_raw(1), most=1.6)
    for clients in CLIENTS[1:]:
        row = f"{clients} clients beside {clients} raw drivers, rate"
        sheet.aim(row, name_put(clients), "rel_s", name_raw(clients), least=1.5)
    for clients in CLIENTS:
        sheet.aim(f"{name_put(clients)}{SPREAD}", name_put(clients) + SPREAD, "times", most=4)


def tell_evenness(sheet: Sheet) -> None:
    """How far the p99 and the p50 of all calls of a row are apart."""
    for row, unit in list(sheet.rows):
        if unit == "ms":
            spread = Spread.of(sheet.rows[row, unit])
            sheet.note(row + SPREAD, times=spread.p99 / spread.median)


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of every number of clients."""
    sheet = Sheet("Small: Autodesk PUT of 20 new pairs")
    list_aims(sheet)
    async with stage.bench() as on:
        async with references(on, sheet, max(CLIENTS)) as beside:
            rows = Small(on, sheet, beside, chosen.calls)
            takes = [lambda clients=clients: rows.take(clients) for clients in CLIENTS]
            await stage.take_turns(sheet, chosen.turns, WARM, *takes)
        tell_evenness(sheet)
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 5, "how often everything is measured, after two turns to warm"),
        ("--calls", int, 120, "PUTs of all clients together in a turn"),
    )


if __name__ == "__main__":
    main()
