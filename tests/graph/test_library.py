"""The statements: sound headers, declared parameters, plans that keep what the header promises."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.graph.connection import Connection
from app.graph.library import FIELDS, FOLDER, Library, StatementInvalid, read_statement

NAMES = sorted(
    path.relative_to(FOLDER).with_suffix("").as_posix()
    for path in FOLDER.rglob("*.cypher")
    if path.parent.name != "migrations"
)
# Commands of the database `system` have no plan.
PLANNED = [name for name in NAMES if not name.startswith("embedded/")]
SCANS = {
    "AllNodesScan",
    "NodeByLabelScan",
    "UnionNodeByLabelsScan",
    "IntersectionNodeByLabelsScan",
    "DynamicLabelNodeLookup",
    "DirectedAllRelationshipsScan",
    "UndirectedAllRelationshipsScan",
    "DirectedRelationshipTypeScan",
    "UndirectedRelationshipTypeScan",
    "DynamicDirectedRelationshipTypeLookup",
    "DynamicUndirectedRelationshipTypeLookup",
}
HEADER = "// purpose: p\n// mode: read\n// params: a, b\n// returns: r\n// plan: none\n"


def header(name: str) -> dict[str, str]:
    """What a file promises."""
    text = (FOLDER / f"{name}.cypher").read_text()
    return dict(re.findall(r"^// (purpose|mode|params|returns|plan): (.*)$", text, re.MULTILINE))


def operators(plan: dict[str, Any]) -> list[str]:
    """The operators of a plan, without the name of the database."""
    below = [name for child in plan.get("children", []) for name in operators(child)]
    return [plan["operatorType"].partition("@")[0], *below]


async def explain(connection: Connection, name: str) -> tuple[str, list[str]]:
    """The kind of a statement (r, w, rw, s) and its operators, as the database plans it now."""
    statement = connection.library[name]
    async with connection.session("write") as session:
        result = await session.run(f"EXPLAIN {statement.text}", dict.fromkeys(statement.params))
        summary = await result.consume()
    return str(summary.query_type), operators(summary.plan or {"operatorType": "none"})


def test_every_file_is_loaded_under_its_path() -> None:
    assert sorted(statement.name for statement in Library.load()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_what_it_is_for(name: str) -> None:
    promises = header(name)
    assert set(promises) == set(FIELDS)
    assert all(promises.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER + "RETURN $a", "declares ['a', 'b'], uses ['a']"),
        (HEADER + "RETURN $a + $b + $c", "uses ['a', 'b', 'c']"),
        (HEADER + "RETURN $a, '$b'", "uses ['a']"),
        (HEADER + "// $b\nRETURN $a", "uses ['a']"),
        (HEADER.replace("read", "both") + "RETURN $a, $b", "mode is read or write"),
        (HEADER.replace("// plan: none\n", "") + "RETURN $a, $b", "the header needs exactly"),
        ("RETURN $a, $b", "the header needs exactly"),
    ],
)
def test_a_file_that_breaks_its_promises_is_refused(text: str, words: str) -> None:
    with pytest.raises(StatementInvalid, match=re.escape(words)):
        read_statement("some/name", text)


def test_a_sound_file_is_taken() -> None:
    statement = read_statement("some/name", HEADER + "RETURN $a, $b, 'no $parameter';\n")
    assert (statement.mode, statement.params) == ("read", frozenset("ab"))
    assert statement.text == "RETURN $a, $b, 'no $parameter'"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_of_a_node_is_read_in_one_look(name: str) -> None:
    """The database walks the chain of a node's properties once for each that a statement names, and once for all."""
    text = re.sub(r"//.*", "", (FOLDER / f"{name}.cypher").read_text())
    lists = Counter(re.findall(r"\[(?:[\w\[\]]+,\s+)*(\w+)\.\w+(?:,\s+\1\.\w+){4}", text))
    for told, many in lists.items():
        looks = re.findall(rf"properties\([\w\[\]]+\) AS {told}\b|\| properties\({told}\)\]", text)
        assert len(looks) >= many, told


def test_a_bad_file_stops_the_loading(tmp_path: Path) -> None:
    (tmp_path / "one.cypher").write_text("RETURN 1")
    with pytest.raises(StatementInvalid, match="one"):
        Library.load(tmp_path)


@pytest.mark.parametrize("name", PLANNED)
async def test_the_database_plans_every_statement_as_its_header_says(graph: Connection, name: str) -> None:
    kind, used = await explain(graph, name)
    promises = header(name)
    if promises["mode"] == "read":
        assert "w" not in kind, kind
    if "seek" in promises["plan"]:
        assert not SCANS & set(used), used


@pytest.mark.parametrize("name", ["check/edges", "space/write"])
async def test_an_edge_between_two_ends_is_never_sought_among_all_edges_of_a_hub(graph: Connection, name: str) -> None:
    _, used = await explain(graph, name)
    assert "Expand(Into)" in used
    assert "Expand(All)" not in used
