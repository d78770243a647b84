"""What the operations of this format have in common: parameters, media types, and the answers to calls that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.core.filters import BOOLEAN, INTEGER, TEXT
from app.facades.openapi import Answer, Media, Parameter, array, flag, record, refer, text, whole
from app.facades.sas import listing, wire
from app.facades.sas.criteria import INSTANT
from app.facades.sas.render import PHRASES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.core.filters import Kind
    from app.facades.openapi import Schema, Shape

ID: Final = "6b1e4c1e-2d7a-4b8f-9a55-1d0c3f7e2a90"
OTHER_ID: Final = "2f7d8a10-0b5e-4c1d-8e3f-5a6b7c8d9e0f"
MOMENT: Final = "2026-05-04T08:30:11.204518Z"
LARGEST: Final = listing.MAX_INTEGER


def spell(media: str) -> str:
    """The media type as documents name it; without ``+json`` it is taken as well."""
    return media if media in (wire.JSON, wire.JSON_PATCH, wire.TEXT) else f"{media}+json"


SPACE: Final = Parameter(
    name="X-Tercet-Space",
    place="header",
    schema=text(
        f"The space, in UTF-8 without control characters, at most {wire.MAX_SPACE} of them; absent: the default space.",
        "campus-north",
        least=1,
        most=wire.MAX_SPACE,
    ),
)
REQUEST_ID: Final = Parameter(
    name="X-Request-Id",
    place="header",
    schema=text("Names this call in logs: sent back if it is 1 to 64 of `A-Za-z0-9._-`, else minted.", "r-81"),
)
CONSISTENCY: Final = Parameter(
    name="X-Consistency-Token",
    place="header",
    schema=text("The token that a write returned: the answer is at least as new as that write."),
)
LANGUAGE: Final = Parameter(
    name="Accept-Language", place="header", schema=text("Taken without effect: only English exists.", "en")
)
IF_MATCH: Final = Parameter(
    name="If-Match",
    place="header",
    schema=text(
        "ETags or `*`, compared weakly: if none is the stored one the answer is 412.", 'W/"1777883411204518000"'
    ),
)
IF_UNMODIFIED: Final = Parameter(
    name="If-Unmodified-Since",
    place="header",
    schema=text(
        "An HTTP date: what was modified later is not changed (412). One that can't be read counts as absent; `If-Match` "
        "wins over it.",
        "Mon, 04 May 2026 08:30:12 GMT",
    ),
)
IF_NONE_MATCH: Final = Parameter(
    name="If-None-Match",
    place="header",
    schema=text("ETags or `*`: if one is the stored one the answer is 304.", 'W/"1777883411204518000"'),
)
READS: Final = (SPACE, CONSISTENCY, REQUEST_ID)
WRITES: Final = (SPACE, REQUEST_ID)


def accept_item(item: str, only_with: Sequence[str] = ()) -> Parameter:
    """What items of a list may be."""
    names = list(dict.fromkeys((spell(item), item, wire.JSON, "*/*")))
    return Parameter(
        name="Accept-Item",
        place="header",
        schema=text(
            "The media type of the items; several with `q` are weighed as in Accept; empty counts as absent.",
            spell(item),
            choices=names,
        ),
        only_with=only_with,
    )


def page(members: Mapping[str, Kind], only_with: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """Which part of a list is wanted, of which items, in which order of these members."""
    key = f"({'|'.join(members)})(:(a|de)scending)?(:(primary|secondary|tertiary|quaternary|identical))?"
    return (
        Parameter(
            name="start",
            place="query",
            may_be_empty=True,
            schema=whole("How many items to skip.", 0, least=0, most=LARGEST, default=0),
            only_with=only_with,
        ),
        Parameter(
            name="limit",
            place="query",
            may_be_empty=True,
            schema=whole(
                f"Items of a page; more than {listing.MAX_LIMIT} counts as {listing.MAX_LIMIT}.",
                10,
                least=0,
                most=LARGEST,
                default=listing.DEFAULT_LIMIT,
            ),
            only_with=only_with,
        ),
        Parameter(
            name="filter",
            place="query",
            may_be_empty=True,
            schema=text(
                "Which items: `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `in`, `contains`, `startsWith`, `endsWith`, `isNull` of a "
                "member, joined with `and`, `or`, `not`. At most 8,192 characters, 200 calls, 32 deep.",
                "and(eq(type,'Contains'),not(isNull(source)))",
                most=8_192,
                format="sas-filter",
            ),
            only_with=only_with,
        ),
        Parameter(
            name="sortBy",
            place="query",
            may_be_empty=True,
            schema=text(
                "At most 8 members with commas between, each with `:ascending` or `:descending` and with `:primary` … "
                "`:identical`.",
                "version:descending,id" if "id" in members else "name",
                pattern=f"^{key}(,{key}){{0,7}}$",
            ),
            only_with=only_with,
        ),
    )


_KINDS: Final = {TEXT.read: "string", INTEGER.read: "integer", BOOLEAN.read: "boolean"}


def list_filters(
    members: Mapping[str, Kind], but: Iterable[str] = (), only_with: Sequence[str] = ()
) -> tuple[Parameter, ...]:
    """The basic filters: a member equals one of the values."""
    return tuple(
        Parameter(
            name=name,
            place="query",
            schema=array(_choose_kind(kind), f"Only items whose `{name}` is one of these."),
            repeats=True,
            only_with=only_with,
        )
        for name, kind in members.items()
        if name not in but
    )


def _choose_kind(kind: Kind) -> Schema:
    if kind is INSTANT:
        return text("A time stamp.", format="date-time")
    if kind is INTEGER:
        return whole("A number.")
    return flag("A truth value.") if kind is BOOLEAN else text("A text.")


STAMPS: Final[Mapping[str, Schema]] = {
    "X-Request-Id": text("Names this call in logs.", "r-81"),
    "Cache-Control": text("`no-cache, no-store, must-revalidate`."),
    "Vary": text("What the answer depends on."),
    "Sas-Service-Response-Flag": text("Always `true`.", "true"),
}
WRITTEN: Final[Mapping[str, Schema]] = {
    "X-Consistency-Token": text("Send it with a read that must see what this call wrote."),
}
TAGGED: Final[Mapping[str, Schema]] = {
    "ETag": text("For `If-Match`: the modification time in nanoseconds.", 'W/"1777883411204518000"'),
    "Last-Modified": text("The modification time, in seconds.", "Mon, 04 May 2026 08:30:11 GMT"),
}
ENGLISH: Final[Mapping[str, Schema]] = {"Content-Language": text("Always `en`.", "en")}
PLACED: Final[Mapping[str, Schema]] = {"Location": text("Where it is from now on, relative to the server.")}


def answer(about: str, media: str, shape: Shape, headers: Mapping[str, Schema] | None = None) -> Answer:
    """An answer in the vendor's media type, or in application/json for who prefers it."""
    content = {spell(media): Media(shape=shape), wire.JSON: Media(shape=shape)}
    return Answer(about=about, content=content, headers=headers or {})


