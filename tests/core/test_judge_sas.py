"""Rows 4 to 20 of sas 9.4 in their order of precedence, and what other formats' relationships allow (sas 1.10)."""

from __future__ import annotations

import pytest

from app.core.errors import (
    EndsFrozen,
    FieldFrozen,
    PairTaken,
    PreconditionFailed,
    PreconditionMissing,
    ReferenceMismatch,
    ReferenceMissing,
    RelationshipMissing,
    TypeNotOffered,
    WrittenBefore,
)
from app.core.model import Created, Mention, Proposal, Replaced, Unchanged
from app.core.rules import APOLLO, AUTODESK, SAS, SAS_IGNORE, SAS_UPDATE, Policy
from tests.core.judging import (
    BOB,
    ID,
    SECOND,
    UNKNOWN_ID,
    Court,
    apollo,
    autodesk,
    end,
    refusal,
    sas,
    thing,
)

EVERY_MODE = pytest.mark.parametrize("mode", [SAS, SAS_IGNORE, SAS_UPDATE], ids=["no mode", "ignore", "update"])
SEVEN = ["Dependent", "Contains", "Parent", "Associated", "Equivalent", "Synonymous", "Derived"]


@pytest.fixture
def court() -> Court:
    return Court()


@pytest.mark.parametrize("type", SEVEN)
async def test_each_of_the_seven_types_may_be_written(court: Court, type: str) -> None:
    assert (await court.create(SAS, sas("a", "b", type))).type == type


@EVERY_MODE
@pytest.mark.parametrize("type", ["related", "contains", "Brick__feeds", "Contains "])
async def test_row_4_any_other_type_is_not_offered(court: Court, mode: Policy, type: str) -> None:
    (outcome,) = await court.judge(mode, sas("a", "b", type), seen_until=court.now)
    assert isinstance(refusal(outcome), TypeNotOffered)
    assert not court.store.entities_by_key


async def test_row_4_the_targets_own_type_may_be_sent_back(court: Court) -> None:
    stored = await court.create(APOLLO, apollo(ID, type="site_beside"))
    item = sas("a", "b", "site_beside", assertedBy="me")
    (by_id,) = await court.judge(SAS, item._replace(id=ID))
    (by_pair,) = await court.judge(SAS_UPDATE, item._replace(fields={}), seen_until=court.now + SECOND)
    assert (by_id, by_pair) == (Replaced(by_id.relationship), Replaced(by_pair.relationship))
    assert {r.type for r in (by_id.relationship, by_pair.relationship)} == {stored.type}


@pytest.mark.parametrize("mode", [SAS, SAS_IGNORE], ids=["no mode", "ignore"])
async def test_row_4_without_a_target_to_update_the_stored_type_is_not_offered(court: Court, mode: Policy) -> None:
    await court.create(APOLLO, apollo(ID, type="site_beside"))
    (outcome,) = await court.judge(mode, sas("a", "b", "site_beside"))
    assert isinstance(refusal(outcome), TypeNotOffered)


@EVERY_MODE
@pytest.mark.parametrize("place", ["source", "target"])
async def test_row_5_an_unknown_reference_id_is_missing(court: Court, mode: Policy, place: str) -> None:
    item = sas("a", "b")._replace(**{place: Mention(None, UNKNOWN_ID)})
    (outcome,) = await court.judge(mode, item)
    error = refusal(outcome)
    assert isinstance(error, ReferenceMissing)
    assert error.id == UNKNOWN_ID


async def test_row_5_a_reference_id_names_its_entity(court: Court) -> None:
    await court.create(SAS, sas("a", "b"))
    item = Proposal(None, "Contains", Mention(None, court.reference(thing("b"))), end("c"))
    made = await court.create(SAS, item)
    assert (made.source.entity, made.target.entity) == (thing("b"), thing("c"))


