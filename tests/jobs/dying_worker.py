"""A worker that kills its own process at the n-th passage of one of the queue's named points.

``python -m tests.jobs.dying_worker URI USER PASSWORD POINT N``
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from app.core.identity import Minter
from app.graph.connection import Connection
from app.graph.jobs import News
from app.graph.library import Library
from app.graph.queue import GraphQueue
from app.graph.writer import Gathering, Writers
from app.worker import Pace, Worker
from tests.jobs.conftest import now
from tests.jobs.letters import KIND, LetterCarrier


def die_at(point: str, passage: int) -> Callable[[str], None]:
    """Hears of the points; the chosen one ends the process as a power cut would."""
    left = passage

    def hear(passed: str) -> None:
        nonlocal left
        left -= passed == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return hear


async def work(uri: str, user: str, password: str, point: str, passage: str) -> None:
    """Works until it dies."""
    connection = Connection(Library.load())
    connection.attach(uri, user, password)
    writers = Writers(connection, Gathering(), clock=now, mint=Minter().mint)
    queue = GraphQueue(connection, writers, News(), die_at(point, int(passage)))
    await Worker(queue, {KIND: LetterCarrier()}, "mortal", Pace(lease=1.0, together=1)).run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
