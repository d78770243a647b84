"""``core.graphs.Graphs`` on Neo4j. Every read is one statement in a READ session whose transaction has a time limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.core.graphs import BOTH, IN, OUT, UNDIRECTED, Degree, Extent, Link, Steps, name_node
from app.core.identity import space_name
from app.graph import documents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from app.core.graphs import Along, Node, Scope
    from app.core.model import Relationship
    from app.graph.connection import Connection


class Asking:
    """What questions ask. Keys of the graph are refs behind the prefix of their space."""

    _connection: Connection

    async def _ask(self, scope: Scope, name: str, **params: Any) -> Any:
        """The one row of a statement, within the time that is left; None for no row. Raises OutOfTime."""
        rows = await self._connection.read(name, bookmark=scope.bookmark, seconds=scope.left(), **params)
        return rows[0] if rows else None

    async def extents(self, spaces: Collection[str], *, bookmark: str | None = None) -> dict[str, Extent]:
        """See ``Graphs.extents``."""
        rows = await self._connection.read("ask/extents", bookmark=bookmark, want={"spaces": list(spaces)})
        return {id: Extent(*counts) for id, *counts in rows[0]["extents"]}

    async def nodes(self, scope: Scope, refs: Collection[str]) -> dict[str, Node]:
        """See ``Graphs.nodes``."""
        row = await self._ask(scope, "entity/by_keys", keys=list(map(space_name(scope.space).record_key, refs)))
        found = ((read_ref(each[0]), documents.read_entity(each)) for each in row["entities"])
        return {ref: name_node(ref, record) for ref, record in found if record.is_reference}

    async def degrees(self, scope: Scope, ref: str) -> list[Degree]:
        """See ``Graphs.degrees``."""
        name = space_name(scope.space)
        want = {"space": scope.space, "key": name.record_key(ref), "prefix": name.record_key("")}
        row = await self._ask(scope, "ask/degrees", want=want)
        return list(_list_degrees([tuple(each) for each in row["types"]])) if row else []

    async def step(self, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Steps:
        """See ``Graphs.step``."""
        want = {"keys": list(map(space_name(scope.space).record_key, refs)), **spell_along(scope, along)}
        # A link between two of the entities is met from both of them.
        row = await self._ask(scope, "ask/step", want=want, limit=2 * limit + 1)
        links = list(dict.fromkeys(map(read_link, row["links"])))
        return Steps(links[:limit], len(links) <= limit and len(row["links"]) <= 2 * limit)

    async def ends(self, scope: Scope, ids: Collection[str]) -> dict[str, Relationship]:
        """See ``Graphs.ends``."""
        needs = {"keys": list(map(space_name(scope.space).record_key, ids)), "clauses": []}
        row = await self._ask(scope, "relationship/live_by_keys", needs=needs)
        return {found.id: found for found in map(documents.read_relationship, row["records"])}


def spell_along(scope: Scope, along: Along) -> dict[str, Any]:
    """Over which edges to go, and which of them are the space's, for a statement."""
    source, target = along.direction.value
    types = None if along.types is None else list(along.types)
    return {
        "prefix": space_name(scope.space).record_key(""),
        "types": types,
        "source": source.value,
        "target": target.value,
    }


def read_ref(key: str) -> str:
    """The ref in a key of whatever space."""
    return key.partition(":")[2]


def read_link(row: Sequence[str]) -> Link:
    """The link of a row: id, type, keys of source and target."""
    id, type, source, target = row
    return Link(id, type, read_ref(source), read_ref(target))


def _list_degrees(types: Sequence[tuple[str, int, int, int]]) -> Iterator[Degree]:
    for type, out, into, loops in sorted(types):
        if type == UNDIRECTED:
            yield Degree(type, BOTH, out + into - loops)
            continue
        if out:
            yield Degree(type, OUT, out)
        if into:
            yield Degree(type, IN, into)
