"""The watch on the event loop."""

from __future__ import annotations

import asyncio
import time

from app.telemetry import Metrics, watch_loop


def read(metrics: Metrics) -> float:
    """The longest stall, as an operator reads it."""
    told = metrics.text().decode().splitlines()
    return next(float(line.split()[1]) for line in told if line.startswith("tercet_loop_stall_seconds"))


async def test_a_loop_that_does_one_thing_for_long_is_seen_in_the_figures_and_told_once():
    metrics = Metrics()
    watching = asyncio.create_task(watch_loop(metrics))
    await asyncio.sleep(0.02)
    time.sleep(0.08)  # noqa: ASYNC251  (what nobody should do)
    await asyncio.sleep(0.02)
    assert 0.07 <= read(metrics) < 1
    assert read(metrics) == 0
    watching.cancel()
