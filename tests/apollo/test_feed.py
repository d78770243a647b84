"""The change feed: apollo 15, item 64; apollo 12."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.access import Right
from tests.apollo.conftest import MakeMemory
from tests.apollo.speak import GUID, UPLOAD, Service, ask, carry_out, head, item, post, read_error, store_all
from tests.apollo.test_entities import ENTITIES, thing
from tests.autodesk import speak as autodesk
from tests.conftest import RunningService
from tests.sas.client import R, edge

FEED = "/apollo/changefeed/logs"
KEYS = ("sequenceId", "sequenceContainer", "notificationType", "version", "checksum")


async def read_feed(service: Service, space: str, **query: str) -> list[dict[str, Any]]:
    """One answer; nothing is the empty list."""
    answer = await ask(service, FEED, space, query)
    if answer.status_code == 404:
        return []
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == {"message": "Success", "code": "OK"}
    assert told["paging"] == {"totalCount": len(told["data"]), "continuationToken": None}
    return list(told["data"])


async def read_all(service: Service, space: str, limit: int = 100) -> list[dict[str, Any]]:
    """The whole feed as a reader follows it: from the last number on."""
    found: list[dict[str, Any]] = []
    while page := await read_feed(service, space, startSequenceId=str(len(found) + 1), limit=str(limit)):
        found += page
    return found


def sum_up(shown: dict[str, Any]) -> str:
    """The checksum as a client works it out (apollo 12)."""
    kept = {name: value for name, value in shown.items() if name not in ("sysData", "version", "schemaMetadata")}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class Recorder:
    """Writes through all three formats, one request at a time, and notes what each changed."""

    service: RunningService
    space: str
    chance: random.Random
    noted: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)

    async def note(self, path: str, id: str, type: str, transaction: str | None) -> None:
        noun = "relationship" if path == UPLOAD else "entity"
        self.versions[path, id] = self.versions.get((path, id), 0) + 1
        if type == "Deleted":
            self.shown[path, id] |= {"isActive": False}
        else:
            answer = await ask(self.service, f"{path}/{id}", self.space, {"v": "1.2", "includeSystemData": "true"})
            self.shown[path, id] = answer.json()["data"][0]
        shown = self.shown[path, id]
        self.noted.append(
            {
                "sequenceId": len(self.noted) + 1,
                "sequenceContainer": self.space,
                "notificationType": type,
                "version": self.versions[path, id],
                "checksum": sum_up(shown),
                f"{noun}Id": shown["id"],
                f"{noun}Type": shown[f"{noun}Type"],
                "transactionId": transaction,
            }
        )

    async def upsert(self, path: str) -> None:
        ids = self.chance.sample("abcdef", self.chance.randint(1, 3))
        make = item if path == UPLOAD else thing
        said = {"customData": {"z": self.chance.choice([1, 2.5, "ü\u2028", None, [True]]), "a": {}}}
        more = said if self.chance.random() < 0.7 else {"relationshipType" if path == UPLOAD else "entityType": "odd"}
        items = [make(id, **more) for id in ids]
        if self.chance.random() < 0.2:
            told = await carry_out(self.service, self.space, items, path=path)
            return await self.compare(path, ids, told["transactionId"])
        answer = (await post(self.service, self.space, items, path=path, **{"async": "false"})).json()
        results = {each["id"]: each["result"] for each in answer["data"]["responses"].get("success", [])}
        for id in ids:
            if results.get(id) in ("created", "updated"):
                await self.note(path, id, results[id].capitalize(), answer["transactionId"])
        return None

    async def compare(self, path: str, ids: list[str], transaction: str) -> None:
        """Notes what a job did, which says its items in numbers only."""
        for id in ids:
            answer = await ask(self.service, f"{path}/{id}", self.space, {"includeSystemData": "true"})
            told = answer.json()["data"][0]["sysData"] if answer.status_code == 200 else {}
            version = told.get("sysRelationshipVersion", told.get("sysEntityVersion", 0))
            if version > self.versions.get((path, id), 0):
                was = self.shown.get((path, id), {"isActive": False})
                await self.note(path, id, "Updated" if was["isActive"] else "Created", transaction)

    async def delete(self, path: str) -> None:
        id = self.chance.choice("abcdef")
        answer = await self.service.client.delete(f"{path}/{id}", headers=head(self.service, self.space))
        if answer.status_code == 200:
            await self.note(path, id, "Deleted", answer.json()["transactionId"])

    async def relate_in_autodesk(self) -> None:
        ends = self.chance.sample(["p1", "p2", "p3"], 2)
        answer = await autodesk.put(self.service, self.space, autodesk.item(*ends))
        (told,) = answer.json()
        id = told if isinstance(told, str) else told["id"]
        if id not in self.foreign:
            self.foreign[id] = "autodesk"
            await self.note(UPLOAD, id, "Created", None)

    async def relate_in_sas(self) -> None:
        sent = head(self.service) | {
            "X-Tercet-Space": self.space,
            "Content-Type": "application/vnd.sas.relationship+json",
        }
        ends = self.chance.sample(["/a", "/b", "/c"], 2)
        answer = await self.service.client.post(R, content=json.dumps(edge(*ends)), headers=sent)
        if answer.status_code == 201:
            self.foreign[answer.json()["id"]] = "sas"
            await self.note(UPLOAD, answer.json()["id"], "Created", None)

    async def delete_foreign(self) -> None:
        if not self.foreign:
            return
        id = self.chance.choice(sorted(self.foreign))
        if self.foreign.pop(id) == "autodesk":
            answer = await autodesk.post(self.service, self.space, "delete", [id])
            assert answer.json() == {"deleted": [id]}
        else:
            sent = head(self.service) | {"X-Tercet-Space": self.space}
            assert (await self.service.client.delete(f"{R}/{id}", headers=sent)).status_code == 204
        await self.note(UPLOAD, id, "Deleted", None)


@pytest.mark.parametrize("seed", range(2))
async def test_64_the_feed_is_what_a_recorder_saw_of_random_writes_in_three_formats(
    service: RunningService, seed: int
) -> None:
    recorder = Recorder(service, service.space(), random.Random(seed))
    await recorder.upsert(UPLOAD)
    steps = [
        *([lambda: recorder.upsert(UPLOAD), lambda: recorder.upsert(ENTITIES)] * 3),
        *(lambda: recorder.delete(UPLOAD), lambda: recorder.delete(ENTITIES)),
        *(recorder.relate_in_autodesk, recorder.relate_in_sas, recorder.delete_foreign),
    ]
    for _ in range(30):
        await recorder.chance.choice(steps)()
    for limit in (1000, 7):
        found = await read_all(service, recorder.space, limit)
        assert [
            {name: value for name, value in each.items() if name != "timestamp"} for each in found
        ] == recorder.noted
    assert {each["notificationType"] for each in found} == {"Created", "Updated", "Deleted"}
    instants = [each["timestamp"] for each in found]
    assert instants == sorted(instants)


async def test_64_numbers_have_no_gap_while_many_write(service: RunningService) -> None:
    space = service.space()
    await store_all(service, space, item("first"))
    seen: list[dict[str, Any]] = []

    async def write(writer: int) -> None:
        for round in range(6):
            await store_all(service, space, *(item(f"{writer}-{n}", customData={"r": round}) for n in range(3)))

    async def watch() -> None:
        while len(seen) < 1 + 4 * 6 * 3:
            seen.extend(await read_feed(service, space, startSequenceId=str(len(seen) + 1), limit="5"))

    async with asyncio.timeout(60):
        await asyncio.gather(watch(), *(write(each) for each in range(4)))
    assert [each["sequenceId"] for each in seen] == list(range(1, len(seen) + 1))
    assert seen == await read_all(service, space)
    for writer in range(4):
        mine = [each["version"] for each in seen if each["relationshipId"] == f"{writer}-0"]
        assert mine == [1, 2, 3, 4, 5, 6]


async def test_64_what_is_replaced_while_it_is_read_is_told_all_the_same(service: RunningService) -> None:
    space = service.space()
    await store_all(service, space, *(item(f"r{n}", customData={"r": -1}) for n in range(20)))
    writing = True

    async def write() -> None:
        nonlocal writing
        for round in range(10):
            await store_all(service, space, *(item(f"r{n}", customData={"r": round}) for n in range(20)))
        writing = False

    async def watch() -> None:
        while writing:
            newest = (await read_feed(service, space, startSequenceId="1", limit="1000"))[-1]["sequenceId"]
            assert newest % 20 == 0 or newest == 1000
            versions = (await ask(service, f"{UPLOAD}/r7/versions", space)).json()
            numbers = [each["sysData"]["sysRelationshipVersion"] for each in versions]
            assert numbers == list(range(len(numbers), 0, -1))

    async with asyncio.timeout(60):
        await asyncio.gather(write(), watch(), watch())


async def test_64_a_change_is_told_in_full(service: Service) -> None:
    space = service.space()
    await store_all(service, space, thing("e"), path=ENTITIES)
    await store_all(service, space, item("r"))
    entity, relationship = await read_feed(service, space)
    assert tuple(entity) == (*KEYS, "entityId", "entityType", "timestamp", "transactionId")
    assert tuple(relationship) == (*KEYS, "relationshipId", "relationshipType", "timestamp", "transactionId")
    assert (entity["entityId"], entity["entityType"], entity["sequenceId"]) == ("e", "Brick__Building", 1)
    assert GUID.fullmatch(relationship["transactionId"])
    assert datetime.fromisoformat(relationship["timestamp"]).utcoffset() == timedelta(0)


async def test_64_unchanged_items_take_no_number(service: Service) -> None:
    space = service.space()
    await store_all(service, space, item("r"))
    await store_all(service, space, item("r"), item("s", relationshipName=None))
    assert [each["sequenceId"] for each in await read_feed(service, space)] == [1]


async def test_64_bounds_are_inclusive(service: Service) -> None:
    space = service.space()
    await store_all(service, space, *(item(f"r{n}") for n in range(9)))

    async def list_numbers(**query: str) -> list[int]:
        return [each["sequenceId"] for each in await read_feed(service, space, **query)]

    assert await list_numbers(startSequenceId="4", endSequenceId="6") == [4, 5, 6]
    assert await list_numbers(STARTSEQUENCEID="8") == [8, 9]
    assert await list_numbers(startSequenceId="0", limit="2") == [1, 2]
    assert await list_numbers(startSequenceId="10") == []
    assert await list_numbers(startSequenceId="5", endSequenceId="4") == []


async def test_64_times_bound_the_feed(service: Service) -> None:
    space = service.space()
    for n in range(7):
        await store_all(service, space, item(f"a{n}"), item(f"b{n}"))
    feed = await read_feed(service, space)
    assert len(feed) == 14
    at = feed[6]["timestamp"]
    shifted = datetime.fromisoformat(at) + timedelta(hours=2)
    for spelled in (
        at,
        at.replace("Z", "+00:00"),
        shifted.isoformat()[:26] + "+02:00",
        shifted.isoformat()[:26] + " 02:00",
    ):
        assert await read_feed(service, space, startTime=spelled) == feed[6:]
        assert await read_feed(service, space, endTime=spelled) == feed[:6]
    assert await read_feed(service, space, startTime=feed[2]["timestamp"], endTime=at, startSequenceId="4") == feed[3:6]
    assert await read_feed(service, space, startTime="2999-01-01T00:00:00Z") == []
    assert await read_feed(service, space, endTime="1999-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        {"startSequenceId": "x"},
        {"endSequenceId": "-1"},
        {"limit": "0"},
        {"limit": "1001"},
        {"startTime": "2026-03-02T09:15:04"},
        {"startTime": "yesterday"},
        {"endTime": "2026-13-02T09:15:04Z"},
        {"$filter": "x"},
    ],
)
async def test_64_a_bad_bound_is_refused(service: Service, query: dict[str, str]) -> None:
    space = service.space()
    await store_all(service, space, item())
    answer = await ask(service, FEED, space, query)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_64_nothing_to_show_is_missing(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    space = await service.found(reader=Right.READONLY)
    answer = await ask(service, FEED, space, token=service.token(sub="reader"))
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")
    assert (await ask(service, FEED, space, token=service.token(sub="stranger"))).status_code == 403
    assert (await ask(service, FEED, "nowhere", token=service.token(sub="stranger"))).status_code == 403
    assert (await ask(service, FEED, space, token=service.token("apollo_write"))).status_code == 403


async def test_both_stores_tell_the_same_feed(service: RunningService, make_memory: MakeMemory) -> None:
    feeds = []
    for each in (service, make_memory()):
        space = each.space()
        await store_all(each, space, item("a"), item("b"), item("a", customData={"n": 1}))
        await store_all(each, space, thing("e"), thing("e", entityName="other"), path=ENTITIES)
        await each.client.delete(f"{UPLOAD}/b", headers=head(each, space))
        feed = await read_all(each, space, limit=2)
        feeds.append([[told[name] for name in ("sequenceId", "notificationType", "version")] for told in feed])
    assert feeds[0] == feeds[1]
    assert len(feeds[0]) == 6
