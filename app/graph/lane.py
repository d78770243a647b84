"""A way of its own for large transactions: an event loop in a thread, with its own connections to the database.

To pack, read or judge ten thousand rows takes tenths of a second, in which an event loop answers nobody. Here that is
the lane's loop: small requests are served meanwhile by the other, at the price of taking turns with one thread.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.graph.connection import Connection

T = TypeVar("T")
AT_ONCE = 3
"""One is judged while another is written, and the next is read; what more of them hold would make nothing faster."""


class Lane:
    """The lane beside a connection. Its thread starts with the first transaction and ends with ``close``."""

    def __init__(self, beside: Connection) -> None:
        self._beside = beside
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._own: Connection | None = None

    @property
    def full(self) -> bool:
        """Whether what is run now would wait for its turn."""
        return self._turns.locked()

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What ``work`` makes of the lane's connection, on its loop; three at a time, in order.

        Raises StoreAway while the connection is not attached. What was written is known to the connection beside.
        """
        async with self._turns:
            loop = self._loop or self._begin()
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._carry_out(work), loop))

    async def _carry_out(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        if self._own is None:
            self._own = self._beside.twin()
        try:
            return await work(self._own)
        finally:
            self._beside.learn_from(self._own)

    def _begin(self) -> asyncio.AbstractEventLoop:
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_turn, args=(loop,), name="lane", daemon=True)
        self._thread.start()
        return loop

    async def close(self) -> None:
        """Ends the thread and gives its sockets back; harmless where none has begun."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = self._thread = None
        if self._own is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._own.close(), loop))
            self._own = None
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