async def test_row_5_a_reference_id_beside_another_entitys_uri_is_a_mismatch(court: Court) -> None:
    await court.create(SAS, sas("a", "b"))
    item = Proposal(None, "Contains", Mention(thing("a"), court.reference(thing("b"))), end("c"))
    (outcome,) = await court.judge(SAS, item)
    assert isinstance(refusal(outcome), ReferenceMismatch)
    agreed = item._replace(source=Mention(thing("b"), court.reference(thing("b"))))
    assert isinstance((await court.judge(SAS, agreed))[0], Created)


async def test_row_5_an_entity_that_an_earlier_item_recorded_is_a_reference(court: Court) -> None:
    item = Proposal(None, "Contains", Mention(None, court.reference(thing("b"))), end("c"))
    outcomes = await court.judge(SAS, item, sas("a", "b"), item)
    assert isinstance(refusal(outcomes[0]), ReferenceMissing)
    assert isinstance(outcomes[2], Created)


async def test_row_6_new_ends_are_recorded_with_the_relationship_and_not_with_a_refused_one(court: Court) -> None:
    await court.judge(SAS, sas("a", "b"), sas("x", "y", "odd"))
    assert {record.entity for record in court.store.entities_by_key.values()} == {thing("a"), thing("b")}
    assert court.space.state.entities == 2


@EVERY_MODE
async def test_row_7_ids_are_set_by_the_server_so_an_unknown_one_is_missing(court: Court, mode: Policy) -> None:
    (outcome,) = await court.judge(mode, sas("a", "b", id=UNKNOWN_ID), seen_until=court.now)
    assert isinstance(refusal(outcome), RelationshipMissing)


async def test_row_7_a_deleted_one_is_missing_for_ever(court: Court) -> None:
    stored = await court.delete(await court.create(SAS, sas("a", "b")))
    (outcome,) = await court.judge(SAS, sas("a", "b", id=stored.id))
    assert isinstance(refusal(outcome), RelationshipMissing)


@EVERY_MODE
async def test_row_8_an_id_with_its_own_ends_replaces_type_and_source(court: Court, mode: Policy) -> None:
    stored = await court.create(SAS, sas("a", "b", assertedBy="me"))
    court.now += 7
    (outcome,) = await court.judge(mode, sas("a", "b", "Derived", id=stored.id), by=BOB, seen_until=court.now + SECOND)
    assert isinstance(outcome, Replaced)
    made = outcome.relationship
    assert (made.id, made.type, made.fields, made.version, made.seq) == (stored.id, "Derived", {}, 2, 2)
    assert (made.created, made.modified.at, made.modified.by) == (stored.created, court.now, BOB)
    assert court.space.versions == [stored]


async def test_row_9_other_ends_whose_pair_is_owned_name_the_owner(court: Court) -> None:
    stored, owner = await court.create(SAS, sas("a", "b")), await court.create(SAS, sas("c", "d"))
    (outcome,) = await court.judge(SAS, sas("c", "d", id=stored.id))
    error = refusal(outcome)
    assert isinstance(error, PairTaken)
    assert error.actual == owner


@pytest.mark.parametrize("ends", [("a", "c"), ("b", "a")], ids=["another end", "turned"])
async def test_row_10_other_ends_whose_pair_is_free_are_frozen(court: Court, ends: tuple[str, str]) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(SAS, sas(*ends, id=stored.id))
    assert isinstance(refusal(outcome), EndsFrozen)


@pytest.mark.parametrize(
    ("writer", "type", "fields", "frozen"),
    [
        (AUTODESK, "Derived", {}, "type"),
        (AUTODESK, "related", {"assertedBy": "me"}, "assertedBy"),
        (APOLLO, "Derived", {}, "type"),
    ],
    ids=["autodesk type", "autodesk source", "apollo type"],
)
async def test_row_11_what_the_creating_format_froze_stays(
    court: Court, writer: Policy, type: str, fields: dict[str, str], frozen: str
) -> None:
    item = autodesk("a", "b", ID) if writer is AUTODESK else apollo(ID)
    stored = await court.create(writer, item)
    outcomes = [
        *await court.judge(SAS, sas("a", "b", type, id=ID, **fields)),
        *await court.judge(SAS_UPDATE, sas("a", "b", type, **fields), seen_until=court.now),
    ]
    if type == "related":
        assert [refusal(outcome).field for outcome in outcomes] == [frozen, frozen]
    assert all(isinstance(refusal(outcome), FieldFrozen) for outcome in outcomes)
    assert court.stored(ID) == stored


