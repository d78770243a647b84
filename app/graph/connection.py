"""The driver, its sessions, and what its errors mean to the core.

Every exception class of the driver has a meaning in ``MEANINGS``; a test fails when the driver gains one that has none.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import neo4j
import neo4j.exceptions as driver_errors
from neo4j import AsyncGraphDatabase, Bookmarks, NotificationMinimumSeverity

from app.core.bookmarks import read_states, write_states
from app.core.errors import BookmarkInvalid, OutOfTime, StoreAway, StoreBehind, StoreDefect
from app.telemetry import current

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from neo4j import AsyncDriver, AsyncSession, AsyncTransaction

    from app.core.errors import StoreError, TercetError
    from app.graph.library import Library

DRIVER_TROUBLE = (driver_errors.DriverError, driver_errors.Neo4jError, OSError)
CATCH_UP_SECONDS = 5.0


class CommitUnknown(StoreAway):
    """The connection was lost while a transaction was committing: it may have taken place."""


class ConstraintRefused(StoreDefect):
    """The database refused what a constraint forbids and the judge should have."""


class RowsUnexpected(StoreDefect):
    """The counters of a transaction differ from its plan."""


# Classes that mean a fault of ours stand here too, so that a class nobody has thought about is noticed.
MEANINGS: Mapping[type[Exception], type[StoreError]] = {
    driver_errors.GqlError: StoreDefect,
    driver_errors.Neo4jError: StoreDefect,
    driver_errors.ClientError: StoreDefect,
    driver_errors.CypherSyntaxError: StoreDefect,
    driver_errors.CypherTypeError: StoreDefect,
    driver_errors.ConstraintError: ConstraintRefused,
    driver_errors.AuthError: StoreAway,
    driver_errors.TokenExpired: StoreAway,
    driver_errors.Forbidden: StoreDefect,
    driver_errors.DatabaseError: StoreDefect,
    driver_errors.TransientError: StoreAway,
    driver_errors.DatabaseUnavailable: StoreAway,
    driver_errors.NotALeader: StoreAway,
    driver_errors.ForbiddenOnReadOnlyDatabase: StoreAway,
    driver_errors.DriverError: StoreDefect,
    driver_errors.SessionError: StoreDefect,
    driver_errors.TransactionError: StoreDefect,
    driver_errors.TransactionNestingError: StoreDefect,
    driver_errors.ResultError: StoreDefect,
    driver_errors.ResultFailedError: StoreAway,
    driver_errors.ResultConsumedError: StoreDefect,
    driver_errors.ResultNotSingleError: StoreDefect,
    driver_errors.BrokenRecordError: StoreDefect,
    driver_errors.SessionExpired: StoreAway,
    driver_errors.ServiceUnavailable: StoreAway,
    driver_errors.RoutingServiceUnavailable: StoreAway,
    driver_errors.WriteServiceUnavailable: StoreAway,
    driver_errors.ReadServiceUnavailable: StoreAway,
    driver_errors.IncompleteCommit: CommitUnknown,
    driver_errors.ConfigurationError: StoreDefect,
    driver_errors.AuthConfigurationError: StoreDefect,
    driver_errors.CertificateConfigurationError: StoreDefect,
    driver_errors.UnsupportedServerProduct: StoreDefect,
    driver_errors.ConnectionPoolError: StoreAway,
    driver_errors.ConnectionAcquisitionTimeoutError: StoreAway,
}
OUT_OF_TIME = "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"
AWAY_CODES = (
    "Neo.TransientError",
    "Neo.ClientError.Security.Unauthorized",
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.LockClientStopped",
    "Neo.DatabaseError.General.UnknownError.Unavailable",
)


def meaning(error: Exception) -> TercetError:
    """What an exception of the driver means; one of neither the driver nor the network is a defect of ours."""
    code = getattr(error, "code", None) or ""
    if "Bookmark" in code and code.startswith("Neo.ClientError"):
        return BookmarkInvalid(code)
    if code == OUT_OF_TIME:
        return OutOfTime()
    if code.startswith(AWAY_CODES) or isinstance(error, OSError):
        return StoreAway(code or type(error).__name__)
    kinds = (MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
    return next(kinds, StoreDefect)(f"{type(error).__name__} {code}".strip())


class Connection:
    """The statements, and the driver that runs them once it is attached; one for the life of the service.

    Until a driver is attached every use raises StoreAway with ``away``, the reason in words.
    """

    def __init__(self, library: Library, *, away: str = "the database is starting") -> None:
        self.library = library
        self.away = away
        self.database = "neo4j"
        self.routed = False
        self._driver: AsyncDriver | None = None
        self._login: tuple[str, str, str] | None = None
        self._latest: Bookmarks | None = None
        self._sessions = self._opened = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._planned: set[str] = set()

    @property
    def driver(self) -> AsyncDriver:
        """The driver. Raises StoreAway while there is none."""
        if self._driver is None:
            raise StoreAway(self.away)
        return self._driver

    def attach(self, uri: str, user: str, password: str, database: str = "neo4j") -> None:
        """Makes the driver; nothing is tried yet. Raises StoreDefect unless its compiled packing is active."""
        demand_compiled_packing()
        self._login = uri, user, password
        self.database = database
        self.routed = uri.startswith("neo4j")
        self._driver = AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            max_connection_pool_size=64,
            connection_acquisition_timeout=10,
            connection_timeout=5,
            max_transaction_retry_time=0,
            keep_alive=True,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            user_agent="tercet",
            telemetry_disabled=True,
        )

    def twin(self) -> Connection:
        """Another connection to the same database, for the event loop that runs now. Raises StoreAway while unattached."""
        if self._driver is None or self._login is None:
            raise StoreAway(self.away)
        twin = Connection(self.library)
        twin.attach(*self._login, self.database)
        return twin

    def learn_from(self, twin: Connection) -> None:
        """What the twin has written was written by this process too."""
        if twin._latest is not None:
            self._latest = twin._latest

    async def close(self) -> None:
        """Gives every socket back; harmless when nothing is attached."""
        if self._driver is not None:
            await self._driver.close()
            self._driver = None
            self.away = "the service is stopping"

    async def verify(self) -> None:
        """Raises StoreAway while nothing answers."""
        try:
            await self.driver.verify_connectivity()
        except DRIVER_TROUBLE as error:
            raise meaning(error) from error

    @asynccontextmanager
    async def session(self, mode: str, bookmark: str | None = None) -> AsyncIterator[AsyncSession]:
        """A session whose errors are the core's. ``mode``: read or write; ``bookmark``: a state it must have seen."""
        access = neo4j.READ_ACCESS if mode == "read" else neo4j.WRITE_ACCESS
        bookmarks = None if bookmark is None else read_bookmark(bookmark)
        self._sessions += 1
        self._opened += 1
        self._calm.clear()
        try:
            async with self.driver.session(
                database=self.database, default_access_mode=access, bookmarks=bookmarks
            ) as session:
                yield session
        except DRIVER_TROUBLE as error:
            raise meaning(error) from error
        finally:
            self._sessions -= 1
            if not self._sessions:
                self._calm.set()

    async def await_calm(self, seconds: float) -> None:
        """Returns when nothing has been asked of the database for so long."""
        while True:
            await self._calm.wait()
            seen = self._opened
            await asyncio.sleep(seconds)
            if seen == self._opened:
                return

    async def read(
        self, name: str, *, bookmark: str | None = None, seconds: float | None = None, **params: Any
    ) -> list[neo4j.Record]:
        """The rows of a read statement. A connection that breaks is tried once more before StoreAway.

        Raises StoreBehind when the state that ``bookmark`` names is not reached within 5 seconds, and OutOfTime when the
        statement takes longer than ``seconds``: the database stops it then, to the second.
        """
        rows, _ = await self.look(name, bookmark=bookmark, seconds=seconds, **params)
        return rows

    async def look(
        self, name: str, *, bookmark: str | None = None, seconds: float | None = None, **params: Any
    ) -> tuple[list[neo4j.Record], Bookmarks]:
        """The same rows, and the state that they show.

        While the database applies a commit, a reader may find its properties and not yet its index entries. What is read
        under that state finds all of it.
        """
        with current().timed("database"):
            try:
                return await self._read(name, bookmark, seconds, params)
            except (StoreBehind, OutOfTime):
                raise
            except StoreAway:
                await asyncio.sleep(0.05)
                return await self._read(name, bookmark, seconds, params)

    async def _read(
        self, name: str, bookmark: str | None, seconds: float | None, params: dict[str, Any]
    ) -> tuple[list[neo4j.Record], Bookmarks]:
        statement = self.library[name]
        text = statement.text if seconds is None else neo4j.Query(statement.text, timeout=seconds)
        try:
            async with (
                asyncio.timeout(None if bookmark is None else CATCH_UP_SECONDS),
                self.session(statement.mode, bookmark) as session,
            ):
                result = await session.run(text, params)
                return [record async for record in result], await session.last_bookmarks()
        except TimeoutError as error:
            raise StoreBehind("the bookmark was not reached", 1) from error

    async def write(self, name: str, **params: Any) -> list[neo4j.Record]:
        """The rows of one write statement in a transaction of its own; not repeated when its outcome is unknown."""
        statement = self.library[name]
        async with self.session("write") as session:
            result = await session.run(statement.text, params)
            rows = [record async for record in result]
            await result.consume()
            self._latest = await session.last_bookmarks()
            return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncTransaction]:
        """One write transaction: rolled back unless the block commits it with ``commit``."""
        async with self.session("write") as session:
            transaction = await begin(session)
            try:
                yield transaction
            finally:
                await transaction.close()
            if (bookmarks := await session.last_bookmarks()).raw_values:
                self._latest = bookmarks

    async def commit(self, transaction: AsyncTransaction) -> None:
        """Makes a transaction durable. Raises CommitUnknown when the connection broke before the answer came."""
        try:
            await transaction.commit()
        except DRIVER_TROUBLE as error:
            raise meaning(error) from error

    async def latest_bookmark(self) -> str:
        """A state that holds everything this process has written or, in a cluster, anybody has by now."""
        if self.routed or self._latest is None:
            try:
                await self._look_up_latest()
            except StoreAway:
                # What was just committed stays committed: the state that this process knows is named instead.
                if self._latest is None:
                    raise
        assert self._latest is not None, "it was known or has been looked up"
        return write_bookmark(self._latest)

    async def _look_up_latest(self) -> None:
        async with self.session("write") as session:
            await (await session.run(self.library["space/latest"].text)).consume()
            self._latest = await session.last_bookmarks()

    async def run(self, transaction: AsyncTransaction, name: str, **params: Any) -> neo4j.AsyncResult:
        """A statement of the library inside a transaction."""
        return await transaction.run(self.library[name].text, params)

    async def plan_first(self, name: str) -> float:
        """Has the database plan a statement that it may not know yet; the seconds that this takes, mostly none."""
        if name in self._planned:
            return 0.0
        started = time.monotonic()
        await self.plan(name)
        return time.monotonic() - started

    async def plan(self, name: str) -> None:
        """Has the database plan a statement, so that no request pays for its first time."""
        statement = self.library[name]
        async with self.session("write") as session:
            params = dict.fromkeys(statement.params)
            await (await session.run(f"EXPLAIN {statement.text}", params)).consume()
        self._planned.add(name)


async def begin(session: AsyncSession) -> AsyncTransaction:
    """A transaction whose begin travels with its first statement, as those of the driver's ``execute_query`` do."""
    with session._pipelined_begin:
        return await session.begin_transaction()


def demand_compiled_packing() -> None:
    """Raises StoreDefect unless the driver packs with its Rust extension: ten thousand rows take a second without."""
    from neo4j._codec.packstream import RUST_AVAILABLE

    if not RUST_AVAILABLE:
        raise StoreDefect("neo4j-rust-ext is not active; install it beside the driver")


def write_bookmark(bookmarks: Bookmarks) -> str:
    """A state of the store as an opaque text of letters, digits, `-` and `_`."""
    return write_states(bookmarks.raw_values)


def read_bookmark(token: str) -> Bookmarks:
    """The state that such a text names. Raises BookmarkInvalid for any other text."""
    try:
        return Bookmarks.from_raw_values(read_states(token))
    except (ValueError, TypeError) as error:
        raise BookmarkInvalid from error
