"""One writer per space: it waits, gathers what came in the meantime, and commits it as one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import StoreAway
from app.core.identity import space_name
from app.core.store import Receipt
from app.graph.connection import CommitUnknown, ConstraintRefused, RowsUnexpected
from app.graph.foresight import Flight, Foreseen, Foresight
from app.graph.lane import Lane
from app.graph.reads import remember
from app.graph.transaction import Terms, Transaction, Waiting
from app.telemetry import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.core.facts import Needs
    from app.core.identity import SpaceName
    from app.core.model import SpaceState
    from app.core.store import Batch
    from app.graph.connection import Connection
    from app.graph.transaction import Alongside, Decided

MOST_RACES = 2
MOST_BESIDE_OTHERS = 500
COMPANY_SECONDS = 2.0
STILL = 3
"""After so many transactions in a row that wrote nothing the next is expected to write nothing either.

To look in vain costs five times what is gained where nothing is written.
"""
MOST_VISITED = 10_000
PATIENCE_SECONDS = 0.05
"""Whoever waits for a large transaction is answered before that is let go which it was decided on."""
ASIDE = 1_000
"""Batches of more items, which no part of a job is, are gone through beside the event loop."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """How much one transaction takes: items, the milliseconds a writer waits for company, seconds until it gives up.

    ``labels``: distinct entity types that a space may write as labels.
    """

    items: int = 1000
    wait_ms: int = 0
    seconds: float = 30.0
    labels: int = 1000


class Writers:
    """The writers of all spaces; a space without work has none."""

    def __init__(
        self,
        connection: Connection,
        gathering: Gathering,
        *,
        clock: Callable[[], int],
        mint: Callable[[], str],
        metrics: Metrics | None = None,
    ) -> None:
        self.connection = connection
        self.metrics = metrics or Metrics()
        self.gathering = gathering
        self.terms = Terms(clock, mint, gathering.labels, gathering.seconds)
        self.lane = Lane(connection)
        self._writers: dict[str, SpaceWriter] = {}
        # Of each space the large batch that was submitted last, until it is answered.
        self._flights: dict[str, Flight] = {}
        self._visited: dict[str, float] = {}
        # How large transactions left their spaces.
        self._left: dict[str, SpaceState] = {}
        # How many small transactions in a row had nothing to write.
        self._still: dict[str, int] = {}

    async def submit(
        self, space: str, batch: Batch, *, founder: str | None = None, alongside: Alongside | None = None
    ) -> Receipt:
        """Keeps the promise of ``Store.write``. ``alongside`` runs in the same transaction after the plan is written;
        what it raises rolls everything back, and it commits even when nothing else is to be written."""
        with self._announced(space, batch) as flight:
            needs = await _list_needs(batch, space_name(space))
            receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
            waiting = Waiting(batch, needs, founder, alongside, receipt, flight)
            writer = self._writers.get(space)
            if writer is None:
                writer = self._writers[space] = SpaceWriter(self, space)
            writer.enqueue(waiting)
            return await receipt

    @contextlib.contextmanager
    def _announced(self, space: str, batch: Batch) -> Iterator[Flight | None]:
        """A flight for a large batch: what is decided from now on is decided behind it. It is over with the block."""
        if batch.size <= MOST_BESIDE_OTHERS:
            yield None
            return
        flight = self._flights[space] = Flight()
        try:
            yield flight
        finally:
            flight.end()
            if self._flights.get(space) is flight:
                del self._flights[space]

    async def foresee(self, space: str, batch: Batch) -> Batch:
        """The batch, to be submitted next: decided ahead, if it is large and how it will find the space can be told."""
        if batch.size <= MOST_BESIDE_OTHERS or self.lane.full:
            return batch
        with contextlib.suppress(Exception):  # whatever it is, it is told when the batch has its turn
            return await self._decide_ahead(space, batch) or batch
        return batch

    async def _decide_ahead(self, space: str, batch: Batch) -> Batch | None:
        flight, left, name = self._flights.get(space), self._left.get(space), space_name(space)
        if flight is None and left is None:
            return None
        needs = await _list_needs(batch, name)
        if needs.pairs or needs.used:
            return None
        foresight = Foresight(self.lane, name, self.terms, batch, needs)
        if flight is not None:
            return await foresight.decide_behind(flight)
        return None if left is None else await foresight.decide_at(left)

    def note_left(self, space: str, after: SpaceState | None) -> None:
        """A large transaction of the space has ended, and left it so; None: how it left it can't be told."""
        if after is None:
            self._left.pop(space, None)
        else:
            remember(self._left, space, after)

    def is_still(self, space: str) -> bool:
        """Whether so many small transactions of the space had nothing to write that the next most likely has nothing."""
        return self._still.get(space, 0) >= STILL

    def note_still(self, space: str, still: bool) -> None:
        """A small transaction of the space has ended, and had something to write or not."""
        if still:
            remember(self._still, space, self._still.get(space, 0) + 1)
        else:
            self._still.pop(space, None)

    def writes_in(self, space: str) -> bool:
        """Whether anything waits or is written in this space."""
        return space in self._writers

    def note_visit(self, space: str) -> None:
        """Somebody waits for an answer from this space, or will in a moment."""
        now = asyncio.get_running_loop().time()
        if len(self._visited) >= MOST_VISITED:
            self._visited = {name: at for name, at in self._visited.items() if now - at < COMPANY_SECONDS}
        self._visited[space] = now

    def has_company(self, space: str) -> bool:
        """Whether somebody waited for an answer from this space a moment ago: then what has time goes in small steps."""
        return asyncio.get_running_loop().time() - self._visited.get(space, -COMPANY_SECONDS) < COMPANY_SECONDS

    def forget(self, space: str) -> None:
        """Called by a writer that has run out of work."""
        self._writers.pop(space, None)

    def queued(self) -> int:
        """How many batches wait."""
        return sum(writer.queued() for writer in self._writers.values())

    async def close(self) -> None:
        """Returns when all that was submitted is answered."""
        while self._writers:
            await asyncio.gather(*(writer.done() for writer in list(self._writers.values())))
        await self.lane.close()


