"""Verbs of a mirror: ``begin`` a copy, ``follow`` what changes, ``foresee`` whether that would bring anything.

A mirror is told of every change of the relationships it asks for, once and in the order of their numbers: first a copy
of all that match, in the order of their ids, then changes. A relationship that changes while the copy is made is left
out of it and told as a change behind it; one that changes again is told where it stands now. What a mirror must
remember is its ``Marker``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from app.core import traverse
from app.core.criteria import Life
from app.core.traverse import Page

if TYPE_CHECKING:
    from app.core.criteria import Criteria
    from app.core.model import Relationship
    from app.core.store import Position, Store

FIRST_STEP: Final = 256
MOST_CHANGES: Final = 2048


class Marker(NamedTuple):
    """Where a mirror stands: everything up to ``position`` was told of.

    ``copied``: a copy of the state at ``position`` is being made, and has come to this id; None when it is done.
    """

    criteria: Criteria
    position: Position
    copied: str | None = None


class Delivery(NamedTuple):
    """What a mirror is told: relationships in order, as they are now. ``more``: ask again at once with ``marker``.

    ``overwrite``: drop what you have and begin with this.
    """

    found: list[Relationship]
    more: bool
    overwrite: bool
    marker: Marker


class Outlook(NamedTuple):
    """What ``follow`` would do: tell something, begin a new copy."""

    more: bool
    overwrite: bool


async def begin(store: Store, space: str, criteria: Criteria, *, limit: int, bookmark: str | None = None) -> Delivery:
    """The first part of a copy, at most ``limit`` relationships."""
    now, bookmark = await store.position(space, bookmark=bookmark)
    return await _start(store, space, criteria, now, limit, bookmark)


async def follow(store: Store, space: str, marker: Marker, *, limit: int, bookmark: str | None = None) -> Delivery:
    """The next part of the copy, or the next changes; a new copy if the marker is of another life of the space."""
    now, bookmark = await store.position(space, bookmark=bookmark)
    if not await _leads_to(store, space, marker.position, now, bookmark):
        return await _start(store, space, marker.criteria, now, limit, bookmark)
    if marker.copied is not None:
        return await _copy(store, space, marker, now, limit, bookmark)
    return await _tell(store, space, marker, now, limit, bookmark)


async def foresee(store: Store, space: str, marker: Marker, *, bookmark: str | None = None) -> Outlook:
    """What ``follow`` would do with this marker, which stays good."""
    now, bookmark = await store.position(space, bookmark=bookmark)
    if not await _leads_to(store, space, marker.position, now, bookmark):
        return Outlook(more=True, overwrite=True)
    delivery = await follow(store, space, marker, limit=1, bookmark=bookmark)
    return Outlook(bool(delivery.found) or delivery.more, delivery.overwrite)


async def _leads_to(store: Store, space: str, then: Position, now: Position, bookmark: str | None) -> bool:
    """Whether the space got from where it was then to where it is by its own changes (autodesk 9.2, reset).

    A space that was restored to an older state and has gone on from there counts other changes under the same numbers.
    """
    if then.epoch != now.epoch or then.seq > now.seq:
        return False
    if then.seq in (0, now.seq):
        return then.seq == 0 or then.write == now.write
    return then.write == await store.write_of(space, then.seq, bookmark=bookmark)


async def _start(
    store: Store, space: str, criteria: Criteria, now: Position, limit: int, bookmark: str | None
) -> Delivery:
    part = await _copy(store, space, Marker(criteria, now, copied=""), now, limit, bookmark)
    return part._replace(overwrite=True)


async def _copy(store: Store, space: str, marker: Marker, now: Position, limit: int, bookmark: str | None) -> Delivery:
    criteria, target, copied = marker.criteria, marker.position, marker.copied or ""
    page = await traverse.find_by_id(
        store, space, criteria, after=copied, limit=limit, until=target.seq, bookmark=bookmark
    )
    if page.more:
        return Delivery(page.found, True, False, marker._replace(copied=page.found[-1].id))
    behind = await _find_changes(store, space, marker, now, 0, bookmark)
    return Delivery(page.found, behind.more, False, marker._replace(copied=None))


async def _tell(store: Store, space: str, marker: Marker, now: Position, limit: int, bookmark: str | None) -> Delivery:
    page = await _find_changes(store, space, marker, now, limit, bookmark)
    if page.more:
        seq = page.found[-1].seq
        now = now._replace(seq=seq, write=await store.write_of(space, seq, bookmark=bookmark))
    return Delivery(page.found, page.more, False, marker._replace(position=now))


async def _find_changes(
    store: Store, space: str, marker: Marker, now: Position, limit: int, bookmark: str | None
) -> Page:
    """The first ``limit`` changes since the marker that concern its criteria. About 20 µs for each of any kind."""
    found: list[Relationship] = []
    after, step = marker.position.seq, max(limit + 1, FIRST_STEP)
    while after < now.seq and len(found) <= limit:
        until = min(after + min(step, MOST_CHANGES), now.seq)
        changed = await store.changes(space, after, until, bookmark=bookmark)
        found += await _sift(store, space, marker.criteria, changed, bookmark)
        after, step = until, step * 4
    return Page(found[:limit], more=len(found) > limit)


async def _sift(
    store: Store, space: str, criteria: Criteria, changed: list[Relationship], bookmark: str | None
) -> list[Relationship]:
    """Those that match, or once did: a mirror must hear that what it holds has other ends now (autodesk 9.2)."""
    if criteria.life is Life.DELETED:
        changed = [relationship for relationship in changed if not relationship.live]
    doubtful = [r.id for r in changed if r.version > 1 and not criteria.concerns(r)]
    earlier = await store.earlier(space, doubtful, bookmark=bookmark) if doubtful else {}
    return [r for r in changed if any(map(criteria.concerns, (r, *earlier.get(r.id, ()))))]
