"""How jobs are stored: one document for what never changes, one for progress, and properties for what is looked up."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from app.core.chronicle import ENTITY
from app.core.identity import space_name
from app.core.jobs import Counts, Entered, Job, RefusedItem, State
from app.core.model import Author
from app.graph.documents import version_key

if TYPE_CHECKING:
    from app.core.jobs import Account, NewJob
    from app.core.queue import About, Search

    Row = list[Any]

# Longer texts are no ids of any format, and an index key has a limit.
LONGEST_NAME = 512
FOREVER = 1 << 62

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def idempotency_key(new: NewJob) -> str | None:
    """What the database keeps unique for a job that came with a key of its principal and space."""
    if new.key is None:
        return None
    return hashlib.blake2b(_encode([new.principal, new.space, new.key]), digest_size=16).hexdigest()


def write_job(job: Job, key: str | None = None) -> dict[str, Any]:
    """Every property of a job's node."""
    return {
        "requestId": job.request_id,
        "transactionId": job.transaction_id,
        "correlationId": job.correlation_id,
        "space": job.space,
        "key": key,
        "acceptedAt": job.accepted_at,
        "request": _write_request(job),
        **write_progress(job),
    }


def write_progress(job: Job) -> dict[str, Any]:
    """The properties that a step of a job changes."""
    progress = [
        job.state.value,
        [[entered.state.value, entered.at] for entered in job.history],
        job.counts,
        job.version,
        job.attempts,
        job.cancel_asked,
        job.reason,
    ]
    return {
        "state": job.state.value,
        "openNumber": None if job.state.final else job.number,
        "expiresAt": job.expires_at,
        "progress": _encode(progress).decode(),
    }


def _write_request(job: Job) -> str:
    fixed = [
        job.kind,
        job.space,
        job.principal,
        job.author,
        job.request_id,
        job.transaction_id,
        job.correlation_id,
        job.context,
        job.total,
        job.number,
        job.keep_hours,
        job.digest,
    ]
    return _encode(fixed).decode()


def read_job(request: str, progress: str, *, bookmark: str = "") -> Job:
    """The job of its two documents."""
    kind, space, principal, author, request_id, transaction_id, correlation_id, *rest = _decode(request)
    context, total, number, keep_hours, digest = rest
    state, history, counts, version, attempts, cancel_asked, reason = _decode(progress)
    return Job(
        kind=kind,
        space=space,
        principal=principal,
        author=Author(*author),
        request_id=request_id,
        transaction_id=transaction_id,
        correlation_id=correlation_id,
        context=context,
        total=total,
        number=number,
        keep_hours=keep_hours,
        digest=digest,
        state=State(state),
        history=tuple(Entered(State(word), at) for word, at in history),
        counts=Counts(*counts),
        version=version,
        attempts=attempts,
        cancel_asked=cancel_asked,
        reason=reason,
        bookmark=bookmark,
    )


def write_refused(account: Account) -> list[Row]:
    """A row for each refused item: its index, the id it can be found by, and the rest."""
    return [[item.index, _name(item.id), _write_item(item)] for item in account.refused]


def _name(id: str | None) -> str | None:
    return id if id is not None and len(id) <= LONGEST_NAME else None


def _write_item(item: RefusedItem) -> str:
    return _encode([item.id, item.code, item.property, item.message]).decode()


def read_refused(index: int, document: str) -> RefusedItem:
    """The refused item of such a row."""
    return RefusedItem(index, *_decode(document))


def write_search(search: Search) -> tuple[str, dict[str, Any]]:
    """The statement that finds the jobs searched for, and what it wants to know."""
    after_at, after_transaction = search.after or (-1, "")
    want: dict[str, Any] = {
        "space": search.space,
        "transaction": search.transaction_id,
        "correlation": search.correlation_id,
        # What was seen last bounds the range, so that the seek begins there.
        "since": max(search.since or 0, after_at),
        "until": FOREVER if search.until is None else search.until,
        "afterAt": after_at,
        "afterTransaction": after_transaction,
    }
    if search.about is not None:
        return "jobs/search_about", want | _write_about(search.space, search.about)
    return ("jobs/search" if search.correlation_id is None else "jobs/search_correlation"), want


def _write_about(space: str, about: About) -> dict[str, Any]:
    key = space_name(space).record_key(about.id)
    of_entity = about.kind == ENTITY
    return {
        "record": None if of_entity else key,
        "entity": key if of_entity else None,
        "versions": version_key(key) if of_entity else key,
        "named": about.name,
    }


def meets(job: Job, search: Search) -> bool:
    """Whether a job is where and of the time that a search says, and of its chain of requests."""
    since, until = search.since or 0, FOREVER if search.until is None else search.until
    return (
        job.space == search.space
        and since <= job.accepted_at < until
        and search.correlation_id in (None, job.correlation_id)
        and (search.after is None or (job.accepted_at, job.transaction_id) > search.after)
    )
