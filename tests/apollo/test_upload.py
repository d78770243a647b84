"""Accepting uploads of relationships: apollo 15, items 1-5, 7, 9-17."""

from __future__ import annotations

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
    post,
    read,
    read_error,
    read_request_id,
)

TWO = [item("rel-1"), item("rel-2")]


async def test_01_an_upload_is_answered_with_the_four_legacy_keys(service: Service) -> None:
    answer = await post(service, service.space(), TWO)
    told = answer.json()
    assert answer.status_code == 202
    assert list(told) == ["result", "message", "version", "errorInfo"]
    assert (told["result"], told["version"], told["errorInfo"]) == (1, None, [])


async def test_02_the_sentence_and_the_links_name_one_request(service: Service) -> None:
    answer = await post(service, service.space(), TWO, **{"async": "true"})
    guid, in_url = GUID.findall(answer.json()["message"])
    url = answer.headers["Location"]
    assert guid == in_url
    assert url.endswith(f"/relationships/erstatus?RequestId={guid}")
    assert answer.headers["Operation-Location"] == url
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["message"] == f"Request {guid} is processed and can be tracked by URL {url}"


@pytest.mark.parametrize("v", ["1.0", "1.1"])
async def test_03_no_link_is_built_from_a_forged_host(memory: MemoryService, v: str) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = await post(memory, memory.space(), TWO, path=f"{UPLOAD}?v={v}", **forged)
    assert answer.headers["Location"].startswith("https://tercet.example/")
    assert "evil" not in answer.text + str(answer.headers)


async def test_04_the_status_of_an_accepted_upload_can_be_set(make_memory: MakeMemory) -> None:
    service = make_memory(apollo_async_status=200)
    answer = await post(service, service.space(), TWO)
    assert answer.status_code == 200
    assert answer.json()["message"].startswith(f"Request {read_request_id(answer)} is processed")


@pytest.mark.parametrize("v", ["1.1", "1.2"])
async def test_05_from_version_1_1_on_uploads_speak_the_platform_envelope(service: Service, v: str) -> None:
    answer = await post(service, service.space(), TWO, path=f"{UPLOAD}?v={v}", **{"async": "true"})
    told = answer.json()
    assert answer.status_code == 202
    assert list(told) == ["status", "transactionId", "data", "paging"]
    assert list(told["status"]) == ["message", "code"]
    assert (told["status"]["code"], told["data"], told["paging"]) == ("202", {}, None)
    assert read_request_id(answer) != told["transactionId"]
    assert told["status"]["message"].endswith(f"/apollo/status/logs?transactionid={told['transactionId']}")
    assert answer.headers["Location"].endswith(f"/apollo/status/{told['transactionId']}")
    assert answer.headers["Operation-Location"] == answer.headers["Location"]


async def test_07_ten_thousand_items_are_taken_and_not_one_more(service: Service) -> None:
    space = service.space()
    items = [item(f"rel-{n}") for n in range(10_001)]
    refused = await post(service, space, items)
    assert (refused.status_code, read_error(refused)["code"]) == (413, "TooManyItems")
    assert is_legacy(refused)
    told = await carry_out(service, space, items[:-1])
    assert told["counts"]["created"] == told["counts"]["total"] == 10_000


async def test_09_one_bare_object_is_an_array_of_one(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, item("alone"))
    assert told["counts"]["created"] == 1
    assert (await read(service, space, "alone")).status_code == 200


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"[1]", b"[{}, null]", b"{", b"", b"[{}]x", b"null"])
async def test_10_what_is_no_array_of_objects_is_refused_whole(service: Service, body: bytes) -> None:
    answer = await post(service, service.space(), body)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedBody")
    assert is_legacy(answer)


UNSOUND = {
    "duplicate key": b'{"id":"a","id":"b"}',
    "NaN": b'{"id":NaN}',
    "Infinity": b'{"id":-Infinity}',
    "lone surrogate": b'{"id":"\\ud800"}',
    "U+0000": b'{"id":"\\u0000"}',
    "2^63": b'{"id":9223372036854775808}',
    "not a finite double": b'{"id":1e999}',
    "depth 65": b'{"a":' + b"[" * 63 + b"]" * 63 + b"}",
    "invalid UTF-8": b'{"id":"\xff"}',
}


@pytest.mark.parametrize("unsound", UNSOUND.values(), ids=UNSOUND)
async def test_11_one_unsound_item_sinks_the_request_and_leaves_no_trace(service: Service, unsound: bytes) -> None:
    space = service.space()
    good = b'{"id":"good","sourceEntityId":"a","destinationEntityId":"b","relationshipType":"t","relationshipName":""}'
    answer = await post(service, space, b"[" + good + b"," + unsound + b"]")
    told = read_error(answer)
    assert (answer.status_code, told["code"]) == (400, "MalformedBody")
    assert (await read(service, space, "good")).status_code == 404


