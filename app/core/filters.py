"""A filter language: text -> tree -> test, with the place of whatever is wrong (sas 7.1).

``parse`` reads the grammar by recursive descent and types every constant by the member it is compared with; ``compile``
makes a test of the tree. Which members there are, of which kind, and how an item's value is read, the caller says.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
Value: TypeAlias = "str | int | bool"

MAX_LENGTH: Final = 8_192
MAX_CALLS: Final = 200
MAX_DEPTH: Final = 32
MAX_CONSTANTS: Final = 1_000


class Fault(Enum):
    """What is wrong with a filter."""

    FUNCTION = "unknown function"
    ARGUMENTS = "bad arguments"
    FORM = "malformed or too large"


class FilterInvalid(ValueError):
    """A text that is no filter. ``position``: the character at fault, counted from 1."""

    def __init__(self, fault: Fault, position: int, reason: str) -> None:
        super().__init__(f"{reason} at character {position} of the filter")
        self.fault = fault
        self.position = position


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of values: how a constant is read (raises ValueError), how a value looks, whether its case folds."""

    read: Callable[[str], Value]
    show: Callable[[Value], str]
    folds: bool = False


def _read_integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,40}", text):
        raise ValueError(text)
    return int(text)


def _read_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


TEXT: Final = Kind(str, str, folds=True)
INTEGER: Final = Kind(_read_integer, str)
BOOLEAN: Final = Kind(_read_boolean, lambda value: "true" if value else "false")


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A member of items: its kind, and how its value is read; None where an item has none."""

    kind: Kind
    read: Callable[[T], Value | None]


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """A member that is not null stands in a relation (``eq`` to ``in``, ``startsWith`` …) to constants."""

    relation: str
    member: str
    constants: tuple[Value, ...]
    fold: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """The member is null."""

    member: str


Node: TypeAlias = "And | Or | Not | Compare | IsNull"

_TEXTUAL: Final = frozenset({"startswith", "endswith", "contains"})
_COMPARISONS: Final = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in"}) | _TEXTUAL
_FUNCTIONS: Final = _COMPARISONS | {"and", "or", "not", "isnull"}
_STRENGTHS: Final = {
    "$primary": True,
    "$secondary": True,
    "$tertiary": False,
    "$quaternary": False,
    "$identical": False,
}
_BLANKS: Final = " \t\r\n"
_MEMBER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Token:
    """An argument that is no call: where it begins, what it says, and whether it stood in quotes."""

    position: int
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Call:
    position: int
    function: str
    arguments: tuple[_Call | _Token, ...]


def parse(text: str, kinds: Mapping[str, Kind], *, max_length: int = MAX_LENGTH) -> Node | None:
    """The tree of a filter over members of these kinds; None for an empty one. A member without kind is always null.

    Raises FilterInvalid.
    """
    if len(text) > max_length:
        raise FilterInvalid(Fault.FORM, max_length + 1, f"More than {max_length} characters")
    if not text.strip(_BLANKS):
        return None
    return _Typist(kinds).type_call(_Parser(text).parse())


class _Parser:
    """Calls and their arguments, whatever they mean; knows only the names of functions."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._calls = 0

    def parse(self) -> _Call:
        self._skip()
        start = self._at
        argument = self._argument(1)
        if not isinstance(argument, _Call):
            raise FilterInvalid(Fault.FORM, start + 1, "No function call")
        self._skip()
        if self._at < len(self._text):
            raise FilterInvalid(Fault.FORM, self._at + 1, "Text behind the end")
        return argument

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _BLANKS:
            self._at += 1

    def _argument(self, depth: int) -> _Call | _Token:
        self._skip()
        start = self._at
        if self._text[start : start + 1] in ('"', "'") and start < len(self._text):
            return _Token(start + 1, self._quoted(self._text[start]), quoted=True)
        while self._at < len(self._text) and self._text[self._at] not in ",()":
            self._at += 1
        word = self._text[start : self._at].strip(_BLANKS)
        if self._text[self._at : self._at + 1] == "(":
            return self._call(start + 1, word, depth)
        return _Token(start + 1, word, quoted=False)

    def _quoted(self, quote: str) -> str:
        start, parts = self._at + 1, []
        while True:
            end = self._text.find(quote, start)
            if end < 0:
                raise FilterInvalid(Fault.FORM, self._at + 1, "A quote that is not closed")
            parts.append(self._text[start:end])
            start = end + 2
            if self._text[end + 1 : start] != quote:
                self._at = end + 1
                return quote.join(parts)

    def _call(self, position: int, word: str, depth: int) -> _Call:
        if not _WORD.fullmatch(word):
            raise FilterInvalid(Fault.FORM, position, "No name of a function before a parenthesis")
        if word.lower() not in _FUNCTIONS:
            raise FilterInvalid(Fault.FUNCTION, position, f"An unknown function {word[:40]}")
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise FilterInvalid(Fault.FORM, position, f"More than {MAX_CALLS} function calls")
        if depth > MAX_DEPTH:
            raise FilterInvalid(Fault.FORM, position, f"Nesting deeper than {MAX_DEPTH}")
        arguments = []
        while True:
            self._at += 1
            arguments.append(self._argument(depth + 1))
            self._skip()
            sign = self._text[self._at : self._at + 1]
            if sign == ")":
                self._at += 1
                return _Call(position, word.lower(), tuple(arguments))
            if sign != ",":
                raise FilterInvalid(Fault.FORM, self._at + 1, "Neither a comma nor a closing parenthesis")


