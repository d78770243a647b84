"""Bulk POST: checklist 37 to 46, and every row of the decision table of sas 9.4."""

from __future__ import annotations

import json

import pytest

from app.core.identity import Minter, name_uuid, space_name
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, AUTODESK
from app.facades import turns
from tests.sas.client import COLLECTION, Client, R, check_error, edge, split_bulk

NOW = "Fri, 01 Jan 2100 00:00:00 GMT"
PAST = "Mon, 01 Jan 2001 00:00:00 GMT"
UNKNOWN = "00000000-0000-4000-8000-00000000beef"


@pytest.fixture
def client(service) -> Client:
    return Client(service)


def check_refused(refused: dict, index: int, status: int, code: int) -> dict:
    error = refused[index]
    assert set(error) - {"remediation"} == {
        "version",
        "httpStatusCode",
        "errorCode",
        "message",
        "details",
        "links",
    }
    assert (error["httpStatusCode"], error["errorCode"]) == (status, code), error
    assert len(error["details"]) == 2
    return error


async def test_37_errors_come_first_and_every_item_is_answered(client):
    good, bad = edge("/a", "/b"), edge("/a", "/b", "Likes")
    answer = await client.bulk(good, bad, 7, edge("/b", "/a"))
    assert answer.headers["content-type"] == "application/vnd.sas.collection+json;charset=utf-8;version=2"
    assert "etag" not in answer.headers
    refused, stored = split_bulk(answer)
    check_refused(refused, 1, 400, 10614)
    check_refused(refused, 2, 400, 10601)
    assert [item["resourceUri"] for item in stored] == ["/a", "/b"]
    assert [link["rel"] for link in stored[0]["links"]] == ["self", "delete", "update", "up"]
    body = answer.json()
    assert (body["version"], body["name"], body["start"], body["limit"], body["count"]) == (2, "items", 0, 4, 4)
    assert body["accept"] == "application/vnd.sas.relationship+json application/vnd.sas.error"
    page = f"{R}?start=0&limit=10&sortBy=id"
    assert [(link["method"], link["rel"], link["href"], link["uri"]) for link in body["links"]] == [
        ("GET", "self", page, page),
        ("GET", "collection", R, R),
        ("POST", "create", R, R),
    ]
    assert body["links"][2]["itemType"] == "application/vnd.sas.relationship+json"


async def test_37_an_answer_item_is_the_relationship_in_full(client):
    _, (stored,) = split_bulk(await client.bulk(edge("/a", "/b", source="s")))
    assert await client.read(stored["id"]) == stored


async def test_37_every_item_failing_is_still_a_success(client):
    refused, stored = split_bulk(await client.bulk({}, None))
    assert (sorted(refused), stored) == ([0, 1], [])


async def test_38_a_pair_repeated_in_one_body_conflicts_with_its_first(client):
    for query in ("", "?onConflict=update"):
        ends = "/a" + query, "/b"
        refused, (stored,) = split_bulk(await client.bulk(edge(*ends), edge(*ends, "Parent"), query=query))
        error = check_refused(refused, 1, 409, 10610)
        assert error["details"] == [f"The two ends are already related: {stored['id']}", "item: 1"]
        assert (await client.read(stored["id"]))["type"] == "Contains"


async def test_38_a_pair_repeated_under_ignore_is_returned_as_it_stands(client):
    answer = await client.bulk(edge("/a", "/b"), edge("/a", "/b", "Parent"), query="?onConflict=ignore")
    refused, stored = split_bulk(answer)
    assert refused == {}
    assert stored[0] == stored[1]


async def test_38_a_target_named_by_id_twice_conflicts_in_every_mode(client):
    made = await client.create("/a", "/b")
    for query in ("", "?onConflict=ignore", "?onConflict=update"):
        first, again = (edge("/a", "/b", type, id=made["id"]) for type in ("Parent", "Derived"))
        answer = await client.bulk(first, again, edge("/a", "/b"), query=query, If_Unmodified_Since=NOW)
        refused, stored = split_bulk(answer)
        assert check_refused(refused, 1, 409, 10610)["details"][0].endswith(made["id"])
        assert stored[0]["type"] == "Parent"
        assert (2 in refused) == (query != "?onConflict=ignore")


