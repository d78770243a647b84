"""The one error tree. Errors carry facts, never status codes or wire names; each façade renders the same tree.

TercetError
├── Refusal                     one request, or one item of it, can't be done as asked
│   ├── NotAuthenticated
│   │   ├── TokenMissing        no bearer token was sent
│   │   ├── TokenInvalid        the token can't be verified, or is meant for somebody else
│   │   └── TokenExpired        the token was good once
│   ├── NotAllowed
│   │   ├── ScopeMissing        the token lacks a scope of the operation
│   │   ├── PersonRequired      the operation wants a token of a person, this one is a service's
│   │   ├── SpaceUnknown        there is no such space (each format decides whether to say so)
│   │   ├── RightMissing        the caller's right on the space is too low
│   │   └── PairNotWritable     a strict space doesn't offer this pair of kinds
│   ├── NotFound
│   │   ├── RelationshipMissing no relationship has that id
│   │   ├── ReferenceMissing    no entity of the space has that reference id
│   │   ├── ReferenceMismatch   the reference id and the URI of one end name two entities
│   │   ├── EntityMissing       an end is not recorded in a space that demands it
│   │   ├── SpaceGone           the space was deleted; told to its former owners only
│   │   ├── GrantMissing        the principal has no such entry in the space's list
│   │   └── JobMissing          no such job, or none that the caller may see
│   ├── Conflicting
│   │   ├── IdTaken             the proposed id names another relationship
│   │   ├── PairTaken           the ends are already related
│   │   └── WrittenBefore       an earlier item of the same request wrote the target
│   ├── NotChangeable
│   │   ├── FieldFrozen         a field that may never change would change
│   │   ├── EndsFrozen          a relationship found by its id has other ends
│   │   ├── NotRevivable        a deleted relationship of another format stays deleted
│   │   ├── ReferenceRenamed    a reference would get another identity
│   │   ├── ReferenceForeign    the reference belongs to another format
│   │   ├── ReferenceTaken      the identity has a reference, or an earlier item of the same request wrote it
│   │   └── ReferenceInUse      the reference is an end of a live relationship
│   ├── Precondition
│   │   ├── PreconditionMissing the request would update without saying what it has seen
│   │   └── PreconditionFailed  the target changed after the moment that the caller names
│   ├── NotOffered
│   │   ├── TypeNotOffered      the type is not one of the policy's closed set
│   │   └── TooManyTypes        the space has used up its distinct types
│   ├── ItemInvalid             an item's content can't be used; the façade says why in its words
│   ├── FindingEnforced         a check that the space enforces found something
│   ├── NotAdministrable
│   │   ├── SpaceTaken          the id names a space, or named a deleted one
│   │   ├── SpaceBusy           the space has unfinished jobs, or has to stay
│   │   ├── OwnerMissing        the space would be left without an owner
│   │   └── GrantsFull          the space's list would have more entries than it may
│   ├── ItemFailed              the store could not write this one item, however often it was tried
│   ├── KeyReused               an idempotency key came again with another request
│   ├── QueryRefusal            a query of one's own, which only analysts send, isn't run or kept as asked
│   │   ├── SpacesUnreadable    it would read every space, and the caller may not
│   │   ├── QueryBarred         it does what no query may
│   │   ├── QueryFaulty         its text can't be understood, or fails on what it finds
│   │   ├── QueryMissing        no query of the caller's, running or kept, goes by that name
│   │   ├── QueryTaken          its id names a query that is running
│   │   ├── QueryOverdue        it took longer than it may
│   │   ├── QueryOversized      it needed more memory than it may
│   │   ├── QueryCancelled      its caller ended it
│   │   ├── QueryChanged        a kept one is not the one that the caller has seen
│   │   └── QueriesFull         the caller keeps as many as anybody may
│   └── TooMuch
│       ├── RateExceeded        the caller asks too often
│       └── QueueFull           too much accepted work is unfinished
├── StoreError                  the store could not do its work
│   ├── StoreAway               not reachable, or not now; trying again later may help
│   ├── StoreBehind             this replica has not caught up with the caller's consistency token
│   ├── OutOfTime               a question took longer than it may
│   └── StoreDefect             the store answered something that must not happen
└── BookmarkInvalid             a consistency token that can't be read
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.model import Entity, Finding, Relationship


class TercetError(Exception):
    """Anything the core or what lies below it refuses to do, or can't do."""


