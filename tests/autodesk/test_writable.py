"""Checklist 50, 51, 62: the pairs that may be written."""

from __future__ import annotations

import json
import uuid

from app.core.access import Right
from app.facades.autodesk.writable import BUILT_IN, Writable
from app.settings import Settings
from tests.autodesk.arrange import APOLLO, between, record, set_mode, thing, upsert
from tests.autodesk.speak import check_error, entity, get, item, list_faults, post, put, search, send

PATH = "/bim360/relationship/v2/utility/relationships:writable"


async def ask(service, **how):
    return await send(service, "GET", PATH, **how)


def list_pairs(answer):
    """Every ordered pair of kinds that an answer lists, once it is known to be sorted and without repeats."""
    assert answer.status_code == 200, answer.text
    pairs = []
    for group in check_sorted(answer.json(), "domain"):
        assert list(group) == ["domain", "entityTypes"]
        for kind in check_sorted(group["entityTypes"], "entityType"):
            assert list(kind) == ["entityType", "allow"]
            for allowed in check_sorted(kind["allow"], "domain"):
                assert list(allowed) == ["domain", "entityTypes"]
                assert allowed["entityTypes"] == sorted(set(allowed["entityTypes"]))
                mine = group["domain"], kind["entityType"]
                pairs += [(*mine, allowed["domain"], type) for type in allowed["entityTypes"]]
    return pairs


def check_sorted(objects, name):
    names = [each[name] for each in objects]
    assert names == sorted(set(names))
    return objects


def both_ways(pairs):
    return {(a, b, c, d) for one in pairs for a, b, c, d in (one, (*one[2:], *one[:2]))}


async def test_checklist_50_a_strict_service_lists_exactly_its_table_both_ways(build):
    strict, permissive = await build(autodesk_writable_mode="strict"), await build()
    token = strict.token(sub=uuid.uuid4().hex)
    await put(permissive, strict.space(), item(entity("a"), entity("b", "odd", "odd")), token=token)
    table = [tuple(row) for row in json.loads(BUILT_IN.read_text())]
    assert len(table) == 35
    assert set(list_pairs(await ask(strict, token=token))) == both_ways(table)


async def test_checklist_51_a_permissive_service_lists_what_occurs_where_the_caller_writes(service):
    mark, token = uuid.uuid4().hex, service.token(sub="ann")
    space = await service.found(ann=Right.READWRITE)
    closed = await service.found(ann=Right.READONLY)
    kinds = (f"{mark}-b", "t"), (f"{mark}-a", "t")
    assert not any(mark in pair[0] for pair in list_pairs(await ask(service, token=token)))
    await put(service, space, item(*(entity("x", *kind) for kind in kinds)), token=token)
    await put(service, closed, item(entity("x", f"{mark}-hidden"), entity("y", f"{mark}-hidden")))
    await put(service, space, item(entity("x", f"{mark}-c", "t"), entity("y", f"{mark}-c", "t")))
    listed = [pair for pair in list_pairs(await ask(service, token=token)) if mark in pair[0]]
    assert listed == sorted([*both_ways([(*kinds[0], *kinds[1])]), *[(f"{mark}-c", "t", f"{mark}-c", "t")]])
    assert [pair for pair in list_pairs(await ask(service, token=service.token(sub="bob"))) if mark in pair[0]] == []


async def test_checklist_51_a_strict_space_tells_nothing_beside_the_table_and_a_permissive_one_does(build):
    permissive, strict = await build(), await build(autodesk_writable_mode="strict")
    spaces = {mode: await permissive.found() for mode in ("strict", "permissive", None)}
    mark = uuid.uuid4().hex
    for mode, space in spaces.items():
        kind = f"{mark}-{mode}"
        await put(permissive, space, item(entity("x", kind), entity("y", kind)))
        await set_mode(permissive, space, mode)

    async def list_marked(service):
        return {pair[0].removeprefix(f"{mark}-") for pair in list_pairs(await ask(service)) if mark in pair[0]}

    assert await list_marked(permissive) == {"permissive", "None"}
    assert await list_marked(strict) == {"permissive"}


async def test_checklist_51_deleted_relationships_and_those_of_other_formats_count(service):
    mark = uuid.uuid4().hex
    space = await service.found()
    [made] = await record(
        service,
        space,
        [between(thing("x", mark), thing("y", mark, "u"), id=str(uuid.uuid4()), type="feeds")],
        policy=APOLLO,
    )
    await post(service, space, "delete", [made.id])
    listed = [pair for pair in list_pairs(await ask(service)) if mark in pair[0]]
    assert listed == [(mark, "t", mark, "u"), (mark, "u", mark, "t")]


async def test_a_kind_that_a_row_moved_to_is_listed(service):
    mark, id = uuid.uuid4().hex, str(uuid.uuid4())
    space = await service.found()
    await upsert(service, space, between(thing("a"), thing("b"), id=id, type="feeds"))
    await upsert(service, space, between(thing("a", mark), thing("b"), id=id, type="feeds"))
    assert (mark, "t", "d", "t") in list_pairs(await ask(service))


async def test_a_caller_without_a_writable_container_sees_the_table(service):
    pairs = list_pairs(await ask(service, token=service.token(sub="nobody-else")))
    assert len(set(pairs)) >= 70


def test_of_more_than_5000_pairs_those_of_the_table_come_first_then_the_others_in_order():
    writable = Writable.load(Settings())
    others = [((f"{n:05}", "t"), ("z", "t")) for n in reversed(range(6000))]
    listed = writable.list_with([*others, *writable.pairs])
    assert len(listed) == 5000
    assert set(listed[:35]) == writable.pairs
    assert listed[35:] == sorted(others)[:4965]


async def test_checklist_62_a_service_of_persons_refuses_a_two_legged_token_here_too(build):
    service = await build(autodesk_three_legged_only=True)
    machine = service.token(sub="job", client_id="job")
    check_error(await ask(service, token=machine), 403, "UserTokenRequired")
    check_error(await search(service, service.space(), token=machine), 403, "UserTokenRequired")
    assert (await ask(service)).status_code == 200


async def test_the_table_needs_a_token_and_its_scope_and_takes_head(service):
    check_error(await ask(service, token=""), 401, "Unauthorized")
    check_error(await ask(service, token=service.token(scope="data:write")), 403, "InsufficientScope")
    body = check_error(await ask(service, headers={"x-ads-region": "MARS"}), 400, "BadInput")
    assert list_faults(body) == [("x-ads-region", "Invalid value")]
    head = await send(service, "HEAD", PATH)
    assert head.status_code == 200
    assert head.content == b""
    check_error(await send(service, "POST", PATH, []), 405, "MethodNotAllowed")


async def test_an_end_in_another_space_is_found_by_its_triple(service):
    space, other = await service.found(), await service.found()
    far = between(thing("a"), thing("b"), id=str(uuid.uuid4()), type="feeds")
    far = far._replace(target=far.target._replace(space=other))
    [made] = await record(service, space, [far], policy=APOLLO)
    [near] = await record(service, space, [between(thing("b"), thing("c"))])
    await record(service, other, [between(thing("b"), thing("c"))])
    found = await search(service, space, "domain=d&type=t&id=b")
    assert [row["id"] for row in found.json()["relationships"]] == [made.id, near.id]
    assert (await get(service, space, made.id)).status_code == 200
