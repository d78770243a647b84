"""R3: what a user of neomodel writes: two nodes saved and ``connect()``, one pair after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence

from neomodel import AsyncRelationshipTo, AsyncStructuredNode, StringProperty, adb

from app.graph.connection import Connection
from tests.bench.raw import Link


class Bare(AsyncStructuredNode):
    """A thing with an id; ``bare`` has made the constraint."""

    id_ = StringProperty(db_property="id", unique_index=True)
    feeds = AsyncRelationshipTo("Bare", "Brick__feeds")


async def store(connection: Connection, links: Sequence[Link], prefix: str) -> float:
    """Seconds of the loop, over the driver that everybody here uses."""
    await adb.set_connection(driver=connection.driver)
    started = time.perf_counter()
    for link in links:
        ends = await Bare.get_or_create(*({"id_": prefix + end.id} for end in (link.source, link.target)))
        await ends[0].feeds.connect(ends[1])
    return time.perf_counter() - started
