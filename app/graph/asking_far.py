"""``core.expanse.Expanses`` on Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.expanse import STRANGE, Knots
from app.core.graphs import Closest, Steps
from app.core.identity import id_of, space_name
from app.graph import documents
from app.graph.asking import MOST_NAMED, name_nodes, read_link, spell_along
from app.graph.asking_fans import AskingFans, read_spoke

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.graphs import Along, Link, Scope


class AskingFar(AskingFans):
    """Every read is one statement."""

    async def knots(self, scope: Scope, types: frozenset[str] | None, *, after: str, look: int) -> Knots:
        """See ``Expanses.knots``."""
        name = space_name(scope.space)
        want = {
            "space": scope.space,
            **name.keys_behind(after),
            "prefix": name.record_key(""),
            "types": None if types is None else list(types),
        }
        row = await self._ask(scope, "ask/knots", want=want, look=look)
        base = row["base"]
        sources: list[int] = []
        targets: list[int] = []
        for source, far in row["knots"]:
            sources += [_number(source, base)] * len(far)
            targets += [_number(target, base) for target in far]
        return Knots(sources, targets, row["reached"] and id_of(row["reached"]))

    async def placed(self, scope: Scope, numbers: Collection[int]) -> dict[int, str]:
        """See ``Expanses.placed``."""
        row = await self._ask(scope, "ask/placed", want={"space": scope.space, "numbers": list(numbers)})
        if row is None:
            return {}
        name = space_name(scope.space)
        found: dict[int, str] = {}
        for number, is_source, record in row["placed"]:
            relationship = documents.read_relationship(record)
            end = relationship.source if is_source else relationship.target
            found[number] = name.entity_id(end.entity)
        return found

    async def closest(self, scope: Scope, refs: Collection[str], along: Along, *, look: int, limit: int) -> Closest:
        """See ``Graphs.closest``."""
        want = {"keys": list(map(space_name(scope.space).record_key, refs)), **spell_along(scope, along)}
        row = await self._ask(scope, "ask/closest", want=want, look=look + 1, limit=limit)
        ways: dict[str, tuple[str, Link]] = {}
        for key, (start, id, type, out) in row["found"]:
            near = id_of(start)
            ways[id_of(key)] = near, read_spoke(near, id, type, key, out)
        return Closest(ways, min(row["looked"], look), row["looked"] <= look)

    async def common(self, scope: Scope, refs: Collection[str], along: Along, *, look: int) -> Steps:
        """See ``Expanses.common``."""
        want = {"keys": list(map(space_name(scope.space).record_key, refs)), **spell_along(scope, along)}
        row = await self._ask(scope, "ask/common", want=want, look=look, ends=MOST_NAMED)
        links = (read_link(link) for some in row["found"] for link in some)
        return Steps(list(dict.fromkeys(links)), row["met"] <= look, dict(name_nodes(row["ends"])))


def _number(ordinal: int, base: int) -> int:
    """The number of an entity in its space, unless another space was the first to name it."""
    number = ordinal - base
    return number if 0 < number < STRANGE else ordinal
