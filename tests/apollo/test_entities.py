"""Entities: apollo 15, items 6, 18, 23-28, 32, 33, 37, 40, 42, 47, 48, 56; apollo 4.2, 4.3, 5.1."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any
from urllib.parse import quote

import pytest

from app.core.declare import FROZEN_FIELDS, Declaring, Statement
from app.core.ledger import Ledger
from app.core.model import Author, Entity, Outcome
from app.core.relate import Origin
from app.graph.connection import ConstraintRefused
from tests.apollo.conftest import MakeMemory, MemoryService
from tests.apollo.speak import (
    GUID,
    Service,
    carry_out,
    head,
    item,
    post,
    read_error,
    read_object,
    read_request_id,
)
from tests.conftest import RunningService

ENTITIES = "/apollo/er/entities"
ALIAS = "/apollo/entities"
POINT = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [8.5, 47.3]}}


def thing(id: str = "bldg-7", **more: Any) -> dict[str, Any]:
    """A good item; members given as None are left out."""
    whole = {"id": id, "entityType": "Brick__Building", "entityName": "Building 7", **more}
    return {name: value for name, value in whole.items() if value is not None}


async def declare(service: Service, space: str, *items: Any, path: str = ENTITIES) -> list[dict[str, Any]]:
    """Uploads at once; what became of each item, in order."""
    answer = await post(service, space, list(items), path=path, **{"async": "false"})
    assert answer.status_code == 207, answer.text
    told = answer.json()["data"]["responses"]
    return sorted(told.get("success", []) + told.get("failure", []), key=lambda one: one["index"])


async def declare_one(service: Service, space: str, one: Any) -> str:
    """The result of one item, or its code and property."""
    (told,) = await declare(service, space, one)
    return told["result"] if "result" in told else f"{told['code']} {told['property']}"


async def get(service: Service, space: str, path: str, **query: str) -> Any:
    """Reads a path."""
    return await service.client.get(path, params=query or None, headers=head(service, space))


async def find(service: Service, space: str, id: str, **query: str) -> dict[str, Any]:
    """The one entity with this id."""
    answer = await get(service, space, f"{ENTITIES}/{quote(id, safe='')}", **query)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["data"]
    return dict(found)


async def test_06_an_upload_of_entities_is_promised_in_the_platform_envelope(service: Service) -> None:
    answer = await post(service, service.space(), [thing()], path=ENTITIES, **{"async": "true"})
    told = answer.json()
    assert answer.status_code == 202
    assert list(told) == ["status", "transactionId", "data", "paging"]
    assert (told["status"]["code"], told["data"], told["paging"]) == ("202", {}, None)
    assert told["status"]["message"].endswith(f"/apollo/status/logs?transactionid={told['transactionId']}")
    assert answer.headers["Location"].endswith(f"/apollo/status/{told['transactionId']}")
    assert answer.headers["Retry-After"] == "1"
    assert read_request_id(answer) != told["transactionId"]


async def test_entities_uploaded_in_the_background_are_there_when_their_request_is_done(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [thing("a"), thing("b"), thing("c", entityName=None)], path=ENTITIES)
    assert (told["requestAction"], told["requestObject"]) == ("Upsert", "Entity")
    assert (told["counts"]["created"], told["counts"]["failed"]) == (2, 1)
    assert [(one["id"], one["code"], one["property"]) for one in told["errorInfo"]] == [
        ("c", "MissingProperty", "entityName")
    ]
    assert (await find(service, space, "b"))["entityName"] == "Building 7"


async def test_18_one_new_entity_at_once_is_answered_with_its_success_only(service: Service) -> None:
    answer = await post(service, service.space(), thing(), path=ENTITIES, **{"async": "false"})
    told = answer.json()
    assert answer.status_code == 207
    assert told["status"] == {"message": "Total number of Entities Upserted:  1.", "code": "207"}
    assert told["paging"] is None
    assert list(told["data"]["responses"]) == ["success"]
    (one,) = told["data"]["responses"]["success"]
    link = f"/apollo/status/logs?entityid=bldg-7&transactionid={told['transactionId']}"
    assert one.pop("tracker").endswith(link)
    assert one == {"id": "bldg-7", "message": "Entity upserted successfully", "index": 0, "result": "created"}


CHANGES = {
    "entityType": "Brick__Floor",
    "brickEntityType": "Brick__Other",
    "brickEntitySubType": "Brick__Other",
    "brickEntityName": "other",
}
KEPT = {
    "entityType": "Brick__Building",
    "brickEntityType": "Brick__Location",
    "brickEntitySubType": "Brick__Building",
    "brickEntityName": "one",
}


@pytest.mark.parametrize(
    "names", [names for size in (1, 2, 3, 4) for names in combinations(FROZEN_FIELDS, size)], ids="+".join
)
async def test_23_a_changed_frozen_property_fails_the_item_and_the_first_is_named(
    memory: MemoryService, names: tuple[str, ...]
) -> None:
    space = memory.space()
    assert await declare_one(memory, space, thing(**KEPT)) == "created"
    changed = {name: CHANGES[name] for name in names}
    assert await declare_one(memory, space, thing(**{**KEPT, **changed})) == f"RestrictedProperty {names[0]}"
    assert await declare_one(memory, space, thing(**KEPT)) == "unchanged"


@pytest.mark.parametrize("name", FROZEN_FIELDS)
async def test_23_each_of_the_four_is_frozen_on_the_service(service: Service, name: str) -> None:
    space = service.space()
    await declare(service, space, thing(**KEPT))
    (told,) = await declare(service, space, thing(**{**KEPT, name: CHANGES[name], "entityName": "new"}))
    assert told["message"] == f"Restricted property {name} is not allowed to change"
    assert (await find(service, space, "bldg-7"))["entityName"] == "Building 7"


@pytest.mark.parametrize("name", FROZEN_FIELDS[1:])
async def test_23_a_brick_property_that_is_absent_stays_absent(memory: MemoryService, name: str) -> None:
    space = memory.space()
    await declare(memory, space, thing())
    assert await declare_one(memory, space, thing(**{name: CHANGES[name]})) == f"RestrictedProperty {name}"


async def test_21_a_frozen_property_that_is_left_out_keeps_its_value(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing(**KEPT))
    assert await declare_one(service, space, thing(entityName="new")) == "updated"
    shown = await find(service, space, "bldg-7")
    assert {name: shown[name] for name in KEPT} == KEPT
    assert shown["entityName"] == "new"


class Unjudged(Declaring):
    """Statements that nobody judges: what only the database can still refuse."""

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Writes whatever is said."""
        for said in self.items:
            assert isinstance(said, Statement)
            ledger.declare(said.entity, said.fields, self.by, "u")
        return []


