"""Every error in this format's shape; the only place of this façade where status codes stand (sas 4.6, 5)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from app.core import errors
from app.core.facts import FactsShort
from app.core.identity import sas_spelling
from app.core.model import Refused
from app.core.queue import ClaimLost, PartChanged
from app.core.store import SpaceAppeared
from app.facades import faults
from app.facades.sas import wire
from app.facades.sas.faults import (
    DepthInvalid,
    FilterArgumentsInvalid,
    FilterFunctionUnknown,
    FilterMalformed,
    IdMismatch,
    ListTooSlow,
    MemberInvalid,
    OperationUnclear,
    ParameterInvalid,
    PatchInvalid,
    SortKeyUnknown,
    SortKeyUnsortable,
    SortMalformed,
    SortOptionUnknown,
    TypeMissing,
    WalkTooWide,
)
from app.facades.strict import JsonFault
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request

MAX_ECHO: Final = 200
MAX_SENTENCES: Final = 20

# As RFC 9110 and RFC 6585 name them; what the standard library says depends on its version.
PHRASES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        406: "Not Acceptable",
        409: "Conflict",
        412: "Precondition Failed",
        413: "Content Too Large",
        414: "URI Too Long",
        415: "Unsupported Media Type",
        428: "Precondition Required",
        429: "Too Many Requests",
        500: "Internal Server Error",
        503: "Service Unavailable",
    }
)

# By status or by error code (sas 4.6).
REMEDIES: Final[Mapping[int, str]] = MappingProxyType(
    {
        10630: "Lower depth, name fewer subjects, or choose one direction.",
        406: "Leave Accept and Accept-Item out, or name application/json in them.",
        413: "Send fewer items or a smaller body in one call.",
        415: "Send UTF-8 JSON without Content-Encoding, labelled with the media type of the operation.",
        428: "Send If-Unmodified-Since with the time at which the relationships were read, or use onConflict=ignore.",
    }
)


def cut(text: str) -> str:
    """At most 200 characters of what the caller sent (sas 4.6)."""
    return text if len(text) <= MAX_ECHO else text[: MAX_ECHO - 1] + "…"


class Verdict(NamedTuple):
    """What a class of errors is on this wire; ``sentence`` says it of one error."""

    status: int
    code: int
    sentence: Callable[[Any], str]


def _always(sentence: str) -> Callable[[Any], str]:
    return lambda _: sentence


def _say_itself(error: Exception) -> str:
    return cut(str(error))


def _say_json(fault: JsonFault) -> str:
    place = "" if fault.field is None else f" ({cut(fault.field)})"
    return f"The body can't be used: {fault}{place}."


def _say_missing(error: errors.RelationshipMissing) -> str:
    return f"There is no relationship {', '.join(map(cut, error.ids[:MAX_SENTENCES]))}."


def _say_taken(error: errors.ReferenceTaken) -> str:
    return f'The resource URI "{cut(sas_spelling(error.actual))}" already has a reference.'


def _say_related(error: errors.Conflicting) -> str:
    return f"The two ends are already related: {error.actual.id}"


_DEFECT = Verdict(500, 10628, _always("The service failed; nothing was written. Report it with the correlator."))
_NO_RIGHT = Verdict(403, 10625, _always("There is no such space, or the caller has no sufficient right on it."))
_AWAY = Verdict(503, 10627, _always("The store does not answer now; repeat the call after Retry-After seconds."))
_BUSY = Verdict(429, 10626, _always("The caller asks too often; repeat the call after Retry-After seconds."))
_RELATED = Verdict(409, 10610, _say_related)
# No operation of this format administers spaces.
_SPACE_STAYS = Verdict(409, 10607, _always("The space can't be changed so."))

# The nearest class of an error counts. Rows that only other formats' rules can cause are kept honest all the same.
VERDICTS: Final[Mapping[type[Exception], Verdict]] = MappingProxyType(
    {
        Exception: _DEFECT,
        errors.StoreDefect: _DEFECT,
        FactsShort: _DEFECT,
        SpaceAppeared: _DEFECT,
        ClaimLost: _DEFECT,
        PartChanged: _DEFECT,
        faults.Defect: _DEFECT,
        errors.TokenMissing: Verdict(401, 10624, _always("The call needs a bearer token.")),
        errors.TokenExpired: Verdict(401, 10624, _always("The access token expired.")),
        errors.TokenInvalid: Verdict(401, 10624, _always("The access token is invalid.")),
        errors.ScopeMissing: Verdict(403, 10625, lambda e: f"The token lacks a scope of {' '.join(e.scopes)}."),
        errors.PersonRequired: Verdict(403, 10625, _always("The call needs the token of a person.")),
        errors.SpaceUnknown: _NO_RIGHT,
        errors.RightMissing: _NO_RIGHT,
        errors.PairNotWritable: Verdict(403, 10625, _always("The space does not offer this pair of resources.")),
        errors.RelationshipMissing: Verdict(404, 10611, _say_missing),
        errors.ReferenceMissing: Verdict(404, 10602, lambda e: f"There is no reference {cut(e.id)}."),
        errors.EntityMissing: Verdict(404, 10602, _always("An end has no reference.")),
        errors.ReferenceMismatch: Verdict(400, 10601, _always("The URI and the reference id of an end disagree.")),
        errors.JobMissing: Verdict(404, 10622, _always("There is no such job.")),
        errors.SpaceGone: _NO_RIGHT,
        errors.GrantMissing: Verdict(404, 10622, _always("There is no such entry.")),
        errors.SpaceTaken: _SPACE_STAYS,
        errors.SpaceBusy: _SPACE_STAYS,
        errors.OwnerMissing: _SPACE_STAYS,
        errors.GrantsFull: _SPACE_STAYS,
        errors.IdTaken: _RELATED,
        errors.PairTaken: _RELATED,
        errors.WrittenBefore: _RELATED,
        errors.FieldFrozen: Verdict(400, 10612, lambda e: f"The member {show_field(e.field)} can't be changed."),
        errors.EndsFrozen: Verdict(400, 10612, _always("The ends of a relationship can't be changed.")),
        errors.NotRevivable: Verdict(400, 10612, _always("A deleted relationship can't be changed.")),
        errors.ReferenceRenamed: Verdict(400, 10604, _always("The resourceUri of a reference can't be changed.")),
        errors.ReferenceForeign: Verdict(409, 10607, _always("The reference belongs to another format.")),
        errors.ReferenceTaken: Verdict(409, 10603, _say_taken),
        errors.ReferenceInUse: Verdict(409, 10605, _always("A relationship has the reference as an end.")),
        errors.PreconditionMissing: Verdict(428, 10617, _always("An update needs the header If-Unmodified-Since.")),
        errors.PreconditionFailed: Verdict(412, 10616, _always("It was modified since it was read.")),
        errors.TypeNotOffered: Verdict(400, 10614, lambda e: f"The type {cut(e.type)} is not one of the seven."),
        errors.TooManyTypes: Verdict(400, 10614, lambda e: f"The space has its {e.limit} {e.kind} types already."),
        errors.ItemInvalid: Verdict(400, 10601, _say_itself),
        MemberInvalid: Verdict(400, 10601, _say_itself),
        IdMismatch: Verdict(400, 10613, _say_itself),
        TypeMissing: Verdict(404, 10608, _say_itself),
        PatchInvalid: Verdict(400, 10606, _say_itself),
        errors.ItemFailed: Verdict(500, 10628, _always("The item could not be written; the service has logged why.")),
        errors.FindingEnforced: Verdict(400, 10601, lambda e: cut(e.finding.message)),
        errors.KeyReused: Verdict(400, 10620, _always("The idempotency key came with another request before.")),
        errors.RateExceeded: _BUSY,
        errors.QueueFull: _BUSY,
        errors.StoreAway: _AWAY,
        errors.StoreBehind: _AWAY,
        errors.OutOfTime: _AWAY,
        ListTooSlow: Verdict(503, 10627, _say_itself),
        errors.BookmarkInvalid: Verdict(400, 10620, _always("The header X-Consistency-Token can't be read.")),
        faults.PathUnknown: Verdict(404, 10622, _always("There is no such path.")),
        faults.MethodNotAllowed: Verdict(405, 10623, lambda e: f"The path takes {', '.join(e.allow)}."),
        faults.TargetTooLong: Verdict(414, 10618, lambda e: f"The request target is longer than {e.limit} bytes."),
        faults.BodyTooLarge: Verdict(413, 10618, lambda e: f"The body is longer than {e.limit} bytes."),
        faults.TooManyItems: Verdict(413, 10618, lambda e: f"The body holds more than {e.limit} items."),
        faults.MediaTypeUnusable: Verdict(415, 10619, _say_itself),
        faults.NotAcceptable: Verdict(406, 10640, _say_itself),
        faults.BadRequest: Verdict(400, 10600, _always("The request can't be understood.")),
        faults.PathUnreadable: Verdict(400, 10620, _always("The path is not UTF-8.")),
        ParameterInvalid: Verdict(400, 10620, _say_itself),
        OperationUnclear: Verdict(400, 10601, _say_itself),
        FilterFunctionUnknown: Verdict(400, 5024, _say_itself),
        FilterArgumentsInvalid: Verdict(400, 5025, _say_itself),
        FilterMalformed: Verdict(400, 5026, _say_itself),
        SortOptionUnknown: Verdict(400, 5028, _say_itself),
        SortMalformed: Verdict(400, 5029, _say_itself),
        SortKeyUnknown: Verdict(400, 5030, _say_itself),
        SortKeyUnsortable: Verdict(400, 5031, _say_itself),
        DepthInvalid: Verdict(400, 10630, _say_itself),
        WalkTooWide: Verdict(400, 10630, _say_itself),
        JsonFault: Verdict(400, 10600, _say_json),
    }
)


def show_field(field: str) -> str:
    """The wire's name of a core field."""
    return {"source": "resourceUri", "target": "relatedResourceUri", "assertedBy": "source"}.get(field, field)


