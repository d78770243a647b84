"""Verbs that ask: ``find``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.core.runs import fill

if TYPE_CHECKING:
    from app.core.criteria import Criteria
    from app.core.model import Relationship
    from app.core.store import Store, Stretch


class Page(NamedTuple):
    """Relationships in their order, and whether more match behind them."""

    found: list[Relationship]
    more: bool


async def find(
    store: Store, space: str, criteria: Criteria, *, after: str | int | None, limit: int, bookmark: str | None = None
) -> Page:
    """The first ``limit`` relationships that match, behind ``after``, a ``place`` (None: from the beginning).

    Whole entities on the near side give the order of creation: a page is a range of each entity's links, however many
    it has. Otherwise see ``find_by_id``.
    """
    anchors = criteria.anchors
    if anchors is None:
        return await find_by_id(store, space, criteria, after=str(after or ""), limit=limit, bookmark=bookmark)

    async def gather(place: int, look: int, wanted: int) -> Stretch[int]:
        return await store.around(space, anchors, criteria, after=place, look=look, limit=wanted, bookmark=bookmark)

    run = await fill(gather, criteria.admits, lambda each: each.n, after=int(after or 0), limit=limit)
    return Page(run.found, run.reached is not None)


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
