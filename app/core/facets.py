"""The verb that looks over a space: what there is of each kind and type, who has most links, and who has none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.core.errors import OutOfTime
from app.core.graphs import Cut, Extent, Scope, ask_both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.graphs import Graphs, Node

AT_ONCE: Final = 20_000
MOST_PASSED: Final = 1_000_000
MOST_HUBS: Final = 10
MOST_LONE: Final = 5


@dataclass(frozen=True, slots=True)
class Facets:
    """What a space holds. ``kinds``, ``hubs`` and ``orphans`` are of the entities looked at: all, unless ``cut``."""

    extent: Extent
    types: Mapping[str, int]
    kinds: Mapping[str, int]
    hubs: list[tuple[Node, int]]
    orphans: int
    lone: list[Node]
    cut: Cut | None


async def look_over(graphs: Graphs, scope: Scope) -> Facets:
    """The facets of a space. Looks at no more than a million entities, and no longer than the time of the scope."""
    extents, types = await ask_both(graphs.extents([scope.space], bookmark=scope.bookmark), graphs.types(scope))
    kinds: Counter[str] = Counter()
    hubs: list[tuple[int, str]] = []
    lone: list[str] = []
    orphans, place, passed, cut = 0, "", 0, None
    try:
        while True:
            seen = await graphs.glance(scope, after=place, look=AT_ONCE)
            kinds.update(seen.kinds)
            hubs = sorted([*hubs, *seen.hubs], key=lambda pair: (-pair[0], pair[1]))[:MOST_HUBS]
            lone = [*lone, *seen.lone][:MOST_LONE]
            orphans, passed = orphans + seen.orphans, passed + AT_ONCE
            if seen.reached is None:
                break
            if passed >= MOST_PASSED:
                cut = Cut.ENTITIES
                break
            place = seen.reached
    except OutOfTime:
        cut = Cut.TIME
    rest = Scope.begin(scope.space, scope.bookmark)
    nodes = await graphs.nodes(rest, [*lone, *(ref for _, ref in hubs)])
    return Facets(
        extents.get(scope.space, Extent(0, 0, 0)),
        types,
        kinds,
        [(nodes[ref], links) for links, ref in hubs if ref in nodes],
        orphans,
        [nodes[ref] for ref in lone if ref in nodes],
        cut,
    )
