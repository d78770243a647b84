"""What a query may take: rows, bytes, memory, time, turns; how it is cancelled; what its values look like."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import neo4j
import pytest

from app.core.adhoc import Inquiry, Table
from app.core.errors import (
    QueryBarred,
    QueryCancelled,
    QueryFaulty,
    QueryMissing,
    QueryOverdue,
    QueryOversized,
    QueryTaken,
    QueueFull,
)
from app.core.graphs import Cut
from app.graph import adhoc
from app.graph.adhoc import GraphInquiries
from app.graph.connection import Connection

LONG = "UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b UNWIND range(1, 10000) AS c WITH a WHERE a < 0 RETURN a"
LIST = "WITH [x IN range(1, 10000) | x] AS xs "


@pytest.fixture
def inquiries(graph: Connection) -> GraphInquiries:
    """Who answers queries, one at a time, with one waiting."""
    return GraphInquiries(graph, at_once=1, waiting=1)


async def ask(inquiries: GraphInquiries, text: str, *, owner: str = "ann", id: str = "q", **bounds: Any) -> Table:
    return await inquiries.ask(Inquiry(text, owner, id, **bounds))


async def start(inquiries: GraphInquiries, text: str = LONG, id: str = "q", **bounds: Any) -> asyncio.Task[Table]:
    """A query that has begun to run in the database."""
    task = asyncio.create_task(ask(inquiries, text, id=id, **{"seconds": 30, **bounds}))
    await asyncio.sleep(0.3)
    return task


async def count_running(graph: Connection) -> int:
    async with graph.session("read") as session:
        result = await session.run(
            "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS 'WITH a WHERE a < 0'"
        )
        found = [record["currentQuery"] async for record in result]
    return sum("SHOW" not in text for text in found)


async def test_more_rows_than_asked_for_are_cut_at_once(inquiries: GraphInquiries) -> None:
    began = time.monotonic()
    table = await ask(
        inquiries, "UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b RETURN a, b", rows=3, seconds=30
    )
    assert (table.columns, table.rows, table.cut) == (["a", "b"], [[1, 1], [1, 2], [1, 3]], Cut.ROWS)
    assert time.monotonic() - began < 5


async def test_an_answer_that_just_fits_is_whole(inquiries: GraphInquiries) -> None:
    table = await ask(inquiries, "UNWIND range(1, 3) AS a RETURN a", rows=3)
    assert (table.rows, table.cut) == ([[1], [2], [3]], None)


async def test_more_bytes_than_may_be_kept_are_cut(inquiries: GraphInquiries) -> None:
    table = await ask(inquiries, LIST + "UNWIND range(1, 1000) AS y RETURN xs", rows=10_000, seconds=30)
    assert table.cut is Cut.BYTES
    assert 0 < len(table.rows) < 1000


async def test_a_single_row_that_is_too_long_is_not_even_read(inquiries: GraphInquiries) -> None:
    # Two million numbers, 6 MB: beyond what one record may have on the wire.
    text = LIST + "UNWIND range(1, 2) AS y RETURN CASE y WHEN 1 THEN [1] ELSE [x IN range(1, 200) | xs] END AS x"
    table = await ask(inquiries, text, seconds=30)
    assert (table.rows, table.cut) == ([[[1]]], Cut.BYTES)
    assert (await ask(inquiries, "RETURN 1 AS one")).rows == [[1]]


async def test_a_query_that_gathers_more_than_the_memory_of_a_transaction_ends(inquiries: GraphInquiries) -> None:
    """``db.memory.transaction.max``: 40 % of the heap with the embedded database."""
    text = "UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b RETURN size(collect([a, b])) AS s"
    with pytest.raises((QueryOversized, QueryOverdue)) as ended:
        await ask(inquiries, text, seconds=20)
    assert ended.type is QueryOversized


async def test_a_query_ends_when_its_time_is_up_and_the_next_gets_its_turn(
    graph: Connection, inquiries: GraphInquiries
) -> None:
    began = time.monotonic()
    with pytest.raises(QueryOverdue):
        await ask(inquiries, LONG, seconds=0.5)
    assert time.monotonic() - began < 4
    assert (await ask(inquiries, "RETURN 1 AS one")).rows == [[1]]
    assert await count_running(graph) == 0


async def test_who_waits_too_long_or_comes_when_too_many_wait_is_told_to_come_again(
    inquiries: GraphInquiries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adhoc, "PATIENCE_SECONDS", 0.3)
    running = await start(inquiries)
    waiting = asyncio.create_task(ask(inquiries, "RETURN 1 AS one", id="waits"))
    await asyncio.sleep(0.1)
    with pytest.raises(QueueFull) as full:
        await ask(inquiries, "RETURN 1 AS one", id="too many")
    assert full.value.retry_after > 0
    with pytest.raises(QueueFull):
        await waiting
    inquiries.cancel("ann", "q")
    with pytest.raises(QueryCancelled):
        await running


async def test_only_its_owner_cancels_a_query_and_then_the_database_stops_too(
    graph: Connection, inquiries: GraphInquiries
) -> None:
    running = await start(inquiries)
    assert await count_running(graph) == 1
    for owner, id in (("bob", "q"), ("ann", "other")):
        with pytest.raises(QueryMissing):
            inquiries.cancel(owner, id)
    with pytest.raises(QueryTaken):
        await ask(inquiries, "RETURN 1 AS one")
    inquiries.cancel("ann", "q")
    with pytest.raises(QueryCancelled):
        await running
    await stops(graph)
    with pytest.raises(QueryMissing):
        inquiries.cancel("ann", "q")


async def test_a_caller_who_goes_away_ends_the_query(graph: Connection, inquiries: GraphInquiries) -> None:
    running = await start(inquiries)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await stops(graph)


async def stops(graph: Connection) -> None:
    """Nothing of it is left in the database within two seconds."""
    async with asyncio.timeout(2):
        while await count_running(graph):  # noqa: ASYNC110 it is the database that stops
            await asyncio.sleep(0.05)


async def test_a_slot_is_free_again_only_when_the_database_has_ended_the_query(inquiries: GraphInquiries) -> None:
    running = await start(inquiries)
    inquiries.cancel("ann", "q")
    with pytest.raises(QueryCancelled):
        await running
    assert inquiries._slots.locked()
    async with asyncio.timeout(5):
        while inquiries._slots.locked():  # noqa: ASYNC110 it is the database that stops
            await asyncio.sleep(0.02)
    assert not inquiries._ending


async def test_a_refused_query_gives_its_turn_back_at_once(inquiries: GraphInquiries) -> None:
    for text, refusal in (
        ("SHOW SETTINGS", QueryBarred),
        ("MATCH (n) RETURN n", QueryBarred),
        ("RETURN x", QueryFaulty),
    ):
        with pytest.raises(refusal):
            await ask(inquiries, text)
        assert not inquiries._slots.locked()


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("RETURN x", (1, 8), "`x` not defined"),
        ("MATCH (n:Entity)\n WHERE n.x = y RETURN n", (2, 14), "`y` not defined"),
        ("RETURN 1 AS a, 2 AS a", (1, 21), "same name"),
        ("RETURN 1 / 0 AS x", (None, None), "zero"),
        ("RETURN $nope AS x", (None, None), "nope"),
        ("RETURN date('nonsense') AS d", (None, None), "Date"),
        ("RETURN 'open", (1, 8), "string"),
        ("MATCH (n:Entity) RETURN n.id §", (1, 30), "character"),
    ],
)
async def test_a_fault_is_told_in_the_databases_words_with_its_place_and_without_the_text(
    inquiries: GraphInquiries, text: str, place: tuple[int | None, int | None], word: str
) -> None:
    with pytest.raises(QueryFaulty) as fault:
        await ask(inquiries, text)
    assert (fault.value.line, fault.value.column) == place
    assert word in fault.value.why
    assert text not in fault.value.why
    assert "\n" not in fault.value.why


async def test_values_come_as_json_values(inquiries: GraphInquiries) -> None:
    text = """RETURN 9223372036854775807 AS big, -9223372036854775808 AS small, 0.0 / 0.0 AS nan, 1.0 / 0.0 AS inf,
      -1.0 / 0.0 AS less, 1.5 AS float, null AS none, [1, [null, 'a']] AS list, {a: {b: 1}} AS map,
      date('2026-11-25') AS date, localdatetime('2026-11-25T10:00:00.5') AS local,
      datetime('2026-11-25T10:00:00+01:00') AS offset, datetime('2026-07-01T10:00:00[Europe/Berlin]') AS zone,
      localtime('10:00') AS hour, time('10:00+01:00') AS time, duration('P1DT2H') AS duration,
      point({x: 1, y: 2}) AS plane, point({longitude: 1.5, latitude: 2, height: 3}) AS globe"""
    table = await ask(inquiries, text)
    assert dict(zip(table.columns, table.rows[0], strict=True)) == {
        "big": 2**63 - 1,
        "small": -(2**63),
        "nan": "NaN",
        "inf": "Infinity",
        "less": "-Infinity",
        "float": 1.5,
        "none": None,
        "list": [1, [None, "a"]],
        "map": {"a": {"b": 1}},
        "date": "2026-11-25",
        "local": "2026-11-25T10:00:00.500000000",
        "offset": "2026-11-25T10:00:00.000000000+01:00",
        "zone": "2026-07-01T10:00:00.000000000+02:00[Europe/Berlin]",
        "hour": "10:00:00.000000000",
        "time": "10:00:00.000000000+01:00",
        "duration": "P1DT2H",
        "plane": {"srid": 7203, "coordinates": [1.0, 2.0]},
        "globe": {"srid": 4979, "coordinates": [1.5, 2.0, 3.0]},
    }


async def test_parameters_go_in_and_come_out_unchanged(inquiries: GraphInquiries) -> None:
    sent = {"a": [1, -(2**63), 2**63 - 1, 1.5, "ü\n", None, True, {"b": []}], "`weird` name": {}}
    table = await ask(inquiries, "RETURN $a AS a, $```weird`` name` AS b", parameters=sent)
    assert table.rows == [[sent["a"], {}]]


async def test_the_order_of_the_query_is_kept(inquiries: GraphInquiries) -> None:
    table = await ask(inquiries, "UNWIND range(1, 500) AS x RETURN x ORDER BY x % 7, x DESC", rows=1_000)
    assert table.rows == [[x] for x in sorted(range(1, 501), key=lambda x: (x % 7, -x))]


async def test_a_path_shows_its_nodes_and_relationships(graph: Connection, inquiries: GraphInquiries) -> None:
    async with graph.driver.session(database=graph.database, default_access_mode=neo4j.WRITE_ACCESS) as session:
        made = """CREATE (:Entity:AdhocA {key: randomUUID(), id: 'a'})-[:ADHOC {id: 'r'}]->
          (:Entity:AdhocB {key: randomUUID(), id: 'b'})"""
        await (await session.run(made)).consume()
        try:
            table = await ask(inquiries, "MATCH p = (:AdhocA)-[r:ADHOC]->(:AdhocB) RETURN p, r LIMIT 1")
        finally:
            await (await session.run("MATCH (n:AdhocA|AdhocB) DETACH DELETE n")).consume()
    path, relationship = table.rows[0]
    assert isinstance(path, dict)
    assert [node["labels"] for node in path["nodes"]] == [["AdhocA", "Entity"], ["AdhocB", "Entity"]]
    assert [node["properties"]["id"] for node in path["nodes"]] == ["a", "b"]
    start, end = (node["id"] for node in path["nodes"])
    assert path["relationships"] == [relationship]
    assert relationship == {
        "id": relationship["id"],
        "type": "ADHOC",
        "start": start,
        "end": end,
        "properties": {"id": "r"},
    }
