"""What comes beside the body: path, query and headers of one call, with all their faults together (autodesk 2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from app.core.access import Right
from app.core.bookmarks import read_states
from app.core.criteria import Criteria, Life, Pattern
from app.core.errors import BookmarkInvalid
from app.core.identity import read_uuid
from app.facades.autodesk import wire
from app.facades.autodesk.tokens import TokenUnusable, read_sync
from app.facades.autodesk.wire import FieldFault, Title
from app.facades.faults import BadRequest, MediaTypeUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from starlette.datastructures import Headers

    from app.core.replicate import Marker
    from app.core.signing import Signer
    from app.facades.autodesk.tokens import Continuation, Walk
    from app.facades.strict import Json

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_JSON = re.compile(r'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*', re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_SURROGATES = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"[0-9]{1,18}")
_CONTINUATION = re.compile(r"[1-9][0-9]{0,299}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([-+ ])([0-9]{2}):([0-9]{2}))?)?"
)

PAGING: Final = ("includeDeleted", "onlyDeleted", "pageLimit", "continuationToken")
SIDES: Final = (("domain", "type", "id"), ("withDomain", "withType", "withId"))
SEARCH: Final = (*SIDES[0], *SIDES[1], "createdAfter", "createdBefore", *PAGING)


class BadInput(BadRequest):
    """Parameters, headers or a body that can't be used: ``faults``, in request order, all of them."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        super().__init__(f"{len(faults)} values can't be used")
        self.faults = tuple(faults)


class Address(NamedTuple):
    """What a path and its headers name. ``bookmark`` is set on reads only."""

    container: str
    relationship: str
    bookmark: str | None


class Paging(NamedTuple):
    """Which part of the answer is wanted. ``token`` is "" for the first; its seal has not been looked at."""

    life: Life
    limit: int
    token: str


def quote(value: object) -> str:
    """A bad value as it may be shown: its first 200 characters, without lone surrogates."""
    text = f"'{_cut(value)}'" if isinstance(value, str) else _cut(msgspec.json.encode(value).decode())
    return _SURROGATES.sub("\ufffd", text)


def _cut(text: str) -> str:
    return text if len(text) <= wire.MAX_QUOTED else text[: wire.MAX_QUOTED] + "…"


def settle(faults: Sequence[FieldFault]) -> None:
    """Raises BadInput if there are any."""
    if faults:
        raise BadInput(faults)


def read_call(
    path: Mapping[str, str],
    query: bytes,
    headers: Headers,
    *,
    right: Right,
    names: Iterable[str] = (),
    read: Callable[[Mapping[str, str], list[FieldFault]], T],
) -> tuple[Address, T]:
    """What path and headers name, and what ``read`` makes of the query's parameters with these ``names``.

    Raises BadInput with the faults of all of them together (autodesk 2.1, step 6).
    """
    faults: list[FieldFault] = []
    ids = {name: _read_id(name, path[name], faults) for name in wire.PATH_PARAMETERS if name in path}
    asked = read(read_query(query, names, faults), faults)
    _check_region(", ".join(headers.getlist(wire.REGION)), faults)
    bookmark = _read_bookmark(headers, faults) if right is Right.READONLY else None
    settle(faults)
    return Address(ids.get("containerId", ""), ids.get("relationshipId", ""), bookmark), asked


def read_nothing(_given: Mapping[str, str], _faults: list[FieldFault]) -> None:
    """What is asked by a query that says nothing."""


def _read_id(name: str, text: str, faults: list[FieldFault]) -> str:
    id = read_uuid(text)
    if id is None:
        prefixed = name == "containerId" and text.startswith("b.")
        hint = "; drop the 'b.' prefix." if prefixed else "; send 8-4-4-4-12 hexadecimal digits."
        faults.append(FieldFault(name, Title.INVALID_VALUE, f"{quote(text)} is not a UUID{hint}"))
    return id or ""


