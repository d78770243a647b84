"""The spaces of a caller, and the card of an entity, over the whole service."""

from __future__ import annotations

import pytest

from app.core.access import Right
from app.core.model import Entity, Mention, Proposal
from app.core.relate import Recording
from app.core.rules import APOLLO, AUTODESK
from tests.analyst.speak import ORIGIN, ask, declare, get, path_of, ref, relate, thing
from tests.conftest import RunningService


async def test_the_spaces_that_a_caller_may_read_are_listed_with_their_size_and_right(service: RunningService) -> None:
    mine, theirs = await service.found(reader=Right.READONLY), await service.found()
    await relate(service, mine, ("a", "feeds", "b"), ("b", "feeds", "c"))
    token = service.token(sub="reader")
    found, after = [], None
    while True:
        page = await get(service, "/graph/v1/spaces", token=token, limit=2, after=after)
        assert len(page["spaces"]) <= 2
        found += page["spaces"]
        if "after" not in page:
            break
        after = page["after"]
    assert {"id": mine, "entities": 3, "relationships": 2, "right": "readonly"} in found
    assert theirs not in {each["id"] for each in found}
    assert [each["id"] for each in found] == sorted({each["id"] for each in found})


async def test_a_card_says_what_is_known_of_an_entity_and_counts_its_links(service: RunningService) -> None:
    space = await service.found()
    await declare(service, space, ("ahu", "Brick__AHU", "AHU 7"))
    await relate(service, space, ("ahu", "feeds", "vav"), ("ahu", "feeds", "vav2"), ("fan", "feeds", "ahu"))
    await relate(service, space, ("ahu", "isPartOf", "site"), ("ahu", "loops", "ahu"))
    ends = [Mention(thing("ahu")), Mention(Entity("d", "t", "x"))]
    related = [Proposal(None, "related", *ends)]
    await service.store.write(space, Recording(policy=AUTODESK, items=related, origin=ORIGIN))
    card = await get(service, path_of(space, f"/entities/{ref(space, 'ahu')}"))
    assert card["entity"] == {
        "ref": ref(space, "ahu"),
        "domain": "apollo",
        "type": "entity",
        "id": "ahu",
        "kind": "Brick__AHU",
        "name": "AHU 7",
        "declared": True,
    }
    assert card["fields"]["entityName"] == "AHU 7"
    assert [(each["type"], each["direction"], each["count"]) for each in card["degree"]] == [
        ("feeds", "out", 2),
        ("feeds", "in", 1),
        ("isPartOf", "out", 1),
        ("loops", "out", 1),
        ("loops", "in", 1),
        ("related", "both", 1),
    ]
    assert card["total"] == 7
    end = await get(service, path_of(space, f"/entities/{ref(space, 'vav')}"))
    assert end["entity"]["kind"] == "entity"
    assert not end["entity"]["declared"]
    assert "name" not in end["entity"]


async def test_links_of_other_spaces_are_not_counted_and_their_ends_not_known(service: RunningService) -> None:
    space, other = await service.found(), await service.found()
    await relate(service, space, ("a", "feeds", "b"))
    reaching = Proposal(
        "11f7c2d3-8e4a-4d5b-9a6c-2b3c4d5e6f70", "feeds", Mention(thing("z")), Mention(thing("a"), None, space)
    )
    unseen = reaching._replace(id="11f7c2d3-8e4a-4d5b-9a6c-2b3c4d5e6f71", target=Mention(thing("new"), None, space))
    await service.store.write(other, Recording(policy=APOLLO, items=[reaching, unseen], origin=ORIGIN))
    card = await get(service, path_of(space, f"/entities/{ref(space, 'a')}"))
    assert card["degree"] == [{"type": "feeds", "direction": "out", "count": 1}]
    card = await get(service, path_of(other, f"/entities/{ref(other, 'z')}"))
    assert card["degree"] == [{"type": "feeds", "direction": "out", "count": 2}]
    # What only another space has named is no entity of this one, and a guest is none of the other.
    for where, whom in ((space, ref(space, "new")), (other, ref(space, "a"))):
        answer = await ask(service, path_of(where, f"/entities/{whom}"))
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:tercet:entity-unknown")


@pytest.mark.parametrize("rest", ["/entities/nothing", f"/entities/{'0' * 8}-0000-5000-8000-{'0' * 12}"])
async def test_what_is_not_there_is_not_found(service: RunningService, rest: str) -> None:
    space = await service.found()
    answer = await ask(service, path_of(space, rest))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:tercet:entity-unknown")


async def test_a_space_without_right_and_one_that_is_not_there_look_alike(service: RunningService) -> None:
    space = await service.found()
    stranger = service.token(sub="stranger")
    answers = [await ask(service, path_of(each, "/entities/x"), token=stranger) for each in (space, service.space())]
    shown = [{**answer.json(), "requestId": ""} for answer in answers]
    assert shown[0] == shown[1]
    assert answers[0].status_code == 404


