"""Autodesk's wire to core values and back; pure. Errors are rendered in ``render``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from app.core import traverse
from app.core.access import Right
from app.core.errors import Conflicting, PairNotWritable, RelationshipMissing
from app.core.model import Author, Created, Deleted, Refused, Replaced, Unchanged
from app.core.relate import Origin
from app.core.replicate import Marker
from app.facades.autodesk import tokens, wire
from app.facades.autodesk.tokens import Continuation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.core.access import Caller
    from app.core.model import End, Entity, Outcome, Proposal, Relationship
    from app.core.replicate import Delivery
    from app.core.signing import Signer
    from app.core.store import Position, SpaceView
    from app.core.traverse import Page
    from app.facades.autodesk.parameters import Address
    from app.facades.autodesk.tokens import Walk
    from app.facades.autodesk.writable import Kind, Pair, Writable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PairsOutside(PairNotWritable):
    """The pairs themselves, beside the ``indexes`` of their items."""

    def __init__(self, offending: Sequence[tuple[int, Entity, Entity]]) -> None:
        super().__init__([index for index, _, _ in offending])
        self.offending = tuple(offending)


class Viewer(NamedTuple):
    """Who looks, as far as ``isReadOnly`` depends on it, and which pairs the space lets anybody write (autodesk 4.2)."""

    writes: bool
    writable: Writable


def require_writable(proposals: Sequence[Proposal], writable: Writable) -> None:
    """Raises PairsOutside with every item whose pair of kinds the table doesn't hold, stored or not (autodesk 6.1)."""
    offending = [
        (index, one, other)
        for index, (one, other) in enumerate((p.source.entity, p.target.entity) for p in proposals)
        if one is not None and other is not None and not writable.allows(one[:2], other[:2])
    ]
    if offending:
        raise PairsOutside(offending)


def require_deletable(ids: Sequence[str], writable: Writable, live: Sequence[Relationship]) -> None:
    """Raises PairsOutside for those whose pair the table doesn't hold; ``ids`` are what was sent (autodesk 6.2)."""
    offending = [
        (ids.index(relationship.id), relationship.source.entity, relationship.target.entity)
        for relationship in live
        if not writable.allows(relationship.source[:2], relationship.target[:2])
    ]
    if offending:
        raise PairsOutside(offending)


def name_origin(caller: Caller, request_id: str) -> Origin:
    """Whom a write is stored under, and what it is found by."""
    by = Author(user=caller.user, subject=caller.subject, client=caller.client, service=caller.is_service)
    return Origin(by=by, principal=caller.principal, request_id=request_id)


def name_viewer(caller: Caller, view: SpaceView, writable: Writable) -> Viewer:
    """Who looks; a space that is not there yet will be its first writer's."""
    held = max(view.right or 0, caller.blanket or 0)
    return Viewer(not view.exists or held >= Right.READWRITE, writable.within(view.settings))


