"""Every known way around the guards of queries of one's own, each tried; and that what people ask passes.

``TERCET_TEST_LONG=1`` tries a hidden subquery in every place, not in every third.
"""

from __future__ import annotations

import os
from itertools import pairwise

import pytest

from app.core.adhoc import Inquiry
from app.core.errors import QueryBarred, QueryFaulty
from app.graph import documents, inspection, schema, screening
from app.graph.adhoc import GraphInquiries
from app.graph.connection import Connection
from app.graph.library import FOLDER
from app.graph.tokens import Kind, Token, cut
from tests.adhoc import peek, ways

LONG = bool(os.environ.get("TERCET_TEST_LONG"))


def show(text: str) -> str:
    """A name for a test."""
    return text[:70].replace("\n", " ")


@pytest.fixture
def inquiries(graph: Connection) -> GraphInquiries:
    """Who answers queries."""
    return GraphInquiries(graph)


async def secret_of(graph: Connection) -> str:
    """The key that signs tokens, which no answer may hold."""
    return str((await graph.write("secret/keep", secret="adhoc", fresh="the-key-of-the-test", at=1))[0]["key"])


@pytest.mark.parametrize("text", [*ways.BY_PLAN, *(ways.HIDDEN if LONG else ways.HIDDEN[::3])], ids=show)
async def test_a_way_around_is_refused_by_both_guards_together_and_by_the_plan_alone(
    graph: Connection, inquiries: GraphInquiries, text: str
) -> None:
    secret = await secret_of(graph)
    with pytest.raises((QueryBarred, QueryFaulty)) as refused:
        await inquiries.ask(Inquiry(text, "ann", "way", ways.PARAMETERS))
    assert secret not in str(refused.value)
    assert await peek.judge(graph, text, ways.PARAMETERS) != ""


@pytest.mark.parametrize("text", ways.BY_TEXT, ids=show)
def test_what_a_plan_does_not_show_or_comes_too_late_is_refused_by_its_text(text: str) -> None:
    with pytest.raises((QueryBarred, QueryFaulty)):
        screening.screen(text, ways.PARAMETERS)


@pytest.mark.parametrize("text", ways.FINE, ids=show)
async def test_what_people_ask_is_answered(inquiries: GraphInquiries, text: str) -> None:
    table = await inquiries.ask(Inquiry(text, "ann", "fine", ways.PARAMETERS, rows=5))
    assert table.columns


async def test_the_peek_sees_what_depends_on_barred_nodes(graph: Connection) -> None:
    for text in (
        "MATCH (s:Secret) RETURN s.key AS key",
        "MATCH (s:Secret) RETURN count(s) AS c",
        "RETURN any(x IN [1] WHERE EXISTS { (s:JobOutcome) WHERE s.index = 3 AND s.job = s.named }) AS x",
        "CREATE (:Entity {key: randomUUID()})",
    ):
        assert await peek.find_fault(graph, text, {}) is not None


async def test_planning_a_text_runs_nothing_of_it(graph: Connection) -> None:
    label = "FuzzedByPlanning"
    await peek.judge(graph, f"CREATE (n:{label}) RETURN n", {})
    await peek.judge(graph, f"CALL db.createLabel('{label}')", {})
    table = await GraphInquiries(graph).ask(Inquiry("CALL db.labels()", "ann", "labels", rows=10_000))
    assert [label] not in table.rows


def test_every_label_of_ours_is_either_open_or_barred() -> None:
    declared = {shape.__label__ for shape in schema.SHAPES}
    assert declared == documents.OWN_LABELS == screening.READABLE | screening.BARRED
    assert "Secret" in screening.BARRED


def test_no_statement_of_ours_makes_a_node_of_a_label_that_nobody_has_thought_about() -> None:
    made = set()
    for path in FOLDER.rglob("*.cypher"):
        words = cut(path.read_text().replace("\\u", ""))
        for index, word in enumerate(words):
            if word.upper in ("CREATE", "MERGE") and words[index + 1].is_sign("("):
                made |= {each.value for each in _labels(words[index + 2 : index + 6])}
    assert made
    assert made <= documents.OWN_LABELS


def _labels(words: list[Token]) -> list[Token]:
    found = []
    for colon, name in pairwise(words):
        if colon.is_sign("{", ")"):
            break
        if colon.is_sign(":") and name.kind is Kind.WORD:
            found.append(name)
    return found


async def test_every_function_that_is_open_is_the_databases_own(graph: Connection) -> None:
    async with graph.session("read") as session:
        rows = await session.run("SHOW FUNCTIONS YIELD name, isBuiltIn")
        known = {row["name"].lower(): row["isBuiltIn"] async for row in rows}
    assert all(known[name] for name in screening.FUNCTIONS & known.keys())
    assert screening.FUNCTIONS - known.keys() <= {"shortestpath", "allshortestpaths"}


def test_an_operator_that_nobody_has_thought_about_is_refused() -> None:
    plan = {"operatorType": "ReadEverything@neo4j", "args": {}, "children": []}
    with pytest.raises(QueryBarred, match="ReadEverything"):
        inspection.inspect(plan, "neo4j")
