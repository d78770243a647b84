"""What a list is asked for: filter, basic filters and order, over the members of its items (sas 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from app.core import filters, sorting
from app.core.browse import Choice
from app.core.filters import BOOLEAN, INTEGER, TEXT, FilterInvalid, Kind, Member
from app.core.hints import list_clauses
from app.core.lists import Hint
from app.core.sorting import Criterion, SortInvalid
from app.facades.faults import BadRequest
from app.facades.sas import faults, parameters, wire
from app.facades.sas.listing import Told
from app.facades.sas.signs import ENDS, TELLERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.filters import Node, Value
    from app.facades.sas.parameters import Query

T = TypeVar("T")


def _show_instant(value: Value) -> str:
    return wire.show_instant(int(value))


INSTANT: Final = Kind(parameters.read_instant, _show_instant)

_AUDIT: Final[Mapping[str, Kind]] = {
    "creationTimeStamp": INSTANT,
    "createdBy": TEXT,
    "modifiedTimeStamp": INSTANT,
    "modifiedBy": TEXT,
    "version": INTEGER,
}
RELATIONSHIP: Final[Mapping[str, Kind]] = {
    "id": TEXT,
    "type": TEXT,
    "source": TEXT,
    "resourceUri": TEXT,
    "referenceId": TEXT,
    "relatedResourceUri": TEXT,
    "relatedReferenceId": TEXT,
    **_AUDIT,
}
REFERENCE: Final[Mapping[str, Kind]] = {
    "id": TEXT,
    "resourceUri": TEXT,
    "name": TEXT,
    "contentType": TEXT,
    "source": TEXT,
    "analysisTimeStamp": INSTANT,
    **_AUDIT,
}
TYPE: Final[Mapping[str, Kind]] = {
    "name": TEXT,
    "label": TEXT,
    "description": TEXT,
    "directional": BOOLEAN,
    "partnerLabel": TEXT,
    "partnerDescription": TEXT,
    "version": INTEGER,
}
SOURCE: Final[Mapping[str, Kind]] = {"name": TEXT}

_FILTER_FAULTS: Final[Mapping[filters.Fault, type[BadRequest]]] = {
    filters.Fault.FUNCTION: faults.FilterFunctionUnknown,
    filters.Fault.ARGUMENTS: faults.FilterArgumentsInvalid,
    filters.Fault.FORM: faults.FilterMalformed,
}
_SORT_FAULTS: Final[Mapping[sorting.Fault, type[BadRequest]]] = {
    sorting.Fault.OPTION: faults.SortOptionUnknown,
    sorting.Fault.CRITERION: faults.SortMalformed,
    sorting.Fault.KEY: faults.SortKeyUnknown,
    sorting.Fault.UNSORTABLE: faults.SortKeyUnsortable,
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which items are wanted, in which order. ``first`` and ``last`` are the parameters that links repeat (sas 6.5)."""

    tree: Node | None
    order: tuple[Criterion, ...]
    first: tuple[Told, ...]
    last: tuple[Told, ...]
    basic: Mapping[str, tuple[str, ...]]

    def over(self, tree: Node | None) -> Criteria:
        """The same with another filter."""
        return replace(self, tree=tree)

    def choose(self, members: Mapping[str, Member[T]]) -> Choice[T]:
        """The same over the values of items, which come in the order of their ids (or names)."""
        test = None if self.tree is None else filters.compile(self.tree, members)
        return Choice(test, sorting.rank(self.order, members) if self.order else None)

    def choose_by(self, members: Mapping[str, Member[T]], kinds: Mapping[str, Kind]) -> Choice[T] | None:
        """The same over items with only some of the members of these ``kinds``; None where they can't tell."""
        used = filters.list_members(self.tree) | {criterion.key for criterion in self.order}
        return None if used & (kinds.keys() - members.keys()) else self.choose(members)

    @property
    def hint(self) -> Hint:
        """What a store of relationships may use to read less."""
        demanded = [(find, filters.required(self.tree, member)) for member, find in ENDS.items()]
        ids = filters.required(self.tree, "id")
        return Hint(
            list_clauses(self.tree, TELLERS),
            None if ids is None else frozenset(map(str, ids)),
            tuple(find(values) for find, values in demanded if values is not None),
        )


def read_criteria(
    query: Query, kinds: Mapping[str, Kind], *, default: str = "id", selectors: tuple[str, ...] = ()
) -> Criteria:
    """What the query string says of an item with these members; ``default`` is the order that the items come in.

    ``selectors`` are no basic filters here. Raises the faults of filter and order.
    """
    text, sort = query.first("filter"), query.first("sortBy")
    basic = {name: values for name in sorted(kinds) if name not in selectors and (values := query.every(name))}
    tree = read_filter(text, kinds, basic)
    order = sort or default
    first = [Told("sortBy", order)] if order else []
    first += [Told("filter", text)] if text else []
    last = tuple(Told(name, value) for name, values in basic.items() for value in values)
    return Criteria(tree, read_order(sort, kinds, default), tuple(first), last, basic)


def read_filter(
    text: str | None,
    kinds: Mapping[str, Kind],
    basic: Mapping[str, tuple[str, ...]],
    body: str | None = None,
    longest: int = filters.MAX_LENGTH,
) -> Node | None:
    """Filter, basic filters and a filter that came as a body of at most ``longest`` characters, all together."""
    try:
        parts = [filters.parse(text or "", kinds), filters.parse(body or "", kinds, max_length=longest)]
        parts += [filters.equal_any(name, values, kinds) for name, values in basic.items()]
    except FilterInvalid as error:
        raise _FILTER_FAULTS[error.fault](f"{error}.") from None
    kept = tuple(part for part in parts if part is not None)
    return filters.And(kept) if kept else None


def read_order(text: str | None, kinds: Mapping[str, Kind], default: str) -> tuple[Criterion, ...]:
    """The criteria of sortBy; empty where they say no more than the order that the items come in."""
    if text is None:
        return ()
    try:
        order = sorting.parse(text, kinds, ("links",))
    except SortInvalid as error:
        raise _SORT_FAULTS[error.fault](f"{error}.") from None
    natural = bool(default) and order[0] == Criterion(default)
    return () if natural else order
