"""How far requests have come, as the tracking and the status service tell it (apollo 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

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
        stateHistory=_show_history(job),
        retryCount=job.attempts,
    )


def show_record(job: Job) -> wire.RequestRecord:
    """The record of a request (apollo 8.4)."""
    sole = job.context.get("sole")
    id = str(sole) if sole is not None else None
    about = wire.ServiceData(None, job.space, id)
    if tell_object(job) == "Entity":
        about = wire.ServiceData(id, job.space, None)
    return wire.RequestRecord(
        serviceData=about,
        id=job.request_id,
        enqueuedTimestamp=show_instant(job.accepted_at),
        receivedTimestamp=show_instant(job.started_at),
        unixReceievedTimestamp=None if job.started_at is None else job.started_at // 1000,
        unixEnqueuedTimestamp=job.accepted_at // 1000,
        messageType="Request",
        requestAction=tell_action(job),
        requestObject=tell_object(job),
        state=_STATES[job.state],
        stateHistory=_show_history(job),
        transactionId=job.transaction_id,
        correlationId=job.correlation_id,
        retryCount=job.attempts,
        message=job.reason,
        sender=job.principal,
        transactionIDList=[job.transaction_id],
        outcome=_VERDICTS[job.verdict] if job.verdict else None,
        counts=_show_counts(job),
    )


def _show_history(job: Job) -> list[wire.StateChange]:
    return [wire.StateChange(show_instant(at), at // 1000, _STATES[entered]) for entered, at in job.history]


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
