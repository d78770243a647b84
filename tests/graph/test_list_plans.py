"""Lists, walks and counts of the SAS format begin at an index, sort no space and read no more than their header says."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.identity import space_name
from app.graph.connection import Connection
from tests.graph.test_read_plans import list_operators

RANGE, SEEK, RUN = "NodeUniqueIndexSeekByRange", "NodeUniqueIndexSeek", "NodeIndexSeek"
BEGINNINGS = {
    "relationship/live_page": {RANGE},
    "relationship/outline_page": {RANGE},
    "relationship/live_by_keys": {SEEK},
    "relationship/touching": {SEEK, RUN},
    "relationship/reach": {SEEK},
    "entity/by_keys": {SEEK},
    "entity/reference_page": {RANGE},
    "entity/count": {SEEK, RUN},
    "relationship/window": {SEEK, RANGE},
    "space/guests": {RANGE},
}
WALKS = ("relationship/live_page", "relationship/outline_page", "entity/reference_page")


def begins(operator: str) -> bool:
    """Whether an operator finds nodes."""
    return operator.startswith("Node") or "Scan" in operator


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_a_list_begins_at_an_index_and_sorts_no_space(graph, name):
    operators = await list_operators(graph, name)
    assert {each for each in operators if begins(each)} == BEGINNINGS[name]
    assert not [each for each in operators if "Sort" in each or "AllNodes" in each or "LabelScan" in each]
    # At a hub of any size, no more than a page of keys is kept in order.
    assert operators.count("Top") == (1 if name == "relationship/touching" else 0)


@pytest.mark.parametrize("name", WALKS)
async def test_a_page_is_a_walk_along_the_index_however_deep_it_begins(graph, name):
    operators = await list_operators(graph, name)
    (seek,) = [place for place, each in enumerate(operators) if begins(each)]
    above = operators[:seek]
    assert set(above) <= {
        "ProduceResults",
        "EagerAggregation",
        "Limit",
        "Skip",
        "Filter",
        "SemiApply",
        "LetSemiApply",
        "SelectOrSemiApply",
        "Projection",
        "RollUpApply",
        "CacheProperties",
    }, operators
    assert "Limit" in above


async def test_only_a_walk_expands(graph):
    for name in BEGINNINGS:
        operators = await list_operators(graph, name)
        expands = {each for each in operators if each.startswith(("Expand", "VarLength", "OptionalExpand"))}
        allowed = {"relationship/reach": {"Expand(All)"}}.get(name, set())
        assert expands <= allowed, (name, operators)


async def profile(graph: Connection, name: str, **params: Any) -> dict[str, int]:
    """What a statement really read: the accesses of each operator, from the result downwards."""
    async with graph.session("read") as session:
        result = await session.run(f"PROFILE {graph.library[name].text}", params)
        waiting, hits = [(await result.consume()).profile], {}
    while waiting:
        operator = waiting.pop()
        kind = operator["operatorType"].partition("@")[0]
        hits[kind] = hits.get(kind, 0) + operator["dbHits"]
        waiting += operator.get("children", [])
    return hits


async def test_the_count_of_a_whole_list_reads_the_space_and_nothing_else(graph, store):
    from tests.store.writing import OWNER, contain, new_id

    space = new_id()
    for n in range(20):
        await store.write(space, contain("hub", f"x{n}"), founder=OWNER)
    assert await store.window(space, 20, 9) == (20, [])
    needs = {"space": space, "after": space_name(space).record_key(""), "end": f"{space_name(space).prefix};"}
    hits = await profile(graph, "relationship/window", needs=needs, skip=20, limit=9)
    assert sum(hits.values()) < 10
    # Of references, only deleted entities are looked at, and there are none.
    assert sum((await profile(graph, "entity/count", space=space)).values()) < 12
