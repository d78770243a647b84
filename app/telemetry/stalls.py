"""How long the event loop keeps everybody waiting while it does one thing."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.telemetry.metrics import Metrics

INTERVAL: Final = 0.01


class LoopWatch:
    """Notes by how much a short timer of the running loop comes late, from ``begin`` to ``end``.

    That is at most ``INTERVAL`` less than what a request that came at the worst moment had to wait. It costs one percent
    of a core: a timer with a task behind it would cost twice that.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watches the running loop."""
        self._due = perf_counter() + INTERVAL
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._look)

    def end(self) -> None:
        """Watches no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._metrics.record_stall(perf_counter() - self._due)
        self.begin()
