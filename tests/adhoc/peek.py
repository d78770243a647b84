"""Whether a query that was let through sees what is barred: it answers otherwise when that changes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import neo4j
import neo4j.exceptions as driver_errors
from neo4j import AsyncTransaction

from app.graph import inspection, values
from app.graph.adhoc import EXPLAIN, RUN
from app.graph.connection import Connection

SECONDS = 2
BARRED = """
UNWIND range(1, 3) AS i
CREATE (:Secret {id: $mark + i, key: $mark}), (:Grant {space: $mark + i, principal: $mark, right: 'owner'}),
  (:Job {requestId: $mark + i, space: $mark, key: $mark + i}), (:JobOutcome {job: $mark, index: i, named: $mark}),
  (:Commit {space: $mark, last: i, by: $mark}), (:SavedQuery {owner: $mark, name: $mark + i, text: $mark})
"""


async def judge(connection: Connection, text: str, parameters: Mapping[str, Any]) -> str:
    """What the database and the second guard say to a text, without the first: "" lets it pass."""
    async with connection.driver.session(database=connection.database, default_access_mode="READ") as session:
        try:
            transaction = await session.begin_transaction(timeout=SECONDS)
            summary = await (await transaction.run(EXPLAIN + text, dict(parameters))).consume()
            if summary.plan is None:
                return "no plan"
            inspection.inspect(summary.plan, connection.database)
        except driver_errors.Neo4jError as error:
            return str(error.code)
        except inspection.QueryBarred as error:
            return error.what
    return ""


async def find_fault(connection: Connection, text: str, parameters: Mapping[str, Any]) -> str | None:
    """What a query did that it may not, run where it might write; None if nothing, or if it takes too long."""
    async with connection.driver.session(
        database=connection.database, default_access_mode=neo4j.WRITE_ACCESS
    ) as session:
        transaction = await session.begin_transaction(timeout=SECONDS)
        try:
            before, wrote = await _run(transaction, text, parameters)
            if wrote:
                return "it changes something"
            mark = uuid.uuid4().hex
            await (await transaction.run(BARRED, mark=mark)).consume()
            after, _ = await _run(transaction, text, parameters)
            if mark in after:
                return "it shows what is barred"
            again, _ = await _run(transaction, text, parameters)
            return "it depends on what is barred" if before != after == again else None
        except driver_errors.Neo4jError as error:
            return _excuse(error)
        finally:
            await transaction.close()


def _excuse(error: driver_errors.Neo4jError) -> str | None:
    """A query may fail on what it finds, and take too long; it may not reach a write at all."""
    return str(error.code) if "Schema" in str(error.code) or "Security" in str(error.code) else None


async def _run(transaction: AsyncTransaction, text: str, parameters: Mapping[str, Any]) -> tuple[str, bool]:
    result = await transaction.run(RUN + text, dict(parameters))
    rows = [json.dumps([values.show(value) for value in record.values()]) for record in await result.fetch(2_000)]
    counters = (await result.consume()).counters
    return "\n".join(sorted(rows)), counters.contains_updates or counters.contains_system_updates
