"""What comes next of a job: read, and decided as far as that goes, while the part before it is carried out."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from app.core.errors import TercetError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.core.jobs import Job, Part
    from app.core.queue import Carrier, Claim, Queue
    from app.core.store import Batch


@dataclass(frozen=True, slots=True)
class Look:
    """The next part of a job, its items and what they ask; or the ``fault`` that reading them met. None: none is left.

    ``most``: how many parts it was to be of.
    """

    job: Job
    part: Part | None
    most: int
    items: Sequence[bytes] = ()
    batch: Batch | None = None
    fault: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A look that is under way: read, then decided. None where there seems to be nothing, and one must look again."""

    read: asyncio.Task[Look | None]
    decided: asyncio.Task[Look | None]


class Lookout:
    """The looks at the parts of one job, in their order. What is under way when the block is left is given up.

    What comes behind all looks is read as soon as they are decided: then the database commits, and nobody else is at work.
    ``widen``: of how many parts a look may be, behind one of so many.
    """

    def __init__(self, queue: Queue, claim: Claim, carrier: Carrier, widen: Callable[[int], int]) -> None:
        self._queue = queue
        self._claim = claim
        self._carrier = carrier
        self._widen = widen
        self._loop = asyncio.get_running_loop()
        self._ahead: deque[_Ahead] = deque()
        self._behind: asyncio.Task[Look | None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.forget()

    async def look(self, *, start: int = 0, most: int) -> Look:
        """The next part from item ``start`` on, of at most so many joined."""
        job, part = await self._queue.next_part(self._claim, start=start, most=most)
        if part is None:
            return Look(job, None, most)
        try:
            items = await asyncio.to_thread(lambda: part.items)
            return Look(job, part, most, items, await self._carrier.read(items, job))
        except Exception as error:  # noqa: BLE001  (it is the part's, and told when its turn comes)
            return Look(job, part, most, fault=error)

    def look_behind(self, look: Look) -> None:
        """Begins to look at what comes behind, unless that is under way."""
        if not self._ahead:
            present: asyncio.Future[Look | None] = self._loop.create_future()
            present.set_result(look)
            self._begin(present)

    def hurry(self) -> None:
        """Begins one more look, for what is carried out changes nothing and will be over soon; called from any thread."""
        self._loop.call_soon_threadsafe(self._look_further)

    def _look_further(self) -> None:
        if len(self._ahead) == 1:
            self._begin(self._ahead[0].read)

    def _begin(self, last: Awaitable[Look | None]) -> None:
        read, self._behind = self._behind or self._read(last), None
        self._ahead.append(_Ahead(read, asyncio.create_task(self._decide(read))))

    def _read(self, last: Awaitable[Look | None]) -> asyncio.Task[Look | None]:
        return asyncio.create_task(self._read_behind(last), name=f"next part {self._claim.job.request_id}")

    async def take(self) -> Look | None:
        """The first of the looks under way, when it is done."""
        found = await self._ahead[0].decided
        self._ahead.popleft()
        return found

    async def forget(self) -> None:
        """Gives up all looks under way."""
        tasks = [task for ahead in self._ahead for task in (ahead.decided, ahead.read)]
        tasks += [] if self._behind is None else [self._behind]
        self._ahead.clear()
        self._behind = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_behind(self, behind: Awaitable[Look | None]) -> Look | None:
        last = await behind
        if last is None or last.part is None or last.part.end == last.job.total:
            return None
        with contextlib.suppress(TercetError):
            found = await self.look(start=last.part.end, most=self._widen(last.most))
            return found if found.part is not None else None
        return None

    async def _decide(self, read: asyncio.Task[Look | None]) -> Look | None:
        found = await read
        if found is not None and found.batch is not None:
            with contextlib.suppress(TercetError):
                found = replace(found, batch=await self._queue.foresee(self._claim, found.batch))
        if self._behind is None and read is self._ahead[-1].read:
            self._behind = self._read(read)
        return found
