"""What holds for every call, from its path to its space: checklist 1, 3 to 5, 69 to 71, 73."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.core.access import Right
from app.facades.sas.parameters import read_query
from tests.sas.client import COLLECTION, ERROR_LABEL, Client, R, check_error, edge, new_uri, split_bulk

ROOT = "/relationships"
READ, WRITE = "relationships.read", "relationships.write"


@pytest.fixture
def client(service) -> Client:
    return Client(service)


@pytest.mark.parametrize("path", [ROOT, ROOT + "/"])
async def test_1_the_root_lists_every_rel_once(client, path):
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.sas.api+json;charset=utf-8;version=1"
    body = answer.json()
    assert body["version"] == 1
    rels = [link["rel"] for link in body["links"]]
    assert len(rels) == len(set(rels)) == 14
    assert not {"first", "prev", "next", "last"} & set(rels)
    assert all({"method", "rel", "href", "uri"} <= set(link) and link["href"] == link["uri"] for link in body["links"])
    assert {
        "method": "POST",
        "rel": "queryReferences",
        "href": "/relationships/references",
        "uri": "/relationships/references",
        "type": "text/plain",
        "responseType": "application/vnd.sas.collection",
        "itemType": "application/vnd.sas.relationship.reference",
    } in body["links"]
    head = await client.call("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


async def test_1_the_root_needs_the_read_scope_and_ignores_the_space(service):
    check_error(await Client(service, WRITE).get(ROOT), 403, 10625)
    assert (await Client(service, READ).get(ROOT, X_Tercet_Space="\tx\x01")).status_code == 200


async def test_3_a_call_without_token_is_challenged(client):
    for path in (ROOT, f"{R}/x"):
        answer = await client.get(path, Authorization=None)
        check_error(answer, 401, 10624)
        assert answer.headers["www-authenticate"] == 'Bearer realm="tercet"'
    assert (
        await client.get(ROOT, Authorization=client.headers["Authorization"].replace("B", "b", 1))
    ).status_code == 200


async def test_3_a_bad_token_is_called_invalid(client):
    answer = await client.get(ROOT, Authorization="Bearer nonsense")
    check_error(answer, 401, 10624)
    expected = 'Bearer error="invalid_token", error_description="access token invalid"'
    assert answer.headers["www-authenticate"] == expected


async def test_4_an_expired_token_is_called_expired(client):
    answer = await client.get(ROOT, Authorization=f"Bearer {client.service.token(minutes=-10)}")
    check_error(answer, 401, 10624)
    expected = 'Bearer error="invalid_token", error_description="access token expired"'
    assert answer.headers["www-authenticate"] == expected


async def test_5_neither_scope_implies_the_other(service):
    space = service.space()
    reader, writer = (Client(service, scope, space) for scope in (READ, WRITE))
    made = await writer.create("/a", "/b")
    for answer, scope in (
        (await reader.post(edge("/c", "/d")), WRITE),
        (await reader.bulk(edge("/c", "/d")), WRITE),
        (await writer.get(f"{R}/{made['id']}"), READ),
    ):
        check_error(answer, 403, 10625)
        assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'
    assert await reader.read(made["id"]) == made


async def test_5_a_token_with_neither_scope_is_refused_before_the_media_type(service):
    answer = await Client(service, "data:read").post(b"{", "application/xml", Accept="text/csv")
    check_error(answer, 403, 10625)
    assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{READ} {WRITE}"'


@pytest.mark.parametrize(
    ("accept", "label"),
    [
        (None, "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("", "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("*/*", "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("application/*", "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("Application/VND.sas.relationship;version=2", "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("application/json", "application/json;charset=utf-8"),
        ("application/json, */*", "application/json;charset=utf-8"),
        ("application/json;q=0.5, */*", "application/vnd.sas.relationship+json;charset=utf-8;version=1"),
        ("application/json, application/vnd.sas.relationship+json", "application/json;charset=utf-8"),
        ("application/vnd.sas.relationship;q=0, application/*;q=0.1", "application/json;charset=utf-8"),
        ("application/vnd.sas.error, application/json;q=0.1", "application/json;charset=utf-8"),
    ],
)
async def test_31_the_answer_has_the_type_that_is_wanted_most(client, accept, label):
    answer = await client.post(edge("/a", "/b"), Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (201, label)


@pytest.mark.parametrize("accept", ["text/csv", "application/vnd.sas.collection+json", "*/*;q=0", "*/*;q=high"])
async def test_31_what_can_not_be_sent_is_refused_before_anything_is_done(client, accept):
    check_error(await client.post(edge("/a", "/b"), Accept=accept), 406, 10640)
    made = await client.create("/a", "/b")
    check_error(await client.get(f"{R}/{made['id']}", Accept=accept), 406, 10640)


async def test_31_content_that_must_tell_the_operation_is_judged_by_what_it_could_be(client):
    single = "application/vnd.sas.relationship+json"
    check_error(await client.post(b"{", None, Accept="text/csv"), 406, 10640)
    check_error(await client.post({"items": []}, None, Accept=single), 406, 10640)
    check_error(await client.post(edge("/a", "/b"), None, Accept=COLLECTION), 406, 10640)
    assert (await client.post(edge("/a", "/b"), None, Accept=single)).status_code == 201


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("application/vnd.sas.relationship+json", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("", 200),
        ("application/vnd.sas.relationship, application/vnd.sas.error", 200),
        ("application/vnd.sas.error", 406),
        ("application/vnd.sas.summary", 406),
    ],
)
async def test_37_accept_item_of_a_bulk_call(client, wanted, status):
    answer = await client.bulk(edge("/a", "/b"), Accept_Item=wanted)
    assert answer.status_code == status
    assert status == 200 or check_error(answer, 406, 10640)


async def test_39_a_method_override_is_judged_before_the_media_type(client):
    check_error(await client.post(b"{", "application/xml", "?_method=nonsense"), 400, 10620)


@pytest.mark.parametrize("query", ["?a=%zz", "?a=%", "?a=%ff", "?%00=b"])
async def test_43_a_query_string_that_can_not_be_decoded(client, query):
    made = await client.create("/a", "/b")
    check_error(await client.get(f"{R}/{made['id']}{query}"), 400, 10620)
    check_error(await client.post(edge("/c", "/d"), query=query), 400, 10620)


async def test_43_unknown_parameters_are_ignored(client):
    assert (await client.post(edge("/a", "/b"), query="?referenceUri=&a=b+c%20d&&=")).status_code == 201


@pytest.mark.parametrize("path", [ROOT, R, f"{R}/x"])
async def test_69_options_needs_no_token(client, path):
    answer = await client.call("OPTIONS", path, Authorization=None)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "OPTIONS" in answer.headers["allow"]


async def test_69_another_method_is_not_allowed(client):
    for path, allowed in ((ROOT, {"GET", "HEAD", "OPTIONS"}), (R, {"POST", "OPTIONS"}), (f"{R}/x", {"GET", "HEAD"})):
        answer = await client.call("TRACE", path, Authorization=None)
        check_error(answer, 405, 10623)
        assert allowed <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("path", ["/nope", "/relationships/x/y", "//", "/relationships//x"])
async def test_69_another_path_is_unknown_before_the_token_is_looked_at(client, path):
    check_error(await client.get(ROOT + path, Authorization=None), 404, 10622)


async def test_69_the_path_of_the_apollo_format_is_never_answered_in_this_shape(client):
    answer = await client.service.client.get(f"{ROOT}/erstatus/x", headers=client.headers)
    assert "sas-service-response-flag" not in answer.headers


def test_69_a_raw_hash_and_what_follows_is_dropped():
    assert read_query({"raw_path": b"/a", "query_string": b"a=1#b=%"}).pairs == (("a", "1"),)
    assert read_query({"raw_path": b"/a#", "query_string": b"a=%"}).pairs == ()


async def test_69_a_target_too_long_is_refused_before_the_path(client):
    check_error(await client.get(f"{ROOT}/nope?{'x' * 16_400}", Authorization=None), 414, 10618)


async def test_44_a_declared_size_is_refused_before_the_token(client):
    check_error(await client.post(b" " * 16_777_217, Authorization=None), 413, 10618)


BAD_JSON = [
    pytest.param(b'{"type":NaN}', id="70-nan"),
    pytest.param(b'{"type":"a","type":"b"}', id="70-duplicate-key"),
    pytest.param(rb'{"type":"\ud800"}', id="70-lone-surrogate"),
    pytest.param(rb'{"type":"\u0000"}', id="70-nul"),
    pytest.param(b'{"type":"Contains","x":%s1%s}' % (b"[" * 64, b"]" * 64), id="70-nesting-of-65"),
    pytest.param(b'{"x":9223372036854775808}', id="70-beyond-64-bit"),
    pytest.param(b'{"x":1e999}', id="70-infinite-double"),
    pytest.param(b'{"x":Infinity}', id="70-infinity"),
    pytest.param(b'{"x":"\xff"}', id="70-invalid-utf-8"),
    pytest.param(b"{}{}", id="70-trailing-text"),
    pytest.param(b"", id="70-empty"),
    pytest.param(b"[" * 100_000, id="70-a-hundred-thousand-brackets"),
]


@pytest.mark.parametrize("body", BAD_JSON)
@pytest.mark.parametrize("type", ["application/vnd.sas.relationship+json", None])
async def test_70_what_is_not_strict_json_is_refused(client, body, type):
    check_error(await client.post(body, type), 400, 10600)


@pytest.mark.parametrize("body", BAD_JSON[:-4])
async def test_70_one_item_that_is_not_strict_json_fails_the_whole_call(client, body):
    good = json.dumps(edge("/a", "/b")).encode()
    check_error(await client.post(b'{"items":[%s,%s]}' % (good, body), COLLECTION), 400, 10600)
    refused, stored = split_bulk(await client.bulk(edge("/a", "/b")))
    assert (refused, len(stored)) == ({}, 1)


@pytest.mark.parametrize("type", [COLLECTION, "application/json"])
async def test_70_a_byte_order_mark_is_dropped(client, type):
    body = b"\xef\xbb\xbf" + json.dumps({"items": [edge("/a", "/b")]}).encode()
    assert len(split_bulk(await client.post(body, type))[1]) == 1


async def test_71_nothing_is_echoed_at_length(client):
    long = "é" * 8_000
    key = json.dumps({long: 1})[:-1].encode() + b"," + json.dumps({long: 1})[1:].encode()
    answers = [
        await client.get(f"{R}/{'x' * 8_000}"),
        await client.post({**edge("/a", "/b"), "referenceId": long}),
        await client.post({**edge("/a", "/b"), "resourceUri": "/tercet/entities/a/b/%zz" + long}),
        await client.post(key),
        await client.post(edge("/a", "/b"), "text/" + "x" * 8_000),
        await client.post(edge("/a", "/b"), "text/csv", Content_Encoding="x" * 8_000),
    ]
    for answer in answers:
        body = check_error(answer, answer.status_code, answer.json()["errorCode"])
        assert all(len(detail) <= 280 for detail in body["details"])
        assert all(word not in answer.text for word in ("x" * 201, "é" * 201))
        assert "…" in answer.text


async def test_71_an_item_error_echoes_no_more(client):
    refused, _ = split_bulk(await client.bulk(edge("/a", "/b", id="y" * 9_000)))
    assert len(refused[0]["details"][0]) <= 250


async def test_71_an_error_is_labelled_as_one_whatever_is_accepted(client):
    answer = await client.get(f"{R}/x", Accept="application/json")
    assert answer.headers["content-type"] == ERROR_LABEL


async def test_71_the_correlator_is_the_senders_request_id(client):
    answer = await client.get(f"{R}/x", X_Request_Id="r-81")
    assert check_error(answer, 404, 10611)["details"][-1] == "correlator: r-81"
    answer = await client.get(f"{R}/x", X_Request_Id="no good")
    assert check_error(answer, 404, 10611)["details"][-1] != "correlator: no good"


async def test_73_a_space_holds_its_own(service):
    one, two = Client(service), Client(service)
    made = await one.create("/a", "/b")
    check_error(await two.get(f"{R}/{made['id']}"), 404, 10611)
    assert (await two.create("/a", "/b"))["referenceId"] != made["referenceId"]


@pytest.fixture
async def closed(make_service):
    """A service that founds no spaces by itself."""
    return await make_service(auto_spaces=False)


async def test_73_a_space_that_is_not_there_and_one_without_right_answer_alike(closed):
    private = closed.space()
    await closed.store.found(private, {"sub:user:somebody": Right.OWNER})
    texts = set()
    for space in (closed.space(), private):
        client = Client(closed, space=space)
        for answer in (await client.get(f"{R}/x"), await client.post(edge("/a", "/b"))):
            body = check_error(answer, 403, 10625)
            assert "www-authenticate" not in answer.headers
            texts.add(body["details"][0])
    assert len(texts) == 1


async def test_73_the_default_space_is_meant_where_none_is_named(closed):
    client = Client(closed, space="default")
    made = await client.post(edge(new_uri(), new_uri()), X_Tercet_Space=None)
    assert await client.read(made.json()["id"]) == made.json()
    assert (await client.get(made.headers["location"], X_Tercet_Space=" default\t")).status_code == 200


@pytest.mark.parametrize("space", ["", "  ", "x" * 257, "a\x01b", "a\x85b", b"\xff"])
async def test_73_a_bad_space_header_is_refused(client, space):
    sent = space if isinstance(space, bytes) else space.encode()
    headers = [(b"authorization", client.headers["Authorization"].encode()), (b"x-tercet-space", sent)]
    answer = await client.service.client.get(f"{R}/x", headers=headers)
    check_error(answer, 400, 10620)


async def test_73_a_repeated_space_header_is_refused(client):
    headers = [*client.headers.items(), ("X-Tercet-Space", client.space)]
    check_error(await client.service.client.get(f"{R}/x", headers=headers), 400, 10620)


async def test_73_a_space_is_up_to_256_characters_of_utf_8(client):
    space = "ä" * 256
    headers = {**client.headers, "X-Tercet-Space": space.encode()}
    answer = await client.service.client.get(f"{R}/x", headers=headers)
    check_error(answer, 404, 10611)


async def test_a_right_that_another_replica_granted_holds_at_once_under_its_consistency_token(service, store):
    space = await service.found()
    made = await Client(service, space=space).create("/a", "/b")
    eve = Client(service, space=space)
    eve.headers["Authorization"] = f"Bearer {service.token(sub='eve')}"
    check_error(await eve.get(f"{R}/{made['id']}"), 403, 10625)
    granted = {"sub:user:eve": Right.READONLY}
    kept = await store.revise(space, lambda sheet: replace(sheet, grants={**sheet.grants, **granted}))
    assert (await eve.get(f"{R}/{made['id']}", X_Consistency_Token=kept.bookmark)).status_code == 200


async def test_an_unreadable_consistency_token_is_refused_on_a_read_and_ignored_on_a_write(client):
    made = await client.post(edge("/a", "/b"), X_Consistency_Token="not one!")
    assert made.status_code == 201
    check_error(await client.get(f"{R}/{made.json()['id']}", X_Consistency_Token="not one!"), 400, 10620)
