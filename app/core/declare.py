"""Verbs that change entities as declared ones: upserts replace what was said before, deletes are soft (apollo 5.1, 7).

They take numbers of the space's changes, and their earlier states are kept, as for relationships.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from app.core import ontology
from app.core.errors import EntityMissing, FieldFrozen, FindingEnforced, ReferenceInUse, TooManyTypes
from app.core.facts import Needs
from app.core.model import Finding, Refused
from app.core.relate import Authored
from app.core.rules import same_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.identity import SpaceName
    from app.core.ledger import Ledger
    from app.core.model import Declaration, Entity, EntityRecord, Fields, Outcome

# In the order of apollo 4.2, which decides which of several frozen fields is named.
FROZEN_FIELDS: Final = ("entityType", "brickEntityType", "brickEntitySubType", "brickEntityName")


class Statement(NamedTuple):
    """What an upsert says of one entity; ``fields`` hold its ``entityType``."""

    entity: Entity
    fields: Fields


@dataclass(frozen=True, slots=True)
class Declared:
    """What became of an entity: ``record`` is it as it is by now.

    ``action``: c(reated), u(pdated), d(eleted); empty where nothing had to be written.
    """

    record: EntityRecord
    action: str
    warnings: tuple[Finding, ...] = ()


def _pass_through(outcomes: Sequence[Declared | Refused]) -> list[Outcome]:
    """A store hands outcomes on without looking at them; who asked for them knows what they are."""
    return cast("list[Outcome]", outcomes)


def declaration_fingerprint(declaration: Declaration) -> int:
    """The frozen fields of an entity as one signed 64-bit number.

    The database keeps it beside the key: a replacement that would change it collides with the key's constraint.
    """
    frozen = [declaration.fields.get(field) for field in FROZEN_FIELDS]
    digest = hashlib.blake2b(json.dumps(frozen).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def is_live(record: EntityRecord | None) -> bool:
    """Whether an entity is declared and no format deleted it: the one test for existence (apollo 4.4)."""
    return record is not None and record.declared and record.deleted_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaring(Authored):
    """Upserts of entities, item by item; items that the format refused already stand among them in order."""

    items: Sequence[Statement | Refused]

    @property
    def size(self) -> int:
        """The number of items."""
        return len(self.items)

    def needs(self, space: SpaceName) -> Needs:
        """The entities named, and their types."""
        needs = Needs()
        for item in self.items:
            if isinstance(item, Statement):
                needs.entities.add(space.entity_key(item.entity))
                needs.labels.add(str(item.fields["entityType"]))
        return needs

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Each item sees the effects of those before it. An outcome is Declared or Refused."""
        return _pass_through([item if isinstance(item, Refused) else self._judge(ledger, item) for item in self.items])

    def _judge(self, ledger: Ledger, item: Statement) -> Declared | Refused:
        """Apollo 5.1, rules 1 to 4, and 5.6."""
        known = ledger.entity(ledger.key(item.entity))
        before = None if known is None else known.declaration
        if known is None or before is None:
            return self._create(ledger, item.entity, item.fields)
        frozen = {field: before.fields[field] for field in FROZEN_FIELDS if field in before.fields}
        wanted = {**frozen, **item.fields}
        changed = next((f for f in FROZEN_FIELDS if before.fields.get(f) != wanted.get(f)), None)
        if changed is not None:
            return Refused(FieldFrozen(changed))
        if not is_live(known):
            return self._create(ledger, item.entity, wanted)
        if same_json(before.fields, wanted):
            return Declared(known, "")
        return Declared(ledger.declare(item.entity, wanted, self.by, "u"), "u")

    def _create(self, ledger: Ledger, entity: Entity, fields: Fields) -> Declared | Refused:
        """Stores an entity anew, or again after its deletion, if the checks of the space let it (apollo 13.3)."""
        type = str(fields["entityType"])
        enforced, warnings = ontology.check_entity(type, ledger.checks)
        if enforced is not None:
            return Refused(FindingEnforced(enforced))
        if not ledger.label_fits(type):
            return Refused(TooManyTypes("entity", ledger.most_labels))
        return Declared(ledger.declare(entity, fields, self.by, "c"), "c", warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing(Authored):
    """Deletes one declared entity; relationships that name it stay, and the space says whether that matters (apollo 7).

    Raises EntityMissing, and ReferenceInUse where the space enforces references and a live relationship names it.
    """

    entity: Entity
    size: int = 1

    def needs(self, space: SpaceName) -> Needs:
        """The entity, and whether it is used."""
        key = space.entity_key(self.entity)
        return Needs(entities={key}, used={key})

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """One outcome: Declared."""
        key = ledger.key(self.entity)
        known = ledger.entity(key)
        if known is None or known.declaration is None or not is_live(known):
            raise EntityMissing([(0, 0, self.entity)])
        mode = ledger.checks.references
        warnings: tuple[Finding, ...] = ()
        if mode != "off" and ledger.is_used(key):
            if mode == "enforce":
                raise ReferenceInUse
            warnings = (Finding("EntityInUse", "", "A live relationship names the entity"),)
        record = ledger.declare(self.entity, known.declaration.fields, self.by, "d")
        return _pass_through([Declared(record, "d", warnings)])