async def test_39_a_stored_pair_is_refused_or_returned_and_stays_as_it_is(client):
    made = await client.create("/a", "/b", source="first")
    refused, _ = split_bulk(await client.bulk(edge("/a", "/b", "Parent")))
    assert check_refused(refused, 0, 409, 10610)["details"][0].endswith(made["id"])
    refused, stored = split_bulk(await client.bulk(edge("/a", "/b", "Parent"), query="?onConflict=ignore"))
    assert (refused, stored) == ({}, [made])
    assert await client.read(made["id"]) == made


async def test_40_an_update_without_a_date_fails_the_whole_call(client):
    made = await client.create("/a", "/b")
    items = edge("/new", "/pair"), edge("/a", "/b", "Parent")
    body = check_error(await client.bulk(*items, query="?onConflict=update"), 428, 10617)
    assert "If-Unmodified-Since" in body["remediation"]
    assert await client.read(made["id"]) == made
    refused, stored = split_bulk(await client.bulk(items[0]))
    assert (refused, len(stored)) == ({}, 1)


@pytest.mark.parametrize("item", [{}, {"type": "Parent"}], ids=["40-row-20", "40-row-8"])
async def test_40_an_id_under_update_needs_the_date_as_well(client, item):
    made = await client.create("/a", "/b")
    wanted = {**edge("/a", "/b", id=made["id"]), **item}
    check_error(await client.bulk(wanted, query="?onConflict=update"), 428, 10617)
    check_error(await client.bulk(wanted, query="?onConflict=update", If_Unmodified_Since="soon"), 428, 10617)


async def test_40_new_pairs_and_refused_items_need_no_date(client):
    await client.create("/a", "/b")
    answer = await client.bulk(
        edge("/c", "/d"), edge("/a", "/b", "Likes"), edge("/a", "/b", id=UNKNOWN), query="?onConflict=update"
    )
    refused, stored = split_bulk(answer)
    check_refused(refused, 1, 400, 10614)
    check_refused(refused, 2, 404, 10611)
    assert len(stored) == 1


async def test_41_an_update_is_refused_if_the_target_changed_after_the_date(client):
    made = await client.create("/a", "/b")
    for query in ("?onConflict=update", ""):
        wanted = edge("/a", "/b", "Parent", **({} if query else {"id": made["id"]}))
        answer = await client.bulk(wanted, edge("/c" + query, "/d"), query=query, If_Unmodified_Since=PAST)
        refused, stored = split_bulk(answer)
        check_refused(refused, 0, 412, 10616)
        assert len(stored) == 1
    assert await client.read(made["id"]) == made


@pytest.mark.parametrize("date", [NOW, "Friday, 01-Jan-60 00:00:00 GMT", "Fri Jan  1 00:00:00 2100"])
async def test_41_an_update_gets_the_items_type_and_source_under_its_own_id(client, date):
    made = await client.create("/a", "/b", source="first")
    wanted = edge("/a", "/b", "Parent")
    _, (stored,) = split_bulk(await client.bulk(wanted, query="?onConflict=update", If_Unmodified_Since=date))
    assert (stored["id"], stored["type"]) == (made["id"], "Parent")
    assert "source" not in stored
    assert stored["creationTimeStamp"] == made["creationTimeStamp"]
    assert stored["modifiedTimeStamp"] > made["modifiedTimeStamp"]
    assert await client.read(made["id"]) == stored


async def test_41_the_second_of_the_last_change_still_passes(client):
    made = await client.post(edge("/a", "/b"))
    date = made.headers["last-modified"]
    answer = await client.bulk(edge("/a", "/b", "Parent"), query="?onConflict=update", If_Unmodified_Since=date)
    assert split_bulk(answer)[0] == {}


async def test_41_an_update_that_changes_nothing_touches_nothing(client):
    made = await client.create("/a", "/b", source="s")
    answer = await client.bulk(edge("/a", "/b", source="s"), query="?onConflict=update", If_Unmodified_Since=NOW)
    assert split_bulk(answer) == ({}, [made])


