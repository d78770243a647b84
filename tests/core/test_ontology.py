"""Type ids: their grammar (apollo 13.1) and what follows from them (13.2)."""

from __future__ import annotations

import re
import timeit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Author, Declaration, Entity, EntityRecord, Mention, Proposal, Stamp
from app.core.ontology import Checks, check, check_entity, declared_type, derive, place, read_type

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


FLOOR, AHU, SENSOR, VAV = "Brick__Floor", "Brick__AHU", "Brick__Zone_Air_Temperature_Sensor", "Brick__VAV"


def test_the_type_of_an_end_is_the_one_it_is_declared_with_while_it_lives() -> None:
    stamp = Stamp(0, Author())
    told = Declaration({"entityType": AHU}, 1, 1, stamp)
    mentioned = EntityRecord(Entity("apollo", "entity", "x"), 1, 0, stamp, stamp)
    record = mentioned._replace(declared=True, declaration=told)
    ends = (None, mentioned, record, record._replace(declared=False, deleted_at=1))
    assert [declared_type(end) for end in ends] == [None, None, AHU, None]


def find(
    type: str, source: str | None, target: str | None, *, loop: bool = False, moved: bool = False, **more: Any
) -> list[tuple[str, str]]:
    """The code and the field of each warning; settings are those of ``more`` that are no brick property."""
    fields = {name: value for name, value in more.items() if name.startswith("brick") and name != "brickVersion"}
    settings = {name: value for name, value in more.items() if name not in fields}
    ends = [Mention(Entity("apollo", "entity", id)) for id in ("a", "a" if loop else "b")]
    proposal = Proposal("id", type, *ends, fields)
    refused, warnings = check(proposal, source, target, Checks.of(settings), moved=moved)
    assert refused is None
    return [(finding.code, finding.field) for finding in warnings]


OFF = {"types": "off", "references": "off", "ontology": "off"}


def test_declared_ends_say_their_class_and_its_root() -> None:
    assert derive("Brick__hasPart_Location_Location", "Brick__Building", FLOOR) == {
        "brickRelationshipName": "hasPart",
        "brickRelationshipType": "Brick__hasPart",
        "brickSourceEntityType": "Brick__Location",
        "brickSourceEntitySubType": "Brick__Building",
        "brickDestinationEntityType": "Brick__Location",
        "brickDestinationEntitySubType": "Brick__Floor",
    }


def test_the_root_has_the_collection_of_the_entitys_type_and_else_what_the_type_id_spells() -> None:
    derived = derive("BRICK_0_4__hasPart_Location_Location", "Brick__AHU", "site thing")
    assert derived["brickSourceEntityType"] == "Brick__Equipment"
    assert derived["brickDestinationEntityType"] == "BRICK_0_4__Location"
    assert derived["brickDestinationEntitySubType"] == "site thing"
    assert "brickSourceEntityType" not in derive("Brick__feeds", "Brick__NoSuchClass", None)


def test_where_a_class_stands() -> None:
    assert place("Brick__Building") == ("Brick", "Brick__Location", ("Brick__Location",))
    assert place("B4__Room")[2] == ("B4__Location", "B4__Space")
    assert place("Brick__NoSuchClass") == ("Brick", None, ())
    assert place("site thing") == (None, None, ())
    assert place("Brick__Level") == ("Brick", None, ())
    assert place("Brick__Level", "1.5.0") == ("Brick", "Brick__Location", ("Brick__Location",))


@pytest.mark.parametrize(
    ("type", "source", "target", "settings", "found"),
    [
        ("site_beside", None, None, {"types": "warn"}, [("UnknownType", "type")]),
        ("Brick__measures", None, None, {"types": "warn"}, []),
        ("Brick__controls", None, None, {"types": "warn"}, [("UnknownType", "type")]),
        ("Brick__controls", None, None, {"types": "warn", "brickVersion": "1.5.0"}, []),
        ("x", None, FLOOR, {"references": "warn"}, [("EntityNotFound", "source")]),
        ("x", FLOOR, None, {"references": "warn"}, [("EntityNotFound", "target")]),
        ("Brick__hasPart_Location_Location", AHU, FLOOR, {}, [("OntologyViolation", "source")]),
        ("Brick__hasPart_Location_Location", FLOOR, AHU, {}, [("OntologyViolation", "target")]),
        ("Brick__hasPart_Nowhere_Location", AHU, FLOOR, {}, []),
        ("Brick__hasPart_Location_Location", "Brick__NoSuchClass", None, {}, []),
        ("Brick__nonsense_Location_Location", AHU, AHU, {}, []),
        ("Brick__hasPoint", AHU, VAV, {}, [("OntologyViolation", "target")]),
        ("Brick__hasPoint", None, VAV, {}, [("OntologyViolation", "target")]),
        ("Brick__hasPoint", AHU, SENSOR, {}, []),
        ("Brick__isPointOf", AHU, VAV, {}, [("OntologyViolation", "source")]),
        ("Brick__hasLocation", AHU, AHU, {}, [("OntologyViolation", "target")]),
        ("Brick__hasLocation", AHU, AHU, {"brickVersion": "1.0.2"}, []),
        ("Brick__isLocationOf", AHU, FLOOR, {}, [("OntologyViolation", "source")]),
        ("Brick__hasPoint", AHU, VAV, OFF, []),
    ],
)
def test_what_the_checks_find(
    type: str, source: str | None, target: str | None, settings: dict[str, str], found: list[tuple[str, str]]
) -> None:
    assert find(type, source, target, **settings) == found


