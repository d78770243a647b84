"""From the core's values to the shapes of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from app.core import facets
from app.core.graphs import SECONDS
from app.facades.analyst import wire
from app.facades.analyst.parameters import DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.core.facets import Facets
    from app.core.graphs import Cut, Degree, Link, Node, Subgraph
    from app.core.lists import Direction

_WORDS: Final[Mapping[Direction, str]] = {direction: word for word, direction in DIRECTIONS.items()}


def show_direction(direction: Direction) -> str:
    """``out``, ``in`` or ``both``."""
    return _WORDS[direction]


def show_entity(node: Node) -> wire.Entity:
    """An entity."""
    domain, type, id = node.entity
    return wire.Entity(
        ref=node.ref,
        domain=domain,
        type=type,
        id=id,
        kind=node.kind,
        name=UNSET if node.name is None else node.name,
        declared=node.declared,
        space=UNSET if node.space is None else node.space,
    )


def show_link(link: Link) -> wire.Link:
    """A relationship."""
    return wire.Link(id=link.id, type=link.type, source=link.source, target=link.target, directed=link.directed)


def show_subgraph(subgraph: Subgraph, limits: Mapping[str, float]) -> wire.Subgraph:
    """A subgraph that has no more than these limits."""
    return wire.Subgraph(**show_members(subgraph, limits))


def show_members(subgraph: Subgraph, limits: Mapping[str, float]) -> dict[str, Any]:
    """The members of ``wire.Subgraph``, for documents that have more."""
    return {
        "entities": [show_entity(node) for node in subgraph.nodes.values()],
        "relationships": [show_link(link) for link in subgraph.links.values()],
        **show_cut(subgraph.cut, limits),
    }


def show_cut(cut: Cut | None, limits: Mapping[str, float]) -> dict[str, Any]:
    """The members of ``wire.Bounded``. The seconds that a question may take are a limit of each."""
    return {
        "limits": {**limits, "seconds": limits.get("seconds", SECONDS)},
        "truncated": cut is not None,
        "reason": UNSET if cut is None else cut.value,
    }


def show_degrees(degrees: Iterable[Degree]) -> list[wire.Degree]:
    """The relationships of an entity by type and direction."""
    return [wire.Degree(type=each.type, direction=show_direction(each.direction), count=each.links) for each in degrees]


def show_facets(space: str, found: Facets) -> wire.Facets:
    """What a space holds; the largest numbers come first."""
    return wire.Facets(
        id=space,
        entities=found.extent.entities,
        relationships=found.extent.relationships,
        seq=found.extent.seq,
        kinds=[wire.Kind(kind=kind, count=count) for kind, count in _rank(found.kinds)],
        types=[wire.Counted(type=type, count=count) for type, count in _rank(found.types)],
        hubs=[wire.Hub(entity=show_entity(node), degree=links) for node, links in found.hubs],
        orphans=wire.Orphans(count=found.orphans, sample=list(map(show_entity, found.lone))),
        **show_cut(found.cut, {"entities": facets.MOST_PASSED}),
    )


def _rank(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
