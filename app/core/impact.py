"""What one entity has an effect on, or is affected by: everything that can be reached from it along some links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.errors import OutOfTime
from app.core.expanse import linger
from app.core.graphs import Cut, Subgraph, ask_both, name_ends
from app.core.neighbourhood import demand

if TYPE_CHECKING:
    from app.core.graphs import Along, Graphs, Link, Scope

MOST_STEPS: Final = 25
MOST_ENTITIES: Final = 10_000
MOST_LINKS: Final = 250_000


class Reached(NamedTuple):
    """An entity that was reached, in how few steps, and why: over the link ``via`` from ``near``, a step closer."""

    ref: str
    distance: int
    via: str
    near: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What was reached, the closest first, equal distances in the order of refs; the graph is a tree of one path each."""

    reached: list[Reached]
    by_kind: list[tuple[str, int]]
    graph: Subgraph

    @property
    def by_distance(self) -> list[tuple[int, int]]:
        """How many were reached in how many steps."""
        return sorted(Counter(each.distance for each in self.reached).items())


async def assess(graphs: Graphs, scope: Scope, start: str, along: Along, *, steps: int, limit: int) -> Impact:
    """What can be reached from ``start`` in at most ``steps`` steps; ``limit`` entities, the closest.

    Of all the shortest ways to an entity, the one is told whose last step comes from the smallest ref over the smallest id.
    Cut by ENTITIES, by RELATIONSHIPS where a step has too many links, by STEPS where there may be more beyond
    ``MOST_STEPS``, by TIME. Raises EntityMissing. Distances are exact whatever was cut.
    """
    reached: list[Reached] = []
    links: dict[str, Link] = {}
    spread = _Spread(start, along, steps, limit, reached, links)
    nodes, cut = await ask_both(demand(graphs, scope, [start]), _spread(graphs, scope, spread))
    late = linger(scope)
    nodes |= await graphs.nodes(late, [each.ref for each in reached])
    nodes |= await name_ends(graphs, late, list(links.values()), nodes)
    kinds = Counter(nodes[each.ref].kind for each in reached if each.ref in nodes)
    by_kind = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    order = [start, *(each.ref for each in reached)]
    return Impact(reached, by_kind, Subgraph({ref: nodes[ref] for ref in order if ref in nodes}, links, cut))


class _Spread(NamedTuple):
    """How far it may go, and what it has reached over which links."""

    start: str
    along: Along
    steps: int
    limit: int
    reached: list[Reached]
    links: dict[str, Link]


async def _spread(graphs: Graphs, scope: Scope, spread: _Spread) -> Cut | None:
    seen, edge, left = {spread.start}, {spread.start}, MOST_LINKS
    for distance in range(1, spread.steps + 1):
        room = spread.limit - len(spread.reached)
        try:
            # Who was seen may come first; one more than there is room for says that there are more.
            step = await graphs.closest(scope, edge, spread.along, look=left, limit=len(seen) + room + 1)
        except OutOfTime:
            return Cut.TIME
        left -= step.links
        ways = {ref: step.ways[ref] for ref in sorted(step.ways) if ref not in seen}
        for ref, (near, link) in islice(ways.items(), room):
            spread.reached.append(Reached(ref, distance, link.id, near))
            spread.links[link.id] = link
        if len(ways) > room:
            return Cut.ENTITIES
        if not step.whole or (ways and left <= 0):
            return Cut.RELATIONSHIPS
        if not ways:
            return None
        edge = set(ways)
        seen |= edge
    return Cut.STEPS if spread.steps == MOST_STEPS else None