@pytest.mark.parametrize(
    ("relation", "source", "target", "found"),
    [
        ("feeds", "AHU", "VAV", []),
        ("feeds", "AHU", "Luminaire", ["target"]),
        ("feeds", "AHU", "Room", []),
        ("feeds", "Luminaire", "AHU", ["target"]),
        ("feeds", "Room", "AHU", []),
        ("feeds", "Room", "Room", ["target"]),
        ("feeds", "AHU", None, []),
        ("feeds", None, "Zone_Air_Temperature_Sensor", []),
        ("isFedBy", "Room", "Room", ["target"]),
        ("isFedBy", "AHU", "Room", []),
        ("hasPart", "HVAC_System", "AHU", ["source"]),
        ("hasPart", "Air_Loop", "AHU", ["source"]),
        ("hasPart", "Building", "Floor", []),
        ("hasPart", "Floor", "Building", ["target"]),
        ("hasPart", "AHU", "Room", ["target"]),
        ("hasPart", "Building", "AHU", ["target", "target"]),
        ("isPartOf", "AHU", "HVAC_System", []),
        ("isPartOf", "AHU", "Building", ["target"]),
        ("hasPoint", "HVAC_System", "Zone_Air_Temperature_Sensor", ["source"]),
        ("hasPoint", "Room", "Zone_Air_Temperature_Sensor", []),
        ("isPointOf", "Zone_Air_Temperature_Sensor", "HVAC_System", ["target"]),
        ("hasLocation", "Zone_Air_Temperature_Sensor", "Room", ["source"]),
        ("hasLocation", "AHU", "Architecture", []),
        ("isLocationOf", "AHU", "Zone_Air_Temperature_Sensor", ["source"]),
        ("controls", "AHU", "AHU", ["source"]),
        ("controls", "Controller", "Room", ["target"]),
        ("isControlledBy", "AHU", "Controller", []),
        ("hosts", "Controller", "Zone_Air_Temperature_Sensor", []),
        ("isHostedBy", "AHU", "AHU", ["source", "target"]),
        ("meters", "Electrical_Meter", "Building", []),
        ("meters", "Electrical_Meter", "Electrical_Meter", ["target"]),
        ("isMeteredBy", "Electrical_Meter", "Electrical_Meter", ["source"]),
        ("hasSubMeter", "Electrical_Meter", "Electrical_Meter", []),
        ("isSubMeterOf", "AHU", "Electrical_Meter", ["source"]),
        ("hasInputSubstance", "AHU", "Water", []),
        ("hasOutputSubstance", "Room", "Room", ["source", "target"]),
    ],
)
def test_the_end_rules_of_the_newest_catalogue(
    relation: str, source: str | None, target: str | None, found: list[str]
) -> None:
    types = [None if name is None else f"Brick__{name}" for name in (source, target)]
    assert [end for _, end in find(f"Brick__{relation}", *types, brickVersion="1.5.0")] == found


def test_a_thing_related_to_itself_violates_what_the_catalogue_lists() -> None:
    assert find("Brick__feeds", None, None, loop=True) == [("OntologyViolation", "target")]
    assert find("Brick__encloses", None, None, loop=True) == []


def test_a_brick_property_that_was_sent_and_differs_is_a_finding_also_for_unlisted_relations() -> None:
    sent = {"brickRelationshipName": "encloses", "brickSourceEntityType": "Brick__Point"}
    assert find("Brick__encloses", AHU, None, **sent) == [("OntologyViolation", "brickSourceEntityType")]
    assert find("site_beside", AHU, None, **sent) == []


def test_a_moved_end_is_checked_for_everything_but_its_type() -> None:
    modes = {"types": "warn", "references": "warn"}
    assert find("Brick__nonsense", None, FLOOR, moved=True, **modes) == [("EntityNotFound", "source")]


def test_an_enforced_check_names_the_first_fault_in_the_order_of_the_codes() -> None:
    proposal = Proposal("id", "site", Mention(Entity("a", "b", "c")), Mention(Entity("a", "b", "c")))
    modes = {"types": "warn", "references": "enforce", "ontology": "enforce"}
    refused, warnings = check(proposal, None, None, Checks.of(modes))
    assert refused is not None
    assert (refused.code, refused.field, warnings) == ("EntityNotFound", "source", ())


@pytest.mark.parametrize(("type", "known"), [(AHU, True), ("Brick__NoSuchClass", False), ("site thing", False)])
def test_an_entitys_class_is_checked_as_the_mode_says(type: str, known: bool) -> None:
    assert check_entity(type, Checks.of({})) == (None, ())
    refused, warnings = check_entity(type, Checks.of({"types": "warn"}))
    assert refused is None
    assert [finding.field for finding in warnings] == ([] if known else ["entityType"])
    refused, warnings = check_entity(type, Checks.of({"types": "enforce"}))
    assert (refused is None, warnings) == (known, ())


def test_an_item_costs_two_microseconds_at_most_while_every_check_is_off() -> None:
    proposal = Proposal("id", "Brick__feeds", *(Mention(Entity("apollo", "entity", id)) for id in "ab"))
    checks = Checks.of(OFF)
    costs = timeit.repeat(lambda: check(proposal, AHU, VAV, checks), number=2000, repeat=15)
    assert min(costs) / 2000 < 2e-6
