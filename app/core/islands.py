"""The islands of a space: groups of entities between which its links lead, whatever their direction."""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.expanse import linger
from app.core.graphs import Cut
from app.core.ways import Ways, read_ways

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from app.core.expanse import Expanses
    from app.core.graphs import Node, Scope
    from app.core.lists import Lists

    class Seas(Expanses, Lists, Protocol):
        """A store that can tell islands."""


MOST_ISLANDS: Final = 1_000
SECONDS: Final = 30.0
SAMPLE: Final = 5


class Island(NamedTuple):
    """Entities that hang together: how many, and those of them that were created first."""

    size: int
    sample: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Islands:
    """Islands of two entities and more, the largest first, equal sizes by their oldest entity.

    ``count``: how many there are, told or not; ``alone``: how many entities hang together with no other. Where
    something was cut, islands may hang together in what was not looked at.
    """

    islands: list[Island]
    count: int
    alone: int
    cut: Cut | None


async def find_islands(graphs: Seas, scope: Scope, types: frozenset[str] | None, *, limit: int) -> Islands:
    """The islands over links of these types (None: all). Guests join nothing: what lies behind them is not the space's.

    Cut by ROWS at ``limit`` islands; by RELATIONSHIPS and by TIME as ``read_ways``.
    """
    ways = Ways()
    cut = await read_ways(graphs, scope, types, ways)
    forest = await asyncio.to_thread(Forest, ways)
    largest = sorted(forest.sizes.items(), key=lambda each: (-each[1], each[0]))[:limit]
    members = await asyncio.to_thread(forest.sample, {root: min(size, SAMPLE) for root, size in largest})
    late = linger(scope)
    nodes = await _name(graphs, late, ways.numbers(place for some in members.values() for place in some))
    islands = [Island(size, tuple(nodes[n] for n in members[root] if n in nodes)) for root, size in largest]
    entities = await graphs.count_references(scope.space, bookmark=scope.bookmark)
    if cut is None and len(forest.sizes) > limit:
        cut = Cut.ROWS
    return Islands(islands, len(forest.sizes), max(0, entities - sum(forest.sizes.values())), cut)


async def _name(graphs: Expanses, scope: Scope, numbers: dict[int, int]) -> dict[int, Node]:
    """The nodes at some places, which are given by their numbers."""
    refs = await graphs.placed(scope, list(numbers)) if numbers else {}
    nodes = await graphs.nodes(scope, list(refs.values()))
    return {numbers[number]: nodes[ref] for number, ref in refs.items() if ref in nodes}


class Forest:
    """Places that hang together, each group as a tree whose root is its smallest.

    ``sizes``: how many hang together with each root; those of two and more.
    """

    def __init__(self, ways: Ways) -> None:
        ways.settle()
        self._parents = array("q", range(ways.top))
        self._join(ways)
        sizes = Counter(map(self._find, range(ways.top)))
        self.sizes = {root: size for root, size in sizes.items() if size > 1}

    def _join(self, ways: Ways) -> None:
        for source, target in zip(ways.sources, ways.targets, strict=True):
            one, other = self._find(source), self._find(target)
            if one < other:
                self._parents[other] = one
            elif other < one:
                self._parents[one] = other

    def _find(self, place: int) -> int:
        parents = self._parents
        parent = parents[place]
        while parent != place:
            above = parents[parent]
            parents[place] = above
            place, parent = above, parents[above]
        return place

    def sample(self, wanted: Mapping[int, int]) -> dict[int, list[int]]:
        """So many of the smallest places below each of these roots."""
        found: dict[int, list[int]] = {root: [] for root in wanted}
        missing = sum(wanted.values())
        for place in range(min(wanted, default=0), len(self._parents)):
            if not missing:
                break
            root = self._find(place)
            if root in wanted and len(found[root]) < wanted[root]:
                found[root].append(place)
                missing -= 1
        return found
