"""Every answer's envelope, and every error's status, code and words (apollo 3).

Status codes of this format stand here and nowhere else.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from app.core import errors
from app.facades import faults
from app.facades.apollo import wire
from app.facades.apollo.headers import (
    STATUS_PATH,
    TRACKING_PATHS,
    BodyEmpty,
    FormNotOffered,
    HeaderMalformed,
    QueryMalformed,
    is_tracking,
    read_correlation,
    read_preferences,
    speaks_legacy,
)
from app.facades.strict import JsonFault
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import MutableHeaders
    from starlette.requests import Request

    from app.core.jobs import Job

MOST_ECHOED: Final = 200


class Face(NamedTuple):
    """How a kind of error looks. ``text`` None: the error's own words, which are ours and safe to send."""

    status: int
    code: str
    text: str | None = None


OK: Final = "OK"
FORBIDDEN: Final = Face(
    403, "CollectionForbidden", "The collection does not exist or you have no right to do this in it"
)
_CONFLICT: Final = Face(409, "Conflict", "A stored object stands in the way")
_AWAY: Final = Face(503, "Unavailable", "The service can't do this now; try again later")
_DEFECT: Final = Face(500, "Internal", "The service failed; nothing is known to be wrong with the request")

# The nearest class of an error's ancestry decides.
FACES: Final[Mapping[type[Exception], Face]] = {
    errors.TokenMissing: Face(401, "Unauthorized", "A bearer token is required"),
    errors.TokenInvalid: Face(401, "Unauthorized", "The bearer token is not valid"),
    errors.TokenExpired: Face(401, "Unauthorized", "The bearer token has expired"),
    errors.NotAuthenticated: Face(401, "Unauthorized", "The caller is not known"),
    errors.ScopeMissing: Face(403, "InsufficientScope", "The token lacks a scope of this operation"),
    errors.NotAllowed: FORBIDDEN,
    errors.NotFound: Face(404, "NotFound", "No such object"),
    errors.JobMissing: Face(404, "NotFound", "No such request"),
    errors.SpaceGone: Face(404, "NotFound", "The collection was deleted"),
    errors.GrantMissing: Face(404, "NotFound", "The principal has no such permission"),
    errors.SpaceTaken: Face(409, "Conflict", "A collection has, or had, this id"),
    errors.SpaceBusy: Face(409, "Conflict", "The collection has unfinished requests, or is the one that always stays"),
    errors.OwnerMissing: Face(400, "LastOwner", "A collection keeps at least one owner"),
    errors.GrantsFull: Face(400, "MalformedBody", "The list has more than 1,000 entries"),
    errors.EntityMissing: Face(404, "NotFound", "No such entity"),
    errors.RelationshipMissing: Face(404, "NotFound", "No such relationship"),
    errors.ReferenceInUse: Face(409, "EntityInUse", "A live relationship names the entity"),
    errors.Conflicting: _CONFLICT,
    errors.NotChangeable: _CONFLICT,
    errors.Precondition: _CONFLICT,
    errors.NotOffered: Face(400, "NotOffered", "Outside what may be used here"),
    errors.ItemInvalid: Face(400, "MalformedBody", None),
    errors.FindingEnforced: Face(400, "MalformedBody", None),
    errors.ItemFailed: _DEFECT,
    errors.KeyReused: Face(400, "OperationIdReused", "The Operation-Id came before with another request"),
    errors.RateExceeded: Face(429, "RateLimited", "Too much of yours is unfinished; try again later"),
    errors.QueueFull: _AWAY,
    errors.TooMuch: _AWAY,
    errors.StoreAway: _AWAY,
    errors.BookmarkInvalid: Face(400, "MalformedHeader", "The X-Consistency-Token can't be read"),
    errors.TercetError: _DEFECT,
    faults.PathUnknown: Face(404, "NotFound", "No such path"),
    faults.MethodNotAllowed: Face(405, "MethodNotAllowed", "The path does not take this method"),
    faults.TargetTooLong: Face(400, "MalformedQuery", None),
    faults.BodyTooLarge: Face(413, "TooLarge", None),
    faults.TooManyItems: Face(413, "TooManyItems", None),
    faults.MediaTypeUnusable: Face(415, "UnsupportedMediaType", None),
    faults.NotAcceptable: Face(400, "MalformedHeader", "Nothing that you accept could be sent"),
    faults.BadRequest: Face(400, "MalformedQuery", None),
    HeaderMalformed: Face(400, "MalformedHeader", None),
    QueryMalformed: Face(400, "MalformedQuery", None),
    BodyEmpty: Face(400, "MalformedBody", None),
    FormNotOffered: Face(400, "NotOffered", None),
    JsonFault: Face(400, "MalformedBody", None),
    faults.Fault: _DEFECT,
}