def collect(name: str, items: Schema, accept: str) -> Schema:
    """A list, called ``name`` in generated clients."""
    members = {
        "version": whole("Of this shape.", 2, least=2, most=2),
        "name": text("Always `items`.", "items"),
        "accept": text("What the items are.", accept),
        "start": whole("As it was asked for.", 0, least=0),
        "limit": whole("As it was asked for, after clamping.", 10, least=0),
        "count": whole("How many there are in all.", 25, least=0),
        "items": array(items, "The items of this page."),
        "links": array(refer("Link"), "What to do next: other pages, for instance."),
    }
    return {"title": name, **record("A list.", members, required=list(members), closed=True)}


def refuse(*statuses: int) -> dict[int, Answer]:
    """The answers to calls that fail with these statuses, and with those that any call may."""
    wanted = sorted({*statuses, 400, 401, 403, 414, 429, 500, 503})
    return {status: _refuse(status) for status in wanted}


def _refuse(status: int) -> Answer:
    codes = sorted({verdict.code for verdict in VERDICTS.values() if verdict.status == status})
    shown: dict[str, Schema] = {}
    if status in (401, 403):
        shown["WWW-Authenticate"] = text("What the token lacks (RFC 6750); with 403 only if that is a scope.")
    if status in (429, 503):
        shown["Retry-After"] = text("Seconds to wait before the call is repeated.", "5")
    example = {
        "version": 2,
        "httpStatusCode": status,
        "errorCode": codes[0],
        "message": PHRASES[status],
        "details": ["What was wrong, in words.", "path: /relationships/relationships", "correlator: r-81"],
        "links": [],
    }
    content = {spell(wire.ERROR): Media(shape=wire.Error, examples={"an error": example})}
    about = f"{PHRASES[status]}, with errorCode {', '.join(map(str, codes))}."
    return Answer(about=about, content=content, headers=shown)
