"""What becomes of each item of an upload: apollo 15, items 19-31, 44, 45 and 66-68 as far as uploads show them."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.access import Right
from app.core.identity import name_uuid, space_name
from app.core.model import Author, Created, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import AUTODESK, SAS, Policy
from tests.apollo.conftest import MakeMemory, MemoryService
from tests.apollo.speak import Service, carry_out, item, post, read, read_object, track

BRICK = {
    "brickRelationshipName": "hasPart",
    "brickRelationshipType": "Brick__hasPart",
    "brickSourceEntityType": "Brick__Location",
    "brickSourceEntitySubType": "Brick__Building",
    "brickDestinationEntityType": "Brick__Location",
    "brickDestinationEntitySubType": "Brick__Floor",
}
HAS_PART = "Brick__hasPart_Location_Location"


async def refuse(service: Service, *sent: Any, space: str | None = None) -> list[tuple[Any, ...]]:
    """Index, id, code and property of the items that were refused."""
    told = await carry_out(service, space or service.space(), list(sent))
    return [(fault["index"], fault["id"], fault["code"], fault["property"]) for fault in told["errorInfo"]]


@pytest.mark.parametrize(
    "name", ["id", "sourceEntityId", "destinationEntityId", "relationshipType", "relationshipName"]
)
@pytest.mark.parametrize("given", ["absent", None])
async def test_26_a_required_property_is_demanded(service: Service, name: str, given: str | None) -> None:
    sent = item()
    sent.pop(name) if given else sent.update({name: None})
    assert await refuse(service, sent) == [(0, sent.get("id"), "MissingProperty", name)]


async def test_26_an_unknown_property_is_refused(service: Service) -> None:
    assert await refuse(service, item(foo=1)) == [(0, "rel-1", "UnknownProperty", "foo")]


INVALID: list[tuple[str, Any]] = [
    ("id", 1),
    ("id", ""),
    ("id", "x" * 513),
    ("id", "a\x07"),
    ("id", "a\x85"),
    ("id", "erstatus"),
    ("sourceEntityId", ""),
    ("sourceEntityId", "x" * 513),
    ("sourceEntityId", {}),
    ("destinationEntityId", "urn:tercet:one:two"),
    ("destinationEntityId", "urn:tercet:a:b:%zz"),
    ("destinationEntityId", "urn:tercet:a:b:%ff"),
    ("destinationEntityId", "urn:tercet:apollo:entity:urn%3Atercet%3Aa%3Ab%3Ac"),
    ("destinationEntityId", "urn:tercet:sas:resource:%2Ftercet%2Fentities%2Fa%2Fb%2Fc"),
    ("destinationEntityId", "urn:tercet:" + "d" * 129 + ":b:c"),
    ("relationshipType", ""),
    ("relationshipType", "t" * 257),
    ("relationshipType", "a\nb"),
    ("relationshipName", "n" * 1025),
    ("relationshipName", []),
    ("sourceERCollectionId", 1),
    ("destinationERCollectionId", ""),
    ("destinationERCollectionId", "x" * 129),
    ("destinationERCollectionId", " a"),
    ("brickRelationshipName", "b" * 256),
    ("brickDestinationEntitySubType", 0),
    ("customData", "text"),
    ("customData", []),
    ("customData", {"a": "x" * 65_529}),
    ("isActive", False),
    ("isActive", 1),
    ("isActive", "true"),
]


@pytest.mark.parametrize(("name", "value"), INVALID)
async def test_26_an_unusable_value_is_refused(memory: MemoryService, name: str, value: Any) -> None:
    ((_, _, code, property),) = await refuse(memory, item() | {name: value})
    assert (code, property) == ("InvalidProperty", name)


LONGEST: list[tuple[str, Any]] = [
    ("id", "\U0001d11e" * 512),
    ("id", "a/b:c,(d) %2F é\u2028"),
    ("sourceEntityId", "\U0001d11e" * 512),
    ("sourceEntityId", f"urn:tercet:{'d' * 128}:{'t' * 128}:{'i' * 2048}"),
    ("relationshipType", "\u00a0" * 256),
    ("relationshipName", ""),
    ("relationshipName", "n" * 1024),
    ("brickRelationshipName", ""),
    ("brickRelationshipName", "b" * 255),
    ("customData", {"a": "x" * 65_528}),
    ("customData", {}),
    ("isActive", True),
    ("isActive", None),
    ("sysData", {"any": ["thing"]}),
    ("version", "any"),
    ("schemaMetadata", 1),
]


@pytest.mark.parametrize(("name", "value"), LONGEST)
async def test_26_a_value_at_its_bound_is_taken(memory: MemoryService, name: str, value: Any) -> None:
    assert await refuse(memory, item() | {name: value}) == []


async def test_custom_data_is_measured_in_compact_form_whatever_blanks_came(service: Service) -> None:
    space = service.space()
    head = b'{"id":"r","sourceEntityId":"a","destinationEntityId":"b","relationshipType":"t","relationshipName":"n",'
    told = await carry_out(service, space, head + b'"customData":{"a":' + b" " * 70_000 + b"1}}")
    assert told["counts"]["created"] == 1


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"relationshipName": None, "foo": 1, "isActive": False}, ("MissingProperty", "relationshipName")),
        ({"relationshipName": None, "relationshipType": None}, ("MissingProperty", "relationshipType")),
        ({"b": 1, "a": 1, "\u00e9": 1, "isActive": False}, ("UnknownProperty", "a")),
        (
            {"isActive": False, "customData": 1, "brickRelationshipType": 1},
            ("InvalidProperty", "brickRelationshipType"),
        ),
        ({"sourceERCollectionId": "other", "isActive": False}, ("InvalidProperty", "isActive")),
        (
            {"sourceERCollectionId": "other", "destinationERCollectionId": "x"},
            ("CrossCollectionForbidden", "sourceERCollectionId"),
        ),
    ],
)
async def test_an_item_reports_its_first_fault_only(
    service: Service, sent: dict[str, Any], fault: tuple[str, str]
) -> None:
    whole = item()
    for name, value in sent.items():
        whole.pop(name) if value is None else whole.update({name: value})
    ((_, _, code, property),) = await refuse(service, whole)
    assert (code, property) == fault


async def test_an_id_that_is_no_text_is_told_as_null_and_a_long_one_cut(service: Service) -> None:
    assert await refuse(service, item() | {"id": {"a": 1}}, item("x" * 600)) == [
        (0, None, "InvalidProperty", "id"),
        (1, "x" * 512, "InvalidProperty", "id"),
    ]


async def test_a_long_unknown_name_is_echoed_in_part(service: Service) -> None:
    told = await carry_out(service, service.space(), [item(**{"x" * 5000: 1})])
    (fault,) = told["errorInfo"]
    assert len(fault["property"]) <= 200
    assert len(fault["message"]) <= 250


@pytest.mark.parametrize("name", ["relationshipType", *BRICK])
@pytest.mark.parametrize("was", ["stored", "absent"])
async def test_19_20_a_frozen_property_never_changes(service: Service, name: str, was: str) -> None:
    space = service.space()
    first = item(**BRICK, relationshipType=HAS_PART) if was == "stored" else item()
    await carry_out(service, space, [first])
    before = await read_object(service, space, "rel-1")
    told = await carry_out(service, space, [first | {name: "other", "relationshipName": "new"}])
    (fault,) = told["errorInfo"]
    assert (fault["code"], fault["property"]) == ("RestrictedProperty", name)
    assert fault["message"] == f"Restricted property {name} is not allowed to change"
    assert await read_object(service, space, "rel-1") == before


async def test_21_a_frozen_property_that_is_left_out_is_kept(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item(**BRICK)])
    told = await carry_out(service, space, [item(relationshipName="new")])
    assert told["counts"]["updated"] == 1
    shown = await read_object(service, space, "rel-1")
    assert {name: shown[name] for name in BRICK} == BRICK
    assert shown["relationshipName"] == "new"


async def test_22_an_end_may_move(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    told = await carry_out(service, space, [item(destinationEntityId="floor-9")])
    assert told["counts"]["updated"] == 1
    assert (await read_object(service, space, "rel-1"))["destinationEntityId"] == "floor-9"


async def test_24_what_is_left_out_is_gone_and_a_repeat_changes_nothing(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item(customData={"a": [1, 2.5, None, "x"]})])
    assert (await read_object(service, space, "rel-1"))["customData"] == {"a": [1, 2.5, None, "x"]}
    await carry_out(service, space, [item()])
    told = await carry_out(service, space, [item()])
    assert told["counts"]["unchanged"] == 1
    shown = await read_object(service, space, "rel-1", includeSystemData="true")
    assert "customData" not in shown
    assert shown["sysData"]["sysRelationshipVersion"] == 2


async def test_25_a_bad_item_harms_no_other(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [{}, item("good"), {"id": 1}])
    assert [fault["index"] for fault in told["errorInfo"]] == [0, 2]
    assert (await read(service, space, "good")).status_code == 200


@pytest.mark.parametrize("custom", [None, {"deep": {"er": [True, 1, 1.0, "1"]}}])
async def test_27_a_read_object_may_be_sent_back(service: Service, custom: object) -> None:
    space = service.space()
    await carry_out(service, space, [item(relationshipType=HAS_PART, customData=custom)])
    shown = await read_object(service, space, "rel-1", includeSystemData="true")
    assert shown["sysData"]
    told = await carry_out(service, space, [shown])
    assert told["counts"]["unchanged"] == 1
    assert await refuse(service, shown | {"isActive": False}, space=space) == [
        (0, "rel-1", "InvalidProperty", "isActive")
    ]


async def test_28_an_id_sent_twice_is_applied_in_order(service: Service) -> None:
    space = service.space()
    sent = [item(), item(relationshipType="other"), item(relationshipName="new")]
    told = await carry_out(service, space, sent)
    assert [(f["index"], f["code"]) for f in told["errorInfo"]] == [(1, "RestrictedProperty")]
    assert (told["counts"]["created"], told["counts"]["updated"]) == (1, 1)


async def test_29_one_pair_may_be_related_many_times(service: Service) -> None:
    space = service.space()
    told = await carry_out(service, space, [item("a"), item("b")])
    assert told["counts"]["created"] == 2
    assert (await read_object(service, space, "a"))["id"] == "a"
    assert (await read_object(service, space, "b"))["id"] == "b"


async def test_30_a_foreign_source_collection_is_forbidden(service: Service) -> None:
    assert await refuse(service, item(sourceERCollectionId="another")) == [
        (0, "rel-1", "CrossCollectionForbidden", "sourceERCollectionId")
    ]


async def test_30_a_destination_without_right_is_forbidden(service: Service) -> None:
    foreign, space = service.space(), service.space()
    await carry_out(service, foreign, [item()], token=service.token(sub="stranger"))
    assert await refuse(service, item(destinationERCollectionId=foreign), space=space) == [
        (0, "rel-1", "CrossCollectionForbidden", "destinationERCollectionId")
    ]


async def test_30_an_unknown_destination_counts_only_where_collections_are_made_by_hand(
    make_memory: MakeMemory,
) -> None:
    lenient, strict = make_memory(), make_memory(auto_spaces=False)
    unknown = lenient.space()
    sent = item(destinationERCollectionId=unknown)
    assert await refuse(lenient, sent) == []
    assert unknown not in lenient.store.spaces
    assert await refuse(strict, sent, space=await strict.found()) == [
        (0, "rel-1", "CrossCollectionForbidden", "destinationERCollectionId")
    ]


async def test_30_a_destination_that_may_be_read_is_reached_and_shown(memory: MemoryService) -> None:
    space, other = await memory.found(), await memory.found()
    memory.store.spaces[other].grants = {"sub:user:developer": Right.READONLY}
    sent = item(sourceERCollectionId=space, destinationERCollectionId=other)
    assert await refuse(memory, sent, space=space) == []
    shown = await read_object(memory, space, "rel-1")
    assert (shown["sourceERCollectionId"], shown["destinationERCollectionId"]) == (space, other)
    assert (await read(memory, other, "rel-1")).status_code == 404
    told = await carry_out(memory, space, [shown])
    assert told["counts"]["unchanged"] == 1


async def test_30_rights_are_judged_when_the_item_is_applied(memory: MemoryService) -> None:
    space, other = await memory.found(), await memory.found()
    accepted = await post(memory, space, [item(destinationERCollectionId=other), item("rel-2")])
    memory.store.spaces[other].grants.clear()
    id = accepted.headers["Location"].partition("=")[2]
    told = (await track(memory, id, Prefer="wait=10")).json()
    assert [fault["code"] for fault in told["errorInfo"]] == ["CrossCollectionForbidden"]
    assert told["counts"]["created"] == 1


async def test_31_the_space_has_a_bound_on_types(make_memory: MakeMemory) -> None:
    service = make_memory(max_relationship_types=3)
    sent = [item(f"rel-{n}", relationshipType=f"type-{n}") for n in range(4)]
    told = await carry_out(service, service.space(), [*sent, item("late", relationshipType="type-0")])
    assert [(f["index"], f["code"], f["property"]) for f in told["errorInfo"]] == [
        (3, "TooManyTypes", "relationshipType")
    ]
    assert told["counts"]["created"] == 4


async def test_31_exactly_the_thousand_and_first_type_is_one_too_many(service: Service) -> None:
    sent = [item(f"rel-{n}", relationshipType=f"type-{n}") for n in range(1001)]
    sent.append(item("late", relationshipType="type-5"))
    assert await refuse(service, *sent) == [(1000, "rel-1000", "TooManyTypes", "relationshipType")]


async def write(memory: MemoryService, space: str, policy: Policy, *, type: str, fields: dict[str, Any]) -> str:
    """Writes as another format does; the id of what it made."""
    ends = Mention(Entity("autodesk-bim360", "model/v1", "a/b:c")), Mention(Entity("sas", "resource", "/files/x"))
    origin = Origin(by=Author(user="other"), principal="sub:user:other")
    proposal = Proposal(None, type, *ends, fields)
    receipt = await memory.store.write(space, Recording(policy=policy, items=[proposal], origin=origin))
    (outcome,) = receipt.outcomes
    assert isinstance(outcome, Created)
    return outcome.relationship.id


@pytest.mark.parametrize(
    ("policy", "type", "fields"), [(AUTODESK, "related", {}), (SAS, "Contains", {"assertedBy": "x"})]
)
async def test_44_relationships_of_other_formats_are_shown(
    memory: MemoryService, policy: Policy, type: str, fields: dict[str, Any]
) -> None:
    space = await memory.found()
    id = await write(memory, space, policy, type=type, fields=fields)
    assert await read_object(memory, space, id) == {
        "id": id,
        "sourceEntityId": "urn:tercet:autodesk-bim360:model%2Fv1:a%2Fb%3Ac",
        "destinationEntityId": "urn:tercet:sas:resource:%2Ffiles%2Fx",
        "relationshipType": type,
        "relationshipName": type,
        "sourceERCollectionId": space,
        "destinationERCollectionId": space,
        "isActive": True,
    }


@pytest.mark.parametrize(("policy", "type"), [(AUTODESK, "related"), (SAS, "Contains")])
async def test_44_what_another_format_wrote_keeps_its_frozen_fields(
    memory: MemoryService, policy: Policy, type: str
) -> None:
    space = await memory.found()
    id = await write(memory, space, policy, type=type, fields={})
    shown = await read_object(memory, space, id, includeSystemData="true")
    assert (await carry_out(memory, space, [shown]))["counts"]["unchanged"] == 1
    moved = await carry_out(memory, space, [shown | {"sourceEntityId": "other", "relationshipName": "new"}])
    assert [(f["code"], f["property"]) for f in moved["errorInfo"]] == [("RestrictedProperty", "sourceEntityId")]
    named = await carry_out(memory, space, [shown | {"relationshipName": "new"}])
    refused = [(f["code"], f["property"]) for f in named["errorInfo"]]
    assert refused == ([("RestrictedProperty", "relationshipName")] if policy is AUTODESK else [])


async def test_44_a_deleted_relationship_of_another_format_stays_deleted(memory: MemoryService) -> None:
    space = await memory.found()
    id = await write(memory, space, SAS, type="Contains", fields={})
    shown = await read_object(memory, space, id)
    await memory.retire(space, id)
    assert await refuse(memory, shown, space=space) == [(0, id, "InvalidProperty", "id")]


async def test_45_a_foreign_id_names_the_other_formats_entity(memory: MemoryService) -> None:
    space = await memory.found()
    id = await write(memory, space, SAS, type="Contains", fields={})
    foreign = "urn:tercet:%61utodesk-bim360:model%2fv1:a%2Fb%3ac"
    await carry_out(memory, space, [item(sourceEntityId=foreign)])
    theirs, ours = memory.store.spaces[space].relationships.values()
    assert theirs.id == id
    assert ours.source.entity == theirs.source.entity
    shown = await read_object(memory, space, "rel-1")
    assert shown["sourceEntityId"] == "urn:tercet:autodesk-bim360:model%2Fv1:a%2Fb%3Ac"


async def test_45_the_foreign_spelling_of_an_own_entity_is_that_entity(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item(sourceEntityId="urn:tercet:apollo:entity:bldg%207")])
    assert (await read_object(service, space, "rel-1"))["sourceEntityId"] == "bldg 7"


async def test_a_core_uuid_names_the_same_relationship_in_items_and_paths(service: Service) -> None:
    space = service.space()
    await carry_out(service, space, [item()])
    core = name_uuid(space_name(space).namespace, "rel-1")
    assert (await read_object(service, space, core))["id"] == "rel-1"
    told = await carry_out(service, space, [item(core)])
    assert told["counts"]["unchanged"] == 1
    assert (await read(service, space, core.upper())).status_code == 404


async def test_66_brick_properties_that_are_not_sent_are_filled_from_the_type(service: Service) -> None:
    space = service.space()
    sent = item(relationshipType=HAS_PART, brickSourceEntitySubType="Brick__Building")
    await carry_out(service, space, [sent, item("plain")])
    shown = await read_object(service, space, "rel-1")
    filled = {name: shown[name] for name in BRICK if name in shown}
    expected = {name: value for name, value in BRICK.items() if name != "brickDestinationEntitySubType"}
    assert filled == expected
    assert not BRICK.keys() & (await read_object(service, space, "plain")).keys()


async def test_67_a_finding_is_a_warning_unless_it_is_enforced(memory: MemoryService) -> None:
    space = await memory.found()
    loop = item(relationshipType="Brick__feeds", destinationEntityId="bldg-7")
    told = await carry_out(memory, space, [loop])
    assert (told["warningCount"], told["counts"]["created"]) == (1, 1)
    assert await refuse_under(memory, {"ontology": "enforce"}, loop) == [("OntologyViolation", "destinationEntityId")]


async def test_68_undeclared_ends_are_refused_only_where_references_are_enforced(memory: MemoryService) -> None:
    assert await refuse_under(memory, {"references": "enforce"}, item()) == [("EntityNotFound", "sourceEntityId")]
    assert await refuse_under(memory, {"types": "enforce"}, item()) == [("UnknownType", "relationshipType")]


async def refuse_under(memory: MemoryService, settings: dict[str, str], sent: Any) -> list[tuple[Any, Any]]:
    """Code and property of what is refused in a space with these settings."""
    space = await memory.found()
    held = memory.store.spaces[space]
    held.state = held.state.__class__(space, exists=True, number=held.state.number, settings=settings)
    told = await carry_out(memory, space, [sent])
    return [(fault["code"], fault["property"]) for fault in told["errorInfo"]]