def judge(error: Exception) -> Verdict:
    """The verdict on the nearest class of an error."""
    return next(VERDICTS[kind] for kind in type(error).__mro__ if kind in VERDICTS)


def show_item_error(error: Exception, index: int) -> wire.Error:
    """The error of one item of a 200 answer (sas 4.6)."""
    return _show(judge(error), error, f"item: {index}")


def show_bulk(
    answers: Iterable[wire.Relationship | wire.Reference | Refused], accept: str, links: tuple[wire.Link, ...]
) -> bytes:
    """The answer to a bulk call: the errors, then the resources, each in the order of the items (sas 9.4).

    Encoded item by item and copied once, so that a thread never holds the interpreter for long.
    """
    encode = msgspec.json.Encoder().encode
    refused: list[bytes] = []
    stored: list[bytes] = []
    for index, answer in enumerate(answers):
        if isinstance(answer, Refused):
            refused.append(encode(show_item_error(answer.error, index)))
        else:
            stored.append(encode(answer))
    shown = [*refused, *stored]
    empty = encode(wire.Collection(2, "items", accept, 0, len(shown), len(shown), msgspec.Raw(b"[]"), links))
    if not shown:
        return empty
    head, sign, tail = empty.partition(b'"items":[')
    shown[0] = head + sign + shown[0]
    shown[-1] += tail
    return b",".join(shown)


