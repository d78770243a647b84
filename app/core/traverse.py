"""Verbs that ask: ``find``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from app.core.runs import MOST_LOOKED, fill

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from app.core.criteria import Criteria
    from app.core.model import Entity, Relationship
    from app.core.store import Position, Store, Stretch, Vantage

FEW: Final = 500
"""Links of an end that are read whole, and sorted, to answer in another order."""


class Page(NamedTuple):
    """Relationships in their order, and whether more match behind them."""

    found: list[Relationship]
    more: bool


class Moved(Exception):
    """A space does not stand where it was expected to; nothing else was looked at."""


class Gather(Protocol):
    """A stretch of links behind a place: so many looked at, so many wanted."""

    async def __call__(self, place: int, look: int, wanted: int) -> Stretch[int]: ...


@dataclass
class Walked:
    """How far a walk along some links has come, and what it found."""

    gather: Gather
    found: list[Relationship]
    after: int


async def find_first(
    store: Store, space: str, criteria: Criteria, *, limit: int, bookmark: str | None = None
) -> tuple[Position, Page]:
    """A position of the space, and a first page, see ``find``, on which no change up to there is missing."""

    async def look(now: Vantage, at: Position | None) -> Page:
        return await find(store, space, criteria, after=None, limit=limit, bookmark=now.bookmark, at=at)

    (position, _), page = await look_from(store, space, look, bookmark=bookmark)
    return position, page


async def look_from(
    store: Store,
    space: str,
    look: Callable[[Vantage, Position | None], Awaitable[Page]],
    *,
    bookmark: str | None = None,
) -> tuple[Vantage, Page]:
    """Where the space stands, and what ``look`` finds from there: no change up to there is missing.

    Of a space that has not moved since it was last asked for, the page itself tells where it stands: ``look`` gets the
    position that it must find, and raises Moved at its first stretch if it finds another.
    """
    last = store.last_seen(space)
    if last is not None and bookmark in (None, last.bookmark):
        with suppress(Moved):
            return last, await look(last, last.position)
    now = await store.position(space, bookmark=bookmark)
    return now, await look(now, None)


async def find(
    store: Store,
    space: str,
    criteria: Criteria,
    *,
    after: str | int | None,
    limit: int,
    bookmark: str | None = None,
    at: Position | None = None,
) -> Page:
    """The first ``limit`` relationships that match, behind ``after``, a ``place`` (None: from the beginning).

    Whole entities on the near side give the order of creation: a page is a range of each entity's links, however many
    it has; with whole entities on the far side too, it costs what the side with fewer links costs. Otherwise see
    ``find_by_id``. Raises Moved if the space is to stand ``at`` a position and does not.
    """
    near, far = criteria.anchors, criteria.far_anchors
    if near is None:
        place = str(after or "")
        few = await _find_few(store, space, far, criteria, bookmark, at)
        if few is not None:
            return _cut([relationship for relationship in few if relationship.id > place], limit)
        return await find_by_id(store, space, criteria, after=place, limit=limit, bookmark=bookmark, at=at)

    def around(entities: Collection[Entity]) -> Gather:
        async def gather(place: int, look: int, wanted: int) -> Stretch[int]:
            return await store.around(
                space, entities, criteria, after=place, look=look, limit=wanted, bookmark=bookmark
            )

        return gather

    sides = [around(near)] if far is None else [around(near), around(far)]
    return await _race(sides, criteria.admits, int(after or 0), limit, at)


async def _race(
    sides: Sequence[Gather], admits: Callable[[Relationship], bool], after: int, limit: int, at: Position | None
) -> Page:
    """A page of what each of the sides holds whole and in the same order, from the side that has it first.

    A hub and a leaf are told apart by looking as far at one as at the other.
    """
    walks = [Walked(gather, [], after) for gather in sides]
    look = limit + 1
    while True:
        for walk in walks:
            stretch = await walk.gather(walk.after, look, limit + 1 - len(walk.found))
            _expect(at, stretch.seen)
            at = None
            walk.found.extend(filter(admits, stretch.found))
            if len(walk.found) > limit or stretch.reached is None:
                return _cut(walk.found, limit)
            walk.after = stretch.reached
        look = min(look * 4, MOST_LOOKED)


async def _find_few(
    store: Store,
    space: str,
    entities: Collection[Entity] | None,
    criteria: Criteria,
    bookmark: str | None,
    at: Position | None,
) -> list[Relationship] | None:
    """Every match in the order of ids where ``entities``, one end of each match, have few links; None where not."""
    if entities is None:
        return None
    stretch = await store.around(space, entities, criteria, after=0, look=FEW, limit=FEW, bookmark=bookmark)
    _expect(at, stretch.seen)
    if stretch.reached is not None:
        return None
    return sorted(filter(criteria.admits, stretch.found), key=lambda relationship: relationship.id)


def _cut(found: list[Relationship], limit: int) -> Page:
    return Page(found[:limit], len(found) > limit)


def _expect(at: Position | None, seen: Position | None) -> None:
    """Only the first stretch is held to a position: what others find behind it may be newer, as that of any page."""
    if at not in (None, seen):
        raise Moved


def place(criteria: Criteria, relationship: Relationship) -> str | int:
    """Where a relationship stands in the order in which ``find`` finds it: its id, or its ``n``."""
    return relationship.id if criteria.anchors is None else relationship.n


async def find_by_id(
    store: Store,
    space: str,
    criteria: Criteria,
    *,
    after: str,
    limit: int,
    until: int | None = None,
    bookmark: str | None = None,
    at: Position | None = None,
) -> Page:
    """The first ``limit`` relationships that match, behind the id ``after``; those changed after ``until`` are left out.

    A page is a range of the ids, and costs the same wherever it begins. Where few of the records match, it costs up to
    about 3 µs for each record of the space that it passes over, a bounded run at a time. Raises Moved as ``find`` does.
    """

    def admits(relationship: Relationship) -> bool:
        return (until is None or relationship.seq <= until) and criteria.admits(relationship)

    async def scan(place: str, look: int, wanted: int) -> Stretch[str]:
        stretch = await store.scan(space, criteria, after=place, look=look, limit=wanted, bookmark=bookmark)
        if place == after:
            _expect(at, stretch.seen)
        return stretch

    run = await fill(scan, admits, lambda each: each.id, after=after, limit=limit)
    return Page(run.found, run.reached is not None)