@pytest.mark.parametrize("name", FROZEN_FIELDS)
async def test_23_the_database_refuses_what_no_judge_has_seen(service: RunningService, name: str) -> None:
    space = service.space()
    await declare(service, space, thing(**KEPT))
    entity, fields = Entity("apollo", "entity", "bldg-7"), {**KEPT, "entityName": "Building 7", name: CHANGES[name]}
    origin = Origin(by=Author(user="somebody"), principal="sub:user:somebody")
    with pytest.raises(ConstraintRefused):
        await service.store.write(space, Unjudged(items=[Statement(entity, fields)], origin=origin))
    assert (await find(service, space, "bldg-7", v="1.2"))["version"] == 1


async def test_24_an_update_drops_what_was_not_sent_and_a_repeat_changes_nothing(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing(customData={"a": 1}, labels=["north"]))
    assert await declare_one(service, space, thing(customData={"a": 1.0}, labels=["north"])) == "unchanged"
    assert await declare_one(service, space, thing()) == "updated"
    assert await declare_one(service, space, thing()) == "unchanged"
    shown = await find(service, space, "bldg-7", v="1.2")
    assert "customData" not in shown
    assert "labels" not in shown
    assert shown["version"] == 2


async def test_25_a_bad_item_does_not_sink_the_good_ones(service: Service) -> None:
    space = service.space()
    told = await declare(service, space, thing("a", foo=1), thing("b"), thing("a", entityType=None), {"id": 7})
    assert [one.get("result", one.get("code")) for one in told] == [
        "UnknownProperty",
        "created",
        "MissingProperty",
        "MissingProperty",
    ]
    assert [one["id"] for one in told] == ["a", "b", "a", None]
    assert "entityid" not in told[3]["tracker"]