def render_error(error: Exception, request: Request) -> Response:
    """The answer to a whole call that failed."""
    current().error = error
    verdict = judge(error)
    path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
    named = (f"reference: {error.id}",) if isinstance(error, errors.ReferenceTaken) else ()
    body = _show(verdict, error, *named, f"path: {cut(path)}", f"correlator: {request.state.request_id}")
    headers = {"Content-Type": wire.label(wire.ERROR), **_list_headers(error)}
    return Response(msgspec.json.encode(body), verdict.status, headers)


def _show(verdict: Verdict, error: Exception, *places: str) -> wire.Error:
    status = verdict.status
    details = (verdict.sentence(error), *places)
    remedy = REMEDIES.get(verdict.code) or REMEDIES.get(status) or UNSET
    return wire.Error(2, status, verdict.code, PHRASES[status], details, remediation=remedy)


def _list_headers(error: Exception) -> dict[str, str]:
    """What the status asks to be said in headers (sas 2)."""
    match error:
        case errors.NotAuthenticated() | errors.ScopeMissing():
            return {"WWW-Authenticate": _challenge(error)}
        case faults.MethodNotAllowed():
            return {"Allow": ", ".join(error.allow)}
        case errors.TooMuch() | errors.StoreAway():
            return {"Retry-After": str(error.retry_after)}
    return {}


def _challenge(error: errors.Refusal) -> str:
    match error:
        case errors.TokenMissing():
            return 'Bearer realm="tercet"'
        case errors.TokenExpired():
            return 'Bearer error="invalid_token", error_description="access token expired"'
        case errors.ScopeMissing():
            return f'Bearer error="insufficient_scope", scope="{" ".join(error.scopes)}"'
    return 'Bearer error="invalid_token", error_description="access token invalid"'
