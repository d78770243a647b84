"""Every error in Autodesk's one shape; the only place of this façade where status codes stand (autodesk 4.4)."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from starlette.responses import Response

from app.core import errors
from app.facades import faults
from app.facades.autodesk import wire
from app.facades.autodesk.parameters import BadInput, quote
from app.facades.autodesk.translate import PairsOutside
from app.facades.autodesk.wire import FieldFault, Title
from app.facades.strict import JsonFault
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from app.core.model import Entity
    from app.core.replicate import Outlook
    from app.facades.autodesk.bodies import StatusRequest

JSON: Final = "application/json"


class Verdict(NamedTuple):
    """What a class of errors is on this wire. ``detail`` is said where the error has nothing more exact to say."""

    status: HTTPStatus
    type: str
    title: str
    detail: str


_BAD_INPUT: Final = Verdict(
    HTTPStatus.BAD_REQUEST, "BadInput", "Bad input", "The request can't be understood; correct it and send it again."
)
_UNAUTHORIZED: Final = Verdict(
    HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized", "The token can't be verified; send one that is valid."
)
_NOT_FOUND: Final = Verdict(
    HTTPStatus.NOT_FOUND,
    "NotFound",
    "Not found",
    "This format has no such path; compare it with /bim360/relationship/v2/containers/{containerId}/relationships.",
)
_CONFLICT: Final = Verdict(
    HTTPStatus.CONFLICT, "Conflict", "Conflict", "A stored relationship stands in the way; read it, then decide anew."
)
_TOO_MANY_REQUESTS: Final = Verdict(
    HTTPStatus.TOO_MANY_REQUESTS,
    "TooManyRequests",
    "Too many requests",
    "Wait as long as Retry-After says, then repeat.",
)
_UNAVAILABLE: Final = Verdict(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "ServiceUnavailable",
    "Service unavailable",
    "The service can't answer now; repeat the call after the seconds that Retry-After says.",
)
_INTERNAL: Final = Verdict(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "InternalError",
    "Internal error",
    "This is a fault of the service; repeat the call, and if it stays, report it with the X-Request-Id.",
)

_NO_SYNC_TOKEN: Final = "This is not a sync token of this container; begin a new copy with the filters you want."

# The nearest class of an error counts. What falls to InternalError is caused by other formats only, never here.
VERDICTS: Final[Mapping[type[Exception], Verdict]] = MappingProxyType(
    {
        Exception: _INTERNAL,
        errors.NotAuthenticated: _UNAUTHORIZED,
        errors.TokenMissing: _UNAUTHORIZED._replace(detail="Send an Authorization header with a bearer token."),
        errors.TokenExpired: _UNAUTHORIZED._replace(detail="The token has expired; send a fresh one."),
        errors.ScopeMissing: Verdict(
            HTTPStatus.FORBIDDEN,
            "InsufficientScope",
            "Missing scope",
            "Send a token with every scope of the operation.",
        ),
        errors.PersonRequired: Verdict(
            HTTPStatus.FORBIDDEN,
            "UserTokenRequired",
            "User token required",
            "This service takes tokens of users only; send a three-legged token.",
        ),
        errors.RightMissing: Verdict(
            HTTPStatus.FORBIDDEN,
            "Forbidden",
            "No permission",
            "Your right on this container is too low for this operation; ask an owner of the container for it.",
        ),
        errors.PairNotWritable: Verdict(
            HTTPStatus.FORBIDDEN,
            "NotWritable",
            "Pair not writable",
            "Nothing was stored: some pairs of kinds may not be written here; leave out the items that `errors` names.",
        ),
        errors.SpaceUnknown: Verdict(
            HTTPStatus.NOT_FOUND,
            "ContainerNotFound",
            "Container not found",
            "There is no container of that id; check the id, or have the container created first.",
        ),
        errors.NotFound: _NOT_FOUND,
        errors.RelationshipMissing: Verdict(
            HTTPStatus.NOT_FOUND,
            "RelationshipNotFound",
            "Relationship not found",
            "This container has no relationship of that id; check both ids.",
        ),
        errors.EntityMissing: Verdict(
            HTTPStatus.NOT_FOUND,
            "EntityNotFound",
            "Entity not found",
            "Nothing was stored: this container takes recorded entities only; record those that `errors` names first.",
        ),
        errors.Conflicting: _CONFLICT,
        errors.ItemInvalid: _BAD_INPUT,
        errors.RateExceeded: _TOO_MANY_REQUESTS,
        errors.QueueFull: _UNAVAILABLE,
        errors.StoreAway: _UNAVAILABLE,
        errors.BookmarkInvalid: _BAD_INPUT,
        faults.PathUnknown: _NOT_FOUND,
        faults.MethodNotAllowed: Verdict(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "Method not allowed",
            "This path takes other methods; the header Allow lists them.",
        ),
        faults.TargetTooLong: Verdict(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            "UriTooLong",
            "Request target too long",
            f"Path and query together may have {wire.MAX_TARGET_BYTES} bytes; ask for less at once.",
        ),
        faults.BodyTooLarge: Verdict(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "PayloadTooLarge",
            "Body too large",
            "The body has more bytes than are taken; send fewer items at once.",
        ),
        faults.MediaTypeUnusable: Verdict(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            "Unsupported media type",
            "Send the body uncompressed, as Content-Type application/json in UTF-8.",
        ),
        faults.TooManyItems: _BAD_INPUT,
        faults.BadRequest: _BAD_INPUT,
    }
)


def answer(body: object, *, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; ``body`` is of ``wire`` shapes."""
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type=JSON)


