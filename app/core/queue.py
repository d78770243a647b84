"""All that the core ever asks of a store of jobs: one side for those who send work, one for those who carry it out.

Two implementations keep this contract: the one on Neo4j, and the one in the tests that is its executable specification.
One suite runs on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from app.core.errors import TercetError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from app.core.jobs import Account, Job, NewJob, Part, RefusedItem, Results
    from app.core.model import Outcome
    from app.core.store import Batch, Receipt


class ClaimLost(TercetError):
    """Another worker owns the job by now, or it is over: whoever is told this must stop, and nothing was written."""


class PartChanged(TercetError):
    """The part is done by now, or was split: nothing was written, and the claim's next part is another one."""


class Claim(NamedTuple):
    """A worker's right to carry out a job. ``until`` is when the lease ends unless renewed.

    Every later claim of the space has a greater ``fence``.
    """

    job: Job
    worker: str
    fence: int
    until: int


class About(NamedTuple):
    """A relationship or an entity that items name: its kind as changes tell it, its core id, and the id as it was sent.

    ``id`` is empty where the text names nothing; items of that name may have been refused all the same.
    """

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which jobs of a space to list: all given criteria hold. ``since`` ≤ accepted < ``until``.

    ``about``: jobs that changed this thing, or refused an item of this name. ``after``: (accepted_at, transaction_id) of
    the last one seen.
    """

    space: str
    transaction_id: str | None = None
    correlation_id: str | None = None
    about: About | None = None
    since: int | None = None
    until: int | None = None
    after: tuple[int, str] | None = None
    limit: int = 100


class Jobs(Protocol):
    """Jobs as those see them who ask for them. Every method may raise StoreAway and StoreDefect.

    A job that is expired is not found.
    """

    async def accept(self, new: NewJob, parts: Sequence[Part]) -> Job:
        """Stores a job; when it returns, the job is durable and will be carried out.

        The same key and digest give the first job again, and nothing is stored. Raises KeyReused for the same key with
        another digest, RateExceeded or QueueFull where the job would exceed a bound on open items, SpaceUnknown where
        the space is missing and nobody founds it, SpaceAppeared where ``founder`` is set and another founded it.
        """
        ...

    async def settle(self, new: NewJob, items: Sequence[bytes], batch: Batch) -> Receipt:
        """Carries out a small job at once: effects, outcomes and the finished job are one transaction, or nothing is.

        It neither waits for queued jobs nor counts as open. Raises what ``Store.write`` raises.
        """
        ...

    async def open_items(self, principal: str) -> tuple[int, int]:
        """The unfinished items of one principal, and of all. Cheap enough to ask before a body is read."""
        ...

    async def check_bounds(self, principal: str, more: int = 1) -> None:
        """Raises RateExceeded or QueueFull if ``more`` items of this principal would exceed a bound by now."""
        ...

    async def find(self, request_id: str) -> Job:
        """The job of this request. Raises JobMissing."""
        ...

    async def find_transaction(self, transaction_id: str) -> Job:
        """The job of this transaction. Raises JobMissing."""
        ...

    async def refusals(
        self, request_id: str, first: int = 1000, *, start: int = 0, bookmark: str | None = None
    ) -> list[RefusedItem]:
        """The refused items from index ``start`` on, by index, at most ``first``.

        Under the ``bookmark`` of a job that was read: all of those that it counts.
        """
        ...

    async def results(self, request_id: str, *, start: int = 0, limit: int = 20) -> list[Results]:
        """The results of the parts done so far, by index: those that end after item ``start``, at most ``limit``."""
        ...

    async def first_results(self, request_ids: Collection[str]) -> dict[str, Results]:
        """The results that begin with item 0, of those jobs that have them by now."""
        ...

    async def search(self, search: Search) -> list[Job]:
        """Jobs by (accepted_at, transaction_id), ascending."""
        ...

    async def open_jobs(self, space: str) -> int:
        """The number of unfinished jobs of a space."""
        ...

    async def wait(self, request_id: str, seconds: float, *, seen_version: int | None = None) -> Job:
        """The job once it is final or its version is another than ``seen_version``, after ``seconds`` at the latest.

        Raises JobMissing.
        """
        ...

    async def cancel(self, request_id: str) -> Job:
        """Cancels a queued job at once, a running one after its running part; leaves a final one. Raises JobMissing."""
        ...


class Queue(Protocol):
    """Jobs as a worker sees them. What takes a claim raises ClaimLost once another claim of the space has followed."""

    async def claim(self, worker: str, lease_seconds: float, kinds: Collection[str] | None = None) -> Claim | None:
        """The oldest unfinished job of a space that nobody owns, the space that waited longest first; None: no work.

        Where ``kinds`` are given, a space whose oldest job is of another kind is left to a worker that knows it.
        """
        ...

    async def renew(self, claim: Claim, lease_seconds: float) -> Claim:
        """The same claim with a new end, and its job as it is by now."""
        ...

    async def release(self, claim: Claim) -> None:
        """Hands a claim back: another worker may take the job at once. A lost claim is no error."""
        ...

    async def next_part(self, claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        """The job as it is, and its first part from item ``start`` on that is not done yet; None: there is none.

        Up to ``most`` parts that follow each other come as one; it may be fewer, or half of one, where others wait for
        the space.
        """
        ...

    async def foresee(self, claim: Claim, batch: Batch) -> Batch:
        """The same batch, to be carried out soon: what can be done for it in advance is done. Nothing is written."""
        ...

    async def carry_out(
        self, claim: Claim, part: Part, batch: Batch, account: Callable[[Sequence[Outcome]], Account]
    ) -> Job:
        """Effects, results, counts and progress of a part in one transaction; with the last part, the job's end too.

        Raises PartChanged where that happened before, and whatever refuses the batch or fails; nothing was written
        then, except that after a StoreAway it may have been: PartChanged tells at the next try.
        """
        ...

    async def set_aside(self, claim: Claim, part: Part, account: Account) -> Job:
        """Ends a part without effects, with the outcomes that the account tells. Raises PartChanged."""
        ...

    async def split(self, claim: Claim, part: Part) -> Part:
        """Replaces a part, one that was not joined of several, by its halves; the first. Raises PartChanged."""
        ...

    async def note_attempt(self, claim: Claim) -> None:
        """Counts one repeated attempt at a part."""
        ...

    async def stop(self, claim: Claim) -> Job:
        """Ends a job that somebody asked to cancel, its untried items skipped."""
        ...

    async def fail(self, claim: Claim, reason: str) -> Job:
        """Ends a job that can't be run to its end; parts already done stay."""
        ...

    async def purge(self, limit: int) -> int:
        """Removes expired jobs, at most ``limit``, and returns how many."""
        ...

    async def await_work(self, seconds: float) -> None:
        """Returns when work may have arrived, after ``seconds`` at the latest."""
        ...


class Carrier(Protocol):
    """Carries out the jobs of one kind: implemented by the format that accepts them."""

    async def read(self, items: Sequence[bytes], job: Job) -> Batch:
        """What a part's items ask, one outcome per item in order, under the job's request and transaction id."""
        ...

    def account(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
        """What to keep of a part whose first item has index ``first``.

        An item whose own write failed for good has the outcome ``Refused(ItemFailed())``.
        """
        ...
