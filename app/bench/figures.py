"""What many values of one kind come down to, and where they come from."""

from __future__ import annotations

import math
import os
import platform
import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """Median, nearest-rank 99th percentile and ends of some values, and how many there are."""

    median: float
    p99: float
    least: float
    most: float
    times: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        ordered = sorted(values)
        rank = max(0, math.ceil(0.99 * len(ordered)) - 1)
        return cls(statistics.median(ordered), ordered[rank], ordered[0], ordered[-1], len(ordered))


def machine() -> str:
    """Where the figures come from."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