@lru_cache(maxsize=1024)  # one call's rows, and the ends that it recorded, share their instant
def show_instant(at: int) -> str:
    """Six digits and ``+00:00``, always (autodesk 4.2)."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")


def show_relationship(relationship: Relationship, viewer: Viewer) -> wire.Relationship:
    """A relationship of any format: no type, no direction, no author."""
    source, target = relationship.source, relationship.target
    deleted_at = relationship.deleted_at
    return wire.Relationship(
        id=relationship.id,
        created_on=show_instant(relationship.created.at),
        is_read_only=not viewer.writes or not viewer.writable.allows(source[:2], target[:2]),
        is_service=relationship.created.by.service,
        is_deleted=deleted_at is not None,
        deleted_on=msgspec.UNSET if deleted_at is None else show_instant(deleted_at),
        entities=(_show_end(source), _show_end(target)),
    )


def _show_end(end: End) -> wire.Entity:
    domain, type, id, recorded_at, _ = end
    return wire.Entity(show_instant(recorded_at), domain, type, id)


def show_found(found: Relationship | None, address: Address, viewer: Viewer) -> wire.Relationship:
    """What operation 2 answers, deleted or not; raises RelationshipMissing for None."""
    if found is None:
        raise RelationshipMissing(address.relationship)
    return show_relationship(found, viewer)


def show_all(found: Sequence[Relationship], viewer: Viewer) -> list[wire.Relationship]:
    """A list, in its order."""
    return [show_relationship(relationship, viewer) for relationship in found]


def show_batch(ids: Sequence[str], found: Mapping[str, Relationship], viewer: Viewer) -> list[wire.Relationship]:
    """Those found, in the order in which they were asked for, each once (autodesk 7.2)."""
    return show_all([found[id] for id in ids if id in found], viewer)


def show_deleted(outcomes: Sequence[Outcome]) -> wire.Deletions:
    """What was live before (autodesk 6.2)."""
    return wire.Deletions([outcome.relationship.id for outcome in outcomes if isinstance(outcome, Deleted)])


def show_page(page: Page, walk: Walk, start: Position, viewer: Viewer) -> wire.RelationshipPage:
    """A page and how to go on from it; ``start``: where the space stood before the first page (autodesk 8)."""
    criteria = walk.criteria
    further = None
    if page.more:
        further = walk.write(Continuation(traverse.place(criteria, page.found[-1]), start))
    sync = tokens.write_sync(walk.signer, walk.container, Marker(criteria, start))
    return wire.RelationshipPage(wire.PageMarks(further, sync), show_all(page.found, viewer))


def show_writable(pairs: Iterable[Pair]) -> list[wire.WritableDomain]:
    """Unordered pairs of kinds, told from both sides and sorted (autodesk 7.5)."""
    allowed: dict[Kind, set[Kind]] = {}
    for one, other in pairs:
        allowed.setdefault(one, set()).add(other)
        allowed.setdefault(other, set()).add(one)
    return [
        wire.WritableDomain(domain, [wire.WritableType(type, _show_allowed(allowed[domain, type])) for type in types])
        for domain, types in _by_domain(allowed)
    ]


def _show_allowed(kinds: Iterable[Kind]) -> list[wire.AllowedDomain]:
    return [wire.AllowedDomain(domain, types) for domain, types in _by_domain(kinds)]


def _by_domain(kinds: Iterable[Kind]) -> list[tuple[str, list[str]]]:
    grouped = groupby(sorted(kinds), key=itemgetter(0))
    return [(domain, [type for _, type in group]) for domain, group in grouped]


def show_delivery(delivery: Delivery, container: str, signer: Signer, viewer: Viewer) -> wire.SyncPage:
    """Live and deleted rows apart, each in the order in which they were taken (autodesk 9.2)."""
    live = [relationship for relationship in delivery.found if relationship.deleted_at is None]
    deleted = [relationship for relationship in delivery.found if relationship.deleted_at is not None]
    current, gone = (wire.Rows(show_all(some, viewer)) for some in (live, deleted))
    token = tokens.write_sync(signer, container, delivery.marker)
    return wire.SyncPage(current, gone, delivery.more, delivery.overwrite, token)


def show_outcomes(
    proposals: Sequence[Proposal], outcomes: Sequence[Outcome], viewer: Viewer
) -> list[wire.Relationship] | wire.Conflicts:
    """One entry per item in request order, or, if any item conflicts, the partial result (autodesk 6.1)."""
    success: list[wire.Relationship] = []
    conflict: list[wire.Conflict] = []
    for proposal, outcome in zip(proposals, outcomes, strict=True):
        match outcome:
            case Created(relationship) | Unchanged(relationship) | Replaced(relationship):
                success.append(show_relationship(relationship, viewer))
            case Refused(Conflicting() as error) if proposal.id is not None:
                conflict.append(wire.Conflict(proposal.id, show_relationship(error.actual, viewer)))
            case _:
                raise TypeError(f"autodesk 6.1 knows no outcome {outcome!r}")
    if not conflict:
        return success
    return wire.Conflicts(conflict, success, "Conflict", "Conflict", _describe_conflicts(len(conflict), len(success)))


def _describe_conflicts(conflicts: int, stored: int) -> str:
    clash = "item conflicts" if conflicts == 1 else "items conflict"
    rest = {0: "nothing was stored", 1: "the other was stored"}.get(stored, f"the other {stored} were stored")
    return f"{conflicts} of {conflicts + stored} {clash} with a stored relationship; {rest}. Use `actual` in its place."
