"""All links between the entities of a space, held as pairs of small integers: some 16 bytes each."""

from __future__ import annotations

import asyncio
from array import array
from typing import TYPE_CHECKING, Final

from app.core.errors import OutOfTime
from app.core.expanse import STRANGE
from app.core.graphs import Cut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from app.core.expanse import Expanses, Knots
    from app.core.graphs import Scope

MOST_LINKS: Final = 2_000_000
PART: Final = 10_000


class Ways:
    """Links as the places of their ends, which are below ``top``; the first ``directed`` of them have a direction."""

    def __init__(self) -> None:
        self.sources, self.targets = array("q"), array("q")
        self.directed = self.top = 0
        self._strange: list[int] = []

    def settle(self) -> None:
        """When all are read: gives strange numbers places behind the others."""
        ends = (self.sources, self.targets)
        first = 1 + max((n for numbers in ends for n in numbers if n < STRANGE), default=0)
        self._strange = sorted({n for numbers in ends for n in numbers if n >= STRANGE})
        self.top = first + len(self._strange)
        if self._strange:
            places = {n: first + index for index, n in enumerate(self._strange)}
            self.sources, self.targets = (array("q", (places.get(n, n) for n in numbers)) for numbers in ends)

    def numbers(self, places: Iterable[int]) -> dict[int, int]:
        """The places of some entities by their numbers."""
        first = self.top - len(self._strange)
        return {place if place < first else self._strange[place - first]: place for place in places}


async def read_ways(graphs: Expanses, scope: Scope, types: frozenset[str] | None, ways: Ways) -> Cut | None:
    """Adds all links of these types (None: all). Cut by RELATIONSHIPS behind ``MOST_LINKS``, by TIME."""
    try:
        async for knots in _read_knots(graphs, scope, types):
            ways.sources.extend(knots.sources)
            ways.targets.extend(knots.targets)
            if len(ways.sources) >= MOST_LINKS and knots.reached is not None:
                return Cut.RELATIONSHIPS
    except OutOfTime:
        return Cut.TIME
    return None


async def _read_knots(graphs: Expanses, scope: Scope, types: frozenset[str] | None) -> AsyncIterator[Knots]:
    """``PART`` entities at a time; each part is asked for while the one before is looked at."""
    ahead = asyncio.ensure_future(graphs.knots(scope, types, after="", look=PART))
    try:
        while True:
            knots = await ahead
            if knots.reached is not None:
                ahead = asyncio.ensure_future(graphs.knots(scope, types, after=knots.reached, look=PART))
            yield knots
            if knots.reached is None:
                return
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
