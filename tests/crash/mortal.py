"""Processes of the service that die, or let the database die, at a named point; ``python -m tests.crash.mortal``.

The first loads everything and forks a child for each line of JSON on its input, an ``Orders``. Its output tells who was
born, is ready, has ended. Each part of a job that a child commits leaves a ``(:CrashTrace)`` in the same transaction:
under which claim it was done, and which claim held the queue at that moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
import time
import uuid
from collections.abc import Callable, MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neo4j import AsyncTransaction
from starlette.types import ASGIApp, Receive, Scope, Send

from app import process, server
from app.core.identity import Minter
from app.core.jobs import Account, Job, Part
from app.core.queue import Claim
from app.facades.apollo.carry import list_carriers
from app.graph import jobsteps
from app.graph.connection import Connection
from app.graph.jobs import News
from app.graph.library import Library
from app.graph.queue import GraphQueue
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from app.main import Service
from app.settings import Settings
from app.telemetry import set_up_logs
from app.worker import Pace, Worker
from tests.crash.points import ANSWERING, BODY_READ

LEASE = 0.7
PACE = Pace(lease=LEASE, idle=0.05, purge=0.2, pause=0.02)
TRACE = """
MATCH (queue:JobQueue {space: $space})
SET queue.traces = coalesce(queue.traces, 0) + 1
CREATE (:CrashTrace {space: $space, job: $job, first: $first, count: $count, worker: $worker, fence: $fence,
  held: queue.fence, place: queue.traces})
"""


@dataclass(frozen=True)
class Orders:
    """What a process is to be, and where it is to die.

    ``role``: ``serve`` (with a worker), ``accept`` (without) or ``work``. ``point``: one of ``points``, ``passage``
    the how-manieth time; ``victim``: who is killed there, 0 for the process itself. ``fenced`` off: a worker goes on
    whoever owns its job.
    """

    role: str
    uri: str
    password: str
    folder: str
    port: int = 0
    chunk: int = 20
    point: str = ""
    passage: int = 1
    victim: int = 0
    fenced: bool = True

    def write(self) -> bytes:
        """One line."""
        return json.dumps(asdict(self)).encode() + b"\n"


Watch = Callable[[str], None]


def die_at(orders: Orders) -> Watch:
    """Hears of the points; at the chosen one the victim ends as by a power cut."""
    left = orders.passage

    def hear(passed: str) -> None:
        nonlocal left
        left -= passed == orders.point
        if left == 0 and passed == orders.point:
            left = -1
            os.kill(orders.victim or os.getpid(), signal.SIGKILL)

    return hear


class TracedQueue(GraphQueue):
    """Leaves a trace of each part, and can be told to look away from fences."""

    def __init__(self, connection: Connection, writers: Writers, watch: Watch, fenced: bool) -> None:
        super().__init__(connection, writers, News(), watch)
        self._fenced = fenced

    async def _finish_part(self, transaction: AsyncTransaction, claim: Claim, part: Part, account: Account) -> Job:
        job = await super()._finish_part(transaction, claim, part, account)
        trace = {"job": job.request_id, "first": part.first, "count": part.count, "worker": claim.worker}
        await (await transaction.run(TRACE, trace | {"space": job.space, "fence": claim.fence})).consume()
        if job.state.final:
            self._watch("before-end-commits")
        return job

    async def _hold(self, transaction: AsyncTransaction, claim: Claim, part: Part | None = None) -> tuple[Job, int]:
        if not self._fenced:
            held = await jobsteps.one(
                self._connection,
                transaction,
                "jobs/hold",
                space=claim.job.space,
                request=claim.job.request_id,
                first=-1,
                end=-1,
            )
            claim = claim._replace(fence=held["fence"], worker=held["worker"])
        return await super()._hold(transaction, claim, part)

    async def next_part(self, claim: Claim, *, start: int = 0, most: int = 1) -> tuple[Job, Part | None]:
        if not self._fenced:
            space, request = claim.job.space, claim.job.request_id
            (row,), _ = await jobsteps.ask(
                self._connection, "jobs/next_part", space=space, request=request, start=start, most=most
            )
            claim = claim._replace(fence=row["fence"], worker=row["worker"])
        return await super().next_part(claim, start=start, most=most)

    async def renew(self, claim: Claim, lease_seconds: float) -> Claim:
        return await super().renew(claim, lease_seconds) if self._fenced else claim


def watched(app: ASGIApp, watch: Watch) -> ASGIApp:
    """The application, telling when the body of an upload has come and when its 202 is about to leave."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await app(scope, receive, send)

        async def hear() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body"):
                watch(BODY_READ)
            return message

        async def tell(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 202:
                watch(ANSWERING)
            await send(message)

        return await app(scope, hear, tell)

    return run


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def make_settings(orders: Orders) -> Settings:
    """Settings of every role."""
    return Settings(
        neo4j_uri=orders.uri,
        neo4j_password=orders.password,
        data_dir=Path(orders.folder),
        auto_spaces=True,
        apollo_chunk_items=orders.chunk,
    )


def make_worker(orders: Orders, connection: Connection, writers: Writers, store: GraphStore, watch: Watch) -> Worker:
    """A worker of the jobs that uploads make."""
    queue = TracedQueue(connection, writers, watch, orders.fenced)
    return Worker(queue, list_carriers(store, make_settings(orders)), str(uuid.uuid4()), PACE)


async def serve(orders: Orders) -> None:
    """The service, its points watched."""
    watch = die_at(orders)
    service = Service(make_settings(orders), public_url=f"http://127.0.0.1:{orders.port}", works=False, watch=watch)
    await service.open()
    working = []
    if orders.role == "serve":
        worker = make_worker(orders, service.connection, service.writers, service.store, watch)
        working.append(asyncio.create_task(worker.run()))
    await server.serve(watched(service.app, watch), host="127.0.0.1", port=orders.port, on_ready=say_ready)


async def work(orders: Orders) -> None:
    """A worker alone."""
    connection = Connection(Library.load())
    connection.attach(orders.uri, "neo4j", orders.password)
    writers = Writers(connection, Gathering(), clock=now, mint=Minter().mint)
    worker = make_worker(orders, connection, writers, GraphStore(connection, writers), die_at(orders))
    say_ready("")
    await worker.run()


def say_ready(_: str) -> None:
    """Tells whoever gave the orders."""
    say(f"ready {os.getpid()}")


def say(line: str) -> None:
    """One line on the output that all share."""
    os.write(1, f"{line}\n".encode())


def live(orders: Orders) -> None:
    """The life of one child."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    set_up_logs(sys.stderr)
    process.run(work(orders) if orders.role == "work" else serve(orders))


def bury(children: set[int], *, blocking: bool = False) -> None:
    """Tells of every child that has ended."""
    while children:
        pid, status = os.waitpid(-1, 0 if blocking else os.WNOHANG)
        if not pid:
            return
        children.discard(pid)
        say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def main() -> None:
    """A child for each line of orders; with the end of the input all of them end."""
    children: set[int] = set()
    waiting = b""
    while True:
        bury(children)
        if not select.select([0], [], [], 0.01)[0]:
            continue
        read = os.read(0, 65_536)
        if not read:
            break
        *lines, waiting = (waiting + read).split(b"\n")
        for line in lines:
            pid = os.fork()
            if pid == 0:
                live(Orders(**json.loads(line)))
                os._exit(0)
            children.add(pid)
            say(f"born {pid}")
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    bury(children, blocking=True)


if __name__ == "__main__":
    main()