INVALID: list[tuple[str, Any]] = [
    ("id", 1),
    ("id", ""),
    ("id", "x" * 513),
    ("id", "urn:tercet:one:two"),
    ("entityType", ""),
    ("entityType", "t" * 257),
    ("entityType", "a\nb"),
    ("entityName", 7),
    ("entityName", "n" * 1025),
    ("brickEntityName", "b" * 256),
    ("customData", []),
    ("customData", {"a": "x" * 65_529}),
    ("labels", "north"),
    ("labels", [""]),
    ("labels", ["x" * 256]),
    ("labels", ["x"] * 101),
    ("geoLocation", {"type": "Point", "coordinates": [1, 2]}),
    ("geoLocation", {"type": "FeatureCollection", "features": [{"type": "Feature"}]}),
    ("geoBoundary", {"type": "FeatureCollection", "features": [POINT | {"geometry": {"type": "GeometryCollection"}}]}),
    ("isActive", False),
]


@pytest.mark.parametrize(("name", "value"), INVALID)
async def test_26_an_unusable_value_is_refused(memory: MemoryService, name: str, value: Any) -> None:
    assert await declare_one(memory, memory.space(), thing() | {name: value}) == f"InvalidProperty {name}"


RINGS = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
LONGEST: list[tuple[str, Any]] = [
    ("id", "\U0001d11e" * 512),
    ("id", "erstatus"),
    ("entityType", "\u00a0" * 256),
    ("entityName", ""),
    ("brickEntityName", ""),
    ("labels", ["x" * 255] * 100),
    ("geoLocation", {"type": "FeatureCollection", "features": [POINT]}),
    ("geoBoundary", {"type": "FeatureCollection", "features": [POINT | {"geometry": RINGS}]}),
    ("sysData", 1),
    ("version", "any"),
]


@pytest.mark.parametrize(("name", "value"), LONGEST)
async def test_26_a_value_at_its_bound_is_taken(memory: MemoryService, name: str, value: Any) -> None:
    assert await declare_one(memory, memory.space(), thing() | {name: value}) == "created"


async def test_27_an_entity_as_it_was_read_is_sent_back_unchanged(service: Service) -> None:
    space = service.space()
    whole = thing(
        **KEPT, labels=["a"], customData={"k": [1]}, geoLocation={"type": "FeatureCollection", "features": []}
    )
    await declare(service, space, whole)
    shown = await find(service, space, "bldg-7", v="1.2", includeSystemData="true")
    assert await declare_one(service, space, shown) == "unchanged"


async def test_28_the_same_id_twice_is_applied_in_order(service: Service) -> None:
    space = service.space()
    told = await declare(service, space, thing(), thing(entityType="Brick__Floor"), thing(entityName="x"))
    assert [one.get("result", one.get("code")) for one in told] == ["created", "RestrictedProperty", "updated"]
    assert (await find(service, space, "bldg-7", v="1.2"))["version"] == 2


async def test_32_the_entity_type_that_is_one_too_many_is_refused(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [thing(f"e{n}", entityType=f"t{n}") for n in range(1001)], path=ENTITIES)
    assert [(one["index"], one["code"], one["property"]) for one in told["errorInfo"]] == [
        (1000, "TooManyTypes", "entityType")
    ]
    assert await declare_one(service, space, thing("again", entityType="t5")) == "created"


