"""What counts as equal, and the two numbers by which the database guards a relationship."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.constraints import fingerprint, pair_key
from app.core.model import Author, End, Entity, EntityRecord, Relationship, Stamp
from app.core.rules import BRICK_FIELDS, POLICIES, same_json
from app.graph import documents

STAMP = Stamp(1, Author(user="u"))
A, B = Entity("sas", "resource", "a"), Entity("sas", "resource", "b")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def relationship(policy: str = "apollo", source: Entity = A, target: End | None = None, **changes: Any) -> Relationship:
    made = Relationship("id", "type", End(*source, 1), target or End(*B, 1), policy, {}, 1, 1, 1, STAMP, STAMP)
    return made._replace(**changes)


@given(json_values)
def test_a_value_equals_itself_after_a_round_trip(value: Any) -> None:
    assert same_json(value, json.loads(json.dumps(value)))


@given(json_values, json_values)
def test_equality_has_no_direction_and_agrees_with_canonical_text(left: Any, right: Any) -> None:
    same = same_json(left, right)
    assert same == same_json(right, left)
    if json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True):
        assert same


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (0.0, -0.0, True),
        (True, 1, False),
        (False, 0, False),
        (None, False, False),
        ("1", 1, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ([], {}, False),
        ([[True]], [[1]], False),
        ({"a": [{"b": True}]}, {"a": [{"b": 1}]}, False),
        (2**64, 2**64 + 1, False),
    ],
)
def test_json_values_are_compared_by_value(left: Any, right: Any, same: bool) -> None:
    assert same_json(left, right) is same


FROZEN = {
    "autodesk": {"type", "source", "target", "relationshipName", *BRICK_FIELDS, "customData", "assertedBy"},
    "apollo": {"type", *BRICK_FIELDS},
    "sas": {"source", "target"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "type": {"type": "other"},
    "source": {"source": B},
    "target": {"target": End(*A, 1)},
    **{field: {"fields": {field: "x"}} for field in ("relationshipName", *BRICK_FIELDS, "customData", "assertedBy")},
}


@pytest.mark.parametrize("policy", sorted(FROZEN))
@pytest.mark.parametrize("field", sorted(CHANGES))
def test_the_fingerprint_changes_exactly_with_the_frozen_fields(policy: str, field: str) -> None:
    before, after = relationship(policy), relationship(policy, **CHANGES[field])
    assert (fingerprint(before) != fingerprint(after)) == (field in FROZEN[policy])


def test_the_fingerprint_sees_the_space_of_an_end_and_not_when_it_was_recorded() -> None:
    plain = relationship("sas")
    assert fingerprint(plain) == fingerprint(relationship("sas", target=End(*B, 99)))
    assert fingerprint(plain) != fingerprint(relationship("sas", target=End(*B, 1, "elsewhere")))


def test_the_fingerprint_fits_a_signed_integer_of_the_database() -> None:
    numbers = [fingerprint(relationship(type=str(n))) for n in range(200)]
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    assert len(set(numbers)) == 200
    assert min(numbers) < 0 < max(numbers)


def test_every_stored_policy_is_found_by_its_name() -> None:
    assert set(POLICIES) == set(FROZEN)


def test_a_pair_is_guarded_in_both_orders_for_autodesk_in_one_for_sas_and_not_for_apollo() -> None:
    def keys(policy: str) -> tuple[str | None, str | None]:
        return pair_key(relationship(policy), "a", "b"), pair_key(relationship(policy), "b", "a")

    one, turned = keys("autodesk")
    assert one == turned is not None
    one, turned = keys("sas")
    assert one is not None
    assert turned not in (None, one)
    assert keys("apollo") == (None, None)
    assert keys("sas")[0] != keys("autodesk")[0]


def test_a_deleted_relationship_guards_no_pair() -> None:
    assert pair_key(relationship("sas", deleted_at=5), "a", "b") is None


def test_documents_without_an_author_read_back() -> None:
    stamp = Stamp(5, Author())
    entity = EntityRecord(Entity("d", "t", "i"), 1, 5, stamp, stamp)
    row = ["p:k", 1, "d", "t", "i", 1, 0, False, 5, None, documents.write_entity(entity), False]
    assert documents.read_entity(row) == entity
    end = End(*entity.entity, 5)
    made = Relationship("i", "related", end, end, "autodesk", {}, 1, 1, 1, stamp, stamp)
    read = documents.read_relationship(["p:i", 1, "related", 1, 1, 5, None, documents.write_relationship(made)])
    assert read == made