class Refusal(TercetError):
    """Raised for a whole request, carried as ``Refused(error)`` for one item."""


class NotAuthenticated(Refusal):
    """The caller is not known."""


class TokenMissing(NotAuthenticated):
    """No bearer token was sent."""


class TokenInvalid(NotAuthenticated):
    """The token can't be verified."""


class TokenExpired(NotAuthenticated):
    """The token was good once."""


class NotAllowed(Refusal):
    """The caller is known and may not do this."""


class ScopeMissing(NotAllowed):
    """The token lacks a scope of the operation; ``scopes`` are all that it needs."""

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(f"needs scope {' '.join(scopes)}")
        self.scopes = tuple(scopes)


class PersonRequired(NotAllowed):
    """A service's token came where only a person's is taken."""


class SpaceUnknown(NotAllowed):
    """There is no space of that id."""

    def __init__(self, space: str) -> None:
        super().__init__(f"unknown space: {space}")
        self.space = space


class RightMissing(NotAllowed):
    """The caller's right on ``space`` is too low."""

    def __init__(self, space: str) -> None:
        super().__init__("right missing on the space")
        self.space = space


class PairNotWritable(NotAllowed):
    """Items ``indexes`` name pairs of kinds that a strict space doesn't offer."""

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__("pair of kinds not writable")
        self.indexes = tuple(indexes)


class NotFound(Refusal):
    """What was named does not exist."""


class RelationshipMissing(NotFound):
    """No relationship of the space that this policy can see has the id; ``ids`` are all of the request without one."""

    def __init__(self, id: str, *others: str) -> None:
        super().__init__("no such relationship")
        self.id = id
        self.ids = (id, *others)


class ReferenceMissing(NotFound):
    """No entity of the space has the reference id."""

    def __init__(self, id: str) -> None:
        super().__init__("no such reference")
        self.id = id


class ReferenceMismatch(NotFound):
    """The reference id and the identity sent for one end name two entities."""


class EntityMissing(NotFound):
    """Ends that a space with ``references=enforce`` does not know: (item, end, entity), item and end from 0."""

    def __init__(self, missing: Sequence[tuple[int, int, Entity]]) -> None:
        super().__init__("no such entity")
        self.missing = tuple(missing)


class SpaceGone(NotFound):
    """The space was deleted; only who owned it may learn that it was ever there."""

    def __init__(self, space: str) -> None:
        super().__init__("deleted space")
        self.space = space


class GrantMissing(NotFound):
    """The principal has no entry in the space's list, or another right than the one named."""

    def __init__(self, principal: str) -> None:
        super().__init__("no such entry")
        self.principal = principal


class JobMissing(NotFound):
    """No such job, expired, or not the caller's to see."""


class Conflicting(Refusal):
    """Something stored stands in the way; ``actual`` is it."""

    def __init__(self, actual: Relationship) -> None:
        super().__init__("conflicts with a stored relationship")
        self.actual = actual


class IdTaken(Conflicting):
    """The proposed id names ``actual``."""


class PairTaken(Conflicting):
    """The ends are related by ``actual``, the owner of the pair."""


class WrittenBefore(Conflicting):
    """An earlier item of the same request wrote ``actual``."""


class NotChangeable(Refusal):
    """The stored relationship may not become what was asked."""


