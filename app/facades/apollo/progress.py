"""How far requests have come, as the tracking and the status service tell it (apollo 8)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from app.core.jobs import State, Verdict
from app.facades.apollo import translate, wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.jobs import Job, RefusedItem

MOST_SHOWN_FAILURES: Final = 1000
_STATES: Final = {
    State.QUEUED: "Requested",
    State.RUNNING: "Processing",
    State.COMPLETED: "Completed",
    State.FAILED: "Failed",
    State.CANCELED: "Canceled",
}
_VERDICTS: Final = {
    Verdict.SUCCEEDED: "Succeeded",
    Verdict.PARTIALLY_SUCCEEDED: "PartiallySucceeded",
    Verdict.FAILED: "Failed",
}


def tell_action(job: Job) -> str:
    """What a request does with its objects."""
    return "Upsert" if job.kind in (translate.UPSERT_RELATIONSHIPS, translate.UPSERT_ENTITIES) else "Delete"


def tell_object(job: Job) -> str:
    """Of which sort the objects of a request are."""
    return "Entity" if job.kind in (translate.UPSERT_ENTITIES, translate.DELETE_ENTITY) else "Relationship"


def show_progress(job: Job, refused: Sequence[RefusedItem]) -> wire.Tracking:
    """How far a request has come (apollo 8.2); ``refused`` are the first of its refused items."""
    counts, state = job.counts, _STATES[job.state]
    fine = not job.state.final or (job.state is State.COMPLETED and not counts.refused)
    return wire.Tracking(
        result=int(fine),
        message=f"Request {job.request_id} is {state.lower()}",
        errorInfo=[_show_refused(item) for item in refused],
        errorCount=counts.refused,
        warningCount=counts.warned,
        requestId=job.request_id,
        transactionId=job.transaction_id,
        correlationId=job.correlation_id,
        ercollectionid=job.space,
        requestAction=tell_action(job),
        requestObject=tell_object(job),
        state=state,
        outcome=_VERDICTS[job.verdict] if job.verdict else None,
        counts=_show_counts(job),
        enqueuedTimestamp=show_instant(job.accepted_at),
        startedTimestamp=show_instant(job.started_at),
        finishedTimestamp=show_instant(job.finished_at),
        expiresTimestamp=show_instant(job.expires_at),
        stateHistory=[_show_move(_STATES[entered], at) for entered, at in job.history],
        retryCount=job.attempts,
    )


def show_record(job: Job) -> wire.RequestRecord:
    """The record of a request, as it is asked for by its transaction (apollo 8.4, row 12)."""
    return wire.RequestRecord(
        **_describe(job),
        transactionIDList=[job.transaction_id],
        outcome=_VERDICTS[job.verdict] if job.verdict else None,
        counts=_show_counts(job),
    )


def show_log(job: Job) -> wire.Record:
    """The record of a request among others (apollo 8.4, row 13)."""
    return wire.Record(**_describe(job))


def show_item(job: Job, index: int, result: wire.ItemResult, at: int) -> wire.Record:
    """The record of one item, which was tried at ``at`` (apollo 8.4)."""
    state = show_item_state(result)
    moves = (("Requested", job.accepted_at), ("Processing", at), (state, at))
    return wire.Record(
        **_describe(job)
        | {
            "serviceData": _tell_about(job, result.id),
            "id": str(uuid.uuid5(uuid.UUID(job.request_id), str(index))),
            "receivedTimestamp": show_instant(at),
            "unixReceievedTimestamp": at // 1000,
            "messageType": "Status",
            "state": state,
            "stateHistory": [_show_move(each, instant) for each, instant in moves],
            "message": result.message or "",
        },
        index=index,
        code=result.code,
        property=result.property,
        result=result.result,
        warnings=result.warnings,
    )


def show_state(job: Job) -> str:
    """Where a request stands, in the words of the format."""
    return _STATES[job.state]


def show_item_state(result: wire.ItemResult) -> str:
    """Where an item stands that was tried."""
    return "Completed" if result.code is None else "Failed"


def _describe(job: Job) -> dict[str, Any]:
    """What the record of a request says, and each of its items unless it says otherwise."""
    sole = job.context.get("sole")
    return {
        "serviceData": _tell_about(job, None if sole is None else str(sole)),
        "id": job.request_id,
        "enqueuedTimestamp": show_instant(job.accepted_at),
        "receivedTimestamp": show_instant(job.started_at),
        "unixReceievedTimestamp": None if job.started_at is None else job.started_at // 1000,
        "unixEnqueuedTimestamp": job.accepted_at // 1000,
        "messageType": "Request",
        "requestAction": tell_action(job),
        "requestObject": tell_object(job),
        "state": show_state(job),
        "stateHistory": [_show_move(_STATES[entered], at) for entered, at in job.history],
        "transactionId": job.transaction_id,
        "correlationId": job.correlation_id,
        "retryCount": job.attempts,
        "message": job.reason,
        "sender": job.principal,
    }


def _tell_about(job: Job, id: str | None) -> wire.ServiceData:
    if tell_object(job) == "Entity":
        return wire.ServiceData(id, job.space, None)
    return wire.ServiceData(None, job.space, id)


def _show_move(state: str, at: int) -> wire.StateChange:
    return wire.StateChange(show_instant(at), at // 1000, state)


def _show_refused(item: RefusedItem) -> wire.ErrorInfo:
    return wire.ErrorInfo(index=item.index, id=item.id, code=item.code, property=item.property, message=item.message)


def _show_counts(job: Job) -> wire.Counts:
    counts = job.counts
    return wire.Counts(
        total=job.total,
        created=counts.created,
        updated=counts.replaced + counts.deleted,  # the format has no count of its own for deletes
        unchanged=counts.unchanged,
        failed=counts.refused,
        pending=job.pending,
        skipped=job.skipped,
    )


def show_instant(at: int | None) -> str | None:
    """RFC 3339 in UTC with six digits of a second (apollo 4.3)."""
    return (
        None
        if at is None
        else f"{(translate.EPOCH + timedelta(microseconds=at)).isoformat(timespec='microseconds')[:26]}Z"
    )
