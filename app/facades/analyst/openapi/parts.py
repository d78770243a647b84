"""What the operations have in common: parameters, headers, and the answers to calls that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.facades.analyst import formats, parameters, wire
from app.facades.analyst.parameters import DIRECTIONS, FORMATS
from app.facades.analyst.render import JSON, PROBLEM, VERDICTS
from app.facades.openapi import Answer, Media, Parameter, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.facades.openapi import Schema, Shape

SPACE_ID: Final = "9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51"
REF: Final = "5b0b7c1e-6f5d-5c3a-9d3e-2a1b0c9d8e7f"
OTHER_REF: Final = "e3a1c2b4-0d9f-5e8a-8b7c-6d5e4f3a2b1c"
ID: Final = "11f7c2d3-8e4a-4d5b-9a6c-2b3c4d5e6f70"

_UUID: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
ONE_REF: Final = f"^{_UUID}$"
REFS: Final = f"^{_UUID}(?:,{_UUID}){{0,19}}$"

READ: Final = (wire.READ,)
SPACE: Final = Parameter(
    name="space",
    place="path",
    required=True,
    schema=text("The space, one percent-encoded segment.", SPACE_ID, least=1, most=256),
)
REF_IN_PATH: Final = Parameter(
    name="ref", place="path", required=True, schema=text("The entity's ref.", REF, format="uuid")
)
FORMAT: Final = Parameter(
    name="format", place="query", schema=text("The format of the answer; goes before `Accept`.", choices=FORMATS)
)
CONSISTENCY: Final = Parameter(
    name=wire.CONSISTENCY_TOKEN,
    place="header",
    schema=text("The token that a write returned: the answer is at least as new as that write."),
)
FILES: Final = "The same in this format."
REQUEST_ID: Final = Parameter(
    name="X-Request-Id",
    place="header",
    schema=text("Names this call in logs: sent back if it is 1 to 64 of `A-Za-z0-9._-`, else minted.", "abc.1"),
)
ROWS: Final = Parameter(
    name="rows",
    place="query",
    schema=text("In formats of rows: which list of the answer to send, in place of its main one."),
)
CELLS: Final = Parameter(
    name="cells",
    place="query",
    schema=text(
        "In CSV: texts that a spreadsheet would take for formulas get an apostrophe in front (`guarded`), or stay as they "
        "are (`exact`).",
        choices=tuple(parameters.CELLS),
        default="guarded",
    ),
)
ALL: Final = Parameter(
    name="all",
    place="query",
    schema=text("The whole list as one stream, in a format of rows and without `limit`.", choices=("true", "false")),
)
EVERY: Final = (FORMAT, ROWS, CELLS, CONSISTENCY, REQUEST_ID)
"""Parameters of every question."""
ASKS: Final = (SPACE, *EVERY)
"""Parameters of every question about a space."""
AFTER: Final = Parameter(
    name="after", place="query", schema=text("`after` of the page before, with the same parameters otherwise.", least=1)
)
TYPES: Final = Parameter(
    name="types", place="query", schema=text("Only over these types of relationships, at most 100.", "Brick__feeds")
)
DIRECTION: Final = Parameter(
    name="direction",
    place="query",
    schema=text(
        "From source to target (`out`), against it (`in`) or either way; relationships without direction are gone over "
        "either way always.",
        choices=tuple(DIRECTIONS),
        default="both",
    ),
)
STAMPS: Final[Mapping[str, Schema]] = {
    "X-Request-Id": text("Names this call in logs.", "abc.1"),
    "Cache-Control": text("Always `no-store`.", "no-store"),
}


def ask(name: str, about: str, example: str | None = None, *, required: bool = False, **limits: Any) -> Parameter:
    """A parameter of text."""
    return Parameter(name=name, place="query", required=required, schema=text(about, example, **limits))


def count(name: str, about: str, *, default: int, most: int) -> Parameter:
    """A parameter of a number, from 1 on."""
    return Parameter(name=name, place="query", schema=whole(about, default, least=1, most=most, default=default))


def limit(about: str, default: int, most: int) -> Parameter:
    """``limit`` of an operation."""
    return count("limit", about, default=default, most=most)


def answer(about: str, shape: Shape) -> Answer:
    """A document, in each of the formats."""
    draws = isinstance(shape, type) and issubclass(shape, wire.Subgraph)
    others = {
        each.media: Media(shape={"description": FILES}) for each in formats.FORMATS.values() if draws or not each.draw
    }
    return Answer(about=about, content={**others, JSON: Media(shape=shape)})


def refuse(*statuses: int) -> dict[int, Answer]:
    """The answers to calls that fail with these statuses, and with those that any call may."""
    return {status: _refuse(status) for status in sorted({*statuses, 400, 401, 403, 406, 414, 429, 500, 503})}


def _refuse(status: int) -> Answer:
    verdicts = {verdict.type: verdict for verdict in VERDICTS.values() if verdict.status == status}
    shown: dict[str, Schema] = {}
    if status in (401, 403):
        shown["WWW-Authenticate"] = text("What the token lacks (RFC 6750); with 403 only if that is a scope.")
    if status in (429, 503):
        shown["Retry-After"] = text("Seconds to wait before the call is repeated.", "5")
    about = " ".join(f"`{type}`: {verdict.title}." for type, verdict in verdicts.items())
    return Answer(about=about, content={PROBLEM: Media(shape=wire.Problem)}, headers=shown)
