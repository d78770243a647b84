"""The short form of ``python -m tests.crash``: points of acceptance, behind the 202 and of purging, on the session's database.

The points of a worker are in ``tests/jobs/test_crash.py``; there the judge is shown a worker that ignores its fence too.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.embedded.server import Endpoint
from app.graph.connection import Connection
from tests.crash.load import Broken, goes_on
from tests.crash.play import Play, staging
from tests.crash.points import ACCEPTING


@pytest_asyncio.fixture(scope="module")
async def play(graph: Connection, database: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    """One cast for all cells."""
    folder = tmp_path_factory.mktemp("crash")
    async with staging(folder, graph, database.uri, database.password, random.Random(6)) as staged:
        yield staged


@pytest.mark.parametrize("point", [*ACCEPTING, "after-claim", "before-purge-commits"])
async def test_59_a_service_killed_at_a_named_point_loses_and_repeats_nothing(play: Play, point: str) -> None:
    """Among it: a client without an answer repeats, gets the same request, and 400 for another body under its key."""
    await play.die("service", point)


async def test_a_service_that_does_not_die_where_it_should_is_noticed(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.crash.play.DEATH_SECONDS", 0.5)
    with pytest.raises(Broken, match="did not pass"):
        await play.die("service", "at-no-point")


def test_progress_that_goes_back_is_noticed() -> None:
    counts = {"created": 20, "updated": 0, "unchanged": 0, "failed": 0}
    before = {"state": "Processing", "counts": counts, "stateHistory": [{"state": "Requested"}], "retryCount": 1}
    assert goes_on(before, before)
    for worse in (
        {"state": "Requested"},
        {"counts": {**counts, "created": 0, "updated": 20}},
        {"stateHistory": []},
        {"retryCount": 0},
    ):
        assert not goes_on(before, before | worse)
