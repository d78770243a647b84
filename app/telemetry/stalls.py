"""How long the event loop keeps everybody waiting while it does one thing."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from app.telemetry.metrics import Metrics

INTERVAL: Final = 0.005


async def watch_loop(metrics: Metrics) -> NoReturn:
    """Notes for ever by how much a short sleep of the running loop is overslept: at most ``INTERVAL`` less than what a
    request that came at the worst moment had to wait."""
    while True:
        began = perf_counter()
        await asyncio.sleep(INTERVAL)
        metrics.record_stall(perf_counter() - began - INTERVAL)
