"""What the operations of this format have in common: parameters, envelopes, and the answers to calls that fail."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from app.facades.apollo import headers, wire
from app.facades.apollo.render import FACES
from app.facades.openapi import Answer, Media, Parameter, array, flag, or_null, record, refer, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.facades.openapi import Schema

JSON: Final = "application/json"
GUID: Final = "7c51d9aa-08e4-4f3b-b1f2-64d0a9c3e7b5"
TRANSACTION: Final = "e2f4b8d0-1a3c-4e5f-9a7b-c6d8e0f21435"

COLLECTION: Final = Parameter(
    name="ercollectionid",
    place="header",
    required=True,
    schema=text(
        "The collection that the call is about, sent once.",
        "campus-north",
        least=1,
        most=128,
        pattern="^[!-~]([ -~]*[!-~])?$",
    ),
)
VERSION: Final = Parameter(
    name="v",
    place="query",
    schema=text(
        "The version of the answer's form: from 1.1 on uploads of relationships answer in the platform envelope; 1.2 adds "
        "`labels`, `geoLocation`, `geoBoundary`, `schemaMetadata` and `version` to entities.",
        "1.1",
        choices=headers.VERSIONS,
        default="1.0",
    ),
)
SYSTEM_DATA: Final = Parameter(
    name="includeSystemData",
    place="query",
    schema=flag("Adds `sysData` to the objects of a read; writes take it without effect.", True, default=False),
)
CORRELATION: Final = Parameter(
    name="x-correlation-id",
    place="header",
    schema=text(
        "The caller's name for a chain of calls, 1 to 128 visible ASCII characters, which is recorded and sent back. "
        "Where it is absent or malformed a GUID is minted.",
        "c-42",
    ),
)
EXCHANGE: Final = Parameter(
    name="X-Request-Id",
    place="header",
    schema=text(
        "Names this one exchange in logs: sent back if it is 1 to 64 of `A-Za-z0-9._-`, else minted. It is never the id "
        "of an upload.",
        "r-81",
    ),
)
CONSISTENCY: Final = Parameter(
    name="X-Consistency-Token",
    place="header",
    schema=text("The token that a write returned: the answer is at least as new as that write."),
)
COMMON: Final = (VERSION, SYSTEM_DATA, CORRELATION, EXCHANGE)
READS: Final = (COLLECTION, *COMMON, CONSISTENCY)

ID_IN_QUERY: Final = Parameter(
    name="id",
    place="query",
    required=True,
    schema=text("The id, where a path can't carry it: `.`, `..`, or one with a `/`.", "door:7:14/b", least=1),
)
PREFER_WAIT: Final = Parameter(
    name="Prefer",
    place="header",
    schema=text("`wait=N`: answer when the state is final, or after N seconds, at most 30.", "wait=10"),
)
IF_NONE_MATCH: Final = Parameter(
    name="If-None-Match",
    place="header",
    schema=text("An ETag of an earlier answer, or `*`: if nothing has changed the answer is 304 without a body."),
)
PAGE_SIZE: Final = Parameter(
    name="PageSize",
    place="header",
    schema=whole("How many elements an answer holds at most.", 100, least=1, most=1000, default=100),
)
CONTINUATION: Final = Parameter(
    name="continuationToken",
    place="header",
    schema=text(
        "`paging.continuationToken` of the page before; bound to collection, path and filters.", least=1, most=1024
    ),
)

STAMPS: Final[Mapping[str, Schema]] = {
    "X-Request-Id": text("Names this exchange in logs.", "r-81"),
    "x-correlation-id": text("The caller's chain of calls, or a GUID.", "c-42"),
    "Cache-Control": text("`no-store`; where progress is told `private, no-cache`.", "no-store"),
}
WRITTEN: Final[Mapping[str, Schema]] = {
    "X-Consistency-Token": text("Send it with a read that must see what this call wrote."),
}
TOLD: Final[Mapping[str, Schema]] = {
    "ETag": text("Changes when the state does; for `If-None-Match`.", '"5f0c…"'),
    "Retry-After": text("Seconds until it is worth asking again; only while the request is unfinished.", "1"),
    "Preference-Applied": text("The preference that was followed, `wait=N`.", "wait=10"),
    **WRITTEN,
}

_PAGING: Final = refer("Paging")
_NOTHING: Final = {"type": "null"}


def envelope(name: str, data: Schema, *, paged: bool = False) -> Schema:
    """A platform answer with this ``data``, called ``name`` in generated clients; ``paged``: data is an array."""
    whole = record(
        "The platform envelope.",
        {
            "status": refer("Status"),
            "transactionId": text(
                "Names this call; that of a write can be looked up later.", TRANSACTION, format="uuid"
            ),
            "data": data,
            "paging": _PAGING if paged else {"description": "Null: the data is no array.", **_NOTHING},
        },
        required=("status", "transactionId", "data", "paging"),
        closed=True,
    )
    return {"title": name, **whole}


def listing(name: str) -> Schema:
    """A platform answer whose data is an array of the shape of that name."""
    return envelope(f"{name}Page", array(refer(name), "The objects of this page."), paged=True)


EMPTY: Final = record("Nothing: the head of the envelope says it all.", {}, closed=True)
SHAPES: Final[Mapping[str, Schema]] = {
    "PlatformError": envelope(
        "PlatformError",
        record("What went wrong.", {"errorInfo": array(refer("ErrorInfo"), "The one fault.", least=1)}, closed=True),
    )
}
FAILED: Final = refer("PlatformError")


def answer(about: str, shape: Schema | type[object], headers: Mapping[str, Schema] | None = None) -> Answer:
    """An answer in JSON."""
    return Answer(about=about, content={JSON: Media(shape=shape)}, headers=headers or {})


def choose(*shapes: Schema) -> Schema:
    """One of several envelopes."""
    return {"anyOf": [dict(shape) for shape in shapes]}


def refuse(*statuses: int, envelopes: Schema = FAILED) -> dict[int, Answer]:
    """The answers to calls that fail with these statuses, and with those that any call may: 401, 403, 500 and 503."""
    codes: dict[int, set[str]] = defaultdict(set)
    for face in FACES.values():
        codes[face.status].add(face.code)
    wanted = sorted({*statuses, 400, 401, 403, 500, 503})
    return {status: _refuse(status, sorted(codes[status]), envelopes) for status in wanted}


def _refuse(status: int, codes: list[str], envelopes: Schema) -> Answer:
    shown: dict[str, Schema] = {}
    if status in (401, 403):
        shown["WWW-Authenticate"] = text("What the token lacks (RFC 6750); with 403 only if that is a scope.")
    if status in (429, 503):
        shown["Retry-After"] = text("Seconds to wait before the call is repeated.", "5")
    return answer(f"Refused, with the code {' or '.join(f'`{code}`' for code in codes)}.", envelopes, shown)


LEGACY: Final = refer(wire.Legacy.__name__)
TRANSACTION_LINK: Final[Mapping[str, Schema]] = {
    "Location": text("Where to ask how far the upload has come.", format="uri"),
    "Operation-Location": text("The same.", format="uri"),
    "Preference-Applied": text("`respond-async` where it was preferred."),
    "Retry-After": text("Seconds until it is worth asking.", "1"),
    **WRITTEN,
}
NULLABLE_ID: Final = or_null(text("The id as it was sent.", "rel-0001"))
