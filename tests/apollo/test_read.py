"""Reading one relationship: apollo 15, items 33, 34; apollo 4.1, 4.3, 6.1."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.apollo.conftest import MakeMemory, MemoryService
from tests.apollo.speak import (
    GUID,
    UPLOAD,
    Service,
    carry_out,
    head,
    is_legacy,
    item,
    read,
    read_error,
    read_object,
)


async def test_33_a_live_relationship_is_an_array_of_one(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    answer = await read(service, space, "rel-1")
    told = answer.json()
    assert answer.status_code == 200
    assert list(told) == ["status", "transactionId", "data", "paging"]
    assert told["status"] == {"message": "Success", "code": "200"}
    assert GUID.fullmatch(told["transactionId"])
    assert told["paging"] == {"totalCount": 1, "continuationToken": None}
    (shown,) = told["data"]
    assert list(shown.items()) == [
        ("id", "rel-1"),
        ("sourceEntityId", "bldg-7"),
        ("destinationEntityId", "floor-7-2"),
        ("relationshipType", "site_beside"),
        ("relationshipName", "beside"),
        ("sourceERCollectionId", space),
        ("destinationERCollectionId", space),
        ("isActive", True),
    ]


@pytest.mark.parametrize("known", ["known", "unknown"])
async def test_33_an_unknown_relationship_is_missing_in_the_platform_envelope(service: Service, known: str) -> None:
    space = service.space()
    if known == "known":
        await carry_out(service, space, [item()])
    answer = await read(service, space, "rel-2")
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")
    assert not is_legacy(answer)


async def test_33_a_deleted_relationship_is_missing(memory: MemoryService) -> None:
    space = memory.space()
    await carry_out(memory, space, [item()])
    await memory.retire(space, next(iter(memory.store.spaces[space].relationships)))
    assert (await read(memory, space, "rel-1")).status_code == 404


@pytest.mark.parametrize("id", ["a/b", "..", ".", "a b+c", "a%2Fb", "é:,(x)", "\u2028", "a#b?c=d&e"])
async def test_34_any_id_is_addressed_by_path_or_by_query(service: Service, id: str) -> None:
    space = service.space()
    await carry_out(service, space, [item(id)])
    by_query = await service.client.get(f"{UPLOAD}?ID={quote(id, safe='')}", headers=head(service, space))
    assert by_query.json()["data"][0]["id"] == id
    if id not in (".", ".."):
        assert await read_object(service, space, quote(id, safe="")) == by_query.json()["data"][0]


async def test_34_an_id_in_the_query_is_not_empty(service: Service) -> None:
    answer = await service.client.get(f"{UPLOAD}?id=", headers=head(service, service.space()))
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_a_path_that_is_no_utf_8_is_refused(service: Service) -> None:
    answer = await read(service, service.space(), "%ff")
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_one_trailing_slash_is_ignored(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()], path=f"{UPLOAD}/")
    assert (await read(service, space, "rel-1/")).status_code == 200
    assert (await read(service, space, "rel-1//")).status_code == 404


@pytest.mark.parametrize("spelled", ["includeSystemData=true", "INCLUDESYSTEMDATA=TRUE"])
async def test_system_data_tells_who_made_the_version(service: Service, spelled: str) -> None:
    space = service.space()
    token = service.token(sub="u-17", client_id="loader")
    await carry_out(service, space, [item()], token=token, **{"x-correlation-id": "c-41"})
    answer = await service.client.get(f"{UPLOAD}/rel-1?{spelled}", headers=head(service, space, token))
    shown: dict[str, Any] = answer.json()["data"][0]
    assert list(shown)[-2:] == ["isActive", "sysData"]
    told = shown["sysData"]
    assert re.fullmatch(r"\d{8}T\d\d:\d\d:\d\d\.\d{3}", told.pop("sysTimestamp"))
    assert list(told.items()) == [
        ("sysSchemaVersion", 1),
        ("sysERCollectionId", space),
        ("sysCorrelationId", "c-41"),
        ("sysClientId", "loader"),
        ("sysRequestorId", "u-17"),
        ("sysRelationshipVersion", 1),
        ("sysRelationshipType", "site_beside"),
    ]


@pytest.mark.parametrize("query", ["v=1.3", "includeSystemData=1", "$filter=foo", "$select=id"])
async def test_a_read_with_a_bad_query_is_refused(service: Service, query: str) -> None:
    answer = await service.client.get(f"{UPLOAD}/rel-1?{query}", headers=head(service, service.space()))
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_a_read_needs_the_scope_of_reads(service: Service) -> None:
    headers = head(service, service.space(), service.token("apollo_write apollo_admin"))
    answer = await service.client.get(f"{UPLOAD}/rel-1", headers=headers)
    assert (answer.status_code, read_error(answer)["code"]) == (403, "InsufficientScope")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="apollo_read"'


async def test_a_read_needs_a_collection(service: Service) -> None:
    answer = await service.client.get(f"{UPLOAD}/rel-1", headers=head(service))
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


async def test_a_collection_is_closed_to_strangers(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    space = await service.found()
    stranger = head(service, space, service.token(sub="stranger"))
    foreign = await service.client.get(f"{UPLOAD}/rel-1", headers=stranger)
    unknown = await service.client.get(f"{UPLOAD}/rel-1", headers=stranger | {"ercollectionid": "nowhere"})
    assert foreign.status_code == unknown.status_code == 403
    assert read_error(foreign) == read_error(unknown)


async def test_an_unknown_collection_reads_as_empty_where_collections_found_themselves(memory: MemoryService) -> None:
    space = memory.space()
    assert (await read(memory, space, "rel-1")).status_code == 404
    assert space not in memory.store.spaces


async def test_head_answers_without_a_body(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    answer = await service.client.head(f"{UPLOAD}/rel-1", headers=head(service, space))
    assert (answer.status_code, answer.content) == (200, b"")
