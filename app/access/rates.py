"""How often a caller may ask: a bucket of tokens for each principal, in this process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.core.access import Caller

MOST_BUCKETS: Final = 10_000


class Rates:
    """``per_second`` requests of a principal on average, ``burst`` at once after a rest.

    Where more principals than it remembers ask at a time, those who have rested longest begin with a full bucket.
    """

    def __init__(self, per_second: int, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, principal: str) -> int:
        """0 for a request that is within the rate; else the whole seconds until one is, and nothing is taken."""
        now = self._clock()
        left, since = self._buckets.pop(principal, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        wait = 0 if left >= 1 else max(1, math.ceil((1 - left) / self._per_second))
        self._buckets[principal] = (left if wait else left - 1, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait


def limit(identify: Callable[[str | None], Caller], rates: Rates) -> Callable[[str | None], Caller]:
    """The same callers, each of whom knows how long to wait."""

    def identify_in_turn(authorization: str | None) -> Caller:
        caller = identify(authorization)
        return replace(caller, wait=rates.take(caller.principal))

    return identify_in_turn
