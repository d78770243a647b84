"""``core.browse.Lists`` on Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.core.browse import ANYTHING, Totals
from app.core.identity import space_name
from app.graph import documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.browse import Direction, Hint
    from app.core.model import EntityRecord, Relationship
    from app.graph.connection import Connection


class Browsing:
    """Pages of keys, and steps over edges. Reads take no lock, so a page is of the moment at which it was read."""

    _connection: Connection

    async def totals(self, space: str, *, bookmark: str | None = None) -> Totals:
        """See ``Lists.totals``."""
        rows = await self._connection.read("space/totals", bookmark=bookmark, space=space)
        return Totals(rows[0]["relationships"], rows[0]["entities"]) if rows else Totals()

    async def live_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Relationship]:
        """See ``Lists.live_page``. The hint's words are looked for in the documents, as these spell them."""
        needs = {
            **_range(space, after),
            "types": None if hint.types is None else sorted(hint.types),
            "holding": [msgspec.json.encode(word).decode()[1:-1] for word in hint.words],
        }
        rows = await self._connection.read(
            "relationship/live_page", bookmark=bookmark, needs=needs, skip=skip, limit=limit
        )
        return [documents.read_relationship(row) for row in rows[0]["records"]]

    async def touching(
        self,
        space: str,
        keys: Collection[str],
        direction: Direction,
        after: str,
        limit: int,
        *,
        bookmark: str | None = None,
    ) -> list[str]:
        """See ``Lists.touching``."""
        needs = {**_around(space, keys, direction), "after": after}
        rows = await self._connection.read("relationship/touching", bookmark=bookmark, needs=needs, limit=limit)
        return list(rows[0]["ids"])

    async def reach(
        self, space: str, keys: Collection[str], direction: Direction, limit: int, *, bookmark: str | None = None
    ) -> list[tuple[str, str]]:
        """See ``Lists.reach``."""
        needs = _around(space, keys, direction)
        rows = await self._connection.read("relationship/reach", bookmark=bookmark, needs=needs, limit=limit)
        return [(id, far) for id, far in rows[0]["reached"]]

    async def reference_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, bookmark: str | None = None
    ) -> list[EntityRecord]:
        """See ``Lists.reference_page``."""
        needs = _range(space, after)
        rows = await self._connection.read(
            "entity/reference_page", bookmark=bookmark, needs=needs, skip=skip, limit=limit
        )
        return [documents.read_entity(row) for row in rows[0]["entities"]]


def _range(space: str, after: str) -> dict[str, object]:
    """The keys of a space behind one id. ``;`` is the sign after ``:``."""
    name = space_name(space)
    return {"after": name.record_key(after), "end": f"{name.prefix};"}


def _around(space: str, keys: Collection[str], direction: Direction) -> dict[str, object]:
    forward, backward = direction.value
    return {
        "keys": list(keys),
        "forward": forward,
        "backward": backward,
        "prefix": space_name(space).record_key(""),
    }