async def test_the_source_of_an_apollo_relationship_may_change_and_nothing_of_it_is_lost(court: Court) -> None:
    stored = await court.create(APOLLO, apollo(ID, customData={"k": 1}))
    (outcome,) = await court.judge(SAS, sas("a", "b", stored.type, id=ID, assertedBy="me"))
    assert isinstance(outcome, Replaced)
    assert outcome.relationship.fields == {**stored.fields, "assertedBy": "me"}
    assert outcome.relationship.policy == "apollo"


@EVERY_MODE
async def test_row_12_a_free_pair_is_created(court: Court, mode: Policy) -> None:
    (outcome,) = await court.judge(mode, sas("a", "b", assertedBy="me"))
    assert isinstance(outcome, Created)
    made = outcome.relationship
    assert (made.source.entity, made.target.entity) == (thing("a"), thing("b"))
    assert (made.fields, made.policy) == ({"assertedBy": "me"}, "sas")


@EVERY_MODE
async def test_row_12_each_order_and_each_loop_is_a_pair_of_its_own(court: Court, mode: Policy) -> None:
    outcomes = await court.judge(mode, sas("a", "b"), sas("b", "a"), sas("a", "a"))
    assert [type(outcome) for outcome in outcomes] == [Created] * 3


async def test_row_13_a_taken_pair_without_mode_conflicts_with_its_owner(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(SAS, sas("a", "b", "Derived"))
    error = refusal(outcome)
    assert isinstance(error, PairTaken)
    assert error.actual == stored == court.stored(stored.id)


async def test_row_14_ignore_answers_the_owner_as_it_stands(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    outcomes = await court.judge(SAS_IGNORE, sas("a", "b", "Derived", assertedBy="me"), sas("a", "b"))
    assert outcomes == [Unchanged(stored), Unchanged(stored)]


async def test_row_15_update_gives_the_owner_type_and_source_under_its_id(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(SAS_UPDATE, sas("a", "b", "Derived", assertedBy="me"), seen_until=court.now)
    assert isinstance(outcome, Replaced)
    made = outcome.relationship
    assert (made.id, made.type, made.fields) == (stored.id, "Derived", {"assertedBy": "me"})


async def test_rows_13_to_15_mean_the_owner_where_another_format_stored_several(court: Court) -> None:
    first = await court.create(APOLLO, apollo(ID, "a", "b"))
    court.now += 1
    await court.create(APOLLO, apollo("00000000-0000-4000-8000-000000000000", "a", "b"))
    (refused,) = await court.judge(SAS, sas("a", "b"))
    assert refusal(refused).actual == first
    assert await court.judge(SAS_IGNORE, sas("a", "b")) == [Unchanged(first)]
    await court.delete(first)
    (refused,) = await court.judge(SAS, sas("a", "b"))
    assert refusal(refused).actual.id == "00000000-0000-4000-8000-000000000000"


async def test_an_undirected_one_occupies_only_the_pair_it_is_shown_with(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    taken, turned = await court.judge(SAS, sas("a", "b"), sas("b", "a"))
    assert refusal(taken).actual == stored
    assert isinstance(turned, Created)


@pytest.mark.parametrize("mode", [SAS, SAS_UPDATE], ids=["no mode", "update"])
async def test_row_16_a_pair_written_by_an_earlier_item_names_the_first(court: Court, mode: Policy) -> None:
    first, second = await court.judge(mode, sas("a", "b"), sas("a", "b", "Derived"), seen_until=court.now)
    error = refusal(second)
    assert isinstance(error, WrittenBefore)
    assert error.actual.id == first.relationship.id


async def test_row_16_ignore_answers_what_an_earlier_item_wrote(court: Court) -> None:
    first, second = await court.judge(SAS_IGNORE, sas("a", "b"), sas("a", "b", "Derived"))
    assert second == Unchanged(first.relationship)


@EVERY_MODE
@pytest.mark.parametrize("again", ["by id", "by pair"])
async def test_row_16_a_target_updated_by_id_counts_as_written(court: Court, mode: Policy, again: str) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    update = sas("a", "b", "Derived", id=stored.id)
    repeat = update if again == "by id" else update._replace(id=None)
    first, second = await court.judge(mode, update, repeat, seen_until=court.now)
    assert isinstance(first, Replaced)
    if mode is SAS_IGNORE and again == "by pair":
        assert second == Unchanged(first.relationship)
    else:
        assert isinstance(refusal(second), WrittenBefore)


@pytest.mark.parametrize("change", ["Derived", "Contains"], ids=["row 15", "row 20"])
@pytest.mark.parametrize("named", [False, True], ids=["by pair", "by id"])
async def test_row_17_an_update_without_date_refuses_the_whole_call(court: Court, change: str, named: bool) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    item = sas("a", "b", change, id=stored.id if named else None)
    with pytest.raises(PreconditionMissing):
        await court.judge(SAS_UPDATE, sas("x", "y"), item)
    assert list(court.space.relationships.values()) == [stored]
    assert court.space.state.seq == 1


@pytest.mark.parametrize("mode", [SAS, SAS_IGNORE], ids=["no mode", "ignore"])
async def test_row_17_is_for_update_only(court: Court, mode: Policy) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(mode, sas("a", "b", "Derived", id=stored.id))
    assert isinstance(outcome, Replaced)


async def test_row_18_without_date_what_updates_nothing_proceeds(court: Court) -> None:
    await court.create(SAS, sas("a", "b"))
    outcomes = await court.judge(SAS_UPDATE, sas("c", "d"), sas("x", "y", "odd"), sas("c", "d"))
    assert isinstance(outcomes[0], Created)
    assert isinstance(refusal(outcomes[1]), TypeNotOffered)
    assert isinstance(refusal(outcomes[2]), WrittenBefore)


@EVERY_MODE
async def test_row_19_a_target_that_changed_after_the_date_fails(court: Court, mode: Policy) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    (outcome, new) = await court.judge(
        mode, sas("a", "b", "Derived", id=stored.id), sas("x", "y"), seen_until=court.now - SECOND
    )
    assert isinstance(refusal(outcome), PreconditionFailed)
    assert isinstance(new, Created)
    assert court.stored(stored.id) == stored


async def test_row_19_dates_have_whole_seconds_so_the_stored_instant_is_cut(court: Court) -> None:
    court.now += SECOND // 2
    stored = await court.create(SAS, sas("a", "b"))
    seen = court.now // SECOND * SECOND
    (outcome,) = await court.judge(SAS, sas("a", "b", "Derived", id=stored.id), seen_until=seen)
    assert isinstance(outcome, Replaced)


@EVERY_MODE
async def test_row_20_an_update_that_changes_nothing_leaves_stamps_and_version(court: Court, mode: Policy) -> None:
    stored = await court.create(SAS, sas("a", "b", assertedBy="me"))
    court.now += 9 * SECOND
    item = sas("a", "b", id=stored.id, assertedBy="me")
    assert await court.judge(mode, item, seen_until=court.now) == [Unchanged(stored)]
    assert court.space.state.seq == 1


UNKNOWN_END = Mention(None, UNKNOWN_ID)


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (sas("c", "d", "odd", id=UNKNOWN_ID)._replace(source=UNKNOWN_END), RelationshipMissing),
        (sas("c", "d", "odd", id="STORED")._replace(source=UNKNOWN_END), ReferenceMissing),
        (sas("c", "d", "odd", id="STORED"), PairTaken),
        (sas("x", "y", "odd", id="STORED"), EndsFrozen),
        (sas("a", "b", "odd", id="STORED"), TypeNotOffered),
        (sas("a", "b", "Derived", id="STORED"), WrittenBefore),
    ],
    ids=["7 before 5", "5 before 9", "9 before 4", "10 before 4", "4 before 16", "16 before 17"],
)
async def test_with_id_the_first_row_that_applies_decides(court: Court, item: Proposal, error: type[Exception]) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    await court.create(SAS, sas("c", "d"))
    named = item._replace(id=stored.id) if item.id == "STORED" else item
    written = sas("a", "b", id=stored.id)
    outcomes = await court.judge(SAS, written, named)
    assert type(refusal(outcomes[1])) is error


async def test_with_id_16_comes_before_11_and_11_before_17(court: Court) -> None:
    await court.create(AUTODESK, autodesk("a", "b", ID))
    same, breach = sas("a", "b", "related", id=ID), sas("a", "b", "Derived", id=ID)
    outcomes = await court.judge(SAS, same, breach)
    assert isinstance(refusal(outcomes[1]), WrittenBefore)
    (outcome,) = await court.judge(SAS_UPDATE, breach)
    assert isinstance(refusal(outcome), FieldFrozen)


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (sas("a", "b", "odd")._replace(target=UNKNOWN_END), ReferenceMissing),
        (sas("a", "b", "odd"), TypeNotOffered),
        (sas("a", "b", "Derived"), WrittenBefore),
    ],
    ids=["5 before 4", "4 before 16", "16 before 13"],
)
@pytest.mark.parametrize("mode", [SAS, SAS_UPDATE], ids=["no mode", "update"])
async def test_without_id_the_first_row_that_applies_decides(
    court: Court, item: Proposal, error: type[Exception], mode: Policy
) -> None:
    outcomes = await court.judge(mode, sas("a", "b"), item)
    assert type(refusal(outcomes[1])) is error


