"""How a process runs."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator

import pytest

from app import process


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_nobody_waits_for_a_thread_to_begin() -> None:
    def count() -> int:
        return sum(thread.name.startswith("aside") for thread in threading.enumerate())

    async def look() -> tuple[int, int, str]:
        before = count()
        name = await asyncio.to_thread(lambda: threading.current_thread().name)
        return before, count(), name

    before, after, name = process.run(look())
    assert before == after == process.THREADS
    assert name.startswith("aside")
    assert count() == 0
