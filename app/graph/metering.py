"""How many bytes the database may send for one record: a list of a billion numbers is one record.

The driver reads a record whole before anybody can look at it. It has no bound of its own, so the socket that its inbox
reads from is exchanged, for one transaction, by one that counts (neo4j 6.1, private names; a test notices if they change).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from neo4j import AsyncTransaction


class TooManyBytes(OSError):
    """More has come than may; the connection is broken by it."""


class Meter:
    """``with Meter(transaction, record=…, whole=…) as meter:`` bounds what comes on the connection of a transaction.

    ``begin_record`` is called before each record is read.
    """

    def __init__(self, transaction: AsyncTransaction, *, record: int, whole: int) -> None:
        self._inbox: Any = transaction._connection.inbox
        self._socket = self._inbox._socket
        self._record = record
        self._whole = whole
        self._came = 0
        self._began = 0

    def begin_record(self) -> None:
        """What comes from now on belongs to the next record."""
        self._began = self._came

    async def recv_into(self, buffer: memoryview, count: int) -> int:
        """As the socket's. Raises TooManyBytes."""
        came: int = await self._socket.recv_into(buffer, count)
        self._came += came
        if self._came > self._whole or self._came - self._began > self._record:
            raise TooManyBytes("the record is longer than a record may be")
        return came

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def __enter__(self) -> Meter:
        self._inbox._socket = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inbox._socket = self._socket
