"""What the operations of this format have in common: parameters, headers, and the answers to calls that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.autodesk import wire
from app.facades.autodesk.render import JSON, VERDICTS
from app.facades.openapi import Answer, Body, Media, Parameter, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.facades.autodesk.render import Verdict
    from app.facades.openapi import Schema, Shape

SPACE: Final = "9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51"
ID: Final = "11f7c2d3-8e4a-4d5b-9a6c-2b3c4d5e6f70"
OTHER_ID: Final = "c40a91de-17f3-4b62-9d08-5e6f7a8b9c01"
SYNC_TOKEN: Final = "dDE6Y2hnOjM"

CONTAINER: Final = Parameter(
    name="containerId",
    place="path",
    required=True,
    schema=text("The container: a UUID in either letter case, without the prefix `b.`.", SPACE, format="uuid"),
)
REGION: Final = Parameter(
    name=wire.REGION,
    place="header",
    schema=text(
        "Taken in any letter case and without effect; empty counts as absent.",
        "EMEA",
        choices=sorted(wire.REGIONS),
    ),
)
REQUEST_ID: Final = Parameter(
    name="X-Request-Id",
    place="header",
    schema=text("Names this call in logs: sent back if it is 1 to 64 of `A-Za-z0-9._-`, else minted.", "abc.1"),
)
CONSISTENCY: Final = Parameter(
    name=wire.CONSISTENCY_TOKEN,
    place="header",
    schema=text("The token that a write returned: the answer is at least as new as that write."),
)
ABOUT: Final = (REGION, REQUEST_ID)
READS: Final = (CONTAINER, CONSISTENCY, *ABOUT)
WRITES: Final = (CONTAINER, *ABOUT)

STAMPS: Final[Mapping[str, Schema]] = {
    "X-Request-Id": text("Names this call in logs.", "abc.1"),
    "Cache-Control": text("Always `no-store`.", "no-store"),
}
WRITTEN: Final[Mapping[str, Schema]] = {
    wire.CONSISTENCY_TOKEN: text("Send it with a read that must see what this call wrote."),
}


def take(about: str, shape: Shape, examples: Mapping[str, object]) -> Body:
    """A body of JSON."""
    return Body(about=about, content={JSON: Media(shape=shape, examples=examples)})


def answer(about: str, shape: Shape, headers: Mapping[str, Schema] | None = None) -> Answer:
    """An answer of JSON."""
    return Answer(about=about, content={JSON: Media(shape=shape)}, headers=headers or {})


def refuse(*statuses: int) -> dict[int, Answer]:
    """The answers to calls that fail with these statuses, and with those that any call may (autodesk 1)."""
    wanted = sorted({*statuses, 400, 401, 403, 414, 429, 500, 503})
    return {status: _refuse(status) for status in wanted}


def _refuse(status: int) -> Answer:
    verdicts = {verdict.type: verdict for verdict in VERDICTS.values() if verdict.status == status}
    shown: dict[str, Schema] = {}
    if status in (401, 403):
        shown["WWW-Authenticate"] = text("What the token lacks (RFC 6750); with 403 only if that is a scope.")
    if status in (429, 503):
        shown["Retry-After"] = text("Seconds to wait before the call is repeated.", "5")
    about = " ".join(f"`{type}`: {verdict.title}." for type, verdict in verdicts.items())
    examples = {type: _show(verdict) for type, verdict in verdicts.items()}
    return Answer(about=about, content={JSON: Media(shape=wire.Error, examples=examples)}, headers=shown)


def _show(verdict: Verdict) -> dict[str, object]:
    return {"type": verdict.type, "title": verdict.title, "detail": verdict.detail, "errors": []}
