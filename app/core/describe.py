"""Verbs that change entities for themselves: as references of the SAS format (sas 10).

They take no number of the space's changes: only relationships do (apollo 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from app.core.errors import (
    PreconditionFailed,
    PreconditionMissing,
    ReferenceForeign,
    ReferenceInUse,
    ReferenceMissing,
    ReferenceRenamed,
    ReferenceTaken,
)
from app.core.facts import Needs
from app.core.model import Refused
from app.core.relate import Authored
from app.core.rules import Repeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.amend import Guard
    from app.core.errors import Refusal
    from app.core.identity import SpaceName
    from app.core.ledger import Ledger
    from app.core.model import Entity, EntityRecord, Fields, Outcome
    from app.core.store import Receipt


class Description(NamedTuple):
    """What one reference should be: named by its ``id``, by its identity, or by both; ``fields`` are its details."""

    id: str | None
    entity: Entity | None
    fields: Fields


@dataclass(frozen=True, slots=True)
class Described:
    """What became of an entity: ``record`` is it as it is by now."""

    record: EntityRecord


def read_outcomes(receipt: Receipt) -> list[Described | Refused]:
    """What became of the items of a batch of this module."""
    return [cast("Described | Refused", outcome) for outcome in receipt.outcomes]


def _pass_through(outcomes: Sequence[Described | Refused]) -> list[Outcome]:
    """A store hands outcomes on without looking at them: ``read_outcomes`` takes them up again."""
    return cast("list[Outcome]", outcomes)


def is_own(entity: Entity) -> bool:
    """Whether the entity belongs to the SAS format; others are derived and read-only there (sas 4.2)."""
    return entity.domain == "sas" and entity.type == "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing(Authored):
    """Creates references, or replaces the details of those named, item by item (sas 10.2, 10.3).

    Raises PreconditionMissing where the whole request can't be done (sas 9.4 row 17).
    """

    items: Sequence[Description | Refused]
    repeat: Repeat
    seen_until: int | None = None

    @property
    def size(self) -> int:
        """The number of items."""
        return len(self.items)

    def needs(self, space: SpaceName) -> Needs:
        """The references named."""
        needs = Needs()
        for item in self.items:
            if isinstance(item, Refused):
                continue
            if item.id is not None:
                needs.entities.add(space.record_key(item.id))
            if item.entity is not None:
                needs.entities.add(space.entity_key(item.entity))
                needs.labels.add(item.entity.type)
        return needs

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Item by item, each seeing the effects of those before it."""
        judge = _Judge(self, ledger)
        return _pass_through([item if isinstance(item, Refused) else judge.judge(item) for item in self.items])


class _Judge:
    """Judges the items of one request in their order."""

    def __init__(self, batch: Describing, ledger: Ledger) -> None:
        self._batch = batch
        self._ledger = ledger
        self._written: set[Entity] = set()

    def judge(self, item: Description) -> Described | Refused:
        if item.id is not None:
            return self._judge_named(item, item.id)
        assert item.entity is not None, "an item names a reference"
        key = self._ledger.key(item.entity)
        known = self._ledger.reference(key)
        if known is None:
            forgotten = self._ledger.entity(key)
            if forgotten is not None and forgotten.deleted_at is not None and not is_own(item.entity):
                return Refused(ReferenceForeign())
            self._written.add(item.entity)
            return Described(self._ledger.record(item.entity, self._own_fields(item.entity, item), self._batch.by))
        repeat = self._batch.repeat
        if repeat is Repeat.RETURN:
            return Described(known)
        if known.entity in self._written or repeat is Repeat.REFUSE:
            return Refused(self._taken(known.entity))
        return self._replace(known, item)

    def _taken(self, entity: Entity) -> ReferenceTaken:
        return ReferenceTaken(entity, self._ledger.name.entity_id(entity))

    def _own_fields(self, entity: Entity, item: Description) -> Fields:
        return item.fields if is_own(entity) else {}

    def _judge_named(self, item: Description, id: str) -> Described | Refused:
        known = self._ledger.reference(self._ledger.name.record_key(id))
        if known is None:
            return Refused(ReferenceMissing(id))
        if item.entity not in (None, known.entity):
            return Refused(ReferenceRenamed())
        if known.entity in self._written:
            return Refused(self._taken(known.entity))
        return self._replace(known, item)

    def _replace(self, known: EntityRecord, item: Description) -> Described | Refused:
        """Sas 9.4, rows 11, 17, 19, 20, then 8 or 15."""
        batch = self._batch
        if not is_own(known.entity):
            return Refused(ReferenceForeign())
        if batch.repeat is Repeat.REPLACE and batch.seen_until is None:
            raise PreconditionMissing
        # sas 8.4: header dates have whole seconds, so the stored instant is cut to its second.
        if batch.seen_until is not None and known.modified.at // 1_000_000 * 1_000_000 > batch.seen_until:
            return Refused(PreconditionFailed())
        self._written.add(known.entity)
        if known.fields == item.fields:
            return Described(known)
        return Described(self._ledger.describe(known, item.fields, batch.by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redescribing(Authored):
    """Replaces the details of one reference under a condition (sas 10.5). ``wanted`` may be why a format refuses it.

    Raises, in this order: ReferenceMissing, PreconditionFailed, then what the content deserves.
    """

    id: str
    wanted: Description | Refusal
    guard: Guard
    size: int = 1

    def needs(self, space: SpaceName) -> Needs:
        """The reference."""
        return Needs(entities={space.record_key(self.id)})

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """One outcome."""
        known = _find(ledger, self.id)
        if not self.guard(known.modified.at):
            raise PreconditionFailed
        if not isinstance(self.wanted, Description):
            raise self.wanted
        if self.wanted.entity not in (None, known.entity):
            raise ReferenceRenamed
        if not is_own(known.entity):
            raise ReferenceForeign
        if known.fields == self.wanted.fields:
            return _pass_through([Described(known)])
        return _pass_through([Described(ledger.describe(known, self.wanted.fields, self.by))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting(Authored):
    """Deletes references, all or none of them; a repeated id counts once (sas 10.5, 10.6).

    Raises the first refusal in the order of the ids: ReferenceMissing, PreconditionFailed, ReferenceForeign,
    ReferenceInUse.
    """

    ids: Sequence[str]
    guard: Guard

    @property
    def size(self) -> int:
        """The number of ids."""
        return len(self.ids)

    def needs(self, space: SpaceName) -> Needs:
        """The references, and whether they are used."""
        keys = {space.record_key(id) for id in self.ids}
        return Needs(entities=keys, used=set(keys))

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Deletes what is named."""
        found = [self._judge(ledger, id) for id in dict.fromkeys(self.ids)]
        return _pass_through([Described(ledger.forget(known, self.by)) for known in found])

    def _judge(self, ledger: Ledger, id: str) -> EntityRecord:
        known = _find(ledger, id)
        if not self.guard(known.modified.at):
            raise PreconditionFailed
        if not is_own(known.entity):
            raise ReferenceForeign
        if ledger.is_used(ledger.name.record_key(id)):
            raise ReferenceInUse
        return known


def _find(ledger: Ledger, id: str) -> EntityRecord:
    known = ledger.reference(ledger.name.record_key(id))
    if known is None:
        raise ReferenceMissing(id)
    return known
