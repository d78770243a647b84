"""The command of the database: what its heap has room for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.embedded import conf
from app.embedded.java import Java
from app.settings import Settings


@pytest.mark.parametrize(
    ("heap_mb", "region", "young"),
    [
        (256, "2m", None),  # a small heap keeps Java's own measure of what is young
        (512, "4m", "256m"),
        (1000, "4m", "500m"),  # the greatest power of two
        (1024, "8m", "512m"),
        (65_536, "32m", "32768m"),  # Java takes no larger region
    ],
)
def test_a_transaction_of_thousands_of_items_may_die_young(
    tmp_path: Path, heap_mb: int, region: str, young: str | None
) -> None:
    (tmp_path / "conf").mkdir()
    settings = replace(Settings(), heap_mb=heap_mb)
    words = conf.command(Java(Path("java"), "25.0.2"), settings, tmp_path, tmp_path / "jars", ())
    assert f"-XX:G1HeapRegionSize={region}" in words
    assert [word for word in words if "NewSize" in word] == ([f"-XX:NewSize={young}"] if young else [])
    # Beside a young half Java's own mark, 45 % of the heap, is reached when there is no room left.
    assert ("-XX:InitiatingHeapOccupancyPercent=25" in words) == (young is not None)


def test_tasks_that_wait_in_a_loop_leave_threads_to_those_they_wait_for(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    words = conf.command(Java(Path("java"), "25.0.2"), Settings(), tmp_path, tmp_path / "jars", ())
    assert "-Djdk.virtualThreadScheduler.parallelism=16" in words
