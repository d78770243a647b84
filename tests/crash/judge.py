"""What must hold after any crash, read from the database itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.core.errors import StoreAway
from app.core.identity import space_name
from app.graph.check import check
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.crash.load import PATIENCE_SECONDS, Upload, demand

TRACES = """
MATCH (t:CrashTrace) WHERE t.space IN $spaces
RETURN t.space AS space, t.job AS job, t.first AS first, t.count AS count, t.worker AS worker, t.fence AS fence,
  t.held AS held, t.place AS place ORDER BY t.space, t.place
"""
OPEN = "MATCH (t:JobTally) WHERE t.open <> 0 RETURN count(t) AS tallies"
EXPIRE = """
MATCH (j:Job) WHERE j.space IN $spaces AND j.expiresAt > 1
SET j.expiresAt = 1
RETURN count(j) AS jobs
"""
LEFT = """
RETURN COUNT { (p:JobPart) WHERE NOT EXISTS { (j:Job {requestId: p.job}) } } AS parts,
  COUNT { (o:JobOutcome) WHERE NOT EXISTS { (j:Job {requestId: o.job}) } } AS outcomes
"""


async def ask(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    """The rows of a statement of the test's own; a database that is being started again is waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            async with connection.session("write") as session:
                result = await session.run(statement, params)
                return [record.data() async for record in result]
        except StoreAway:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


def judge_answers(uploads: Iterable[Upload]) -> None:
    """Every request came to its end, and its counts add up to its items."""
    for upload in uploads:
        counts = upload.status["counts"]
        demand(upload.status["state"] == "Completed", "every request is completed", upload.status)
        wanted = {**upload.counts, "pending": 0, "skipped": 0}
        demand(counts == wanted, "outcomes add up to items", counts, wanted)
        refused = [item["index"] for item in upload.status["errorInfo"]]
        demand(refused == [upload.names], "the bad item and no other is refused", refused)


async def judge_effects(store: GraphStore, uploads: Sequence[Upload]) -> None:
    """Each item took effect once, in the order of acceptance: its versions tell the whole story."""
    for space, group in groupby(sorted(uploads, key=lambda each: (each.space, each.turn)), key=lambda each: each.space):
        sent = list(group)
        ids = [space_name(space).relationship_id(f"r{n}") for n in range(sent[0].names)]
        stored, earlier = await store.relationships(space, ids), await store.earlier(space, ids)
        wanted = [f"{upload.turn} {half}" for upload in sent for half in ("first", "second")]
        for id in ids:
            states = sorted((*earlier.get(id, ()), stored[id]), key=lambda state: state.version)
            story = [state.fields["relationshipName"] for state in states]
            demand(story == wanted, "every item took effect exactly once and in order", id, story)
        position, _ = await store.position(space)
        demand(position.seq == len(ids) * len(wanted), "each change has one number", position)


async def judge_owners(connection: Connection, uploads: Sequence[Upload], *, all_traced: bool = True) -> int:
    """No part was done under a claim that was over, and none twice; returns how many claims there were."""
    spaces = sorted({upload.space for upload in uploads})
    traces = await ask(connection, TRACES, spaces=spaces)
    owners: dict[tuple[str, int], str] = {}
    for trace in traces:
        demand(trace["fence"] == trace["held"], "no job is carried on under a claim that is over", trace)
        owner = owners.setdefault((trace["space"], trace["fence"]), trace["worker"])
        demand(owner == trace["worker"], "no claim belongs to two", trace, owner)
    for _, told in groupby(traces, key=itemgetter("space")):
        fences = [trace["fence"] for trace in told]
        demand(fences == sorted(fences), "claims follow each other", fences)
    if all_traced:
        judge_tiles(traces, {upload.request: upload.counts["total"] for upload in uploads})
    return len(owners)


def judge_tiles(traces: Sequence[Mapping[str, Any]], totals: Mapping[str, int]) -> None:
    """The parts of each job cover its items, none twice."""
    for request, total in totals.items():
        parts = sorted((trace["first"], trace["count"]) for trace in traces if trace["job"] == request)
        ends = [0, *(first + count for first, count in parts)]
        demand([first for first, _ in parts] == ends[:-1], "no part is done twice or left out", request, parts)
        demand(ends[-1] == total, "every part is done", request, parts)


async def judge_graph(connection: Connection) -> None:
    """Nothing is open, no purged job has left pieces, and ``tercet check`` finds nothing."""
    [left] = await ask(connection, OPEN)
    demand(left["tallies"] == 0, "nothing counts as open that is not", left)
    [pieces] = await ask(connection, LEFT)
    demand(set(pieces.values()) == {0}, "a job is purged whole", pieces)
    report = await check(connection)
    demand(report.ok, "the graph is sound", report.text())


async def expire(connection: Connection, spaces: Collection[str]) -> None:
    """Every finished job of these spaces has been kept long enough."""
    await ask(connection, EXPIRE, spaces=list(spaces))
