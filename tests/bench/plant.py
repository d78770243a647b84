"""A plant out of nothing: a tree of parts, feeds that now and then come back, references across, and one hub."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.bench.lists import Drawn

HUB = "/plant/gateway"
BRANCHES = 8
FAR = 50
"""A thing feeds one of the next so many, is beside one of the next twenty times as many, and refers to any other."""
BACK = 10_000
"""Of so many feeds one comes straight back: an error that somebody made."""


def draw(links: int, hub: int, seed: int = 8) -> Iterator[Drawn]:
    """The same links every time, no two between the same ends: four for each thing, and ``hub`` at the hub."""
    chance, things = Random(seed), (links - hub) // 4
    known: set[tuple[int, int]] = set()
    for n in range(links - hub):
        kind, thing = divmod(n, things)
        source, type, target = _draw_one(chance, kind, thing, things)
        while (source, target) in known:
            target = (target + 1) % things
        known.add((source, target))
        yield _name(source), type, _name(target), {"assertedBy": f"survey-{n % 17}"} if n % 3 else {}
    for n in range(hub):
        yield HUB, "connects", _name(n), {}


def _draw_one(chance: Random, kind: int, thing: int, things: int) -> tuple[int, str, int]:
    match kind:
        case 0:
            return (thing - 1) // BRANCHES if thing else things - 1, "hasPart", thing
        case 1:
            ahead = (thing + chance.randint(1, FAR)) % things
            return (ahead, "feeds", thing) if chance.randrange(BACK) == 0 else (thing, "feeds", ahead)
        case 2:
            return thing, "refersTo", chance.randrange(things)
        case _:
            return thing, "related", (thing + chance.randint(1, 20 * FAR)) % things


def _name(thing: int) -> str:
    return f"/plant/{thing % 97}/unit-{thing}"
