"""Cycles along some types: walks that come back to where they began and meet no other entity twice.

Most entities of a space lie on no cycle. All links of the types are read as pairs of numbers, and whoever has no way in
or no way out is peeled off, again and again; only the links of who is left are read whole.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.errors import OutOfTime
from app.core.expanse import linger
from app.core.graphs import OUT, UNDIRECTED, Along, Cut, Subgraph
from app.core.ways import Ways, read_ways

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from app.core.expanse import Expanses
    from app.core.graphs import Link, Scope

LONGEST: Final = 12
MOST_CYCLES: Final = 100
MOST_TYPES: Final = 5
MOST_LEFT: Final = 250_000
MOST_TRIES: Final = 1_000_000
SECONDS: Final = 30.0
FEW: Final = 5_000


class Cycle(NamedTuple):
    """Entities by their refs from the smallest on, and the id of the link from each of them to the next."""

    refs: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles, the shorter first; equal lengths by their first ref, then by ref and link of each further step."""

    cycles: list[Cycle]
    graph: Subgraph


async def find_cycles(graphs: Expanses, scope: Scope, types: frozenset[str], *, longest: int, limit: int) -> Cycles:
    """The first ``limit`` cycles of at most ``longest`` links, each once: directed links in their direction.

    A link of an entity with itself is a cycle of one, two opposite links are one of two. Undirected links are gone over
    either way, none twice, and a cycle of these alone has no direction. Guests are on no cycle.
    Cut by ROWS at the limit, by TIME, by RELATIONSHIPS as ``read_ways`` and where more than ``MOST_LEFT``
    links are left after peeling, or when too much had to be tried.
    """
    ring, cut = Ring(limit=limit + 1, until=scope.until), None
    try:
        cut = await _read_ring(graphs, scope, types, ring)
        await asyncio.to_thread(ring.search, longest)
    except OutOfTime:
        cut = Cut.TIME
    except TooMuch:
        cut = Cut.RELATIONSHIPS
    found = ring.found[:limit]
    if len(ring.found) > limit:
        cut = Cut.ROWS
    refs = dict.fromkeys(ref for cycle in found for ref in cycle.refs)
    nodes = await graphs.nodes(linger(scope), refs)
    links = {id: ring.links[id] for cycle in found for id in cycle.links}
    return Cycles(found, Subgraph({ref: nodes[ref] for ref in refs if ref in nodes}, links, cut))


class TooMuch(Exception):
    """What may be looked at has been looked at."""


async def _read_ring(graphs: Expanses, scope: Scope, types: frozenset[str], ring: Ring) -> Cut | None:
    """The links among those who are left after peeling."""
    ways = Ways()
    directed, undirected = types - {UNDIRECTED}, types & {UNDIRECTED}
    cut = await read_ways(graphs, scope, directed, ways) if directed else None
    ways.directed = len(ways.sources)
    if undirected and cut is None:
        cut = await read_ways(graphs, scope, undirected, ways)
    left = await asyncio.to_thread(peel, ways)
    refs = list((await graphs.placed(scope, list(ways.numbers(left)))).values()) if left else []
    room = MOST_LEFT
    for first in range(0, len(refs), FEW):
        steps = await graphs.step(scope, refs[first : first + FEW], Along(OUT, types), limit=max(room, 1))
        ring.learn(steps.links)
        room -= len(steps.links)
        if not steps.whole or room <= 0:
            cut = Cut.RELATIONSHIPS
            break
    ring.keep(set(refs))
    return cut


def peel(ways: Ways) -> list[int]:
    """Who may lie on a cycle: everybody has a way in over one link and a way out over another one, or a loop."""
    ways.settle()
    star = Star(ways)
    gone = bytearray(star.top)
    waiting = [n for n in range(star.top) if star.is_bare(n)]
    while waiting:
        n = waiting.pop()
        if gone[n]:
            continue
        gone[n] = 1
        waiting += [other for other in star.leave(n) if not gone[other] and star.is_bare(other)]
    return [n for n in range(star.top) if not gone[n] or n in star.loops]


