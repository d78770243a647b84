"""Rows a to e of autodesk 6.1, and what uniqueness looks at (autodesk 5)."""

from __future__ import annotations

import pytest

from app.core.errors import EntityMissing, FieldFrozen, IdTaken, PairTaken
from app.core.model import Created, Refused, Unchanged
from app.core.rules import APOLLO, AUTODESK, SAS, SAS_UPDATE
from tests.core.judging import ID, OTHER_ID, Court, apollo, autodesk, refusal, sas


@pytest.fixture
def court() -> Court:
    return Court()


@pytest.mark.parametrize("ends", [("x", "y"), ("a", "b"), ("b", "a")], ids=["other pair", "same pair", "turned"])
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "deleted"])
@pytest.mark.parametrize("writer", ["autodesk", "sas", "apollo"])
async def test_row_a_an_id_that_any_format_used_is_taken_for_ever(
    court: Court, ends: tuple[str, str], deleted: bool, writer: str
) -> None:
    if writer == "autodesk":
        stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    elif writer == "sas":
        stored = await court.create(SAS, sas("a", "b"))
    else:
        stored = await court.create(APOLLO, apollo(ID))
    if deleted:
        stored = await court.delete(stored)
    (outcome,) = await court.judge(AUTODESK, autodesk(*ends, stored.id))
    error = refusal(outcome)
    assert isinstance(error, IdTaken)
    assert error.actual == stored


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a")], ids=["same order", "turned"])
async def test_row_b_a_new_id_on_a_taken_pair_meets_its_live_relationship(court: Court, ends: tuple[str, str]) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b"))
    (outcome,) = await court.judge(AUTODESK, autodesk(*ends, ID))
    error = refusal(outcome)
    assert isinstance(error, PairTaken)
    assert error.actual == stored
    assert ID not in court.space.relationships


async def test_row_c_a_free_id_on_a_free_pair_is_created_under_it(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    assert (stored.id, stored.type, stored.version, stored.seq, stored.policy) == (ID, "related", 1, 1, "autodesk")
    assert court.space.relationships == {ID: stored}


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a")], ids=["same order", "turned"])
async def test_row_d_a_taken_pair_without_id_answers_what_is_stored(court: Court, ends: tuple[str, str]) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    court.now += 5
    assert await court.judge(AUTODESK, autodesk(*ends)) == [Unchanged(stored)]
    assert court.space.state.seq == 1


async def test_row_e_a_free_pair_without_id_is_created_under_an_allocated_id(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b"))
    assert court.stored(stored.id) == stored


async def test_items_see_those_before_them(court: Court) -> None:
    first, again, other_id, same_id = await court.judge(
        AUTODESK, autodesk("a", "b", ID), autodesk("b", "a"), autodesk("a", "b", OTHER_ID), autodesk("x", "y", ID)
    )
    assert isinstance(first, Created)
    assert again == Unchanged(first.relationship)
    assert isinstance(refusal(other_id), PairTaken)
    assert isinstance(refusal(same_id), IdTaken)


async def test_a_deleted_pair_is_free_again_under_a_new_id_only(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    deleted = await court.delete(stored)
    fresh, old = await court.judge(AUTODESK, autodesk("a", "b", OTHER_ID), autodesk("a", "b", ID))
    assert isinstance(fresh, Created)
    assert isinstance(refusal(old), IdTaken)
    assert court.stored(ID) == deleted


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a")], ids=["same order", "turned"])
@pytest.mark.parametrize("writer", ["sas", "apollo"])
async def test_a_pair_related_by_another_format_is_taken(court: Court, ends: tuple[str, str], writer: str) -> None:
    if writer == "sas":
        stored = await court.create(SAS, sas(*ends, "Derived"))
    else:
        stored = await court.create(APOLLO, apollo(ID, *ends))
    assert await court.judge(AUTODESK, autodesk("a", "b")) == [Unchanged(stored)]


async def test_of_several_live_ones_the_pair_belongs_to_the_smallest_creation_time_and_id(court: Court) -> None:
    court.now += 10
    late = await court.create(APOLLO, apollo("00000000-0000-4000-8000-000000000000"))
    court.now += 10
    later = await court.create(SAS, sas("b", "a"))
    assert await court.judge(AUTODESK, autodesk("a", "b")) == [Unchanged(late)]
    await court.delete(late)
    assert await court.judge(AUTODESK, autodesk("a", "b")) == [Unchanged(later)]


async def test_at_the_same_instant_the_smaller_id_owns_the_pair(court: Court) -> None:
    await court.judge(APOLLO, apollo(OTHER_ID), apollo(ID, "b", "a"))
    assert await court.judge(AUTODESK, autodesk("a", "b")) == [Unchanged(court.stored(ID))]


async def test_every_field_of_one_is_frozen_for_the_other_formats(court: Court) -> None:
    stored = await court.create(AUTODESK, autodesk("a", "b", ID))
    (by_sas,) = await court.judge(SAS, sas("a", "b", "Derived", id=ID))
    (by_source,) = await court.judge(SAS, sas("a", "b", "related", id=ID, assertedBy="me"))
    (by_pair,) = await court.judge(SAS_UPDATE, sas("a", "b", "Derived"), seen_until=court.now)
    assert [refusal(outcome).field for outcome in (by_sas, by_source, by_pair)] == ["type", "assertedBy", "type"]
    assert all(isinstance(refusal(outcome), FieldFrozen) for outcome in (by_sas, by_source, by_pair))
    assert court.stored(ID) == stored


async def test_items_that_the_format_refused_keep_their_place(court: Court) -> None:
    refused = Refused(FieldFrozen("x"))
    outcomes = await court.judge(AUTODESK, refused, autodesk("a", "b"), refused)
    assert [type(outcome) for outcome in outcomes] == [Refused, Created, Refused]


async def test_a_space_that_enforces_references_names_every_unknown_end_and_stores_nothing() -> None:
    court = Court(references="enforce")
    items = autodesk("a", "b"), autodesk("b", "c")
    with pytest.raises(EntityMissing) as raised:
        await court.judge(AUTODESK, *items, ends_must_exist=True)
    named = [(item, place, entity.id) for item, place, entity in raised.value.missing]
    assert named == [(0, 0, "a"), (0, 1, "b"), (1, 0, "b"), (1, 1, "c")]
    assert court.space.relationships == {}
    await court.judge(AUTODESK, *items)
    assert len(await court.judge(AUTODESK, *items, ends_must_exist=True)) == 2
