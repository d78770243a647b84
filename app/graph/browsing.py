"""``core.lists.Lists`` on Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from app.core.identity import space_name
from app.core.lists import ANYTHING, Outline, Trait
from app.graph import documents
from app.graph.plans import GUEST

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.identity import SpaceName
    from app.core.lists import Direction, Hint, Sign
    from app.core.model import EntityRecord, Relationship
    from app.graph.connection import Connection


class Browsing:
    """Pages of keys, and steps over edges. Reads take no lock, so a page is of the moment at which it was read."""

    _connection: Connection

    async def window(
        self, space: str, skip: int, limit: int, *, bookmark: str | None = None
    ) -> tuple[int, list[Relationship]]:
        """See ``Lists.window``."""
        needs = {"space": space, **space_name(space).keys_behind("")}
        rows = await self._connection.read(
            "relationship/window", bookmark=bookmark, needs=needs, skip=skip, limit=limit
        )
        if not rows:
            return 0, []
        return rows[0]["live"], [documents.read_relationship(each) for each in rows[0]["records"]]

    async def count_references(self, space: str, *, bookmark: str | None = None) -> int:
        """See ``Lists.count_references``."""
        rows = await self._connection.read("entity/count", bookmark=bookmark, space=space)
        return int(rows[0]["live"] + rows[0]["used"]) if rows else 0

    async def guests(self, space: str, *, bookmark: str | None = None) -> list[str]:
        """See ``Lists.guests``."""
        start = f"{space_name(space).prefix}:{GUEST}"
        rows = await self._connection.read("space/guests", bookmark=bookmark, after=f"{start}:", end=f"{start};")
        return list(rows[0]["guests"])

    async def live_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Relationship]:
        """See ``Lists.live_page``."""
        needs = {**space_name(space).keys_behind(after), **_sieve(space, hint)}
        rows = await self._connection.read("relationship/live_page", bookmark=bookmark, needs=needs, limit=limit)
        return [documents.read_relationship(row) for row in rows[0]["records"]]

    async def outline_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Outline]:
        """See ``Lists.outline_page``."""
        needs = {**space_name(space).keys_behind(after), **_sieve(space, hint)}
        rows = await self._connection.read("relationship/outline_page", bookmark=bookmark, needs=needs, limit=limit)
        return list(map(Outline._make, rows[0]["outlines"]))

    async def live(
        self, space: str, ids: Collection[str], *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """See ``Lists.live``."""
        needs = {"keys": list(map(space_name(space).record_key, ids)), **_sieve(space, hint)}
        rows = await self._connection.read("relationship/live_by_keys", bookmark=bookmark, needs=needs)
        return {found.id: found for found in map(documents.read_relationship, rows[0]["records"])}

    async def touching(
        self,
        space: str,
        keys: Collection[str],
        direction: Direction,
        after: str,
        limit: int,
        *,
        hint: Hint = ANYTHING,
        bookmark: str | None = None,
    ) -> list[Outline]:
        """See ``Lists.touching``."""
        name = space_name(space)
        needs = {
            "space": space,
            **_around(name, keys, direction),
            "after": name.record_key(after),
            **_sieve(space, hint),
        }
        rows = await self._connection.read("relationship/touching", bookmark=bookmark, needs=needs, limit=limit)
        return list(map(Outline._make, rows[0]["outlines"]))

    async def reach(
        self, space: str, keys: Collection[str], direction: Direction, limit: int, *, bookmark: str | None = None
    ) -> list[tuple[str, str]]:
        """See ``Lists.reach``."""
        needs = _around(space_name(space), keys, direction)
        rows = await self._connection.read("relationship/reach", bookmark=bookmark, needs=needs, limit=limit)
        return [(id, far) for id, far in rows[0]["reached"]]

    async def reference_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, bookmark: str | None = None
    ) -> list[EntityRecord]:
        """See ``Lists.reference_page``."""
        needs = space_name(space).keys_behind(after)
        rows = await self._connection.read(
            "entity/reference_page", bookmark=bookmark, needs=needs, skip=skip, limit=limit
        )
        return [documents.read_entity(row) for row in rows[0]["entities"]]


def _around(name: SpaceName, keys: Collection[str], direction: Direction) -> dict[str, Any]:
    source, target = direction.value
    return {"keys": list(keys), "source": source.value, "target": target.value, "prefix": name.record_key("")}


def _sieve(space: str, hint: Hint) -> dict[str, Any]:
    """The clauses of a hint as values: no text of a caller ever becomes part of a statement."""
    return {"clauses": [[_spell(space_name(space), sign) for sign in clause] for clause in hint.clauses]}


def _spell(name: SpaceName, sign: Sign) -> dict[str, Any]:
    values = list(sign.values)
    match sign.trait:
        case Trait.ID:
            values = [name.record_key(str(value)) for value in values]
        case Trait.TEXT:  # as documents spell it
            values = [msgspec.json.encode(value).decode()[1:-1] for value in values]
    return {"trait": sign.trait.value, "values": values, "holds": sign.holds}