async def test_42_an_id_selects_what_is_replaced(client):
    made = await client.create("/a", "/b", source="first")
    _, (stored,) = split_bulk(await client.bulk(edge("/a", "/b", "Parent", id=made["id"].upper())))
    assert (stored["id"], stored["type"]) == (made["id"], "Parent")
    assert "source" not in stored
    tag = (await client.get(f"{R}/{made['id']}")).headers["etag"]
    _, (same,) = split_bulk(await client.bulk({**stored, "source": None}))
    assert same == stored
    assert (await client.get(f"{R}/{made['id']}")).headers["etag"] == tag


@pytest.mark.parametrize("id", [UNKNOWN, "not-a-uuid", "", "x" * 5000])
async def test_42_an_id_that_names_nothing_is_not_found(client, id):
    refused, stored = split_bulk(await client.bulk(edge("/a", "/b", id=id)))
    check_refused(refused, 0, 404, 10611)
    assert stored == []


async def test_42_other_ends_are_refused_by_whether_the_new_pair_is_taken(client):
    made, taken = await client.create("/a", "/b"), await client.create("/c", "/d")
    refused, _ = split_bulk(await client.bulk(edge("/a", "/x", id=made["id"]), edge("/c", "/d", id=made["id"])))
    check_refused(refused, 0, 400, 10612)
    assert check_refused(refused, 1, 409, 10610)["details"][0].endswith(taken["id"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"source": 1}, 400, 10601, id="42-row-3-before-7"),
        pytest.param({"id": 7}, 400, 10601, id="42-row-3-id-a-number"),
        pytest.param({"id": UNKNOWN, "referenceId": UNKNOWN}, 404, 10611, id="42-row-7-before-5"),
        pytest.param({"referenceId": UNKNOWN, "relatedResourceUri": "/x"}, 404, 10602, id="42-row-5-before-10"),
        pytest.param({"relatedResourceUri": "/x", "type": "Likes"}, 400, 10612, id="42-row-10-before-4"),
        pytest.param({"type": "Likes"}, 400, 10614, id="42-row-4"),
    ],
)
async def test_42_the_first_row_that_applies_decides(client, change, status, code):
    made = await client.create("/a", "/b")
    refused, _ = split_bulk(await client.bulk({**edge("/a", "/b", id=made["id"]), **change}))
    check_refused(refused, 0, status, code)


async def test_43_another_conflict_mode_is_a_bad_parameter(client):
    check_error(await client.bulk(edge("/a", "/b"), query="?onConflict=maybe"), 400, 10620)
    check_error(await client.post(b"{", COLLECTION, "?onConflict=maybe"), 400, 10620)
    assert (await client.bulk(edge("/a", "/b"), query="?onConflict=&other=1")).status_code == 200
    assert (await client.post(edge("/c", "/d"), query="?onConflict=maybe")).status_code == 201


async def test_44_ten_thousand_items_pass_and_one_more_does_not(client):
    items = [edge(f"/hub/{index % 97}", f"/leaf/{index}") for index in range(10_001)]
    check_error(await client.bulk(*items), 413, 10618)
    refused, stored = split_bulk(await client.bulk(*items[:10_000]))
    assert (refused, len(stored)) == ({}, 10_000)
    assert [item["relatedResourceUri"] for item in stored] == [f"/leaf/{index}" for index in range(10_000)]


async def test_44_a_byte_too_many_is_refused_declared_or_not(client):
    body = json.dumps({"items": []}).encode().ljust(16_777_217)
    check_error(await client.post(body, COLLECTION), 413, 10618)
    assert (await client.post(body[:-1], COLLECTION)).status_code == 200

    async def drip():
        yield body

    answer = await client.service.client.post(R, content=drip(), headers={**client.headers, "Content-Type": COLLECTION})
    check_error(answer, 413, 10618)


@pytest.mark.parametrize("type", [COLLECTION, "application/json"])
@pytest.mark.parametrize("body", [{"items": {}}, [], "x", {"items": "x", "type": "Contains"}])
async def test_45_what_is_not_a_collection_is_refused(client, type, body):
    check_error(await client.post(body, type), 400, 10600)


@pytest.mark.parametrize("body", [{}, {"items": None}, {"type": "Contains"}])
async def test_45_a_labelled_collection_needs_items(client, body):
    check_error(await client.post(body, COLLECTION), 400, 10600)


@pytest.mark.parametrize("type", [COLLECTION, "application/json", None])
async def test_45_no_items_are_no_error(client, type):
    answer = await client.post({"items": []}, type)
    assert (answer.status_code, answer.json()["items"], answer.json()["count"]) == (200, [], 0)


