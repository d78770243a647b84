"""Checklist 52 to 60: copies, changes and what a sync would bring."""

from __future__ import annotations

import asyncio
import random
import uuid

import pytest

from tests.autodesk.arrange import between, fill, record, thing, upsert
from tests.autodesk.mirror import DOMAIN, Mirror, list_live, sync, told
from tests.autodesk.speak import check_error, entity, item, list_faults, post, put, search


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("body", "Required")),
        ({"syncToken": None, "filters": None}, ("body", "Required")),
        ({"syncToken": ""}, ("body", "Required")),
        ({"filters": {}}, ("filters.domains", "Required")),
        ({"filters": []}, ("filters", "Wrong type")),
        ({"filters": {"domains": []}}, ("filters.domains", "Too few")),
        ({"filters": {"domains": ["d"] * 21}}, ("filters.domains", "Too many")),
        ({"filters": {"domains": ["d", ""]}}, ("filters.domains[1]", "Too short")),
        ({"filters": {"domains": ["x" * 129]}}, ("filters.domains[0]", "Too long")),
        ({"filters": {"domains": [1]}}, ("filters.domains[0]", "Wrong type")),
        ({"syncToken": 7, "filters": DOMAIN}, ("syncToken", "Wrong type")),
        ({"syncToken": "x" * 262_145}, ("syncToken", "Too long")),
        ([], ("body", "Wrong type")),
        (b"", ("body", "Invalid JSON")),
    ],
)
async def test_checklist_52_bodies_that_cannot_be_used_are_refused(service, body, fault):
    answer = check_error(await post(service, service.space(), "sync", body), 400, "BadInput")
    assert list_faults(answer) == [fault]


async def test_checklist_53_a_copy_holds_what_has_an_end_in_a_domain(service):
    space = service.space()
    rows = (
        await put(service, space, *(item(entity("1", one), entity(two, two)) for one, two in ("de", "ef", "gd")))
    ).json()
    answer = await post(service, space, "sync", {"syncToken": None, "filters": {"domains": ["d", "d"]}})
    body = answer.json()
    assert body["overwrite"] is True
    assert body["moreData"] is False
    assert told(body) == ([rows[0]["id"], rows[2]["id"]], [])
    assert body["current"]["data"][0] == rows[0]


async def test_checklist_54_2500_rows_come_in_three_answers(service):
    space = await service.found()
    ids = await fill(service, space, 2500)
    bodies = [await sync(service, space)]
    while bodies[-1]["moreData"]:
        bodies.append(await sync(service, space, bodies[-1]["nextSyncToken"]))
    assert [body["overwrite"] for body in bodies] == [True, False, False]
    assert [body["moreData"] for body in bodies] == [True, True, False]
    assert [id for body in bodies for id in told(body)[0]] == sorted(ids)
    assert all(told(body)[1] == [] for body in bodies)


async def test_checklist_55_changes_tell_each_relationship_where_it_stands(service):
    space = service.space()
    [doomed] = (await put(service, space, item(entity("a", "d"), entity("b")))).json()
    token = (await sync(service, space))["nextSyncToken"]
    born, brief = (await put(service, space, *(item(entity("a", "d"), entity(end)) for end in ("c", "e")))).json()
    await post(service, space, "delete", [doomed["id"]])
    await post(service, space, "delete", [brief["id"]])
    body = await sync(service, space, token)
    assert told(body) == ([born["id"]], [doomed["id"], brief["id"]])
    assert (body["overwrite"], body["moreData"]) == (False, False)
    quiet = await sync(service, space, body["nextSyncToken"])
    assert told(quiet) == ([], [])
    assert quiet["nextSyncToken"] == body["nextSyncToken"]


async def test_checklist_56_a_token_is_not_used_up(service):
    space = service.space()
    token = (await sync(service, space))["nextSyncToken"]
    await put(service, space, item(entity("a", "d"), entity("b")))
    first = await sync(service, space)
    assert await sync(service, space) == first
    # The first token was issued before the container was there: it begins a copy.
    assert await sync(service, space, token) == first


async def disturb(service, space, chance, turns):
    """Creates and deletes at random, several writers at once."""
    known: list[str] = []

    async def write() -> None:
        for _ in range(turns):
            if known and chance.random() < 0.4:
                await post(service, space, "delete", chance.sample(known, min(len(known), 3)))
            else:
                ends = entity(str(uuid.uuid4()), chance.choice("de")), entity("hub", chance.choice("de"))
                known.extend(row["id"] for row in (await put(service, space, item(*ends))).json())

    await asyncio.gather(*(write() for _ in range(4)))


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_checklist_56_a_mirror_among_writers_ends_equal_to_a_full_search(make_service, size):
    service = await make_service(autodesk_sync_page_size=size)
    space, chance = await service.found(), random.Random(size)
    await fill(service, space, 20)
    writing = asyncio.create_task(disturb(service, space, chance, 12))
    mirror = Mirror(service, space)
    while not writing.done():
        await mirror.catch_up()
        await asyncio.sleep(0.01)
    await writing
    # The service restarts: its successor takes the token.
    mirror.service = await make_service(autodesk_sync_page_size=size)
    await mirror.catch_up()
    assert sorted(mirror.rows) == await list_live(service, space, "domain=d")