class FieldFrozen(NotChangeable):
    """``field`` (a core name: ``type``, ``source``, ``target`` or a key of ``fields``) may never change."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is frozen")
        self.field = field


class EndsFrozen(NotChangeable):
    """The relationship named by its id has other ends than the item says."""


class NotRevivable(NotChangeable):
    """A deleted relationship of another format is not revived."""


class ReferenceRenamed(NotChangeable):
    """A reference named by its id has another identity than the item says."""


class ReferenceForeign(NotChangeable):
    """The reference belongs to another format and is read-only here."""


class ReferenceInUse(NotChangeable):
    """The reference is an end of a live relationship."""


class ReferenceTaken(NotChangeable):
    """``actual`` has the reference ``id``, or an earlier item of the same request wrote it."""

    def __init__(self, actual: Entity, id: str) -> None:
        super().__init__("has a reference")
        self.actual = actual
        self.id = id


class Precondition(Refusal):
    """What the caller says it has seen."""


class PreconditionMissing(Precondition):
    """An update needs the moment up to which the caller has seen the store."""


class PreconditionFailed(Precondition):
    """The target changed after the moment that the caller names."""


class NotOffered(Refusal):
    """A name outside what may be used."""


class TypeNotOffered(NotOffered):
    """``type`` is not one of the policy's."""

    def __init__(self, type: str) -> None:
        super().__init__("type not offered")
        self.type = type


class TooManyTypes(NotOffered):
    """The space has used up its distinct names of this ``kind`` (``relationship`` or ``entity``)."""

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__("too many types")
        self.kind = kind
        self.limit = limit


class ItemInvalid(Refusal):
    """One item's content can't be used; façades subclass it to say why in their words."""


class FindingEnforced(Refusal):
    """A check of the space, set to enforce, found something."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class NotAdministrable(Refusal):
    """A space may not become what was asked."""

    def __init__(self, space: str) -> None:
        super().__init__("the space may not become that")
        self.space = space


class SpaceTaken(NotAdministrable):
    """The id names a space, or named one that was deleted."""


class SpaceBusy(NotAdministrable):
    """The space has unfinished jobs, or is the one that is always there."""


class OwnerMissing(NotAdministrable):
    """The space would be left without an owner."""


class GrantsFull(NotAdministrable):
    """The space's list of rights would be longer than it may be."""


class ItemFailed(Refusal):
    """The store could not write this one item, though it wrote others; the cause is logged."""


class KeyReused(Refusal):
    """An idempotency key came again with another request."""


class QueryRefusal(Refusal):
    """A query of one's own isn't run, or kept, as asked."""


class SpacesUnreadable(QueryRefusal):
    """A query of one's own reads every space, and the caller has no right on some of them."""


class QueryBarred(QueryRefusal):
    """A query does what no query may; ``what`` says it in a sentence of ours, with nothing of the text but names."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class QueryFaulty(QueryRefusal):
    """The text of a query can't be understood, or fails on what it finds.

    ``why`` is the database's reason, shortened, with the place in the text where it is known.
    """

    def __init__(self, why: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.column = column


class QueryMissing(QueryRefusal):
    """No query of the caller's, running or kept, goes by that name."""


class QueryTaken(QueryRefusal):
    """The caller has a running query of that id."""


class QueryOverdue(QueryRefusal):
    """The query took longer than it may."""


class QueryOversized(QueryRefusal):
    """The query needed more memory than one may have."""


class QueryCancelled(QueryRefusal):
    """The query's caller ended it."""


class QueryChanged(QueryRefusal):
    """A kept query is not the one that the caller has seen; or there is none, or there is one."""


class QueriesFull(QueryRefusal):
    """The caller keeps as many queries as anybody may."""


class TooMuch(Refusal):
    """Come back in ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__("too much")
        self.retry_after = retry_after


class RateExceeded(TooMuch):
    """The caller asks too often, or has too much unfinished work."""


class QueueFull(TooMuch):
    """The service has too much unfinished work."""


class StoreError(TercetError):
    """The store could not do its work; the cause is logged, never sent."""


class StoreAway(StoreError):
    """Not reachable, or not now; ``retry_after`` seconds may help."""

    def __init__(self, message: str = "the store is not reachable", retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreBehind(StoreAway):
    """This replica has not caught up with the caller's consistency token."""


class OutOfTime(StoreAway):
    """A question took longer than it may; another that asks for less may be answered."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__("the question took too long", retry_after)


class StoreDefect(StoreError):
    """The store answered something that must not happen; nothing was written."""


class BookmarkInvalid(TercetError):
    """A consistency token that can't be read."""