def _check_region(region: str, faults: list[FieldFault]) -> None:
    if region and region.upper() not in wire.REGIONS:
        detail = f"{quote(region)} is no region; leave the header out or send one of {', '.join(sorted(wire.REGIONS))}."
        faults.append(FieldFault(wire.REGION, Title.INVALID_VALUE, detail))


def _read_bookmark(headers: Headers, faults: list[FieldFault]) -> str | None:
    text = headers.get(wire.CONSISTENCY_TOKEN)
    if not text:
        return None
    try:
        read_states(text)
    except BookmarkInvalid:
        detail = f"{quote(text)} is no consistency token; send one as a write returned it."
        faults.append(FieldFault(wire.CONSISTENCY_TOKEN, Title.INVALID_TOKEN, detail))
    return text


def check_media_type(headers: Headers) -> None:
    """Raises MediaTypeUnusable unless the body is labelled as uncompressed JSON in UTF-8 (autodesk 2.3)."""
    encoding = ", ".join(headers.getlist("content-encoding"))
    if not _JSON.fullmatch(", ".join(headers.getlist("content-type"))) or encoding.lower() not in ("", "identity"):
        raise MediaTypeUnusable("not plain application/json")


def read_query(query: bytes, names: Iterable[str], faults: list[FieldFault]) -> dict[str, str]:
    """The parameters with these names, whatever their letter case; "" only for a continuation token (autodesk 2.4).

    Unknown names are ignored, but what can't be decoded might have been a known one.
    """
    spellings = {name.lower(): name for name in names}
    found: dict[str, str] = {}
    for pair in filter(None, query.split(b"&")):
        name, value = (_decode(part) for part in pair.partition(b"=")[::2])
        if name is None or value is None:
            raw_name, _, raw_value = pair.decode("latin-1").partition("=")
            detail = f"{quote(raw_value)} can't be percent-decoded to text."
            faults.append(FieldFault(_cut(raw_name), Title.INVALID_VALUE, detail))
            continue
        known = spellings.get(name.lower())
        if known is None:
            continue
        if known in found:
            faults.append(FieldFault(known, Title.INVALID_VALUE, f"{quote(value)} is a second value; send one."))
        elif not value and known != "continuationToken":
            faults.append(FieldFault(known, Title.TOO_SHORT, "'' is no value; send one or leave the parameter out."))
        found.setdefault(known, value)
    return found


def _decode(raw: bytes) -> str | None:
    if _BROKEN_ESCAPE.search(raw):
        return None
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def read_search(given: Mapping[str, str], faults: list[FieldFault]) -> tuple[Criteria, Paging]:
    """What a search asks for (autodesk 7.3)."""
    near, far = (_read_side(given, names, faults) for names in SIDES)
    _demand_qualifiers(given, faults)
    after, before = (_read_instant(given, name, faults) for name in ("createdAfter", "createdBefore"))
    paging = read_paging(given, faults)
    return Criteria(near, far, after, before, paging.life), paging


def _read_side(given: Mapping[str, str], names: Sequence[str], faults: list[FieldFault]) -> tuple[Pattern, ...]:
    for name, part in zip(names, wire.MAX_LENGTHS, strict=True):
        check_length(given.get(name, ""), part, name, faults)
    said = [given[name] for name in names if name in given]
    return (Pattern(*said),) if said else ()


def check_length(text: str, part: str, place: str, faults: list[FieldFault]) -> bool:
    """Whether ``text`` is short enough for this part of an entity."""
    longest = wire.MAX_LENGTHS[part]
    if len(text) > longest:
        detail = f"{quote(text)} has {len(text)} characters; send at most {longest}."
        faults.append(FieldFault(place, Title.TOO_LONG, detail))
    return len(text) <= longest


def _demand_qualifiers(given: Mapping[str, str], faults: list[FieldFault]) -> None:
    """Every absent ancestor of what is given is named, once (autodesk 7.3)."""
    ancestors = {
        "type": ("domain",),
        "id": ("type", "domain"),
        "withDomain": ("domain",),
        "withType": ("withDomain", "domain"),
        "withId": ("withType", "withDomain", "domain"),
    }
    missing = {ancestor: name for name in reversed(ancestors) if name in given for ancestor in ancestors[name]}
    for ancestor, name in missing.items():
        if ancestor not in given:
            detail = f"{name} {quote(given[name])} says nothing without {ancestor}; send both."
            faults.append(FieldFault(ancestor, Title.MISSING_QUALIFIER, detail))


