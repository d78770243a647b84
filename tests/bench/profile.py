"""``uv run --group bench python -m tests.bench profile``: where the time goes of what the cores or the database bound.

Large requests, alone, two at once and eight at once, and pages of a sync by eight clients, beside the same by hand: the
processor time of an item by process, by what the database's threads are for and by the service's modules; how many
cores are busy; for how long Java's collector stops the database, and the event loop wants a core and has none.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from app.bench import reads, send
from app.bench.measure import BULK, UPLOAD
from app.bench.sheet import Sheet
from tests.bench import stage, watch
from tests.bench.bulk import APOLLO_BY_HAND, SAS_BY_HAND, TWO
from tests.bench.fairness import AT_ONCE
from tests.bench.fill import fill
from tests.bench.raw import Hand, read_bulk, read_uploads
from tests.bench.reads import Ask, Reads, spell, timed
from tests.bench.references import PART
from tests.bench.stage import Bench, Meter

CLIENTS: Final = 8
PAGE: Final = 1_000
ROWS: Final = 20_000
HUB_LINKS: Final = 1_000
WARM: Final = 2
FEWEST: Final = 0.02
"""A module that takes less of the service's time than this is told with the others."""
SYNC: Final = spell(reads.SYNC, CLIENTS)
SYNC_BY_HAND: Final = spell(reads.SYNC, CLIENTS, "by hand")
MANY_UPLOADS: Final = f"{AT_ONCE} × {UPLOAD}"
MANY_BULKS: Final = f"{AT_ONCE} × {BULK}"
FREE: Final = ": the cores that there are by those at work"
WORKER: Final = "database: statements and commits"
CORES: Final = os.cpu_count() or 1
TRANSACTIONS: Final = "tercet_transaction_seconds_sum"

Work = Callable[[], Awaitable[object]]


class Load(NamedTuple):
    """Something to be watched: its items, and what prepares it and returns what does it."""

    row: str
    items: int
    prepare: Callable[[], Awaitable[Work]]
    served: bool = True


class Profile:
    """The loads, and what is seen of the processes that carry them."""

    def __init__(self, on: Bench, sheet: Sheet, items: int, pages: int, log: Path) -> None:
        self.on, self.sheet, self.items, self.pages, self.log = on, sheet, items, pages, log

    async def list_loads(self) -> list[Load]:
        """All of them, in the order in which they are told."""
        place = await fill(self.on, self.on.minter.mint(), ROWS, HUB_LINKS)
        calls = self.pages // CLIENTS
        pages, by_hand = CLIENTS * calls * PAGE, Reads(self.on, self.sheet, place, calls).ask_by_hand()

        async def ask(one: Ask) -> Work:
            return partial(send.crowd, CLIENTS, calls, timed(one))

        return [
            Load(UPLOAD, self.items, partial(self._upload, 1)),
            Load(APOLLO_BY_HAND, self.items, self._upload_by_hand, served=False),
            Load(TWO, 2 * self.items, partial(self._upload, 2)),
            Load(BULK, self.items, partial(self._bulk, 1)),
            Load(SAS_BY_HAND, self.items, self._bulk_by_hand, served=False),
            Load(SYNC, pages, lambda: ask(place.list_reads()[reads.SYNC])),
            Load(SYNC_BY_HAND, pages, lambda: ask(by_hand[reads.SYNC]), served=False),
            Load(MANY_UPLOADS, AT_ONCE * self.items, partial(self._upload, AT_ONCE)),
            Load(MANY_BULKS, AT_ONCE * self.items, partial(self._bulk, AT_ONCE)),
        ]

    async def _upload(self, many: int) -> Work:
        bodies = [send.draw_uploads(self.on.minter.mint, self.items) for _ in range(many)]
        return lambda: asyncio.gather(*(send.upload(self.on.lines, body, self.on.minter.mint()) for body in bodies))

    async def _bulk(self, many: int) -> Work:
        bodies = [send.draw_links(self.on.minter.mint, self.items) for _ in range(many)]
        return lambda: asyncio.gather(*(send.bulk(self.on.lines, body, self.on.minter.mint()) for body in bodies))

    async def _upload_by_hand(self) -> Work:
        return await self._store(read_uploads(send.draw_uploads(self.on.minter.mint, self.items)))

    async def _bulk_by_hand(self) -> Work:
        return await self._store(read_bulk(send.draw_links(self.on.minter.mint, self.items), self.on.minter))

    async def _store(self, links: list[Any]) -> Work:
        hand = await Hand.found(self.on.connection, self.on.minter.mint())
        return partial(hand.store, hand.prepare(links, PART))

    async def look(self, load: Load) -> None:
        """Once undisturbed, for all that is counted; then once more while py-spy looks who is at work."""
        work = await load.prepare()
        async with self._count(load):
            await work()
        if load.served and not watch.missing():
            await self._spy(load)

    @asynccontextmanager
    async def _count(self, load: Load) -> AsyncIterator[None]:
        row, items, pauses = load.row, load.items, len(watch.read_pauses(self.log))
        database, service = (watch.Threads(process.pid) for process in (self.on.database, self.on.service))
        held = await stage.read_metric(self.on, TRANSACTIONS)
        own, meter, started = time.process_time(), Meter(self.on), time.perf_counter()
        yield
        seconds, spent = time.perf_counter() - started, meter.stop(items)
        spent["client_us"] = (time.process_time() - own) / items * 1e6
        busy = sum(spent.values()) * items / seconds / 1e6
        self.sheet.note(row, elapsed_us=seconds / items * 1e6, **spent, together_us=sum(spent.values()), cores=busy)
        self.sheet.note(f"{row}{FREE}", times=CORES / busy)
        if load.served:
            self.sheet.note(row, loop_waits_percent=service.tell_wait() / seconds * 100)
        if held < (now := await stage.read_metric(self.on, TRANSACTIONS)):
            self.sheet.note(row, transactions_us=(now - held) / items * 1e6)
        for kind, taken in database.tell_database().items():
            self.sheet.note(f"{row}, database: {kind}", item_us=taken / items * 1e6)
        if stops := watch.read_pauses(self.log)[pauses:]:
            self.sheet.note(row, pause_ms=stops)

    async def _spy(self, load: Load) -> None:
        work, meter = await load.prepare(), Meter(self.on)
        async with watch.spying(self.on.service.pid) as found:
            await work()
        item_us, seen = meter.stop(load.items)["service_us"], found.total()
        if not seen:
            self.sheet.remark("modules of the service: py-spy saw nothing; it must be allowed to trace a process")
        few = 0
        for place, times in found.most_common():
            if times < FEWEST * seen:
                few += times
            else:
                self.sheet.note(f"{load.row}, service: {place}", item_us=item_us * times / seen)
        if few:
            self.sheet.note(f"{load.row}, service: others", item_us=item_us * few / seen)


