"""The records of the status service: apollo 15, items 53, 56, 57, 58; apollo 8.4, 9."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from app.core.access import Right
from app.core.identity import space_name
from tests.apollo.conftest import MakeMemory, MemoryService
from tests.apollo.speak import (
    GUID,
    TRACK,
    UPLOAD,
    Service,
    ask,
    carry_out,
    follow,
    head,
    item,
    post,
    read_error,
    read_request_id,
    store_all,
)
from tests.apollo.test_entities import ENTITIES, thing
from tests.conftest import RunningService
from tests.store.arrange import run

LOGS = "/apollo/status/logs"
KEYS = [
    *("serviceData", "id", "enqueuedTimestamp", "receivedTimestamp", "unixReceievedTimestamp", "unixEnqueuedTimestamp"),
    *("messageType", "requestAction", "requestObject", "state", "stateHistory", "transactionId", "correlationId"),
    *("retryCount", "payload", "timeout", "message", "sender", "recipient", "topic"),
    *("index", "code", "property", "result", "warnings"),
]


async def search(service: Service, space: str, **query: str) -> list[dict[str, Any]]:
    """The records of one answer; no match is the empty list."""
    answer = await ask(service, LOGS, space, query)
    if answer.status_code == 404:
        assert read_error(answer)["code"] == "NotFound"
        return []
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == {"message": "Success", "code": "OK"}
    assert answer.headers["Cache-Control"] == "no-store"
    return list(told["data"])


async def send(service: Service, space: str, *items: Any, path: str = UPLOAD, **more: str) -> str:
    """Uploads at once; the transaction."""
    answer = await post(service, space, list(items), path=path, **{"async": "false"}, **more)
    assert answer.status_code == 207, answer.text
    return str(answer.json()["transactionId"])


def brief(records: list[dict[str, Any]]) -> list[tuple[int | None, str]]:
    """Index and state."""
    return [(each["index"], each["state"]) for each in records]


async def test_57_a_transaction_tells_its_request_and_then_its_items(service: Service) -> None:
    space = service.space()
    bad = item("c", relationshipName=None)
    transaction = await send(service, space, item("a"), item("b"), bad, item("a"), **{"x-correlation-id": "c-9"})
    request, *items = await search(service, space, transactionId=transaction.upper())
    assert list(request) == KEYS
    assert (request["messageType"], request["state"], request["index"]) == ("Request", "Completed", None)
    assert request["serviceData"] == {"entityId": None, "erCollectionId": space, "relationshipId": None}
    assert (request["correlationId"], request["transactionId"]) == ("c-9", transaction)
    assert brief(items) == [(0, "Completed"), (1, "Completed"), (2, "Failed"), (3, "Completed")]
    assert [each["result"] for each in items] == ["created", "created", None, "unchanged"]
    failed = items[2]
    assert list(failed) == KEYS
    assert failed["serviceData"] == {"entityId": None, "erCollectionId": space, "relationshipId": "c"}
    assert (failed["messageType"], failed["requestAction"], failed["requestObject"]) == (
        "Status",
        "Upsert",
        "Relationship",
    )
    assert (failed["code"], failed["property"]) == ("MissingProperty", "relationshipName")
    assert failed["message"] == "Property relationshipName is required"
    assert (failed["payload"], failed["timeout"], failed["recipient"], failed["topic"]) == (
        None,
        None,
        "sub:app:tercet",
        "er",
    )
    assert failed["sender"] == "sub:user:developer"
    assert [each["state"] for each in failed["stateHistory"]] == ["Requested", "Processing", "Failed"]
    assert failed["unixReceievedTimestamp"] >= failed["unixEnqueuedTimestamp"]
    assert all(GUID.fullmatch(each["id"]) for each in items)
    assert len({each["id"] for each in items}) == 4
    assert await search(service, space, transactionId=transaction) == [request, *items]


async def test_57_a_search_needs_a_filter(service: Service) -> None:
    for query in ({}, {"limit": "5"}, {"state": "Failed"}):
        answer = await ask(service, LOGS, service.space(), query)
        assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


@pytest.mark.parametrize(
    "query",
    [
        {"transactionId": "00000000-0000-4000-8000-000000000000"},
        {"transactionId": "no guid"},
        {"correlationId": "never"},
        {"entityId": "nobody"},
        {"relationshipId": "nothing"},
        {"relationshipId": "rel-1", "entityId": "bldg-7"},
        {"entityId": "urn:tercet:broken"},
        {"startTime": "2999-01-01T00:00:00Z"},
        {"endTime": "1999-01-01T00:00:00Z"},
    ],
)
async def test_57_no_match_is_missing(service: Service, query: dict[str, str]) -> None:
    space = service.space()
    await store_all(service, space, item())
    assert await search(service, space, **query) == []


async def test_57_a_fresh_transaction_has_at_least_its_request(idle: MemoryService) -> None:
    space = idle.space()
    accepted = await post(idle, space, [item()], path=f"{UPLOAD}?v=1.1")
    (request,) = await search(idle, space, transactionId=accepted.json()["transactionId"])
    assert (request["messageType"], request["state"], request["receivedTimestamp"]) == ("Request", "Requested", None)
    assert request["serviceData"]["relationshipId"] == "rel-1"


async def test_57_right_after_its_202_a_transaction_is_found_on_the_service(service: Service) -> None:
    space = service.space()
    accepted = await post(service, space, [thing()], path=ENTITIES)
    records = await search(service, space, transactionId=accepted.json()["transactionId"])
    assert records[0]["messageType"] == "Request"


@pytest.mark.parametrize(
    "query",
    [
        {"transactionId": ""},
        {"correlationId": ""},
        {"entityId": ""},
        {"startTime": "2026-03-02T09:15:04"},
        {"endTime": "x"},
        {"relationshipId": "a", "limit": "0"},
        {"relationshipId": "a", "limit": "1001"},
        {"relationshipId": "a", "state": "Great"},
        {"relationshipId": "a", "$top": "1"},
    ],
)
async def test_57_a_bad_filter_is_refused(service: Service, query: dict[str, str]) -> None:
    answer = await ask(service, LOGS, service.space(), query)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_58_a_relationship_tells_what_created_changed_refused_and_deleted_it(service: RunningService) -> None:
    space = service.space()
    created = await send(service, space, item("x"), item("y"), item("x"))  # the second time unchanged
    await send(service, space, item("x"), item("z"))  # unchanged
    other = await carry_out(service, space, [item("y"), item("x", relationshipName="new")])
    refused = await send(service, space, item("x", relationshipType="other"), item("y", relationshipType="other"))
    gone = await service.client.delete(f"{UPLOAD}/x", headers=head(service, space))
    await store_all(service, space, thing("x"), path=ENTITIES)  # an entity of that name is something else
    records = await search(service, space, relationshipId="x")
    assert [(each["transactionId"], each["result"], each["code"]) for each in records] == [
        (created, "created", None),
        (other["transactionId"], "updated", None),
        (refused, None, "RestrictedProperty"),
        (gone.json()["transactionId"], "deleted", None),
    ]
    assert [each["requestAction"] for each in records] == ["Upsert", "Upsert", "Upsert", "Delete"]
    path = await ask(service, "/apollo/status/relationship/x/logs", space)
    assert path.json()["data"] == records
    narrowed = await search(service, space, relationshipId="x", transactionId=refused)
    assert narrowed == [records[2]]
    assert await search(service, space, relationshipId="x", state="Failed") == [records[2]]


async def test_58_an_entity_tells_the_same_of_itself(service: RunningService) -> None:
    space, id = service.space(), "urn:tercet:plant:Pump:p%201"
    await store_all(service, space, thing(id), thing("other"), path=ENTITIES)
    await store_all(service, space, thing(id, entityType="odd"), path=ENTITIES)
    await service.client.delete(f"{ENTITIES}/{quote(id, safe='')}", headers=head(service, space))
    records = await search(service, space, entityId=id)
    assert [each["result"] or each["code"] for each in records] == ["created", "RestrictedProperty", "deleted"]
    assert {each["serviceData"]["entityId"] for each in records} == {id}
    path = await ask(service, f"/apollo/status/entity/{quote(id, safe='')}/logs", space)
    assert path.json()["data"] == records
    assert await search(service, space, relationshipId=id) == []


async def test_58_every_spelling_of_an_id_tells_the_same_thing(service: Service) -> None:
    space = service.space()
    core = space_name(space).relationship_id("rel-1")
    first = await send(service, space, item("rel-1"), item("rel-2"))
    second = await send(service, space, item(core, customData={"n": 1}))
    for id in ("rel-1", core):
        assert [each["transactionId"] for each in await search(service, space, relationshipId=id)] == [first, second]
    one = await send(service, space, thing("urn:tercet:apollo:entity:x"), thing("y"), path=ENTITIES)
    other = await send(service, space, thing("x", entityName="new"), path=ENTITIES)
    for id in ("x", "urn:tercet:apollo:entity:x", "urn:tercet:%61pollo:entity:x"):
        assert [each["transactionId"] for each in await search(service, space, entityId=id)] == [one, other]


@pytest.mark.parametrize("size", ["1", "2", "3", "100"])
async def test_58_every_form_pages_by_key(service: Service, size: str) -> None:
    space, chain = service.space(), {"x-correlation-id": "chain-1"}
    first = await send(service, space, item("a"), item("b"), item("c"), **chain)
    second = await send(service, space, item("a", customData={}), item("d"), **chain)
    await send(service, space, item("e"))
    both = [(first, None), (first, 0), (first, 1), (first, 2), (second, None), (second, 0), (second, 1)]
    for path, query, wanted in (
        (LOGS, {"correlationId": "chain-1"}, both),
        ("/apollo/status/correlationid/chain-1/logs", {}, both),
        (f"/apollo/status/transactionid/{first}/logs", {}, both[:4]),
        ("/apollo/status/relationship/a/logs", {}, [(first, 0), (second, 0)]),
    ):
        pages = await follow(service, path, space, query | {"limit": size}, PageSize="7")
        assert all(len(page) <= int(size) for page in pages)
        assert [(each["transactionId"], each["index"]) for page in pages for each in page] == wanted
    pages = await follow(service, "/apollo/status/ercollection/logs", space, PageSize=size)
    assert sum(map(len, pages)) == 9


async def test_58_a_page_that_has_begun_goes_on_whatever_comes(service: Service) -> None:
    space = service.space()
    await send(service, space, item("a"), item("b"))
    answer = await ask(service, "/apollo/status/ercollection/logs", space, {"limit": "2"})
    token = answer.json()["paging"]["continuationToken"]
    await send(service, space, item("c"))
    rest = await ask(service, "/apollo/status/ercollection/logs", space, continuationToken=token)
    assert brief(rest.json()["data"]) == [(1, "Completed"), (None, "Completed"), (0, "Completed")]
    for path, where in ((LOGS + "?correlationId=x", space), ("/apollo/status/ercollection/logs", service.space())):
        wrong = await ask(service, path, where, continuationToken=token)
        assert (wrong.status_code, read_error(wrong)["code"]) == (400, "MalformedHeader")


async def test_57_times_and_chains_narrow_a_search(service: Service) -> None:
    space = service.space()
    sent = [await send(service, space, item(f"r{n}"), **{"x-correlation-id": f"c{n % 2}"}) for n in range(4)]
    at = [(await search(service, space, transactionId=each))[0]["enqueuedTimestamp"] for each in sent]
    between = await search(service, space, startTime=at[1], endTime=at[3])
    assert [each["transactionId"] for each in between if each["index"] is None] == sent[1:3]
    both = await search(service, space, startTime=at[1], correlationId="c1")
    assert [each["transactionId"] for each in both if each["index"] is None] == [sent[1], sent[3]]
    assert await search(service, space, transactionId=sent[0], correlationId="c1") == []
    assert await search(service, space, transactionId=sent[0], startTime=at[1]) == []


@pytest.mark.parametrize("state", ["Requested", "Processing", "Canceled", "Created"])
async def test_57_a_state_that_nothing_is_in_matches_nothing(service: Service, state: str) -> None:
    space = service.space()
    transaction = await send(service, space, item(), item("b", relationshipName=None))
    assert await search(service, space, transactionId=transaction, state=state) == []
    assert brief(await search(service, space, transactionId=transaction, state="Failed")) == [(1, "Failed")]
    done = await search(service, space, transactionId=transaction, state="Completed")
    assert brief(done) == [(None, "Completed"), (0, "Completed")]


async def test_53_two_thousand_failures_page_through_the_logs(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [item("fine"), *(item(f"r{n}", relationshipName=None) for n in range(2000))])
    assert (len(told["errorInfo"]), told["errorCount"]) == (1000, 2000)
    query = {"transactionId": told["transactionId"], "state": "Failed", "limit": "1000"}
    pages = await follow(service, LOGS, space, query)
    assert [len(page) for page in pages] == [1000, 1000]
    assert [each["index"] for page in pages for each in page] == list(range(1, 2001))


async def test_58_logs_are_hidden_from_who_may_not_read_their_collection(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    space, other = await service.found(reader=Right.READONLY), await service.found(stranger=Right.OWNER)
    transaction = await send(service, space, item("a"), item("b", relationshipName=None))
    reader, stranger = service.token(sub="reader"), service.token(sub="stranger")
    paths = (
        f"{LOGS}?transactionId={transaction}",
        f"/apollo/status/transactionid/{transaction}/logs",
        "/apollo/status/relationship/a/logs",
        "/apollo/status/relationship/b/logs",
        f"{LOGS}?startTime=2000-01-01T00:00:00Z",
    )
    for path in paths:
        assert (await ask(service, path, space, token=reader)).status_code == 200
        assert (await ask(service, path, space, token=stranger)).status_code == 403
        assert (await ask(service, path, other, token=stranger)).status_code == 404
    assert (await ask(service, paths[0], space, token=service.token("apollo_admin"))).status_code == 403
    assert (await ask(service, paths[0], space, token=service.token("apollo_write"))).status_code == 200
    assert (await ask(service, paths[0], None)).status_code == 400


async def test_58_one_collection_never_sees_the_requests_of_another_on_the_service(service: Service) -> None:
    space, other = service.space(), service.space()
    chain = {"x-correlation-id": "shared"}
    transaction = await send(service, space, item("a"), item("b", relationshipName=None), **chain)
    mine = await send(service, other, item("z"), **chain)
    for query in ({"transactionId": transaction}, {"relationshipId": "a"}, {"relationshipId": "b"}):
        assert await search(service, other, **query) == []
    assert {each["transactionId"] for each in await search(service, other, correlationId="shared")} == {mine}


async def test_58_what_has_expired_is_no_longer_found(service: RunningService) -> None:
    space = service.space()
    accepted = await post(service, space, [item("a"), item("b", relationshipName=None)])
    told = (await ask(service, f"{TRACK}?RequestId={read_request_id(accepted)}", None, Prefer="wait=10")).json()
    assert await search(service, space, relationshipId="a")
    await run(
        service.service.connection,
        "MATCH (job:Job {requestId: $request}) SET job.expiresAt = 1",
        request=told["requestId"],
    )
    for query in (
        {"relationshipId": "a"},
        {"relationshipId": "b"},
        {"correlationId": told["correlationId"]},
        {"startTime": "2000-01-01T00:00:00Z"},
    ):
        assert await search(service, space, **query) == []
    (version,) = (await ask(service, f"{UPLOAD}/a/versions", space)).json()
    assert version["id"] == "a"
    assert (await ask(service, "/apollo/changefeed/logs", space)).status_code == 200
