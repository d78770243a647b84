"""Reads of the Apollo format begin at index seeks, are cut at the index, and sort nothing but a bounded few."""

from __future__ import annotations

import pytest

from tests.graph.test_read_plans import list_operators

UNIQUE, RANGE, PLAIN = "NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange", "NodeIndexSeek"
SEEKS = {
    "relationship/live_of_type": {UNIQUE},
    "relationship/linked": {UNIQUE},
    "entity/declared_run": {PLAIN},
    "entity/keys_of_type": {UNIQUE},
    "space/tally": {UNIQUE, RANGE, PLAIN},
    "space/instant": {UNIQUE},
    "version/page": {UNIQUE},
    "version/exact": {UNIQUE},
    "jobs/search": {PLAIN},
    "jobs/search_correlation": {PLAIN},
    "jobs/search_about": {UNIQUE, PLAIN},
    "jobs/first_results": {UNIQUE},
}
# The ids of one entity's links; the jobs that changed one thing.
TOPS = {"relationship/linked", "jobs/search_about"}


@pytest.mark.parametrize("name", SEEKS)
async def test_a_read_begins_at_index_seeks_and_sorts_no_space(graph, name):
    operators = await list_operators(graph, name)
    assert {each for each in operators if each.startswith(("Node", "All"))} == SEEKS[name]
    assert not [each for each in operators if "Scan" in each or "Sort" in each]
    assert operators.count("Top") == (1 if name in TOPS else 0)


@pytest.mark.parametrize("name", ["entity/declared_run", "version/page", "space/instant"])
async def test_a_run_is_cut_at_the_index_itself(graph, name):
    operators = await list_operators(graph, name)
    assert "IndexSeek" in operators[operators.index("Limit") + 1]


async def test_the_label_of_a_rare_type_is_looked_up_and_cut(graph):
    operators = await list_operators(graph, "entity/keys_of_type")
    assert "DynamicLabelNodeLookup" in operators
    assert "Limit" in operators[: operators.index("DynamicLabelNodeLookup")]


@pytest.mark.parametrize("name", ["jobs/search", "jobs/search_correlation"])
async def test_jobs_come_in_the_order_of_their_index(graph, name):
    assert "PartialTop" in await list_operators(graph, name)
