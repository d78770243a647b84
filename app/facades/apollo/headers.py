"""What a request says in its headers and query (apollo 2.1, 2.2)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl

from app.core.identity import read_uuid
from app.facades.faults import BadRequest, MediaTypeUnusable, PathUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

UPLOAD_PATH: Final = "/apollo/er/relationships"
ENTITY_PATHS: Final = ("/apollo/er/entities", "/apollo/entities")
STATUS_PATH: Final = "/apollo/status"
TRACKING_PATHS: Final = ("/relationships/erstatus", "/apollo/er/relationships/erstatus")
CANCEL_PATHS: Final = tuple(f"{path}/cancel" for path in TRACKING_PATHS)
VERSIONS: Final = ("1.0", "1.1", "1.2")
LONGEST_WAIT: Final = 30
USUAL_PAGE: Final = 100
LARGEST_PAGE: Final = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLLECTION = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?\Z")
_TOKEN_128 = re.compile(r"[!-~]{1,128}\Z")
_TOLD = re.compile(re.escape(STATUS_PATH) + r"/(?!logs\Z)[^/]+\Z")
_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?(Z|[+ -][0-9]{2}:?[0-9]{2})\Z",
    re.ASCII | re.IGNORECASE,
)
_PAGE_SIZE = re.compile(r"0{0,8}[1-9][0-9]{0,3}\Z", re.ASCII)
_PREFERENCE = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*(?:;[^,]*)?\Z')
_BETWEEN_PREFERENCES = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*\Z)')


class HeaderMalformed(BadRequest):
    """A header is missing, doubled or malformed; the message names it."""


class QueryMalformed(BadRequest):
    """A query parameter is missing, doubled or malformed; the message names it."""


class BodyEmpty(BadRequest):
    """The body is an array without items."""


class FormNotOffered(BadRequest):
    """A form of the operation that this service does not offer."""


class Upload(NamedTuple):
    """What an upload says outside of its body. ``target``: path and query; ``key``: its Operation-Id.

    ``at_once``: the caller waits for what becomes of each item.
    """

    collection: str
    key: str | None
    target: bytes
    at_once: bool


class Reading(NamedTuple):
    """What a read asks for. ``bookmark``: its consistency token; ``extended``: it wants what v 1.2 adds to entities.

    ``query`` holds the parameters that were asked for, as they were sent.
    """

    collection: str
    with_system_data: bool
    bookmark: str | None
    extended: bool
    query: Mapping[str, str]


class Paging(NamedTuple):
    """At most how many elements an answer holds, and the token of the page before."""

    limit: int
    token: str | None


def read_upload(request: Request) -> Upload:
    """Where an upload goes and how; raises HeaderMalformed, QueryMalformed and FormNotOffered."""
    collection = read_collection(request)
    at_once = is_synchronous(request)
    key = None if at_once else read_operation_id(request)
    read_query(request)
    if "filename" in request.headers:
        raise FormNotOffered("The import of files is not offered")
    return Upload(collection, key, f"{read_path(request)}?".encode() + request.scope["query_string"], at_once)


def read_reading(request: Request, *names: str) -> Reading:
    """What a read asks for, with the query parameters ``names``; raises HeaderMalformed and QueryMalformed."""
    return read_reading_of(request, read_collection(request), *names)


def read_reading_of(request: Request, collection: str, *names: str) -> Reading:
    """The same for a read that names its collection otherwise."""
    query = read_query(request, *names)
    with_system_data = query.get("includeSystemData", "").lower() == "true"
    bookmark = request.headers.get("x-consistency-token")
    return Reading(collection, with_system_data, bookmark, query.get("v") == "1.2", query)


def read_id(request: Request) -> str:
    """The id in the path; raises PathUnknown for the one that the alias of the entities can't have (apollo 1)."""
    id: str = request.path_params["id"]
    if id == "filename" and read_path(request).startswith(f"{ENTITY_PATHS[1]}/"):
        raise PathUnknown
    return id


def read_queried_id(query: Mapping[str, str]) -> str:
    """The id of the one object that a read asks for in its query, where nothing else may filter; raises QueryMalformed."""
    if not query["id"]:
        raise QueryMalformed("The parameter id must not be empty")
    other = next((name for name in query if name.startswith("$")), None)
    if other is not None:
        raise QueryMalformed(f"The parameter {other} is not known beside id")
    return query["id"]


