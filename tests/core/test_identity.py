"""Keys and spellings: one entity has one identity, whoever names it (autodesk 5, apollo 4.4, sas 1.3 to 1.7)."""

from __future__ import annotations

import re
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.identity import (
    Minter,
    SpellingInvalid,
    apollo_spelling,
    is_second_identity,
    name_uuid,
    read_apollo_id,
    read_sas_uri,
    read_uuid,
    sas_spelling,
    space_name,
)
from app.core.model import Entity

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
parts = st.text(letters, min_size=1, max_size=128)
foreign = st.builds(Entity, parts, parts, st.text(letters, min_size=1, max_size=300)).filter(
    lambda entity: (entity.domain, entity.type) not in {("sas", "resource"), ("apollo", "entity")}
)


@given(foreign)
def test_a_foreign_entity_is_read_from_either_spelling(entity: Entity) -> None:
    assert read_sas_uri(sas_spelling(entity)) == entity
    assert read_apollo_id(apollo_spelling(entity)) == entity


@given(foreign, foreign)
def test_two_entities_are_never_spelled_alike(one: Entity, two: Entity) -> None:
    assert (one == two) == (sas_spelling(one) == sas_spelling(two)) == (apollo_spelling(one) == apollo_spelling(two))


@given(foreign)
def test_spellings_keep_unreserved_characters_and_escape_in_upper_case(entity: Entity) -> None:
    unreserved = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"
    assert re.fullmatch(f"/tercet/entities/{unreserved}/{unreserved}/{unreserved}", sas_spelling(entity))
    assert re.fullmatch(f"urn:tercet:{unreserved}:{unreserved}:{unreserved}", apollo_spelling(entity))


@given(foreign)
def test_a_spelling_under_its_own_domain_is_a_second_identity(entity: Entity) -> None:
    assert is_second_identity(Entity("sas", "resource", sas_spelling(entity)))
    assert is_second_identity(Entity("apollo", "entity", apollo_spelling(entity)))
    assert not is_second_identity(entity)


@given(st.text(letters, min_size=1, max_size=60))
def test_whatever_a_uri_names_it_is_no_second_identity(uri: str) -> None:
    try:
        entity = read_sas_uri(uri)
    except SpellingInvalid:
        return
    assert not is_second_identity(entity)
    assert read_sas_uri(sas_spelling(entity)) == entity


@pytest.mark.parametrize(
    ("uri", "entity"),
    [
        ("/reports/x", Entity("sas", "resource", "/reports/x")),
        ("name@user", Entity("sas", "resource", "name@user")),
        ("/tercet/entities/a/b", Entity("sas", "resource", "/tercet/entities/a/b")),
        ("/tercet/entities/a/b/c/d", Entity("sas", "resource", "/tercet/entities/a/b/c/d")),
        ("/tercet/entities//b/c", Entity("sas", "resource", "/tercet/entities//b/c")),
        ("/tercet/entities/a/b/c", Entity("a", "b", "c")),
        ("/tercet/entities/%61/b/%C3%A4%2F", Entity("a", "b", "ä/")),
        ("/tercet/entities/a/b/%c3%a4", Entity("a", "b", "ä")),
        ("/tercet/entities/sas/resource/%2Fx", Entity("sas", "resource", "/x")),
        ("/tercet/entities/apollo/entity/x", Entity("apollo", "entity", "x")),
    ],
)
def test_a_uri_names_this_entity(uri: str, entity: Entity) -> None:
    assert read_sas_uri(uri) == entity


@pytest.mark.parametrize(
    "uri",
    [
        "/tercet/entities/a/b/%",
        "/tercet/entities/a/b/%G0",
        "/tercet/entities/a/b/%FF",
        "/tercet/entities/a/b/%00",
        "/tercet/entities/apollo/entity/urn%3Atercet%3Aa%3Ab%3Ac",
        "/tercet/entities/sas/resource/%2Ftercet%2Fentities%2Fa%2Fb%2Fc",
        f"/tercet/entities/{'a' * 129}/b/c",
        f"/tercet/entities/a/{'b' * 129}/c",
        f"/tercet/entities/a/b/{'c' * 2049}",
    ],
)
def test_a_uri_of_three_unsound_parts_is_invalid(uri: str) -> None:
    with pytest.raises(SpellingInvalid):
        read_sas_uri(uri)


