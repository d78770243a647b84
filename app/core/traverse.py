"""Verbs that ask: ``find``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from app.core.runs import MOST_LOOKED, fill

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from app.core.criteria import Criteria
    from app.core.model import Entity, Relationship
    from app.core.store import Position, Store, Stretch, Stretches, Vantage

FEW: Final = 500
"""Links of an end that are read whole, and sorted, to answer in another order."""


class Page(NamedTuple):
    """Relationships in their order, and whether more match behind them."""

    found: list[Relationship]
    more: bool


class Gather(Protocol):
    """A stretch of links behind a place: so many looked at, so many wanted."""

    async def __call__(self, place: int, look: int, wanted: int) -> Stretch[int]: ...


@dataclass
class Walked:
    """How far a walk along some links has come, and what it found."""

    gather: Gather
    found: list[Relationship]
    after: int


class _Moved(Exception):
    """A space does not stand where it was expected to."""


class _Expecting:
    """The stretches of a store, of which the first must find the space at a position; else it raises _Moved.

    What others find behind that one may be newer, as that of any page.
    """

    def __init__(self, store: Stretches, at: Position) -> None:
        self._store = store
        self._at: Position | None = at

    async def scan(self, *where: Any, **how: Any) -> Stretch[str]:
        stretch = await self._store.scan(*where, **how)
        self._expect(stretch.seen)
        return stretch

    async def around(self, *where: Any, **how: Any) -> Stretch[int]:
        stretch = await self._store.around(*where, **how)
        self._expect(stretch.seen)
        return stretch

    def _expect(self, seen: Position | None) -> None:
        at, self._at = self._at, None
        if at not in (None, seen):
            raise _Moved


async def find_first(
    store: Store, space: str, criteria: Criteria, *, limit: int, bookmark: str | None = None
) -> tuple[Position, Page]:
    """A position of the space, and a first page, see ``find``, on which no change up to there is missing."""

    async def look(stretches: Stretches, now: Vantage) -> Page:
        return await find(stretches, space, criteria, after=None, limit=limit, bookmark=now.bookmark)

    (position, _), page = await look_from(store, space, look, bookmark=bookmark)
    return position, page


async def look_from(
    store: Store,
    space: str,
    look: Callable[[Stretches, Vantage], Awaitable[Page]],
    *,
    bookmark: str | None = None,
) -> tuple[Vantage, Page]:
    """Where the space stands, and what ``look`` finds from there: no change up to there is missing.

    Of a space that has not moved since it was last asked for, the page itself tells where it stands: its first stretch
    must find it there, or the look ends with that.
    """
    last = store.last_seen(space)
    if last is not None and bookmark in (None, last.bookmark):
        with suppress(_Moved):
            return last, await look(_Expecting(store, last.position), last)
    now = await store.position(space, bookmark=bookmark)
    return now, await look(store, now)


async def find(
    store: Stretches,
    space: str,
    criteria: Criteria,
    *,
    after: str | int | None,
    limit: int,
    bookmark: str | None = None,
) -> Page:
    """The first ``limit`` relationships that match, behind ``after``, a ``place`` (None: from the beginning).

    Whole entities on the near side give the order of creation: a page is a range of each entity's links, however many
    it has; with whole entities on the far side too, it costs what the side with fewer links costs. Otherwise see
    ``find_by_id``.
    """
    near, far = criteria.anchors, criteria.far_anchors
    if near is None:
        place = str(after or "")
        few = await _find_few(store, space, far, criteria, bookmark)
        if few is not None:
            return _cut([relationship for relationship in few if relationship.id > place], limit)
        return await find_by_id(store, space, criteria, after=place, limit=limit, bookmark=bookmark)

    def around(entities: Collection[Entity]) -> Gather:
        async def gather(place: int, look: int, wanted: int) -> Stretch[int]:
            return await store.around(
                space, entities, criteria, after=place, look=look, limit=wanted, bookmark=bookmark
            )

        return gather

    sides = [around(near)] if far is None else [around(near), around(far)]
    return await _race(sides, criteria.admits, int(after or 0), limit)


async def _race(sides: Sequence[Gather], admits: Callable[[Relationship], bool], after: int, limit: int) -> Page:
    """A page of what each of the sides holds whole and in the same order, from the side that has it first.

    A hub and a leaf are told apart by looking as far at one as at the other.
    """
    walks = [Walked(gather, [], after) for gather in sides]
    look = limit + 1
    while True:
        for walk in walks:
            stretch = await walk.gather(walk.after, look, limit + 1 - len(walk.found))
            walk.found.extend(filter(admits, stretch.found))
            if len(walk.found) > limit or stretch.reached is None:
                return _cut(walk.found, limit)
            walk.after = stretch.reached
        look = min(look * 4, MOST_LOOKED)


async def _find_few(
    store: Stretches, space: str, entities: Collection[Entity] | None, criteria: Criteria, bookmark: str | None
) -> list[Relationship] | None:
    """Every match in the order of ids where ``entities``, one end of each match, have few links; None where not."""
    if entities is None:
        return None
    stretch = await store.around(space, entities, criteria, after=0, look=FEW, limit=FEW, bookmark=bookmark)
    if stretch.reached is not None:
        return None
    return sorted(filter(criteria.admits, stretch.found), key=lambda relationship: relationship.id)


def _cut(found: list[Relationship], limit: int) -> Page:
    return Page(found[:limit], len(found) > limit)


def place(criteria: Criteria, relationship: Relationship) -> str | int:
    """Where a relationship stands in the order in which ``find`` finds it: its id, or its ``n``."""
    return relationship.id if criteria.anchors is None else relationship.n


async def find_by_id(
    store: Stretches,
    space: str,
    criteria: Criteria,
    *,
    after: str,
    limit: int,
    until: int | None = None,
    bookmark: str | None = None,
) -> Page:
    """The first ``limit`` relationships that match, behind the id ``after``; those changed after ``until`` are left out.

    A page is a range of the ids, and costs the same wherever it begins. Where few of the records match, it costs up to
    about 3 µs for each record of the space that it passes over, a bounded run at a time.
    """

    def admits(relationship: Relationship) -> bool:
        return (until is None or relationship.seq <= until) and criteria.admits(relationship)

    async def scan(place: str, look: int, wanted: int) -> Stretch[str]:
        return await store.scan(space, criteria, after=place, look=look, limit=wanted, bookmark=bookmark)

    run = await fill(scan, admits, lambda each: each.id, after=after, limit=limit)
    return Page(run.found, run.reached is not None)
