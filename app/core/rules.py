"""The policies of the formats and the judge: the only place where a rule about relationships is decided.

A policy is chosen by the format that writes, and kept by the relationship that it created: the creating policy says
for life which fields are frozen, the writing policy says how ids and pairs are taken and what a repeat means.

==========  ===========  =========  ====================================================  ==========
policy      ids          pair       frozen for life                                       directed
==========  ===========  =========  ====================================================  ==========
autodesk    proposed     unordered  everything                                            no
sas         addressed    ordered    both ends                                             yes
apollo      upserted     free       type and the six brick properties                     yes
==========  ===========  =========  ====================================================  ==========
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from app.core import ontology
from app.core.errors import (
    EndsFrozen,
    FieldFrozen,
    FindingEnforced,
    IdTaken,
    NotRevivable,
    PairTaken,
    PreconditionFailed,
    PreconditionMissing,
    ReferenceMismatch,
    ReferenceMissing,
    RelationshipMissing,
    TooManyTypes,
    TypeNotOffered,
    WrittenBefore,
)
from app.core.model import Created, End, Outcome, Refused, Replaced, Unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.errors import Refusal
    from app.core.ledger import Ledger
    from app.core.model import Author, Fields, Finding, Json, Mention, Proposal, Relationship


class Ids(Enum):
    """What an id in a proposal means."""

    PROPOSED = "must be free (autodesk 6.1)"
    ADDRESSED = "must name a live relationship (sas 9.4)"
    UPSERTED = "names what is created or replaced (apollo 5.1)"


class Pairs(Enum):
    """How many live relationships two ends may have."""

    FREE = "any number (apollo 5.1)"
    UNORDERED = "one, whatever the order (autodesk 6.1)"
    ORDERED = "one in each order (sas 1.9)"


class Repeat(Enum):
    """What a proposal without id does to a pair that is taken."""

    REFUSE = "conflicts"
    RETURN = "answers what is stored"
    REPLACE = "replaces the free fields of what is stored"


BRICK_FIELDS = (
    "brickRelationshipName",
    "brickRelationshipType",
    "brickSourceEntityType",
    "brickSourceEntitySubType",
    "brickDestinationEntityType",
    "brickDestinationEntitySubType",
)
NAME_FIELD = "relationshipName"
OWN_FIELDS = (NAME_FIELD, *BRICK_FIELDS, "customData", "assertedBy")
# In the order of apollo 4.1, which decides which of several frozen fields is named.
EVERY_FIELD = ("source", "target", "type", *OWN_FIELDS)


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of the table above. ``types``: the closed set a writer may use; None: open, bounded per space.

    ``moves_ends``: a writer of this policy may give a stored relationship other ends. ``frozen`` are core field names.
    """

    name: str
    ids: Ids
    pairs: Pairs
    repeat: Repeat
    frozen: tuple[str, ...]
    directed: bool
    moves_ends: bool = False
    revives: bool = False
    types: frozenset[str] | None = None


AUTODESK = Policy(
    "autodesk", Ids.PROPOSED, Pairs.UNORDERED, Repeat.RETURN, EVERY_FIELD, directed=False, types=frozenset({"related"})
)
APOLLO = Policy(
    "apollo",
    Ids.UPSERTED,
    Pairs.FREE,
    Repeat.REPLACE,
    ("type", *BRICK_FIELDS),
    directed=True,
    moves_ends=True,
    revives=True,
)
SAS = Policy(
    "sas",
    Ids.ADDRESSED,
    Pairs.ORDERED,
    Repeat.REFUSE,
    ("source", "target"),
    directed=True,
    types=frozenset({"Dependent", "Contains", "Parent", "Associated", "Equivalent", "Synonymous", "Derived"}),
)
SAS_IGNORE = replace(SAS, repeat=Repeat.RETURN)
SAS_UPDATE = replace(SAS, repeat=Repeat.REPLACE)
POLICIES = {policy.name: policy for policy in (AUTODESK, APOLLO, SAS)}


