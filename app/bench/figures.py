"""Figures of one run: medians with their spread, as a table and as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

Values = Mapping[str, Sequence[float]]


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


def show(title: str, unit: str, values: Values) -> None:
    """Prints a row for each name."""
    table = Table(title=f"{title} ({machine()})", title_justify="left")
    table.add_column("what")
    for column in ("median", "p99", "least", "most"):
        table.add_column(f"{column} {unit}", justify="right")
    table.add_column("times", justify="right")
    for name, measured in values.items():
        spread = Spread.of(measured)
        table.add_row(name, *(f"{value:,.1f}" for value in spread[:4]), str(spread.times))
    Console(width=140).print(table)


def write(path: Path | None, title: str, unit: str, values: Values, **more: object) -> None:
    """Writes the same as JSON, if a file is named, with what else there is to say."""
    if path is not None:
        spreads = {name: Spread.of(measured)._asdict() for name, measured in values.items()}
        document = {"title": title, "machine": machine(), "unit": unit, "figures": spreads, **more}
        path.write_text(json.dumps(document, indent=2))
