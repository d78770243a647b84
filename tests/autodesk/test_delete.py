"""Checklist 27 to 30, 34: batch and delete."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from app.core.access import Right
from app.core.rules import APOLLO
from tests.autodesk.arrange import between, fill, record, set_mode, thing
from tests.autodesk.speak import PHOTO, check_error, entity, get, item, list_faults, list_ids, post, put, search

UNKNOWN = "00000000-0000-4000-8000-0000000000aa"


async def test_checklist_27_a_deletion_is_told_once(service):
    space = service.space()
    [row] = (await put(service, space, item("a", "b"))).json()
    answer = await post(service, space, "delete", [row["id"]])
    assert answer.status_code == 200
    assert answer.json() == {"deleted": [row["id"]]}
    again = await post(service, space, "delete", [row["id"]])
    assert again.status_code == 200
    assert again.json() == {"deleted": []}
    assert answer.headers["x-consistency-token"]
    assert again.headers["x-consistency-token"]


async def test_a_deletion_is_soft_and_frees_the_pair(service):
    space = service.space()
    [row] = (await put(service, space, item("a", "b"))).json()
    await post(service, space, "delete", [row["id"]])
    gone = (await get(service, space, row["id"])).json()
    assert gone["isDeleted"] is True
    assert gone["deletedOn"] > gone["createdOn"]
    assert {name: value for name, value in gone.items() if name not in ("isDeleted", "deletedOn")} == {
        name: value for name, value in row.items() if name != "isDeleted"
    }
    [anew] = (await put(service, space, item("a", "b"))).json()
    assert anew["id"] != row["id"]
    both = "domain=autodesk-bim360-asset&type=asset&id=a&includeDeleted=true"
    assert list_ids(await search(service, space, both)) == [row["id"], anew["id"]]


async def test_checklist_28_what_was_live_is_listed_once_in_request_order(service):
    space = service.space()
    first, second, third = (
        row["id"] for row in (await put(service, space, item("a", "b"), item("a", "c"), item("a", "d"))).json()
    )
    await post(service, space, "delete", [third])
    answer = await post(service, space, "delete", [second, UNKNOWN, third, first.upper(), second, first])
    assert answer.json() == {"deleted": [second, first]}


@pytest.mark.parametrize(
    ("spoil", "field", "title"),
    [
        (lambda _: [], "body", "Too few"),
        (lambda known: [known] * 51, "body", "Too many"),
        (lambda known: [known, "not-a-uuid"], "[1]", "Invalid value"),
        (lambda known: [known, 7], "[1]", "Wrong type"),
        (lambda known: [known, None], "[1]", "Wrong type"),
        (lambda known: {"ids": [known]}, "body", "Wrong type"),
        (lambda known: known, "body", "Wrong type"),
    ],
)
@pytest.mark.parametrize("operation", ["delete", "batch"])
async def test_checklist_29_a_list_that_cannot_be_used_deletes_nothing(service, spoil, field, title, operation):
    space = service.space()
    [row] = (await put(service, space, item("a", "b"))).json()
    body = check_error(await post(service, space, operation, spoil(row["id"])), 400, "BadInput")
    assert list_faults(body) == [(field, title)]
    assert (await get(service, space, row["id"])).json()["isDeleted"] is False


async def test_50_ids_are_deleted_in_one_transaction(service):
    space = await service.found()
    ids = await fill(service, space, 50)
    answer = await post(service, space, "delete", ids)
    assert answer.json() == {"deleted": ids}
    rows = (await post(service, space, "batch", ids)).json()
    assert len({row["deletedOn"] for row in rows}) == 1


async def test_of_deletions_at_the_same_time_each_id_is_told_by_one(service):
    space = await service.found()
    ids = await fill(service, space, 20)
    answers = await asyncio.gather(*(post(service, space, "delete", ids) for _ in range(6)))
    told = [id for answer in answers for id in answer.json()["deleted"]]
    assert sorted(told) == sorted(ids)


PAIR_OUTSIDE = item(entity("p", PHOTO, "photo"), entity("r", "autodesk-bim360-rfi", "rfi"))
PAIR_INSIDE = item(entity("a"), entity("p", PHOTO, "photo"))


async def test_checklist_30_a_strict_service_deletes_nothing_beside_a_pair_outside_the_table(build):
    permissive, strict = await build(), await build(autodesk_writable_mode="strict")
    space = strict.space()
    inside, outside = (row["id"] for row in (await put(permissive, space, PAIR_INSIDE, PAIR_OUTSIDE)).json())
    body = check_error(await post(strict, space, "delete", [UNKNOWN, inside, outside]), 403, "NotWritable")
    assert list_faults(body) == [("[2]", "Not writable")]
    assert (await get(strict, space, inside)).json()["isDeleted"] is False
    assert (await post(strict, space, "delete", [inside])).json() == {"deleted": [inside]}
    await post(permissive, space, "delete", [outside])
    assert (await post(strict, space, "delete", [outside])).json() == {"deleted": []}


async def test_checklist_30_a_strict_space_deletes_nothing_beside_a_pair_outside_the_table(build):
    service = await build()
    space = await service.found()
    inside, outside = (row["id"] for row in (await put(service, space, PAIR_INSIDE, PAIR_OUTSIDE)).json())
    await set_mode(service, space, "strict")
    body = check_error(await post(service, space, "delete", [inside, outside]), 403, "NotWritable")
    assert list_faults(body) == [("[1]", "Not writable")]
    assert (await get(service, space, inside)).json()["isDeleted"] is False
    assert (await post(service, space, "delete", [inside])).json() == {"deleted": [inside]}


async def test_a_deletion_founds_no_container(service):
    space = service.space()
    answer = await post(service, space, "delete", [UNKNOWN])
    assert answer.json() == {"deleted": []}
    assert not (await service.store.view(space, ())).exists


async def test_a_reader_deletes_nothing(service):
    space = await service.found(ann=Right.READONLY)
    [id] = await fill(service, space, 1)
    token = service.token(sub="ann")
    check_error(await post(service, space, "delete", [id], token=token), 403, "Forbidden")
    narrow = service.token(scope="data:read data:create")
    answer = await post(service, space, "delete", [id], token=narrow)
    check_error(answer, 403, "InsufficientScope")
    assert 'scope="data:write"' in answer.headers["www-authenticate"]
    assert (await get(service, space, id)).json()["isDeleted"] is False


async def test_what_another_format_wrote_is_deleted_here(service):
    space = await service.found()
    [made] = await record(
        service, space, [between(thing("a"), thing("b"), id=str(uuid.uuid4()), type="feeds")], policy=APOLLO
    )
    assert (await post(service, space, "delete", [made.id])).json() == {"deleted": [made.id]}


async def test_checklist_34_a_batch_answers_in_request_order_without_repeats(service):
    space = service.space()
    first, second = (row["id"] for row in (await put(service, space, item("a", "b"), item("a", "c"))).json())
    await post(service, space, "delete", [first])
    answer = await post(service, space, "batch", [second, first.upper(), UNKNOWN, second])
    assert answer.status_code == 200
    assert [(row["id"], row["isDeleted"]) for row in answer.json()] == [(second, False), (first, True)]
    assert (await post(service, space, "batch", [UNKNOWN])).json() == []
    assert (await post(service, service.space(), "batch", [first])).json() == []


async def test_checklist_34_a_batch_of_51_is_refused(service):
    check_error(await post(service, service.space(), "batch", [UNKNOWN] * 51), 400, "BadInput")
