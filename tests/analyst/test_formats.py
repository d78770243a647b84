"""Answers as rows and as files of graphs: read back by those who read them, they are what JSON says."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tracemalloc
from typing import Any

import httpx2
import msgspec
import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from app import server
from app.facades import faults
from app.facades.analyst import drawings, encode, formats, rows, wire
from tests.analyst.speak import ask, declare, get, path_of, ref, relate
from tests.conftest import RunningService

ODD = '=1+1 "x", y\r\nümlaut'


async def build(service: RunningService) -> str:
    """A loop, two relationships between the same two, one without direction, and a name that means trouble."""
    space = await service.found()
    await declare(service, space, ("ahu", "Brick__AHU", "AHU 7"), ("vav", "Brick__VAV", ODD))
    await relate(
        service,
        space,
        *[("ahu", "feeds", "vav"), ("ahu", "feeds", "vav"), ("vav", "related", "zone"), ("vav", "feeds", "vav")],
    )
    return space


async def take(service: RunningService, space: str, rest: str, format: str, **query: Any) -> bytes:
    answer = await ask(service, path_of(space, rest), format=format, **query)
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


async def around(service: RunningService, space: str, format: str, **query: Any) -> bytes:
    return await take(service, space, "/neighbourhood", format, from_=ref(space, "ahu"), steps=3, **query)


def read_arrow(content: bytes) -> list[dict[str, Any]]:
    return list(pa.ipc.open_stream(content).read_all().to_pylist())


async def test_rows_say_the_same_in_ndjson_csv_and_arrow(service: RunningService) -> None:
    space = await build(service)
    lines = [json.loads(line) for line in (await around(service, space, "ndjson")).splitlines()]
    assert len(lines) == 4
    assert read_arrow(await around(service, space, "arrow")) == lines
    spelled = list(
        csv.DictReader(io.StringIO((await around(service, space, "csv", cells="exact")).decode(), newline=""))
    )
    for line, cells in zip(lines, spelled, strict=True):
        assert cells == {
            name: "" if value is None else str(value).lower() if isinstance(value, bool) else value
            for name, value in line.items()
        }
    document = await get(service, path_of(space, "/neighbourhood"), from_=ref(space, "ahu"), steps=3)
    known = {each["ref"]: each for each in document["entities"]}
    for line, link in zip(lines, document["relationships"], strict=True):
        assert {name: line[name] for name in link} == link
        for side in ("source", "target"):
            entity = known[link[side]]
            assert [line[side + part] for part in ("Domain", "Type", "Id", "Kind", "Name")] == [
                entity["domain"], entity["type"], entity["id"], entity["kind"], entity.get("name")
            ]  # fmt: skip


async def test_pandas_and_polars_read_what_was_written(service: RunningService) -> None:
    space = await build(service)
    stream, text = await around(service, space, "arrow"), await around(service, space, "csv", cells="exact")
    table = pa.ipc.open_stream(stream).read_all()
    from_arrow, from_csv = pl.from_arrow(table), pl.read_csv(io.BytesIO(text))
    assert isinstance(from_arrow, pl.DataFrame)
    for column in ("id", "type", "directed", "source", "targetId"):
        assert from_csv[column].to_list() == from_arrow[column].to_list()
    frame = pd.read_csv(io.BytesIO(text))
    assert list(frame["id"]) == list(table.to_pandas()["id"]) == from_arrow["id"].to_list()
    assert ODD in set(frame["targetName"])


async def test_a_formula_is_defused_in_csv_unless_exact_cells_are_asked_for(service: RunningService) -> None:
    space = await build(service)
    for cells, name in ((None, f"'{ODD}"), ("exact", ODD)):
        text = (await around(service, space, "csv", rows="entities", cells=cells)).decode()
        assert name in {row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_whatever_begins_a_formula_gets_an_apostrophe(text: str) -> None:
    assert encode.guard(text) == f"'{text}"
    assert encode.guard(f"a{text}") == f"a{text}"


async def test_columns_are_the_same_where_there_are_no_rows(service: RunningService) -> None:
    space, empty = await build(service), await service.found()
    await declare(service, empty, ("ahu", "Brick__AHU", "AHU 7"))
    for format in ("arrow", "csv"):
        heads = []
        for each in (space, empty):
            content = await around(service, each, format)
            heads.append(
                pa.ipc.open_stream(content).schema.names if format == "arrow" else content.partition(b"\r\n")[0]
            )
        assert heads[0] == heads[1]


def draw(graph: nx.MultiDiGraph) -> tuple[dict[str, Any], dict[Any, Any]]:
    """What of a graph must be the same wherever it went."""
    names = ("domain", "entityType", "entityId", "kind", "name", "declared")
    nodes = {ref: {name: data[name] for name in names if name in data} for ref, data in graph.nodes(data=True)}
    edges = {
        (key, source, target): (data["relationshipType"], data["directed"])
        for source, target, key, data in graph.edges(keys=True, data=True)
    }
    return nodes, edges


async def test_networkx_reads_back_the_graph_that_json_shows(service: RunningService) -> None:
    space = await build(service)
    document = await get(service, path_of(space, "/neighbourhood"), from_=ref(space, "ahu"), steps=3)
    nodes = {each["ref"]: each for each in document["entities"]}
    links = {(link["id"], link["source"], link["target"]) for link in document["relationships"]}
    graphml = nx.read_graphml(io.BytesIO(await around(service, space, "graphml")), force_multigraph=True)
    nodelink = nx.node_link_graph(json.loads(await around(service, space, "nodelink")), edges="links")
    gexf = nx.read_gexf(io.BytesIO(await around(service, space, "gexf")))
    assert draw(graphml)[1] == draw(nodelink)[1]
    assert draw(nodelink)[1].keys() == links
    assert draw(nodelink)[0] == draw(gexf)[0]
    # XML readers make one line end of two (XML 1.0, 2.11).
    assert json.loads(json.dumps(draw(graphml)[0]).replace("\\r\\n", "\\n")) == json.loads(
        json.dumps(draw(nodelink)[0]).replace("\\r\\n", "\\n")
    )
    assert draw(nodelink)[0][ref(space, "vav")]["name"] == ODD
    assert nx.is_isomorphic(nx.MultiDiGraph(gexf), nodelink)
    assert nodelink.nodes.keys() == nodes.keys()


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    bad = wire.Entity(ref="r", domain="d", type="t", id="a\x01b\ud800", kind="k", declared=False)
    subgraph = wire.Subgraph(entities=[bad], relationships=[], limits={}, truncated=False)
    for write, read in ((drawings.write_graphml, nx.read_graphml), (drawings.write_gexf, nx.read_gexf)):
        assert read(io.BytesIO(write(subgraph))).nodes["r"]["entityId"] == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("text/csv;q=0.5, application/x-ndjson", "ndjson"),
        ("application/*;q=0.1, text/csv;q=0.05", "json"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/json;q=0, text/*", "csv"),
    ],
)
def test_accept_is_weighed(accept: str, format: str) -> None:
    assert formats.choose(None, [accept]).word == format
    assert formats.choose("gexf", [accept]).word == "gexf"


async def test_what_cannot_be_sent_is_406_in_words(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    bearer = {"Authorization": f"Bearer {service.token()}"}
    answer = await service.client.get("/graph/v1/spaces", headers={**bearer, "Accept": "image/png"})
    assert answer.status_code == 406
    answer = await ask(service, "/graph/v1/spaces", format="graphml")
    assert answer.status_code == 406
    assert "entities with their relationships" in answer.json()["detail"]
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    answer = await ask(service, "/graph/v1/spaces", format="arrow")
    assert answer.status_code == 406
    assert "pyarrow" in answer.json()["detail"]
    with pytest.raises(formats.FormatAbsent):
        formats.choose(None, ["application/graphml+xml"])
    with pytest.raises(faults.NotAcceptable):
        formats.choose(None, ["image/png"])
    assert formats.choose(None, ["application/graphml+xml, text/csv;q=0.1"]).word == "csv"


async def test_a_list_that_an_answer_lacks_is_refused(service: RunningService) -> None:
    answer = await ask(service, "/graph/v1/spaces", format="csv", rows="edges")
    assert (answer.status_code, answer.json()["detail"]) == (400, "rows takes one of spaces here.")


@pytest.mark.parametrize("noun", ["relationships", "entities"])
async def test_a_whole_list_is_one_stream(service: RunningService, noun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.facades.analyst.exports.PAGE", 2)
    monkeypatch.setattr("app.facades.analyst.entities.LARGEST_PAGE", 2)
    space = await build(service)
    for format in ("ndjson", "arrow"):
        content = await take(service, space, f"/{noun}", format, all="true")
        found = read_arrow(content) if format == "arrow" else [json.loads(line) for line in content.splitlines()]
        page = await get(service, path_of(space, f"/{noun}"), limit=2)
        more = await get(service, path_of(space, f"/{noun}"), limit=2, after=page["after"])
        name = "id" if noun == "relationships" else "ref"
        assert [row[name] for row in found] == [row[name] for row in page[noun] + more[noun]]
        if noun == "relationships":
            assert {row["sourceName"] for row in found} == {"AHU 7", ODD}
            single = (await take(service, space, "/relationships", "ndjson", limit=3)).splitlines()
            assert [json.loads(line) for line in single] == found[:3]


async def test_a_whole_list_takes_a_format_of_rows(service: RunningService) -> None:
    space = await service.found()
    for query in ({"all": "true"}, {"all": "true", "format": "csv", "limit": 3}):
        answer = await ask(service, path_of(space, "/relationships"), **query)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith("all takes a format of rows")


async def test_a_failure_in_the_middle_cuts_the_connection(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = await build(service)
    monkeypatch.setattr("app.facades.analyst.exports.PAGE", 1)
    read, calls = service.store.live_run, 0

    async def fail_later(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise RuntimeError("the database went away")
        return await read(*args, **named)

    monkeypatch.setattr(type(service.store), "live_run", lambda _, *args, **named: fail_later(*args, **named))
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        server.serve(service.service.app, host="127.0.0.1", port=0, on_ready=listening.set_result)
    )
    bearer = {"Authorization": f"Bearer {service.token()}"}
    async with httpx2.AsyncClient(base_url=await listening, headers=bearer) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(path_of(space, "/relationships"), params={"all": "true", "format": "csv"})
    serving.cancel()
    await asyncio.wait((serving,))


@pytest.mark.parametrize("format", ["ndjson", "csv", "arrow"])
def test_memory_does_not_grow_with_the_rows(format: str) -> None:
    links = [
        wire.Link(id=f"{n:036}", type="feeds", source=f"{n:036}", target=f"{n + 1:036}", directed=True)
        for n in range(1_000)
    ]
    page = wire.Relationships(relationships=links)
    sheet = rows.choose_sheet(page, None)
    encoder = formats.make_encoder(wire.Answer(), sheet, formats.Wish(formats.FORMATS[format]))
    encoder.begin()

    def send(pages: int) -> int:
        sent = 0
        for _ in range(pages):
            sent += len(encoder.encode(rows.list_rows(page, None, sheet, {})))
        return sent

    send(2)
    tracemalloc.start()
    sent = send(16)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent > 2_000_000
    assert peak < sent / 2


def test_a_query_of_ones_own_has_columns_of_what_it_found() -> None:
    table = wire.Table(
        columns=["n", "x", "t", "mixed", "huge", "list", "none"],
        rows=[[1, 1, "a", 1, 2**70, ["a"], None], [2, 0.5, None, "b", 1, ["b", "c"], None]],
        limits={},
        truncated=False,
    )
    content = formats.write(table, formats.Wish(formats.FORMATS["arrow"]), {})()
    read = pa.ipc.open_stream(content).read_all()
    assert [str(field.type) for field in read.schema] == [
        *("int64", "double", "string", "string", "string", "list<item: string>", "string")
    ]
    assert read.to_pylist()[0] == {
        **{"n": 1, "x": 1.0, "t": "a", "mixed": "1", "huge": str(2**70), "list": ["a"], "none": None}
    }
    assert read.schema.field("mixed").metadata == {b"content": b"json"}
    lines = formats.write(table, formats.Wish(formats.FORMATS["ndjson"]), {})().splitlines()
    assert [list(msgspec.json.decode(line).values()) for line in lines] == table.rows
