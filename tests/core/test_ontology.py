"""Type ids: their grammar (apollo 13.1) and what follows from them (13.2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ontology import derive, read_type

collections = st.from_regex(r"[A-Za-z](?:[A-Za-z0-9]|_(?=[A-Za-z0-9])){0,12}", fullmatch=True)
relations = st.from_regex(r"[a-z][A-Za-z0-9]{0,12}", fullmatch=True)
roots = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)


@given(collections, relations, roots, roots)
def test_a_type_id_is_taken_apart_as_it_was_put_together(collection: str, relation: str, one: str, two: str) -> None:
    assert read_type(f"{collection}__{relation}") == (collection, relation, None, None)
    assert read_type(f"{collection}__{relation}_{one}_{two}") == (collection, relation, one, two)


@pytest.mark.parametrize(
    ("type", "parts"),
    [
        ("Brick__feeds", ("Brick", "feeds", None, None)),
        ("BRICK_0_4__feeds", ("BRICK_0_4", "feeds", None, None)),
        ("BRICK_0_4__hasPart_Location_Location", ("BRICK_0_4", "hasPart", "Location", "Location")),
        ("B__f", ("B", "f", None, None)),
    ],
)
def test_a_type_inside_the_grammar(type: str, parts: tuple[str, ...]) -> None:
    assert read_type(type) == parts


@pytest.mark.parametrize(
    "type",
    [
        "site_beside",
        "Brick:Location:Floor",
        "Brick__AHU",
        "Brick___feeds",
        "Brick__feeds__more",
        "__feeds",
        "Brick__",
        "0Brick__feeds",
        "_Brick__feeds",
        "Brick__feeds_Location",
        "Brick__feeds_A_B_C",
        "Brick__feeds_0A_B",
        "Brick__feeds_A_",
        "Brick__feeds\n",
        "Bríck__feeds",
        "",
    ],
)
def test_a_type_outside_the_grammar_is_legal_and_says_nothing(type: str) -> None:
    assert read_type(type) is None
    assert derive(type) == {}


@given(st.text(st.sampled_from("aB0_:"), max_size=14))
def test_the_grammar_is_what_the_contract_says(type: str) -> None:
    """Split at the only ``__``; ``___`` is two of them."""
    split = [place for place in range(len(type)) if type.startswith("__", place)]
    inside = False
    if len(split) == 1:
        left, right = type[: split[0]], type[split[0] + 2 :]
        root = "[A-Za-z][A-Za-z0-9]*"
        inside = bool(
            re.fullmatch("[A-Za-z][A-Za-z0-9_]*", left) and re.fullmatch(f"[a-z][A-Za-z0-9]*(_{root}_{root})?", right)
        )
    assert (read_type(type) is not None) == inside


def test_what_a_type_implies_for_ends_of_unknown_class() -> None:
    assert derive("BRICK_0_4__hasPart_Location_Floor") == {
        "brickRelationshipName": "hasPart",
        "brickRelationshipType": "BRICK_0_4__hasPart",
        "brickSourceEntityType": "BRICK_0_4__Location",
        "brickDestinationEntityType": "BRICK_0_4__Floor",
    }
    assert derive("Brick__feeds") == {
        "brickRelationshipName": "feeds",
        "brickRelationshipType": "Brick__feeds",
    }
