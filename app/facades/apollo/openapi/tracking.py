"""How far uploads have come (apollo 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.apollo import headers, wire
from app.facades.apollo.openapi.parts import (
    CORRELATION,
    EXCHANGE,
    GUID,
    IF_NONE_MATCH,
    LEGACY,
    PREFER_WAIT,
    TOLD,
    TRANSACTION,
    VERSION,
    answer,
    envelope,
    refuse,
)
from app.facades.openapi import Answer, Operation, Parameter, refer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG: Final = "tracking"
_REQUEST: Final = Parameter(
    name="RequestId",
    place="query",
    required=True,
    schema=text("The id of the upload, as its answer named it.", GUID, format="uuid"),
)
_ABOUT: Final = (VERSION, CORRELATION, EXCHANGE)
_UNCHANGED: Final = Answer(about="`If-None-Match` names the state as it is; no body.", headers=TOLD)


def _track(id: str) -> Operation:
    return Operation(
        id=id,
        tag=_TAG,
        about="How far an upload has come, whatever its state; its refused items, at most the first 1,000, grow while it "
        "runs. A request of a collection that the caller may not read is not found.",
        scopes=("apollo_read",),
        parameters=(_REQUEST, PREFER_WAIT, IF_NONE_MATCH, *_ABOUT),
        answers={
            200: answer("The state as it is now.", wire.Tracking, TOLD),
            304: _UNCHANGED,
            **refuse(404, envelopes=LEGACY),
        },
    )


def _cancel(id: str) -> Operation:
    return Operation(
        id=id,
        tag=_TAG,
        about="Stops an upload: at once where it waits, after the running part where it is carried out. Nothing is rolled "
        "back; untried items are `skipped`. A finished request stays as it is, so repeats are harmless. A body is ignored.",
        scopes=("apollo_write",),
        parameters=(_REQUEST, *_ABOUT),
        answers={200: answer("The state as it is now.", wire.Tracking, TOLD), **refuse(404, envelopes=LEGACY)},
    )


_TELL: Final = Operation(
    id="getTransaction",
    tag=_TAG,
    about="The record of a write, by the transaction id that its answer carried.",
    scopes=("apollo_read",),
    parameters=(
        Parameter(
            name="transaction",
            place="path",
            required=True,
            schema=text("`transactionId` of the answer to a write.", TRANSACTION, least=1),
        ),
        PREFER_WAIT,
        IF_NONE_MATCH,
        *_ABOUT,
    ),
    answers={
        200: answer("The record.", envelope("TransactionRecord", refer(wire.RequestRecord.__name__)), TOLD),
        304: _UNCHANGED,
        **refuse(404),
    },
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    **{f"GET {path}": _track(id) for path, id in zip(headers.TRACKING_PATHS, ("track", "trackUnderEr"), strict=True)},
    **{f"POST {path}": _cancel(id) for path, id in zip(headers.CANCEL_PATHS, ("cancel", "cancelUnderEr"), strict=True)},
    f"GET {headers.STATUS_PATH}/{{transaction}}": _TELL,
}
