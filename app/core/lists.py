"""What lists and walks ask of a store (sas 6, 7, 9): pages in the order of ids, steps over edges, true counts."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from app.core.identity import SpaceName
    from app.core.model import Entity, EntityRecord, Relationship


class Trait(Enum):
    """What a store can tell of a relationship without taking its record apart; see ``Sign``."""

    TYPE = "type"
    ID = "id"
    CREATED = "created"
    REPLACED = "replaced"
    TEXT = "text"
    FOREIGN = "foreign"


class Sign(NamedTuple):
    """A question about a trait, and the answer that is wanted.

    TYPE and ID: is it one of ``values``? CREATED: does the instant lie within the two of them, ends included? REPLACED:
    was it ever changed? TEXT: does one of them stand in what is kept of it? FOREIGN: may an end be no SAS resource? A
    store says yes to the last two wherever it is so, and may do so elsewhere: their opposites can't be asked for.
    """

    trait: Trait
    values: tuple[str | int, ...] = ()
    holds: bool = True


Clause: TypeAlias = tuple[Sign, ...]
"""Signs one of which every wanted relationship has."""


class Ends(NamedTuple):
    """One of these entities, or of those with these reference ids, stands on the stored side that ``direction`` tells."""

    direction: Direction
    entities: frozenset[Entity] = frozenset()
    ids: frozenset[str] = frozenset()

    def keys(self, spaces: Iterable[SpaceName]) -> set[str]:
        """The keys of the entities that these can be in some spaces."""
        return {
            key for name in spaces for key in (*map(name.entity_key, self.entities), *map(name.record_key, self.ids))
        }


class Hint(NamedTuple):
    """What every wanted relationship has. A store may use it to read less; whoever gives it judges all the same.

    ``ids`` and ``ends`` are ways to get at them: one of these ids, where that is not None; each of these ends.
    """

    clauses: tuple[Clause, ...] = ()
    ids: frozenset[str] | None = None
    ends: tuple[Ends, ...] = ()


ANYTHING = Hint()


class Reach(Enum):
    """Which relationships an entity reaches over from one of their two ends."""

    ALL = "all"
    UNDIRECTED = "undirected"
    NONE = "none"


class Direction(Enum):
    """What an entity reaches over as (source, target). An undirected relationship is reached from either end (sas 9.2).

    SOURCE and TARGET keep to the stored ends.
    """

    TO = (Reach.ALL, Reach.UNDIRECTED)
    FROM = (Reach.UNDIRECTED, Reach.ALL)
    BOTH = (Reach.ALL, Reach.ALL)
    SOURCE = (Reach.ALL, Reach.NONE)
    TARGET = (Reach.NONE, Reach.ALL)


class Outline(NamedTuple):
    """What of a relationship is known without its document."""

    id: str
    type: str
    created_at: int


class Lists(Protocol):
    """What lists and walks ask of a store. Ids come in the order of their text; an unknown space is an empty one."""

    async def window(
        self, space: str, skip: int, limit: int, *, bookmark: str | None = None
    ) -> tuple[int, list[Relationship]]:
        """How many are live, and ``limit`` of them behind the first ``skip``; the writer keeps the number, nobody counts."""
        ...

    async def count_references(self, space: str, *, bookmark: str | None = None) -> int:
        """How many references there are; all that is counted are deleted entities."""
        ...

    async def guests(self, space: str, *, bookmark: str | None = None) -> list[str]:
        """The other spaces whose entities are, or once were, ends of relationships of this space."""
        ...

    async def live_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Relationship]:
        """At most ``limit`` live relationships in the order of ids, after the id ``after``."""
        ...

    async def outline_page(
        self, space: str, after: str, limit: int, *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Outline]:
        """As ``live_page``, in outline."""
        ...

    async def live(
        self, space: str, ids: Collection[str], *, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """The live relationships among those with these ids."""
        ...

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        """The recorded entities among those with these keys."""
        ...

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
        """At most ``limit`` live relationships, after the id ``after``, that entities with these keys reach over."""
        ...

    async def reach(
        self, space: str, keys: Collection[str], direction: Direction, limit: int, *, bookmark: str | None = None
    ) -> list[tuple[str, str]]:
        """At most ``limit`` pairs (id, key of the far end) of what these entities reach over, each end for itself."""
        ...

    async def reference_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, bookmark: str | None = None
    ) -> list[EntityRecord]:
        """Entities that are references (sas 1.7) in the order of their reference ids, as ``live_page``, but for ``skip``."""
        ...