def read_paging(given: Mapping[str, str], faults: list[FieldFault]) -> Paging:
    """What search and intersect share (autodesk 7.3, 7.4)."""
    include, only = (_read_boolean(given, name, faults) for name in ("includeDeleted", "onlyDeleted"))
    if only and not include:
        detail = "'true' needs includeDeleted=true beside it; send both."
        faults.append(FieldFault("onlyDeleted", Title.MISSING_QUALIFIER, detail))
    life = Life.DELETED if only else Life.ALL if include else Life.LIVE
    token = given.get("continuationToken", "")
    if token and not _CONTINUATION.fullmatch(token):
        faults.append(refuse_continuation(token))
    return Paging(life, _read_limit(given, faults), token)


def refuse_continuation(token: str) -> FieldFault:
    """Why a continuation token is not taken."""
    detail = f"{quote(token)} does not continue this call; send the token of the page before, with the same criteria."
    return FieldFault("continuationToken", Title.INVALID_TOKEN, detail)


def _read_boolean(given: Mapping[str, str], name: str, faults: list[FieldFault]) -> bool:
    text = given.get(name) or "false"
    if text.lower() not in ("true", "false"):
        faults.append(FieldFault(name, Title.INVALID_VALUE, f"{quote(text)} is neither true nor false."))
    return text.lower() == "true"


def _read_limit(given: Mapping[str, str], faults: list[FieldFault]) -> int:
    text = given.get("pageLimit") or str(wire.MAX_PAGE)
    if not _INTEGER.fullmatch(text) or not int(text):
        faults.append(
            FieldFault("pageLimit", Title.INVALID_VALUE, f"{quote(text)} is no page size; send 1 to {wire.MAX_PAGE}.")
        )
        return wire.MAX_PAGE
    return min(int(text), wire.MAX_PAGE)


def _read_instant(given: Mapping[str, str], name: str, faults: list[FieldFault]) -> int | None:
    text = given.get(name)
    if not text:
        return None
    try:
        return read_instant(text)
    except (ValueError, OverflowError):
        detail = f"{quote(text)} is no date-time; send one like 2026-03-09T10:15:30Z."
        faults.append(FieldFault(name, Title.INVALID_VALUE, detail))
        return None


def read_instant(text: str) -> int:
    """The instant of a date-time (autodesk 2.4); raises ValueError or OverflowError for any other text."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    date, time, fraction, sign, hours, minutes = match.groups()
    local = datetime.fromisoformat(f"{date}T{time or '00:00:00'}+00:00")
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    if hours is not None:
        if int(hours) > 23 or int(minutes) > 59:
            raise ValueError(text)
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        local = local + ahead if sign == "-" else local - ahead
    return (local - _EPOCH) // _MICROSECOND + micros


def open_walk(walk: Walk, paging: Paging) -> Continuation | None:
    """Where the walk goes on, None for its first page. Raises BadInput for a token of any other walk (autodesk 8)."""
    if not paging.token:
        return None
    try:
        return walk.read(paging.token)
    except TokenUnusable:
        raise BadInput([refuse_continuation(paging.token)]) from None


def open_sync(signer: Signer, container: str, token: str) -> Marker:
    """What a sync token stands for. Raises BadInput for one that is not of this container (autodesk 9.2)."""
    try:
        return read_sync(signer, container, token)
    except TokenUnusable:
        detail = f"{quote(token)} is not a sync token of this container; begin a new copy with the filters you want."
        raise BadInput([FieldFault("syncToken", Title.INVALID_TOKEN, detail)]) from None


def read_text(value: Json, place: str, faults: list[FieldFault]) -> str | None:
    """A string of a body, or None; anything else is a fault."""
    if value is None or isinstance(value, str):
        return value
    faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not a string."))
    return None
