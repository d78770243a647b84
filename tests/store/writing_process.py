"""A write path in a process of its own, to be raced against others and to be killed.

Reads its orders as one line of JSON: ``uri``, ``user``, ``password``, ``space``, ``policy``, ``pairs`` (lists of two
names), ``at_once``. Prints ``ready``, waits for a second line, then prints a line of JSON for every answer: the place
of the pair, what became of it, and the id of the relationship.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from app.core.model import Refused
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.writer import Writers
from tests.store.writing import OWNER, contain, own_writers, relate


async def write_pairs(writers: Writers, orders: dict[str, Any]) -> None:
    """Writes every pair, so many at once, and tells each answer as soon as it is there."""
    make = {"autodesk": relate, "sas": contain}[orders["policy"]]
    places = iter(list(enumerate(orders["pairs"])))

    async def write_next() -> None:
        for place, (source, target) in places:
            receipt = await writers.submit(orders["space"], make(source, target), founder=OWNER)
            outcome = receipt.outcomes[0]
            known = outcome.error.actual if isinstance(outcome, Refused) else outcome.relationship  # type: ignore[attr-defined]
            sys.stdout.write(json.dumps([place, type(outcome).__name__, known.id]) + "\n")
            sys.stdout.flush()

    await asyncio.gather(*(write_next() for _ in range(orders["at_once"])))


async def main() -> None:
    orders = json.loads(sys.stdin.readline())
    connection = Connection(Library.load())
    connection.attach(orders["uri"], orders["user"], orders["password"])
    await connection.verify()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    writers = own_writers(connection, items=orders.get("items", 1000))
    await write_pairs(writers, orders)
    await writers.close()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
