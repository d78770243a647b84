"""A space of any size, written by hand in the shape that the service writes: four links of each thing, and apart a hub."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.bench.reads import Place
from app.core.identity import Minter
from app.core.model import Entity
from app.core.ontology import derive
from tests.bench.raw import Hand, Link
from tests.bench.stage import Bench

TYPES: Final = ("Brick__feeds", "Brick__hasPart", "Brick__hasPoint", "Brick__hasLocation")
PART: Final = 5_000
HUB: Final = "hub"


def name(thing: int) -> Entity:
    """A thing of a filled space."""
    return Entity("apollo", "entity", f"thing-{thing}")


def draw(minter: Minter, rows: int, hub: int) -> Iterator[Link]:
    """So many relationships, the first ``hub`` of them at one entity; the others as if at random, the same every time."""
    things = max(2, (rows - hub) // len(TYPES))
    for n in range(rows):
        source, kind = divmod(n - hub, len(TYPES))
        ends = Entity("apollo", "entity", HUB), Entity("apollo", "entity", f"leaf-{n}")
        if n >= hub:
            ends = name(source), name((source * 31 + kind * 7919 + 1) % things)
        type = TYPES[kind]
        yield Link(minter.mint(), type, *ends, "apollo", {**derive(type), "relationshipName": type})


async def fill(on: Bench, space: str, rows: int, hub: int) -> Place:
    """Founds a space and fills it; it is sound afterwards, ``tercet check`` says."""
    hand = await Hand.found(on.connection, space)
    links = draw(on.minter, rows, hub)
    stored = ""
    while part := list(islice(links, PART)):
        stored = part[0].id
        await hand.store(hand.prepare(part, PART))
    return Place(on.lines, space, stored, name(7), Entity("apollo", "entity", HUB))
