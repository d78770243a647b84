"""``uv run python -m tests.explorer``: how long two thousand entities take to be drawn, and the longest pause meanwhile.

The building EBU3B in the real service, shown by a headless Chromium, each round a page of its own; medians in
milliseconds. A running Neo4j may be named in TERCET_TEST_NEO4J.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from app.embedded.server import EmbeddedNeo4j, Endpoint
from app.graph import migrate
from app.graph.connection import Connection
from app.graph.library import Library
from app.settings import Settings
from tests.conftest import run_service
from tests.explorer.conftest import CHROMIUM, WATCH, House, load, served, visiting


async def draw(browser: Browser, house: House) -> tuple[float, float, int]:
    """Milliseconds from the answer to the picture, of the longest task of the page, and how many were drawn."""
    async with visiting(browser) as visit:
        await visit.page.add_init_script(WATCH)
        await visit.open(house.link(("around", f"{house.ref('EBU3B')}~5")))
        await visit.until("performance.getEntriesByName('tercet-draw').length > 0")
        took, longest = await visit.page.evaluate("[performance.getEntriesByName('tercet-draw')[0].duration, longest]")
        return took, longest, len((await visit.drawn())["entities"])


async def measure(rounds: int) -> None:
    """Loads the building, draws it, and tells."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if running := os.environ.get("TERCET_TEST_NEO4J"):
            database = Endpoint(*running.split())
        else:
            settings = replace(Settings.from_environment(), data_dir=folder / "neo4j")
            database = (await stack.enter_async_context(EmbeddedNeo4j(settings))).endpoint
        connection = Connection(Library.load())
        connection.attach(database.uri, database.user, database.password)
        stack.push_async_callback(connection.close)
        await migrate.up(connection)
        service = await run_service(stack, database, folder)
        space = service.space()
        await load(service, space)
        house = House(await stack.enter_async_context(served(service)), space, service)
        play = await stack.enter_async_context(async_playwright())
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        drawn = [await draw(browser, house) for _ in range(rounds)]
        await browser.close()
    took, longest, count = (statistics.median(column) for column in zip(*drawn, strict=True))
    sys.stdout.write(f"{count:,.0f} entities drawn in {took:,.0f} ms, longest task {longest:,.0f} ms\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(measure(parser.parse_args().rounds))