async def test_without_id_11_comes_before_17_and_17_before_19(court: Court) -> None:
    await court.create(AUTODESK, autodesk("a", "b", ID))
    (outcome,) = await court.judge(SAS_UPDATE, sas("a", "b", "Derived"))
    assert isinstance(refusal(outcome), FieldFrozen)
    await court.create(SAS, sas("c", "d"))
    with pytest.raises(PreconditionMissing):
        await court.judge(SAS_UPDATE, sas("c", "d", "Derived"))


async def test_19_comes_before_20(court: Court) -> None:
    await court.create(SAS, sas("a", "b"))
    (outcome,) = await court.judge(SAS_UPDATE, sas("a", "b"), seen_until=court.now - SECOND)
    assert isinstance(refusal(outcome), PreconditionFailed)


async def test_two_updates_in_one_instant_have_growing_audit_instants(court: Court) -> None:
    stored = await court.create(SAS, sas("a", "b"))
    instants = [stored.modified.at]
    for type in ("Derived", "Parent", "Contains"):
        (outcome,) = await court.judge(SAS, sas("a", "b", type, id=stored.id))
        instants.append(outcome.relationship.modified.at)
    assert instants == sorted(set(instants))


async def test_a_deleted_resource_named_again_is_made_anew_and_a_foreign_one_is_used_as_it_is(court: Court) -> None:
    foreign = Mention(thing("f").__class__("plant", "Pump", "p"))
    made = await court.create(SAS, sas("a", "b")._replace(target=foreign))
    await court.delete(made)
    for key, record in court.store.entities_by_key.items():
        court.store.entities_by_key[key] = record._replace(deleted_at=court.now)
    court.now += SECOND
    await court.create(SAS, sas("a", "b")._replace(target=foreign))
    by_entity = {record.entity: record for record in court.store.entities_by_key.values()}
    resource, used = by_entity[thing("a")], by_entity[made.target.entity]
    assert (resource.deleted_at, resource.created.at, resource.version) == (None, court.now, 2)
    assert used.deleted_at is not None
