"""The answer to a large request is made while what it tells is made durable."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from app.facades.turns import aside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.core.model import Outcome

T = TypeVar("T")


class Draft(Generic[T]):
    """What ``make`` makes of the outcomes of a request; in a thread if it is ``large``, else when it is asked for."""

    def __init__(self, make: Callable[[Sequence[Outcome]], T], *, large: bool) -> None:
        self._make = make
        self._large = large
        self._loop = asyncio.get_running_loop()
        self._begun: tuple[Sequence[Outcome], asyncio.Future[T]] | None = None

    def begin(self, outcomes: Sequence[Outcome]) -> None:
        """A ``Preview``: whatever was made before is forgotten."""
        if self._large:
            self._loop.call_soon_threadsafe(self._begin, outcomes)

    def _begin(self, outcomes: Sequence[Outcome]) -> None:
        self._begun = outcomes, self._loop.run_in_executor(None, self._make, outcomes)

    async def finish(self, outcomes: Sequence[Outcome]) -> T:
        """What was made of just these outcomes, which are durable now; or is."""
        if self._begun is not None and self._begun[0] is outcomes:
            return await self._begun[1]
        return await aside(self._large, lambda: self._make(outcomes))
