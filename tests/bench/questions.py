"""``uv run python -m tests.bench questions``: what each question of ``/graph/v1`` costs beside the same in plain Cypher.

One run, one machine, one database, interleaved: the service as a process of its own, and the raw driver. The graph is
the demo's building, the one of ``--building X.relationships.jsonl.gz`` (``X.entities.jsonl.gz`` beside it) or, by
``--links 1000000``, a plant with a hub of 50,000. Whole answers are read and nothing is parsed on either side.
``--keep FOLDER`` keeps the database: who calls again with the same folder asks what is loaded already.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from app.bench import send
from app.bench.sheet import Sheet
from app.core.access import Right
from app.core.identity import space_name
from app.demo import building
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from tests.bench import byhand, lists, plant, stage
from tests.bench.byhand import Hand, clock
from tests.bench.stage import Bench, upload

HUB: Final = 50_000
PART: Final = 10_000
WARM: Final = 5
TURNS: Final = 30
WHOLE: Final = 3
BY_HAND: Final = ", by hand"

# Refs are hashes of names: the first in their order are a sample that nobody has chosen.
SAMPLE = """
MATCH (a:Entity)
WHERE a.key STARTS WITH $prefix AND EXISTS { (a)--() }
WITH a ORDER BY a.key LIMIT $many
"""
HUBS = """
MATCH (a:Entity)
WHERE a.key STARTS WITH $prefix
WITH a ORDER BY COUNT { (a)--() } DESC LIMIT 1
"""
BESIDE = """
CALL (a) { MATCH (a)--()--(b:Entity) WHERE b <> a RETURN b.key AS beside LIMIT 1 }
RETURN a.key, a.id, beside
"""
TYPES = """
MATCH (t:Term)
WHERE t.key STARTS WITH $prefix + 'relationship:' AND t.live > 0 AND t.name <> 'related'
RETURN t.name ORDER BY t.name ENDS WITH 'feeds' DESC, t.live DESC LIMIT 1
"""

Ask = Callable[[], Awaitable[Any]]


class Subject(NamedTuple):
    """Whom a question is about: the key and id of an entity, and the key of one two steps away."""

    key: str
    id: str
    beside: str


class Pair(NamedTuple):
    """The same question to the service and by hand."""

    service: Ask
    by_hand: Ask


@dataclass(frozen=True)
class Asker:
    """Asks both about one space."""

    on: Bench
    space: str
    hand: Hand

    async def get(self, path: str) -> None:
        """One question to the service; its whole answer is read."""
        answer = await self.on.lines.get(f"{_place(self.space)}{path}")
        assert answer.status_code == 200, answer.text

    def pair(self, path: str, statement: str, **params: Any) -> Pair:
        """A question and its statement."""
        return Pair(lambda: self.get(path), lambda: self.hand.rows(statement, **params))

    def about(self, it: Subject, far: Subject, *, hub: bool = False) -> dict[str, Pair]:
        """Every question about one entity; paths lead to another one, wherever it is."""
        ref, beside = _ref(it.key), _ref(it.beside)
        find = Pair(lambda: self.get(f"/entities?limit=20&q={quote(it.id, safe='')}"), lambda: self.hand.find(it.id))
        path = f"/paths?from={ref}&to={_ref(far.key)}&direction=both"
        around = byhand.HUB if hub else byhand.NEIGHBOURHOOD
        return {
            "find": find,
            "card": self.pair(f"/entities/{ref}", byhand.CARD, key=it.key),
            "neighbourhood": self.pair(f"/neighbourhood?from={ref}&steps={1 if hub else 2}", around, key=it.key),
            "shortest path": self.pair(path, byhand.PATH, key=it.key, far=far.key),
            "impact": self.pair(f"/impact?from={ref}", byhand.IMPACT, key=it.key),
            "intersect": self.pair(f"/intersect?of={ref},{beside}", byhand.INTERSECT, key=it.key, beside=it.beside),
        }

    def whole(self, type: str) -> dict[str, Pair]:
        """Every question about the whole space; cycles are sought along one type."""
        return {
            "facets": self.pair("", byhand.FACETS),
            "cycles": self.pair(f"/cycles?type={quote(type, safe='')}", byhand.CYCLES, types=[type]),
            "islands": Pair(lambda: self.get("/islands"), self.hand.count_islands),
        }


def _ref(key: str) -> str:
    return key.partition(":")[2]


def _place(space: str) -> str:
    return f"/graph/v1/spaces/{quote(space, safe='')}"


async def ask_all(asker: Asker, times: int, whole: int, sheet: Sheet) -> None:
    """Milliseconds of every question: about ``times`` entities, the largest hub, and ``whole`` times about all."""
    hand = asker.hand
    some = [Subject(*row) for row in await hand.rows(SAMPLE + BESIDE, many=times)]
    [hub] = [Subject(*row) for row in await hand.rows(HUBS + BESIDE)]
    [[type]] = await hand.rows(TYPES)
    await _take([asker.about(each, far) for each, far in zip(some, [*some[1:], *some[:1]], strict=True)], "", sheet)
    await _take([asker.about(hub, far, hub=True) for far in some if far.key != hub.key], ", at the hub", sheet)
    await _take([asker.whole(type)] * whole, "", sheet)


async def _take(turns: list[dict[str, Pair]], where: str, sheet: Sheet) -> None:
    """Every question in turns, the service and the hand by turns the first; the last few turns come before, to warm."""
    warm = min(WARM, len(turns) // 3)
    for name in turns[0] if turns else ():
        sheet.aim(f"{name}{where}", f"{name}{where}", "ms", f"{name}{where}{BY_HAND}", most=2)
    for turn, questions in enumerate([*turns[len(turns) - warm :], *turns], -warm):
        for name, pair in questions.items():
            for side in range(2):
                by_hand = (turn + side) % 2 == 1
                took = await clock(pair.by_hand if by_hand else pair.service)
                if turn >= 0:
                    sheet.note(f"{name}{where}{BY_HAND if by_hand else ''}", ms=took)


def read_building(file: Path | None) -> dict[str, list[dict[str, Any]]]:
    """Entities and relationships of a building as items of the Apollo format: the demo's where no file is named."""
    if file is None:
        return {kind: building.read(kind) for kind in ("entities", "relationships")}
    return {kind: _read(file, kind) for kind in ("entities", "relationships")}


