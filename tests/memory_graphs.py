"""What questions ask, in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.finding import Wanted
from app.core.graphs import (
    BOTH,
    IN,
    OUT,
    Along,
    Bunch,
    Card,
    Census,
    Closest,
    Degree,
    Extent,
    Fan,
    Glance,
    Link,
    Node,
    Scope,
    Steps,
    Stock,
    Ways,
    name_link,
    name_node,
)
from app.core.lists import Direction
from app.core.model import EntityRecord, Relationship
from app.core.runs import Run
from app.core.words import describe

if TYPE_CHECKING:
    from tests.memory import MemorySpace


class MemoryGraphs:
    """Looks at everything each time."""

    spaces: dict[str, MemorySpace]

    def _standing(self, space: str) -> list[Relationship]:
        raise NotImplementedError

    def _references(self, space: str) -> dict[str, EntityRecord]:
        raise NotImplementedError

    def links(self, space: str) -> list[Link]:
        """All links of a space in the order of their ids; the graph that every question is asked of."""
        return [name_link(space, relationship) for relationship in self._standing(space)]

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

    async def card(self, scope: Scope, ref: str) -> Card | None:
        scope.left()
        counted: Counter[tuple[str, int]] = Counter()
        sides = (OUT, IN, BOTH)
        record = self._recorded(scope.space).get(ref)
        if record is None:
            return None
        for link in self.links(scope.space):
            if link.directed:
                counted[link.type, 0] += link.source == ref
                counted[link.type, 1] += link.target == ref
            else:
                counted[link.type, 2] += ref in (link.source, link.target)
        return Card(
            record, [Degree(type, sides[side], count) for (type, side), count in sorted(counted.items()) if count]
        )

    async def step(self, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Steps:
        scope.left()
        known = self.own(scope.space).keys() & set(refs)
        found = [link for link in self.links(scope.space) if any(along.admits(link, near) for near in known)]
        return Steps(found[:limit], len(found) <= limit)

    async def closest(self, scope: Scope, refs: Collection[str], along: Along, *, look: int, limit: int) -> Closest:
        scope.left()
        known = sorted(self.own(scope.space).keys() & set(refs))
        gone = [(near, link) for near in known for link in self.links(scope.space) if along.admits(link, near)]
        ways: dict[str, tuple[str, Link]] = {}
        for near, link in gone[:look]:
            ways.setdefault(link.far(near), (near, link))
        return Closest({ref: ways[ref] for ref in sorted(ways)[:limit]}, min(len(gone), look), len(gone) <= look)

    async def shortest(self, scope: Scope, source: str, target: str, along: Along, *, most: int) -> Ways | None:
        scope.left()
        own, links = self.own(scope.space), self.links(scope.space)
        found: list[tuple[str, list[Link]]] = [(source, [])]
        seen: set[str] = {source}
        while found and target not in {ref for ref, _ in found}:
            found = [
                (link.far(ref), [*path, link])
                for ref, path in found
                for link in links
                if along.admits(link, ref) and link.far(ref) in own.keys() - seen
            ]
            seen |= {ref for ref, _ in found}
        paths = sorted((path for ref, path in found if ref == target and path), key=lambda path: [x.id for x in path])
        if not paths or len(paths[0]) > 12:
            return None
        refs = {ref for path in paths[:most] for link in path for ref in (link.source, link.target)}
        return Ways(paths[:most], {ref: own[ref] for ref in refs})

    def _bunches(self, space: str, ref: str) -> dict[tuple[str, Direction], list[tuple[int, Link]]]:
        """The links of an entity of the space by type and direction, in order of creation."""
        if ref not in self.own(space):
            return {}
        numbers = {r.id: r.n for r in self._standing(space)}
        found: dict[tuple[str, Direction], list[tuple[int, Link]]] = {}
        for link in sorted(self.links(space), key=lambda link: numbers[link.id]):
            sides = [OUT] * (link.source == ref) + [IN] * (link.target == ref)
            for side in sides if link.directed else [BOTH] * (ref in (link.source, link.target)):
                found.setdefault((link.type, side), []).append((numbers[link.id], link))
        return found

    async def fan(
        self, scope: Scope, refs: Collection[str], along: Along, *, each: int, limit: int, ahead: bool = False
    ) -> Fan:
        scope.left()
        links: dict[Link, None] = {}
        bunches: list[Bunch] = []
        for ref in refs:
            for (type, side), found in self._bunches(scope.space, ref).items():
                if not along.admits(found[0][1], ref) or (along.direction, side) in ((OUT, IN), (IN, OUT)):
                    continue
                links |= dict.fromkeys(link for _, link in found[:each])
                if len(found) > each:
                    bunches.append(Bunch(ref, type, side, each, len(found) - each, found[each - 1][0]))
        return Fan(list(links)[:limit], bunches, len(links) <= limit)

    async def bunch(
        self, scope: Scope, ref: str, type: str, direction: Direction, *, after: int, limit: int
    ) -> Run[Link, int]:
        scope.left()
        found = [pair for pair in self._bunches(scope.space, ref).get((type, direction), []) if pair[0] > after]
        return Run([link for _, link in found[:limit]], found[limit - 1][0] if len(found) > limit else None)

    def _recorded(self, space: str) -> dict[str, EntityRecord]:
        return {key.partition(":")[2]: record for key, record in self._references(space).items()}

    async def hits(self, scope: Scope, wanted: Wanted, *, limit: int) -> list[EntityRecord]:
        scope.left()
        found = []
        for record in self._recorded(scope.space).values():
            words = describe(record)
            starts = all(any(word.startswith(start) for word in words) for start in wanted.beginnings)
            if starts and set(wanted.words) <= words:
                found.append(record)
        return found[:limit]

    async def pass_along(
        self, scope: Scope, wanted: Wanted, *, after: str, look: int, limit: int
    ) -> Run[EntityRecord, str]:
        scope.left()
        run = [(ref, record) for ref, record in self._recorded(scope.space).items() if ref > after][:look]
        found = [(ref, record) for ref, record in run if wanted.admits(record)][:limit]
        place = found[-1][0] if len(found) == limit else run[-1][0] if len(run) == look else None
        return Run([record for _, record in found], place)

    def _run(self, space: str, after: str, look: int) -> tuple[dict[str, Node], str | None]:
        """The next entities behind one, and the place behind them."""
        own = {ref: node for ref, node in self.own(space).items() if ref > after}
        run = dict(list(own.items())[:look])
        return run, list(run)[-1] if len(run) == look else None

    async def census(self, scope: Scope, *, after: str, look: int) -> Census:
        scope.left()
        run, place = self._run(scope.space, after, look)
        return Census(Counter(node.kind for node in run.values()), place)

    async def glance(self, scope: Scope, *, after: str, look: int) -> Glance:
        scope.left()
        run, place = self._run(scope.space, after, look)
        ends = Counter(ref for link in self.links(scope.space) for ref in {link.source, link.target})
        hubs = sorted(((ends[ref], ref) for ref in run if ends[ref]), key=lambda pair: (-pair[0], pair[1]))
        lone = [node for ref, node in run.items() if not ends[ref]]
        return Glance([(links, run[ref]) for links, ref in hubs[:10]], len(lone), lone[:5], place)

    async def stock(self, scope: Scope) -> Stock:
        scope.left()
        extent = (await self.extents([scope.space])).get(scope.space, Extent(0, 0, 0))
        return Stock(extent, dict(Counter(link.type for link in self.links(scope.space))))

    async def ends(self, scope: Scope, ids: Collection[str]) -> dict[str, Relationship]:
        scope.left()
        return {r.id: r for r in self._standing(scope.space) if r.id in ids}
