"""What questions about a whole space ask, in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.expanse import STRANGE, Knots
from app.core.graphs import Along, Scope, Steps
from tests.memory_graphs import MemoryGraphs

if TYPE_CHECKING:
    from app.core.model import EntityRecord
    from tests.memory import MemorySpace


class MemoryExpanse(MemoryGraphs):
    """Looks at everything each time."""

    spaces: dict[str, MemorySpace]
    entities_by_key: dict[str, EntityRecord]

    def numbers(self, space: str) -> dict[str, int]:
        """The number of each entity of a space by its ref."""
        held = self.spaces.get(space)
        base = held.state.number << 40 if held else 0
        own = {key.partition(":")[2]: record.n - base for key, record in self._references(space).items()}
        return {ref: n if 0 < n < STRANGE else n + base for ref, n in own.items()}

    async def knots(self, scope: Scope, types: frozenset[str] | None, *, after: str, look: int) -> Knots:
        scope.left()
        numbers = self.numbers(scope.space)
        run = sorted(ref for ref in numbers if ref > after)[:look]
        links = [
            link
            for link in self.links(scope.space)
            if link.source in run and link.target in numbers and (types is None or link.type in types)
        ]
        reached = run[-1] if len(run) == look else None
        return Knots([numbers[link.source] for link in links], [numbers[link.target] for link in links], reached)

    async def placed(self, scope: Scope, numbers: Collection[int]) -> dict[int, str]:
        scope.left()
        linked = {ref for link in self.links(scope.space) for ref in (link.source, link.target)}
        return {n: ref for ref, n in self.numbers(scope.space).items() if n in numbers and ref in linked}

    async def common(self, scope: Scope, refs: Collection[str], along: Along, *, look: int) -> Steps:
        scope.left()
        wanted = set(refs)
        pairs = [
            (near, link)
            for link in self.links(scope.space)
            for near in {link.source, link.target} & wanted
            if along.admits(link, near)
        ]
        met = Counter(far for far, _ in {(link.far(near), near) for near, link in pairs})
        ends = {near: {link.far(near) for one, link in pairs if one == near} for near in wanted}
        looked = sorted(min(ends.values(), key=len))
        shared = {far for far in looked[:look] if met[far] == len(wanted)}
        return Steps([link for near, link in pairs if link.far(near) in shared], len(looked) <= look)