def read_paging(request: Request, size: str = "PageSize", token: str = "continuationToken") -> Paging:
    """How a list is paged, by the headers of these names; raises HeaderMalformed (apollo 6.1)."""
    limit, after = _get_one(request, size), _get_one(request, token)
    if limit is not None and not is_page_size(limit):
        raise HeaderMalformed(f"The header {size} must be a number from 1 to {LARGEST_PAGE}")
    return Paging(USUAL_PAGE if limit is None else int(limit), after)


def is_page_size(text: str) -> bool:
    """Whether it is a number of elements that a page may have."""
    return _PAGE_SIZE.match(text) is not None and int(text) <= LARGEST_PAGE


def _get_one(request: Request, name: str) -> str | None:
    sent = request.headers.getlist(name)
    if len(sent) > 1:
        raise HeaderMalformed(f"The header {name} must be sent once")
    return sent[0] if sent else None


def read_naming(request: Request, id: str | None) -> tuple[str, str]:
    """The collection and the id that a deletion names, in its path or else in its query; raises as a read does."""
    collection = read_collection(request)
    query = read_query(request, *(() if id is not None else ("id",)))
    named = query.get("id") if id is None else id
    if not named:
        raise QueryMalformed("The parameter id must be sent and must not be empty")
    return collection, named


def is_tracking(request: Request) -> bool:
    """Whether the request asks how far another one has come."""
    path = read_path(request)
    return path in TRACKING_PATHS or _TOLD.match(path) is not None


def speaks_legacy(request: Request) -> bool:
    """Whether answers to this request wear the legacy envelope, errors included (apollo 3)."""
    path = read_path(request)
    if path in TRACKING_PATHS or path in CANCEL_PATHS:
        return True
    if path != UPLOAD_PATH or request.method != "POST":
        return False
    return not _says(request, "false") and _list_values(request, "v") in ([], ["1.0"])


def read_path(request: Request) -> str:
    """The path as it came, without the one trailing slash that is ignored."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").removesuffix("/")


def read_collection(request: Request) -> str:
    """The collection that the request is about; raises HeaderMalformed."""
    sent = request.headers.getlist("ercollectionid")
    if len(sent) != 1 or not is_collection_id(sent[0]):
        raise HeaderMalformed("The header ercollectionid must be sent once, with 1 to 128 printable ASCII characters")
    return sent[0]


def is_collection_id(text: str) -> bool:
    """Whether a collection may have this id: 1-128 of U+0020 to U+007E, no space at either end."""
    return _COLLECTION.match(text) is not None


def is_synchronous(request: Request) -> bool:
    """Whether the caller waits for the items' outcomes; raises HeaderMalformed for an ``async`` that is no boolean.

    Absent means asynchronous, and so does ``Prefer: respond-async``, over which the header wins.
    """
    if request.headers.getlist("async") and not (_says(request, "true") or _says(request, "false")):
        raise HeaderMalformed("The header async must be true or false")
    return _says(request, "false")


def _says(request: Request, word: str) -> bool:
    sent = request.headers.getlist("async")
    return len(sent) == 1 and sent[0].lower() == word


def read_preferences(request: Request) -> dict[str, str]:
    """The preferences by lower-case name, the first of equals (RFC 7240); what can't be read is left out."""
    found: dict[str, str] = {}
    for part in _BETWEEN_PREFERENCES.split(", ".join(request.headers.getlist("prefer"))):
        match = _PREFERENCE.match(part)
        if match:
            found.setdefault(match[1].lower(), re.sub(r"\\(.)", r"\1", (match[2] or "").strip('"')))
    return found


def read_wait(request: Request) -> int | None:
    """How many seconds, at most LONGEST_WAIT, the caller would wait for a final state; None where it doesn't say."""
    wait = read_preferences(request).get("wait", "")
    if not (wait.isascii() and wait.isdigit()):
        return None
    return LONGEST_WAIT if len(wait) > 4 else min(int(wait), LONGEST_WAIT)


def read_operation_id(request: Request) -> str | None:
    """The key under which a repeat is recognised; raises HeaderMalformed."""
    sent = request.headers.getlist("operation-id")
    if not sent:
        return None
    if len(sent) != 1 or not _TOKEN_128.match(sent[0]):
        raise HeaderMalformed("The header Operation-Id must be sent once, with 1 to 128 visible ASCII characters")
    return sent[0]