def _read(file: Path, kind: str) -> list[dict[str, Any]]:
    with gzip.open(file.with_name(file.name.replace("relationships", kind)), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


async def fill_building(on: Bench, space: str, file: Path | None) -> None:
    """Loads a building through the Apollo POST, in as many pieces as it takes."""
    items = read_building(file)
    for first in range(0, len(items["entities"]), PART):
        await send.upload(on.lines, items["entities"][first : first + PART], space, send.ENTITIES)
    for first in range(0, len(items["relationships"]), PART):
        await upload(on, items["relationships"][first : first + PART], space)


async def fill_links(on: Bench, space: str, links: int) -> None:
    """Loads ``links`` relationships straight into the database, of which up to 50,000 are at one hub."""
    writers = Writers(on.connection, Gathering(), clock=lambda: time.time_ns() // 1000, mint=on.minter.mint)
    await GraphStore(on.connection, writers).found(space, {"sub:user:developer": Right.OWNER})
    await writers.close()
    await lists.load(on.connection, space, links, draw=plant.draw(links, min(HUB, links // 4)))


async def fill(on: Bench, chosen: argparse.Namespace) -> str:
    """The space to ask: filled now, unless a kept database has it."""
    space = str(uuid.uuid5(uuid.NAMESPACE_URL, name(chosen)))
    held = await on.lines.get(_place(space))
    if held.status_code == 200 and held.json()["relationships"]:
        return space
    if chosen.links:
        await fill_links(on, space, chosen.links)
    else:
        await fill_building(on, space, chosen.building)
    # The index of words follows the writes.
    await on.connection.driver.execute_query("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    return space


def name(chosen: argparse.Namespace) -> str:
    """What is asked about."""
    return f"{chosen.links:,} links" if chosen.links else chosen.building.name if chosen.building else "EBU3B"


async def measure(chosen: argparse.Namespace) -> Sheet:
    """Fills a space and asks."""
    sheet = Sheet(f"Questions to {name(chosen)}")
    async with stage.bench(chosen.keep) as on:
        space = await fill(on, chosen)
        asker = Asker(on, space, Hand(on.connection, space_name(space).record_key("")))
        if chosen.times:
            try:
                async with asyncio.timeout(chosen.seconds):
                    await ask_all(asker, chosen.times, chosen.whole, sheet)
            except TimeoutError:
                sheet.remark(f"stopped after {chosen.seconds:,g} s")
    return sheet


GRAPH: Final = (
    ("--links", int, 0, "relationships of a plant to ask about"),
    ("--building", Path, None, "relationships of a building to ask about"),
    ("--keep", Path, None, "folder that keeps the database"),
)


def main() -> None:
    """Measures and tells."""
    times = ("--times", int, TURNS, "about so many entities; 0: load only")
    whole = ("--whole", int, WHOLE, "so often about the whole space")
    stage.run(__doc__, measure, *GRAPH, times, whole, ("--seconds", float, 3_600.0, "ask no longer"))


if __name__ == "__main__":
    main()
