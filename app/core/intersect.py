"""What some entities of a space have in common: whom each of them is linked to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.graphs import Cut, Steps, Subgraph, name_ends
from app.core.neighbourhood import demand

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.expanse import Expanses
    from app.core.graphs import Along, Link, Scope

MOST_ASKED: Final = 20
MOST_ENTITIES: Final = 5_000
MOST_LOOKED: Final = 100_000


class Shared(NamedTuple):
    """An entity that all have a link to, and the ids of these links in their order."""

    ref: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """What was found, in the order of refs."""

    shared: list[Shared]
    graph: Subgraph


async def intersect(graphs: Expanses, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Common:
    """Whom every one of ``refs`` has a link to, ``limit`` of them; two links of one entity count once.

    Whom the entity with the fewest links has links to is looked at. Cut by ENTITIES at the limit, by RELATIONSHIPS where
    these are more than ``MOST_LOOKED``: then some may be missing. Raises EntityMissing.
    """
    wanted = frozenset(refs)
    steps = await graphs.common(scope, wanted, along, look=MOST_LOOKED)
    nodes = await demand(graphs, scope, refs, steps.nodes)
    met = _meet(steps, wanted, along)
    shared = [Shared(ref, tuple(sorted(link.id for link in met[ref]))) for ref in sorted(met)[:limit]]
    cut = Cut.ENTITIES if len(met) > limit else None if steps.whole else Cut.RELATIONSHIPS
    links = {link.id: link for each in shared for link in sorted(met[each.ref])}
    nodes |= steps.nodes
    nodes |= await graphs.nodes(scope, {each.ref for each in shared} - nodes.keys())
    nodes |= await name_ends(graphs, scope, links.values(), nodes)
    order = dict.fromkeys([*refs, *(each.ref for each in shared)])
    return Common(shared, Subgraph({ref: nodes[ref] for ref in order if ref in nodes}, links, cut))


def _meet(steps: Steps, wanted: frozenset[str], along: Along) -> dict[str, set[Link]]:
    """The links that lead to each entity that all of ``wanted`` lead to."""
    near: defaultdict[str, set[str]] = defaultdict(set)
    links: defaultdict[str, set[Link]] = defaultdict(set)
    for link in steps.links:
        for one in (link.source, link.target):
            if one in wanted and along.admits(link, one):
                near[link.far(one)].add(one)
                links[link.far(one)].add(link)
    return {ref: links[ref] for ref, ones in near.items() if len(ones) == len(wanted)}
