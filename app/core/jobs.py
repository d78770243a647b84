"""Jobs: requests accepted now and carried out soon, surely, once.

A job is a list of items cut into parts. Its states and legal moves::

    QUEUED ──► RUNNING ──► COMPLETED   every item was tried
       │          ├──────► FAILED      it could not be run to its end; parts already done stay
       └──────────┴──────► CANCELED    somebody asked; items not tried yet are skipped

The functions of this module are the only place where a job moves; they are pure, and the stores keep what they return.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.model import Author, Fields

HOUR: Final = 3_600_000_000
"""Microseconds."""


class State(Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return not MOVES[self]


MOVES: Final = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELED}),
    State.RUNNING: frozenset({State.COMPLETED, State.FAILED, State.CANCELED}),
    State.COMPLETED: frozenset[State](),
    State.FAILED: frozenset[State](),
    State.CANCELED: frozenset[State](),
}


class Verdict(Enum):
    """How a job that came to its end by itself went."""

    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially succeeded"
    FAILED = "failed"


class Counts(NamedTuple):
    """What became of the items tried so far. ``warned`` counts beside the others."""

    created: int = 0
    replaced: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    warned: int = 0

    @property
    def tried(self) -> int:
        """The number of items tried."""
        return self.done + self.refused

    @property
    def done(self) -> int:
        """The number of items that ended well."""
        return self.created + self.replaced + self.unchanged + self.deleted

    def plus(self, more: Counts) -> Counts:
        """The sums."""
        return Counts(*(mine + theirs for mine, theirs in zip(self, more, strict=True)))


NO_COUNTS: Final = Counts()


class Entered(NamedTuple):
    """A state that a job entered, and when."""

    state: State
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request to be carried out later.

    ``kind`` chooses the carrier; ``context`` is whatever that needs beside the items, as JSON (rights of the caller at
    acceptance, options). ``request_id`` and ``transaction_id`` are fresh GUIDs. ``key`` is the caller's idempotency
    key, counted per principal and space; ``digest`` tells requests apart (path, query, body).
    ``keep_hours``: how long it is kept after its end. ``founder``: who owns the space if this job founds it.
    """

    kind: str
    space: str
    principal: str
    author: Author
    request_id: str
    transaction_id: str
    total: int
    correlation_id: str | None = None
    context: Fields = field(default_factory=dict)
    key: str | None = None
    digest: str = ""
    keep_hours: int = 720
    founder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it is stored. Instants are microseconds since the epoch on the database's clock.

    ``number`` orders the jobs of a space by acceptance, from 1; 0: never queued. ``version`` grows with every visible
    change. ``attempts`` counts repeated attempts at a part. ``reason`` says why a job FAILED. ``bookmark`` names a
    state of the store that holds all that the job has done so far.
    """

    kind: str
    space: str
    principal: str
    author: Author
    request_id: str
    transaction_id: str
    correlation_id: str | None
    context: Fields
    total: int
    number: int
    state: State
    history: tuple[Entered, ...]
    keep_hours: int
    digest: str = ""
    counts: Counts = NO_COUNTS
    version: int = 1
    attempts: int = 0
    cancel_asked: bool = False
    reason: str = ""
    bookmark: str = ""

    @property
    def accepted_at(self) -> int:
        """When it was durably stored."""
        return self.history[0].at

    @property
    def started_at(self) -> int | None:
        """When a worker first took it."""
        return next((entered.at for entered in self.history if entered.state is State.RUNNING), None)

    @property
    def finished_at(self) -> int | None:
        """When it came to its end."""
        return self.history[-1].at if self.state.final else None

    @property
    def expires_at(self) -> int | None:
        """From when on it is no longer found."""
        return None if self.finished_at is None else self.finished_at + self.keep_hours * HOUR

    @property
    def untried(self) -> int:
        """Items not tried: pending before the end, skipped after it."""
        return self.total - self.counts.tried

    @property
    def pending(self) -> int:
        """Items that will still be tried."""
        return 0 if self.state.final else self.untried

    @property
    def skipped(self) -> int:
        """Items that never will be."""
        return self.untried if self.state.final else 0

    @property
    def verdict(self) -> Verdict | None:
        """How it went (apollo 8.1); None before the end, and for a canceled job."""
        if self.state is State.FAILED:
            return Verdict.FAILED
        if self.state is not State.COMPLETED:
            return None
        if self.counts.refused == 0:
            return Verdict.SUCCEEDED
        return Verdict.FAILED if self.counts.done == 0 else Verdict.PARTIALLY_SUCCEEDED


@dataclass(frozen=True, slots=True)
class Part:
    """Items ``first`` … ``first + count - 1`` of a job (from 0), packed.

    ``more``: what was packed for the parts behind it, where several are carried out as one.
    """

    first: int
    count: int
    payload: bytes
    more: tuple[bytes, ...] = ()

    @property
    def items(self) -> list[bytes]:
        """The items as they were packed."""
        return [item for payload in (self.payload, *self.more) for item in unpack(payload)]

    @property
    def end(self) -> int:
        """The first item behind it."""
        return self.first + self.count

    def halves(self) -> tuple[Part, Part]:
        """The same items as two parts; a part of one item has no halves."""
        items, middle = self.items, self.count // 2
        return (
            Part(self.first, middle, pack(items[:middle])),
            Part(self.first + middle, self.count - middle, pack(items[middle:])),
        )


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One refused item, in the words of its format: what it named, why it was refused."""

    index: int
    id: str | None
    code: str
    property: str | None
    message: str


