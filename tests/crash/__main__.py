"""``uv run python -m tests.crash [--rounds N] [--seed S]``: kills at every named point, then at random under load.

It starts a Neo4j of its own, since that is killed too. After each cell of the matrix and each round the promises of jobs
are held against the database (see ``judge``). ``--unfenced`` lets workers ignore that their claim is over: then it must
end red, which shows that it would see. Exits 1 at the first broken promise, with everything it knew in ``--folder``.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.crash.load import Broken
from tests.crash.play import Play, playing
from tests.crash.points import ACCEPTING, WORKING

CELLS = [
    *(("service", point) for point in (*ACCEPTING, *WORKING)),
    *(("second worker", point) for point in WORKING),
    *(("database", point) for point in (*ACCEPTING, *WORKING)),
]


async def run(chosen: argparse.Namespace, folder: Path, console: Console) -> None:
    """The matrix, then the rounds."""
    chance = random.Random(chosen.seed)
    async with playing(folder, chance, fenced=not chosen.unfenced) as play:
        console.print(f"seed {chosen.seed}, logs in {folder}")
        cells = [] if chosen.skip_matrix else [cell for cell in CELLS if chosen.victim in (None, cell[0])]
        for place, (victim, point) in enumerate(cells, 1):
            started = time.monotonic()
            await play.die(victim, point)
            console.print(f"cell {place}/{len(cells)}: {victim} at {point}, {time.monotonic() - started:.1f} s")
        await _play_rounds(play, chosen, console)


async def _play_rounds(play: Play, chosen: argparse.Namespace, console: Console) -> None:
    began = time.monotonic()
    for number in range(1, chosen.rounds + 1):
        started = time.monotonic()
        told = await play.round(database=chosen.database_every and number % chosen.database_every == 0)
        console.print(f"round {number}/{chosen.rounds}: {told}, {time.monotonic() - started:.1f} s")
    spent = time.monotonic() - began
    console.print(f"[bold]green[/]: {chosen.rounds} rounds, {spent / max(chosen.rounds, 1):.1f} s each; {play.told()}")


def main() -> None:
    """Runs until all is done or something is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument(
        "--database-every", type=int, default=25, help="kill the database in every n-th round; 0: never"
    )
    parser.add_argument("--skip-matrix", action="store_true", help="rounds only")
    parser.add_argument("--victim", choices=sorted({victim for victim, _ in CELLS}), help="the matrix of this one only")
    parser.add_argument("--unfenced", action="store_true", help="prove the proof: this must end red")
    parser.add_argument("--folder", type=Path)
    chosen, console = parser.parse_args(), Console(highlight=False)
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="tercet-crash-"))
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)  # that connections break is what this is about
    try:
        asyncio.run(run(chosen, folder, console))
    except Broken as broken:
        console.print(f"[bold]red[/]: seed {chosen.seed}: {broken}", markup=True, soft_wrap=True)
        sys.exit(1)


main()
