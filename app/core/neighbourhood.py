"""Verbs that ask what is around some entities: ``explore``, and ``read_on`` where a hub was shown in part.

Of an entity's links of one type and direction only the first ones in order of creation are gone over, where there are
many: the rest is counted, and can be read page by page. So a hub costs what is shown of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.errors import EntityMissing, OutOfTime
from app.core.expanse import linger
from app.core.graphs import Cut, Subgraph, name_ends

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from app.core.graphs import Along, Bunch, Fan, Graphs, Link, Node, Scope
    from app.core.lists import Direction

MOST_STARTS: Final = 20
MOST_STEPS: Final = 5
MOST_ENTITIES: Final = 5_000
MOST_LINKS: Final = 20_000
MOST_OF_BUNCH: Final = 1_000


class Reach(NamedTuple):
    """How far to go: ``steps`` from the starts, over the first ``each`` of a bunch, to at most ``entities``.

    ``kinds``: only to entities of these kinds, others are neither shown nor passed; None: of any.
    """

    steps: int
    entities: int
    each: int
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What was met, and the bunches of which only a part was gone over."""

    graph: Subgraph
    bunches: list[Bunch]


@dataclass(slots=True)
class _Walk:
    graphs: Graphs
    scope: Scope
    along: Along
    reach: Reach
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    bunches: list[Bunch] = field(default_factory=list)
    cut: Cut | None = None

    async def look(self, edge: Sequence[str], left: int) -> Fan | None:
        """What there is a step from ``edge``, with ``left`` steps to go after it; None where the time is up."""
        room, ahead = MOST_LINKS - len(self.links), left > 0 and len(edge) <= MOST_STARTS
        try:
            return await self.graphs.fan(self.scope, edge, self.along, each=self.reach.each, limit=room, ahead=ahead)
        except OutOfTime:
            return None

    async def go(self, fan: Fan | None) -> None:
        """Goes over a fan, and on from there."""
        for left in range(self.reach.steps - 1, -1, -1):
            if fan is None:
                self.cut = Cut.TIME
                return
            edge = await self._step(fan)
            if not left or not edge or self.cut is not None:
                return
            fan = self._move(fan, edge) or await self.look(edge, left - 1)

    def _move(self, fan: Fan, edge: Sequence[str]) -> Fan | None:
        """The next step, where it was looked at already and there is room for it."""
        ahead = fan.move(edge)
        return None if ahead is None or len(ahead.links) > MOST_LINKS - len(self.links) else ahead

    async def _step(self, fan: Fan) -> Sequence[str]:
        """Goes one step; where to go on from."""
        if not fan.whole:
            self.cut = Cut.RELATIONSHIPS
        self.bunches += fan.bunches
        links = sorted(fan.links)
        met = self._choose(links) | self.nodes.keys()
        near = [link for link in links if link.source in met and link.target in met]
        if len(near) < len(links):
            self.cut = Cut.ENTITIES
        named = {**fan.nodes, **await name_ends(self.graphs, self.scope, near, {**fan.nodes, **self.nodes})}
        return self._take(near, named)

    def _choose(self, links: Iterable[Link]) -> set[str]:
        """Who is to be met, in the order of the links, as long as there is room; where kinds decide, all of them."""
        far = dict.fromkeys(ref for link in links for ref in (link.source, link.target) if ref not in self.nodes)
        return set(far if self.reach.kinds is not None else islice(far, max(0, self.reach.entities - len(self.nodes))))

    def _take(self, links: Iterable[Link], named: dict[str, Node]) -> list[str]:
        """Keeps the links whose ends may be shown; the new entities of the space."""
        found: list[str] = []
        for link in links:
            far = [ref for ref in (link.source, link.target) if ref not in self.nodes]
            if not all(ref in named and self._wants(named[ref]) for ref in far):
                continue
            if len(self.nodes) + len(far) > self.reach.entities and far:
                self.cut = Cut.ENTITIES
                continue
            self.nodes |= {ref: named[ref] for ref in far}
            found += (ref for ref in far if named[ref].space is None)
            self.links[link.id] = link
        return found

    def _wants(self, node: Node) -> bool:
        return self.reach.kinds is None or node.kind in self.reach.kinds


async def explore(graphs: Graphs, scope: Scope, starts: Collection[str], along: Along, reach: Reach) -> Neighbourhood:
    """What is within ``reach`` of some entities of the space. Raises EntityMissing where one of them is not there.

    Whole unless a bound cuts it: at most 20,000 links, the entities of ``reach``, and the time of the scope.
    """
    walk = _Walk(graphs, scope, along, reach)
    refs = list(dict.fromkeys(starts))
    fan = await walk.look(refs, reach.steps - 1)
    walk.nodes = await demand(graphs, linger(scope), refs, fan.nodes if fan is not None else {})
    try:
        await walk.go(fan)
    except OutOfTime:
        walk.cut = Cut.TIME
    shown = [bunch for bunch in walk.bunches if bunch.ref in walk.nodes]
    return Neighbourhood(Subgraph(walk.nodes, walk.links, walk.cut), shown)


async def demand(
    graphs: Graphs, scope: Scope, refs: Collection[str], known: Mapping[str, Node] = MappingProxyType({})
) -> dict[str, Node]:
    """These entities of the space, in this order, of which some are ``known``. Raises EntityMissing unless all are there."""
    found = {**known, **await graphs.nodes(scope, set(refs) - known.keys())}
    if not found.keys() >= set(refs):
        raise EntityMissing([])
    return {ref: found[ref] for ref in refs}


class Rest(NamedTuple):
    """More of a bunch, and the place behind which it goes on; None at the end."""

    graph: Subgraph
    place: int | None


async def read_on(
    graphs: Graphs, scope: Scope, ref: str, type: str, direction: Direction, *, after: int, limit: int
) -> Rest:
    """The links of one bunch behind the place ``after``, in order of creation. Raises EntityMissing."""
    nodes = await demand(graphs, scope, [ref])
    page = await graphs.bunch(scope, ref, type, direction, after=after, limit=limit)
    nodes |= await name_ends(graphs, scope, page.found, nodes)
    return Rest(Subgraph(nodes, {link.id: link for link in page.found}), page.reached)
