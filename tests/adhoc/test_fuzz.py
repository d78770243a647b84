"""Texts that a grammar makes: none that is let through changes anything, or sees what is barred.

Both guards together, and the second alone. ``TERCET_TEST_QUERIES=5000`` makes so many texts, another ``TERCET_TEST_SEED``
other ones.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, seed, settings

from app.core.errors import QueryBarred, QueryFaulty
from app.graph import screening
from app.graph.connection import Connection
from tests.adhoc import grammar, peek

EXAMPLES = int(os.environ.get("TERCET_TEST_QUERIES", "15"))
SEED = int(os.environ.get("TERCET_TEST_SEED", "8"))
PARAMETERS = {"label": "Secret", "xs": [1, "a"], "key": "key", "address": "http://127.0.0.1:1/x"}


@pytest_asyncio.fixture
async def ground(graph: Connection) -> AsyncIterator[Connection]:
    """A few entities of the types that the grammar knows."""
    made = """UNWIND range(1, 4) AS i CREATE (a:Entity:FuzzA {key: randomUUID(), id: 'a' + i, x: i})-[:FUZZ {id: i}]->
      (b:Entity:FuzzB {key: randomUUID(), id: 'b' + i})-[:FUZZ]->(:Entity:FuzzA:FuzzB {key: randomUUID(), id: 'a'})"""
    async with graph.session("write") as session:
        await (await session.run(made)).consume()
        yield graph
        await (await session.run("MATCH (n:FuzzA|FuzzB) DETACH DELETE n")).consume()


async def try_text(graph: Connection, text: str) -> str:
    """What became of a text: refused, passed both guards, or passed the second alone. Raises for a hole."""
    refused = await peek.judge(graph, text, PARAMETERS)
    if refused:
        return "refused by the database" if refused.startswith("Neo.") else "refused by its plan"
    # What others write meanwhile may change an answer once, not twice.
    faults = [await peek.find_fault(graph, text, PARAMETERS)]
    if faults[0]:
        faults.append(await peek.find_fault(graph, text, PARAMETERS))
    assert not all(faults), f"{faults[0]}: {text}"
    try:
        screening.screen(text, PARAMETERS)
    except (QueryBarred, QueryFaulty):
        return "passed by its plan"
    return "passed"


async def test_no_text_of_the_grammar_that_is_let_through_changes_or_sees_what_it_may_not(ground: Connection) -> None:
    loop, became = asyncio.get_running_loop(), Counter[str]()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(grammar.queries())
    def run(text: str) -> None:
        became[asyncio.run_coroutine_threadsafe(try_text(ground, text), loop).result()] += 1

    await asyncio.to_thread(partial(run))
    print(dict(became))  # noqa: T201 how sharp the grammar is, for who looks
    assert became["passed"] + became["passed by its plan"] > 0
    assert became["refused by its plan"] > 0
