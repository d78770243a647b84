"""A large plan in pieces, each a statement of its own in the same transaction.

While the driver packs what a statement is given, no other thread of the process runs: ten thousand rows at once would
hold everybody up for a tenth of a second.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from app.graph.unspelled import Unspelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = list[Any]
    Rows = dict[str, Any]

MOST: Final = 2_000
_CUT: Final = ("created", "replaced", "parted", "joined", "versions", "entities")
_ONCE: Final = ("types", "guests", "adopted", "declared", "promoted", "redeclared", "commits", "noticed")
_PLACED: Final = ("created", "replaced", "joined")
"""Rows that begin with the places of both ends: among the new entities of their piece, then among those looked up."""


def cut(rows: Rows, most: int) -> Iterator[Unspelled]:
    """The rows of one plan, at most ``most`` of a kind in a piece; what has places in rows is changed on the way.

    The first of several is a quarter of that, so that the database soon begins. An entity is created by the first piece
    that has it as an end, and looked up by those after it.
    """
    whole = max(len(rows[kind]) for kind in _CUT)
    if whole <= most // 2:
        yield Unspelled(rows)
        return
    ends = _Ends(rows)
    for first, end in pairwise((0, *range(max(1, most // 4), whole, most), whole)):
        taken: Rows = {kind: rows[kind][first:end] for kind in _CUT}
        taken |= {kind: [] if first else rows[kind] for kind in _ONCE}
        taken["entities"], taken["ends"] = ends.place(taken, ends.idle[first:end])
        yield Unspelled(taken, space=rows["space"], write=rows["write"], state=rows["state"])


class _Ends:
    """Which of the new entities are created by now; the ``idle`` ones are ends of nothing."""

    def __init__(self, rows: Rows) -> None:
        self._entities: Sequence[Row] = rows["entities"]
        self._keys = [row[0] for row in self._entities] + rows["ends"]
        self._due = set(range(len(self._entities)))
        self.idle = sorted(self._due - set(_named(rows)))

    def place(self, piece: Rows, idle: Sequence[int]) -> tuple[list[Row], list[str]]:
        """The entities that a piece creates, ``idle`` ones among them, and the keys that it looks up.

        Gives the rows of the piece their places among these.
        """
        wanted = dict.fromkeys([*idle, *_named(piece)])
        created = [place for place in wanted if place in self._due]
        found = [place for place in wanted if place not in self._due]
        self._due.difference_update(created)
        order = {place: index for index, place in enumerate([*created, *found])}
        for kind in _PLACED:
            for row in piece[kind]:
                row[0], row[1] = order[row[0]], order[row[1]]
        return [self._entities[place] for place in created], [self._keys[place] for place in found]


def _named(rows: Rows) -> list[int]:
    return [place for kind in _PLACED for row in rows[kind] for place in row[:2]]
