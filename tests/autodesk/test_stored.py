"""Checklist 9, 10, 17 to 20, 23, 31 to 33: what the store holds decides, and who asks."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from app.core.access import Right
from app.core.identity import Minter
from app.core.model import Author, Created, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, SAS
from app.facades.autodesk.writable import Writable
from app.settings import SettingInvalid, Settings
from tests.autodesk.arrange import enforce_references, set_mode
from tests.autodesk.speak import ASSET, PHOTO, check_error, entity, get, item, list_faults, post, put
from tests.memory import MemoryStore

ORIGIN = Origin(by=Author(user="somebody"), principal="sub:user:developer")


def fresh() -> str:
    return str(uuid.uuid4())


async def record(service, space, policy, proposal):
    """Stores what another format wrote."""
    receipt = await service.store.write(space, Recording(policy=policy, items=[proposal], origin=ORIGIN))
    assert isinstance(receipt.outcomes[0], Created)
    return receipt.outcomes[0].relationship


def between(one, other, *, id=None, type="feeds", name=None):
    return Proposal(id, type, Mention(Entity(*one)), Mention(Entity(*other)), name=name)


async def test_checklist_9_a_deleted_pair_is_related_anew_under_a_new_id(service):
    space = await service.found()
    [old] = (await put(service, space, item("a", "b"))).json()
    await service.retire(space, old["id"])
    answer = await put(service, space, item("a", "b"))
    assert answer.status_code == 200
    [new] = answer.json()
    assert new["id"] != old["id"]
    assert new["isDeleted"] is False
    assert [end["createdOn"] for end in new["entities"]] == [end["createdOn"] for end in old["entities"]]
    assert (await get(service, space, old["id"])).json()["isDeleted"] is True


async def test_checklist_10_the_id_of_a_deleted_relationship_stays_taken(service):
    space = await service.found()
    [old] = (await put(service, space, item("a", "b"))).json()
    await service.retire(space, old["id"])
    for again in (item("a", "b", old["id"]), item("c", "d", old["id"])):
        answer = await put(service, space, again)
        assert answer.status_code == 409
        assert answer.json()["conflict"][0]["actual"]["isDeleted"] is True
        assert answer.json()["conflict"][0]["actual"]["id"] == old["id"]


async def test_checklist_17_parallel_calls_without_ids_all_get_the_one_relationship(service):
    space = service.space()
    answers = await asyncio.gather(*(put(service, space, item("a", "b")) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()[0]["id"] for answer in answers}) == 1


async def test_checklist_17_of_parallel_calls_with_ids_one_wins_and_the_others_are_shown_it(service):
    space = service.space()
    answers = await asyncio.gather(*(put(service, space, item("a", "b", fresh())) for _ in range(20)))
    [won] = [answer.json()[0] for answer in answers if answer.status_code == 200]
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(lost) == 19
    assert all(body["conflict"][0]["actual"] == won and body["success"] == [] for body in lost)


PAIR_IN_TABLE = item(entity("a"), entity("p", PHOTO, "photo"))
PAIR_OUTSIDE = item(entity("p", PHOTO, "photo"), entity("r", "autodesk-bim360-rfi", "rfi"))


async def test_checklist_18_a_strict_service_stores_nothing_beside_a_pair_outside_the_table(build):
    strict = await build(autodesk_writable_mode="strict")
    space, id = strict.space(), fresh()
    answer = await put(strict, space, PAIR_IN_TABLE | {"id": id}, PAIR_OUTSIDE)
    body = check_error(answer, 403, "NotWritable")
    assert list_faults(body) == [("[1]", "Not writable")]
    assert "autodesk-bim360-rfi" in body["errors"][0]["detail"]
    assert (await get(strict, space, id)).status_code == 404


async def test_checklist_18_a_strict_service_takes_pairs_of_the_table_in_either_order(build):
    strict = await build(autodesk_writable_mode="strict")
    swapped = {"entities": PAIR_IN_TABLE["entities"][::-1]}
    answer = await put(strict, strict.space(), PAIR_IN_TABLE, swapped)
    assert answer.status_code == 200
    assert answer.json()[0]["isReadOnly"] is False


async def test_checklist_18_an_invalid_item_is_reported_before_pairs_are_judged(build):
    strict = await build(autodesk_writable_mode="strict")
    check_error(await put(strict, strict.space(), PAIR_OUTSIDE, {}), 400, "BadInput")


async def test_checklist_18_pairs_are_judged_before_ends_and_existing_pairs_too(build):
    strict = await build(autodesk_writable_mode="strict")
    space = await strict.found()
    photo, rfi = PAIR_OUTSIDE["entities"]
    stored = await record(strict, space, APOLLO, between(photo.values(), rfi.values(), id=fresh()))
    check_error(await put(strict, space, PAIR_OUTSIDE), 403, "NotWritable")
    shown = (await get(strict, space, stored.id)).json()
    assert shown["isReadOnly"] is True


def test_the_built_in_table_has_35_pairs_and_strict_mode_alone_limits_to_them():
    strict, permissive = (Writable.load(Settings(autodesk_writable_mode=mode)) for mode in ("strict", "permissive"))
    assert len(strict.pairs) == 35
    asset, system = (ASSET, "asset"), (ASSET, "system")
    form, photo = ("autodesk-construction-form", "form"), (PHOTO, "photo")
    assert strict.allows(form, asset)
    assert strict.allows(photo, form)
    assert not strict.allows(form, system)
    assert not strict.allows(asset, asset)
    assert permissive.allows(form, system)


async def test_a_strict_space_takes_only_pairs_of_the_table_and_its_neighbour_any(build):
    service = await build()
    strict, other = await service.found(), await service.found()
    [made] = (await put(service, strict, PAIR_OUTSIDE)).json()
    assert made["isReadOnly"] is False
    await set_mode(service, strict, "strict")
    body = check_error(await put(service, strict, PAIR_IN_TABLE, PAIR_OUTSIDE), 403, "NotWritable")
    assert list_faults(body) == [("[1]", "Not writable")]
    [inside] = (await put(service, strict, PAIR_IN_TABLE)).json()
    shown = (await post(service, strict, "batch", [made["id"], inside["id"]])).json()
    assert [row["isReadOnly"] for row in shown] == [True, False]
    [elsewhere] = (await put(service, other, PAIR_OUTSIDE)).json()
    assert elsewhere["isReadOnly"] is False
    await set_mode(service, strict, None)
    [again] = (await put(service, strict, PAIR_OUTSIDE)).json()
    assert again == made


async def test_a_permissive_space_of_a_strict_service_takes_any_pair(build):
    service = await build(autodesk_writable_mode="strict")
    space = await service.found()
    await set_mode(service, space, "permissive")
    [made] = (await put(service, space, PAIR_OUTSIDE)).json()
    assert made["isReadOnly"] is False
    assert (await post(service, space, "delete", [made["id"]])).json() == {"deleted": [made["id"]]}


async def test_a_table_of_the_operator_replaces_the_built_in_one(build, tmp_path):
    table = tmp_path / "table.json"
    table.write_text(
        f'[["{PHOTO}","photo","autodesk-bim360-rfi","rfi"],["autodesk-bim360-rfi","rfi","{PHOTO}","photo"]]'
    )
    strict = await build(autodesk_writable_mode="strict", autodesk_writable_file=table)
    assert (await put(strict, strict.space(), PAIR_OUTSIDE)).status_code == 200
    check_error(await put(strict, strict.space(), PAIR_IN_TABLE), 403, "NotWritable")


@pytest.mark.parametrize("text", ["", "{}", "[[1,2,3,4]]", '[["a","b","c"]]', '[["a","b","c",""]]', None])
@pytest.mark.parametrize("mode", ["strict", "permissive"])
def test_a_table_that_cannot_be_used_stops_the_start(make_memory, tmp_path, text, mode):
    table = tmp_path / "table.json"
    if text is not None:
        table.write_text(text)
    with pytest.raises(SettingInvalid, match="TERCET_AUTODESK_WRITABLE_FILE"):
        make_memory(autodesk_writable_mode=mode, autodesk_writable_file=table)


async def test_checklist_19_an_unrecorded_end_refuses_the_whole_call_where_references_are_enforced(build):
    service = await build()
    space, id = await service.found(), fresh()
    await put(service, space, item("a", "b"))
    await enforce_references(service, space)
    body = check_error(await put(service, space, item("b", "a", id), item("a", "new")), 404, "EntityNotFound")
    assert list_faults(body) == [("[1].entities[1]", "Not found")]
    assert "'new'" in body["errors"][0]["detail"]
    assert (await get(service, space, id)).status_code == 404
    assert (await put(service, space, item("b", "a"))).status_code == 200


async def test_checklist_19_an_end_known_only_to_another_space_is_not_recorded(build):
    service = await build()
    space, other = await service.found(), await service.found()
    there = Mention(Entity(ASSET, "asset", "far"), space=space)
    proposal = Proposal(fresh(), "feeds", Mention(Entity(ASSET, "asset", "near")), there)
    await record(service, other, APOLLO, proposal)
    await enforce_references(service, space)
    body = check_error(await put(service, space, item("far", "none")), 404, "EntityNotFound")
    assert [field for field, _ in list_faults(body)] == ["[0].entities[0]", "[0].entities[1]"]


async def test_checklist_68_missing_ends_with_the_longest_names_fit_into_64_kib(build):
    service = await build()
    space = await service.found()
    await enforce_references(service, space)
    ends = [entity(f"{n:02}" + "\x01" * 510, "\x01" * 128, "\x02" * 128) for n in range(40)]
    items = [item(one, other) for one, other in zip(ends[::2], ends[1::2], strict=True)]
    body = check_error(await put(service, space, *items), 404, "EntityNotFound")
    assert 0 < len(body["errors"]) < 40
    assert "40" in body["detail"]
    assert list_faults(body)[0] == ("[0].entities[0]", "Not found")


async def test_checklist_20_a_token_without_a_scope_of_the_operation_is_told_which_it_needs(service):
    answer = await put(service, service.space(), item("a", "b"), token=service.token("data:write data:read"))
    check_error(answer, 403, "InsufficientScope")
    expected = 'Bearer realm="tercet", error="insufficient_scope", scope="data:create data:write"'
    assert answer.headers["www-authenticate"] == expected
    answer = await get(service, service.space(), fresh(), token=service.token("data:write data:create"))
    check_error(answer, 403, "InsufficientScope")
    assert answer.headers["www-authenticate"].endswith('scope="data:read"')


async def test_checklist_20_a_reader_of_the_space_may_not_write(service):
    space = await service.found(reader=Right.READONLY)
    answer = await put(service, space, item("a", "b"), token=service.token(sub="reader"))
    check_error(answer, 403, "Forbidden")
    assert "www-authenticate" not in answer.headers
    check_error(await put(service, space, item("a", "b"), token=service.token(sub="stranger")), 403, "Forbidden")


@pytest.mark.parametrize("policy", [APOLLO, SAS], ids=lambda policy: policy.name)
async def test_checklist_23_a_pair_that_another_format_related_is_answered_as_it_is(service, policy):
    space = await service.found()
    ends = (ASSET, "asset", "a"), (PHOTO, "photo", "p")
    type = "feeds" if policy is APOLLO else "Contains"
    stored = await record(service, space, policy, between(*ends, id=fresh() if policy is APOLLO else None, type=type))
    answer = await put(service, space, item(entity("p", PHOTO, "photo"), entity("a")))
    assert answer.status_code == 200
    [shown] = answer.json()
    assert shown["id"] == stored.id
    assert list(shown) == ["id", "createdOn", "isReadOnly", "isService", "isDeleted", "entities"]
    assert [end["id"] for end in shown["entities"]] == ["a", "p"]


async def test_of_several_live_relationships_of_a_pair_the_oldest_counts(service):
    space = await service.found()
    ends = (ASSET, "asset", "a"), (ASSET, "asset", "b")
    first = await record(service, space, APOLLO, between(*ends, id=fresh(), type="feeds"))
    await record(service, space, APOLLO, between(*ends[::-1], id=fresh(), type="hosts"))
    assert (await put(service, space, item("b", "a"))).json()[0]["id"] == first.id


async def test_a_self_loop_of_another_format_is_shown_with_two_equal_ends(service):
    space = await service.found()
    end = "apollo", "entity", "X" * 600
    stored = await record(service, space, APOLLO, between(end, end, id=fresh()))
    one, other = (await get(service, space, stored.id)).json()["entities"]
    assert one == other
    assert one["id"] == "X" * 600


async def test_checklist_31_a_live_relationship_is_an_object_and_a_deleted_one_says_when(service):
    space = await service.found()
    [made] = (await put(service, space, item("a", "b"))).json()
    assert (await get(service, space, made["id"].upper())).json() == made
    await service.retire(space, made["id"])
    gone = (await get(service, space, made["id"])).json()
    assert list(gone) == ["id", "createdOn", "isReadOnly", "isService", "isDeleted", "deletedOn", "entities"]
    assert gone["isDeleted"] is True
    assert gone["deletedOn"] >= made["createdOn"]
    assert {**made, "isDeleted": True, "deletedOn": gone["deletedOn"]} == gone


async def test_checklist_32_an_unknown_id_and_one_of_another_space_are_not_found(service):
    space, other = service.space(), service.space()
    [made] = (await put(service, space, item("a", "b"))).json()
    await put(service, other, item("a", "b"))
    check_error(await get(service, space, fresh()), 404, "RelationshipNotFound")
    check_error(await get(service, other, made["id"]), 404, "RelationshipNotFound")


async def test_checklist_32_a_malformed_id_is_named(service):
    body = check_error(await get(service, service.space(), "not-a-uuid"), 400, "BadInput")
    assert list_faults(body) == [("relationshipId", "Invalid value")]


async def test_checklist_33_a_reader_sees_a_relationship_as_read_only(service):
    space = await service.found(reader=Right.READONLY, writer=Right.READWRITE)
    [made] = (await put(service, space, item("a", "b"))).json()
    for name, read_only in (("reader", True), ("writer", False), ("developer", False)):
        answer = await get(service, space, made["id"], token=service.token("data:read", sub=name))
        assert answer.status_code == 200
        assert answer.json() == {**made, "isReadOnly": read_only}
    check_error(await get(service, space, made["id"], token=service.token(sub="stranger")), 403, "Forbidden")


async def test_created_on_never_falls_even_if_the_clock_steps_back(make_memory):
    instants = iter([2_000_000, 1_000_000])
    service = make_memory(MemoryStore(clock=lambda: next(instants), mint=Minter().mint))
    space = service.space()
    for pair in (("a", "b"), ("c", "d")):
        [made] = (await put(service, space, item(*pair))).json()
        assert made["createdOn"] == "1970-01-01T00:00:02.000000+00:00"
