"""``uv run python -m tests.bench growth --many 2000000``: the same requests in a small and in a large space.

Two databases with a service each, one with ``--few`` relationships and one with ``--many``, asked by turns. In the large
one also PUTs by eight writers at one entity of ``--hub`` links, beside PUTs of spread-out entities. ``--keep FOLDER`` keeps
both: who calls again with the same folder asks what is loaded already; ``--turns 0`` loads only.
"""

from __future__ import annotations

import argparse
import statistics
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.bench import reads, send
from app.bench.measure import BULK, UPLOAD, name_put
from app.bench.reads import Place
from app.bench.sheet import Sheet
from app.core.model import Entity
from tests.bench import stage
from tests.bench.fill import HUB, fill, name
from tests.bench.stage import Bench

CLIENTS: Final = 8
TWENTY: Final = 20
READS: Final = 10
WARM: Final = 2
LEAST: Final = 0.75
HUB_LEAST: Final = 0.8
SPREAD_OUT: Final = "PUT of 20 links of things with four, 8 clients"
AT_HUB: Final = "PUT of 20 links of the hub, 8 clients"
FEW, MANY = "few", "many"

Draw = Callable[[Callable[[], str], int], list[send.Item]]


@dataclass
class Growth:
    """The rows of one of the two spaces."""

    on: Bench
    place: Place
    sheet: Sheet
    size: str
    items: int

    async def write(self) -> None:
        """Large requests and small ones."""
        client, space, mint = self.on.lines, self.place.space, self.on.minter.mint
        sent = await send.upload(client, send.draw_uploads(mint, self.items), space)
        self.note(UPLOAD, self.items, sent.done)
        self.note(BULK, self.items, await send.bulk(client, send.draw_links(mint, self.items), space))
        for clients in (1, CLIENTS):
            await self.put(name_put(clients), clients, send.draw_pairs)

    async def put(self, row: str, clients: int, draw: Draw) -> None:
        """PUTs of what is drawn."""
        rounds = max(4, 64 // clients)
        seconds, _ = await send.crowd(
            clients, rounds, lambda: send.put(self.on.lines, draw(self.on.minter.mint, TWENTY), self.place.space)
        )
        self.note(row, clients * rounds * TWENTY, seconds)

    async def read(self) -> None:
        """Every kind of read, by one client."""
        for kind, ask in self.place.list_reads().items():
            self.note(kind, 1, statistics.median([await ask() for _ in range(READS)]))

    def note(self, row: str, many: int, seconds: float) -> None:
        """So many in so long: rates only, of requests as of relationships, so that more is better everywhere."""
        self.sheet.note(spell(row, self.size), a_second=many / seconds)


class Links:
    """Draws PUTs of new things at the hub, or at things that have few links."""

    def __init__(self, rows: int) -> None:
        self.rows, self.turn = rows, 0

    def at_hub(self, mint: Callable[[], str], many: int) -> list[send.Item]:
        """All of them at one entity."""
        return [_pair(Entity("apollo", "entity", HUB), mint) for _ in range(many)]

    def spread_out(self, mint: Callable[[], str], many: int) -> list[send.Item]:
        """Each at another entity."""
        self.turn += many
        return [_pair(name((self.turn + n) * 97 % (self.rows // 8)), mint) for n in range(many)]


def _pair(entity: Entity, mint: Callable[[], str]) -> send.Item:
    return {"entities": [entity._asdict(), {"domain": "bench", "type": "thing", "id": mint()}]}


def spell(row: str, size: str) -> str:
    """The name of a row."""
    return f"{row}, {size}"


def list_aims(sheet: Sheet) -> None:
    """Nothing gets worse than three quarters; a hub than four fifths."""
    for row in (UPLOAD, BULK, name_put(1), name_put(CLIENTS), *reads.READS):
        sheet.aim(f"{row}: many beside few", spell(row, MANY), "a_second", spell(row, FEW), least=LEAST)
    at, spread = spell(AT_HUB, MANY), spell(SPREAD_OUT, MANY)
    sheet.aim(f"{AT_HUB} beside {SPREAD_OUT}", at, "a_second", spread, least=HUB_LEAST)


@asynccontextmanager
async def filled(folder: Path | None, rows: int, hub: int) -> AsyncIterator[tuple[Bench, Place]]:
    """A bench whose space has so many relationships: filled now, unless a kept folder has them."""
    async with stage.bench(folder) as on:
        space = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{rows} {hub}"))
        held = await on.lines.get("/relationships/relationships?limit=1", headers={"x-tercet-space": space})
        if held.json().get("count", 0) < rows:
            yield on, await fill(on, space, rows, hub)
        else:
            yield on, Place(on.lines, space, held.json()["items"][0]["id"], name(7), Entity("apollo", "entity", HUB))


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Turns of both spaces."""
    sheet = Sheet(f"Growth: {chosen.few:,} relationships beside {chosen.many:,}, a hub of {chosen.hub:,}")
    list_aims(sheet)
    keep = chosen.keep
    async with AsyncExitStack() as stack:
        sizes = {FEW: (chosen.few, min(chosen.hub, chosen.few // 2)), MANY: (chosen.many, chosen.hub)}
        both = [
            Growth(*await stack.enter_async_context(filled(keep and keep / size, *rows)), sheet, size, chosen.items)
            for size, rows in sizes.items()
        ]
        large, links = both[1], Links(chosen.many)
        rows = [each.write for each in both] + [each.read for each in both]
        rows.append(lambda: large.put(AT_HUB, CLIENTS, links.at_hub))
        rows.append(lambda: large.put(SPREAD_OUT, CLIENTS, links.spread_out))
        await stage.take_turns(sheet, chosen.turns, WARM if chosen.turns else 0, *rows)
        if chosen.turns:
            for each in both:
                await stage.prove(each.on, sheet)
    return sheet


def main() -> None:
    """Measures and tells."""
    stage.run(
        __doc__,
        measure,
        ("--turns", int, 5, "how often everything is measured, after two turns to warm"),
        ("--few", int, 100_000, "relationships in the small space"),
        ("--many", int, 1_000_000, "relationships in the large space"),
        ("--hub", int, 100_000, "links of the hub in the large space"),
        ("--items", int, 10_000, "items of a large request"),
        ("--keep", Path, None, "where both databases stay"),
    )


if __name__ == "__main__":
    main()
