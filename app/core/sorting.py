"""An order over items: text -> criteria -> rank (sas 7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from app.core.filters import Member, Value

T = TypeVar("T")

MAX_CRITERIA: Final = 8
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
_DIRECTIONS: Final = {"ascending": False, "descending": True}
_STRENGTHS: Final = {"primary": True, "secondary": True, "tertiary": False, "quaternary": False, "identical": False}


class Fault(Enum):
    """What is wrong with an order."""

    OPTION = "unknown option"
    CRITERION = "malformed criterion"
    KEY = "unknown key"
    UNSORTABLE = "unsortable key"


class SortInvalid(ValueError):
    """A text that is no order. ``position``: the criterion at fault, counted from 1."""

    def __init__(self, fault: Fault, position: int) -> None:
        super().__init__(f"Criterion {position} of sortBy: {fault.value}")
        self.fault = fault
        self.position = position


@dataclass(frozen=True, slots=True)
class Criterion:
    """A member to sort by, from the smallest on unless ``descending``; ``fold``: letters count without their case."""

    key: str
    descending: bool = False
    fold: bool = False


def parse(text: str, known: Collection[str], unsortable: Collection[str] = ()) -> tuple[Criterion, ...]:
    """The criteria of a text in their order; a key repeated later is ignored. Raises SortInvalid."""
    found: dict[str, Criterion] = {}
    for position, part in enumerate(text.split(","), 1):
        if position > MAX_CRITERIA:
            raise SortInvalid(Fault.CRITERION, position)
        criterion = _read_criterion(part, position, known, unsortable)
        found.setdefault(criterion.key, criterion)
    return tuple(found.values())


def _read_criterion(part: str, position: int, known: Collection[str], unsortable: Collection[str]) -> Criterion:
    key, *options = (word.strip() for word in part.split(":"))
    if not _KEY.fullmatch(key):
        raise SortInvalid(Fault.CRITERION, position)
    if key.partition(".")[0] in unsortable:
        raise SortInvalid(Fault.UNSORTABLE, position)
    if key not in known:
        raise SortInvalid(Fault.KEY, position)
    if any(option not in _DIRECTIONS and option not in _STRENGTHS for option in options):
        raise SortInvalid(Fault.OPTION, position)
    directions = [option for option in options if option in _DIRECTIONS]
    strengths = [option for option in options if option in _STRENGTHS]
    if len(directions) > 1 or len(strengths) > 1:
        raise SortInvalid(Fault.CRITERION, position)
    return Criterion(key, any(map(_DIRECTIONS.get, directions)), any(map(_STRENGTHS.get, strengths)))


class _Falling:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: tuple[bool, Value]) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and self.value == other.value

    def __lt__(self, other: _Falling) -> bool:
        return other.value < self.value

    __hash__ = None  # type: ignore[assignment]


def rank(criteria: Sequence[Criterion], members: Mapping[str, Member[T]]) -> Callable[[T], tuple[object, ...]]:
    """What items are compared by. Nulls come last, and first where the order is descending."""
    readers = [_make_reader(criterion, members[criterion.key]) for criterion in criteria]
    return lambda item: tuple([read(item) for read in readers])


def _make_reader(criterion: Criterion, member: Member[T]) -> Callable[[T], object]:
    read, fold = member.read, criterion.fold and member.kind.folds

    def place(item: T) -> tuple[bool, Value]:
        value = read(item)
        if value is None:
            return (True, "")
        return (False, value.lower() if fold and isinstance(value, str) else value)

    return (lambda item: _Falling(place(item))) if criterion.descending else place
