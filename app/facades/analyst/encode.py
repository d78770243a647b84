"""Rows as bytes, piece by piece: what is encoded is forgotten, so a million rows cost the memory of one page."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from app.facades.analyst.rows import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from app.facades.analyst.rows import Column, Row

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


class Encoder(Protocol):
    """One stream of rows. An end that does not come, or comes early, must show."""

    def begin(self) -> bytes:
        """What stands before the first row."""
        ...

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Some rows."""
        ...

    def end(self) -> bytes:
        """What stands behind the last row."""
        ...


class Lines:
    """NDJSON: a row is an object with every column; null where there is no value."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]
        self._encoder = msgspec.json.Encoder()

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """A line each."""
        return self._encoder.encode_lines([dict(zip(self._names, row, strict=True)) for row in rows])

    def end(self) -> bytes:
        """Nothing."""
        return b""


class Commas:
    """CSV (RFC 4180) in UTF-8 with a header. No value is an empty cell; lists and objects are JSON texts.

    Unless ``exact``, a text that a spreadsheet would take for a formula gets an apostrophe in front, as people open
    these files, and whoever may write a name in the graph could otherwise run something on their machines.
    """

    def __init__(self, columns: Sequence[Column], *, exact: bool) -> None:
        self._columns = columns
        self._spell_text = str if exact else guard
        spell: Mapping[Kind, Callable[[Any], Any]] = {
            Kind.TEXT: self._spell_text,
            Kind.BOOLEAN: lambda value: "true" if value else "false",
            Kind.TEXTS: _spell_json,
            Kind.JSON: lambda value: self._spell_text(value) if isinstance(value, str) else _spell_json(value),
        }
        self._spell = [spell.get(column.kind, repr) for column in columns]

    def begin(self) -> bytes:
        """The names of the columns."""
        return self._write([[self._spell_text(column.name) for column in self._columns]])

    def encode(self, rows: Sequence[Row]) -> bytes:
        """A record each."""
        return self._write(
            [
                [None if value is None else spell(value) for spell, value in zip(self._spell, row, strict=True)]
                for row in rows
            ]
        )

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _write(self, records: list[list[Any]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(records)
        return text.getvalue().encode()


class Arrow:
    """An Arrow IPC stream; ``about`` becomes metadata of its schema. JSON values are texts, marked so in their fields."""

    def __init__(self, columns: Sequence[Column], about: Mapping[str, str]) -> None:
        import pyarrow as pa

        self._kinds = [column.kind for column in columns]
        self._types = [_name_type(pa, column.kind) for column in columns]
        fields = [
            pa.field(column.name, type, metadata={"content": "json"} if column.kind is Kind.JSON else None)
            for column, type in zip(columns, self._types, strict=True)
        ]
        self._pa = pa
        self._sink = io.BytesIO()
        self._schema = pa.schema(fields, metadata=dict(about) or None)
        self._writer = pa.ipc.new_stream(self._sink, self._schema)

    def begin(self) -> bytes:
        """The schema."""
        return self._take()

    def encode(self, rows: Sequence[Row]) -> bytes:
        """One batch; no batch for no rows."""
        if not rows:
            return b""
        arrays = [
            self._pa.array(_spell_all(values) if kind is Kind.JSON else values, type)
            for kind, type, values in zip(self._kinds, self._types, zip(*rows, strict=True), strict=True)
        ]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))
        return self._take()

    def end(self) -> bytes:
        """The mark by which a reader knows that nothing is missing."""
        self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        taken = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return taken


def guard(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _name_type(pa: Any, kind: Kind) -> pa.DataType:
    match kind:
        case Kind.INTEGER:
            return pa.int64()
        case Kind.NUMBER:
            return pa.float64()
        case Kind.BOOLEAN:
            return pa.bool_()
        case Kind.TEXTS:
            return pa.list_(pa.string())
        case _:
            return pa.string()


def _spell_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _spell_all(values: Sequence[Any]) -> list[str | None]:
    return [None if value is None else _spell_json(value) for value in values]