def answer_status(asked: Sequence[StatusRequest], outlooks: Sequence[Outlook | None]) -> Response:
    """What a sync would do with each token; None for one that can't be used, which is no failure of the call."""
    results: list[wire.SyncState] = []
    failures: list[wire.SyncFailure] = []
    for (token, sent), outlook in zip(asked, outlooks, strict=True):
        reference = msgspec.UNSET if sent is None else sent
        if outlook is None:
            failures.append(wire.SyncFailure(_BAD_INPUT.type, _BAD_INPUT.title, _NO_SYNC_TOKEN, [], token, reference))
        else:
            results.append(wire.SyncState(token, *outlook, reference))
    return answer(wire.SyncStatusReport(results, failures))


def answer_write(body: object, bookmark: str) -> Response:
    """The answer to a write that was carried out, wholly or, with Conflicts, in part."""
    status = HTTPStatus.CONFLICT if isinstance(body, wire.Conflicts) else HTTPStatus.OK
    return answer(body, status=status, headers={wire.CONSISTENCY_TOKEN: bookmark})


def render_error(error: Exception, _request: Request) -> Response:
    """The answer to a call that failed with ``error``: a core error or a fault of HTTP."""
    exchange = current()
    exchange.format, exchange.error = "autodesk", error
    verdict = next(VERDICTS[cls] for cls in type(error).__mro__ if cls in VERDICTS)
    body = _cut_to_fit(verdict, list_field_faults(error))
    return answer(body, status=verdict.status, headers=faults.list_headers(error))


def _cut_to_fit(verdict: Verdict, found: Sequence[FieldFault]) -> wire.Error:
    """At most 40 inner errors and 64 KiB (autodesk 4.4); the detail tells how many there are in truth."""
    shown = [wire.FieldError(*fault, type=verdict.type) for fault in found[: wire.MAX_FIELD_ERRORS]]
    while True:
        body = wire.Error(verdict.type, verdict.title, _describe(verdict, len(found), len(shown)), shown)
        if not shown or len(msgspec.json.encode(body)) <= wire.MAX_ERROR_BYTES:
            return body
        shown.pop()


def _describe(verdict: Verdict, found: int, shown: int) -> str:
    if not found:
        return verdict.detail
    if verdict is _BAD_INPUT:
        count = "1 value" if found == 1 else f"{found} values"
        detail = f"{count} can't be used; correct what `errors` names and send the call again."
    else:
        detail = f"{verdict.detail} There {'is' if found == 1 else 'are'} {found}."
    return detail if found == shown else f"{detail} The first {shown} are listed."


def list_field_faults(error: Exception) -> Sequence[FieldFault]:
    """The fields that ``error`` blames, in request order; none where no field is to blame."""
    match error:
        case BadInput():
            return error.faults
        case JsonFault():
            return [_explain_json(error)]
        case PairsOutside():
            return [_explain_pair(*offending) for offending in error.offending]
        case errors.EntityMissing():
            return [_explain_missing(*missing) for missing in error.missing]
        case faults.TooManyItems():
            detail = f"The array holds more than {error.limit} items; send the rest in further calls."
            return [FieldFault("body", Title.TOO_MANY, detail)]
        case errors.BookmarkInvalid():
            detail = "This is no consistency token of this service; send one as a write returned it."
            return [FieldFault(wire.CONSISTENCY_TOKEN, Title.INVALID_TOKEN, detail)]
        case _:
            return ()


def _explain_json(fault: JsonFault) -> FieldFault:
    if fault.reason == "not_an_array":
        return FieldFault("body", Title.WRONG_TYPE, "The body is not an array; send the items in one, bare.")
    if fault.reason == "not_an_object":
        return FieldFault("body", Title.WRONG_TYPE, "The body is not an object; send one, bare.")
    field = quote(fault.field)[1:-1] if fault.field else "body"
    return FieldFault(field, Title.INVALID_JSON, f"Not taken as JSON: {fault}; correct the text.")


def _explain_pair(index: int, one: Entity, other: Entity) -> FieldFault:
    kinds = " and ".join(f"{quote(end.domain)} {quote(end.type)}" for end in (one, other))
    return FieldFault(f"[{index}]", Title.NOT_WRITABLE, f"{kinds} may not be related here; leave this item out.")


def _explain_missing(item: int, end: int, entity: Entity) -> FieldFault:
    named = ", ".join(map(quote, entity))
    return FieldFault(
        f"[{item}].entities[{end}]", Title.NOT_FOUND, f"{named} is not recorded; record it or correct it."
    )