def read_correlation(request: Request) -> str:
    """The caller's id for a chain of requests, or a GUID of ours; the same for every call about one request."""
    known: str | None = getattr(request.state, "correlation", None)
    if known is None:
        sent = request.headers.get("x-correlation-id", "")
        known = request.state.correlation = sent if _TOKEN_128.match(sent) else str(uuid.uuid4())
    return known


def read_authorization(request: Request) -> str | None:
    """The header that carries the token: some pages of the format print ``Authentication`` for it."""
    return request.headers.get("authorization", request.headers.get("authentication"))


def check_media(request: Request) -> None:
    """Raises MediaTypeUnusable unless the body is plain JSON in UTF-8."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charsets = re.findall(r'(?:^|;)\s*charset\s*=\s*"?([^";\s]*)', parameters, re.IGNORECASE)
    if kind.strip().lower() != "application/json" or any(charset.lower() != "utf-8" for charset in charsets):
        raise MediaTypeUnusable("The body must be application/json in UTF-8")
    encodings = request.headers.getlist("content-encoding")
    if any(encoding.strip().lower() != "identity" for encoding in encodings):
        raise MediaTypeUnusable("An encoded body is not taken")


def read_query(request: Request, *names: str) -> dict[str, str]:
    """The parameters ``names``, ``v`` and ``includeSystemData`` as far as they were sent, under these spellings.

    Raises QueryMalformed for one that is given twice, for a bad ``v`` or ``includeSystemData``, and for an unknown name
    that begins with ``$``: ignoring a filter would answer with wrong data.
    """
    known = {name.lower(): name for name in (*names, "v", "includeSystemData")}
    found: dict[str, str] = {}
    for sent, value in _list_parameters(request):
        name = known.get(sent.lower())
        if name is None and sent.startswith("$"):
            raise QueryMalformed(f"The parameter {sent[:100]} is not known here")
        if name is None:
            continue
        if name in found:
            raise QueryMalformed(f"The parameter {name} must be sent once")
        found[name] = value
    _check_common(found)
    return found


def _check_common(found: Mapping[str, str]) -> None:
    if found.get("v", "1.0") not in VERSIONS:
        raise QueryMalformed("The parameter v must be 1.0, 1.1 or 1.2")
    if found.get("includeSystemData", "false").lower() not in ("true", "false"):
        raise QueryMalformed("The parameter includeSystemData must be true or false")


def read_number(query: Mapping[str, str], name: str) -> int | None:
    """A number of a query, None where it is not sent; raises QueryMalformed."""
    sent = query.get(name)
    if sent is not None and not _NUMBER.match(sent):
        raise QueryMalformed(f"The parameter {name} must be a number")
    return None if sent is None else int(sent)


def read_limit(query: Mapping[str, str], usual: int = USUAL_PAGE) -> int:
    """How many elements an answer holds at most, by the parameter ``limit``; raises QueryMalformed."""
    sent = query.get("limit")
    if sent is not None and not is_page_size(sent):
        raise QueryMalformed(f"The parameter limit must be a number from 1 to {LARGEST_PAGE}")
    return usual if sent is None else int(sent)


def read_instant(query: Mapping[str, str], name: str) -> int | None:
    """An instant of a query in microseconds, None where it is not sent; raises QueryMalformed.

    A blank before the offset is a ``+`` that was not percent-encoded (apollo 8.4).
    """
    sent = query.get(name)
    if sent is None:
        return None
    match = _INSTANT.match(sent)
    try:
        if match is None:
            raise ValueError(sent)
        offset = match[3].replace(" ", "+").upper()
        moment = datetime.fromisoformat(f"{match[1].upper()}{offset}")
    except ValueError:
        raise QueryMalformed(f"The parameter {name} must be an ISO 8601 instant with an offset") from None
    micros = int((match[2] or "").ljust(6, "0")[:6])
    return (moment - _EPOCH) // timedelta(microseconds=1) + micros


def read_request_id(query: Mapping[str, str]) -> str:
    """The id of the upload that is asked about, in lower case; raises QueryMalformed."""
    id = read_uuid(query.get("RequestId", ""))
    if id is None:
        raise QueryMalformed("The parameter RequestId must be a GUID")
    return id


def _list_parameters(request: Request) -> list[tuple[str, str]]:
    try:
        text: str = request.scope["query_string"].decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        raise QueryMalformed("The query is not percent-encoded UTF-8") from None


def _list_values(request: Request, name: str) -> list[str]:
    try:
        return [value for sent, value in _list_parameters(request) if sent.lower() == name]
    except QueryMalformed:
        return [""]
