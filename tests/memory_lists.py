"""Lists and walks in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.identity import space_name
from app.core.lists import ANYTHING, Direction, Hint, Outline, Reach, Sign, Trait
from app.core.model import Entity, EntityRecord, Relationship

if TYPE_CHECKING:
    from tests.memory import MemorySpace

UNDIRECTED = "related"


class MemoryLists:
    """Looks at everything each time. A hint leaves out exactly what lacks one of its signs."""

    spaces: dict[str, MemorySpace]
    entities_by_key: dict[str, EntityRecord]

    def _standing(self, space: str, after: str = "", hint: Hint = ANYTHING) -> list[Relationship]:
        """The live relationships of a space in the order of their ids."""
        held = self.spaces.get(space)
        found = (r for r in held.relationships.values() if r.live and r.id > after) if held else ()
        return sorted((r for r in found if _fits(r, hint)), key=lambda r: r.id)

    def _references(self, space: str) -> dict[str, EntityRecord]:
        """Those recorded entities of a space that are live, or an end of any space's live relationship, by key."""
        used = {key for each in self.spaces for r in self._standing(each) for key in space_name(each).end_keys(r)}
        start = space_name(space).record_key("")
        own = {key: record._replace(in_use=key in used) for key, record in self.entities_by_key.items()}
        return {key: own[key] for key in sorted(own) if key.startswith(start) and own[key].is_reference}

    async def window(
        self, space: str, skip: int, limit: int, *, bookmark: str | None = None
    ) -> tuple[int, list[Relationship]]:
        return len(self._standing(space)), self._standing(space)[skip : skip + limit]

    async def count_references(self, space: str, *, bookmark: str | None = None) -> int:
        return len(self._references(space))

    async def guests(self, space: str, *, bookmark: str | None = None) -> list[str]:
        held = self.spaces.get(space)
        written = [*held.relationships.values(), *held.versions] if held else []
        return sorted({end.space for r in written for end in (r.source, r.target) if end.space is not None})

    async def live_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Relationship]:
        return self._standing(space, after, hint)[:limit]

    async def outline_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Outline]:
        return [outline(r) for r in self._standing(space, after, hint)[:limit]]

    async def live(
        self, space: str, ids: Collection[str], *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        return {r.id: r for r in self._standing(space, hint=hint) if r.id in ids}

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
        found = [r for r in self._standing(space, after, hint) if self._far_ends(space, r, keys, direction)]
        return [outline(r) for r in found[:limit]]

    async def reach(
        self, space: str, keys: Collection[str], direction: Direction, limit: int, *, bookmark: str | None = None
    ) -> list[tuple[str, str]]:
        pairs = [(r.id, far) for r in self._standing(space) for far in self._far_ends(space, r, keys, direction)]
        return pairs[:limit]

    def _far_ends(self, space: str, r: Relationship, keys: Collection[str], direction: Direction) -> list[str]:
        """Where some entities get to over a relationship, each of its ends for itself."""
        source, target = space_name(space).end_keys(r)
        steps = zip((source, target), (target, source), direction.value, strict=True)
        return [
            far
            for near, far, reach in steps
            if near in keys and (reach is Reach.ALL or (reach is Reach.UNDIRECTED and r.type == UNDIRECTED))
        ]

    async def reference_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, bookmark: str | None = None
    ) -> list[EntityRecord]:
        start = space_name(space).record_key(after)
        found = [record for key, record in self._references(space).items() if key > start]
        return found[skip : skip + limit]


def outline(relationship: Relationship) -> Outline:
    """What is known of it without its document."""
    return Outline(relationship.id, relationship.type, relationship.created.at)


def _fits(relationship: Relationship, hint: Hint) -> bool:
    return all(any(_tell(relationship, sign) == sign.holds for sign in clause) for clause in hint.clauses)


def _tell(r: Relationship, sign: Sign) -> bool:
    match sign.trait:
        case Trait.TYPE:
            return r.type in sign.values
        case Trait.ID:
            return r.id in sign.values
        case Trait.CREATED:
            first, last = map(int, sign.values)
            return first <= r.created.at <= last
        case Trait.REPLACED:
            return r.version > 1
        case Trait.TEXT:
            authors = [name for stamp in (r.created, r.modified) for name in stamp.by if isinstance(name, str)]
            said = [text for text in r.fields.values() if isinstance(text, str)]
            texts = [r.source.entity.id, r.target.entity.id, *said, *authors]
            return any(str(value) in text for value in sign.values for text in texts)
        case Trait.FOREIGN:
            return not all(_is_resource(end.entity) for end in (r.source, r.target))


def _is_resource(entity: Entity) -> bool:
    return (entity.domain, entity.type) == ("sas", "resource")