class Account(NamedTuple):
    """What a format keeps of a part that was carried out: an opaque document, the refused items, the counts."""

    results: bytes
    refused: Sequence[RefusedItem]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Results:
    """The document that a carrier's account gave for the ``count`` items from ``first`` on, tried at ``at``."""

    first: int
    count: int
    at: int
    document: bytes


def pack(items: Sequence[bytes]) -> bytes:
    """Items as one compressed text, in order."""
    sizes = struct.pack(f">I{len(items)}I", len(items), *map(len, items))
    return zlib.compress(sizes + b"".join(items), level=1)


def join(parts: Sequence[Part]) -> Part | None:
    """Those of the parts, in order, that follow each other without a gap, as one; None where there are none."""
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].end != part.first:
            break
        joined.append(part)
    if not joined:
        return None
    first, *others = joined
    return Part(first.first, sum(part.count for part in joined), first.payload, tuple(p.payload for p in others))


def unpack(payload: bytes) -> list[bytes]:
    """The items that were packed."""
    text = memoryview(zlib.decompress(payload))
    (count,) = struct.unpack_from(">I", text)
    items, at = [], 4 + 4 * count
    for size in struct.unpack_from(f">{count}I", text, 4):
        items.append(bytes(text[at : at + size]))
        at += size
    return items


def cut(items: Sequence[bytes], size: int) -> list[Part]:
    """Items as parts of at most ``size``."""
    return [
        Part(first, len(chunk), pack(chunk))
        for first in range(0, len(items), size)
        for chunk in (items[first : first + size],)
    ]


def enqueue(new: NewJob, number: int, at: int) -> Job:
    """A new job as it is stored."""
    return Job(
        kind=new.kind,
        space=new.space,
        principal=new.principal,
        author=new.author,
        request_id=new.request_id,
        transaction_id=new.transaction_id,
        correlation_id=new.correlation_id,
        context=new.context,
        total=new.total,
        number=number,
        state=State.QUEUED,
        history=(Entered(State.QUEUED, at),),
        keep_hours=new.keep_hours,
        digest=new.digest,
    )


def move(job: Job, state: State, at: int) -> Job:
    """The job in its next state. Raises ValueError for a move that is not legal; history never runs backwards."""
    if state not in MOVES[job.state]:
        raise ValueError(f"a job that is {job.state.value} can't become {state.value}")
    entered = Entered(state, max(at, job.history[-1].at))
    return replace(job, state=state, history=(*job.history, entered), version=job.version + 1)


def start(job: Job, at: int) -> Job:
    """The job as a worker takes it; one that was taken before goes on where it stands."""
    return job if job.state is State.RUNNING else move(job, State.RUNNING, at)


def advance(job: Job, counts: Counts, at: int) -> Job:
    """The running job after one more part: it ends when all is tried, or here if somebody asked to cancel it."""
    further = replace(job, counts=job.counts.plus(counts), version=job.version + 1)
    if further.untried < 0:
        raise ValueError("more items tried than the job has")
    if further.untried == 0:
        return move(further, State.COMPLETED, at)
    return move(further, State.CANCELED, at) if job.cancel_asked else further


def cancel(job: Job, at: int) -> Job:
    """The job after somebody asked to cancel it (apollo 8.3)."""
    if job.state is State.QUEUED:
        return move(job, State.CANCELED, at)
    if job.state is State.RUNNING and not job.cancel_asked:
        return replace(job, cancel_asked=True, version=job.version + 1)
    return job


def stop(job: Job, at: int) -> Job:
    """The running job as it ends between two parts because somebody asked to cancel it."""
    return move(job, State.CANCELED, at)


def repeat(job: Job) -> Job:
    """The job after one more attempt at a part that was tried before."""
    return replace(job, attempts=job.attempts + 1, version=job.version + 1)


def finished(new: NewJob, counts: Counts, at: int) -> Job:
    """A job that was carried out as it came; it stands in no queue, so its number is 0."""
    return advance(start(enqueue(new, 0, at), at), counts, at)


def fail(job: Job, reason: str, at: int) -> Job:
    """The running job as it ends when it can't be run to its end."""
    return replace(move(job, State.FAILED, at), reason=reason)