async def test_the_scope_is_asked_for_before_anything_else(service: RunningService) -> None:
    answer = await ask(service, path_of("x", "/entities/x"), token=service.token("apollo_read"), nonsense=1)
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"].endswith('scope="graph.read"')
    assert (await ask(service, "/graph/v1/spaces", token="")).status_code == 401


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("x=1", "query"),
        ("after=", "after"),
        ("after=%ff", "after"),
        ("after=AQAB", "after"),
        ("format=xml", "format"),
        ("limit=%31%30x", "limit"),
    ],
)
async def test_a_query_is_taken_strictly_and_the_parameter_is_named(
    service: RunningService, query: str, word: str
) -> None:
    answer = await ask(service, f"/graph/v1/spaces?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(word)


async def test_a_consistency_token_that_is_none_is_refused(service: RunningService) -> None:
    bearer = {"Authorization": f"Bearer {service.token()}", "X-Consistency-Token": "none"}
    answer = await service.client.get("/graph/v1/spaces", headers=bearer)
    assert answer.status_code == 400
    assert "X-Consistency-Token" in answer.json()["detail"]


async def test_entities_are_found_by_words_and_filters_page_by_page(service: RunningService) -> None:
    space = await service.found()
    await declare(service, space, *[(f"ahu-{n}", "Brick__AHU", f"Air handler {n}") for n in range(5)])
    await relate(service, space, ("ahu-1", "feeds", "vav_12"), ("ahu-1", "feeds", "Valve 7"))
    path = path_of(space, "/entities")

    async def find(**query: object) -> list[str]:
        found: list[str] = []
        after = None
        while True:
            page = await get(service, path, after=after, **query)
            found += [each["id"] for each in page["entities"]]
            after = page.get("after")
            if after is None:
                return found

    assert sorted(await find(q="HAND air", limit=2)) == [f"ahu-{n}" for n in range(5)]
    assert await find(q="12") == ["vav_12"]
    assert await find(q="valve") == ["Valve 7"]
    assert await find(id="ahu-3") == await find(name="AIR HANDLER 3") == ["ahu-3"]
    assert sorted(await find(kind="Brick__AHU")) == [f"ahu-{n}" for n in range(5)]
    assert len(await find(limit=3)) == len(await find(domain="apollo")) == 7
    assert await find(q="nothing") == await find(kind="nothing") == []
    first = await get(service, path, limit=3)
    answer = await ask(service, path, limit=3, kind="Brick__AHU", after=first["after"])
    assert (answer.status_code, answer.json()["detail"][:5]) == (400, "after")


async def test_a_space_shows_its_facets(service: RunningService) -> None:
    space = await service.found()
    await declare(service, space, ("ahu", "Brick__AHU", "AHU"), ("alone", "Brick__AHU", "AHU"))
    await relate(service, space, ("ahu", "feeds", "a"), ("ahu", "feeds", "b"), ("ahu", "isPartOf", "a"))
    shown = await get(service, path_of(space))
    assert [shown[name] for name in ("id", "entities", "relationships", "seq")] == [space, 4, 3, 5]
    assert shown["kinds"] == [{"kind": "Brick__AHU", "count": 2}, {"kind": "entity", "count": 2}]
    assert shown["types"] == [{"type": "feeds", "count": 2}, {"type": "isPartOf", "count": 1}]
    assert [(each["entity"]["id"], each["degree"]) for each in shown["hubs"]][:2] == [("ahu", 3), ("a", 2)]
    assert (shown["orphans"]["count"], shown["orphans"]["sample"][0]["id"]) == (1, "alone")
    assert (shown["truncated"], shown["limits"]) == (False, {"entities": 1_000_000, "seconds": 5.0})


async def test_all_relationships_are_exported_page_by_page(service: RunningService) -> None:
    space = await service.found()
    ids = await relate(service, space, *[(f"a{n}", "feeds" if n % 3 else "rare", f"b{n}") for n in range(10)])
    for type, expected in ((None, sorted(ids)), ("rare", sorted(ids[::3])), ("none", [])):
        found, after = [], None
        while True:
            page = await get(service, path_of(space, "/relationships"), type=type, limit=4, after=after)
            found += page["relationships"]
            if (after := page.get("after")) is None:
                break
        assert [each["id"] for each in found] == expected
    assert {
        "id": ids[1],
        "type": "feeds",
        "source": ref(space, "a1"),
        "target": ref(space, "b1"),
        "directed": True,
    } in (await get(service, path_of(space, "/relationships")))["relationships"]


async def test_a_read_with_the_token_of_a_write_sees_it(service: RunningService) -> None:
    token = service.token()
    space, bearer = service.space(), {"Authorization": f"Bearer {token}"}
    ends = [{"domain": "d", "type": "t", "id": id} for id in ("one", "two")]
    path = f"/bim360/relationship/v2/containers/{space}/relationships"
    written = await service.client.put(path, json=[{"entities": ends}], headers=bearer)
    bearer["X-Consistency-Token"] = written.headers["x-consistency-token"]
    answer = await service.client.get(path_of(space), headers=bearer)
    assert answer.json()["relationships"] == 1