@pytest.mark.parametrize(
    ("id", "entity"),
    [
        ("door:7:14", Entity("apollo", "entity", "door:7:14")),
        ("urn:other:a:b:c", Entity("apollo", "entity", "urn:other:a:b:c")),
        ("urn:tercet:apollo:entity:X", Entity("apollo", "entity", "X")),
        ("urn:tercet:a:b:c%3Ad", Entity("a", "b", "c:d")),
        ("urn:tercet:sas:resource:%2Fx", Entity("sas", "resource", "/x")),
    ],
)
def test_an_apollo_id_names_this_entity(id: str, entity: Entity) -> None:
    assert read_apollo_id(id) == entity


@pytest.mark.parametrize(
    "id",
    [
        "urn:tercet:",
        "urn:tercet:a:b",
        "urn:tercet:a:b:c:d",
        "urn:tercet:a::c",
        "urn:tercet:a:b:%",
        "urn:tercet:apollo:entity:urn%3Atercet%3Aa%3Ab%3Ac",
        "urn:tercet:sas:resource:%2Ftercet%2Fentities%2Fa%2Fb%2Fc",
    ],
)
def test_an_apollo_id_that_begins_like_a_foreign_one_and_is_none_is_invalid(id: str) -> None:
    with pytest.raises(SpellingInvalid):
        read_apollo_id(id)


@given(st.uuids(), st.text(letters, max_size=80))
def test_names_are_uuids_of_version_5(namespace: uuid.UUID, name: str) -> None:
    assert name_uuid(namespace.bytes, name) == str(uuid.uuid5(namespace, name))


def test_a_space_that_is_a_canonical_uuid_is_its_own_namespace() -> None:
    id = "9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51"
    assert space_name(id).uuid == id
    assert space_name(id.upper()).uuid != id
    assert space_name("campus-north").uuid == space_name("campus-north").uuid != space_name("campus-south").uuid


def test_a_relationship_id_is_itself_exactly_if_it_is_a_canonical_uuid() -> None:
    name = space_name("campus-north")
    id = "a1b2c3d4-0000-4000-8000-00000000abcd"
    assert name.relationship_id(id) == id
    for other in (id.upper(), f"{{{id}}}", id.replace("-", ""), "rel-0001", f"{id}\n"):
        assert name.relationship_id(other) == str(uuid.uuid5(uuid.UUID(name.uuid), other))


def test_an_entitys_key_ends_with_the_uuid_of_its_sas_spelling() -> None:
    name = space_name("campus-north")
    for entity in (Entity("sas", "resource", "/x"), Entity("a", "b", "c d")):
        key = name.entity_key(entity)
        assert key == f"{name.prefix}:{uuid.uuid5(uuid.UUID(name.uuid), sas_spelling(entity))}"


@given(st.uuids())
def test_a_uuid_is_read_in_any_letter_case_and_in_one_form_only(id: uuid.UUID) -> None:
    assert read_uuid(str(id).upper()) == str(id)
    for other in (id.hex, f"{{{id}}}", f"urn:uuid:{id}", f" {id}", f"{id}\n"):
        assert read_uuid(other) is None


def test_minted_ids_are_uuids_of_version_7_and_of_now() -> None:
    before = time.time_ns() // 1_000_000
    id = uuid.UUID(Minter().mint())
    assert (id.version, id.variant) == (7, uuid.RFC_4122)
    assert before <= id.int >> 80 <= time.time_ns() // 1_000_000


def test_threads_that_mint_at_once_each_see_ids_grow_and_none_twice() -> None:
    minter, before = Minter(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: [minter.mint() for _ in range(20_000)], range(4)))
    finally:
        sys.setswitchinterval(before)
    assert all(ids == sorted(ids) for ids in made)
    assert len(set().union(*made)) == 80_000


def test_minted_ids_grow_in_the_order_of_their_making_whatever_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    minter = Minter()
    made = [minter.mint() for _ in range(5000)]
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    made += [minter.mint() for _ in range(100)]
    assert made == sorted(set(made))