class _Typist:
    """Gives calls their meaning, and constants the type of their member."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    def type_call(self, call: _Call) -> Node:
        match call.function:
            case "and":
                return And(self._parts(call))
            case "or":
                return Or(self._parts(call))
            case "not":
                parts = self._parts(call)
                if len(parts) != 1:
                    raise FilterInvalid(Fault.ARGUMENTS, call.position, "Not one argument of not")
                return Not(parts[0])
            case "isnull":
                if len(call.arguments) != 1:
                    raise FilterInvalid(Fault.ARGUMENTS, call.position, "Not one argument of isNull")
                return IsNull(self._member(call.arguments[0]))
        return self._comparison(call)

    def _parts(self, call: _Call) -> tuple[Node, ...]:
        for argument in call.arguments:
            if not isinstance(argument, _Call):
                raise FilterInvalid(Fault.ARGUMENTS, argument.position, "No function call")
        return tuple(self.type_call(argument) for argument in call.arguments if isinstance(argument, _Call))

    def _comparison(self, call: _Call) -> Node:
        arguments, fold = list(call.arguments), False
        first = arguments[0]
        if isinstance(first, _Token) and not first.quoted and first.text.startswith("$"):
            if first.text not in _STRENGTHS:
                raise FilterInvalid(Fault.ARGUMENTS, first.position, "An unknown strength")
            fold = _STRENGTHS[first.text]
            del arguments[0]
        if len(arguments) < 2 or (len(arguments) > 2 and call.function != "in"):
            raise FilterInvalid(Fault.ARGUMENTS, call.position, "Not a member and a constant as arguments")
        if len(arguments) > MAX_CONSTANTS + 1:
            raise FilterInvalid(Fault.FORM, call.position, f"More than {MAX_CONSTANTS} constants")
        member = self._member(arguments[0])
        kind = TEXT if call.function in _TEXTUAL else self._kinds.get(member, TEXT)
        constants = tuple(self._constant(argument, kind) for argument in arguments[1:])
        return Compare(call.function, member, constants, fold)

    def _member(self, argument: _Call | _Token) -> str:
        if isinstance(argument, _Call) or argument.quoted or not _MEMBER.fullmatch(argument.text):
            raise FilterInvalid(Fault.ARGUMENTS, argument.position, "No member")
        return argument.text

    def _constant(self, argument: _Call | _Token, kind: Kind) -> Value:
        if isinstance(argument, _Call):
            raise FilterInvalid(Fault.ARGUMENTS, argument.position, "A function call in place of a constant")
        if not argument.quoted and not argument.text:
            raise FilterInvalid(Fault.ARGUMENTS, argument.position, "An empty argument")
        return read_constant(argument.text, kind, argument.position)


def read_constant(text: str, kind: Kind, position: int = 1) -> Value:
    """The value of a constant; raises FilterInvalid where it is none of that kind."""
    try:
        return kind.read(text)
    except ValueError:
        raise FilterInvalid(Fault.ARGUMENTS, position, "A constant that is not of its member's type") from None


_ORDERS: Final[Mapping[str, Callable[..., bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": operator.contains,
}


def compile(node: Node, members: Mapping[str, Member[T]]) -> Callable[[T], bool]:
    """A test that says whether the filter holds for an item. Logic is two-valued: nothing but isNull holds for null."""
    match node:
        case And(parts):
            tests = [compile(part, members) for part in parts]
            return lambda item: all(test(item) for test in tests)
        case Or(parts):
            tests = [compile(part, members) for part in parts]
            return lambda item: any(test(item) for test in tests)
        case Not(part):
            test = compile(part, members)
            return lambda item: not test(item)
        case IsNull(name):
            member = members.get(name)
            return (lambda _: True) if member is None else _compile_null(member)
        case Compare():
            known = members.get(node.member)
            return (lambda _: False) if known is None else _compile_compare(node, known)


def _compile_null(member: Member[T]) -> Callable[[T], bool]:
    read = member.read
    return lambda item: read(item) is None


def _compile_compare(node: Compare, member: Member[T]) -> Callable[[T], bool]:
    holds = _compile_relation(node, member.kind)
    read = member.read

    def test(item: T) -> bool:
        value = read(item)
        return value is not None and holds(value)

    return test


def _compile_relation(node: Compare, kind: Kind) -> Callable[[Value], bool]:
    fold = node.fold and kind.folds
    if node.relation in _MATCHES:
        matches, word = _MATCHES[node.relation], _fold(str(node.constants[0]), fold)
        return lambda value: matches(_fold(kind.show(value), fold), word)
    constants = [_fold(constant, fold) if isinstance(constant, str) else constant for constant in node.constants]
    if node.relation == "in":
        wanted = frozenset(constants)
        return lambda value: (_fold(value, fold) if isinstance(value, str) else value) in wanted
    order, constant = _ORDERS[node.relation], constants[0]
    if not fold:
        return lambda value: order(value, constant)
    return lambda value: order(_fold(str(value), fold), constant)


def _fold(text: str, fold: bool) -> str:
    return text.lower() if fold else text


def equal_any(member: str, texts: Iterable[str], kinds: Mapping[str, Kind]) -> Node:
    """The basic filter: a member equals any of the texts (sas 7.1.6). Raises FilterInvalid."""
    return Compare("in", member, tuple(read_constant(text, kinds.get(member, TEXT)) for text in texts))


def required(node: Node | None, member: str) -> frozenset[Value] | None:
    """Values one of which the member must have wherever the filter holds; None where the filter does not say so."""
    match node:
        case Compare("eq" | "in", name, constants, False) if name == member:
            return frozenset(constants)
        case And(parts):
            found = [values for part in parts if (values := required(part, member)) is not None]
            return frozenset.intersection(*found) if found else None
        case Or(parts):
            each = [required(part, member) for part in parts]
            known = [values for values in each if values is not None]
            return frozenset[Value]().union(*known) if len(known) == len(each) else None
    return None


def list_members(node: Node | None) -> frozenset[str]:
    """The members that a filter speaks of."""
    match node:
        case And(parts) | Or(parts):
            return frozenset[str]().union(*map(list_members, parts))
        case Not(part):
            return list_members(part)
        case Compare(member=member) | IsNull(member):
            return frozenset({member})
    return frozenset()
