"""``uv run python -m tests.bench reads``: reads of every format beside the same statement by the raw driver.

One space of ``--rows`` relationships. GET by id, a SAS list of 10, an Autodesk search around an entity of many links, a page
of 1,000 of a sync and a neighbourhood of two steps, by one client and by eight, each beside as many raw drivers that
fetch the same rows. Nothing is parsed on either side.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from app.bench import reads, send
from app.bench.figures import Spread
from app.bench.reads import Place
from app.bench.sheet import Sheet
from app.core.identity import space_name
from tests.bench import stage
from tests.bench.byhand import NEIGHBOURHOOD, Hand
from tests.bench.fill import fill
from tests.bench.stage import Bench

CLIENTS: Final = (1, 8)
WARM: Final = 2
HUB_LINKS: Final = 5_000
HAND: Final = "by hand"

Ask = Callable[[], Awaitable[Any]]

RECORD = "r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document"
BY_ID = f"MATCH (r:Relationship {{key: $key}}) RETURN {RECORD}"
LIST = f"""
MATCH (r:Relationship)
WHERE $prefix < r.key < $end
WITH r ORDER BY r.key LIMIT 10
MATCH (space:Space {{id: $space}})
RETURN {RECORD}, space.relationships
"""
SEARCH = f"""
MATCH (e:Entity {{key: $hub}})
CALL (e) {{
  MATCH (r:Relationship)
  USING INDEX r:Relationship(s, n)
  WHERE r.s = e.n AND r.n > 0
  RETURN r ORDER BY r.s, r.n LIMIT 101
  UNION ALL
  MATCH (r:Relationship)
  USING INDEX r:Relationship(t, n)
  WHERE r.t = e.n AND r.n > 0
  RETURN r ORDER BY r.t, r.n LIMIT 101
}}
WITH DISTINCT r ORDER BY r.n LIMIT 101
RETURN collect([{RECORD}])
"""
SYNC = f"""
MATCH (r:Relationship)
WHERE $prefix < r.key < $end
WITH r ORDER BY r.key LIMIT 1001
RETURN collect([{RECORD}])
"""


@dataclass
class Reads:
    """The rows of this bench."""

    on: Bench
    sheet: Sheet
    place: Place
    calls: int

    def ask_by_hand(self) -> dict[str, Ask]:
        """The same reads as statements, by their names."""
        space, name = self.place.space, space_name(self.place.space)
        rows, end = Hand(self.on.connection, f"{name.prefix}:").rows, f"{name.prefix};"
        return {
            reads.BY_ID: lambda: rows(BY_ID, key=name.record_key(self.place.stored)),
            reads.LIST: lambda: rows(LIST, end=end, space=space),
            reads.SEARCH: lambda: rows(SEARCH, hub=name.entity_key(self.place.hub)),
            reads.SYNC: lambda: rows(SYNC, end=end),
            reads.AROUND: lambda: rows(NEIGHBOURHOOD, key=name.entity_key(self.place.near)),
        }

    async def take(self, name: str, clients: int) -> None:
        """One kind of read, by the service and by the raw driver."""
        asked = (("", self.place.list_reads()[name]), (HAND, self.ask_by_hand()[name]))
        for how, ask in asked:
            seconds, times = await send.crowd(clients, max(4, self.calls // clients), timed(ask))
            row = spell(name, clients, how)
            self.sheet.note(row, ask_s=len(times) / seconds, p50_ms=Spread.of(times).median * 1000)


def timed(ask: Ask) -> Callable[[], Awaitable[float]]:
    """The same, and it tells the seconds that it took."""

    async def take() -> float:
        started = time.perf_counter()
        await ask()
        return time.perf_counter() - started

    return take


def spell(name: str, clients: int, how: str = "") -> str:
    """The name of a row."""
    return ", ".join(filter(None, (name, how, f"{clients} client{'s' if clients > 1 else ''}")))


def list_aims(sheet: Sheet) -> None:
    """What is to be reached by each kind of read."""
    for name in reads.READS:
        for clients in CLIENTS:
            row, beside = spell(name, clients), spell(name, clients, HAND)
            sheet.aim(f"{row}: p50 beside by hand", row, "p50_ms", beside, most=2)
            if clients > 1:
                sheet.aim(f"{row}: rate beside by hand", row, "ask_s", beside, least=0.6)


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of every kind of read."""
    sheet = Sheet(f"Reads of a space of {chosen.rows:,} relationships")
    list_aims(sheet)
    async with stage.bench() as on:
        place = await fill(on, on.minter.mint(), chosen.rows, HUB_LINKS)
        rows = Reads(on, sheet, place, chosen.calls)
        takes = [lambda n=name, c=clients: rows.take(n, c) for name in reads.READS for clients in CLIENTS]
        await stage.take_turns(sheet, chosen.turns, WARM, *takes)
        await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 5, "how often everything is measured, after two turns to warm"),
        ("--rows", int, 50_000, "relationships in the space"),
        ("--calls", int, 40, "calls of all clients together in a turn"),
    )


if __name__ == "__main__":
    main()