async def test_a_mirror_is_told_of_every_change_once_and_in_order(make_service):
    service = await make_service(autodesk_sync_page_size=3)
    space = service.space()
    await put(service, space, item(entity("a", "d"), entity("b")))
    mirror = Mirror(service, space)
    await mirror.catch_up()
    mirror.told.clear()
    ids = await fill(service, space, 10)
    await mirror.catch_up()
    assert mirror.told == ids
    mirror.told.clear()
    for id in ids[::2]:
        await service.retire(space, id)
    await mirror.catch_up()
    assert mirror.told == ids[::2]


async def test_what_changes_while_a_copy_is_made_follows_as_a_change(make_service):
    service = await make_service(autodesk_sync_page_size=2)
    space = await service.found()
    ids = sorted(await fill(service, space, 5))
    first = await sync(service, space)
    assert told(first) == (ids[:2], [])
    await service.retire(space, ids[0])
    await service.retire(space, ids[3])
    [late] = await fill(service, space, 1, hub="late")
    second = await sync(service, space, first["nextSyncToken"])
    assert told(second) == ([ids[2], ids[4]], [])
    assert (second["moreData"], second["overwrite"]) == (True, False)
    third = await sync(service, space, second["nextSyncToken"])
    assert told(third) == ([], [ids[0], ids[3]])
    assert third["moreData"] is True
    last = await sync(service, space, third["nextSyncToken"])
    assert told(last) == ([late], [])
    assert last["moreData"] is False


async def test_checklist_57_a_search_hands_over_to_sync_without_a_gap(service):
    space = await service.found()
    ids = sorted(await fill(service, space, 4))
    query = "domain=d&withDomain=d&includeDeleted=true&pageLimit=2"
    page = (await search(service, space, query)).json()["page"]
    await service.retire(space, ids[0])
    made = await record(service, space, [between(thing("p"), thing("q")), between(thing("p"), thing("q", "e"))])
    next_page = (await search(service, space, f"{query}&continuationToken={page['continuationToken']}")).json()
    assert next_page["page"]["syncToken"] == page["syncToken"]
    body = await sync(service, space, page["syncToken"])
    assert body["overwrite"] is False
    assert told(body) == ([made[0].id], [ids[0]])


async def test_checklist_57_the_criteria_of_an_intersection_are_kept(service):
    space = await service.found()
    asked = {"entities": [entity("a", "d", "t")], "withEntities": [{"domain": "e"}]}
    token = (await post(service, space, "intersect", asked)).json()["page"]["syncToken"]
    await record(service, space, [between(thing("a"), thing("b"))])
    [match] = await record(service, space, [between(thing("x", "e"), thing("a"))])
    assert told(await sync(service, space, token)) == ([match.id], [])


async def test_deleted_rows_are_all_that_a_token_of_deleted_rows_brings(service):
    space = await service.found()
    kept, gone = await fill(service, space, 2)
    token = (await search(service, space, "includeDeleted=true&onlyDeleted=true")).json()["page"]["syncToken"]
    await service.retire(space, gone)
    await fill(service, space, 1, hub="new")
    assert told(await sync(service, space, token)) == ([], [gone])
    assert kept


async def test_a_row_whose_ends_left_the_criteria_is_told_with_its_new_ends(service):
    space, id = await service.found(), str(uuid.uuid4())
    await upsert(service, space, between(thing("a"), thing("b", "e"), id=id, type="feeds"))
    token = (await sync(service, space))["nextSyncToken"]
    await upsert(service, space, between(thing("a", "x"), thing("b", "e"), id=id, type="feeds"))
    body = await sync(service, space, token)
    assert told(body) == ([id], [])
    assert body["current"]["data"][0]["entities"][0]["domain"] == "x"
    assert told(await sync(service, space)) == ([], [])


async def test_a_revived_row_is_told_as_live(service):
    space, id = await service.found(), str(uuid.uuid4())
    made = await upsert(service, space, between(thing("a"), thing("b"), id=id, type="feeds"))
    await service.retire(space, id)
    token = (await sync(service, space))["nextSyncToken"]
    await upsert(service, space, between(thing("a"), thing("b"), id=id, type="feeds"))
    body = await sync(service, space, token)
    assert told(body) == ([id], [])
    assert made.live


