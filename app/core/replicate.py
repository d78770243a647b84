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
    from app.core.store import Position, Store, Stretches, Vantage

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
    now, page = await _copy(store, space, criteria, "", None, limit, bookmark)
    marker = Marker(criteria, now.position, copied="")
    return (await _deliver(store, space, marker, page, now))._replace(overwrite=True)


async def follow(store: Store, space: str, marker: Marker, *, limit: int, bookmark: str | None = None) -> Delivery:
    """The next part of the copy, or the next changes; a new copy if the marker is of another life of the space."""
    criteria, then, copied = marker
    if copied is None:
        now = await store.position(space, bookmark=bookmark)
        if await _leads_to(store, space, then, now):
            return await _tell(store, space, marker, now, limit)
    else:
        now, page = await _copy(store, space, criteria, copied, then.seq, limit, bookmark)
        if await _leads_to(store, space, then, now):
            return await _deliver(store, space, marker, page, now)
    return await begin(store, space, criteria, limit=limit, bookmark=now.bookmark)


async def foresee(store: Store, space: str, marker: Marker, *, bookmark: str | None = None) -> Outlook:
    """What ``follow`` would do with this marker, which stays good."""
    now = await store.position(space, bookmark=bookmark)
    if not await _leads_to(store, space, marker.position, now):
        return Outlook(more=True, overwrite=True)
    delivery = await follow(store, space, marker, limit=1, bookmark=now.bookmark)
    return Outlook(bool(delivery.found) or delivery.more, delivery.overwrite)


async def _leads_to(store: Store, space: str, then: Position, seen: Vantage) -> bool:
    """Whether the space got from where it was then to where it is by its own changes (autodesk 9.2, reset).

    A space that was restored to an older state and has gone on from there counts other changes under the same numbers.
    """
    now = seen.position
    if then.epoch != now.epoch or then.seq > now.seq:
        return False
    if then.seq in (0, now.seq):
        return then.seq == 0 or then.write == now.write
    return then.write == await store.write_of(space, then.seq, bookmark=seen.bookmark)


async def _copy(
    store: Store, space: str, criteria: Criteria, copied: str, until: int | None, limit: int, bookmark: str | None
) -> tuple[Vantage, Page]:
    """Where the space stands, and those behind an id that have not changed since ``until``; None: since now."""

    async def look(stretches: Stretches, now: Vantage) -> Page:
        last = now.position.seq if until is None else until
        return await traverse.find_by_id(
            stretches, space, criteria, after=copied, limit=limit, until=last, bookmark=now.bookmark
        )

    return await traverse.look_from(store, space, look, bookmark=bookmark)


async def _deliver(store: Store, space: str, marker: Marker, page: Page, now: Vantage) -> Delivery:
    """A page of a copy; behind the last, whether changes are to be told."""
    if page.more:
        return Delivery(page.found, True, False, marker._replace(copied=page.found[-1].id))
    behind = await _find_changes(store, space, marker, now, 0)
    return Delivery(page.found, behind.more, False, marker._replace(copied=None))


async def _tell(store: Store, space: str, marker: Marker, now: Vantage, limit: int) -> Delivery:
    page, position = await _find_changes(store, space, marker, now, limit), now.position
    if page.more:
        seq = page.found[-1].seq
        position = position._replace(seq=seq, write=await store.write_of(space, seq, bookmark=now.bookmark))
    return Delivery(page.found, page.more, False, marker._replace(position=position))


async def _find_changes(store: Store, space: str, marker: Marker, now: Vantage, limit: int) -> Page:
    """The first ``limit`` changes since the marker that concern its criteria. About 20 µs for each of any kind."""
    found: list[Relationship] = []
    after, step, last = marker.position.seq, max(limit + 1, FIRST_STEP), now.position.seq
    while after < last and len(found) <= limit:
        until = min(after + min(step, MOST_CHANGES), last)
        changed = await store.changes(space, after, until, bookmark=now.bookmark)
        found += await _sift(store, space, marker.criteria, changed, now.bookmark)
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