def render_error(error: Exception, request: Request) -> Response:
    """The answer to a request that failed, in the envelope that this request is answered in."""
    exchange = current()
    exchange.format, exchange.error = "apollo", error
    face = next(FACES[kind] for kind in type(error).__mro__ if kind in FACES)
    message = cut(face.text or str(error))
    info = wire.ErrorInfo(code=face.code, message=message)
    if isinstance(error, JsonFault):
        info.index, info.property = error.index, error.field and cut(error.field)
    return answer(request, face.status, message, {"errorInfo": [info]}, headers=_list_headers(error), infos=[info])


def answer(
    request: Request,
    status: int,
    message: str,
    data: Any,
    *,
    code: str | None = None,
    transaction: str | None = None,
    headers: Mapping[str, str] | None = None,
    infos: Sequence[wire.ErrorInfo] = (),
    token: str | None = None,
) -> Response:
    """An answer in the request's envelope; the legacy one has no place for ``data`` and ``transaction``.

    ``data`` that is a list gets its paging, with the ``token`` of the next page. ``infos`` are what the legacy envelope
    says instead of ``data``.
    """
    body: wire.Legacy | wire.Platform
    if speaks_legacy(request):
        body = wire.Legacy(result=int(status < 400), message=message, errorInfo=list(infos))
    else:
        head = wire.Status(message, code or str(status))
        paging = wire.Paging(len(data), token) if isinstance(data, list) else None
        body = wire.Platform(head, transaction or str(uuid.uuid4()), data, paging)
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def answer_found(
    request: Request, objects: Sequence[Any], token: str | None = None, *, code: str | None = None
) -> Response:
    """Objects that were asked for, and the token of the next page; rows 12 to 16 say their ``code`` in letters."""
    return answer(request, 200, "Success", list(objects), code=code, token=token)


def answer_bare(objects: Sequence[Any], token: str | None) -> Response:
    """Objects without an envelope; the token of the next page is a header (apollo 6.3)."""
    sent = {} if token is None else {"continuationToken": token}
    return Response(msgspec.json.encode(objects), 200, sent, "application/json")


def answer_accepted(request: Request, job: Job, base: str, legacy_status: int) -> Response:
    """The promise that an upload will be carried out, and where to ask for it (apollo 5.2, 5.3)."""
    legacy = speaks_legacy(request)
    if legacy:
        link = place = f"{base}{TRACKING_PATHS[0]}?RequestId={job.request_id}"
    else:
        link = f"{base}/apollo/status/logs?transactionid={job.transaction_id}"
        place = f"{base}{STATUS_PATH}/{job.transaction_id}"
    message = f"Request {job.request_id} is processed and can be tracked by URL {link}"
    sent = {"Location": place, "Operation-Location": place, "Retry-After": "1"}
    if "respond-async" in read_preferences(request):
        sent["Preference-Applied"] = "respond-async"
    if job.bookmark:
        sent["X-Consistency-Token"] = job.bookmark
    status = legacy_status if legacy else 202
    return answer(request, status, message, {}, transaction=job.transaction_id, headers=sent)


def answer_progress(request: Request, job: Job, progress: wire.Tracking, wait: int | None) -> Response:
    """How far a request has come, or that this is what the caller knows already (apollo 8.2)."""
    return _answer_told(request, job, msgspec.json.encode(progress), wait)