class Star:
    """The links of each number as chains through arrays of integers, about 60 bytes for each of them; loops are apart.

    ``ins`` and ``outs`` count the directed links of a number, ``eithers`` the undirected ones, to those who have not left.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self.top = top = ways.top
        self.loops: set[int] = set()
        self.ins, self.outs, self.eithers = _zeros(top), _zeros(top), _zeros(top)
        self._first_out, self._first_in = _zeros(top), _zeros(top)
        self._next_out, self._next_in = _zeros(len(ways.sources) + 1), _zeros(len(ways.sources) + 1)
        for link, (source, target) in enumerate(zip(ways.sources, ways.targets, strict=True), 1):
            if source == target:
                self.loops.add(source)
                continue
            self._next_out[link], self._first_out[source] = self._first_out[source], link
            self._next_in[link], self._first_in[target] = self._first_in[target], link
            outs, ins = (self.outs, self.ins) if link <= ways.directed else (self.eithers, self.eithers)
            outs[source] += 1
            ins[target] += 1

    def is_bare(self, n: int) -> bool:
        """Whether no way leads through a number: undirected links lead either way, but each only once."""
        ins, outs, eithers = self.ins[n], self.outs[n], self.eithers[n]
        return not (ins + eithers and outs + eithers and ins + outs + eithers > 1)

    def leave(self, n: int) -> Iterator[int]:
        """Takes a number away; those that it was linked to."""
        link = self._first_out[n]
        while link:
            other = self._ways.targets[link - 1]
            counts = self.ins if link <= self._ways.directed else self.eithers
            counts[other] -= 1
            yield other
            link = self._next_out[link]
        link = self._first_in[n]
        while link:
            other = self._ways.sources[link - 1]
            counts = self.outs if link <= self._ways.directed else self.eithers
            counts[other] -= 1
            yield other
            link = self._next_in[link]


def _zeros(size: int) -> array[int]:
    return array("q", bytes(array("q").itemsize * size))


class Ring:
    """Links among which cycles are sought, a length at a time, each from its smallest entity on."""

    def __init__(self, limit: int, until: float = float("inf")) -> None:
        self.links: dict[str, Link] = {}
        self.found: list[Cycle] = []
        self._limit, self._until = limit, until
        self._ways: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._back: defaultdict[str, set[str]] = defaultdict(set)
        self._tries = 0

    def learn(self, links: Collection[Link]) -> None:
        """Some more links."""
        self.links.update((link.id, link) for link in links)

    def keep(self, refs: set[str]) -> None:
        """Leaves only the links between these entities, and makes ways of them."""
        self.links = {id: link for id, link in self.links.items() if link.source in refs and link.target in refs}
        for id, link in self.links.items():
            self._lead(link.source, link.target, id)
            if not link.directed and link.source != link.target:
                self._lead(link.target, link.source, id)
        for ways in self._ways.values():
            ways.sort()

    def _lead(self, near: str, far: str, id: str) -> None:
        self._ways[near].append((far, id))
        self._back[far].add(near)

    def search(self, longest: int) -> None:
        """Fills ``found``. Raises OutOfTime, TooMuch; what was found by then stands."""
        for length in range(1, longest + 1):
            for start in sorted(self._ways):
                left = self._measure(start, length)
                for cycle in self._walk((start,), (), length, left):
                    if self._counts(cycle):
                        self.found.append(cycle)
                        if len(self.found) == self._limit:
                            return

    def _measure(self, start: str, length: int) -> dict[str, int]:
        """How many steps it is back to the start at least, over greater refs, from wherever it is less than so many."""
        left, edge = {start: 0}, [start]
        for far in range(1, length):
            edge = [near for near in {near for ref in edge for near in self._back.get(ref, ())} if near > start]
            edge = [near for near in edge if near not in left]
            self._try(len(edge) + 1)
            left |= dict.fromkeys(edge, far)
        return left

    def _walk(
        self, refs: tuple[str, ...], links: tuple[str, ...], length: int, left: dict[str, int]
    ) -> Iterator[Cycle]:
        near = refs[-1]
        for far, id in self._ways.get(near, ()):
            self._try(1)
            if left.get(far, length) >= length or id in links:
                continue
            if length == 1:
                yield Cycle(refs, (*links, id))
            elif far not in refs:
                yield from self._walk((*refs, far), (*links, id), length - 1, left)

    def _counts(self, cycle: Cycle) -> bool:
        """Whether this is the one of its two directions that counts, where a cycle has two."""
        if len(cycle.links) == 1 or any(self.links[id].directed for id in cycle.links):
            return True
        return cycle.links[0] < cycle.links[-1]

    def _try(self, more: int) -> None:
        self._tries += more
        if self._tries > MOST_TRIES:
            raise TooMuch
        if time.monotonic() > self._until:
            raise OutOfTime
