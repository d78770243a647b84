"""The write path over several processes."""

from __future__ import annotations

import asyncio

import pytest

from app.embedded.server import Endpoint
from app.graph.connection import Connection
from tests.store.photograph import photograph_graph
from tests.store.writers_apart import demand_stored_once, writing
from tests.store.writing import new_id


@pytest.mark.parametrize("policy", ["autodesk", "sas"])
async def test_two_processes_that_write_the_same_pairs_at_once_store_each_once(
    database: Endpoint, graph: Connection, policy: str
) -> None:
    space = new_id()
    pairs = [[f"a{n}", f"b{n % 7}"] for n in range(60)]
    turned = pairs if policy == "sas" else [[target, source] for source, target in pairs]
    async with (
        writing(database, space, pairs, policy=policy, at_once=4) as one,
        writing(database, space, turned, policy=policy, at_once=4) as two,
    ):
        await asyncio.gather(one.start(), two.start())
        await asyncio.gather(one.listen(), two.listen())
    answers = sorted(one.answers) + sorted(two.answers)
    assert len(answers) == 120
    demand_stored_once(await photograph_graph(graph, space), answers, pairs)
    by_pair = [[answer for answer in answers if answer[0] == place] for place in range(60)]
    repeat = "Unchanged" if policy == "autodesk" else "Refused"
    for both in by_pair:
        assert sorted(outcome for _, outcome, _ in both) == sorted(["Created", repeat])
        assert len({id for _, _, id in both}) == 1
