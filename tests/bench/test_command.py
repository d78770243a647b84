"""``tercet bench`` against the session's service: whatever it measures, it measures all of it."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from app.bench import BenchFailed
from app.bench.measure import Measure
from app.bench.reads import READS
from app.bench.sheet import Aim, Sheet
from app.core.identity import Minter


async def test_everything_is_measured_told_and_written(service, tmp_path):
    headers = {"authorization": f"Bearer {service.token()}"}
    service.client.headers.update(headers)
    try:
        sheet = await Measure(service.client, Minter().mint(), items=7, calls=1).take_turns(1, warm=0)
    finally:
        del service.client.headers["authorization"]
    rows = {row for row, _ in sheet.rows}
    assert rows >= {
        "Apollo upload",
        "Apollo upload, sent again",
        "SAS bulk request",
        "SAS bulk request, sent again",
        *READS,
    }
    assert rows >= {"Autodesk PUT of 20, 1 client", "Autodesk PUT of 20, 8 clients, sent again"}
    assert all(value > 0 for values in sheet.rows.values() for value in values)
    console = Console(width=200, file=io.StringIO(), record=True)
    sheet.show(console)
    assert "Autodesk :sync of 1,000" in console.export_text()
    sheet.write(tmp_path / "bench.json")
    told = json.loads((tmp_path / "bench.json").read_text())
    assert {figure["what"] for figure in told["figures"]} == rows
    assert "Apollo upload: sent again beside created" in {each["what"] for each in told["beside"]}


async def test_a_bench_that_is_refused_says_so(service):
    with pytest.raises(BenchFailed, match="401"):
        await Measure(service.client, Minter().mint(), items=2, calls=1).take_turns(1)


def test_a_ratio_is_taken_turn_by_turn():
    sheet = Sheet("two rows")
    for one, other in ((2.0, 1.0), (30.0, 10.0)):
        sheet.note("one", rel_s=one)
        sheet.note("other", rel_s=other)
    sheet.note("short", rel_s=11.0)
    assert sheet.compare(Aim("one beside other", "one", "rel_s", "other")) == [2, 3]
    assert sheet.compare(Aim("short beside other", "short", "rel_s", "other")) == [2]
    assert sheet.compare(Aim("nothing beside other", "nothing", "rel_s", "other")) == []


def test_an_aim_is_reached_or_not():
    sheet = Sheet("an aim")
    sheet.note("row", s=[1.0, 2.0, 9.0])
    sheet.aim("quick", "row", "s", most=2)
    sheet.aim("many", "row", "s", least=3)
    sheet.aim("told", "row", "s")
    assert [each["reached"] for each in sheet.document()["beside"]] == [True, False, None]
