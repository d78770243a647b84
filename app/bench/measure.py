"""One service measured in turns: uploads, bulk requests, small PUTs, the same again, and reads, all in one space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.bench import send
from app.bench.figures import Spread
from app.bench.reads import Place
from app.bench.sheet import Sheet
from app.core.identity import Minter
from app.core.model import Entity

if TYPE_CHECKING:
    from app.bench.lines import Lines
    from app.bench.send import Item

UPLOAD: Final = "Apollo upload"
BULK: Final = "SAS bulk request"
PUT: Final = "Autodesk PUT of 20"
AGAIN: Final = ", sent again"
CROWD: Final = 8
HUB_LINKS: Final = 150
READS: Final = 5
"""Each kind of read is asked so often a turn."""


@dataclass(slots=True)
class Measure:
    """Notes turns of requests on a sheet. ``items`` is the size of a large request, ``calls`` the PUTs of each client."""

    client: Lines
    space: str
    items: int
    calls: int
    sheet: Sheet = field(default_factory=lambda: Sheet("A service from outside"))
    minter: Minter = field(default_factory=Minter)

    async def take_turns(self, turns: int, *, warm: int = 1) -> Sheet:
        """So many turns, after those that only warm the service."""
        place = await self._prepare()
        for turn in range(-warm, turns):
            if turn == 0:
                self.sheet.rows.clear()
            await self._send_many()
            for clients in (1, CROWD):
                await self._put(clients)
            for name, ask in place.list_reads().items():
                self.sheet.note(name, ms=[await ask() * 1000 for _ in range(READS)])
        self._list_aims()
        return self.sheet

    async def _prepare(self) -> Place:
        """A hub, so that a search around it fills its page, and the entities at it."""
        hub = self.minter.mint()
        items = [item | {"sourceEntityId": hub} for item in send.draw_uploads(self.minter.mint, HUB_LINKS)]
        await send.upload(self.client, items, self.space)
        near = Entity("apollo", "entity", items[0]["destinationEntityId"])
        return Place(self.client, self.space, items[0]["id"], near, Entity("apollo", "entity", hub))

    async def _send_many(self) -> None:
        uploads = send.draw_uploads(self.minter.mint, self.items)
        links = send.draw_links(self.minter.mint, self.items)
        for again, query in (("", ""), (AGAIN, "?onConflict=ignore")):
            sent = await send.upload(self.client, uploads, self.space)
            self.sheet.note(f"{UPLOAD}{again}", rel_s=self.items / sent.done, accepted_ms=sent.accepted * 1000)
            seconds = await send.bulk(self.client, links, self.space, query)
            self.sheet.note(f"{BULK}{again}", rel_s=self.items / seconds)

    async def _put(self, clients: int) -> None:
        bodies = [send.draw_pairs(self.minter.mint) for _ in range(clients * self.calls)]
        for again in ("", AGAIN):
            seconds, times = await self._put_all(clients, bodies)
            spread = Spread.of(times)
            rate = len(bodies) * len(bodies[0]) / seconds
            row = f"{name_put(clients)}{again}"
            self.sheet.note(row, rel_s=rate, p50_ms=spread.median * 1000, p99_ms=spread.p99 * 1000)

    async def _put_all(self, clients: int, bodies: list[list[Item]]) -> tuple[float, list[float]]:
        waiting = iter(bodies)
        return await send.crowd(clients, self.calls, lambda: send.put(self.client, next(waiting), self.space))

    def _list_aims(self) -> None:
        for row in (UPLOAD, BULK, name_put(1), name_put(CROWD)):
            self.sheet.aim(f"{row}: sent again beside created", f"{row}{AGAIN}", "rel_s", row)
        self.sheet.aim(f"{PUT}: {CROWD} clients beside one", name_put(CROWD), "rel_s", name_put(1))


def name_put(clients: int) -> str:
    """The row of PUTs by so many clients."""
    return f"{PUT}, {clients} client{'s' if clients > 1 else ''}"
