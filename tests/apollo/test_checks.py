"""The checks that a collection's settings choose (apollo 13): apollo 15, items 40 and 66 to 69, on the whole service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apollo.speak import call, carry_out, item, make_collection, post
from tests.conftest import RunningService

ENTITIES, RELATIONSHIPS = "/apollo/er/entities", "/apollo/er/relationships"
BUILDING = {"id": "bldg-7", "entityType": "Brick__Building", "entityName": "Building 7"}
FLOOR = {"id": "floor-7-2", "entityType": "Brick__Floor", "entityName": "Floor 2"}


async def send(service: RunningService, space: str, path: str, *items: Any) -> list[dict[str, Any]]:
    """What became of items that were sent at once: successes, then failures."""
    answer = await post(service, space, list(items), path=path, **{"async": "false"})
    assert answer.status_code == 207, answer.text
    responses = answer.json()["data"]["responses"]
    return [*responses.get("success", []), *responses.get("failure", [])]


async def arrange(service: RunningService, *declared: Any, **settings: str) -> str:
    """A collection with these settings, and some entities declared in it."""
    space = str((await make_collection(service, settings=settings))["id"])
    if declared:
        told = await send(service, space, ENTITIES, *declared)
        assert {one["result"] for one in told} == {"created"}
    return space


async def read_brick(service: RunningService, space: str, id: str = "rel-1") -> dict[str, Any]:
    answer = await call(service, "GET", f"{RELATIONSHIPS}/{id}", headers={"ercollectionid": space})
    (shown,) = answer.json()["data"]
    return {name: value for name, value in shown.items() if name.startswith("brick")}


async def test_66_all_six_properties_are_filled_once_and_never_again(service: RunningService) -> None:
    space = await arrange(service, BUILDING, FLOOR)
    typed = item(relationshipType="Brick__hasPart_Location_Location")
    await send(service, space, RELATIONSHIPS, typed, item("rel-2"), item("rel-3", destinationEntityId="later"))
    filled = {
        "brickRelationshipName": "hasPart",
        "brickRelationshipType": "Brick__hasPart",
        "brickSourceEntityType": "Brick__Location",
        "brickSourceEntitySubType": "Brick__Building",
        "brickDestinationEntityType": "Brick__Location",
        "brickDestinationEntitySubType": "Brick__Floor",
    }
    assert await read_brick(service, space) == filled
    assert await read_brick(service, space, "rel-2") == {}
    await send(service, space, ENTITIES, {"id": "ahu", "entityType": "Brick__AHU", "entityName": "A"})
    (moved,) = await send(service, space, RELATIONSHIPS, {**typed, "destinationEntityId": "ahu"})
    assert (moved["result"], moved["warnings"][0]["property"]) == ("updated", "destinationEntityId")
    assert await read_brick(service, space) == filled


async def test_66_an_end_that_is_not_declared_says_no_more_than_the_type_spells(service: RunningService) -> None:
    space = await arrange(service)
    sent = [item(relationshipType="Brick__feeds_Equipment_Location"), item("rel-2", relationshipType="Brick__feeds")]
    await send(service, space, RELATIONSHIPS, *sent)
    name = {"brickRelationshipName": "feeds", "brickRelationshipType": "Brick__feeds"}
    spelled = {"brickSourceEntityType": "Brick__Equipment", "brickDestinationEntityType": "Brick__Location"}
    assert await read_brick(service, space) == name | spelled
    assert await read_brick(service, space, "rel-2") == name


async def test_67_a_self_loop_is_stored_with_a_warning_by_default_and_refused_where_that_is_enforced(
    service: RunningService,
) -> None:
    loop = item(relationshipType="Brick__feeds", destinationEntityId="bldg-7")
    (told,) = await send(service, await arrange(service), RELATIONSHIPS, loop)
    assert told["result"] == "created"
    assert [(one["code"], one["property"]) for one in told["warnings"]] == [
        ("OntologyViolation", "destinationEntityId")
    ]
    (told,) = await send(service, await arrange(service, ontology="off"), RELATIONSHIPS, loop)
    assert "warnings" not in told
    space = await arrange(service, ontology="enforce")
    good, bad = await send(service, space, RELATIONSHIPS, loop, item("rel-2"))
    assert (bad["code"], bad["property"]) == ("OntologyViolation", "destinationEntityId")
    assert (good["id"], good["result"]) == ("rel-2", "created")


async def test_67_warnings_of_an_upload_are_counted(service: RunningService) -> None:
    loops = [item(f"rel-{n}", relationshipType="Brick__feeds", destinationEntityId="bldg-7") for n in range(3)]
    told = await carry_out(service, await arrange(service), [*loops, item("rel-9")])
    assert (told["warningCount"], told["outcome"]) == (3, "Succeeded")
    again = await carry_out(service, told["ercollectionid"], loops)
    assert (again["warningCount"], again["counts"]["unchanged"]) == (0, 3)


@pytest.mark.parametrize("mode", ["off", "warn", "enforce"])
async def test_68_undeclared_ends_are_as_the_collection_says(service: RunningService, mode: str) -> None:
    space = await arrange(service, BUILDING, references=mode)
    (told,) = await send(service, space, RELATIONSHIPS, item())
    if mode == "off":
        assert "warnings" not in told
    elif mode == "warn":
        assert [(one["code"], one["property"]) for one in told["warnings"]] == [
            ("EntityNotFound", "destinationEntityId")
        ]
    else:
        assert (told["code"], told["property"]) == ("EntityNotFound", "destinationEntityId")
        await send(service, space, ENTITIES, FLOOR)
        assert (await send(service, space, RELATIONSHIPS, item()))[0]["result"] == "created"


@pytest.mark.parametrize("mode", ["off", "warn", "enforce"])
async def test_69_unknown_classes_are_stored_and_told_as_the_mode_says(service: RunningService, mode: str) -> None:
    space = await arrange(service, types=mode)
    unknown = {"id": "x", "entityType": "Brick__NoSuchClass", "entityName": "X"}
    for path, sent, name in (
        (ENTITIES, unknown, "entityType"),
        (RELATIONSHIPS, item(relationshipType="Brick__noSuchRelation"), "relationshipType"),
    ):
        (told,) = await send(service, space, path, sent)
        if mode == "enforce":
            assert (told["code"], told["property"]) == ("UnknownType", name)
            continue
        found = [(one["code"], one["property"]) for one in told.get("warnings", [])]
        assert found == ([] if mode == "off" else [("UnknownType", name)])
        assert (await send(service, space, path, sent))[0]["result"] == "unchanged"


async def test_a_change_of_settings_holds_for_what_is_applied_afterwards(service: RunningService) -> None:
    space = await arrange(service)
    typed = item(relationshipType="Brick__hosts")
    assert (await send(service, space, RELATIONSHIPS, typed))[0]["result"] == "created"
    settings = {"types": "enforce"}
    await call(service, "PUT", f"/apollo/collections/{space}", body={"collectionName": "x", "settings": settings})
    assert (await send(service, space, RELATIONSHIPS, {**typed, "id": "rel-2"}))[0]["code"] == "UnknownType"
    settings = {"brickVersion": "1.5.0"}
    await call(service, "PUT", f"/apollo/collections/{space}", body={"collectionName": "x", "settings": settings})
    assert (await send(service, space, RELATIONSHIPS, {**typed, "id": "rel-2"}))[0]["result"] == "created"


async def test_40_an_entity_shows_where_its_class_stands_in_the_catalogue_of_the_collection(
    service: RunningService,
) -> None:
    level = {"id": "l", "entityType": "Brick__Level", "entityName": "L"}
    wanted = {"1.2.1": (None, []), "1.5.0": ("Brick__Location", ["Brick__Location"])}
    for version, (root, kinds) in wanted.items():
        space = await arrange(service, BUILDING, level, brickVersion=version)
        shown = {}
        for id in ("bldg-7", "l"):
            answer = await call(service, "GET", f"{ENTITIES}/{id}?v=1.2", headers={"ercollectionid": space})
            shown[id] = answer.json()["data"][0]["schemaMetadata"]
        assert shown["bldg-7"] == {
            "entityType": "Brick__Building",
            "rootEntityType": "Brick__Location",
            "schemaCollectionId": "Brick",
            "entityIsSubClassOf": ["Brick__Location"],
            "tags": [],
        }
        assert (shown["l"]["rootEntityType"], shown["l"]["entityIsSubClassOf"]) == (root, kinds)
