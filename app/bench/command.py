"""A bench as a person sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from app.bench.lines import Lines
from app.bench.measure import Measure

if TYPE_CHECKING:
    from app.bench.sheet import Sheet


async def run(base: str, token: str, space: str, *, items: int, calls: int, turns: int) -> Sheet:
    """Measures the service at ``base`` in a space of its own, which stays behind. Raises BenchFailed."""
    async with Lines(base, token) as client:
        with Console(stderr=True).status(f"measuring {base} in the space {space}"):
            return await Measure(client, space, items, calls).take_turns(turns)
