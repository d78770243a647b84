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
    """The same links every time: about four times as many as things, the last ``hub`` of them at the hub."""
    chance, things = Random(seed), (links - hub) // 4
    for n in range(links - hub):
        kind, thing = divmod(n, things)
        yield _draw_one(chance, kind, thing, things)
    for n in range(hub):
        yield HUB, "connects", _name(n % things), {}


def _draw_one(chance: Random, kind: int, thing: int, things: int) -> Drawn:
    match kind:
        case 0:
            return _name((thing - 1) // BRANCHES if thing else things - 1), "hasPart", _name(thing), {}
        case 1:
            ends = thing, (thing + chance.randint(1, FAR)) % things
            source, target = ends[::-1] if chance.randrange(BACK) == 0 else ends
            return _name(source), "feeds", _name(target), {}
        case 2:
            return _name(thing), "refersTo", _name(chance.randrange(things)), {"assertedBy": f"survey-{thing % 17}"}
        case _:
            return _name(thing), "related", _name((thing + chance.randint(1, 20 * FAR)) % things), {}


def _name(thing: int) -> str:
    return f"/plant/{thing % 97}/unit-{thing}"
