"""Checklist 1 to 8, 11 to 16, 21, 22, 24 to 26, 68: what PUT takes, and what it answers."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from tests.autodesk.speak import check_error, container, entity, get, item, list_faults, put, put_raw, send

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
MIB = 1_048_576


def fresh() -> str:
    return str(uuid.uuid4())


async def test_checklist_1_a_new_pair_without_id_is_stored_under_an_id_of_ours(service):
    space = service.space()
    answer = await put(service, space, item("a", "b"))
    assert answer.status_code == 200
    [made] = answer.json()
    assert list(made) == ["id", "createdOn", "isReadOnly", "isService", "isDeleted", "entities"]
    assert made["id"] == str(uuid.UUID(made["id"]))
    assert uuid.UUID(made["id"]).version == 7
    assert (made["isDeleted"], made["isReadOnly"], made["isService"]) == (False, False, False)
    assert made["entities"] == [{"createdOn": made["createdOn"], **entity(id)} for id in ("a", "b")]
    assert INSTANT.fullmatch(made["createdOn"])
    assert (await get(service, space, made["id"])).json() == made


async def test_all_rows_of_one_call_carry_one_created_on_and_known_entities_keep_theirs(service):
    space = service.space()
    [first] = (await put(service, space, item("a", "b"))).json()
    second, third = (await put(service, space, item("b", "c"), item("c", "d"))).json()
    assert first["createdOn"] < second["createdOn"] == third["createdOn"]
    assert [end["createdOn"] for end in second["entities"]] == [first["createdOn"], second["createdOn"]]


async def test_a_write_is_answered_with_a_consistency_token_and_the_headers_of_every_answer(service):
    space = service.space()
    for _ in ("stored", "unchanged"):
        answer = await put(service, space, item("a", "b"))
        assert answer.status_code == 200
        assert "x-consistency-token" in answer.headers
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["cache-control"] == "no-store"
        assert uuid.UUID(answer.headers["x-request-id"])
        assert "content-encoding" not in answer.headers


async def test_checklist_2_a_repeat_also_with_swapped_ends_answers_what_is_stored(service):
    space = service.space()
    first = (await put(service, space, item("a", "b"))).json()
    assert (await put(service, space, item("a", "b"))).json() == first
    swapped = await put(service, space, item("b", "a"))
    assert swapped.status_code == 200
    assert swapped.json() == first


async def test_checklist_3_an_upper_case_id_is_shown_in_lower_case_and_conflicts_when_sent_again(service):
    space, id = service.space(), fresh()
    first = await put(service, space, item("a", "b", id.upper()))
    assert first.status_code == 200
    assert first.json()[0]["id"] == id
    again = await put(service, space, item("a", "b", id.upper()))
    assert again.status_code == 409
    body = again.json()
    assert list(body) == ["conflict", "success", "type", "title", "detail"]
    assert body["success"] == []
    assert body["conflict"] == [{"id": id, "actual": first.json()[0]}]
    assert "x-consistency-token" in again.headers


async def test_checklist_4_a_fresh_id_on_an_existing_pair_conflicts_with_the_stored_one(service):
    space, id = service.space(), fresh()
    [stored] = (await put(service, space, item("a", "b"))).json()
    answer = await put(service, space, item("b", "a", id))
    assert answer.status_code == 409
    assert answer.json()["conflict"] == [{"id": id, "actual": stored}]


async def test_checklist_5_a_used_id_conflicts_with_its_owner_but_only_within_its_space(service):
    space, other, id = service.space(), service.space(), fresh()
    [stored] = (await put(service, space, item("a", "b", id))).json()
    answer = await put(service, space, item("c", "d", id))
    assert answer.status_code == 409
    assert answer.json()["conflict"] == [{"id": id, "actual": stored}]
    elsewhere = await put(service, other, item("c", "d", id))
    assert elsewhere.status_code == 200
    assert elsewhere.json()[0]["id"] == id


async def test_checklist_6_the_good_items_around_a_conflicting_one_are_stored(service):
    space = service.space()
    await put(service, space, item("a", "b"))
    answer = await put(service, space, item("c", "d"), item("a", "b", fresh()), item("e", "f"))
    assert answer.status_code == 409
    body = answer.json()
    assert [row["entities"][0]["id"] for row in body["success"]] == ["c", "e"]
    assert len(body["conflict"]) == 1
    assert body["type"] == "Conflict"
    assert body["title"]
    assert body["detail"]
    for row in body["success"]:
        assert (await get(service, space, row["id"])).json() == row


async def test_checklist_7_identical_items_without_id_store_one_relationship(service):
    answer = await put(service, service.space(), item("a", "b"), item("a", "b"))
    assert answer.status_code == 200
    one, other = answer.json()
    assert one == other


async def test_checklist_8_of_two_ids_for_one_new_pair_the_first_wins(service):
    one, other = fresh(), fresh()
    answer = await put(service, service.space(), item("a", "b", one), item("a", "b", other))
    assert answer.status_code == 409
    body = answer.json()
    assert [row["id"] for row in body["success"]] == [one]
    assert body["conflict"] == [{"id": other, "actual": body["success"][0]}]


async def test_checklist_11_twenty_items_are_taken(service):
    answer = await put(service, service.space(), *(item("hub", f"spoke {n}") for n in range(20)))
    assert answer.status_code == 200
    assert [row["entities"][1]["id"] for row in answer.json()] == [f"spoke {n}" for n in range(20)]


@pytest.mark.parametrize(("count", "title"), [(21, "Too many"), (0, "Too few")])
async def test_checklist_11_more_items_or_none_are_refused_and_nothing_is_stored(build, count, title):
    service = await build()
    space = service.space()
    answer = await put(service, space, *(item("hub", f"spoke {n}") for n in range(count)))
    body = check_error(answer, 400, "BadInput")
    assert list_faults(body) == [("body", title)]
    assert not (await service.store.view(space, ())).exists


async def test_too_many_items_are_reported_alone(service):
    body = check_error(await put(service, service.space(), *[None] * 21), 400, "BadInput")
    assert list_faults(body) == [("body", "Too many")]


async def test_checklist_12_a_bad_item_refuses_the_whole_call_and_is_named(service):
    space, id = service.space(), fresh()
    good, bad = item("a", "b", id), item("c", "d") | {"id": "not-a-uuid"}
    body = check_error(await put(service, space, good, bad), 400, "BadInput")
    assert list_faults(body) == [("[1].id", "Invalid value")]
    assert "not-a-uuid" in body["errors"][0]["detail"]
    assert (await get(service, space, id)).status_code == 404


A, B = entity("a"), entity("b")
BAD_ITEMS = [
    pytest.param(7, [("[0]", "Wrong type")], id="12 a number as item"),
    pytest.param(None, [("[0]", "Wrong type")], id="12 null as item"),
    pytest.param({}, [("[0].entities", "Required")], id="12 no entities"),
    pytest.param({"entities": None}, [("[0].entities", "Required")], id="12 null entities"),
    pytest.param({"entities": {}}, [("[0].entities", "Wrong type")], id="12 an object as entities"),
    pytest.param({"id": 7, "entities": [A, B]}, [("[0].id", "Wrong type")], id="12 a number as id"),
    pytest.param({"id": "", "entities": [A, B]}, [("[0].id", "Invalid value")], id="12 an empty id"),
    pytest.param(
        {"id": "{c40a91de-17f3-4b62-9d08-5e6f7a8b9c01}", "entities": [A, B]},
        [("[0].id", "Invalid value")],
        id="12 an id in braces",
    ),
    pytest.param(
        {"id": "c40a91de17f34b629d085e6f7a8b9c01", "entities": [A, B]},
        [("[0].id", "Invalid value")],
        id="12 an id without hyphens",
    ),
    pytest.param({"entities": []}, [("[0].entities", "Too few")], id="13 no entity"),
    pytest.param({"entities": [A]}, [("[0].entities", "Too few")], id="13 one entity"),
    pytest.param({"entities": [A, B, A]}, [("[0].entities", "Too many")], id="13 three entities"),
    pytest.param({"entities": [A, dict(A)]}, [("[0].entities", "Not distinct")], id="13 two equal triples"),
    pytest.param(
        {"entities": ["a", None]},
        [("[0].entities[0]", "Wrong type"), ("[0].entities[1]", "Wrong type")],
        id="13 a string and null as entities",
    ),
    pytest.param(
        {"entities": [A, {}]},
        [(f"[0].entities[1].{name}", "Required") for name in ("domain", "type", "id")],
        id="14 an empty entity",
    ),
    pytest.param(item(A, B | {"id": 5}), [("[0].entities[1].id", "Wrong type")], id="14 a number as entity id"),
    pytest.param(item(A, B | {"id": None}), [("[0].entities[1].id", "Required")], id="14 null as entity id"),
    pytest.param(item(A, B | {"domain": "d" * 129}), [("[0].entities[1].domain", "Too long")], id="14 domain of 129"),
    pytest.param(item(A, B | {"type": "t" * 129}), [("[0].entities[1].type", "Too long")], id="14 type of 129"),
    pytest.param(item(A, B | {"id": "i" * 513}), [("[0].entities[1].id", "Too long")], id="14 id of 513"),
    *(
        pytest.param(item(A, B | {name: ""}), [(f"[0].entities[1].{name}", "Too short")], id=f"14 an empty {name}")
        for name in ("domain", "type", "id")
    ),
    pytest.param(
        item(A, entity("urn:tercet:a:b:c", "apollo", "entity")),
        [("[0].entities[1].id", "Reserved")],
        id="22 an Apollo spelling of another entity",
    ),
    pytest.param(
        item(entity("/tercet/entities/a/b/c", "sas", "resource"), B),
        [("[0].entities[0].id", "Reserved")],
        id="22 a SAS spelling of another entity",
    ),
]


@pytest.mark.parametrize(("bad", "faults"), BAD_ITEMS)
async def test_checklist_an_item_that_breaks_a_rule_is_refused_by_its_place(service, bad, faults):
    body = check_error(await put(service, service.space(), bad), 400, "BadInput")
    assert list_faults(body) == faults


@pytest.mark.parametrize(
    "end",
    [
        entity("urn:tercet:a:b", "apollo", "entity"),
        entity("urn:tercet:a:b:c:d", "apollo", "entity"),
        entity("urn:tercet:a:b:c", "apollo", "thing"),
        entity("/tercet/entities/a/b", "sas", "resource"),
    ],
)
async def test_checklist_22_what_only_resembles_a_reserved_spelling_is_taken(service, end):
    assert (await put(service, service.space(), item(A, end))).status_code == 200


async def test_checklist_13_equal_kinds_with_different_ids_are_fine(service):
    answer = await put(service, service.space(), item(entity("a"), entity("A")))
    assert answer.status_code == 200


async def test_checklist_14_names_of_the_greatest_length_are_taken_and_counted_in_characters(service):
    longest = {"domain": "𝔡" * 128, "type": "ß" * 128, "id": "é" * 512}
    answer = await put(service, service.space(), item(A, longest))
    assert answer.status_code == 200
    shown = answer.json()[0]["entities"][1]
    assert {name: shown[name] for name in longest} == longest


async def test_checklist_15_extra_fields_are_ignored_and_strings_kept_byte_for_byte(service):
    odd = {"domain": "Spaced ", "type": "e\u0301", "id": " 01-\u200b"}
    sent = {**item(odd | {"createdOn": 7, "x": [{}]}, "b"), "isReadOnly": True, "id": None}
    answer = await put(service, service.space(), sent)
    assert answer.status_code == 200
    shown = answer.json()[0]["entities"][0]
    assert shown == {"createdOn": answer.json()[0]["createdOn"], **odd}


async def test_field_names_are_case_sensitive(service):
    body = check_error(await put(service, service.space(), {"Entities": [A, B]}), 400, "BadInput")
    assert list_faults(body) == [("[0].entities", "Required")]


@pytest.mark.parametrize("wrapped", [item("a", "b"), {"relationships": [item("a", "b")]}, {}, "x", 7, True])
async def test_checklist_16_anything_but_an_array_is_refused(service, wrapped):
    body = check_error(await put_raw(service, service.space(), json.dumps(wrapped).encode()), 400, "BadInput")
    assert list_faults(body) == [("body", "Wrong type")]


async def test_faults_of_all_items_are_reported_together_in_request_order(service):
    bad = {"id": "x", "entities": [entity("", type=""), B]}
    body = check_error(await put(service, service.space(), item("a", "b"), bad, bad), 400, "BadInput")
    assert list_faults(body) == [
        (f"[{index}].{field}", title)
        for index in (1, 2)
        for field, title in (
            ("id", "Invalid value"),
            ("entities[0].type", "Too short"),
            ("entities[0].id", "Too short"),
        )
    ]


async def test_at_most_forty_faults_are_listed_and_the_detail_tells_their_number(service):
    bad = item(entity("", "", ""), entity("", "", ""))
    body = check_error(await put(service, service.space(), *[bad] * 20), 400, "BadInput")
    assert len(body["errors"]) == 40
    assert body["detail"].startswith("120 values")


async def test_checklist_21_a_service_is_told_from_a_person_for_good(service):
    space = service.space()
    by_person = (await put(service, space, item("a", "b"))).json()[0]
    by_service = (
        await put(service, service.space(), item("a", "b"), token=service.token(client_id="developer"))
    ).json()
    assert by_person["isService"] is False
    assert by_service[0]["isService"] is True
    assert by_service[0]["isReadOnly"] is False


HOSTILE = {
    "empty body": b"",
    "byte-order mark": b"\xef\xbb\xbf[]",
    "truncated": b'[{"entities":',
    "trailing text": b"[] []",
    "duplicate keys": b'[{"id":null,"id":null,"entities":[]}]',
    "duplicate keys in an ignored field": b'[{"x":{"a":1,"a":1},"entities":[]}]',
    "NaN": b'[{"x":NaN}]',
    "Infinity": b'[{"x":-Infinity}]',
    "depth 65": b'[{"x":' + b"[" * 63 + b"]" * 63 + b"}]",
    "depth 100000": b"[" * 100_000,
    "lone surrogate": rb'[{"x":"\ud800"}]',
    "lone surrogate as key": rb'[{"\udfff":1}]',
    "invalid UTF-8": b'[{"x":"\xff"}]',
    "NUL": rb'[{"x":"\u0000"}]',
    "raw NUL": b'[{"x":"\x00"}]',
    "integer beyond 64 bits": b'[{"x":9223372036854775808}]',
    "number beyond doubles": b'[{"x":1e999}]',
    "in a bare object": b'{"x":NaN}',
    "bare NaN": b"NaN",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
async def test_checklist_24_text_that_is_not_strict_json_is_refused(service, raw):
    body = check_error(await put_raw(service, service.space(), raw), 400, "BadInput")
    [(_, title)] = list_faults(body)
    assert title == "Invalid JSON"


async def test_checklist_24_depth_64_is_taken(service):
    deep = json.dumps(item("a", "b"))[:-1].encode() + b',"x":' + b"[" * 62 + b"]" * 62 + b"}"
    assert (await put_raw(service, service.space(), b"[" + deep + b"]")).status_code == 200


@pytest.mark.parametrize(
    "label",
    [
        "",
        "text/plain",
        "application/json; charset=latin1",
        "application/json; charset=utf8",
        "application/json; version=2",
        "application/vnd.api+json",
        "application/jsonx",
    ],
)
async def test_checklist_25_a_body_labelled_otherwise_is_refused(service, label):
    answer = await put(service, service.space(), item("a", "b"), headers={"Content-Type": label})
    check_error(answer, 415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    "label",
    [
        "application/json; charset=UTF-8",
        "Application/JSON",
        'application/json;charset="utf-8"',
        "application/json ; CHARSET=Utf-8",
    ],
)
async def test_checklist_25_json_in_utf_8_is_taken_however_it_is_spelled(service, label):
    answer = await put(service, service.space(), item("a", "b"), headers={"Content-Type": label})
    assert answer.status_code == 200


@pytest.mark.parametrize(("encoding", "status"), [("identity", 200), ("Identity", 200), ("gzip", 415), ("br", 415)])
async def test_a_compressed_body_is_refused(service, encoding, status):
    answer = await put(service, service.space(), item("a", "b"), headers={"Content-Encoding": encoding})
    assert answer.status_code == status


async def test_answers_are_json_whatever_the_caller_accepts(service):
    answer = await put(service, service.space(), item("a", "b"), headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


async def test_checklist_26_a_body_beyond_a_mebibyte_is_refused(service):
    body = json.dumps([item("a", "b")]).encode()
    answer = await put_raw(service, service.space(), body.ljust(MIB + 1))
    check_error(answer, 413, "PayloadTooLarge")
    assert (await put_raw(service, service.space(), body.ljust(MIB))).status_code == 200


async def test_checklist_26_a_chunked_body_is_counted_while_it_comes(service):
    async def chunks():
        for _ in range(17):
            yield b" " * 65_536

    answer = await service.client.put(
        f"{container(service.space())}/relationships",
        content=chunks(),
        headers={"Authorization": f"Bearer {service.token()}", "Content-Type": "application/json"},
    )
    check_error(answer, 413, "PayloadTooLarge")


async def test_checklist_68_a_long_value_is_quoted_up_to_its_200th_character(service):
    body = check_error(await put(service, service.space(), item(A, B | {"id": "x" * 100_000})), 400, "BadInput")
    detail = body["errors"][0]["detail"]
    assert "x" * 200 + "…" in detail
    assert "x" * 201 not in detail


@pytest.mark.parametrize(
    "bad",
    [
        item(A, B | {"domain": "\x01" * 50_000}),
        item(A, B | {"domain": "𝔡" * 20_000}),
        {"entities": [["x" * 100_000]]},
        {"id": {"x" * 100_000: 1}, "entities": [A, B]},
    ],
    ids=["control characters", "wide characters", "a nested value", "a long key"],
)
async def test_checklist_68_no_error_is_longer_than_64_kib(service, bad):
    check_error(await put(service, service.space(), *[bad] * 2), 400, "BadInput")


async def test_checklist_68_a_long_key_at_fault_is_cut(service):
    raw = b'[{"' + b"k" * 100_000 + b'":NaN}]'
    check_error(await put_raw(service, service.space(), raw), 400, "BadInput")


async def test_an_unknown_query_parameter_is_ignored_but_a_broken_one_is_refused(service):
    path = f"{container(service.space())}/relationships"
    body = [item("a", "b")]
    assert (await send(service, "PUT", f"{path}?pageLimit=none&x", body)).status_code == 200
    for broken in ("x=%zz", "x=%ff", "x=%00", "%=1"):
        answer = await send(service, "PUT", f"{path}?{broken}", body)
        assert len(check_error(answer, 400, "BadInput")["errors"]) == 1


async def test_an_unreadable_consistency_token_is_ignored_on_a_write(service):
    answer = await put(service, service.space(), item("a", "b"), headers={"X-Consistency-Token": "!!"})
    assert answer.status_code == 200


async def test_ids_are_compared_by_the_byte(service):
    space = service.space()
    composed, decomposed = "\u00e9", "e\u0301"
    answer = await put(service, space, item(entity(composed), "b"), item(entity(decomposed), "b"))
    one, other = answer.json()
    assert one["id"] != other["id"]
