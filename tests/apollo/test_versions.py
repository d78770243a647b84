"""Versions and stats: apollo 15, items 43, 46, 47, 48; apollo 6.3, 6.4."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from app.core.access import Right
from app.core.identity import apollo_spelling, space_name
from app.core.model import Entity
from tests.apollo.conftest import MakeMemory
from tests.apollo.speak import GUID, UPLOAD, Service, ask, follow, head, item, read_error, store_all
from tests.apollo.test_entities import ALIAS, ENTITIES, thing
from tests.conftest import RunningService

STATS = "/apollo/er/ercollections/{}/stats"


def number(version: dict[str, Any]) -> int:
    told = version["sysData"]
    return int(told.get("sysRelationshipVersion", told.get("sysEntityVersion")))


async def change(service: Service, space: str, path: str, times: int = 2) -> None:
    """One object called x, and so many updates of it."""
    make = item if path == UPLOAD else thing
    for time in range(times + 1):
        await store_all(service, space, make("x", customData={"time": time}), path=path)


@pytest.mark.parametrize("path", [UPLOAD, ENTITIES, ALIAS])
async def test_43_versions_come_bare_and_the_newest_first(service: Service, path: str) -> None:
    space = service.space()
    await change(service, space, path)
    answer = await ask(service, f"{path}/x/versions", space)
    told = answer.json()
    assert isinstance(told, list)
    assert [number(each) for each in told] == [3, 2, 1]
    assert [each["customData"] for each in told] == [{"time": 2}, {"time": 1}, {"time": 0}]
    assert all(each["isActive"] for each in told)
    assert "continuationToken" not in answer.headers
    if path != UPLOAD:
        assert [each["version"] for each in told] == [3, 2, 1]
        assert all("schemaMetadata" in each for each in told)


@pytest.mark.parametrize("v", ["1.1", "1.2"])
async def test_43_a_later_form_has_the_platform_envelope(service: Service, v: str) -> None:
    space = service.space()
    await change(service, space, UPLOAD)
    told = (await ask(service, f"{UPLOAD}/x/versions", space, {"v": v})).json()
    assert list(told) == ["status", "transactionId", "data", "paging"]
    assert told["status"] == {"message": "Success", "code": "200"}
    assert [number(each) for each in told["data"]] == [3, 2, 1]
    pages = await follow(service, f"{UPLOAD}/x/versions", space, {"v": v}, PageSize="2")
    assert [[number(each) for each in page] for page in pages] == [[3, 2], [1]]


@pytest.mark.parametrize("path", [UPLOAD, ENTITIES])
async def test_43_the_bare_form_pages_by_a_header(service: Service, path: str) -> None:
    space = service.space()
    await change(service, space, path)
    first = await ask(service, f"{path}/x/versions", space, PageSize="1")
    token = first.headers["continuationToken"]
    await store_all(service, space, (item if path == UPLOAD else thing)("x"), path=path)
    rest = await ask(service, f"{path}/x/versions", space, continuationToken=token)
    assert [number(each) for each in first.json() + rest.json()] == [3, 2, 1]
    other = await ask(service, f"{path}/y/versions", space, continuationToken=token)
    assert (other.status_code, read_error(other)["code"]) == (400, "MalformedHeader")


@pytest.mark.parametrize("path", [UPLOAD, ENTITIES])
async def test_43_what_never_was_has_no_versions(service: Service, path: str) -> None:
    space = service.space()
    await store_all(service, space, item())
    for id in ("nothing", "bldg-7"):  # an end that nobody declared
        answer = await ask(service, f"{path}/{id}/versions", space)
        assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")


@pytest.mark.parametrize("path", [UPLOAD, ENTITIES])
async def test_47_the_newest_version_of_a_deleted_object_is_not_active(service: Service, path: str) -> None:
    space = service.space()
    await change(service, space, path, times=0)
    assert (await service.client.delete(f"{path}/x", headers=head(service, space))).status_code == 200
    told = (await ask(service, f"{path}/x/versions", space)).json()
    assert [(number(each), each["isActive"]) for each in told] == [(2, False), (1, True)]


async def test_48_a_revived_relationship_keeps_its_earlier_versions(service: Service) -> None:
    space = service.space()
    await store_all(service, space, item("x"))
    await service.client.delete(f"{UPLOAD}/x", headers=head(service, space))
    await store_all(service, space, item("x"))
    told = (await ask(service, f"{UPLOAD}/x/versions", space)).json()
    assert [(number(each), each["isActive"]) for each in told] == [(3, True), (2, False), (1, True)]


async def test_46_stats_count_live_objects_by_type(service: Service) -> None:
    space = service.space()
    types = {"a": "Brick__AHU", "b": "Brick__Building", "f": "Brick__Floor", "s": "Space", "o": "odd"}
    await store_all(service, space, *(thing(id, entityType=type) for id, type in types.items()), path=ENTITIES)
    await store_all(service, space, thing("gone", entityType="Brick__Floor"), path=ENTITIES)
    await service.client.delete(f"{ENTITIES}/gone", headers=head(service, space))
    await store_all(service, space, item("1"), item("2", relationshipType="Brick__feeds"), item("3"))
    await service.client.delete(f"{UPLOAD}/3", headers=head(service, space))
    answer = await ask(service, STATS.format(space), None)
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == {"message": "Success", "code": "200"}
    assert GUID.fullmatch(told["transactionId"])
    assert told["paging"] == {"totalCount": 1, "continuationToken": None}
    (shown,) = told["data"]
    assert list(shown) == ["Summary", "Entities", "Relationships"]
    assert list(shown["Summary"].items()) == [("Entities", 5), ("Relationships", 2), ("Assets", 1), ("Spaces", 2)]
    assert list(shown["Entities"]) == ["Brick__AHU", "Brick__Building", "Brick__Floor", "Space", "odd"]
    assert set(shown["Entities"].values()) == {1}
    assert list(shown["Relationships"].items()) == [("Brick__feeds", 1), ("site_beside", 1)]


async def test_46_an_empty_collection_has_nothing_to_count(service: Service) -> None:
    (shown,) = (await ask(service, STATS.format(service.space()), None)).json()["data"]
    assert shown["Summary"] == {"Entities": 0, "Relationships": 0, "Assets": 0, "Spaces": 0}
    assert shown["Entities"] == shown["Relationships"] == {}


async def test_46_an_unknown_collection_looks_like_a_foreign_one(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    space = await service.found(reader=Right.READONLY)
    assert (await ask(service, STATS.format(space), None, token=service.token(sub="reader"))).status_code == 200
    foreign = await ask(service, STATS.format(space), None, token=service.token(sub="stranger"))
    for unknown in ("nowhere", "%20", "x" * 129):
        answer = await ask(service, STATS.format(unknown), None, token=service.token(sub="stranger"))
        assert answer.status_code == foreign.status_code == 403
        assert read_error(answer) == read_error(foreign)


async def test_47_the_newest_version_of_an_entity_that_sas_deleted_is_not_active(service: RunningService) -> None:
    space, resource = service.space(), Entity("sas", "resource", "/files/x")
    await store_all(service, space, thing(apollo_spelling(resource)), path=ENTITIES)
    sent = head(service) | {"X-Tercet-Space": space}
    path = f"/relationships/references/{space_name(space).entity_id(resource)}"
    assert (await service.client.delete(path, headers=sent)).status_code == 204
    path = f"{ENTITIES}/{quote(apollo_spelling(resource), safe='')}"
    assert (await ask(service, path, space)).status_code == 404
    (newest,) = (await ask(service, f"{path}/versions", space)).json()
    assert newest["isActive"] is False