async def _list_needs(batch: Batch, name: SpaceName) -> Needs:
    known = batch.size <= ASIDE or isinstance(batch, Foreseen)
    return batch.needs(name) if known else await asyncio.to_thread(batch.needs, name)


class SpaceWriter:
    """The queue and the task of one space."""

    def __init__(self, writers: Writers, space: str) -> None:
        self._writers = writers
        self._connection = writers.connection
        self._gathering = writers.gathering
        self._space = space
        self._name = space_name(space)
        self._queue: deque[Waiting] = deque()
        self._task = asyncio.create_task(self._work(), name=f"writer {self._name.prefix}")

    def enqueue(self, waiting: Waiting) -> None:
        """Adds a batch; the task is running or about to."""
        self._queue.append(waiting)
        self._writers.metrics.writer_queue.inc(waiting.batch.size)

    def queued(self) -> int:
        """How many batches wait."""
        return len(self._queue)

    async def done(self) -> None:
        """Returns when the queue is empty and answered."""
        await asyncio.shield(self._task)

    async def _work(self) -> None:
        if self._gathering.wait_ms:
            await asyncio.sleep(self._gathering.wait_ms / 1000)
        try:
            while self._queue:
                await self._settle(self._gather())
        finally:
            self._writers.forget(self._space)

    def _gather(self) -> list[Waiting]:
        gathered: list[Waiting] = []
        items = 0
        while self._queue and (not gathered or items + self._queue[0].batch.size <= self._gathering.items):
            waiting = self._queue.popleft()
            self._writers.metrics.writer_queue.dec(waiting.batch.size)
            if not waiting.receipt.cancelled():
                gathered.append(waiting)
                items += waiting.batch.size
        return gathered

    async def _settle(self, gathered: list[Waiting]) -> None:
        """Commits what was gathered together; if that fails for a fault of its content, one by one."""
        if not gathered:
            return
        try:
            await self._commit_in_time(gathered)
        except StoreAway as error:
            _fail(gathered, error)
        except Exception as error:  # noqa: BLE001  (whatever it is, it belongs to whoever asked)
            if len(gathered) == 1:
                _fail(gathered, error)
                return
            for waiting in gathered:
                await self._settle([waiting])

    async def _commit_in_time(self, gathered: list[Waiting]) -> None:
        """Tries again, with jitter, what a later try may mend, until the deadline."""
        deadline = time.monotonic() + self._gathering.seconds
        pause, lost_races = 0.02, 0
        while True:
            try:
                return await self._commit(gathered, locking=lost_races > 0)
            except (ConstraintRefused, RowsUnexpected):
                # The lock of one space doesn't keep others out of what both may create: the space itself, an entity
                # that another space names. The seeks of the facts lock what they don't find, but only because the
                # planner chose such seeks.
                lost_races += 1
                if lost_races > MOST_RACES:
                    raise
            except CommitUnknown:
                raise
            except StoreAway:
                if time.monotonic() + pause > deadline:
                    raise
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, 1.0)

    async def _commit(self, gathered: list[Waiting], *, locking: bool) -> None:
        started = time.perf_counter()
        items = sum(waiting.batch.size for waiting in gathered)
        if items > MOST_BESIDE_OTHERS:
            decided = await self._settle_in_lane(gathered, locking)
        else:
            decided = await self._settle_here(gathered)
        _answer(decided, await self._connection.latest_bookmark(), started)
        self._writers.metrics.record_transaction(
            requests=len(gathered),
            items=items,
            seconds=time.perf_counter() - started,
        )
        self._queue.extendleft(reversed(decided.deferred))
        if items > MOST_BESIDE_OTHERS:
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS, _let_go, decided.let_go())

    async def _settle_here(self, gathered: list[Waiting]) -> Decided:
        transaction = Transaction(self._connection, self._name, self._writers.terms, gathered)
        if self._writers.is_still(self._space) and (seen := await transaction.look()):
            return seen
        concluded = await transaction.settle()
        self._writers.note_still(self._space, concluded.plan.empty)
        return concluded.decided

    async def _settle_in_lane(self, gathered: list[Waiting], locking: bool) -> Decided:
        terms, flight = self._writers.terms, _take_flight(gathered)

        async def settle(lane: Connection) -> tuple[Decided, SpaceState]:
            concluded = await Transaction(lane, self._name, terms, gathered, locking=locking, flight=flight).settle()
            return concluded.decided, concluded.after

        self._writers.note_left(self._space, None)
        decided, after = await self._writers.lane.run(settle)
        self._writers.note_left(self._space, after)
        return decided


def _take_flight(gathered: list[Waiting]) -> Flight | None:
    """The flight of the last large batch among these, which hold it no longer: it is told of what holds them."""
    flight = None
    for waiting in gathered:
        flight, waiting.flight = waiting.flight or flight, None
    return flight


def _let_go(forgetting: Iterator[None]) -> None:
    """Whoever has something to do has a turn between one bit and the next."""
    for _ in forgetting:
        asyncio.get_running_loop().call_soon(_let_go, forgetting)
        return


def _answer(decided: Decided, bookmark: str, started: float) -> None:
    stored_ms = (time.perf_counter() - started) * 1000
    for waiting, outcomes in decided.outcomes.items():
        if not waiting.receipt.done():
            waited_ms = (started - waiting.since) * 1000
            waiting.receipt.set_result(Receipt(outcomes, bookmark, waited_ms, stored_ms))
    for waiting, error in decided.refused.items():
        if not waiting.receipt.done():
            waiting.receipt.set_exception(error)


def _fail(gathered: list[Waiting], error: Exception) -> None:
    for waiting in gathered:
        if not waiting.receipt.done():
            waiting.receipt.set_exception(error)
