"""Which relationships are meant: by their ends, by when they were created, by whether they live."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from app.core.model import Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.model import End, Json, Relationship


class Pattern(NamedTuple):
    """An entity as far as it is said: a domain, a kind (domain and type), or a whole triple."""

    domain: str
    type: str | None = None
    id: str | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The parts that are said, from the domain on."""
        return tuple(part for part in self if part is not None)


class Life(enum.StrEnum):
    """Which relationships count: those that live, all of them, or the deleted ones only."""

    LIVE = "live"
    ALL = "all"
    DELETED = "deleted"


# A copy of a space asks thousands in a row, and to name a member of an enumeration is slow.
_ALL, _LIVE = Life.ALL, Life.LIVE


@dataclass(frozen=True, slots=True)
class Criteria:
    """A relationship matches when one end fits any pattern of ``near`` and the other end any of ``far``.

    An empty side fits every entity. The two sides need two ends, so a pattern on both sides wants both ends to fit; a
    relationship of an entity with itself has two ends. ``created_after`` and ``created_before`` exclude their instant.
    """

    near: tuple[Pattern, ...] = ()
    far: tuple[Pattern, ...] = ()
    created_after: int | None = None
    created_before: int | None = None
    life: Life = Life.LIVE

    def admits(self, relationship: Relationship) -> bool:
        """Whether the relationship matches as it is."""
        life = self.life
        if life is not _ALL and (relationship.deleted_at is None) is not (life is _LIVE):
            return False
        return self.concerns(relationship)

    def concerns(self, relationship: Relationship) -> bool:
        """Whether it matches, live or deleted."""
        if self.created_after is not None and relationship.created.at <= self.created_after:
            return False
        if self.created_before is not None and relationship.created.at >= self.created_before:
            return False
        near, far = self.near, self.far
        one, other = relationship.source, relationship.target
        if near and far:
            return (_fits(near, one) and _fits(far, other)) or (_fits(near, other) and _fits(far, one))
        said = near or far
        return not said or _fits(said, one) or _fits(said, other)

    @property
    def anchors(self) -> frozenset[Entity] | None:
        """The entities that the near side names whole, if it names nothing else: their links hold every match."""
        return _name_whole(self.near)

    @property
    def far_anchors(self) -> frozenset[Entity] | None:
        """The same for the far side."""
        return _name_whole(self.far)

    def write(self) -> list[Json]:
        """The same list for all criteria that say the same: sides are sets."""
        near, far = (sorted({pattern.said for pattern in side}) for side in (self.near, self.far))
        return [near, far, self.created_after, self.created_before, self.life.value]

    @classmethod
    def read(cls, written: Sequence[Json]) -> Criteria:
        """The criteria that ``write`` wrote."""
        near, far, after, before, life = cast("tuple[list[list[str]], list[list[str]], int, int, str]", written)
        return cls(_read_side(near), _read_side(far), after, before, Life(life))


def _name_whole(side: Sequence[Pattern]) -> frozenset[Entity] | None:
    if not side or any(pattern.id is None for pattern in side):
        return None
    return frozenset(Entity(*pattern.said) for pattern in side)


def _fits(side: Sequence[Pattern], end: End) -> bool:
    """Whether all that some pattern says is equal, character by character. Thousands of links are asked in a row."""
    return (end.domain, None, None) in side or (end.domain, end.type, None) in side or end[:3] in side


def _read_side(side: Sequence[Sequence[str]]) -> tuple[Pattern, ...]:
    return tuple(Pattern(*said) for said in side)


EVERYTHING = Criteria(life=Life.ALL)
