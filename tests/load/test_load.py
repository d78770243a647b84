"""``tercet load``: files through the public interface of a running service, whatever happens on the way."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from app import server
from app.cli import cli
from app.load.journal import Journal
from app.load.send import Loader, LoadFailed, Report
from app.load.source import ENTITIES, RELATIONSHIPS, FileUnusable, Source
from tests.apollo.speak import item
from tests.conftest import BASE, MakeService, RunningService


def entity(n: int, **more: Any) -> dict[str, Any]:
    return {"id": f"e{n}", "entityType": "Brick__AHU", "entityName": f"Unit {n}", **more}


def relationship(n: int, **more: Any) -> dict[str, Any]:
    return item(
        f"r{n}", sourceEntityId=f"e{n}", destinationEntityId=f"e{n + 1}", relationshipType="Brick__feeds", **more
    )


@dataclass
class Wire(httpx2.AsyncBaseTransport):
    """The way to the service: counts uploads, and breaks before or after the one that ``breaks`` names."""

    inner: httpx2.AsyncBaseTransport
    uploads: list[str] = field(default_factory=list)
    breaks: dict[int, str] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method != "POST":
            return await self.inner.handle_async_request(request)
        self.uploads.append(request.url.path.rpartition("/")[2])
        when = self.breaks.pop(len(self.uploads), None)
        if when == "before":
            raise httpx2.ConnectError("the wire broke")
        answer = await self.inner.handle_async_request(request)
        if when == "after":
            raise httpx2.ReadError("the wire broke")
        return answer


@dataclass
class Desk:
    """Loads into one collection of a service, with journals and reports in one folder."""

    service: RunningService
    folder: Path
    space: str
    wire: Wire

    def write(self, name: str, items: Sequence[Any]) -> Path:
        """A file in the form that its name tells."""
        path = self.folder / name
        text = json.dumps(items) if ".json." in f"{name}." else "\n".join(map(json.dumps, items)) + "\n"
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    async def load(self, *files: Path, **more: Any) -> Report:
        """One run of the loader; a lost connection ends it."""
        source = Source.scan(files)
        journal = Journal.open(self.folder / "journals", BASE, self.space, source.digest)
        headers = {"Authorization": f"Bearer {self.service.token()}"}
        async with httpx2.AsyncClient(transport=self.wire, base_url=BASE, headers=headers, timeout=60) as client:
            more = {"patience": 0, **more}
            return await Loader(client, self.space, journal, self.refused_file, **more).load(source)

    @property
    def refused_file(self) -> Path:
        return self.folder / "refused.jsonl"

    def refused(self) -> list[tuple[str, str, str | None]]:
        """Place, code and property of every refused item, the file's folder cut off."""
        if not self.refused_file.exists():
            return []
        told = [json.loads(line) for line in self.refused_file.read_text().splitlines()]
        return [(Path(line["place"]).name, line["code"], line["property"]) for line in told]

    def journals(self) -> list[Path]:
        return list((self.folder / "journals").iterdir())


@pytest.fixture
async def desk(service: RunningService, tmp_path: Path) -> Desk:
    return Desk(service, tmp_path, service.space(), Wire(httpx2.ASGITransport(service.service.app)))


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "json", "json.gz"])
async def test_every_form_of_file_is_loaded_entities_first(desk: Desk, form: str) -> None:
    path = desk.write(f"all.{form}", [relationship(1), entity(1), relationship(2), entity(2)])
    report = await desk.load(path)
    assert desk.wire.uploads == [ENTITIES, RELATIONSHIPS]
    for kind in (ENTITIES, RELATIONSHIPS):
        assert report.counts[kind] == {"total": 2, "created": 2}
    assert (report.refused, desk.refused(), desk.journals()) == (0, [], [])


async def test_a_load_can_be_repeated_and_repairs_what_was_changed(desk: Desk) -> None:
    path = desk.write("all.jsonl", [entity(n) for n in range(3)])
    await desk.load(path)
    assert (await desk.load(path)).counts[ENTITIES]["unchanged"] == 3
    headers = {"Authorization": f"Bearer {desk.service.token()}", "ercollectionid": desk.space}
    assert (await desk.service.client.delete("/apollo/er/entities/e1", headers=headers)).status_code == 200
    again = (await desk.load(path)).counts[ENTITIES]
    assert (again["created"], again["unchanged"]) == (1, 2)


async def test_items_are_sent_in_uploads_of_the_right_size(desk: Desk) -> None:
    path = desk.write("all.jsonl", [entity(n) for n in range(10)])
    report = await desk.load(path, most_items=4)
    assert (len(desk.wire.uploads), report.counts[ENTITIES]["created"]) == (3, 10)
    line = len(json.dumps(entity(1)))
    await desk.load(path, most_bytes=3 * (line + 1) + 1)
    assert len(desk.wire.uploads) == 3 + 4


async def test_an_upload_that_is_too_large_for_the_service_is_halved(make_service: MakeService, tmp_path: Path) -> None:
    service = await make_service(auto_spaces=True, apollo_max_body_bytes=1024)
    desk = Desk(service, tmp_path, service.space(), Wire(httpx2.ASGITransport(service.service.app)))
    path = desk.write("all.jsonl", [entity(n) for n in range(16)] + [entity(99, customData={"x": "y" * 1024})])
    report = await desk.load(path)
    assert (report.counts[ENTITIES]["created"], report.counts[ENTITIES]["failed"]) == (16, 1)
    assert desk.refused() == [("all.jsonl:17", "TooLarge", None)]


