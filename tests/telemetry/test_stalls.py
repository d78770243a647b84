"""The watch on the event loop."""

from __future__ import annotations

import asyncio
import time

from app.telemetry import LoopWatch, Metrics


def read(metrics: Metrics) -> float:
    """The longest stall, as an operator reads it."""
    told = metrics.text().decode().splitlines()
    return next(float(line.split()[1]) for line in told if line.startswith("tercet_loop_stall_seconds"))


async def test_a_loop_that_does_one_thing_for_long_is_seen_in_the_figures_and_told_once():
    metrics = Metrics()
    watch = LoopWatch(metrics)
    watch.begin()
    await asyncio.sleep(0.02)
    time.sleep(0.08)  # noqa: ASYNC251  (what nobody should do)
    await asyncio.sleep(0.02)
    watch.end()
    assert 0.065 <= read(metrics) < 1
    assert read(metrics) == 0
