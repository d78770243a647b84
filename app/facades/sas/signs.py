"""Which members of a relationship a store can tell of without reading it, and by which signs (sas 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.core.hints import NOTHING
from app.core.identity import SpellingInvalid, read_sas_uri
from app.core.lists import Direction, Ends, Sign, Trait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.core.filters import Compare, Value
    from app.core.hints import Clauses, Teller
    from app.core.model import Entity

_EARLIEST: Final = -(2**63)
_LATEST: Final = 2**63 - 1
_PARTS: Final = frozenset({"contains", "startswith", "endswith"})


def _tell_set(trait: Trait) -> Teller:
    """For a member that is never null and that the store keeps for itself."""

    def tell(compare: Compare, holds: bool) -> Clauses:
        if compare.fold or compare.relation not in ("eq", "ne", "in"):
            return NOTHING
        return ((Sign(trait, compare.constants, holds == (compare.relation != "ne")),),)

    return tell


def _tell_creation(compare: Compare, holds: bool) -> Clauses:
    if compare.relation == "ne":
        return ((Sign(Trait.CREATED, compare.constants * 2, not holds),),)
    bounds = _bound(compare)
    if bounds is None or (compare.relation == "in" and not holds):
        return NOTHING
    return ((Sign(Trait.CREATED, bounds, holds),),)


def _tell_modification(compare: Compare, holds: bool) -> Clauses:
    """Nothing is modified before it is created, and what was never replaced has one instant for both."""
    bounds = _bound(compare)
    if bounds is None or not holds:
        return NOTHING
    first, last = bounds
    return (
        (Sign(Trait.CREATED, (_EARLIEST, last)),),
        (Sign(Trait.CREATED, (first, _LATEST)), Sign(Trait.REPLACED)),
    )


def _bound(compare: Compare) -> tuple[int, int] | None:
    """The first and the last instant that stand in the relation; None for a relation that is no range."""
    if compare.relation in _PARTS or compare.relation == "ne":
        return None
    instants = [int(constant) for constant in compare.constants]
    first, last = min(instants), max(instants)
    return {
        "lt": (_EARLIEST, first - 1),
        "le": (_EARLIEST, first),
        "gt": (first + 1, _LATEST),
        "ge": (first, _LATEST),
    }.get(compare.relation, (first, last))


def _tell_text(compare: Compare, holds: bool) -> Clauses:
    """A text that is kept as it is shown."""
    if not holds or compare.fold or compare.relation not in _PARTS | {"eq", "in"}:
        return NOTHING
    return ((Sign(Trait.TEXT, compare.constants),),)


def _tell_uri(compare: Compare, holds: bool) -> Clauses:
    """The URI of an end is kept as it is shown, unless the end belongs to another format (sas 1.6)."""
    if compare.relation not in ("eq", "in"):
        return tuple((*clause, Sign(Trait.FOREIGN)) for clause in _tell_text(compare, holds))
    if not holds or compare.fold:
        return NOTHING
    return ((Sign(Trait.TEXT, tuple(entity.id for entity in read_uris(compare.constants))),),)


def read_uris(values: Iterable[Value]) -> list[Entity]:
    """The entities that are shown as these; a URI that no entity can have names none."""
    found = []
    for uri in map(str, values):
        try:
            found.append(read_sas_uri(uri))
        except SpellingInvalid:
            continue
    return found


TELLERS: Final[Mapping[str, Teller | None]] = {
    "id": _tell_set(Trait.ID),
    "type": _tell_set(Trait.TYPE),
    "source": _tell_text,
    "resourceUri": _tell_uri,
    "referenceId": None,
    "relatedResourceUri": _tell_uri,
    "relatedReferenceId": None,
    "creationTimeStamp": _tell_creation,
    "createdBy": _tell_text,
    "modifiedTimeStamp": _tell_modification,
    "modifiedBy": _tell_text,
    "version": None,
}


def _by_uri(direction: Direction) -> Callable[[Iterable[Value]], Ends]:
    return lambda values: Ends(direction, entities=frozenset(read_uris(values)))


def _by_reference(direction: Direction) -> Callable[[Iterable[Value]], Ends]:
    return lambda values: Ends(direction, ids=frozenset(map(str, values)))


ENDS: Final[Mapping[str, Callable[[Iterable[Value]], Ends]]] = {
    "resourceUri": _by_uri(Direction.SOURCE),
    "referenceId": _by_reference(Direction.SOURCE),
    "relatedResourceUri": _by_uri(Direction.TARGET),
    "relatedReferenceId": _by_reference(Direction.TARGET),
}
"""What the values that such a member must have say of the ends."""