async def test_11_the_faulty_item_is_named(service: Service) -> None:
    answer = await post(service, service.space(), b'[{}, {"a": {"b": 1, "b": 2}}]')
    told = read_error(answer)
    assert (told["index"], told["property"]) == (1, "[1].a.b")


async def test_11_depth_64_is_taken(service: Service) -> None:
    deep = b'{"a":' + b"[" * 62 + b"]" * 62 + b"}"
    assert (await post(service, service.space(), b"[" + deep + b"]")).status_code == 202


@pytest.mark.parametrize("value", ["maybe", "", "1"])
async def test_12_an_async_header_that_is_no_boolean_is_refused_as_asynchronous(service: Service, value: str) -> None:
    answer = await post(service, service.space(), TWO, **{"async": value})
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")
    assert is_legacy(answer)


@pytest.mark.parametrize("value", ["TRUE", "true", "True"])
async def test_12_the_async_header_is_read_in_any_case(service: Service, value: str) -> None:
    assert (await post(service, service.space(), TWO, **{"async": value})).status_code == 202


@pytest.mark.parametrize("value", ["false", "FALSE"])
async def test_12_a_synchronous_upload_is_answered_at_once_whatever_is_preferred(service: Service, value: str) -> None:
    answer = await post(service, service.space(), TWO, **{"async": value, "Prefer": "respond-async"})
    assert (answer.status_code, answer.json()["status"]["code"]) == (207, "207")
    assert not is_legacy(answer)


async def test_12_an_applied_preference_is_told(service: Service) -> None:
    answer = await post(service, service.space(), TWO, Prefer="handling=lenient, respond-async")
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert "Preference-Applied" not in (await post(service, service.space(), TWO)).headers


async def test_13_a_missing_token_is_asked_for(service: Service) -> None:
    answer = await service.client.post(UPLOAD, json=TWO)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tercet"')
    assert answer.json() == {
        "result": 0,
        "message": "A bearer token is required",
        "version": None,
        "errorInfo": [
            {
                "index": None,
                "id": None,
                "code": "Unauthorized",
                "property": None,
                "message": "A bearer token is required",
            }
        ],
    }


async def test_13_a_missing_scope_is_named(service: Service) -> None:
    answer = await post(service, service.space(), TWO, token=service.token("apollo_read"))
    challenge = 'Bearer error="insufficient_scope", scope="apollo_write"'
    assert (answer.status_code, read_error(answer)["code"]) == (403, "InsufficientScope")
    assert answer.headers["WWW-Authenticate"] == challenge


async def test_13_a_bad_token_counts_before_a_bad_body(service: Service) -> None:
    answer = await post(service, None, b"{", token="nonsense", content_type="text/plain")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tercet", error="invalid_token"'


async def test_13_the_other_name_of_the_header_is_read_where_the_real_one_is_absent(service: Service) -> None:
    headers = {"ercollectionid": service.space(), "Authentication": f"bearer {service.token()}"}
    assert (await service.client.post(UPLOAD, json=TWO, headers=headers)).status_code == 202
    headers["Authorization"] = "Bearer nonsense"
    assert (await service.client.post(UPLOAD, json=TWO, headers=headers)).status_code == 401


@pytest.mark.parametrize("value", [None, "", "x" * 129, "caf\u00e9", "a\tb", " a", "a "])
async def test_14_a_collection_must_be_named_well(memory: MemoryService, value: str | None) -> None:
    headers = head(memory) | ({} if value is None else {"ercollectionid": value})
    raw = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
    answer = await memory.client.post(UPLOAD, json=TWO, headers=raw)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


async def test_14_a_collection_is_named_once(service: Service) -> None:
    headers = [*head(service).items(), ("ercollectionid", "a"), ("ercollectionid", "a")]
    answer = await service.client.post(UPLOAD, json=TWO, headers=headers)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


@pytest.mark.parametrize("name", ["!", "a b", "~" * 128])
async def test_14_any_printable_ascii_names_a_collection(service: Service, name: str) -> None:
    assert (await post(service, f"{service.space()[:8]}{name}"[:128], TWO)).status_code == 202