async def test_checklist_58_a_token_that_is_not_of_this_container_is_refused(service):
    space, other = await service.found(), await service.found()
    token = (await sync(service, other))["nextSyncToken"]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad in ("nonsense", token, flipped, token + "=", "é", "AQ", token[:10]):
        body = check_error(await post(service, space, "sync", {"syncToken": bad}), 400, "BadInput")
        assert list_faults(body) == [("syncToken", "Invalid token")]


async def test_checklist_59_good_and_bad_tokens_are_told_apart(service):
    space = await service.found()
    token = (await sync(service, space))["nextSyncToken"]
    asked = [{"syncToken": token, "referenceId": "north"}, {"syncToken": "nonsense"}, {"syncToken": token}]
    answer = await post(service, space, "syncStatus", asked)
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"syncToken": token, "moreData": False, "overwrite": False, "referenceId": "north"},
            {"syncToken": token, "moreData": False, "overwrite": False},
        ],
        "errors": [
            {
                "type": "BadInput",
                "title": "Bad input",
                "detail": answer.json()["errors"][0]["detail"],
                "errors": [],
                "syncToken": "nonsense",
            }
        ],
    }
    await fill(service, space, 1)
    later = (await post(service, space, "syncStatus", [{"syncToken": token, "referenceId": ""}])).json()
    assert later["results"] == [{"syncToken": token, "moreData": True, "overwrite": False, "referenceId": ""}]
    assert len(told(await sync(service, space, token))[0]) == 1


async def test_changes_that_do_not_match_are_no_more_data(service):
    space = await service.found()
    token = (await sync(service, space))["nextSyncToken"]
    await fill(service, space, 3, domain="e")
    status = (await post(service, space, "syncStatus", [{"syncToken": token}])).json()
    assert status["results"][0]["moreData"] is False
    body = await sync(service, space, token)
    assert told(body) == ([], [])
    assert body["nextSyncToken"] != token


async def test_checklist_60_an_empty_question_has_an_empty_answer(service):
    space = service.space()
    for body in ([], b""):
        answer = await post(service, space, "syncStatus", body)
        assert answer.status_code == 200
        assert answer.json() == {"results": [], "errors": []}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([{"syncToken": "x"}] * 4, ("body", "Too many")),
        ([{}], ("[0].syncToken", "Required")),
        ([{"syncToken": "x"}, {"syncToken": 1}], ("[1].syncToken", "Wrong type")),
        ([{"syncToken": "x" * 262_145}], ("[0].syncToken", "Too long")),
        ([{"syncToken": "x", "referenceId": "y" * 513}], ("[0].referenceId", "Too long")),
        ([{"syncToken": "x", "referenceId": 7}], ("[0].referenceId", "Wrong type")),
        (["x"], ("[0]", "Wrong type")),
        ({"syncToken": "x"}, ("body", "Wrong type")),
    ],
)
async def test_checklist_60_questions_that_cannot_be_used_are_refused(service, body, fault):
    answer = check_error(await post(service, service.space(), "syncStatus", body), 400, "BadInput")
    assert list_faults(answer) == [fault]


async def test_a_container_that_is_not_there_yet_is_copied_empty_and_anew_once_it_is(service):
    space = service.space()
    empty = await sync(service, space)
    assert told(empty) == ([], [])
    assert (empty["overwrite"], empty["moreData"]) == (True, False)
    still = await sync(service, space, empty["nextSyncToken"])
    assert still["overwrite"] is False
    [row] = (await put(service, space, item(entity("a", "d"), entity("b")))).json()
    status = (await post(service, space, "syncStatus", [{"syncToken": empty["nextSyncToken"]}])).json()
    assert status["results"][0] == {"syncToken": empty["nextSyncToken"], "moreData": True, "overwrite": True}
    body = await sync(service, space, empty["nextSyncToken"])
    assert body["overwrite"] is True
    assert told(body) == ([row["id"]], [])


async def test_filters_beside_a_token_are_not_looked_at(service):
    space = await service.found()
    token = (await sync(service, space))["nextSyncToken"]
    for filters in ([], 7, {"domains": ["other"]}, {"domains": []}):
        answer = await post(service, space, "sync", {"syncToken": token, "filters": filters})
        assert answer.status_code == 200


async def test_the_largest_criteria_fit_in_a_token(service):
    space = await service.found()
    wide = [{"domain": chr(0x1F600 + n) * 128, "type": "\x01" * 128, "id": "\x7f\u20ac" * 256} for n in range(20)]
    answer = await post(service, space, "intersect", {"entities": wide, "withEntities": wide})
    token = answer.json()["page"]["syncToken"]
    assert len(token) <= 262_144
    assert told(await sync(service, space, token)) == ([], [])
