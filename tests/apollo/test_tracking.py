"""Following an upload: apollo 15, items 50-55; apollo 8."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from app.core.access import Right
from tests.apollo.conftest import MakeMemory, MemoryService
from tests.apollo.speak import (
    TRACK,
    Service,
    carry_out,
    head,
    is_legacy,
    item,
    post,
    read_error,
    read_request_id,
    track,
)

PATHS = [TRACK, "/apollo/er/relationships/erstatus"]
KEYS = [
    *("result", "message", "version", "errorInfo", "errorCount", "warningCount"),
    *("requestId", "transactionId", "correlationId", "ercollectionid", "requestAction", "requestObject"),
    *("state", "outcome", "counts"),
    *("enqueuedTimestamp", "startedTimestamp", "finishedTimestamp", "expiresTimestamp"),
    *("stateHistory", "retryCount"),
]
COUNTS = ["total", "created", "updated", "unchanged", "failed", "pending", "skipped"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def test_50_both_paths_tell_the_same_in_any_spelling(service: Service) -> None:
    told = await carry_out(service, service.space(), [item()])
    id = told["requestId"]
    short = await service.client.get(f"{PATHS[0]}?requestid={id.upper()}", headers=head(service))
    long = await service.client.get(f"{PATHS[1]}?RequestId={id}", headers=head(service))
    assert short.status_code == long.status_code == 200
    assert short.content == long.content
    assert list(short.json()) == KEYS


async def test_50_a_finished_request_tells_everything(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [item(), item()], **{"x-correlation-id": "c-42"})
    assert list(told) == KEYS
    assert (told["result"], told["version"], told["errorInfo"], told["errorCount"]) == (1, None, [], 0)
    assert (told["correlationId"], told["ercollectionid"]) == ("c-42", space)
    assert (told["requestAction"], told["requestObject"]) == ("Upsert", "Relationship")
    assert (told["state"], told["outcome"], told["retryCount"]) == ("Completed", "Succeeded", 0)
    assert list(told["counts"].items()) == list(zip(COUNTS, (2, 1, 0, 1, 0, 0, 0), strict=True))
    instants = [told[f"{name}Timestamp"] for name in ("enqueued", "started", "finished", "expires")]
    assert all(INSTANT.fullmatch(instant) for instant in instants)
    assert instants == sorted(instants)
    assert [entry["state"] for entry in told["stateHistory"]] == ["Requested", "Processing", "Completed"]
    assert [entry["timestamp"] for entry in told["stateHistory"]] == instants[:3]
    assert all(isinstance(entry["unixTimestamp"], int) for entry in told["stateHistory"])


@pytest.mark.parametrize("v", ["1.0", "1.1"])
async def test_50_the_platform_form_names_the_same_transaction(service: Service, v: str) -> None:
    accepted = await post(service, service.space(), [item()], path=f"/apollo/er/relationships?v={v}")
    told = (await track(service, read_request_id(accepted))).json()
    if v == "1.1":
        assert told["transactionId"] == accepted.json()["transactionId"]
    assert told["transactionId"] != told["requestId"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "query", ["", "RequestId=", "RequestId=x", "RequestId=0b7d3f526c1e4e0b9d553a1f7c2e8d41", "v=3", "$top=1"]
)
async def test_51_a_request_must_be_named_well(service: Service, path: str, query: str) -> None:
    answer = await service.client.get(f"{path}?{query}", headers=head(service))
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")
    assert is_legacy(answer)


async def test_51_an_unknown_request_looks_like_one_of_a_foreign_collection(service: Service) -> None:
    told = await carry_out(service, service.space(), [item()])
    foreign = await track(service, told["requestId"], token=service.token(sub="stranger"))
    unknown = await track(service, "0b7d3f52-6c1e-4e0b-9d55-3a1f7c2e8d41", token=service.token(sub="stranger"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()
    assert is_legacy(unknown)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("v", ["1.0", "1.1"])
async def test_51_every_error_of_the_tracking_is_legacy(service: Service, path: str, v: str) -> None:
    answers = [
        await service.client.get(f"{path}?v={v}"),
        await service.client.get(f"{path}?v={v}", headers=head(service, None, service.token("apollo_admin"))),
        await service.client.put(f"{path}?v={v}"),
        await service.client.post(f"{path}/?v={v}"),
        await service.client.get(f"{path}/cancel?v={v}"),
    ]
    assert [answer.status_code for answer in answers] == [401, 403, 405, 405, 405]
    assert all(is_legacy(answer) for answer in answers)
    assert answers[1].headers["WWW-Authenticate"].endswith('scope="apollo_read apollo_write"')
    assert answers[2].headers["Allow"] == "GET, HEAD"
    assert answers[4].headers["Allow"] == "POST"


@pytest.mark.parametrize("scope", ["apollo_read", "apollo_write"])
async def test_51_either_scope_may_ask(service: Service, scope: str) -> None:
    told = await carry_out(service, service.space(), [item()])
    assert (await track(service, told["requestId"], token=service.token(scope))).status_code == 200


async def test_52_a_request_with_failures_tells_them(service: Service) -> None:
    bad = item("bad")
    del bad["relationshipName"]
    told = await carry_out(service, service.space(), [item(), bad, item(), item(relationshipName="new")])
    assert (told["state"], told["outcome"], told["result"]) == ("Completed", "PartiallySucceeded", 0)
    assert told["errorInfo"] == [
        {
            "index": 1,
            "id": "bad",
            "code": "MissingProperty",
            "property": "relationshipName",
            "message": "Property relationshipName is required",
        }
    ]
    assert [list(fault) for fault in told["errorInfo"]] == [["index", "id", "code", "property", "message"]]
    counts = told["counts"]
    assert counts.pop("total") == sum(counts.values()) == 4


async def test_52_a_request_without_a_success_has_failed_but_is_completed(service: Service) -> None:
    told = await carry_out(service, service.space(), [{}])
    assert (told["state"], told["outcome"], told["result"]) == ("Completed", "Failed", 0)


async def test_53_a_thousand_failures_are_told_and_all_are_counted(service: Service) -> None:
    told = await carry_out(service, service.space(), [{"id": str(n)} for n in range(2000)])
    assert told["errorCount"] == told["counts"]["failed"] == 2000
    assert [fault["index"] for fault in told["errorInfo"]] == list(range(1000))


async def test_54_a_waiting_caller_hears_when_it_is_done(service: Service) -> None:
    accepted = await post(service, service.space(), [item(f"rel-{n}") for n in range(50)])
    answer = await track(service, read_request_id(accepted), Prefer="respond-async, wait=5")
    assert answer.headers["Preference-Applied"] == "wait=5"
    assert answer.json()["state"] == "Completed"
    assert "Retry-After" not in answer.headers
    again = await track(service, read_request_id(accepted), **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("known", ['"other", {tag}', "W/{tag}", "*"])
async def test_54_an_entity_tag_is_known_in_every_spelling(service: Service, known: str) -> None:
    told = await carry_out(service, service.space(), [item()])
    tag = (await track(service, told["requestId"])).headers["ETag"]
    assert tag.startswith('"')
    answer = await track(service, told["requestId"], **{"If-None-Match": known.format(tag=tag)})
    assert answer.status_code == 304
    assert (await track(service, told["requestId"], **{"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=1", "wait=1"),
        ('WAIT="1"; x=y', "wait=1"),
        ("wait=0", "wait=0"),
        ("wait=1, wait=20", "wait=1"),
        ("wait=-1", None),
        ("wait=soon", None),
        ("wait", None),
        ("=,;wait 1", None),
    ],
)
async def test_54_a_preference_that_can_be_read_is_applied(
    idle: MemoryService, prefer: str, applied: str | None
) -> None:
    accepted = await post(idle, idle.space(), [item()])
    answer = await track(idle, read_request_id(accepted), Prefer=prefer)
    assert answer.headers.get("Preference-Applied") == applied
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Cache-Control"] == "private, no-cache"


async def test_54_nobody_waits_longer_than_thirty_seconds(service: Service) -> None:
    told = await carry_out(service, service.space(), [item()])
    answer = await track(service, told["requestId"], Prefer=f"wait={'9' * 5000}")
    assert answer.headers["Preference-Applied"] == "wait=30"


async def test_54_the_tag_changes_with_the_state(make_memory: MakeMemory) -> None:
    service = make_memory(works=False)
    accepted = await post(service, service.space(), [item()])
    id = read_request_id(accepted)
    queued = await track(service, id)
    same = await track(service, id, Prefer="wait=1", **{"If-None-Match": queued.headers["ETag"]})
    assert same.status_code == 304
    asking = asyncio.create_task(track(service, id, Prefer="wait=20", **{"If-None-Match": queued.headers["ETag"]}))
    await asyncio.sleep(0.05)
    await cancel(service, id)
    assert (await asking).json()["state"] == "Canceled"


async def test_a_queued_request_tells_what_is_to_come(idle: MemoryService) -> None:
    accepted = await post(idle, idle.space(), [item("a"), item("b")])
    told = (await track(idle, read_request_id(accepted))).json()
    assert (told["state"], told["outcome"], told["result"]) == ("Requested", None, 1)
    assert list(told["counts"].items()) == list(zip(COUNTS, (2, 0, 0, 0, 0, 2, 0), strict=True))
    assert told["startedTimestamp"] is told["finishedTimestamp"] is told["expiresTimestamp"] is None


async def cancel(service: Service, id: str, token: str | None = None) -> Any:
    return await service.client.post(f"{TRACK}/cancel?RequestId={id}", headers=head(service, None, token))


async def test_55_a_queued_request_is_canceled_once_and_for_all(idle: MemoryService) -> None:
    accepted = await post(idle, idle.space(), [item("a"), item("b")])
    first, again = [await cancel(idle, read_request_id(accepted)) for _ in range(2)]
    told = first.json()
    assert first.status_code == again.status_code == 200
    assert told == again.json()
    assert (told["state"], told["outcome"], told["result"]) == ("Canceled", None, 0)
    assert told["counts"]["skipped"] == told["counts"]["total"] == 2


async def test_55_a_finished_request_is_left_as_it_is(service: Service) -> None:
    told = await carry_out(service, service.space(), [item()])
    assert (await cancel(service, told["requestId"])).json() == told


async def test_55_who_may_only_read_may_not_cancel(idle: MemoryService) -> None:
    space = await idle.found(reader=Right.READONLY)
    id = read_request_id(await post(idle, space, [item()]))
    reader = await cancel(idle, id, idle.token(sub="reader"))
    assert (reader.status_code, read_error(reader)["code"]) == (403, "CollectionForbidden")
    stranger = await cancel(idle, id, idle.token(sub="stranger"))
    assert (stranger.status_code, read_error(stranger)["code"]) == (404, "NotFound")
    scope = await cancel(idle, id, idle.token("apollo_read"))
    assert (scope.status_code, read_error(scope)["code"]) == (403, "InsufficientScope")
    assert (await track(idle, id)).json()["state"] == "Requested"


async def test_the_tracking_needs_no_collection_header_and_takes_head(service: Service) -> None:
    told = await carry_out(service, service.space(), [item()])
    answer = await service.client.head(f"{TRACK}?RequestId={told['requestId']}", headers=head(service))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"]
