"""``uv run python -m tests.bench repeats``: what is stored already, sent again in every format.

The rate beside that of the creation, and what the database's transaction log grows by, in bytes an item: a repeat writes
nothing but, for an upload, the account that its sender may ask for.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from app.bench import send
from app.bench.measure import AGAIN, BULK, UPLOAD, name_put
from app.bench.sheet import Sheet
from tests.bench import stage
from tests.bench.raw import read_uploads
from tests.bench.references import R4, References, references
from tests.bench.stage import Bench, Meter

WARM: Final = 2
CLIENTS: Final = 8
TWENTY: Final = 20
PIECE: Final = 1 << 20
LOGS: Final = "neostore.transaction.db.*"


class Repeats:
    """The rows of this bench."""

    def __init__(self, on: Bench, sheet: Sheet, beside: References, items: int, calls: int) -> None:
        self.on, self.sheet, self.beside, self.items, self.calls = on, sheet, beside, items, calls

    async def upload(self) -> None:
        """An Apollo upload twice, and the same in Postgres."""
        items, space = send.draw_uploads(self.on.minter.mint, self.items), self.on.minter.mint()

        async def ask(_: str) -> float:
            return (await send.upload(self.on.lines, items, space)).done

        await self._twice(UPLOAD, len(items), ask)
        if table := self.beside.table:
            links = read_uploads(items)
            for again in ("", AGAIN):
                seconds = await table.store(links, space, len(links))
                self.sheet.note(f"{R4}{again}", rel_s=len(links) / seconds)

    async def bulk(self) -> None:
        """A SAS bulk request, then the same with ``onConflict=ignore``."""
        items, space = send.draw_links(self.on.minter.mint, self.items), self.on.minter.mint()
        await self._twice(BULK, len(items), lambda query: send.bulk(self.on.lines, items, space, query))

    async def put(self, clients: int) -> None:
        """Autodesk PUTs, all of them twice."""
        rounds, space = self.calls // clients, self.on.minter.mint()
        bodies = [send.draw_pairs(self.on.minter.mint, TWENTY) for _ in range(clients * rounds)]

        async def ask(_: str) -> float:
            waiting = iter(bodies)
            return (await send.crowd(clients, rounds, lambda: send.put(self.on.lines, next(waiting), space)))[0]

        await self._twice(name_put(clients), len(bodies) * TWENTY, ask)

    async def _twice(self, row: str, items: int, ask: Callable[[str], Awaitable[float]]) -> None:
        for again, query in (("", ""), (AGAIN, "?onConflict=ignore")):
            log, meter = measure_log(self.on.folder), Meter(self.on)
            seconds = await ask(query)
            spent, grown = meter.stop(items), measure_log(self.on.folder) - log
            self.sheet.note(f"{row}{again}", rel_s=items / seconds, log_bytes_an_item=grown / items, **spent)


def measure_log(folder: Path) -> int:
    """How many bytes of transactions a database has ever written: its files are made in their full size, of zeros."""
    return sum(_measure_file(file) for file in folder.rglob(LOGS))


def _measure_file(file: Path) -> int:
    with file.open("rb") as log:
        end = log.seek(0, 2)
        while end > 0:
            begin = max(0, end - PIECE)
            log.seek(begin)
            if written := log.read(end - begin).rstrip(b"\0"):
                return begin + len(written)
            end = begin
    return 0


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of every format."""
    sheet = Sheet(f"Repeats: {chosen.items:,} items a request")
    for row in (UPLOAD, BULK, name_put(1), name_put(CLIENTS)):
        sheet.aim(f"{row}: sent again beside created", f"{row}{AGAIN}", "rel_s", row, least=3)
        sheet.aim(f"{row}: sent again, log beside created", f"{row}{AGAIN}", "log_bytes_an_item", row)
    sheet.aim(f"{R4}: sent again beside created", f"{R4}{AGAIN}", "rel_s", R4)
    async with stage.bench() as on:
        async with references(on, sheet) as beside:
            rows = Repeats(on, sheet, beside, chosen.items, chosen.calls)
            puts = [lambda clients=clients: rows.put(clients) for clients in (1, CLIENTS)]
            await stage.take_turns(sheet, chosen.turns, WARM, rows.upload, rows.bulk, *puts)
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 5, "how often everything is measured, after two turns to warm"),
        ("--items", int, 10_000, "items of a large request"),
        ("--calls", int, 80, "PUTs of all clients together in a turn"),
    )


if __name__ == "__main__":
    main()
