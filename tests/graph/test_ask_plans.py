"""Questions begin at an index, sort no space, and take what they can from the degree store and the counters."""

from __future__ import annotations

import pytest

from app.graph.connection import Connection
from tests.graph.test_list_plans import begins
from tests.graph.test_read_plans import list_operators

RANGE, SEEK, RUN = "NodeUniqueIndexSeekByRange", "NodeUniqueIndexSeek", "NodeIndexSeek"
BEGINNINGS = {
    "ask/extents": {SEEK},
    "ask/degrees": {SEEK, RUN, RANGE},
    "ask/step": {SEEK},
    "ask/fan": {SEEK},
    "ask/few": {SEEK},
    "ask/bunch": {SEEK, RUN},
    "ask/glance": {SEEK, RUN, RANGE},
    "ask/types": {RANGE},
    "ask/kinds": {RANGE},
    "ask/hits": {SEEK},
    "ask/along": {RANGE},
    "ask/knots": {SEEK, RANGE},
    "ask/placed": {SEEK, RUN},
    "ask/common": {SEEK},
}
SORTS = {"ask/glance": ["Top"], "ask/common": ["Sort"]}
"""The hubs of one run; the entities that were asked about, twenty at most."""


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
