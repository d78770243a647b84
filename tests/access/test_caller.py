from __future__ import annotations

import pytest

from app.core.access import EVERYBODY, Caller, Right, list_principals
from app.core.errors import PersonRequired, RightMissing, ScopeMissing


def caller(*principals, scopes=(), blanket=None):
    return Caller("ann", "app", "ann", frozenset(scopes), principals or ("sub:user:ann", "sub:app:app"), blanket)


def test_rights_have_an_order_and_the_formats_words():
    assert [right.wire for right in sorted(Right)] == ["readonly", "readwrite", "admin", "owner"]
    assert [Right.read(right.wire) for right in Right] == list(Right)


@pytest.mark.parametrize("word", ["", "Owner", "OWNER", "write", "read only"])
def test_a_word_that_is_no_right_is_refused(word):
    with pytest.raises(ValueError):
        Right.read(word)


def test_every_scope_that_an_operation_needs_must_be_there():
    some = caller(scopes=["data:read"])
    some.require()
    some.require("data:read")
    with pytest.raises(ScopeMissing) as refused:
        some.require("data:read", "data:write")
    assert refused.value.scopes == ("data:read", "data:write")


def test_one_of_several_scopes_may_be_enough():
    some = caller(scopes=["data:read"])
    some.require_any("data:write", "data:read")
    with pytest.raises(ScopeMissing):
        some.require_any("data:write", "data:create")


def test_no_scope_implies_another():
    with pytest.raises(ScopeMissing):
        caller(scopes=["apollo_admin", "apollo_write"]).require("apollo_read")


def test_the_highest_right_of_all_matching_grants_counts():
    grants = {"sub:user:ann": Right.READONLY, "sub:app:app": Right.ADMIN, "sub:user:bob": Right.OWNER}
    assert caller().right_among(grants) is Right.ADMIN


def test_a_grant_to_everybody_is_everybodys():
    assert caller().right_among({EVERYBODY: Right.READWRITE}) is Right.READWRITE


def test_without_a_grant_there_is_no_right():
    assert caller().right_among({"sub:user:bob": Right.OWNER}) is None
    with pytest.raises(RightMissing):
        caller().require_right(Right.READONLY, "s", {"sub:user:bob": Right.OWNER})


def test_a_blanket_right_holds_in_every_space_and_lowers_none():
    assert caller(blanket=Right.READWRITE).right_among({}) is Right.READWRITE
    assert caller(blanket=Right.READWRITE).right_among({"sub:user:ann": Right.OWNER}) is Right.OWNER


@pytest.mark.parametrize("needed", list(Right))
@pytest.mark.parametrize("held", list(Right))
def test_a_right_contains_the_lower_ones_only(held, needed):
    grants = {"sub:user:ann": held}
    if held >= needed:
        caller().require_right(needed, "s", grants)
    else:
        with pytest.raises(RightMissing) as refused:
            caller().require_right(needed, "s", grants)
        assert refused.value.space == "s"


@pytest.mark.parametrize(("subject", "client"), [(None, "app"), ("app", "app")])
def test_a_service_is_refused_where_a_person_is_required(subject, client):
    with pytest.raises(PersonRequired):
        Caller(subject, client, subject, frozenset(), ("sub:app:app",)).require_person()
    caller().require_person()


def test_a_subject_that_is_its_client_is_the_app_alone():
    assert list_principals(subject="app", client="app") == ("sub:app:app",)


def test_groups_without_an_org_name_nobody():
    assert list_principals(subject="ann", client=None, groups=("red",)) == ("sub:user:ann",)
