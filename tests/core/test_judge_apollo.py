"""Rules 1 to 7 of apollo 5.1, each frozen field alone, types (5.6), filling and modes (13)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from app.core.errors import FieldFrozen, FindingEnforced, NotRevivable, TooManyTypes
from app.core.model import Created, Entity, Mention, Proposal, Refused, Replaced, Unchanged
from app.core.rules import APOLLO, AUTODESK, BRICK_FIELDS, SAS
from tests.core.judging import BOB, ID, OTHER_ID, Court, apollo, autodesk, end, refusal, sas

BRICK = {field: f"old {field}" for field in BRICK_FIELDS}
SEVEN = ("type", *BRICK_FIELDS)


@pytest.fixture
def court() -> Court:
    return Court()


def changed(item: Proposal, field: str, value: Any) -> Proposal:
    return item._replace(type=value) if field == "type" else item._replace(fields={**item.fields, field: value})


async def test_rule_1_a_new_id_is_created_as_version_1(court: Court) -> None:
    made = await court.create(APOLLO, apollo(ID, customData={"k": [1]}))
    assert (made.id, made.version, made.type) == (ID, 1, "site_beside")
    assert made.fields == {"relationshipName": "n", "customData": {"k": [1]}}


async def test_rule_2_an_upsert_replaces_the_whole_object(court: Court) -> None:
    stored = await court.create(APOLLO, apollo(ID, customData={"k": 1}))
    court.now += 5
    (outcome,) = await court.judge(APOLLO, apollo(ID, "c", "d", relationshipName="m"), by=BOB)
    assert isinstance(outcome, Replaced)
    made = outcome.relationship
    assert (made.source.entity.id, made.target.entity.id, made.version) == ("c", "d", 2)
    assert made.fields == {"relationshipName": "m"}
    assert (made.created, made.modified.by) == (stored.created, BOB)
    assert court.space.versions == [stored]


async def test_rule_2_frozen_fields_not_sent_keep_their_values(court: Court) -> None:
    await court.create(APOLLO, apollo(ID, **BRICK))
    (outcome,) = await court.judge(APOLLO, apollo(ID, relationshipName="m"))
    assert isinstance(outcome, Replaced)
    assert outcome.relationship.fields == {**BRICK, "relationshipName": "m"}


@pytest.mark.parametrize("field", SEVEN)
async def test_rule_2_a_frozen_field_sent_otherwise_fails_the_item_whole(court: Court, field: str) -> None:
    item = apollo(ID, **BRICK)
    stored = await court.create(APOLLO, item)
    breach = changed(item, field, "new")._replace(source=end("elsewhere"))
    (outcome,) = await court.judge(APOLLO, breach)
    error = refusal(outcome)
    assert isinstance(error, FieldFrozen)
    assert error.field == field
    assert court.stored(ID) == stored
    assert court.space.state.entities == 2


@pytest.mark.parametrize("field", BRICK_FIELDS)
async def test_rule_2_a_stored_absence_is_frozen_too(court: Court, field: str) -> None:
    await court.create(APOLLO, apollo(ID))
    (outcome,) = await court.judge(APOLLO, apollo(ID, **{field: "new"}))
    assert refusal(outcome).field == field


@pytest.mark.parametrize("field", SEVEN)
async def test_rule_2_a_frozen_field_sent_as_it_is_passes(court: Court, field: str) -> None:
    item = apollo(ID, **BRICK)
    await court.create(APOLLO, item)
    sent = {} if field == "type" else {field: BRICK[field]}
    (outcome,) = await court.judge(APOLLO, apollo(ID, relationshipName="m", **sent))
    assert isinstance(outcome, Replaced)


@pytest.mark.parametrize(("first", "second"), list(itertools.pairwise(SEVEN)))
async def test_rule_2_of_several_violations_the_first_in_table_order_is_named(
    court: Court, first: str, second: str
) -> None:
    item = apollo(ID, **BRICK)
    await court.create(APOLLO, item)
    (outcome,) = await court.judge(APOLLO, changed(changed(item, second, "new"), first, "new"))
    assert refusal(outcome).field == first


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ({"a": 1, "b": [True, None]}, {"b": [True, None], "a": 1}),
        ({"a": 1}, {"a": 1.0}),
        (None, None),
    ],
    ids=["other key order", "the same number", "absent"],
)
async def test_rule_3_an_equal_result_is_unchanged(court: Court, stored: Any, sent: Any) -> None:
    def item(data: Any) -> Proposal:
        return apollo(ID) if data is None else apollo(ID, customData=data)

    made = await court.create(APOLLO, item(stored))
    court.now += 5
    assert await court.judge(APOLLO, item(sent)) == [Unchanged(made)]
    assert (court.space.state.seq, court.space.versions) == (1, [])


@pytest.mark.parametrize(
    ("stored", "sent"), [({"a": 1}, {"a": True}), ({"a": [1, 2]}, {"a": [2, 1]}), ({}, {"a": None})]
)
async def test_rule_3_another_json_value_is_an_update(court: Court, stored: Any, sent: Any) -> None:
    await court.create(APOLLO, apollo(ID, customData=stored))
    (outcome,) = await court.judge(APOLLO, apollo(ID, customData=sent))
    assert isinstance(outcome, Replaced)


async def test_rule_4_a_deleted_one_is_revived_as_created_with_its_frozen_fields(court: Court) -> None:
    item = apollo(ID, **BRICK)
    deleted = await court.delete(await court.create(APOLLO, item))
    (refused,) = await court.judge(APOLLO, changed(item, "brickSourceEntityType", "new"))
    assert isinstance(refusal(refused), FieldFrozen)
    (outcome,) = await court.judge(APOLLO, apollo(ID))
    assert isinstance(outcome, Created)
    made = outcome.relationship
    assert (made.version, made.live, made.fields) == (3, True, {**BRICK, "relationshipName": "n"})
    assert deleted.version == 2
    assert [change.action for commit in court.space.commits for change in commit.changes] == ["c", "d", "c"]


async def test_rule_5_any_number_may_join_one_pair_with_one_type(court: Court) -> None:
    outcomes = await court.judge(APOLLO, apollo(ID), apollo(OTHER_ID), apollo("33333333-3333-4333-8333-333333333333"))
    assert [type(outcome) for outcome in outcomes] == [Created] * 3


@pytest.mark.parametrize("writer", ["autodesk", "sas"])
async def test_rule_5_a_pair_that_another_format_related_is_free(court: Court, writer: str) -> None:
    await court.create(*((AUTODESK, autodesk("a", "b")) if writer == "autodesk" else (SAS, sas("a", "b"))))
    assert isinstance((await court.judge(APOLLO, apollo(ID)))[0], Created)


async def test_rule_6_the_shown_object_of_an_autodesk_one_is_unchanged(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    shown = apollo(ID, "a", "b", "related", relationshipName="related")
    assert await court.judge(APOLLO, shown) == [Unchanged(stored)]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (apollo(ID, "x", "b", "related", relationshipName="related"), "source"),
        (apollo(ID, "a", "x", "related", relationshipName="related"), "target"),
        (apollo(ID, "b", "a", "related", relationshipName="related"), "source"),
        (apollo(ID, "a", "b", "other", relationshipName="related"), "type"),
        (apollo(ID, "a", "b", "related", relationshipName="other"), "relationshipName"),
        (apollo(ID, "a", "b", "related", relationshipName="related", customData={}), "customData"),
        *(
            (apollo(ID, "a", "b", "related", relationshipName="related", **{field: "x"}), field)
            for field in BRICK_FIELDS
        ),
        (apollo(ID, "x", "y", "other", relationshipName="other"), "source"),
    ],
)
async def test_rule_6_anything_else_on_an_autodesk_one_names_the_first_differing_property(
    court: Court, item: Proposal, field: str
) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    (outcome,) = await court.judge(APOLLO, item)
    assert refusal(outcome).field == field
    assert court.stored(ID) == stored


@pytest.mark.parametrize(("ends", "field"), [(("x", "b"), "source"), (("a", "x"), "target")])
async def test_rule_6_the_ends_of_a_sas_one_are_frozen(court: Court, ends: tuple[str, str], field: str) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(APOLLO, apollo(stored.id, *ends, "Contains"))
    assert refusal(outcome).field == field


async def test_rule_6_the_seven_of_a_sas_one_are_free_and_its_source_is_kept(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b", assertedBy="me"))
    (outcome,) = await court.judge(APOLLO, apollo(stored.id, type="site_beside", **BRICK))
    assert isinstance(outcome, Replaced)
    made = outcome.relationship
    assert made.type == "site_beside"
    assert made.fields == {"assertedBy": "me", "relationshipName": "n", **BRICK}
    assert made.policy == "sas"
    (outcome,) = await court.judge(APOLLO, apollo(stored.id, type="Contains"))
    assert outcome.relationship.fields == {"assertedBy": "me", "relationshipName": "n"}


async def test_rule_6_the_shown_object_of_a_sas_one_is_unchanged(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b", assertedBy="me"))
    shown = apollo(stored.id, "a", "b", "Contains", relationshipName="Contains")
    assert await court.judge(APOLLO, shown) == [Unchanged(stored)]


@pytest.mark.parametrize("writer", ["autodesk", "sas"])
async def test_rule_6_a_deleted_one_of_another_format_is_not_revived(court: Court, writer: str) -> None:
    stored = await court.create(*((AUTODESK, autodesk("a", "b")) if writer == "autodesk" else (SAS, sas("a", "b"))))
    deleted = await court.delete(stored)
    (outcome,) = await court.judge(APOLLO, apollo(stored.id, "a", "b", stored.type))
    assert isinstance(refusal(outcome), NotRevivable)
    assert court.stored(stored.id) == deleted


async def test_rule_7_an_id_repeated_in_one_request_is_applied_in_order(court: Court) -> None:
    first, second, third = await court.judge(
        APOLLO, apollo(ID), apollo(ID, relationshipName="m"), apollo(ID, relationshipName="m")
    )
    assert isinstance(first, Created)
    assert isinstance(second, Replaced)
    assert third == Unchanged(second.relationship)
    assert court.stored(ID).version == 2
    assert court.space.versions == [first.relationship]


async def test_the_item_that_brings_one_type_too_many_fails_and_known_ones_pass(court: Court) -> None:
    items = [apollo(f"{n:08}-0000-4000-8000-000000000000", type=type) for n, type in enumerate("ABCAB")]
    outcomes = await court.judge(APOLLO, *items, type_limit=2)
    assert [type(outcome) for outcome in outcomes] == [Created, Created, Refused, Created, Created]
    error = refusal(outcomes[2])
    assert isinstance(error, TooManyTypes)
    assert (error.kind, error.limit) == ("relationship", 2)
    assert court.space.state.relationship_types == 2


async def test_deletion_does_not_free_a_type_and_another_formats_types_count(court: Court) -> None:
    await court.create(AUTODESK, autodesk("x", "y"))
    await court.delete(await court.create(APOLLO, apollo(ID, type="A")))
    (known, new) = await court.judge(APOLLO, apollo(OTHER_ID, type="A"), apollo(ID, "a", "b", "A"), type_limit=2)
    assert isinstance(known, Created)
    assert isinstance(new, Created)
    (outcome,) = await court.judge(APOLLO, apollo("33333333-3333-4333-8333-333333333333", type="B"), type_limit=2)
    assert isinstance(refusal(outcome), TooManyTypes)


async def test_a_failed_item_takes_no_slot_among_the_types() -> None:
    court = Court(types="enforce")
    refused, made = await court.judge(
        APOLLO, apollo(ID, type="unknown"), apollo(OTHER_ID, type="Brick__feeds"), type_limit=1
    )
    assert isinstance(refusal(refused), FindingEnforced)
    assert isinstance(made, Created)


async def test_a_type_of_the_grammar_fills_what_was_not_sent_once(court: Court) -> None:
    type = "BRICK_0_4__hasPart_Location_Location"
    made = await court.create(APOLLO, apollo(ID, type=type, brickRelationshipName="mine"))
    filled = {
        "brickRelationshipType": "BRICK_0_4__hasPart",
        "brickSourceEntityType": "BRICK_0_4__Location",
        "brickDestinationEntityType": "BRICK_0_4__Location",
    }
    assert made.fields == {"relationshipName": "n", "brickRelationshipName": "mine", **filled}
    assert await court.judge(APOLLO, apollo(ID, type=type)) == [Unchanged(made)]


async def test_a_sas_one_is_not_filled_by_a_later_upsert(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(APOLLO, apollo(stored.id, type="Brick__feeds"))
    assert outcome.relationship.fields == {"relationshipName": "n"}


@pytest.mark.parametrize(
    ("setting", "item", "code", "field"),
    [
        ("types", apollo(ID, type="site_beside"), "UnknownType", "type"),
        ("types", apollo(ID, type="Brick__likes"), "UnknownType", "type"),
        ("references", apollo(ID), "EntityNotFound", "source"),
        ("ontology", apollo(ID, "a", "a", "Brick__feeds"), "OntologyViolation", "target"),
        (
            "ontology",
            apollo(ID, type="Brick__feeds", brickRelationshipName="x"),
            "OntologyViolation",
            "brickRelationshipName",
        ),
    ],
)
async def test_a_finding_of_an_enforced_check_fails_the_item_and_warns_or_passes_otherwise(
    setting: str, item: Proposal, code: str, field: str
) -> None:
    enforcing, warning, silent = (Court(**{"ontology": "off", setting: mode}) for mode in ("enforce", "warn", "off"))
    (refused,) = await enforcing.judge(APOLLO, item)
    finding = refusal(refused).finding
    assert (finding.code, finding.field) == (code, field)
    assert enforcing.space.relationships == {}
    (warned,) = await warning.judge(APOLLO, item)
    assert finding in warned.warnings
    (passed,) = await silent.judge(APOLLO, item)
    assert passed.warnings == ()


async def test_an_update_that_moves_no_end_is_not_checked_again(court: Court) -> None:
    item = apollo(ID, "a", "a", "Brick__feeds")
    (made,) = await court.judge(APOLLO, item)
    (updated,) = await court.judge(APOLLO, item._replace(fields={"relationshipName": "m"}))
    (moved,) = await court.judge(APOLLO, item._replace(source=end("c"), target=end("c")))
    assert [len(outcome.warnings) for outcome in (made, updated, moved)] == [1, 0, 1]


async def test_an_end_in_another_collection_belongs_to_it_and_is_not_recorded_there(court: Court) -> None:
    far = Mention(Entity("apollo", "entity", "b"), None, "campus-south")
    near = Mention(Entity("apollo", "entity", "b"))
    item = apollo(ID)._replace(target=far)
    made = await court.create(APOLLO, item)
    assert made.target.space == "campus-south"
    assert court.space.state.entities == 1
    assert await court.judge(APOLLO, item) == [Unchanged(made)]
    (moved,) = await court.judge(APOLLO, item._replace(target=near))
    assert isinstance(moved, Replaced)
    assert court.space.state.entities == 2
