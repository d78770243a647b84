"""Every read that serves pages, mirrors and directories begins at an index and sorts nothing but a bounded few."""

from __future__ import annotations

import pytest

from app.graph.connection import Connection

SEEKS = {
    "relationship/scan": {"NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange"},
    "relationship/around": {"NodeUniqueIndexSeek", "NodeIndexSeek", "NodeUniqueIndexSeekByRange"},
    "relationship/by_key": {"NodeUniqueIndexSeek"},
    "relationship/by_keys": {"NodeUniqueIndexSeek"},
    "space/position": {"NodeUniqueIndexSeek"},
    "space/write_of": {"NodeUniqueIndexSeek"},
    "space/commits": {"NodeUniqueIndexSeek"},
    "space/pairs": {"NodeUniqueIndexSeekByRange"},
    "space/pairs_granted": {"NodeIndexSeek", "NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange"},
    "space/view": {"NodeUniqueIndexSeek"},
    "space/sheet": {"NodeUniqueIndexSeek"},
    "space/sheets": {"NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange"},
    "space/sheets_granted": {"NodeIndexSeek", "NodeUniqueIndexSeek"},
    "version/of_records": {"NodeUniqueIndexSeek"},
    "secret/keep": {"MergeUniqueNode"},
}


async def list_operators(graph: Connection, name: str) -> list[str]:
    """The operators of a statement's plan, from the result downwards."""
    statement = graph.library[name]
    async with graph.session("write") as session:
        result = await session.run(f"EXPLAIN {statement.text}", dict.fromkeys(statement.params))
        plan = (await result.consume()).plan
    waiting, operators = [plan], []
    while waiting:
        operator = waiting.pop()
        operators.append(operator["operatorType"].partition("@")[0])
        waiting += operator.get("children", [])
    return operators


@pytest.mark.parametrize("name", SEEKS)
async def test_a_read_begins_at_index_seeks_and_sorts_no_space(graph, name):
    operators = await list_operators(graph, name)
    assert {each for each in operators if each.startswith(("Node", "Merge"))} == SEEKS[name]
    assert not [each for each in operators if "Scan" in each or "Sort" in each or "Expand" in each]
    # The links of a few entities, each run cut before: at most 40 runs of the page's size. And the spaces of one caller.
    assert operators.count("Top") == (1 if name in ("relationship/around", "space/sheets_granted") else 0)


@pytest.mark.parametrize("name", ["relationship/scan", "relationship/around", "space/write_of", "space/commits"])
async def test_a_run_is_cut_at_the_index_itself(graph, name):
    operators = await list_operators(graph, name)
    cuts = [place for place, each in enumerate(operators) if each == "Limit"]
    assert cuts
    assert all("IndexSeek" in operators[place + 1] for place in cuts)
