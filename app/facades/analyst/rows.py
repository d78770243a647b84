"""Documents as tables: which columns the main list of an answer has, and its rows.

Columns follow from the type of the list, never from what happens to be in it, so every page of an answer, empty ones
too, has the same. A ref comes with the identity, kind and name of its entity beside it, where the answer knows it, so
that rows can be used alone. Only a query of one's own has columns that follow from its rows.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.facades.analyst import wire
from app.facades.analyst.parameters import Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LARGEST_INTEGER: Final = 2**63 - 1
JOINED: Final = ("entity", "source", "target", "from")
"""Members of rows that are refs."""
PARTS: Final = ("domain", "type", "id", "kind", "name")
"""What of an entity stands beside its ref."""


class Kind(Enum):
    """What the values of a column are; each may be null."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "texts"
    JSON = "json"


class Column(NamedTuple):
    """A column of a table."""

    name: str
    kind: Kind


Row = list[Any]
Known = dict[str, wire.Entity]


class Sheet(NamedTuple):
    """How the members of one list become rows."""

    columns: tuple[Column, ...]
    read: Callable[[Any, Known], Row]


def list_names(document: wire.Answer) -> list[str]:
    """The names of the lists of a document that can be its rows; the main list first."""
    lists = [field.encode_name for field in msgspec.structs.fields(document) if _element(field.type) is not None]
    return sorted(lists, key=lambda name: name not in document.ROWS.split())


def choose_sheet(document: wire.Answer, name: str | None) -> Sheet:
    """The columns of one list of a document, None for the main one. Raises Unusable if it has no such list."""
    if isinstance(document, wire.Table):
        columns = tuple(map(_infer, document.columns, zip(*document.rows, strict=True)))
        return Sheet(columns or tuple(Column(each, Kind.TEXT) for each in document.columns), _read_list)
    if name is not None and name not in list_names(document):
        raise Unusable([("rows", f"takes one of {', '.join(list_names(document)) or 'nothing'} here")])
    names = [name] if name is not None else document.ROWS.split()
    if not names:
        return shape(type(document))
    sheet = shape(_find_element(document, names[0]))
    return sheet if len(names) == 1 else _tell_apart(sheet)


def list_rows(document: wire.Answer, name: str | None, sheet: Sheet, known: Known) -> list[Row]:
    """The rows of one list of a document, None for the main one, under the columns of ``sheet``.

    ``known``: entities besides those that the document shows.
    """
    known = known | {each.ref: each for each in getattr(document, "entities", ()) if isinstance(each, wire.Entity)}
    names = [name] if name is not None else document.ROWS.split()
    if not names:
        return [sheet.read(document, known)]
    if len(names) == 1:
        return [sheet.read(each, known) for each in _find_list(document, names[0])]
    return [sheet.read((each, of), known) for each in names for of in _find_list(document, each)]


@cache
def shape(cls: type[Struct]) -> Sheet:
    """The columns of a type of row."""
    columns: list[Column] = []
    readers: list[Callable[[Any, Known], Sequence[Any]]] = []
    for field in msgspec.structs.fields(cls):
        name, kind = field.encode_name, _read_kind(field.type)
        columns.append(Column(name, kind))
        if name in JOINED and (field.type is wire.Entity or kind is Kind.TEXT):
            columns[-1] = Column(name, Kind.TEXT)
            columns += [Column(name + part.capitalize(), Kind.TEXT) for part in PARTS]
            readers.append(_join(field.name))
        elif name == "entities" and kind is Kind.TEXTS:
            columns.append(Column("labels", Kind.TEXTS))
            readers.append(_label(field.name))
        else:
            readers.append(_take(field.name, kind))

    def read(row: Any, known: Known) -> Row:
        return [value for reader in readers for value in reader(row, known)]

    return Sheet(tuple(columns), read)


def _tell_apart(sheet: Sheet) -> Sheet:
    """Rows of several lists, each with the name of its own in front."""

    def read(pair: tuple[str, Any], known: Known) -> Row:
        return [pair[0], *sheet.read(pair[1], known)]

    return Sheet((Column("change", Kind.TEXT), *sheet.columns), read)


def _take(name: str, kind: Kind) -> Callable[[Any, Known], Sequence[Any]]:
    def take(row: Any, _known: Known) -> Sequence[Any]:
        value = getattr(row, name)
        if value is UNSET:
            return (None,)
        return (msgspec.to_builtins(value) if kind is Kind.JSON else value,)

    return take


def _join(name: str) -> Callable[[Any, Known], Sequence[Any]]:
    def join(row: Any, known: Known) -> Sequence[Any]:
        value = getattr(row, name)
        entity = value if isinstance(value, wire.Entity) else known.get(value)
        if entity is None:
            return (value, None, None, None, None, None)
        named = None if entity.name is UNSET else entity.name
        return (entity.ref, entity.domain, entity.type, entity.id, entity.kind, named)

    return join


def _label(name: str) -> Callable[[Any, Known], Sequence[Any]]:
    def label(row: Any, known: Known) -> Sequence[Any]:
        refs = getattr(row, name)
        return (refs, [_name(known[ref]) if ref in known else ref for ref in refs])

    return label


def _name(entity: wire.Entity) -> str:
    return entity.id if entity.name is UNSET else entity.name


def _read_list(row: Any, _known: Known) -> Row:
    return list(row)


def _find_list(document: wire.Answer, name: str) -> Sequence[Any]:
    field = next(field for field in msgspec.structs.fields(document) if field.encode_name == name)
    found: Sequence[Any] = getattr(document, field.name)
    return found


def _find_element(document: wire.Answer, name: str) -> type[Struct]:
    field = next(field for field in msgspec.structs.fields(document) if field.encode_name == name)
    element = _element(field.type)
    assert element is not None, "the main list of a document is one of structs"
    return element


def _element(type_: Any) -> type[Struct] | None:
    """The type of the members of a list of structs."""
    arguments = get_args(type_)
    if get_origin(type_) is list and isinstance(arguments[0], type) and issubclass(arguments[0], Struct):
        return arguments[0]
    return None


_KINDS: Final[Mapping[Any, Kind]] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    list[str]: Kind.TEXTS,
}


def _read_kind(type_: Any) -> Kind:
    if get_origin(type_) in (Union, UnionType):
        rest = [each for each in get_args(type_) if each not in (UnsetType, NoneType)]
        return _read_kind(rest[0]) if len(rest) == 1 else Kind.JSON
    return _KINDS.get(type_, Kind.JSON)


def _infer(name: str, values: Sequence[Any]) -> Column:
    """The column of a query of one's own: of what all its values are, and JSON where they differ."""
    there = [value for value in values if value is not None]
    kinds = {_kind_of(value) for value in there}
    if kinds == {Kind.INTEGER, Kind.NUMBER}:
        return Column(name, Kind.NUMBER)
    return Column(name, kinds.pop() if len(kinds) == 1 else Kind.JSON if kinds else Kind.TEXT)


def _kind_of(value: Any) -> Kind:
    match value:
        case bool():
            return Kind.BOOLEAN
        case int():
            return Kind.INTEGER if -LARGEST_INTEGER <= value <= LARGEST_INTEGER else Kind.JSON
        case float():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
        case list() if value and all(isinstance(each, str) for each in value):
            return Kind.TEXTS
        case _:
            return Kind.JSON