def list_aims(sheet: Sheet) -> None:
    """What is to be reached, and what of it there is to gain."""
    for row, beside in ((UPLOAD, APOLLO_BY_HAND), (BULK, SAS_BY_HAND)):
        sheet.aim(f"{row}: rate beside R2", beside, "elapsed_us", row, least=0.8)
        sheet.aim(f"{row}: R2's {WORKER} beside its own", f"{beside}, {WORKER}", "item_us", f"{row}, {WORKER}")
    sheet.aim(f"{UPLOAD}: µs of the service an item", UPLOAD, "service_us", most=40)
    sheet.aim(f"{TWO}: rate beside one", UPLOAD, "elapsed_us", TWO, least=1.3)
    sheet.aim(f"{UPLOAD}{FREE}", f"{UPLOAD}{FREE}", "times")
    sheet.aim(f"{SYNC}: rate beside by hand", SYNC_BY_HAND, "elapsed_us", SYNC, least=0.6)
    sheet.aim(f"{SYNC}: all processor time by hand beside its own", SYNC_BY_HAND, "together_us", SYNC)
    for row in (MANY_UPLOADS, MANY_BULKS):
        sheet.aim(f"{row}: pauses of Java's collector, ms", row, "pause_ms")


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of every load; without modules where py-spy is missing."""
    sheet = Sheet(f"Profile: {chosen.items:,} items a request")
    list_aims(sheet)
    if reason := watch.missing():
        sheet.remark(f"modules of the service: {reason}")
    with TemporaryDirectory() as folder:
        log = Path(folder) / "safepoints"
        os.environ["JAVA_TOOL_OPTIONS"] = f"-Xlog:safepoint:file={log}"
        async with stage.bench() as on:
            profile = Profile(on, sheet, chosen.items, chosen.pages, log)
            loads = await profile.list_loads()
            await stage.take_turns(sheet, chosen.turns, WARM, *(partial(profile.look, load) for load in loads))
            await stage.prove(on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 2, "how often everything is watched, after two turns to warm; a turn takes over a minute"),
        ("--items", int, 10_000, "items of a large request"),
        ("--pages", int, 128, "pages of a sync in a turn, of all clients together"),
    )


if __name__ == "__main__":
    main()
