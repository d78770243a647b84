"""The client for notebooks, against the real service."""

from __future__ import annotations

import sys
from typing import Any
from xml.etree import ElementTree

import httpx2
import networkx as nx
import pytest

from app.client import Ambiguous, Entity, ExtraMissing, Graph, Link, Refused, Rows, Subgraph, Unreachable, picture
from app.client import graph as client
from tests.analyst.speak import ref
from tests.client.conftest import Site


async def test_an_entity_is_meant_by_ref_id_identity_or_words(site: Site) -> None:
    wanted = ref(site.space, "ahu-7")
    for who in (wanted, "ahu-7", "apollo/entity/ahu-7", "AHU 7"):
        assert (await site.ask(lambda graph, who=who: graph.pick(who))).ref == wanted  # type: ignore[misc]
    with pytest.raises(Ambiguous) as refused:
        await site.ask(lambda graph: graph.pick("vav"))
    assert {each.id for each in refused.value.candidates} == {"vav-1", "vav-2"}
    with pytest.raises(Ambiguous, match="Nothing is called"):
        await site.ask(lambda graph: graph.pick("boiler"))


async def test_pages_are_hidden_by_iterators(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    entities = await site.ask(lambda graph: list(graph.entities()))
    assert {each.id for each in entities} == {"ahu-7", "vav-1", "vav-2", "zone"}
    assert [each.ref for each in entities] == sorted(each.ref for each in entities)
    assert len(await site.ask(lambda graph: list(graph.relationships()))) == 5
    assert len(await site.ask(lambda graph: list(graph.relationships("feeds")))) == 4
    rows = await site.ask(lambda graph: list(graph.rows()))
    assert {row["sourceName"] for row in rows} == {"AHU 7", "VAV 1", "<b>VAV & 2</b>"}


async def test_a_neighbourhood_becomes_frames_and_a_graph(site: Site) -> None:
    found = await site.ask(lambda graph: graph.neighbourhood("ahu-7", steps=3))
    assert repr(found) == "<4 entities, 5 relationships>"
    for frame in (found.to_polars(), found.to_pandas()):
        assert list(frame["id"]) == [link.id for link in found.links]
        assert "AHU 7" in list(frame["sourceName"])
    graph = found.to_networkx()
    content = await site.ask(
        lambda graph: graph.export("/neighbourhood", "graphml", **{"from": ref(site.space, "ahu-7"), "steps": 3})
    )
    read = nx.parse_graphml(content.decode(), force_multigraph=True)
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert {key: data["relationshipType"] for *_, key, data in read.edges(keys=True, data=True)} == {
        key: data["relationshipType"] for *_, key, data in graph.edges(keys=True, data=True)
    }


async def test_a_card_and_the_facets_are_there(site: Site) -> None:
    card = await site.ask(lambda graph: graph.entity("vav-1"))
    assert (card.entity.name, card.total) == ("VAV 1", 3)
    facets = await site.ask(lambda graph: graph.facets())
    assert facets.document["relationships"] == 5
    assert site.space in {row["id"] for row in await site.ask(lambda graph: graph.spaces())}


async def test_a_query_of_ones_own_is_a_frame(site: Site) -> None:
    rows = await site.ask(lambda graph: graph.cypher("RETURN $n AS n, 'x' AS x", {"n": 3}), wide=True)
    assert list(rows) == [{"n": 3, "x": "x"}]
    assert rows.to_polars().columns == list(rows.to_pandas().columns) == ["n", "x"]


async def test_what_the_service_refuses_is_raised_in_its_words(site: Site) -> None:
    with pytest.raises(Refused, match="no such space") as refused:
        await site.ask(lambda graph: Graph.facets(_elsewhere(graph)))
    assert (refused.value.status, refused.value.type) == (404, "urn:tercet:space-unknown")
    with pytest.raises(Refused, match="Query refused"):
        await site.ask(lambda graph: graph.cypher("CREATE (n) RETURN n"), wide=True)


def _elsewhere(graph: Graph) -> Graph:
    graph.space = "ä space/that is not there"
    return graph


def _answer(*answers: int | None) -> tuple[httpx2.MockTransport, list[str]]:
    """A service that answers with these statuses, None for a lost connection."""
    seen: list[str] = []
    rest = list(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.method)
        status = rest.pop(0)
        if status is None:
            raise httpx2.ReadError("lost")
        document: dict[str, Any] = {"columns": [], "rows": [], "entities": [], "title": "Later", "detail": "wait"}
        return httpx2.Response(status, json=document, headers={"Retry-After": "7"})

    return httpx2.MockTransport(respond), seen


def _open(transport: httpx2.BaseTransport, **chosen: Any) -> tuple[Graph, list[float]]:
    graph, pauses = Graph("http://service", "t", "s", transport=transport, **chosen), list[float]()
    graph.connection._sleep = pauses.append
    return graph, pauses


def test_a_safe_request_is_repeated_after_the_pause_that_was_asked_for() -> None:
    transport, seen = _answer(503, None, 429, 200)
    graph, pauses = _open(transport)
    assert graph.find("x") == []
    assert len(seen) == 4
    assert pauses == [7, 0.5, 7]


def test_patience_ends() -> None:
    transport, seen = _answer(503, 503)
    graph, pauses = _open(transport, patience=5)
    with pytest.raises(Refused, match="Later"):
        graph.find("x")
    assert (len(seen), pauses) == (1, [])


def test_a_post_whose_answer_is_lost_is_not_repeated() -> None:
    transport, seen = _answer(429, None, 200)
    graph, _ = _open(transport)
    with pytest.raises(Unreachable):
        graph.cypher("RETURN 1")
    assert seen == ["POST", "POST"]


def test_lists_are_encoded_element_by_element() -> None:
    assert client._spell({"types": ["a,b", "c d"], "none": None, "empty": [], "n": 3}) == {
        "types": "a%2Cb,c%20d",
        "n": "3",
    }


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ExtraMissing, match="notebook"):
        Rows({}, ["a"], [{"a": 1}]).to_polars()


def test_a_picture_is_bounded_and_shows_text_as_text() -> None:
    bad = "<script>alert(1)</script>"
    entities = [Entity(f"r{n}", "d", "t", f"{n}", bad, bad) for n in range(200)]
    links = [Link(f"l{n}", bad, f"r{n // 3}", f"r{n}", n % 2 == 0) for n in range(200)]
    shown = Subgraph(
        {"truncated": True, "reason": "entities"}, {each.ref: each for each in entities}, links
    )._repr_html_()
    assert "<script" not in shown
    drawing = ElementTree.fromstring(shown)
    assert len(drawing.findall(".//{*}g")) == picture.MOST_NODES
    assert "cut by entities" in (drawing.findtext("{*}figcaption") or "")
    assert "<script" not in Rows({}, ["a"], [{"a": bad}] * 99)._repr_html_()
    assert picture.draw([], [], "nothing")
