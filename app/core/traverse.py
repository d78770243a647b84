"""Verbs that ask: ``find``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.store import Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.core.criteria import Criteria
    from app.core.model import Relationship
    from app.core.store import Store, Stretch

MOST_LOOKED: Final = 20_000


class Page(NamedTuple):
    """Relationships in their order, and whether more match behind them."""

    found: list[Relationship]
    more: bool


async def find(
    store: Store, space: str, criteria: Criteria, *, after: str | int | None, limit: int, bookmark: str | None = None
) -> Page:
    """The first ``limit`` relationships that match, behind the place ``after`` (None: from the beginning).

    The order is that of creation (places are ``n``) where the near side names whole entities, else that of ids (places
    are ids): see ``place``. So a page is a range of an index. Criteria that say less than whole entities are looked
    for record by record from the place on, a bounded run at a time: where few match, a page costs up to about 3 µs
    for each record of the space behind it. Nothing is sorted, and a page costs the same wherever it begins.
    """
    anchors = criteria.anchors
    if anchors is None:

        async def scan(place: str, look: int, wanted: int) -> Stretch[str]:
            return await store.scan(space, criteria, after=place, look=look, limit=wanted, bookmark=bookmark)

        return await _fill(scan, criteria, str(after or ""), limit)

    async def gather(place: int, look: int, wanted: int) -> Stretch[int]:
        return await store.around(space, anchors, criteria, after=place, look=look, limit=wanted, bookmark=bookmark)

    return await _fill(gather, criteria, int(after or 0), limit)


def place(criteria: Criteria, relationship: Relationship) -> str | int:
    """Where a relationship stands in the order in which ``find`` finds it."""
    return relationship.id if criteria.anchors is None else relationship.n


async def _fill(
    look_on: Callable[[Place, int, int], Awaitable[Stretch[Place]]], criteria: Criteria, after: Place, limit: int
) -> Page:
    """Stretches until there is one match too many, each longer than the one before as long as they find too little."""
    found: list[Relationship] = []
    look = limit + 1
    while True:
        stretch = await look_on(after, look, limit + 1 - len(found))
        found += filter(criteria.admits, stretch.found)
        if len(found) > limit:
            return Page(found[:limit], more=True)
        if stretch.reached is None:
            return Page(found, more=False)
        after = stretch.reached
        look = min(look * 4, MOST_LOOKED)
