"""Paths between two entities of a space: simple ones, the shorter first, equal lengths in the order of their links' ids.

Two searches grow towards each other, a step at a time, whichever is cheaper. When together they have gone n steps, every
link of every path of at most n links is known, and the paths of that length are listed from memory.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.errors import OutOfTime
from app.core.expanse import linger
from app.core.graphs import BOTH, IN, OUT, Along, Cut, Subgraph, ask_both
from app.core.neighbourhood import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.core.graphs import Graphs, Link, Node, Scope

MOST_STEPS: Final = 12
MOST_PATHS: Final = 100
MOST_LINKS: Final = 250_000
MOST_TRIES: Final = 1_000_000
FIRST_LOOK: Final = 400
LIGHT: Final = 200
"""A search with so few at its edge goes on while the other one does, asked for or not."""
ASIDE: Final = 2_000
"""Of a region of so many links or more, paths are listed beside the event loop."""


class Path(NamedTuple):
    """A walk that meets no entity twice: its entities by their refs, and the ids of the links between them."""

    refs: tuple[str, ...]
    links: tuple[str, ...]


class Route(NamedTuple):
    """Which paths are meant: from one entity of a space to another, along some links, in at most ``steps`` of them."""

    source: str
    target: str
    along: Along = Along()
    steps: int = MOST_STEPS


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths, what they are made of, and what has cut the search: all of a smaller length than the last were found."""

    paths: list[Path]
    graph: Subgraph


class Overspent(Exception):
    """What may be looked at has been looked at."""


async def find_shortest(graphs: Graphs, scope: Scope, route: Route, *, most: int = 1) -> Paths:
    """The first ``most`` paths. Cut by STEPS where others may be longer than ``MOST_STEPS``."""
    if (quick := await _ask_for_shortest(graphs, scope, route, most)) is not None:
        return quick
    found, region, nodes = await _search(graphs, scope, route, most)
    cut = region.cut
    if cut is None and len(found) < most and route.steps == MOST_STEPS and not region.closed:
        cut = Cut.STEPS
    return _draw(found, region, nodes, cut)


async def _ask_for_shortest(graphs: Graphs, scope: Scope, route: Route, most: int) -> Paths | None:
    """The paths, where the shortest ones are enough of them and the store knows them within half of the time."""
    source, target, along, steps = route
    try:
        hurried = replace(scope, until=scope.until - scope.left() / 2)
        ways = await graphs.shortest(hurried, source, target, along, most=most)
    except OutOfTime:
        return None
    if ways is None or len(ways.links) < most or len(ways.links[0]) > steps:
        return None
    found = [_tread(source, links) for links in ways.links]
    links = {link.id: link for path in ways.links for link in path}
    nodes = {ref: ways.nodes[ref] for path in found for ref in path.refs}
    return Paths(found, Subgraph(nodes, links))


def _tread(ref: str, links: list[Link]) -> Path:
    """The path over some links from where it begins."""
    refs = [ref]
    for link in links:
        refs.append(link.far(refs[-1]))
    return Path(tuple(refs), tuple(link.id for link in links))


async def find_all(graphs: Graphs, scope: Scope, route: Route, *, most: int = MOST_PATHS) -> Paths:
    """All paths of at most ``route.steps`` links; cut by ROWS behind the first ``most``."""
    found, region, nodes = await _search(graphs, scope, route, most + 1)
    if len(found) > most:
        return _draw(found[:most], region, nodes, Cut.ROWS)
    return _draw(found, region, nodes, region.cut)


async def _search(graphs: Graphs, scope: Scope, route: Route, most: int) -> tuple[list[Path], Region, dict[str, Node]]:
    """Guests are met late, when they would be shown: then all of it is done again without them."""
    region = Region(graphs, scope, route)
    nodes, found = await ask_both(demand(graphs, scope, [route.source, route.target]), _list_paths(region, most))
    nodes |= await _name(graphs, scope, found, nodes)
    if any(ref not in nodes for path in found for ref in path.refs):
        region = Region(graphs, scope, route, own_only=True)
        found = await _list_paths(region, most)
        nodes |= await _name(graphs, scope, found, nodes)
    return found, region, nodes


async def _name(graphs: Graphs, scope: Scope, found: list[Path], known: dict[str, Node]) -> dict[str, Node]:
    return await graphs.nodes(linger(scope), {ref for path in found for ref in path.refs} - known.keys())


async def _list_paths(region: Region, most: int) -> list[Path]:
    """The first paths; the region says what has cut the search."""
    route = region.route
    if route.source == route.target:
        return [Path((route.source,), ())]
    found: list[Path] = []
    try:
        for length in range(1, route.steps + 1):
            await region.grow(length)
            if region.met:
                found += await region.list_paths(length, most - len(found))
            if len(found) >= most or (region.closed and (not region.met or length >= region.longest)):
                break
    except OutOfTime:
        region.cut = Cut.TIME
    except Overspent:
        region.cut = Cut.RELATIONSHIPS
    return found


