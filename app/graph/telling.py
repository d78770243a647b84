"""``core.chronicle.Chronicles`` on Neo4j: the chain of commits, and the versions that later ones have replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.chronicle import ENTITY, RELATIONSHIP, Named
from app.core.identity import space_name
from app.graph import documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.chronicle import State
    from app.core.model import Commit
    from app.graph.connection import Connection


class Telling:
    """Every read is one statement."""

    _connection: Connection

    async def commits(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Commit]:
        """See ``Chronicles.commits``."""
        [row] = await self._connection.read("space/commits", bookmark=bookmark, space=space, after=after, until=until)
        return [documents.read_commit(each) for each in row["commits"]]

    async def instant(self, space: str, seq: int, *, bookmark: str | None = None) -> int | None:
        """See ``Chronicles.instant``."""
        rows = await self._connection.read("space/instant", bookmark=bookmark, space=space, seq=seq)
        return rows[0]["at"] if rows else None

    async def states(self, space: str, named: Collection[Named], *, bookmark: str | None = None) -> dict[Named, State]:
        """See ``Chronicles.states``."""
        known = {(_key(space, each.kind, each.id), each.version): each for each in named}
        needs = {"rows": [list(place) for place in known]}
        [row] = await self._connection.read("version/exact", bookmark=bookmark, needs=needs)
        found = ((known[key, version], document) for key, version, document in row["versions"])
        return {each: _read(each, document) for each, document in found}

    async def versions(
        self, space: str, kind: str, id: str, *, before: int, limit: int, bookmark: str | None = None
    ) -> list[State]:
        """See ``Chronicles.versions``."""
        [row] = await self._connection.read(
            "version/page", bookmark=bookmark, key=_key(space, kind, id), before=before, limit=limit
        )
        return [_read(Named(kind, id, version), document) for version, document in row["versions"]]


def _key(space: str, kind: str, id: str) -> str:
    key = space_name(space).record_key(id)
    return documents.version_key(key) if kind == ENTITY else key


def _read(named: Named, document: str) -> State:
    if named.kind == RELATIONSHIP:
        return documents.read_version(named.id, named.version, document)
    return documents.read_earlier_declaration(document)
