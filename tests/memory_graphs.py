"""What questions ask, in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.graphs import BOTH, IN, OUT, Along, Degree, Extent, Link, Node, Scope, Steps, name_node
from app.core.model import EntityRecord, Relationship

if TYPE_CHECKING:
    from tests.memory import MemorySpace


class MemoryGraphs:
    """Looks at everything each time."""

    spaces: dict[str, MemorySpace]

    def _standing(self, space: str) -> list[Relationship]:
        raise NotImplementedError

    def _keys(self, space: str, relationship: Relationship) -> tuple[str, str]:
        raise NotImplementedError

    def _references(self, space: str) -> dict[str, EntityRecord]:
        raise NotImplementedError

    def links(self, space: str) -> list[Link]:
        """All links of a space in the order of their ids; the graph that every question is asked of."""
        return [
            Link(r.id, r.type, *(key.partition(":")[2] for key in self._keys(space, r))) for r in self._standing(space)
        ]

    def own(self, space: str) -> dict[str, Node]:
        """All entities of a space by their refs, in that order."""
        found = {key.partition(":")[2]: record for key, record in self._references(space).items()}
        return {ref: name_node(ref, record) for ref, record in found.items()}

    async def extents(self, spaces: Collection[str], *, bookmark: str | None = None) -> dict[str, Extent]:
        states = {id: held.state for id, held in self.spaces.items() if id in spaces and held.deleted_at is None}
        return {id: Extent(state.entities, state.relationships, state.seq) for id, state in states.items()}

    async def nodes(self, scope: Scope, refs: Collection[str]) -> dict[str, Node]:
        scope.left()
        return {ref: node for ref, node in self.own(scope.space).items() if ref in refs}

    async def degrees(self, scope: Scope, ref: str) -> list[Degree]:
        scope.left()
        counted: Counter[tuple[str, int]] = Counter()
        sides = (OUT, IN, BOTH)
        if ref not in self.own(scope.space):
            return []
        for link in self.links(scope.space):
            if link.directed:
                counted[link.type, 0] += link.source == ref
                counted[link.type, 1] += link.target == ref
            else:
                counted[link.type, 2] += ref in (link.source, link.target)
        return [Degree(type, sides[side], count) for (type, side), count in sorted(counted.items()) if count]

    async def step(self, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Steps:
        scope.left()
        known = self.own(scope.space).keys() & set(refs)
        found = [link for link in self.links(scope.space) if any(along.admits(link, near) for near in known)]
        return Steps(found[:limit], len(found) <= limit)

    async def ends(self, scope: Scope, ids: Collection[str]) -> dict[str, Relationship]:
        scope.left()
        return {r.id: r for r in self._standing(scope.space) if r.id in ids}