async def test_46_a_refused_item_leaves_no_reference(client):
    reference = name_uuid(space_name(client.space).namespace, "/new")
    by_id = {"referenceId": reference, "type": "Parent", "relatedResourceUri": "/x"}
    refused, stored = split_bulk(await client.bulk(edge("/new", "/y", "Likes"), by_id))
    check_refused(refused, 0, 400, 10614)
    check_refused(refused, 1, 404, 10602)
    assert stored == []
    refused, stored = split_bulk(await client.bulk(edge("/new", "/y"), by_id))
    assert (refused, stored[1]["resourceUri"]) == ({}, "/new")


# What follows needs a store in which other formats have written.


def mention(domain: str, type: str, id: str) -> Mention:
    return Mention(Entity(domain, type, id))


async def write_as(service, space: str, policy, proposal: Proposal):
    origin = Origin(by=Author(client="app", service=True), principal="sub:user:developer")
    receipt = await service.store.write(space, Recording(policy=policy, items=[proposal], origin=origin))
    return receipt.outcomes[0].relationship


async def test_42_row_11_what_another_format_froze_stays(service):
    client = Client(service, space=await service.found())
    apollo = Proposal(Minter().mint(), "feeds", mention("apollo", "entity", "x"), mention("apollo", "entity", "y"))
    stored = await write_as(service, client.space, APOLLO, apollo)
    ends = ("/tercet/entities/apollo/entity/x", "/tercet/entities/apollo/entity/y")
    refused, _ = split_bulk(await client.bulk(edge(*ends, "Contains", id=stored.id)))
    assert "type" in check_refused(refused, 0, 400, 10612)["details"][0]
    refused, (shown,) = split_bulk(await client.bulk(edge(*ends, "feeds", id=stored.id, source="me")))
    assert (refused, shown["type"], shown["source"], shown["id"]) == ({}, "feeds", "me", stored.id)
    assert "createdBy" not in shown
    assert shown["modifiedBy"] == "developer"


async def test_42_row_11_an_autodesk_relationship_is_frozen_whole(service):
    client = Client(service, space=await service.found())
    autodesk = Proposal(None, "related", mention("d", "t", "1"), mention("d", "t", "2"))
    stored = await write_as(service, client.space, AUTODESK, autodesk)
    ends = ("/tercet/entities/d/t/1", "/tercet/entities/d/t/2")
    items = edge(*ends, "related", id=stored.id, source="me"), edge(*ends, "related", id=stored.id)
    refused, (shown,) = split_bulk(await client.bulk(*items))
    check_refused(refused, 0, 400, 10612)
    assert (shown["resourceUri"], shown["relatedResourceUri"]) == ends
    refused, _ = split_bulk(await client.bulk(edge(*ends), edge(*ends[::-1]), query="?onConflict=ignore"))
    assert refused == {}


async def test_42_row_9_the_owner_of_a_pair_is_the_first_of_several(service):
    client = Client(service, space=await service.found())
    made = []
    for _ in range(2):
        ends = mention("sas", "resource", "/p"), mention("sas", "resource", "/q")
        made.append(await write_as(service, client.space, APOLLO, Proposal(Minter().mint(), "feeds", *ends)))
    refused, _ = split_bulk(await client.bulk(edge("/p", "/q")))
    assert check_refused(refused, 0, 409, 10610)["details"][0].endswith(made[0].id)
    refused, (shown,) = split_bulk(await client.bulk(edge("/p", "/q", "feeds", id=made[1].id, source="me")))
    assert (refused, shown["id"], shown["source"]) == ({}, made[1].id, "me")


async def test_too_many_large_requests_are_told_to_come_again_and_leave_nothing(client, monkeypatch):
    await client.bulk(edge("/a", "/b"))
    monkeypatch.setattr(turns, "MOST_WAITING", -2)
    answer = await client.bulk(*(edge("/from" + "o" * 300, f"/to/{n}") for n in range(1_000)))
    check_error(answer, 503, 10627)
    assert int(answer.headers["retry-after"]) > 0
    assert split_bulk(await client.bulk(edge("/c", "/d")))[0] == {}
    assert (await client.get(f"{R}?limit=1")).json()["count"] == 2
