"""A query of one's own, from the body of a request to its answer: sent as it is, or kept and run by its name."""

from __future__ import annotations

import asyncio
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from starlette.requests import ClientDisconnect

from app.core import adhoc
from app.core.adhoc import Inquiry
from app.facades.analyst import render, translate, wire
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from app.core.access import Caller
    from app.core.adhoc import Inquiries
    from app.core.model import Fields
    from app.facades.analyst.bodies import Body

T = TypeVar("T")

RUN: Final = ("parameters", "limit", "timeoutMs", "id")
"""Members of a body that say how a query is run."""
ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
ID_SPELLED: Final = "takes 1 to 64 letters, digits, dots, underscores or dashes"
TOLD_CHARACTERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How a query is to be run."""

    parameters: Fields
    rows: int
    seconds: float
    id: str

    @classmethod
    def read(cls, body: Body) -> Manner:
        """The members of ``RUN``; faults collect in the body."""
        milliseconds = body.integer(
            "timeoutMs", int(adhoc.SECONDS * 1000), least=1, most=int(adhoc.MOST_SECONDS * 1000)
        )
        return cls(
            body.mapping("parameters", most_bytes=adhoc.MOST_PARAMETERS),
            body.integer("limit", adhoc.ROWS, least=1, most=adhoc.MOST_ROWS),
            milliseconds / 1000,
            body.spelled("id", ID, ID_SPELLED, default="") or str(uuid.uuid4()),
        )


async def answer(
    request: Request, inquiries: Inquiries, caller: Caller, text: str, manner: Manner, parameters: Fields
) -> Response:
    """The rows of a query, for a caller who may read every space. A caller who goes away ends the query."""
    # The line of this request says what was asked; parameters may hold what nobody should read in a log.
    current().query = text[:TOLD_CHARACTERS]
    await adhoc.admit(inquiries, caller)
    inquiry = Inquiry(text, caller.principal, manner.id, parameters, manner.rows, manner.seconds)
    table = await _while_there(request, inquiries.ask(inquiry))
    limits = {"rows": manner.rows, "bytes": adhoc.MOST_BYTES, "seconds": manner.seconds}
    document = wire.Table(
        columns=list(table.columns), rows=[list(row) for row in table.rows], **translate.show_cut(table.cut, limits)
    )
    response = render.answer(request, document)
    response.headers[wire.QUERY_ID] = manner.id
    return response


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns; it is cancelled when the client leaves. Raises ClientDisconnect then."""
    task = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_await_leaving(request))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        for each in (task, leaving):
            each.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task, leaving})


async def _await_leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
