"""What a filter demands, said in signs that a store can tell without reading: clauses that hold wherever it holds.

They are necessary, not sufficient: the store leaves out what can't be wanted, and the filter judges what is left. So a
member that has no teller, or a relation that a teller does not know, costs time and never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from app.core.filters import And, Compare, IsNull, Not, Or

if TYPE_CHECKING:
    from app.core.filters import Node
    from app.core.lists import Clause

Clauses: TypeAlias = "tuple[Clause, ...]"
Teller: TypeAlias = Callable[[Compare, bool], Clauses]
"""The clauses of a comparison that holds (True), or of one that does not."""

NOTHING: Final[Clauses] = ()
IMPOSSIBLE: Final[Clauses] = ((),)
MOST_CLAUSES: Final = 32
MOST_SIGNS: Final = 64


def list_clauses(tree: Node | None, tellers: Mapping[str, Teller | None]) -> Clauses:
    """At most 32 clauses; ``tellers`` has an entry for every member that there is, None where it tells nothing."""
    return () if tree is None else _list_clauses(tree, True, tellers)[:MOST_CLAUSES]


def _list_clauses(node: Node, holds: bool, tellers: Mapping[str, Teller | None]) -> Clauses:
    match node:
        case Not(part):
            return _list_clauses(part, not holds, tellers)
        case And(parts) | Or(parts):
            each = [_list_clauses(part, holds, tellers) for part in parts]
            if isinstance(node, And) == holds:
                return tuple(clause for clauses in each for clause in clauses)
            return _join(each)
        case IsNull(member):
            return NOTHING if member in tellers or holds else IMPOSSIBLE
        case Compare(member=member):
            if member not in tellers:
                return IMPOSSIBLE if holds else NOTHING
            teller = tellers[member]
            return NOTHING if teller is None else teller(node, holds)


def _join(each: list[Clauses]) -> Clauses:
    """What follows where only one of some parts need hold: a clause of each of them, as one."""
    if not all(each):
        return NOTHING
    joined = tuple(sign for clauses in each for sign in min(clauses, key=len))
    return (joined,) if len(joined) <= MOST_SIGNS else NOTHING