def answer_record(request: Request, job: Job, record: wire.RequestRecord, wait: int | None) -> Response:
    """The record of a request, under the request's own transaction id: equal states have equal bytes (apollo 8.4)."""
    body = wire.Platform(wire.Status("Success", "OK"), job.transaction_id, record)
    return _answer_told(request, job, msgspec.json.encode(body), wait)


def answer_settled(request: Request, noun: str, responses: wire.Responses, transaction: str, bookmark: str) -> Response:
    """What became of the items of a synchronous upload (apollo 5.4); ``noun`` is the plural of what it upserts."""
    message = f"Total number of {noun} Upserted:  {len(responses.success)}."
    sent = {"X-Consistency-Token": bookmark} if bookmark else None
    return answer(request, 207, message, {"responses": responses}, transaction=transaction, headers=sent)


def show_responses(
    results: Sequence[wire.ItemResult], ids: Sequence[str | None], noun: str, base: str, transaction: str
) -> wire.Responses:
    """What became of each item, with the link by which it is found again; ``ids`` as they were sent."""
    shown = wire.Responses([], [])
    for index, (result, id) in enumerate(zip(results, ids, strict=True)):
        named = "" if id is None else f"{noun.lower()}id={quote(id, safe='')}&"
        link = f"{base}{STATUS_PATH}/logs?{named}transactionid={transaction}"
        if result.code is None:
            text, word = f"{noun} upserted successfully", str(result.result)
            shown.success.append(wire.Success(id, text, link, index, word, result.warnings))
        else:
            failure = wire.Failure(id, str(result.message), link, index, result.code, result.property)
            shown.failure.append(failure)
    return shown


def bind(bookmark: str) -> dict[str, str]:
    """The header that names the state which holds what was written."""
    return {"X-Consistency-Token": bookmark} if bookmark else {}


def answer_deleted(
    request: Request, noun: str, warnings: Sequence[wire.Warning], transaction: str, bookmark: str
) -> Response:
    """The word that an object is gone, and what a check of the collection noticed about that (apollo 7)."""
    sent = {"X-Consistency-Token": bookmark} if bookmark else None
    data = {"warnings": warnings} if warnings else {}
    return answer(request, 200, f"{noun} deleted", data, transaction=transaction, headers=sent)


def _answer_told(request: Request, job: Job, body: bytes, wait: int | None) -> Response:
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    sent = {"ETag": tag}
    if not job.state.final:
        sent["Retry-After"] = "1"
    elif job.bookmark:
        sent["X-Consistency-Token"] = job.bookmark
    if wait is not None:
        sent["Preference-Applied"] = f"wait={wait}"
    if request.method != "POST" and _knows_tag(request, tag):
        return Response(status_code=304, headers=sent, media_type="application/json")
    return Response(body, 200, sent, "application/json")


def stamp(request: Request, headers: MutableHeaders) -> None:
    """Labels an answer: its chain of requests, and whether it may be kept by caches (apollo 2.1)."""
    headers["x-correlation-id"] = read_correlation(request)
    tracking = request.method in ("GET", "HEAD") and is_tracking(request)
    headers["Cache-Control"] = "private, no-cache" if tracking else "no-store"


def cut(text: str) -> str:
    """The text as far as it is echoed: answers to faulty requests stay small."""
    return text if len(text) <= MOST_ECHOED else text[: MOST_ECHOED - 1] + "…"


def _knows_tag(request: Request, tag: str) -> bool:
    known = ", ".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in known.split(","))


def _list_headers(error: Exception) -> dict[str, str]:
    if isinstance(error, errors.TokenMissing):
        return {"WWW-Authenticate": 'Bearer realm="tercet"'}
    if isinstance(error, errors.NotAuthenticated):
        return {"WWW-Authenticate": 'Bearer realm="tercet", error="invalid_token"'}
    if isinstance(error, errors.ScopeMissing):
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(error.scopes)}"'}
    if isinstance(error, faults.MethodNotAllowed):
        return {"Allow": ", ".join(error.allow)}
    if isinstance(error, errors.TooMuch | errors.StoreAway):
        return {"Retry-After": str(error.retry_after)}
    return {}