async def test_33_an_entity_that_is_only_an_end_is_missing(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    answer = await get(service, space, f"{ENTITIES}/bldg-7")
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")


async def test_an_entity_that_was_only_an_end_can_be_declared(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    assert await declare_one(service, space, thing()) == "created"
    assert (await find(service, space, "bldg-7", v="1.2"))["version"] == 1
    assert (await read_object(service, space, "rel-1"))["sourceEntityId"] == "bldg-7"
    assert await declare_one(service, space, thing(entityName="new")) == "updated"


async def test_34_any_id_is_found_by_path_and_by_query(service: Service) -> None:
    space = service.space()
    ids = ["a/b c%2F", "..", "urn:tercet:autodesk-bim360-asset:asset:9"]
    await declare(service, space, *(thing(id) for id in ids))
    for id in ids:
        by_query = (await get(service, space, ENTITIES, id=id)).json()["data"]
        assert [one["id"] for one in by_query] == [id]
        if id != "..":
            assert await find(service, space, id) == by_query[0]
    assert (await get(service, space, ENTITIES, id="other")).status_code == 404
    assert (await get(service, space, ENTITIES, id="")).status_code == 400


async def test_40_version_and_metadata_come_with_version_1_2_only(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing(labels=["north"]))
    assert list(await find(service, space, "bldg-7")) == ["id", "entityType", "entityName", "isActive"]
    shown = await find(service, space, "bldg-7", v="1.2")
    assert list(shown) == ["id", "entityType", "entityName", "labels", "schemaMetadata", "version", "isActive"]
    assert shown["schemaMetadata"]["entityType"] == "Brick__Building"
    assert shown["schemaMetadata"]["schemaCollectionId"] == "Brick"
    assert shown["version"] == 1


async def test_system_data_describes_the_last_change(service: Service) -> None:
    space = service.space()
    await post(service, space, thing(), path=ENTITIES, **{"async": "false", "x_correlation_id": "c-41"})
    told = (await find(service, space, "bldg-7", includeSystemData="true"))["sysData"]
    assert list(told) == [
        *("sysSchemaVersion", "sysERCollectionId", "sysCorrelationId", "sysTimestamp"),
        *("sysClientId", "sysRequestorId", "sysEntityVersion", "sysEntityType"),
    ]
    assert (told["sysERCollectionId"], told["sysCorrelationId"]) == (space, "c-41")
    assert (told["sysEntityVersion"], told["sysEntityType"]) == (1, "Brick__Building")


async def test_42_the_other_spelling_of_the_path_is_an_alias(service: Service) -> None:
    space = service.space()
    (told,) = await declare(service, space, thing(), path=ALIAS)
    assert told["result"] == "created"
    assert (await get(service, space, f"{ALIAS}/bldg-7")).json()["data"] == [await find(service, space, "bldg-7")]
    for path in (f"{ALIAS}/filename/x", f"{ALIAS}/filename"):
        answer = await get(service, space, path)
        assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")


async def delete(service: Service, space: str, path: str) -> Any:
    """Deletes what a path names."""
    return await service.client.delete(path, headers=head(service, space))


async def test_47_a_deleted_entity_is_gone_until_it_is_declared_again(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing(**KEPT))
    gone = await delete(service, space, f"{ENTITIES}/bldg-7")
    assert (gone.status_code, gone.json()["status"]) == (200, {"message": "Entity deleted", "code": "200"})
    assert (gone.json()["data"], gone.json()["paging"]) == ({}, None)
    again = await delete(service, space, f"{ENTITIES}?id=bldg-7")
    assert (again.status_code, read_error(again)["code"]) == (404, "NotFound")
    assert (await get(service, space, f"{ENTITIES}/bldg-7")).status_code == 404
    assert await declare_one(service, space, thing(entityType="Brick__Floor")) == "RestrictedProperty entityType"
    assert await declare_one(service, space, thing()) == "created"
    shown = await find(service, space, "bldg-7", v="1.2")
    assert (shown["version"], shown["brickEntityName"]) == (3, "one")


async def set_references(service: Any, space: str, mode: str) -> None:
    """Switches the check of references of a collection that exists."""
    if isinstance(service, MemoryService):
        held = service.store.spaces[space]
        held.state = replace(held.state, settings={"references": mode})
        return
    statement = "MATCH (s:Space {id: $space}) SET s.settings = $settings"
    async with service.service.connection.session("write") as session:
        await (await session.run(statement, space=space, settings=json.dumps({"references": mode}))).consume()


async def test_49_an_entity_in_use_is_deleted_kept_or_warned_about_as_the_collection_says(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing("a"), thing("b"), thing("c"))
    ends = [item(f"rel-{id}", sourceEntityId=id, destinationEntityId=id) for id in "ab"]
    await declare(service, space, *ends, path="/apollo/er/relationships")
    assert (await delete(service, space, f"{ENTITIES}/a")).json()["data"] == {}
    await set_references(service, space, "enforce")
    kept = await delete(service, space, f"{ENTITIES}/b")
    assert (kept.status_code, read_error(kept)["code"]) == (409, "EntityInUse")
    assert (await delete(service, space, f"{ENTITIES}/c")).status_code == 200
    await set_references(service, space, "warn")
    gone = await delete(service, space, f"{ENTITIES}/b")
    (warning,) = gone.json()["data"]["warnings"]
    assert (gone.status_code, warning["code"], warning["property"]) == (200, "EntityInUse", None)
    assert (await get(service, space, f"{ENTITIES}/b")).status_code == 404


async def test_47_a_deleted_relationship_is_gone(service: Service) -> None:
    space, path = service.space(), "/apollo/er/relationships"
    await carry_out(service, space, [item()])
    gone = await delete(service, space, f"{path}/rel-1")
    assert (gone.status_code, gone.json()["status"]) == (200, {"message": "Relationship deleted", "code": "200"})
    assert (await delete(service, space, f"{path}/rel-1")).status_code == 404
    assert (await get(service, space, f"{path}/rel-1")).status_code == 404
    assert (await delete(service, space, path)).status_code == 400
    refused = await delete(service, space, f"{path}/erstatus")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


async def test_48_a_deleted_relationship_comes_back_as_its_next_version(service: Service) -> None:
    space, path = service.space(), "/apollo/er/relationships"
    await declare(service, space, item(), path=path)
    await delete(service, space, f"{path}/rel-1")
    refused, made = await declare(service, space, item(relationshipType="other"), item(), path=path)
    assert (refused["code"], refused["property"]) == ("RestrictedProperty", "relationshipType")
    assert made["result"] == "created"
    shown = await read_object(service, space, "rel-1", includeSystemData="true")
    assert shown["sysData"]["sysRelationshipVersion"] == 3


async def test_56_every_write_is_told_of_by_its_transaction(service: Service) -> None:
    space = service.space()
    made = await post(service, space, thing(), path=ENTITIES, **{"async": "false"})
    gone = await delete(service, space, f"{ENTITIES}/bldg-7")
    for answer, action in ((made, "Upsert"), (gone, "Delete")):
        id = answer.json()["transactionId"]
        told = await get(service, space, f"/apollo/status/{id.upper()}")
        assert told.status_code == 200, told.text
        assert told.json()["status"]["code"] == "OK"
        record = told.json()["data"]
        assert record["serviceData"] == {"entityId": "bldg-7", "erCollectionId": space, "relationshipId": None}
        assert (record["messageType"], record["requestAction"], record["requestObject"]) == (
            *("Request", action),
            "Entity",
        )
        assert (record["state"], record["outcome"], record["transactionIDList"]) == ("Completed", "Succeeded", [id])
        assert record["counts"]["total"] == sum(v for k, v in record["counts"].items() if k != "total") == 1
        assert [one["state"] for one in record["stateHistory"]] == ["Requested", "Processing", "Completed"]


@pytest.mark.parametrize("id", ["0b7d3f52-6c1e-4e0b-9d55-3a1f7c2e8d41", "nothing"])
async def test_56_an_unknown_transaction_is_missing(service: Service, id: str) -> None:
    answer = await get(service, service.space(), f"/apollo/status/{id}")
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")


async def test_56_a_transaction_is_hidden_from_who_may_not_read_its_collection(memory: MemoryService) -> None:
    space = await memory.found()
    made = await post(memory, space, thing(), path=ENTITIES, **{"async": "false"})
    id = made.json()["transactionId"]
    stranger = head(memory, space, memory.token(sub="stranger"))
    assert (await memory.client.get(f"/apollo/status/{id}", headers=stranger)).status_code == 404


async def test_56_a_final_transaction_is_known_by_its_tag(service: Service) -> None:
    space = service.space()
    accepted = await post(service, space, [thing()], path=ENTITIES)
    place = f"/apollo/status/{accepted.json()['transactionId']}"
    told = await service.client.get(place, headers=head(service, space, Prefer="wait=20"))
    assert told.json()["data"]["state"] == "Completed"
    assert told.headers["Preference-Applied"] == "wait=20"
    assert told.headers["Cache-Control"] == "private, no-cache"
    same = await service.client.get(place, headers=head(service, space, If_None_Match=told.headers["ETag"]))
    assert same.status_code == 304


async def test_66_relationships_are_filled_from_the_declared_types_of_their_ends(service: Service) -> None:
    space = service.space()
    await declare(service, space, thing(), thing("floor-7-2", entityType="Brick__Floor"))
    await carry_out(service, space, [item(relationshipType="Brick__hasPart_Location_Location"), item("rel-2")])
    shown = await read_object(service, space, "rel-1")
    assert {name: value for name, value in shown.items() if name.startswith("brick")} == {
        "brickRelationshipName": "hasPart",
        "brickRelationshipType": "Brick__hasPart",
        "brickSourceEntityType": "Brick__Location",
        "brickSourceEntitySubType": "Brick__Building",
        "brickDestinationEntityType": "Brick__Location",
        "brickDestinationEntitySubType": "Brick__Floor",
    }
    assert not [name for name in await read_object(service, space, "rel-2") if name.startswith("brick")]


async def test_08_a_hundred_items_are_taken_at_once_and_not_one_more(service: Service) -> None:
    space, path = service.space(), "/apollo/er/relationships"
    items = [item(f"rel-{n}") for n in range(101)]
    refused = await post(service, space, items, **{"async": "false"})
    assert (refused.status_code, read_error(refused)["code"]) == (413, "TooManyItems")
    assert [one["result"] for one in await declare(service, space, *items[:-1], path=path)] == ["created"] * 100


async def test_19_a_refused_item_at_once_tells_its_property_and_link(service: Service) -> None:
    space = service.space()
    await post(service, space, [item()], **{"async": "false"})
    answer = await post(service, space, [item(relationshipType="other")], **{"async": "false"})
    told = answer.json()
    assert answer.status_code == 207
    assert told["status"]["message"] == "Total number of Relationships Upserted:  0."
    assert list(told["data"]["responses"]) == ["failure"]
    (one,) = told["data"]["responses"]["failure"]
    assert list(one) == ["id", "message", "tracker", "index", "code", "property"]
    assert one["message"] == "Restricted property relationshipType is not allowed to change"
    assert (one["code"], one["property"], one["index"]) == ("RestrictedProperty", "relationshipType", 0)
    assert f"?relationshipid=rel-1&transactionid={told['transactionId']}" in one["tracker"]


async def test_67_a_warning_stands_on_the_item_that_was_stored_at_once(service: Service) -> None:
    sent = item(relationshipType="Brick__feeds", destinationEntityId="bldg-7")
    (told,) = await declare(service, service.space(), sent, path="/apollo/er/relationships")
    assert (told["result"], told["warnings"][0]["code"]) == ("created", "OntologyViolation")


async def test_14_a_synchronous_write_into_an_unknown_collection_is_forbidden(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    answer = await post(service, service.space(), thing(), path=ENTITIES, **{"async": "false"})
    assert (answer.status_code, read_error(answer)["code"]) == (403, "CollectionForbidden")


async def test_entities_need_their_scopes(service: Service) -> None:
    space = service.space()
    reader, writer = service.token("apollo_read"), service.token("apollo_write")
    assert (await post(service, space, thing(), path=ENTITIES, token=reader)).status_code == 403
    answer = await service.client.get(f"{ENTITIES}/x", headers=head(service, space, writer))
    assert answer.status_code == 403
    answer = await service.client.delete(f"{ENTITIES}/x", headers=head(service, space, reader))
    assert answer.status_code == 403
    assert GUID.fullmatch(answer.json()["transactionId"])
