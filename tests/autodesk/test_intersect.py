"""Checklist 47 to 49: intersect."""

from __future__ import annotations

import pytest

from tests.autodesk.arrange import between, record, thing
from tests.autodesk.speak import check_error, entity, list_faults, list_ids, post


def ask(*ids, **others):
    return {"entities": [entity(id, "d", "t") for id in ids], **others}


async def arrange(service, *pairs):
    space = await service.found()
    made = await record(service, space, [between(*(thing(*end.split("/")[::-1]) for end in pair)) for pair in pairs])
    return space, [stored.id for stored in made]


async def test_checklist_47_two_related_entities_give_their_relationship_once(service):
    space, [both, left, _] = await arrange(service, ("d/a", "d/b"), ("d/a", "e/x"), ("e/y", "e/z"))
    assert list_ids(await post(service, space, "intersect", ask("a", "b"))) == [both, left]
    assert list_ids(await post(service, space, "intersect", ask("a", "a", "nowhere"))) == [both, left]


async def test_checklist_47_the_other_end_must_match_the_second_list(service):
    space, [both, left, _] = await arrange(service, ("d/a", "d/b"), ("d/a", "e/x"), ("e/y", "e/z"))

    async def find(*partners):
        return list_ids(await post(service, space, "intersect", ask("a", "b", withEntities=list(partners))))

    assert await find({"domain": "e"}) == [left]
    assert await find({"domain": "d"}) == [both]
    assert await find({"domain": "d"}, {"domain": "e", "type": "t"}) == [both, left]
    assert await find({"domain": "e", "type": "u"}) == []
    assert await find(entity("b", "d", "t")) == [both]
    assert await find(entity("a", "d", "t")) == [both]
    assert await find({"domain": "e", "type": None, "id": None}) == [left]
    assert list_ids(await post(service, space, "intersect", ask("a", withEntities=None))) == [both, left]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("entities", "Required")),
        ({"entities": None}, ("entities", "Required")),
        (ask(), ("entities", "Too few")),
        (ask(*"abcdefghijklmnopqrstu"), ("entities", "Too many")),
        ({"entities": {}}, ("entities", "Wrong type")),
        (ask("a", withEntities=[]), ("withEntities", "Too few")),
        (ask("a", withEntities=[{"domain": "d"}] * 21), ("withEntities", "Too many")),
        (ask("a", withEntities=[{"type": "t"}]), ("withEntities[0].domain", "Missing qualifier")),
        (ask("a", withEntities=[{"domain": "d", "id": "t"}]), ("withEntities[0].type", "Missing qualifier")),
        (ask("a", withEntities=[{}]), ("withEntities[0].domain", "Required")),
        (ask("a", withEntities=[{"domain": ""}]), ("withEntities[0].domain", "Too short")),
        (ask("a", withEntities=["d"]), ("withEntities[0]", "Wrong type")),
        ({"entities": [{"domain": "d", "type": "t"}]}, ("entities[0].id", "Required")),
        ({"entities": [entity("x" * 513)]}, ("entities[0].id", "Too long")),
        ([ask("a")], ("body", "Wrong type")),
    ],
)
async def test_checklist_48_bodies_that_cannot_be_used_are_refused(service, body, fault):
    answer = check_error(await post(service, service.space(), "intersect", body), 400, "BadInput")
    assert list_faults(answer) == [fault]


async def test_checklist_49_a_walk_goes_on_with_the_same_sets_in_any_order(service):
    space, ids = await arrange(service, *((f"d/{end}", f"e/{n}") for n, end in enumerate("abab")))
    partners = [{"domain": "e"}, {"domain": "f"}]
    first = await post(service, space, "intersect", ask("a", "b", withEntities=partners), "pageLimit=3")
    assert list_ids(first) == ids[:3]
    token = first.json()["page"]["continuationToken"]
    reordered = ask("b", "a", "b", withEntities=partners[::-1])
    second = await post(service, space, "intersect", reordered, f"continuationToken={token}")
    assert list_ids(second) == ids[3:]
    assert second.json()["page"]["continuationToken"] is None
    assert second.json()["page"]["syncToken"] == first.json()["page"]["syncToken"]
    for other in (ask("a", "b", "c", withEntities=partners), ask("a", "b"), ask("a", withEntities=partners)):
        body = check_error(
            await post(service, space, "intersect", other, f"continuationToken={token}"), 400, "BadInput"
        )
        assert list_faults(body) == [("continuationToken", "Invalid token")]


async def test_deleted_rows_are_intersected_when_asked_for_and_other_parameters_ignored(service):
    space, [gone, kept] = await arrange(service, ("d/a", "e/x"), ("d/a", "e/y"))
    await service.retire(space, gone)

    async def find(query):
        return list_ids(await post(service, space, "intersect", ask("a"), query))

    assert await find("") == [kept]
    assert await find("includeDeleted=true") == [gone, kept]
    assert await find("includeDeleted=true&onlyDeleted=true") == [gone]
    assert await find("domain=&type=x&createdAfter=never") == [kept]
    check_error(await post(service, space, "intersect", ask("a"), "onlyDeleted=true"), 400, "BadInput")


async def test_20_entities_with_20_are_one_question(service):
    pairs = [(f"d/{n}", f"e/{m}") for n in range(20) for m in range(20)]
    space, ids = await arrange(service, *pairs)
    twenty = [str(n) for n in range(20)]
    whole = ask(*twenty, withEntities=[entity(id, "e", "t") for id in twenty])
    found, token = [], ""
    while token is not None:
        answer = await post(service, space, "intersect", whole, f"pageLimit=90&continuationToken={token}")
        found += list_ids(answer)
        token = answer.json()["page"]["continuationToken"]
    assert found == ids
