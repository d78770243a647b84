"""The words of the core as frozen values: entities, relationships, proposals, outcomes, changes.

An instant is an integer: microseconds since 1970-01-01T00:00:00Z. Ids of relationships are canonical lower-case UUIDs.
Values that exist ten thousand times a request are named tuples: they cost a third of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from app.core.errors import Refusal
    from app.core.rules import Pairs

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Fields: TypeAlias = Mapping[str, Json]

NO_FIELDS: Fields = {}


class Entity(NamedTuple):
    """A thing's identity within a space. Apollo entity X is ("apollo", "entity", X), SAS resource U is ("sas", "resource", U)."""

    domain: str
    type: str
    id: str


class End(NamedTuple):
    """One end of a relationship: an entity, part by part. ``recorded_at``: when it was first recorded in its space.

    ``space`` is set only where the entity belongs to another space than the relationship.
    """

    domain: str
    type: str
    id: str
    recorded_at: int
    space: str | None = None

    @property
    def entity(self) -> Entity:
        """The entity itself; what asks for thousands compares or takes the first three parts."""
        return Entity(*self[:3])


class Author(NamedTuple):
    """On whose behalf something is written, as far as the formats show it."""

    user: str | None = None
    subject: str | None = None
    client: str | None = None
    service: bool = False
    correlation: str | None = None


class Stamp(NamedTuple):
    """When and by whom."""

    at: int
    by: Author


class Relationship(NamedTuple):
    """A stored relationship in one of its versions.

    ``policy`` is the name of the policy that created it and judges it for life. ``fields`` are what the formats keep
    beside type and ends. ``name`` is the id as its format spelled it, where that is not the id itself. ``n`` orders
    the relationships of a space by creation, ``seq`` is the number of the change that made this version.
    """

    id: str
    type: str
    source: End
    target: End
    policy: str
    fields: Fields
    version: int
    seq: int
    n: int
    created: Stamp
    modified: Stamp
    deleted_at: int | None = None
    name: str | None = None

    @property
    def live(self) -> bool:
        """Whether it has not been deleted."""
        return self.deleted_at is None


class Declaration(NamedTuple):
    """What upserts for themselves have said of an entity, in one of its versions (apollo 4.2): it has a type of its own.

    ``seq`` is the number of the change that made this version.
    """

    fields: Fields
    version: int
    seq: int
    modified: Stamp
    deleted_at: int | None = None

    @property
    def type(self) -> str:
        """The declared type, frozen for life."""
        return str(self.fields["entityType"])


class EntityRecord(NamedTuple):
    """What is stored of an entity.

    ``recorded_at`` is None while only another space's relationships have named it. ``declared``: an upsert wrote it
    and no delete followed; it is more than the end of a relationship, and ``declaration`` says what it is. ``in_use``: a
    live relationship has it as an end; known for deleted ones.
    """

    entity: Entity
    n: int
    recorded_at: int | None
    created: Stamp
    modified: Stamp
    fields: Fields = NO_FIELDS
    declared: bool = False
    version: int = 1
    seq: int = 0
    deleted_at: int | None = None
    in_use: bool = False
    declaration: Declaration | None = None

    @property
    def is_reference(self) -> bool:
        """Whether it is a reference of its space: not deleted, or an end of a live relationship (sas 1.7)."""
        return self.recorded_at is not None and (self.deleted_at is None or self.in_use)

    @property
    def kind(self) -> str:
        """What the graph labels it with: the type it was ever declared with, else the type of its identity."""
        return self.entity.type if self.declaration is None else self.declaration.type


class Mention(NamedTuple):
    """How a proposal names one end: by identity, by reference id (a UUID text of the entity's key), or by both.

    ``fields`` describe the entity and are stored only if this mention records it.
    """

    entity: Entity | None
    reference: str | None = None
    space: str | None = None
    fields: Fields = NO_FIELDS


class Proposal(NamedTuple):
    """What a caller asks for one relationship. ``id`` is None where the caller leaves the choice to us."""

    id: str | None
    type: str
    source: Mention
    target: Mention
    fields: Fields = NO_FIELDS
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check noticed about an item: a machine word, the core field at fault, a sentence."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Created:
    """Stored anew, or brought back."""

    relationship: Relationship
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """Stored before, and now otherwise."""

    relationship: Relationship
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Already as asked; nothing was written."""

    relationship: Relationship


@dataclass(frozen=True, slots=True)
class Deleted:
    """No longer live; the record is kept."""

    relationship: Relationship


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, and why."""

    error: Refusal


Outcome: TypeAlias = Created | Replaced | Unchanged | Deleted | Refused


class Change(NamedTuple):
    """One effect, numbered without gaps within its space. ``kind``: r, e; ``action``: c(reated), u(pdated), d(eleted)."""

    seq: int
    kind: str
    id: str
    action: str
    version: int
    type: str


@dataclass(frozen=True, slots=True)
class Commit:
    """All changes of one request in one transaction."""

    changes: tuple[Change, ...]
    at: int
    by: Author
    request_id: str | None
    transaction_id: str | None

    @property
    def last(self) -> int:
        """The number of its last change."""
        return self.changes[-1].seq


@dataclass(frozen=True, slots=True)
class SpaceState:
    """A space as a transaction finds it under its lock. A space that is not there yet has ``exists`` False.

    ``write`` names the last try to write it, if the store names them. ``pairs`` is the rule that all relationships ever
    created in it go by; None where they go by several, or nobody can tell.
    """

    id: str
    exists: bool = False
    number: int = 0
    seq: int = 0
    ordinal: int = 0
    epoch: str = ""
    relationships: int = 0
    entities: int = 0
    relationship_types: int = 0
    entity_types: int = 0
    last_at: int = 0
    founder: str = ""
    settings: Fields = field(default_factory=dict)
    write: str = ""
    pairs: Pairs | None = None
