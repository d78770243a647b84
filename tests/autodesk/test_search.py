"""Checklist 35 to 46, 61, 63, 64: search, its parameters and its pages."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import quote

import pytest

from app.core.identity import Minter
from app.core.rules import APOLLO, SAS
from tests.autodesk.arrange import between, fill, record, thing, upsert
from tests.autodesk.speak import (
    check_error,
    container,
    entity,
    get,
    item,
    list_faults,
    list_ids,
    post,
    put,
    search,
    send,
    walk,
)

ASSETS = "domain=autodesk-bim360-asset"


async def test_checklist_35_a_search_without_parameters_gives_all_live_rows_by_id(service):
    space = service.space()
    ids = [str(uuid.uuid4()) for _ in range(7)]
    await put(service, space, *(item(f"a{n}", "b", id) for n, id in enumerate(ids)))
    await post(service, space, "delete", ids[:2])
    answer = await search(service, space)
    assert list_ids(answer) == sorted(ids[2:])
    assert list(answer.json()) == ["page", "relationships"]
    assert answer.json()["relationships"][0] == (await get(service, space, min(ids[2:]))).json()


async def test_checklist_35_a_full_triple_gives_its_rows_in_order_of_creation(service):
    space = service.space()
    ids = sorted((str(uuid.uuid4()) for _ in range(5)), reverse=True)
    for n, id in enumerate(ids):
        ends = ("hub", f"b{n}") if n % 2 else (f"b{n}", "hub")
        await put(service, space, item(*ends, id))
    assert list_ids(await search(service, space, f"{ASSETS}&type=asset&id=hub")) == ids
    assert await walk(service, space, f"{ASSETS}&type=asset&id=hub&pageLimit=2") == [ids[:2], ids[2:4], ids[4:]]


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("id=x", ["type", "domain"]),
        ("type=x", ["domain"]),
        ("type=x&id=y", ["domain"]),
        ("withDomain=x", ["domain"]),
        ("domain=d&withType=x", ["withDomain"]),
        ("withId=x", ["withType", "withDomain", "domain"]),
        ("id=x&withId=x", ["withType", "withDomain", "domain", "type"]),
    ],
)
async def test_checklist_36_every_missing_qualifier_is_named(service, query, missing):
    body = check_error(await search(service, service.space(), query), 400, "BadInput")
    assert sorted(list_faults(body)) == sorted((field, "Missing qualifier") for field in missing)


async def test_checklist_36_the_far_domain_needs_the_near_domain_only(service):
    assert list_ids(await search(service, service.space(), "domain=a&withDomain=b")) == []


async def test_checklist_37_deleted_rows_are_shown_when_asked_for(service):
    space = service.space()
    kept, gone = (row["id"] for row in (await put(service, space, item("a", "b"), item("a", "c"))).json())
    await post(service, space, "delete", [gone])
    for query in ("onlyDeleted=true", "onlyDeleted=true&includeDeleted=false"):
        check_error(await search(service, space, query), 400, "BadInput")
    only = await search(service, space, "onlyDeleted=true&includeDeleted=True")
    assert list_ids(only) == [gone]
    assert only.json()["relationships"][0]["isDeleted"] is True
    assert list_ids(await search(service, space, "includeDeleted=TRUE&onlyDeleted=False")) == [kept, gone]
    assert list_ids(await search(service, space)) == [kept]


async def test_checklist_38_more_than_100_rows_are_not_given_at_once(service):
    space = await service.found()
    await fill(service, space, 150)
    answer = await search(service, space, "pageLimit=134")
    assert len(list_ids(answer)) == 100
    assert answer.json()["page"]["continuationToken"]


@pytest.mark.parametrize("limit", ["0", "abc", "-1", "1.0", "%2B1", "1" * 19, "٣", ""])
async def test_checklist_38_a_page_size_is_a_positive_integer(service, limit):
    body = check_error(await search(service, service.space(), f"pageLimit={limit}"), 400, "BadInput")
    assert [field for field, _ in list_faults(body)] == ["pageLimit"]


async def test_checklist_39_an_unknown_domain_is_an_empty_page(service):
    space = service.space()
    await put(service, space, item("a", "b"))
    body = (await search(service, space, "domain=nowhere")).json()
    assert body["relationships"] == []
    assert body["page"]["continuationToken"] is None
    assert isinstance(body["page"]["syncToken"], str)


async def test_checklist_40_both_sides_of_one_domain_want_two_ends_in_it(service):
    space = service.space()
    mixed, alike = (entity("1", "a"), entity("2", "b")), (entity("1", "a"), entity("3", "a"))
    rows = (await put(service, space, item(*mixed), item(*alike))).json()
    assert list_ids(await search(service, space, "domain=a&withDomain=a")) == [rows[1]["id"]]
    assert list_ids(await search(service, space, "domain=b&withDomain=a")) == [rows[0]["id"]]
    assert list_ids(await search(service, space, "domain=a&type=asset&id=1&withDomain=a")) == [rows[1]["id"]]
    assert list_ids(await search(service, space, "domain=a&type=asset&id=1&withDomain=b")) == [rows[0]["id"]]


async def test_checklist_40_a_self_loop_has_two_ends(service):
    space = await service.found()
    [loop] = await record(
        service, space, [between(thing("x"), thing("x"), id=str(uuid.uuid4()), type="feeds")], policy=APOLLO
    )
    for query in ("domain=d&withDomain=d", "domain=d&type=t&id=x&withDomain=d&withType=t&withId=x"):
        assert list_ids(await search(service, space, query)) == [loop.id]


async def test_checklist_41_the_range_of_creation_excludes_its_ends(service):
    space = service.space()
    first, last = [(await put(service, space, item("a", end))).json()[0] for end in ("b", "c")]
    after = f"createdAfter={quote(first['createdOn'])}"
    before = f"createdBefore={quote(last['createdOn'])}"
    assert list_ids(await search(service, space, after)) == [last["id"]]
    assert list_ids(await search(service, space, before)) == [first["id"]]
    assert list_ids(await search(service, space, f"{after}&{before}")) == []
    inverted = f"createdAfter={quote(last['createdOn'])}&createdBefore={quote(first['createdOn'])}"
    assert list_ids(await search(service, space, inverted)) == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09T10:15:30",
        "2026-03-09",
        "2026-03-09T10:15:30.123456789Z",
        "2026-03-09t10:15:30z",
        "2026-03-09T10:15:30+01:00",
        "2026-03-09T10:15:30%2B01:00",
        "2026-03-09T10:15:30-01:00",
    ],
)
async def test_date_times_are_taken_in_these_spellings(service, text):
    assert list_ids(await search(service, service.space(), f"createdAfter={text}")) == []


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "2026-03-09T10:15",
        "2026-03-09T10:15:60Z",
        "2026-03-09T24:00:00Z",
        "2026-02-30",
        "2026-03-09Z",
        "2026-03-09T10:15:30.Z",
        "2026-03-09T10:15:30.1234567890Z",
        "2026-03-09T10:15:30%2B0100",
        "2026-03-09T10:15:30%2B24:00",
        "0000-01-01",
        "0001-01-01T00:00:00%2B01:00",
        "9999-12-31T23:59:59-01:00",
        "٢026-03-09",
        "",
    ],
)
async def test_other_spellings_of_date_times_are_refused(service, text):
    body = check_error(await search(service, service.space(), f"createdBefore={text}"), 400, "BadInput")
    assert [field for field, _ in list_faults(body)] == ["createdBefore"]


async def test_checklist_42_250_rows_come_in_three_pages(service):
    space = await service.found()
    ids = await fill(service, space, 250)
    pages = await walk(service, space)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [id for page in pages for id in page] == sorted(ids)


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
@pytest.mark.parametrize("query", ["", "domain=d&type=t&id=hub"])
async def test_checklist_43_a_walk_among_writers_delivers_what_stays_exactly_once(service, limit, query):
    space, count = await service.found(), {1: 60, 2: 100, 7: 200, 100: 1000}[limit]
    ids = await fill(service, space, count, hub="hub")
    doomed = set(ids[::5])
    halted = asyncio.Event()

    async def disturb() -> None:
        for turn, id in enumerate(doomed):
            if halted.is_set():
                break
            await service.retire(space, id)
            await record(service, space, [between(thing("hub"), thing(f"new{turn}"), id=str(uuid.uuid4()))])

    disturbing = asyncio.create_task(disturb())
    walked = [id for page in await walk(service, space, f"{query}&pageLimit={limit}") for id in page]
    halted.set()
    await disturbing
    assert len(walked) == len(set(walked))
    assert set(walked) >= set(ids) - doomed
    if query:
        assert [id for id in walked if id in ids] == [id for id in ids if id in walked]


async def test_checklist_44_a_continuation_token_serves_its_own_walk_only(service):
    space, other = await service.found(), await service.found()
    await fill(service, space, 5)
    await fill(service, other, 5)
    token = (await search(service, space, "domain=d&pageLimit=2")).json()["page"]["continuationToken"]
    entities = {"entities": [entity(f"{space[:4]}{n}", "d", "t") for n in range(5)]}
    foreign = (await post(service, space, "intersect", entities, "pageLimit=1")).json()["page"]["continuationToken"]
    last = "1" if token[-1] != "1" else "2"
    for where, query in (
        (space, f"continuationToken={token}"),
        (space, f"domain=d&includeDeleted=true&continuationToken={token}"),
        (space, f"domain=d&createdAfter=2020-01-01&continuationToken={token}"),
        (space, f"domain=d&withDomain=d&continuationToken={token}"),
        (space, f"domain=d&continuationToken={foreign}"),
        (other, f"domain=d&continuationToken={token}"),
        (space, f"domain=d&continuationToken={token[:-1]}{last}"),
        (space, "domain=d&continuationToken=nonsense"),
        (space, f"domain=d&continuationToken={'9' * 300}"),
        (space, f"domain=d&continuationToken=0{token}"),
    ):
        body = check_error(await search(service, where, query), 400, "BadInput")
        assert list_faults(body) == [("continuationToken", "Invalid token")]
    body = check_error(await post(service, space, "intersect", entities, f"continuationToken={token}"), 400, "BadInput")
    assert list_faults(body) == [("continuationToken", "Invalid token")]


async def test_a_walk_goes_on_with_another_page_size_and_the_same_criteria_spelled_otherwise(service):
    space = await service.found()
    ids = sorted(await fill(service, space, 5))
    first = await search(service, space, "domain=d&createdAfter=2020-01-01T00:00:00Z&pageLimit=2")
    token = first.json()["page"]["continuationToken"]
    rest = f"includeDeleted=FALSE&DOMAIN=d&createdafter=2020-01-01T01:00:00%2B01:00&continuationToken={token}"
    assert list_ids(await search(service, space, rest)) == ids[2:]


async def test_a_continuation_token_outlives_the_service_that_made_it(make_service):
    before, after = await make_service(), await make_service()
    space = await before.found()
    ids = sorted(await fill(before, space, 3))
    token = (await search(before, space, "pageLimit=1")).json()["page"]["continuationToken"]
    assert list_ids(await search(after, space, f"continuationToken={token}")) == ids[1:]


async def test_checklist_45_parameter_names_match_in_any_case_and_an_empty_token_is_none(service):
    space = service.space()
    ends = entity("v", "d", "t"), entity("w", "d", "t")
    [row] = (await put(service, space, item(*ends))).json()
    answer = await search(service, space, "Id=v&Type=t&Domain=d&continuationToken=")
    assert answer.json() == (await search(service, space, "id=v&type=t&domain=d")).json()
    assert list_ids(answer) == [row["id"]]


@pytest.mark.parametrize("query", ["domain=d&domain=d", "domain=d&DOMAIN=e", "domain=", "domain"])
async def test_checklist_45_a_domain_twice_or_empty_is_refused(service, query):
    body = check_error(await search(service, service.space(), query), 400, "BadInput")
    assert [field for field, _ in list_faults(body)] == ["domain"]


@pytest.mark.parametrize(
    "query",
    ["domain=%zz", "domain=%ff", "domain=a%00", "%zz=1", "includeDeleted=1", "onlyDeleted=yes", "includeDeleted="],
)
async def test_queries_that_cannot_be_read_are_refused(service, query):
    check_error(await search(service, service.space(), query), 400, "BadInput")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("domain=" + "x" * 129, "domain"),
        (f"domain=d&type=t&id={'x' * 513}", "id"),
        (f"domain=d&withDomain={'x' * 129}", "withDomain"),
    ],
)
async def test_filters_longer_than_any_name_are_refused(service, query, field):
    body = check_error(await search(service, service.space(), query), 400, "BadInput")
    assert list_faults(body) == [(field, "Too long")]


async def test_names_are_compared_as_they_were_sent(service):
    space = service.space()
    odd = entity("a+b c%", "Dö main ", "t&=")
    [row] = (await put(service, space, item(odd, entity("x")))).json()
    spelled = "domain=D%c3%b6+main+&type=t%26%3D&id=a%2Bb%20c%25"
    assert list_ids(await search(service, space, spelled)) == [row["id"]]
    assert list_ids(await search(service, space, "domain=d%C3%B6+main+")) == []
    assert list_ids(await search(service, space, "domain=D%C3%B6+main")) == []


async def test_unknown_parameters_are_ignored(service):
    assert list_ids(await search(service, service.space(), "foo=bar&foo=&limit=x")) == []


@pytest.mark.parametrize("colon", [":", "%3A", "%3a"])
async def test_checklist_46_the_colon_may_be_escaped_and_a_get_may_carry_a_content_type(service, colon):
    path = f"{container(service.space())}/relationships{colon}search"
    answer = await send(service, "GET", path, headers={"Content-Type": "application/vnd.api+json"})
    assert list_ids(answer) == []


async def test_search_answers_head_without_a_body(service):
    answer = await send(service, "HEAD", f"{container(service.space())}/relationships:search")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


async def test_checklist_61_a_search_needs_a_token(service):
    space = service.space()
    answer = await search(service, space, token="")
    check_error(answer, 401, "Unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer realm="tercet"'
    lower = {"Authorization": f"bearer {service.token()}"}
    assert list_ids(await search(service, space, token="", headers=lower)) == []
    expired = await search(service, space, token=service.token(minutes=-5))
    check_error(expired, 401, "Unauthorized")
    assert 'error="invalid_token"' in expired.headers["www-authenticate"]


async def test_checklist_63_a_container_must_be_a_uuid_and_known(build):
    closed = await build(auto_spaces=False)
    space = closed.space()
    body = check_error(await search(closed, f"b.{space}"), 400, "BadInput")
    assert list_faults(body) == [("containerId", "Invalid value")]
    assert "drop the 'b.' prefix" in body["errors"][0]["detail"]
    check_error(await search(closed, space), 404, "ContainerNotFound")
    opened = await build(auto_spaces=True)
    assert list_ids(await search(opened, opened.space())) == []


async def test_checklist_64_a_region_is_known_or_refused(service):
    space = service.space()
    assert list_ids(await search(service, space, headers={"x-ads-region": "EMEA"})) == []
    body = check_error(await search(service, space, headers={"x-ads-region": "MARS"}), 400, "BadInput")
    assert list_faults(body) == [("x-ads-region", "Invalid value")]


async def test_what_other_formats_wrote_is_found_like_the_rest(service):
    space = await service.found()
    pipe, pump = thing("urn:pipe", "apollo", "entity"), thing("urn:pump", "apollo", "entity")
    [fed] = await record(
        service, space, [between(pipe, pump, id=str(uuid.uuid4()), type="brick__feeds")], policy=APOLLO
    )
    table = thing("/tables/1", "sas", "resource")
    [owned] = await record(service, space, [between(table, pump, type="Contains")], policy=SAS)
    found = await search(service, space, "domain=apollo&type=entity&id=urn%3apump")
    assert list_ids(found) == [fed.id, owned.id]
    assert [end["id"] for end in found.json()["relationships"][0]["entities"]] == ["urn:pipe", "urn:pump"]
    assert list_ids(await search(service, space, "domain=sas&withDomain=apollo")) == [owned.id]


@pytest.mark.parametrize(
    "query",
    [
        "domain=sas&type=resource&id=/tercet/entities/d/t/x",
        "domain=apollo&type=entity&id=urn:tercet:d:t:x",
    ],
)
async def test_the_foreign_spelling_of_an_entity_is_a_filter_that_matches_nothing(service, query):
    space = await service.found()
    await record(service, space, [between(thing("x"), thing("y"))])
    assert list_ids(await search(service, space, query)) == []


async def test_a_row_whose_ends_moved_is_found_where_it_is(service):
    space, id = await service.found(), Minter().mint()
    await upsert(service, space, between(thing("a"), thing("b"), id=id, type="feeds"))
    await upsert(service, space, between(thing("c"), thing("b"), id=id, type="feeds"))
    assert list_ids(await search(service, space, "domain=d&type=t&id=a&includeDeleted=true")) == []
    assert list_ids(await search(service, space, "domain=d&type=t&id=c")) == [id]