async def test_refused_items_are_told_with_their_place_and_the_rest_is_stored(desk: Desk) -> None:
    path = desk.write(
        "all.jsonl", [entity(1), entity(2, colour="blue"), {"what": "ever"}, {**relationship(1), "id": "erstatus"}]
    )
    with path.open("a") as file:
        file.write('not json\n{"id": "e3", "id": "e3", "entityType": "t", "entityName": "n"}\n')
    other = desk.write("other.json", [entity(4), entity(5, entityName=None)])
    report = await desk.load(path, other)
    assert report.counts[ENTITIES]["created"] == 2
    assert sorted(desk.refused()) == [
        ("all.jsonl:2", "UnknownProperty", "colour"),
        ("all.jsonl:3", "Unreadable", None),
        ("all.jsonl:4", "InvalidProperty", "id"),
        ("all.jsonl:5", "Unreadable", None),
        ("all.jsonl:6", "MalformedBody", "id"),
        ("other.json[1]", "MissingProperty", "entityName"),
    ]
    assert report.refused == 6
    told = [json.loads(line) for line in desk.refused_file.read_text().splitlines()]
    assert json.loads(next(line["item"] for line in told if line["code"] == "UnknownProperty"))["colour"] == "blue"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_interrupted_load_goes_on_where_it_was(desk: Desk, when: str) -> None:
    items = [entity(n) for n in range(5)] + [entity(5, colour="blue")] + [relationship(n) for n in range(6)]
    path = desk.write("all.jsonl", items)
    desk.wire.breaks = {5: when}
    with pytest.raises(LoadFailed):
        await desk.load(path, most_items=2)
    assert len(desk.journals()) == 1
    report = await desk.load(path, most_items=2)
    assert len(desk.wire.uploads) == 5 + 2, "four uploads were done, the broken one and the last are sent"
    assert [counts["created"] for counts in report.counts.values()] == [5, 6]
    assert desk.refused() == [("all.jsonl:6", "UnknownProperty", "colour")]
    assert desk.journals() == []


async def test_an_interrupted_load_of_other_content_begins_anew(desk: Desk) -> None:
    path = desk.write("all.jsonl", [entity(n) for n in range(4)])
    desk.wire.breaks = {2: "before"}
    with pytest.raises(LoadFailed):
        await desk.load(path, most_items=2)
    path = desk.write("all.jsonl", [entity(n, customData={"changed": True}) for n in range(4)])
    report = await desk.load(path, most_items=2)
    assert report.counts[ENTITIES] == {"total": 4, "created": 2, "updated": 2}


async def test_a_service_that_is_away_for_a_while_is_waited_for(desk: Desk) -> None:
    path = desk.write("all.jsonl", [entity(n) for n in range(2)])
    desk.wire.breaks = {1: "after"}
    report = await desk.load(path, patience=20)
    assert (len(desk.wire.uploads), report.counts[ENTITIES]["created"]) == (2, 2), "one request, sent twice"


def test_a_file_that_is_no_array_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('[{"id": 1}, ')
    with pytest.raises(FileUnusable):
        Source.scan([tmp_path / "bad.json"])
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"[]" * 999)[:20])
    with pytest.raises(FileUnusable):
        Source.scan([tmp_path / "bad.gz"])


def test_a_journal_that_was_cut_in_the_middle_of_a_line_is_read_up_to_there(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, BASE, "s", "d")
    journal.note("one", {"total": 3})
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + b'{"upload": "two", "cou')
    again = Journal.open(tmp_path, BASE, "s", "d")
    assert (again.run, again.resumed, again.find("two")) == (journal.run, 3, None)
    assert Journal.open(tmp_path, BASE, "another", "d").run != journal.run


@pytest.fixture
async def address(service: RunningService) -> AsyncIterator[str]:
    """Where the service listens."""
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        server.serve(service.service.app, host="127.0.0.1", port=0, on_ready=ready.set_result)
    )
    yield await ready
    serving.cancel()
    await asyncio.wait((serving,))


async def test_the_command_says_what_became_of_the_items(service: RunningService, address: str, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text("\n".join(map(json.dumps, [entity(1), entity(2, colour="blue"), relationship(1)])))
    words = ["load", str(path), "--space", service.space(), "--url", address, "--refused", str(tmp_path / "refused")]
    environment = {"TERCET_TOKEN": service.token(), "TERCET_DATA_DIR": str(tmp_path)}
    told = await asyncio.to_thread(CliRunner().invoke, cli, words, env=environment)
    assert told.exit_code == 1
    assert "         2 entities: 1 created, 0 updated, 0 unchanged, 1 failed\n" in told.stdout
    assert "         1 relationships: 1 created, 0 updated, 0 unchanged, 0 failed\n" in told.stdout
    assert "1 items were refused" in told.stderr
    assert len((tmp_path / "refused").read_text().splitlines()) == 1


async def test_more_refused_items_than_a_status_shows_are_all_told(desk: Desk) -> None:
    path = desk.write("all.jsonl", [entity(n, colour="blue") for n in range(1003)])
    report = await desk.load(path)
    assert (report.refused, len(desk.refused())) == (1003, 1003)
    assert desk.refused()[-1] == ("all.jsonl:1003", "UnknownProperty", "colour")