def _draw(found: list[Path], region: Region, nodes: dict[str, Node], cut: Cut | None) -> Paths:
    refs = dict.fromkeys(ref for path in found for ref in path.refs)
    links = {id: region.links[id] for path in found for id in path.links}
    return Paths(found, Subgraph({ref: nodes[ref] for ref in refs if ref in nodes}, links, cut))


@dataclass
class Side:
    """One of the two searches: who is at its edge, how many steps out. ``weight``: about what a step costs."""

    along: Along
    edge: set[str]
    seen: set[str]
    depth: int = 0
    weight: int = 1


@dataclass
class Region:
    """What both searches have seen. ``own_only``: not even the last step of a search leads to a guest."""

    graphs: Graphs
    scope: Scope
    route: Route
    own_only: bool = False
    links: dict[str, Link] = field(default_factory=dict)
    met: bool = False
    spent: int = 0
    tries: int = 0
    cut: Cut | None = None

    def __post_init__(self) -> None:
        source, target, along, _ = self.route
        self.ahead = Side(along, {source}, {source})
        self.behind = Side(turn(along), {target}, {target})
        self.ways: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self.back: defaultdict[str, list[str]] = defaultdict(list)

    @property
    def closed(self) -> bool:
        """Whether every path is made of known links."""
        return not (self.ahead.edge and self.behind.edge)

    @property
    def longest(self) -> int:
        """No path over known links is longer."""
        return min(len(self.ways), len(self.back))

    async def grow(self, length: int) -> None:
        """Until every link of a path of so many links is known. Raises OutOfTime, Overspent."""
        while not self.closed and self.ahead.depth + self.behind.depth < length:
            if max(self.ahead.weight, self.behind.weight) <= LIGHT:
                await ask_both(self._go_on(self.ahead), self._go_on(self.behind))
            else:
                await self._go_on(min(self.ahead, self.behind, key=lambda each: each.weight))

    async def _go_on(self, side: Side) -> None:
        """One step of one search; where it is longer than it seemed, the other one may be shorter."""
        look = min(max(FIRST_LOOK, 8 * side.weight), MOST_LINKS - self.spent)
        if look <= 0:
            raise Overspent
        steps = await self.graphs.step(self.scope, side.edge, side.along, limit=look)
        self.spent += len(steps.links)
        if not steps.whole:
            side.weight = look
            return
        links = await self._keep_own(steps.links) if self.own_only else steps.links
        far = {link.far(near) for link in links for near in (link.source, link.target) if near in side.edge}
        self._learn(links)
        side.edge = far - side.seen
        side.seen |= far
        side.depth += 1
        side.weight = len(side.edge)
        other = self.behind if side is self.ahead else self.ahead
        self.met = self.met or not side.edge.isdisjoint(other.seen)

    async def _keep_own(self, links: list[Link]) -> list[Link]:
        known = await self.graphs.nodes(self.scope, {ref for link in links for ref in (link.source, link.target)})
        return [link for link in links if link.source in known and link.target in known]

    def _learn(self, links: list[Link]) -> None:
        for link in links:
            if link.id not in self.links and link.source != link.target:
                self.links[link.id] = link
                for near, far in ((link.source, link.target), (link.target, link.source)):
                    if self.route.along.admits(link, near):
                        self.ways[near].append((link.id, far))
                        self.back[far].append(near)

    async def list_paths(self, length: int, most: int) -> list[Path]:
        """The first paths of exactly this length, in the order of their links' ids. Raises OutOfTime, Overspent."""
        if len(self.links) < ASIDE:
            return self._list(length, most)
        return await asyncio.to_thread(self._list, length, most)

    def _list(self, length: int, most: int) -> list[Path]:
        left = self._measure(length)
        if self.route.source not in left:
            return []
        return list(islice(self._walk((self.route.source,), (), length, left), most))

    def _measure(self, length: int) -> dict[str, int]:
        """How many steps it is to the target, at least, from wherever it is no more than so many."""
        left = {self.route.target: 0}
        edge = [self.route.target]
        for far in range(1, length + 1):
            edge = [near for near in {near for ref in edge for near in self.back.get(ref, ())} if near not in left]
            left |= dict.fromkeys(edge, far)
        return left

    def _walk(self, refs: tuple[str, ...], links: tuple[str, ...], length: int, left: dict[str, int]) -> Iterator[Path]:
        if not length:
            yield Path(refs, links)
            return
        for id, far in sorted(way for way in self.ways.get(refs[-1], ()) if left.get(way[1], length) < length):
            # The target ends a path wherever it is met.
            if far in refs or (far == self.route.target and length > 1):
                continue
            self._try()
            yield from self._walk((*refs, far), (*links, id), length - 1, left)

    def _try(self) -> None:
        self.tries += 1
        if self.tries > MOST_TRIES:
            raise Overspent
        if self.tries % 1024 == 0 and time.monotonic() > self.scope.until:
            raise OutOfTime


def turn(along: Along) -> Along:
    """The same links, gone over the other way."""
    return along._replace(direction={OUT: IN, IN: OUT, BOTH: BOTH}[along.direction])
