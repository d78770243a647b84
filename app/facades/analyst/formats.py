"""The formats of an answer: what a caller may ask for, what this installation has, and how a document becomes bytes."""

from __future__ import annotations

from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import UNSET

from app.facades.analyst import drawings, encode, rows, wire
from app.facades.faults import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.facades.analyst.encode import Encoder
    from app.facades.analyst.rows import Known, Sheet


class Format(NamedTuple):
    """One of the formats. ``module``: what must be installed for it. ``draw``: how it writes a subgraph."""

    word: str
    media: str
    ending: str
    has_rows: bool = False
    module: str = ""
    draw: Callable[[wire.Subgraph], bytes] | None = None

    @property
    def media_type(self) -> str:
        """The media type with its parameters."""
        return f"{self.media}; charset=utf-8; header=present" if self.word == "csv" else self.media

    @property
    def is_here(self) -> bool:
        """Whether what it needs is installed."""
        return not self.module or find_spec(self.module) is not None


JSON: Final = Format("json", "application/json", "json")
FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        each.word: each
        for each in (
            JSON,
            Format("ndjson", "application/x-ndjson", "ndjson", has_rows=True),
            Format("csv", "text/csv", "csv", has_rows=True),
            Format("arrow", "application/vnd.apache.arrow.stream", "arrows", has_rows=True, module="pyarrow"),
            Format("graphml", "application/graphml+xml", "graphml", module="networkx", draw=drawings.write_graphml),
            Format("gexf", "application/gexf+xml", "gexf", module="networkx", draw=drawings.write_gexf),
            Format(
                "nodelink",
                "application/vnd.tercet.nodelink+json",
                "json",
                module="networkx",
                draw=drawings.write_nodelink,
            ),
        )
    }
)


class FormatAbsent(NotAcceptable):
    """The format needs something that is not installed here."""

    def __init__(self, format: Format) -> None:
        super().__init__(format.word)
        self.words = (
            f"The format {format.word} needs {format.module}, which is not installed with this service: its operator "
            "installs it with the extra 'notebook'; json, ndjson and csv are always there"
        )


class FormatUnfit(NotAcceptable):
    """The answer is nothing that the format can show."""

    def __init__(self, format: Format) -> None:
        super().__init__(format.word)
        self.words = (
            f"The format {format.word} shows entities with their relationships, and this answer is none of these; "
            "take json, ndjson, csv or arrow"
        )


class Wish(NamedTuple):
    """How a caller wants an answer: the format, the list that makes its rows, and CSV without a guard."""

    format: Format = JSON
    rows: str | None = None
    exact: bool = False


def choose(asked: str | None, accept: Sequence[str]) -> Format:
    """The format with this name, else the one that the Accept headers like best, JSON among equals.

    Raises FormatAbsent for one that is not installed, NotAcceptable when there is none.
    """
    if asked is not None:
        return _check(FORMATS[asked])
    ranges = [_read_range(part) for header in accept for part in header.split(",") if part.strip()]
    if not ranges:
        return JSON
    weighed = [(_weigh(ranges, each.media), each) for each in FORMATS.values()]
    wanted = [(quality, each) for quality, each in weighed if quality > 0]
    liked = sorted(wanted, key=lambda pair: pair[0], reverse=True)
    here = next((each for _, each in liked if each.is_here), None)
    if here is not None:
        return here
    if wanted:
        raise FormatAbsent(wanted[0][1])
    raise NotAcceptable("none of the formats")


def _check(format: Format) -> Format:
    if not format.is_here:
        raise FormatAbsent(format)
    return format


def _read_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _weigh(ranges: Sequence[tuple[str, float]], media: str) -> float:
    """The quality that the most specific of the ranges gives a media type."""
    for wanted in (media, f"{media.partition('/')[0]}/*", "*/*"):
        given = [quality for name, quality in ranges if name == wanted]
        if given:
            return max(given)
    return 0.0


def write(document: wire.Answer, wish: Wish, known: Known) -> Callable[[], bytes]:
    """The work of writing a document, for a thread where it is long. Raises Unusable and FormatUnfit at once."""
    format = wish.format
    if format.draw is not None:
        if not isinstance(document, wire.Subgraph):
            raise FormatUnfit(format)
        draw = format.draw
        return lambda: draw(document)
    if not format.has_rows:
        return lambda: msgspec.json.encode(document)
    sheet = rows.choose_sheet(document, wish.rows)

    def write_rows() -> bytes:
        encoder = make_encoder(document, sheet, wish)
        return encoder.begin() + encoder.encode(rows.list_rows(document, wish.rows, sheet, known)) + encoder.end()

    return write_rows


def make_encoder(document: wire.Answer, sheet: Sheet, wish: Wish) -> Encoder:
    """The encoder of the rows of this document, and of others like it."""
    match wish.format.word:
        case "ndjson":
            return encode.Lines(sheet.columns)
        case "csv":
            return encode.Commas(sheet.columns, exact=wish.exact)
        case _:
            return encode.Arrow(sheet.columns, describe(document))


def describe(document: wire.Answer) -> dict[str, str]:
    """What a document says beside its rows, as names and texts: whether and why it was cut, and how to go on."""
    found: dict[str, str] = {}
    if isinstance(document, wire.Bounded):
        found["truncated"] = "true" if document.truncated else "false"
        if document.reason is not UNSET:
            found["reason"] = document.reason
        found["limits"] = msgspec.json.encode(document.limits).decode()
    after = getattr(document, "after", UNSET)
    if isinstance(after, str):
        found["after"] = after
    return found
