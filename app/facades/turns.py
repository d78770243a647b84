"""Large requests take turns: what one of them holds while it is worked on is many times its body."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from app.core.errors import StoreAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")
MOST_WAITING: Final = 30


async def aside(large: bool, work: Callable[[], T]) -> T:
    """``work`` done here, or in a thread if it is ``large``, so that other requests go on meanwhile."""
    return await asyncio.to_thread(work) if large else work()


class Turns:
    """``at_once`` large requests are worked on, in the order in which they came; 30 more wait with their bodies."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._free = asyncio.Semaphore(at_once)
        self._held = 0

    @asynccontextmanager
    async def take(self, *, large: bool = True) -> AsyncIterator[None]:
        """The turn of a request; one that is not ``large`` needs none. Raises StoreAway where too many wait."""
        if not large:
            yield
            return
        if self._held >= self._at_once + MOST_WAITING:
            raise StoreAway("too many large requests are waiting")
        self._held += 1
        try:
            async with self._free:
                yield
        finally:
            self._held -= 1
