"""Verbs that change what was read before, under a condition that is judged where nothing can come between (sas 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from app.core.errors import (
    EndsFrozen,
    FieldFrozen,
    PreconditionFailed,
    RelationshipMissing,
    TypeNotOffered,
)
from app.core.facts import Needs
from app.core.model import Deleted, Replaced, Unchanged
from app.core.relate import Authored
from app.core.rules import SAS, first_frozen, list_changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.errors import Refusal
    from app.core.identity import SpaceName
    from app.core.ledger import Ledger
    from app.core.model import Mention, Outcome, Relationship

Guard: TypeAlias = "Callable[[int], bool]"
"""Whether a record that was last modified at this instant is still the one that the caller has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What one relationship should become: its ``type``; ``ends`` and ``asserted_by``, where sent, only confirm."""

    type: str
    source: tuple[Mention, ...] = ()
    target: tuple[Mention, ...] = ()
    asserted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amending(Authored):
    """Gives one relationship another type (sas 9.7). ``wanted`` may be what a format refuses it for, in its turn.

    Raises, in this order: RelationshipMissing, PreconditionFailed, then what the content deserves.
    """

    id: str
    wanted: Amendment | Refusal
    guard: Guard
    size: int = 1

    def needs(self, space: SpaceName) -> Needs:
        """The relationship, and the type that it would get."""
        types = {self.wanted.type} if isinstance(self.wanted, Amendment) else set()
        return Needs(relationships={self.id}, types=types)

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """One outcome: Replaced or Unchanged."""
        stored = _find(ledger, self.id)
        if not self.guard(stored.modified.at):
            raise PreconditionFailed
        if not isinstance(self.wanted, Amendment):
            raise self.wanted
        _confirm(ledger, stored, self.wanted)
        if self.wanted.type == stored.type:
            return [Unchanged(stored)]
        changed = stored._replace(type=self.wanted.type)
        if SAS.types is not None and changed.type not in SAS.types:
            raise TypeNotOffered(changed.type)
        if (frozen := first_frozen(stored, list_changed(stored, changed))) is not None:
            raise FieldFrozen(frozen)
        return [Replaced(ledger.replace(stored, changed, self.by))]


def _find(ledger: Ledger, id: str) -> Relationship:
    stored = ledger.relationship(id)
    if stored is None or not stored.live:
        raise RelationshipMissing(id)
    return stored


def _confirm(ledger: Ledger, stored: Relationship, wanted: Amendment) -> None:
    """Raises EndsFrozen or FieldFrozen where what was sent is not what is stored."""
    for mentions, key in zip((wanted.source, wanted.target), ledger.ends(stored), strict=True):
        if any(ledger.mention_key(mention) != key for mention in mentions):
            raise EndsFrozen
    if wanted.asserted_by is not None and wanted.asserted_by != stored.fields.get("assertedBy"):
        raise FieldFrozen("assertedBy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removing(Authored):
    """Deletes relationships, all or none of them; a repeated id counts once (sas 9.6).

    Raises RelationshipMissing, with every id that names nothing live, and PreconditionFailed.
    """

    ids: Sequence[str]
    guard: Guard

    @property
    def size(self) -> int:
        """The number of ids."""
        return len(self.ids)

    def needs(self, space: SpaceName) -> Needs:
        """The relationships named."""
        return Needs(relationships=set(self.ids))

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Deletes what is named."""
        wanted = list(dict.fromkeys(self.ids))
        found = [stored for id in wanted if (stored := ledger.relationship(id)) is not None and stored.live]
        if len(found) < len(wanted):
            known = {stored.id for stored in found}
            raise RelationshipMissing(*(id for id in wanted if id not in known))
        if not all(self.guard(stored.modified.at) for stored in found):
            raise PreconditionFailed
        return [Deleted(ledger.retire(stored, self.by)) for stored in found]