async def test_14_an_unknown_collection_looks_like_a_foreign_one(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    foreign = await post(service, await service.found(), TWO, token=service.token(sub="stranger"))
    unknown = await post(service, service.space(), TWO, token=service.token(sub="stranger"))
    assert foreign.status_code == unknown.status_code == 403
    assert foreign.json() == unknown.json()
    assert read_error(unknown)["code"] == "CollectionForbidden"


async def test_14_the_first_accepted_upload_founds_its_collection(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [{"id": "not even good"}])
    answer = await post(service, space, TWO, token=service.token(sub="stranger"))
    assert (answer.status_code, read_error(answer)["code"]) == (403, "CollectionForbidden")


@pytest.mark.parametrize(
    "sent",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_15_only_plain_json_is_taken(service: Service, sent: dict[str, str]) -> None:
    answer = await post(service, service.space(), b"[{}]", **sent)
    assert (answer.status_code, read_error(answer)["code"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize("kind", ["Application/JSON; charset=UTF-8", 'application/json;charset="utf-8";odata=full'])
async def test_15_parameters_of_the_media_type_are_ignored(service: Service, kind: str) -> None:
    sent = {"Content-Encoding": "identity"}
    assert (await post(service, service.space(), b"[{}]", content_type=kind, **sent)).status_code == 202


async def test_15_a_body_beyond_16_mib_is_too_large(service: Service) -> None:
    answer = await post(service, service.space(), b"[" + b" " * (17 << 20) + b"]")
    assert (answer.status_code, read_error(answer)["code"]) == (413, "TooLarge")


async def test_16_a_repeated_operation_is_run_once(service: Service) -> None:
    space = service.space()
    sent = {"Operation-Id": "op-1"}
    first, again = await post(service, space, TWO, **sent), await post(service, space, TWO, **sent)
    assert first.json() == again.json()
    told = await carry_out(service, space, TWO, **sent)
    assert told["requestId"] == read_request_id(first)
    assert told["counts"]["created"] == told["counts"]["total"] == 2


@pytest.mark.parametrize(("path", "body"), [(UPLOAD, [item("other")]), (f"{UPLOAD}?v=1.0", TWO)])
async def test_16_an_operation_id_stands_for_one_request(service: Service, path: str, body: object) -> None:
    space, sent = service.space(), {"Operation-Id": "op-1"}
    await post(service, space, TWO, **sent)
    answer = await post(service, space, body, path=path, **sent)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "OperationIdReused")


async def test_16_an_operation_id_is_another_in_another_collection(service: Service) -> None:
    sent = {"Operation-Id": "op-1"}
    first, other = await post(service, service.space(), TWO, **sent), await post(service, service.space(), TWO, **sent)
    assert read_request_id(first) != read_request_id(other)


@pytest.mark.parametrize("id", ["", "x" * 129, "a b"])
async def test_16_an_operation_id_must_be_well_formed(service: Service, id: str) -> None:
    answer = await post(service, service.space(), TWO, **{"Operation-Id": id})
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


async def test_17_files_are_not_imported(service: Service) -> None:
    answer = await post(service, service.space(), TWO, fileName="a.csv")
    assert (answer.status_code, read_error(answer)["code"]) == (400, "NotOffered")


@pytest.mark.parametrize(
    ("setting", "status", "code"),
    [("apollo_open_items", 503, "Unavailable"), ("apollo_open_items_per_principal", 429, "RateLimited")],
)
async def test_17_a_full_queue_asks_to_come_back(make_memory: MakeMemory, setting: str, status: int, code: str) -> None:
    service = make_memory(works=False, **{setting: 2})
    space = service.space()
    assert (await post(service, space, TWO)).status_code == 202
    answer = await post(service, space, b"not read", content_type="text/plain")
    assert (answer.status_code, read_error(answer)["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "query", ["v=2", "v=", "v=1.1&V=1.1", "includeSystemData=yes", "$filter=foo", "$top=1", "v=%ff"]
)
async def test_a_bad_query_is_refused(service: Service, query: str) -> None:
    answer = await post(service, service.space(), TWO, path=f"{UPLOAD}?{query}")
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")
    assert is_legacy(answer) == (not query.startswith("v"))


async def test_unknown_query_parameters_are_ignored(service: Service) -> None:
    assert (await post(service, service.space(), TWO, path=f"{UPLOAD}?colour=red&colour=blue")).status_code == 202


async def test_every_answer_carries_its_chain_of_requests(service: Service) -> None:
    kept = await post(service, service.space(), TWO, **{"x-correlation-id": "c-41", "X-Request-Id": "r-1"})
    assert (kept.headers["x-correlation-id"], kept.headers["X-Request-Id"]) == ("c-41", "r-1")
    assert kept.headers["Content-Type"] == "application/json"
    assert kept.headers["Cache-Control"] == "no-store"
    minted = await post(service, service.space(), [], **{"x-correlation-id": "has a blank"})
    assert GUID.fullmatch(minted.headers["x-correlation-id"])
