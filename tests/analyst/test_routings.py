"""Paths, impact, what entities have in common, cycles, islands and what changed, over the wire."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.analyst.speak import ask, get, path_of, ref, relate

ROWS = (
    ("ahu", "feeds", "vav1"),
    ("ahu", "feeds", "vav2"),
    ("vav1", "feeds", "room"),
    ("vav2", "feeds", "room"),
    ("room", "returns", "ahu"),
    ("lonely", "beside", "other"),
)


@pytest.fixture
async def space(service: Any) -> str:
    space: str = service.space()
    await relate(service, space, *ROWS)
    return space


async def test_paths_come_the_shorter_first_and_no_more_than_asked(service: Any, space: str) -> None:
    ends = {"from_": ref(space, "ahu"), "to": ref(space, "room")}
    one = await get(service, path_of(space, "/paths"), **ends)
    two = await get(service, path_of(space, "/paths"), **ends, mode="k", most=5, steps=3)
    cut = await get(service, path_of(space, "/paths"), **ends, mode="all", most=1)
    either = await get(service, path_of(space, "/paths"), **ends, direction="both")
    assert [len(path["relationships"]) for path in two["paths"]] == [2, 2]
    assert one["paths"] == two["paths"][:1] == cut["paths"]
    assert (two["truncated"], cut["truncated"], cut["reason"]) == (False, True, "rows")
    assert [len(path["relationships"]) for path in either["paths"]] == [1]
    assert {each["id"] for each in one["entities"]} >= {"ahu", "room"}


async def test_impact_is_told_by_distance_and_kind_with_one_way_each(service: Any, space: str) -> None:
    told = await get(service, path_of(space, "/impact"), from_=ref(space, "ahu"), types="feeds")
    assert told["byDistance"] == [{"distance": 1, "count": 2}, {"distance": 2, "count": 1}]
    assert told["byKind"] == [{"kind": "entity", "count": 3}]
    assert {each["via"] for each in told["reached"]} == {link["id"] for link in told["relationships"]}
    first = await get(service, path_of(space, "/impact"), from_=ref(space, "ahu"), types="feeds", limit=1)
    assert (len(first["reached"]), first["reason"]) == (1, "entities")


async def test_what_entities_have_in_common_is_whom_all_are_linked_to(service: Any, space: str) -> None:
    told = await get(service, path_of(space, "/intersect"), of=f"{ref(space, 'vav1')},{ref(space, 'vav2')}")
    assert sorted(each["entity"] for each in told["common"]) == sorted([ref(space, "ahu"), ref(space, "room")])
    assert all(len(each["links"]) == 2 for each in told["common"])


async def test_a_loop_of_types_is_found_and_islands_are_counted(service: Any, space: str) -> None:
    told = await get(service, path_of(space, "/cycles"), type="feeds,returns")
    none = await get(service, path_of(space, "/cycles"), type="feeds")
    assert [len(each["relationships"]) for each in told["cycles"]] == [3, 3]
    assert (none["cycles"], none["truncated"]) == ([], False)
    islands = await get(service, path_of(space, "/islands"))
    assert [each["entities"] for each in islands["islands"]] == [4, 2]
    assert (islands["count"], islands["alone"]) == (2, 0)


async def test_what_came_and_went_in_between_is_no_difference(service: Any, space: str) -> None:
    (made,) = await relate(service, space, ("x", "feeds", "y"))
    await service.retire(space, made)
    told = await get(service, path_of(space, "/changes"))
    assert (len(told["created"]), told["updated"], told["deleted"], told["until"]) == (len(ROWS), [], [], len(ROWS) + 2)
    late = await get(service, path_of(space, "/changes"), after=len(ROWS) + 1)
    assert [(each["id"], each["before"]) for each in late["deleted"]] == [(made, 1)]
    part = await get(service, path_of(space, "/changes"), limit=2)
    rest = await get(service, path_of(space, "/changes"), after=part["until"])
    assert (part["until"], part["reason"], len(rest["created"])) == (2, "rows", len(ROWS) - 2)


async def test_what_is_not_there_is_a_404_and_what_can_not_be_used_a_400(service: Any, space: str) -> None:
    here, nowhere = ref(space, "ahu"), str(uuid.uuid4())
    missing: tuple[tuple[str, dict[str, str]], ...] = (
        ("/paths", {"from_": here, "to": nowhere}),
        ("/impact", {"from_": nowhere}),
        ("/intersect", {"of": f"{here},{nowhere}"}),
    )
    for path, query in missing:
        assert (await ask(service, path_of(space, path), **query)).status_code == 404
    unusable: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/paths", {"from_": here}),
        ("/paths", {"from_": here, "to": here, "mode": "some"}),
        ("/impact", {"from_": here, "direction": "both"}),
        ("/intersect", {"of": here}),
        ("/cycles", {}),
        ("/islands", {"limit": 0}),
        ("/changes", {"after": "x"}),
    )
    for path, query in unusable:
        answer = await ask(service, path_of(space, path), **query)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), path
