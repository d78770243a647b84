"""What is around entities, over the whole service."""

from __future__ import annotations

import pytest

from tests.analyst.speak import ask, declare, get, path_of, ref, relate
from tests.conftest import RunningService


async def test_a_neighbourhood_goes_so_many_steps_along_the_types_and_directions_asked_for(
    service: RunningService,
) -> None:
    space = await service.found()
    await relate(service, space, ("ahu", "feeds", "vav"), ("vav", "feeds", "room"), ("ahu", "isPartOf", "site"))
    await declare(service, space, ("ahu", "Brick__AHU", "AHU 7"))
    path = path_of(space, "/neighbourhood")
    near = await get(service, path, from_=ref(space, "ahu"))
    assert {each["id"] for each in near["entities"]} == {"ahu", "vav", "site"}
    assert near["entities"][0]["name"] == "AHU 7"
    assert (near["truncated"], near["groups"]) == (False, [])
    assert near["limits"] == {"entities": 500, "relationships": 20000, "steps": 1, "group": 50, "seconds": 5.0}
    far = await get(service, path, from_=ref(space, "ahu"), steps=5, types="feeds", direction="out")
    assert {each["id"] for each in far["entities"]} == {"ahu", "vav", "room"}
    assert [each["type"] for each in far["relationships"]] == ["feeds", "feeds"]
    back = await get(service, path, from_=ref(space, "room"), direction="in", steps=2, kinds="entity")
    assert {each["id"] for each in back["entities"]} == {"room", "vav"}
    two = await get(service, path, from_=f"{ref(space, 'site')},{ref(space, 'room')}", limit=2)
    assert (two["truncated"], two["reason"], two["relationships"]) == (True, "entities", [])


async def test_a_hub_is_shown_in_part_and_read_on_from_there(service: RunningService) -> None:
    space = await service.found()
    ids = await relate(service, space, *[("hub", "hasPoint", f"p{n}") for n in range(12)], ("hub", "feeds", "x"))
    shown = await get(service, path_of(space, "/neighbourhood"), from_=ref(space, "hub"), group=5)
    [group] = shown["groups"]
    assert {name: group[name] for name in ("entity", "type", "direction", "shown", "more")} == {
        "entity": ref(space, "hub"),
        "type": "hasPoint",
        "direction": "out",
        "shown": 5,
        "more": 7,
    }
    assert {each["id"] for each in shown["relationships"]} == {*ids[:5], ids[12]}
    named = {name: group[name] for name in ("entity", "type", "direction", "after")}
    rest = await get(service, path_of(space, "/more"), **named, limit=4)
    last = await get(service, path_of(space, "/more"), **{**named, "after": rest["after"]}, limit=4)
    assert [each["id"] for each in (*rest["relationships"], *last["relationships"])] == ids[5:12]
    assert "after" not in last
    for other in ({"type": "feeds"}, {"direction": "in"}, {"entity": ref(space, "x")}):
        answer = await ask(service, path_of(space, "/more"), **{**named, **other})
        assert (answer.status_code, answer.json()["detail"][:5]) == (400, "after")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "from takes 1 to 20 refs"),
        ({"from_": "x"}, "from takes 1 to 20 refs"),
        ({"steps": 6}, "steps takes a whole number from 1 to 5"),
        ({"direction": "up"}, "direction takes one of out, in, both"),
        ({"types": "a,,b"}, "types takes text"),
        ({"limit": 5001}, "limit takes a whole number from 1 to 5000"),
    ],
)
async def test_what_is_asked_wrongly_is_named(service: RunningService, query: dict[str, object], words: str) -> None:
    space = await service.found()
    answer = await ask(service, path_of(space, "/neighbourhood"), **query)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


async def test_a_start_that_is_not_there_is_not_found(service: RunningService) -> None:
    space = await service.found()
    answer = await ask(service, path_of(space, "/neighbourhood"), from_=ref(space, "nobody"))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:tercet:entity-unknown")
