"""Every answer leaves through ``answer``, every error through ``render_error``: RFC 9457 problems."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from starlette.responses import Response, StreamingResponse

from app.core import errors
from app.facades import faults
from app.facades.analyst import formats, rows, wire
from app.facades.analyst.formats import FormatAbsent, FormatUnfit, Wish
from app.facades.analyst.parameters import Unusable
from app.facades.strict import JsonFault
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from app.facades.analyst.formats import Format
    from app.facades.analyst.rows import Known

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
BLANK: Final = "about:blank"


class Verdict(NamedTuple):
    """What a class of errors is here. ``word`` makes its type; empty: the status says it all."""

    status: int
    title: str
    detail: str
    word: str = ""

    @property
    def type(self) -> str:
        """The type of the problem."""
        return f"urn:tercet:{self.word}" if self.word else BLANK


_UNAUTHORIZED: Final = Verdict(401, "Unauthorized", "The token can't be verified; send one that is valid.")
_UNKNOWN_SPACE: Final = Verdict(
    404, "Space not found", "There is no such space, or you may not read it.", "space-unknown"
)
_BAD: Final = Verdict(400, "Bad request", "The request can't be understood; correct it and send it again.")
_AWAY: Final = Verdict(
    503, "Service unavailable", "The service can't answer now; repeat the call after the seconds that Retry-After says."
)

# The nearest class of an error counts. What falls to 500 is caused by other formats only, never here.
VERDICTS: Final[Mapping[type[Exception], Verdict]] = MappingProxyType(
    {
        Exception: Verdict(
            500, "Internal error", "A fault of the service; repeat the call, and if it stays, report it with requestId."
        ),
        errors.NotAuthenticated: _UNAUTHORIZED,
        errors.TokenMissing: _UNAUTHORIZED._replace(detail="Send an Authorization header with a bearer token."),
        errors.TokenExpired: _UNAUTHORIZED._replace(detail="The token has expired; send a fresh one."),
        errors.ScopeMissing: Verdict(
            403, "Forbidden", "The token lacks a scope; see WWW-Authenticate.", "scope-missing"
        ),
        errors.PersonRequired: Verdict(403, "Forbidden", "This takes tokens of persons only."),
        errors.RightMissing: _UNKNOWN_SPACE,
        errors.SpaceUnknown: _UNKNOWN_SPACE,
        errors.SpaceGone: _UNKNOWN_SPACE,
        errors.NotFound: Verdict(404, "Not found", "There is no such thing here."),
        errors.EntityMissing: Verdict(
            404, "Entity not found", "The space has no entity with that ref.", "entity-unknown"
        ),
        errors.SpacesUnreadable: Verdict(
            403,
            "Not for part of the spaces",
            "A query reads every space, so it takes a right on each of them; questions below /graph/v1/spaces take one.",
            "spaces-unreadable",
        ),
        errors.QueryBarred: Verdict(403, "Query refused", "No query may do that.", "query-barred"),
        errors.QueryFaulty: Verdict(400, "Query faulty", "The query can't be run; correct it.", "query-faulty"),
        errors.QueryMissing: Verdict(404, "Query not found", "There is no such query of yours.", "query-unknown"),
        errors.QueryTaken: Verdict(409, "Id in use", "You have a running query of that id.", "query-taken"),
        errors.QueryCancelled: Verdict(409, "Cancelled", "The query was cancelled by its id.", "query-cancelled"),
        errors.QueriesFull: Verdict(
            409, "Too many", "You keep as many queries as you may; remove one.", "queries-full"
        ),
        errors.QueryChanged: Verdict(
            412, "Precondition failed", "The query is not the one that you have seen; read it again.", "query-changed"
        ),
        errors.QueryOversized: Verdict(
            422, "Too much memory", "The query needs more memory than one may; ask for less of it.", "query-oversized"
        ),
        errors.QueryOverdue: Verdict(
            504,
            "Out of time",
            "The query took longer than it may; ask for less, or give it timeoutMs.",
            "query-overdue",
        ),
        errors.RateExceeded: Verdict(429, "Too many requests", "Wait as long as Retry-After says, then repeat."),
        errors.QueueFull: _AWAY,
        errors.StoreAway: _AWAY,
        errors.OutOfTime: Verdict(
            503, "Out of time", "The answer took longer than it may; ask for less of it.", "out-of-time"
        ),
        errors.BookmarkInvalid: _BAD._replace(detail="X-Consistency-Token is no token as a write returned it."),
        faults.PathUnknown: Verdict(404, "Not found", "There is no such path; see /docs/graph."),
        faults.MethodNotAllowed: Verdict(405, "Method not allowed", "The header Allow lists what this path takes."),
        faults.TargetTooLong: Verdict(
            414,
            "URI too long",
            f"Path and query together may have {wire.MAX_TARGET_BYTES} bytes; ask for less at once.",
        ),
        faults.BodyTooLarge: Verdict(
            413, "Content too large", f"A body may have {wire.MAX_BODY_BYTES} bytes; send a shorter one."
        ),
        faults.MediaTypeUnusable: Verdict(
            415, "Unsupported media type", "Send the body uncompressed, as application/json in UTF-8."
        ),
        faults.NotAcceptable: Verdict(
            406, "Not acceptable", "None of the formats that Accept names can be sent; leave it out to get JSON."
        ),
        faults.TooManyItems: _BAD,
        faults.BadRequest: _BAD,
    }
)


class _Written(Response):
    """An answer that a thread writes before it begins, so that a long one holds nobody up."""

    def __init__(self, write: Callable[[], bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(headers=headers, media_type=media_type)
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.body = await asyncio.to_thread(self._write)
        self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def answer(request: Request, document: wire.Answer, known: Known | None = None) -> Response:
    """A document in the format that the request asks for, with ``format`` before Accept.

    ``known``: entities that refs of its rows name, where the document does not show them.
    """
    wish: Wish = getattr(request.state, "wish", None) or Wish()
    names = document.ROWS.split()
    current().items = sum(len(getattr(document, name)) for name in names) if names else 1
    write, headers = formats.write(document, wish, known or {}), _label(wish.format)
    if wish.format is formats.JSON:
        return Response(write(), headers=headers, media_type=JSON)
    return _Written(write, headers | _tell(document), wish.format.media_type)


async def stream(request: Request, pages: AsyncIterator[tuple[wire.Answer, Known]]) -> Response:
    """All pages of a list as one answer in a format of rows; each is forgotten when it is sent.

    What fails before the first page is there is a problem as always. What fails later cuts the connection: an answer
    that lacks something never looks whole.
    """
    wish: Wish = request.state.wish
    first = await anext(pages)
    sheet = rows.choose_sheet(first[0], wish.rows)
    encoder = formats.make_encoder(wire.Answer(), sheet, wish)
    exchange = current()
    exchange.items = 0

    def encode(document: wire.Answer, known: Known) -> bytes:
        found = rows.list_rows(document, wish.rows, sheet, known)
        exchange.items = (exchange.items or 0) + len(found)
        return encoder.encode(found)

    async def write() -> AsyncIterator[bytes]:
        yield encoder.begin() + await asyncio.to_thread(encode, *first)
        async for page in pages:
            yield await asyncio.to_thread(encode, *page)
        yield encoder.end()

    return StreamingResponse(write(), headers=_label(wish.format), media_type=wish.format.media_type)


def _label(format: Format) -> dict[str, str]:
    if format is formats.JSON:
        return {"Vary": "Accept"}
    return {"Vary": "Accept", "Content-Disposition": f'attachment; filename="graph.{format.ending}"'}


def _tell(document: wire.Answer) -> dict[str, str]:
    """Headers for what rows can't say."""
    return {f"X-{name.capitalize()}": text for name, text in formats.describe(document).items()}


def render_error(error: Exception, request: Request) -> Response:
    """The answer to a call that failed with ``error``: a core error or a fault of HTTP."""
    exchange = current()
    exchange.format, exchange.error = "graph", error
    verdict = next(VERDICTS[cls] for cls in type(error).__mro__ if cls in VERDICTS)
    problem = wire.Problem(
        type=verdict.type,
        title=verdict.title,
        status=verdict.status,
        detail=_describe(error) or verdict.detail,
        requestId=request.scope.get("state", {}).get("request_id", ""),
    )
    body = msgspec.json.encode(problem)
    return Response(body, verdict.status, headers=faults.list_headers(error), media_type=PROBLEM)


def _describe(error: Exception) -> str:
    """What is to be corrected, in our words only."""
    match error:
        case Unusable():
            return "; ".join(f"{where} {why}" for where, why in error.places) + "."
        case FormatAbsent() | FormatUnfit():
            return f"{error.words}."
        case JsonFault():
            return f"The body can't be read as strict JSON: {error.reason}."
        case errors.QueryBarred():
            return error.what
        case errors.QueryFaulty():
            return error.why if error.line is None else f"{error.why} (line {error.line}, column {error.column})"
        case _:
            return ""
