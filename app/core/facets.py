"""The verb that looks over a space: what there is of each kind and type, who has most links, and who has none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.core.errors import OutOfTime
from app.core.graphs import Cut, ask_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from app.core.graphs import Extent, Graphs, Node, Scope

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
    tally, ranking = _Tally(graphs, scope), _Ranking(graphs, scope)
    stock, cuts = await ask_both(graphs.stock(scope), ask_both(_pass_over(tally.take), _pass_over(ranking.take)))
    return Facets(
        stock.extent,
        stock.types,
        tally.kinds,
        [(node, links) for links, node in ranking.hubs],
        ranking.orphans,
        ranking.lone,
        cuts[0] or cuts[1],
    )


async def _pass_over(take: Callable[[str], Awaitable[str | None]]) -> Cut | None:
    """Takes one run of entities after the other, until the end or to a bound."""
    place = ""
    try:
        for _ in range(MOST_PASSED // AT_ONCE):
            reached = await take(place)
            if reached is None:
                return None
            place = reached
    except OutOfTime:
        return Cut.TIME
    return Cut.ENTITIES


@dataclass(slots=True)
class _Tally:
    graphs: Graphs
    scope: Scope
    kinds: Counter[str] = field(default_factory=Counter)

    async def take(self, place: str) -> str | None:
        """Counts the next entities; the place behind them."""
        seen = await self.graphs.census(self.scope, after=place, look=AT_ONCE)
        self.kinds.update(seen.kinds)
        return seen.reached


@dataclass(slots=True)
class _Ranking:
    graphs: Graphs
    scope: Scope
    hubs: list[tuple[int, Node]] = field(default_factory=list)
    lone: list[Node] = field(default_factory=list)
    orphans: int = 0

    async def take(self, place: str) -> str | None:
        """Ranks the next entities among those before; the place behind them."""
        seen = await self.graphs.glance(self.scope, after=place, look=AT_ONCE)
        self.hubs = sorted([*self.hubs, *seen.hubs], key=lambda pair: (-pair[0], pair[1].ref))[:MOST_HUBS]
        self.lone = [*self.lone, *seen.lone][:MOST_LONE]
        self.orphans += seen.orphans
        return seen.reached
