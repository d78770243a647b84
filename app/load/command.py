"""A load as a person sees it: a bar, and the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.load.journal import Journal
from app.load.send import Loader
from app.load.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.load.send import Report


async def run(
    base: str,
    token: str,
    space: str,
    files: Sequence[Path],
    journals: Path,
    refused: Path,
    console: Console | None = None,
) -> Report:
    """Loads files into a collection of the service at ``base``.

    Raises FileUnusable and OSError before anything is sent, LoadFailed when the service can't go on.
    """
    console = console or Console(stderr=True)
    with console.status("reading"):
        source = Source.scan(files)
    journal = Journal.open(journals, base, space, source.digest)
    if journal.resumed:
        console.print(f"going on after {journal.resumed:,} items of an interrupted load", highlight=False)
    columns = TextColumn(f"loading into {space}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    headers = {"Authorization": f"Bearer {token}"}
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("load", total=source.counts.total())
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            loader = Loader(client, space, journal, refused, advance=lambda items: bar.advance(task, items))
            return await loader.load(source)
