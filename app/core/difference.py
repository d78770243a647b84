"""The difference of a space between two of its change numbers: what was created, updated and deleted, in the end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.chronicle import ENTITY
from app.core.errors import OutOfTime
from app.core.graphs import Cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.core.chronicle import Chronicles
    from app.core.graphs import Scope
    from app.core.model import Change

MOST_ITEMS: Final = 10_000
MOST_CHANGES: Final = 200_000
PART: Final = 20_000


class Differing(NamedTuple):
    """A relationship or a declared entity that is not as it was. ``before`` and ``after`` are versions of it.

    ``id``: the relationship's id, or the entity's ref. A version is None where the thing did not exist.
    """

    kind: str
    id: str
    type: str
    before: int | None
    after: int | None

    @property
    def is_entity(self) -> bool:
        """Whether it is an entity."""
        return self.kind == ENTITY


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between the states after the changes ``after`` and ``until``, in the order of the first changes.

    Where it was cut, ``until`` is where it stands: what follows is the difference from there on.
    """

    after: int
    until: int
    created: list[Differing]
    updated: list[Differing]
    deleted: list[Differing]
    cut: Cut | None = None


async def compare(store: Chronicles, scope: Scope, after: int, until: int | None, *, limit: int) -> Difference:
    """The difference between two numbers; ``until`` None or beyond the last change: up to now.

    What was created and deleted in between is not told. Only what takes numbers is compared: relationships, and entities
    that were declared. Cut by ROWS before the change that touches one thing more than ``limit``, by RELATIONSHIPS after
    ``MOST_CHANGES`` changes, by TIME.
    """
    now, bookmark = await store.position(scope.space, bookmark=scope.bookmark)
    last = now.seq if until is None else min(until, now.seq)
    place, cut = after, None
    net = Net(limit)
    while place < last and cut is None:
        try:
            scope.left()
        except OutOfTime:
            cut = Cut.TIME
            break
        end = min(place + PART, last)
        commits = await store.commits(scope.space, place, end, bookmark=bookmark)
        told = [change for commit in commits for change in commit.changes if place < change.seq <= end]
        taken = await asyncio.to_thread(net.take, told)
        place = end if taken is None else taken
        if taken is not None:
            cut = Cut.ROWS
        elif place - after >= MOST_CHANGES and place < last:
            cut = Cut.RELATIONSHIPS
    return Difference(after, max(place, after), *net.settle(), cut)


class Net:
    """The first and the last change of each thing; no more than ``limit`` things."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first: dict[tuple[str, str], Change] = {}
        self._last: dict[tuple[str, str], Change] = {}

    def take(self, changes: Iterable[Change]) -> int | None:
        """Some more changes in their order; the number of the last one that there was room for, None for all of them."""
        for change in changes:
            thing = change.kind, change.id
            if thing not in self._first:
                if len(self._first) == self._limit:
                    return change.seq - 1
                self._first[thing] = change
            self._last[thing] = change
        return None

    def settle(self) -> tuple[list[Differing], list[Differing], list[Differing]]:
        """What was created, updated and deleted in the end."""
        created, updated, deleted = [], [], []
        for thing, first in self._first.items():
            last = self._last[thing]
            before = None if first.action == "c" else first.version - 1
            after = None if last.action == "d" else last.version
            item = Differing(*thing, last.type, before, after)
            if before is None and after is not None:
                created.append(item)
            elif before is not None and after is None:
                deleted.append(item)
            elif before is not None:
                updated.append(item)
        return created, updated, deleted