def same_json(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal: numbers by value, ``true`` is not 1, the order of keys is nothing."""
    if left is right or type(left) is str:  # as most are
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return left == right


class Judge:
    """Judges the proposals of one request, in order, against the ledger.

    ``seen_until``: the instant up to which the caller has seen the store, for policies whose updates need one;
    ``type_limit``: distinct types that a space may use.
    """

    def __init__(
        self, policy: Policy, ledger: Ledger, by: Author, *, seen_until: int | None = None, type_limit: int = 1000
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._by = by
        self._seen_until = seen_until
        self._type_limit = type_limit
        self._written: set[str] = set()
        # Told apart once, not for each of thousands: to name a member of an enumeration is slow. A method of its own
        # would make a circle of the judge, which keeps a whole ledger until the garbage collector comes by.
        self._rule = _RULES[policy.ids]
        self._addressed = policy.ids is Ids.ADDRESSED

    def judge(self, proposal: Proposal) -> Outcome:
        """What becomes of one proposal.

        Raises PreconditionMissing where the whole request can't be done (sas 9.4 row 17).
        """
        return self._rule(self, proposal)

    def _propose(self, proposal: Proposal) -> Outcome:
        """Autodesk 6.1, rows a to e."""
        ledger = self._ledger
        if proposal.id is not None and (named := ledger.relationship(proposal.id)) is not None:
            return Refused(IdTaken(named))
        ends = self._keys(proposal)
        owner = self._owner_of_either_order(*ends)
        if owner is None:
            return Created(self._create(proposal, proposal.id or ledger.mint(), ends, proposal.fields))
        return Unchanged(owner) if proposal.id is None else Refused(PairTaken(owner))

    def _owner_of_either_order(self, source: str, target: str) -> Relationship | None:
        owners = [r for r in (self._ledger.owner(source, target), self._ledger.owner(target, source)) if r is not None]
        return min(owners, key=lambda r: (r.created.at, r.id), default=None)

    def _address(self, proposal: Proposal) -> Outcome:
        """Sas 9.4, in the order that stands below its table."""
        if proposal.id is not None:
            return self._address_by_id(proposal, proposal.id)
        source, target = self._keys(proposal)
        if (unknown := self._unknown_reference(proposal)) is not None:
            return Refused(unknown)
        owner = self._ledger.owner(source, target)
        stored_type = owner.type if owner is not None and self._policy.repeat is Repeat.REPLACE else None
        if (closed := self._outside_types(proposal, stored_type)) is not None:
            return Refused(closed)
        if owner is None:
            return Created(self._create(proposal, self._ledger.mint(), (source, target), proposal.fields))
        if owner.id in self._written and self._policy.repeat is not Repeat.RETURN:
            return Refused(WrittenBefore(owner))
        if self._policy.repeat is Repeat.REFUSE:
            return Refused(PairTaken(owner))
        if self._policy.repeat is Repeat.RETURN:
            return Unchanged(owner)
        return self._update(owner, proposal)

    def _address_by_id(self, proposal: Proposal, id: str) -> Outcome:
        stored = self._ledger.relationship(id)
        if stored is None or not stored.live:
            return Refused(RelationshipMissing(proposal.name or id))
        if (unknown := self._unknown_reference(proposal)) is not None:
            return Refused(unknown)
        keys = self._keys(proposal)
        if keys != self._ledger.ends(stored):
            owner = self._ledger.owner(*keys)
            return Refused(EndsFrozen() if owner is None else PairTaken(owner))
        if (closed := self._outside_types(proposal, stored.type)) is not None:
            return Refused(closed)
        if stored.id in self._written:
            return Refused(WrittenBefore(stored))
        return self._update(stored, proposal)

    def _update(self, stored: Relationship, proposal: Proposal) -> Outcome:
        """Replaces the free fields: sas 9.4, rows 11, 17, 19, 20, then 8 or 15."""
        wanted = stored._replace(type=proposal.type, fields=self._with_own_fields(stored, proposal.fields))
        changed = list_changed(stored, wanted)
        if (frozen := first_frozen(stored, changed)) is not None:
            return Refused(FieldFrozen(frozen))
        if self._policy.repeat is Repeat.REPLACE and self._seen_until is None:
            raise PreconditionMissing
        # sas 8.4: header dates have whole seconds, so the stored instant is cut to its second.
        if self._seen_until is not None and stored.modified.at // 1_000_000 * 1_000_000 > self._seen_until:
            return Refused(PreconditionFailed())
        self._written.add(stored.id)
        if not changed:
            return Unchanged(stored)
        return Replaced(self._ledger.replace(stored, wanted, self._by))

    def _with_own_fields(self, stored: Relationship, sent: Fields) -> Fields:
        """A writer that addresses relationships replaces what its own format keeps, nothing of another's."""
        kept = {key: value for key, value in stored.fields.items() if key != "assertedBy"}
        return {**kept, **sent}

    def _upsert(self, proposal: Proposal) -> Outcome:
        """Apollo 5.1, rules 1 to 6."""
        assert proposal.id is not None, "an upsert names its id"
        stored = self._ledger.relationship(proposal.id)
        if stored is None:
            return self._upsert_new(proposal, proposal.id)
        if _says_the_same(stored, proposal):
            return Unchanged(stored)
        if not stored.live and not POLICIES[stored.policy].revives:
            return Refused(NotRevivable())
        wanted = self._replacement(stored, proposal)
        changed = list_changed(stored, wanted)
        if (frozen := first_frozen(stored, changed)) is not None:
            return Refused(FieldFrozen(frozen))
        if stored.live and not changed:
            return Unchanged(stored)
        return self._upsert_stored(stored, wanted, proposal)

    def _upsert_new(self, proposal: Proposal, id: str) -> Outcome:
        ends, ledger = self._keys(proposal), self._ledger
        types = self._declared_types(ends)
        refusal, warnings = self._check(proposal, *types)
        if refusal is None and not self._type_fits(proposal.type):
            refusal = TooManyTypes("relationship", self._type_limit)
        if refusal is not None:
            return Refused(refusal)
        fields = ontology.complete(proposal, *types, ledger.checks.brick_version)
        return Created(self._create(proposal, id, ends, fields), warnings)

    def _upsert_stored(self, stored: Relationship, wanted: Relationship, proposal: Proposal) -> Outcome:
        refusal: Refusal | None = None
        warnings: tuple[Finding, ...] = ()
        if not stored.live or (stored.source, stored.target) != (wanted.source, wanted.target):
            types = self._declared_types(self._keys(proposal))
            refusal, warnings = self._check(proposal, *types, moved=stored.live)
        if refusal is None and not self._type_fits(wanted.type):
            refusal = TooManyTypes("relationship", self._type_limit)
        if refusal is not None:
            return Refused(refusal)
        ends = self._record_ends(proposal, self._keys(proposal))
        moved = wanted._replace(source=ends[0], target=ends[1])
        if stored.live:
            return Replaced(self._ledger.replace(stored, moved, self._by), warnings)
        return Created(self._ledger.replace(stored, moved, self._by, "c"), warnings)

    def _replacement(self, stored: Relationship, proposal: Proposal) -> Relationship:
        """The stored relationship as the item would have it: frozen fields not sent are kept (apollo 5.1.2)."""
        frozen = POLICIES[stored.policy].frozen
        fields = {key: value for key, value in stored.fields.items() if key in frozen or key == "assertedBy"}
        fields.update(proposal.fields)
        if NAME_FIELD not in stored.fields and same_json(fields.get(NAME_FIELD), stored.type):
            # Another format's relationship is shown with its type as name (apollo 4.4): that one adds nothing.
            del fields[NAME_FIELD]
        return stored._replace(
            type=proposal.type,
            source=self._shown_end(stored.source, proposal.source),
            target=self._shown_end(stored.target, proposal.target),
            fields=fields,
            deleted_at=None,
        )

    def _shown_end(self, stored: End, mention: Mention) -> End:
        if mention.entity is None or _names(mention, stored):
            return stored
        return End(*mention.entity, 0, mention.space)

    def _declared_types(self, ends: tuple[str, str]) -> tuple[str | None, str | None]:
        source, target = map(self._ledger.entity, ends)
        return ontology.declared_type(source), ontology.declared_type(target)

    def _check(
        self, proposal: Proposal, source_type: str | None, target_type: str | None, *, moved: bool = False
    ) -> tuple[Refusal | None, tuple[Finding, ...]]:
        """What the checks of the space say (apollo 13.3)."""
        enforced, warnings = ontology.check(proposal, source_type, target_type, self._ledger.checks, moved=moved)
        return (None if enforced is None else FindingEnforced(enforced)), warnings

    def _create(self, proposal: Proposal, id: str, ends: tuple[str, str], fields: Fields) -> Relationship:
        source, target = self._record_ends(proposal, ends)
        made = self._ledger.create(
            id=id,
            type=proposal.type,
            source=source,
            target=target,
            policy=self._policy.name,
            fields=fields,
            by=self._by,
            ends=ends,
            name=proposal.name,
        )
        self._written.add(id)
        return made

    def _record_ends(self, proposal: Proposal, keys: tuple[str, str]) -> tuple[End, End]:
        (source, target), ledger, by = keys, self._ledger, self._by
        one, other, addressed = proposal.source, proposal.target, self._addressed
        return (
            ledger.record_end(source, one, by, revive=addressed and _revives(one)),
            ledger.record_end(target, other, by, revive=addressed and _revives(other)),
        )

    def _keys(self, proposal: Proposal) -> tuple[str, str]:
        return self._ledger.mention_key(proposal.source), self._ledger.mention_key(proposal.target)

    def _unknown_reference(self, proposal: Proposal) -> Refusal | None:
        """Sas 9.4 row 5: a reference id that names nothing; and one that names another entity than its URI."""
        for mention in (proposal.source, proposal.target):
            if mention.reference is None:
                continue
            known = self._ledger.reference(self._ledger.mention_key(mention))
            if known is None:
                return ReferenceMissing(str(mention.reference))
            if mention.entity is not None and mention.entity != known.entity:
                return ReferenceMismatch()
        return None

    def _outside_types(self, proposal: Proposal, stored_type: str | None) -> Refusal | None:
        """Sas 9.4 row 4: the closed set, or the type that the target has."""
        types = self._policy.types
        if types is None or proposal.type in types or proposal.type == stored_type:
            return None
        return TypeNotOffered(proposal.type)

    def _type_fits(self, type: str) -> bool:
        """Apollo 5.6: the value that would be one too many is refused, known ones pass."""
        return self._ledger.knows_type(type) or self._ledger.type_count < self._type_limit


_RULES = {Ids.PROPOSED: Judge._propose, Ids.ADDRESSED: Judge._address, Ids.UPSERTED: Judge._upsert}


def _revives(mention: Mention) -> bool:
    """Sas 1.7: a write that names a deleted SAS resource makes its reference anew; others stay deleted."""
    return mention.entity is not None and mention.entity.domain == "sas"


def first_frozen(stored: Relationship, changed: Sequence[str]) -> str | None:
    """The first of the changed fields that the creating policy froze."""
    frozen = POLICIES[stored.policy].frozen
    return next((field for field in changed if field in frozen), None)


def list_changed(stored: Relationship, wanted: Relationship) -> list[str]:
    """The fields in which two states differ, in the order of apollo 4.1."""
    before, after = stored.fields.get, wanted.fields.get
    changed = [] if _same_end(stored.source, wanted.source) else ["source"]
    changed += [] if _same_end(stored.target, wanted.target) else ["target"]
    changed += [] if stored.type == wanted.type else ["type"]
    return changed + [field for field in OWN_FIELDS if not same_json(before(field), after(field))]


def _says_the_same(stored: Relationship, proposal: Proposal) -> bool:
    """Whether an upsert plainly says what is stored, as nearly all repeats do: told without making what it asks for."""
    known, sent, frozen = stored.fields, proposal.fields, POLICIES[stored.policy].frozen
    if not stored.live or stored.type != proposal.type:
        return False
    if not (_names(proposal.source, stored.source) and _names(proposal.target, stored.target)):
        return False
    for key, value in sent.items():
        if key not in known or not same_json(known[key], value):
            return False
    return not [key for key in known if key not in sent and key not in frozen and key != "assertedBy"]


def _same_end(one: End, other: End) -> bool:
    return (one[:3], one.space) == (other[:3], other.space)


def _names(mention: Mention, end: End) -> bool:
    return mention.entity == end[:3] and mention.space == end.space
