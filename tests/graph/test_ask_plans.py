"""Questions begin at an index, sort no space, and take what they can from the degree store and the counters."""

from __future__ import annotations

import time
import uuid

import pytest

from app.core.graphs import Scope
from app.embedded.server import Endpoint
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.graph.test_list_plans import begins
from tests.graph.test_read_plans import list_operators
from tests.store.writing import own_writers

RANGE, SEEK, RUN = "NodeUniqueIndexSeekByRange", "NodeUniqueIndexSeek", "NodeIndexSeek"
BEGINNINGS = {
    "ask/extents": {SEEK},
    "ask/card": {SEEK, RUN, RANGE},
    "ask/step": {SEEK},
    "ask/closest": {SEEK},
    "ask/fan": {SEEK, RUN, RANGE},
    "ask/few": {SEEK},
    "ask/bunch": {SEEK, RUN},
    "ask/census": {SEEK, RUN, RANGE},
    "ask/glance": {SEEK, RUN, RANGE},
    "ask/stock": {SEEK, RANGE},
    "ask/kinds": {RANGE},
    "ask/hits": {SEEK},
    "ask/along": {RANGE},
    "ask/knots": {SEEK, RANGE},
    "ask/placed": {SEEK, RUN},
    "ask/common": {SEEK},
    "ask/shortest": {SEEK, RUN, RANGE},
}
SORTS = {
    "ask/closest": ["Top"],
    "ask/fan": ["Sort"],
    "ask/glance": ["Top"],
    "ask/common": ["Sort"],
    "ask/shortest": ["Sort"],
}
"""Those whom some entities lead to; the links of entities with at most a thousand; the hubs of one run; the entities
that were asked about, twenty at most; the paths that were found."""


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_a_question_begins_at_an_index_and_sorts_no_space(graph: Connection, name: str) -> None:
    operators = await list_operators(graph, name)
    assert {each for each in operators if begins(each)} == BEGINNINGS[name]
    assert not [each for each in operators if "AllNodes" in each or "LabelScan" in each]
    assert [each for each in operators if "Sort" in each or "Top" in each] == SORTS.get(name, [])


@pytest.mark.parametrize("name", ["ask/fan", "ask/glance"])
async def test_how_many_links_an_entity_has_is_asked_of_the_degree_store(graph: Connection, name: str) -> None:
    statement = graph.library[name]
    async with graph.session("write") as session:
        result = await session.run(f"EXPLAIN {statement.text}", dict.fromkeys(statement.params))
        waiting, found = [(await result.consume()).plan], []
    while waiting:
        operator = waiting.pop()
        found.append(str(operator["args"].get("Details", "")))
        waiting += operator.get("children", [])
    assert any("getDegree" in details for details in found), found


async def test_no_question_pays_with_its_time_for_the_planning_of_a_statement(
    graph: Connection, database: Endpoint
) -> None:
    young = Connection(graph.library)
    young.attach(database.uri, database.user, database.password)
    writers = own_writers(young)
    store, scope = GraphStore(young, writers), Scope.begin(str(uuid.uuid4()))
    began, ends = time.monotonic(), [scope.until]
    for _ in range(2):
        await store.stock(scope)
        ends.append(scope.until)
    assert ends[0] < ends[1] == ends[2] < ends[0] + time.monotonic() - began
    await writers.close()
    await young.close()
