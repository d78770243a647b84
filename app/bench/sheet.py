"""The figures of one run, what they are beside each other, and what was to be reached."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.table import Table

from app.bench.figures import Spread, machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH = 150


class Aim(NamedTuple):
    """A figure to be reached: the one of ``row`` in ``unit``, or how many times that of ``beside`` it is."""

    name: str
    row: str
    unit: str
    beside: str | None = None
    least: float | None = None
    most: float | None = None

    @property
    def bound(self) -> str:
        """In words."""
        if self.least is not None:
            return f"≥ {self.least:,g}"
        return "" if self.most is None else f"≤ {self.most:,g}"

    def reached_by(self, value: float) -> bool | None:
        """Whether a value is good enough; None where nothing was to be reached."""
        if self.least is not None:
            return value >= self.least
        return None if self.most is None else value <= self.most


@dataclass(slots=True)
class Sheet:
    """What was measured, by row and unit, a value for each turn or request; remarks say what there is no figure for."""

    title: str
    aims: list[Aim] = field(default_factory=list)
    rows: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def note(self, row: str, **values: float | Sequence[float]) -> None:
        """Adds a turn's values, by unit. Units are spelled as names: ``rel_s``, ``p50_ms``, ``service_us``."""
        for unit, value in values.items():
            self.rows.setdefault((row, unit), []).extend([value] if isinstance(value, (int, float)) else value)

    def aim(self, name: str, row: str, unit: str, beside: str | None = None, **bound: float) -> None:
        """Something to be reached, ``least`` or ``most``; without either the figure is only told."""
        self.aims.append(Aim(name, row, unit, beside, **bound))

    def remark(self, text: str) -> None:
        """Says something once."""
        if text not in self.remarks:
            self.remarks.append(text)

    def compare(self, aim: Aim) -> list[float]:
        """The figures of an aim: turn by turn where both rows have the same turns, else of their medians."""
        own = self.rows.get((aim.row, aim.unit), [])
        if aim.beside is None or not own:
            return own
        other = self.rows.get((aim.beside, aim.unit), [])
        if len(own) == len(other):
            return [one / by for one, by in zip(own, other, strict=True)]
        return [statistics.median(own) / statistics.median(other)] if other else []

    def show(self, console: Console | None = None) -> None:
        """Prints the figures, then what they are beside each other."""
        console = console or Console(width=WIDTH)
        console.print(self._tabulate())
        if self.aims:
            console.print(self._tabulate_aims())
        for remark in self.remarks:
            console.print(remark, highlight=False)

    def _tabulate(self) -> Table:
        table = Table(title=f"{self.title} ({machine()})", title_justify="left")
        table.add_column("what")
        for column in ("unit", "median", "p99", "least", "most", "times"):
            table.add_column(column, justify="right")
        for (row, unit), values in self.rows.items():
            spread = Spread.of(values)
            table.add_row(
                row,
                spell(unit),
                *(f"{value:,.4g}" if value < 10 else f"{value:,.1f}" for value in spread[:4]),
                str(spread.times),
            )
        return table

    def _tabulate_aims(self) -> Table:
        table = Table(title="beside each other", title_justify="left")
        for column in ("what", "median", "least", "most", "aim", "reached"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for aim in self.aims:
            if values := self.compare(aim):
                spread = Spread.of(values)
                reached = {True: "yes", False: "no", None: ""}[aim.reached_by(spread.median)]
                shown = (f"{value:,.2f}" for value in (spread.median, spread.least, spread.most))
                table.add_row(aim.name, *shown, aim.bound, reached)
        return table

    def document(self) -> dict[str, Any]:
        """The same for programs."""
        figures = [
            {"what": row, "unit": spell(unit), **Spread.of(values)._asdict()}
            for (row, unit), values in self.rows.items()
        ]
        beside = []
        for aim in self.aims:
            if values := self.compare(aim):
                spread = Spread.of(values)
                told = {"what": aim.name, "aim": aim.bound, "reached": aim.reached_by(spread.median)}
                beside.append(told | spread._asdict())
        return {
            "title": self.title,
            "machine": machine(),
            "figures": figures,
            "beside": beside,
            "remarks": self.remarks,
        }

    def write(self, path: Path | None) -> None:
        """Writes it as JSON, if a file is named."""
        if path is not None:
            path.write_text(json.dumps(self.document(), indent=2, ensure_ascii=False))


def spell(unit: str) -> str:
    """A unit as people write it."""
    return {"rel_s": "rel/s", "rows_s": "rows/s", "ask_s": "1/s"}.get(
        unit, unit.replace("_us", " µs").replace("_", " ")
    )
