"""``core.adhoc.Inquiries`` on Neo4j: judged twice, then run to read, in few slots, and rolled back.

What can't be stopped keeps its slot until the database says that its transaction is gone, so that no more of the
database's threads are ever taken than there are slots.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import neo4j.exceptions as driver_errors
import structlog

from app.core.adhoc import MOST_BYTES, Table
from app.core.errors import (
    QueryBarred,
    QueryCancelled,
    QueryFaulty,
    QueryMissing,
    QueryOverdue,
    QueryOversized,
    QueryTaken,
    QueueFull,
    StoreError,
)
from app.core.graphs import Cut
from app.graph import inspection, screening, values
from app.graph.connection import DRIVER_TROUBLE, meaning
from app.graph.metering import Meter, TooManyBytes
from app.telemetry import current

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from neo4j import AsyncTransaction

    from app.core.adhoc import Inquiry
    from app.core.errors import TercetError
    from app.core.model import Json
    from app.graph.connection import Connection

AT_ONCE: Final = 2
WAITING: Final = 16
PATIENCE_SECONDS: Final = 5.0
GRACE_SECONDS: Final = 2.0
RECORD_BYTES: Final = 2_097_152
# The language is named, so that the text means the same on every server. Judged and run in the same words.
EXPLAIN: Final = "CYPHER 25 EXPLAIN\n"
RUN: Final = "CYPHER 25\n"
LINES_BEFORE: Final = 1
MEMORY_CODES: Final = ("Neo.TransientError.General.MemoryPoolOutOfMemoryError",)
TIME_CODES: Final = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.Terminated",
    "Neo.TransientError.Transaction.Terminated",
)
BARRED_CODES: Final = ("Neo.ClientError.Statement.AccessMode", "Neo.ClientError.Security", "Neo.ClientError.Database")
FAULTY_CODES: Final = (
    "Neo.ClientError.Statement",
    "Neo.ClientError.Procedure",
    "Neo.ClientError.Schema",
    "Neo.ClientError.General",
)
LONGEST_REASON: Final = 300

_PLACE: Final = re.compile(r"\s*\(line (\d+), column (\d+) \(offset: \d+\)\)")
_log = structlog.stdlib.get_logger(__name__)


class _Place(NamedTuple):
    """Who asked, and by what id."""

    owner: str
    id: str


class GraphInquiries:
    """Runs ``at_once`` queries at a time; ``waiting`` more may wait for some seconds."""

    def __init__(self, connection: Connection, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._connection = connection
        self._slots = asyncio.Semaphore(at_once)
        self._most_waiting = waiting
        self._waiting = 0
        self._running: dict[_Place, asyncio.Task[Table]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def covers(self, grantees: Collection[str]) -> bool:
        """See ``Inquiries.covers``."""
        rows = await self._connection.read("adhoc/covered", needs={"principals": list(grantees)})
        return bool(rows[0]["covered"])

    def cancel(self, owner: str, id: str) -> None:
        """See ``Inquiries.cancel``."""
        task = self._running.get(_Place(owner, id))
        if task is None:
            raise QueryMissing(id)
        task.cancel()

    async def ask(self, inquiry: Inquiry) -> Table:
        """See ``Inquiries.ask``."""
        text = screening.screen(inquiry.text, inquiry.parameters)
        place = _Place(inquiry.owner, inquiry.id)
        if place in self._running:
            raise QueryTaken(inquiry.id)
        task = asyncio.create_task(self._take_turn(inquiry, text), name=f"query {inquiry.id}")
        self._running[place] = task
        try:
            with current().timed("database"):
                return await task
        except asyncio.CancelledError:
            # Either the query was cancelled by its id, or whoever waits for it was: then the query ends too.
            if task.cancelled() and not _is_cancelled():
                raise QueryCancelled(inquiry.id) from None
            task.cancel()
            raise
        finally:
            del self._running[place]

    async def close(self) -> None:
        """Ends what runs."""
        for task in (*self._running.values(), *self._ending):
            task.cancel()

    async def _take_turn(self, inquiry: Inquiry, text: str) -> Table:
        await self._await_slot()
        mark = uuid.uuid4().hex
        try:
            async with asyncio.timeout(inquiry.seconds + GRACE_SECONDS):
                table = await self._run(inquiry, text, mark)
        except BaseException as error:
            if isinstance(error, QueryBarred | QueryFaulty):
                self._slots.release()
            else:
                self._release_when_gone(mark)
            if isinstance(error, TimeoutError):
                raise QueryOverdue(inquiry.id) from None
            raise
        self._slots.release()
        return table

    async def _await_slot(self) -> None:
        if self._slots.locked() and self._waiting >= self._most_waiting:
            raise QueueFull(2)
        self._waiting += 1
        try:
            await asyncio.wait_for(self._slots.acquire(), PATIENCE_SECONDS)
        except TimeoutError:
            raise QueueFull(2) from None
        finally:
            self._waiting -= 1

    def _release_when_gone(self, mark: str) -> None:
        task = asyncio.create_task(self._await_end(mark), name="end of a query")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _await_end(self, mark: str) -> None:
        pause, waited = 0.05, 0.0
        try:
            while await self._is_running(mark):
                await asyncio.sleep(pause)
                waited, pause = waited + pause, min(2 * pause, 5.0)
                if waited > 60 > waited - pause:
                    _log.warning("a query can't be stopped; only a restart of the database ends it", mark=mark)
        finally:
            self._slots.release()

    async def _is_running(self, mark: str) -> bool:
        with contextlib.suppress(StoreError):
            return bool((await self._connection.read("adhoc/running", mark=mark))[0]["running"])
        return False

    async def _run(self, inquiry: Inquiry, text: str, mark: str) -> Table:
        try:
            async with self._connection.driver.session(
                database=self._connection.database, default_access_mode="READ", fetch_size=100
            ) as session:
                transaction = await session.begin_transaction(metadata={"tercet": mark}, timeout=inquiry.seconds)
                try:
                    return await self._judge_and_read(transaction, inquiry, text)
                finally:
                    with contextlib.suppress(*DRIVER_TROUBLE):
                        await transaction.close()
        except DRIVER_TROUBLE as error:
            raise _explain(error) from error

    async def _judge_and_read(self, transaction: AsyncTransaction, inquiry: Inquiry, text: str) -> Table:
        given = dict(inquiry.parameters)
        summary = await (await transaction.run(EXPLAIN + text, given)).consume()
        if summary.plan is None:
            raise QueryBarred("The database shows no plan of this query.")
        inspection.inspect(summary.plan, self._connection.database)
        with Meter(transaction, record=RECORD_BYTES, whole=2 * MOST_BYTES) as meter:
            result = await transaction.run(RUN + text, given)
            rows: list[Sequence[Json]] = []
            cut = await _gather(aiter(result), rows, inquiry.rows, meter)
            return Table(result.keys(), rows, cut)


async def _gather(records: AsyncIterator[Any], rows: list[Sequence[Json]], most: int, meter: Meter) -> Cut | None:
    """Fills ``rows``; what has cut them."""
    size = 0
    while True:
        meter.begin_record()
        try:
            record = await anext(records)
        except StopAsyncIteration:
            return None
        except (TooManyBytes, driver_errors.ServiceUnavailable, driver_errors.SessionExpired) as error:
            if not _is_of_bytes(error):
                raise
            return Cut.BYTES
        if len(rows) == most:
            return Cut.ROWS
        row = [values.show(value) for value in record.values()]
        size += len(msgspec.json.encode(row))
        if size > MOST_BYTES:
            return Cut.BYTES
        rows.append(row)


def _is_of_bytes(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, TooManyBytes):
        error = error.__cause__ or error.__context__
    return error is not None


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _explain(error: Exception) -> TercetError:
    """What the database's refusal of a query means to who asked it."""
    code = getattr(error, "code", None) or ""
    if code.startswith(MEMORY_CODES):
        return QueryOversized(code)
    if code.startswith(TIME_CODES):
        return QueryOverdue(code)
    if code.startswith(BARRED_CODES):
        return QueryBarred("The database refuses this to a query that reads.")
    if code.startswith(FAULTY_CODES):
        return _read_fault(str(getattr(error, "message", "") or ""))
    if code.startswith("Neo.DatabaseError"):
        _log.warning("the database failed on a query", code=code, exc_info=error)
        return QueryFaulty("The database fails on this query; write it in another way.")
    return meaning(error)


def _read_fault(message: str) -> QueryFaulty:
    """The database's reason without its copy of the text, and the place in the text as it was sent."""
    reason, _, _ = message.partition("\n")
    found = _PLACE.search(message)
    reason = _PLACE.sub("", reason).strip()
    if len(reason) > LONGEST_REASON:
        reason = reason[: LONGEST_REASON - 1] + "…"
    if found is None:
        return QueryFaulty(reason)
    return QueryFaulty(reason, max(1, int(found[1]) - LINES_BEFORE), int(found[2]))
