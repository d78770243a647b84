"""Access control lists (apollo 11): apollo 15, item 63, on the whole service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.access import Right
from app.graph.store import GraphStore
from tests.apollo.speak import (
    UPLOAD,
    ask,
    call,
    item,
    make_collection,
    post,
    read_error,
    read_request_id,
    track,
)
from tests.conftest import RunningService

OWNER = "sub:user:developer"


def path(id: str, *rest: str) -> str:
    return "/".join((f"/apollo/ercollections/{id}/permissions", *rest))


async def add(service: RunningService, id: str, entries: dict[str, str], **more: Any) -> Any:
    """The answer to a call that adds entries."""
    body = {"objectId": id, "accesscontrolitems": entries}
    return await call(service, "POST", "/apollo/ercollections/permissions", body=body, **more)


async def test_63_entries_are_added_overwritten_replaced_read_and_removed(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    told = await add(service, id, {"sub:app:reporter": "readonly"})
    assert (told.status_code, told.json()["status"]["code"]) == (200, "OK")
    wanted = {OWNER: "owner", "sub:app:reporter": "readonly"}
    assert told.json()["data"] == {"objectId": id, "id": id, "accesscontrolitems": wanted}
    told = await add(service, id, {"sub:app:reporter": "admin", "org:o": "readwrite", "group:o:g:h": "readonly"})
    wanted |= {"sub:app:reporter": "admin", "org:o": "readwrite", "group:o:g:h": "readonly"}
    assert told.json()["data"]["accesscontrolitems"] == wanted
    assert (await call(service, "GET", path(id))).json()["data"]["accesscontrolitems"] == wanted
    told = await call(
        service, "PUT", path(id), body={"id": id, "accesscontrolitems": {OWNER: "owner", "org:o": "admin"}}
    )
    assert told.json()["data"]["accesscontrolitems"] == {OWNER: "owner", "org:o": "admin"}
    told = await call(service, "DELETE", path(id, "org:o"))
    assert told.json()["data"]["accesscontrolitems"] == {OWNER: "owner"}


async def test_63_a_trailing_slash_is_ignored(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    told = await call(service, "PUT", f"{path(id)}/", body={"accesscontrolitems": {OWNER: "owner"}})
    assert told.status_code == 200


async def test_63_the_last_owner_stays(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    body = {"accesscontrolitems": {OWNER: "admin"}}
    for told in (
        await call(service, "DELETE", path(id, OWNER)),
        await call(service, "DELETE", path(id, f"{OWNER}::owner")),
        await call(service, "PUT", path(id), body=body),
        await call(service, "PUT", path(id), body={"accesscontrolitems": {}}),
        await add(service, id, {OWNER: "readwrite"}),
    ):
        assert (told.status_code, read_error(told)["code"]) == (400, "LastOwner")
    assert (await call(service, "GET", path(id))).json()["data"]["accesscontrolitems"] == {OWNER: "owner"}
    await add(service, id, {"sub:user:ann": "owner"})
    assert (await call(service, "DELETE", path(id, OWNER))).status_code == 200
    assert (await call(service, "GET", path(id))).status_code == 403


async def test_63_an_entry_is_removed_only_as_it_is_held(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    await add(service, id, {"sub:app:x::y": "readonly", "sub:app:x": "admin"})
    for entry, status in (
        ("sub:app:absent", 404),
        ("sub:app:x::readonly", 404),
        ("sub:app:x%3A%3Ay::admin", 404),
        ("sub:app:x::y::readonly", 200),
        ("sub:app:x::y", 404),
        ("sub:app:x::admin", 200),
    ):
        assert (await call(service, "DELETE", path(id, entry))).status_code == status, entry


NO_LISTS: list[Any] = [
    {"accesscontrolitems": {"sub:user:u": "boss"}},
    {"accesscontrolitems": {"user:u": "owner"}},
    {"accesscontrolitems": {"sub:robot:u": "owner"}},
    {"accesscontrolitems": {"sub:user:": "owner"}},
    {"accesscontrolitems": {"org:" + "x" * 257: "owner"}},
    {"accesscontrolitems": {"group:g": "owner"}},
    {"accesscontrolitems": {"*": "owner"}},
    {"accesscontrolitems": {f"org:{n}": "owner" for n in range(1001)}},
    {"accesscontrolitems": [OWNER]},
    {"accesscontrolitems": {OWNER: "owner"}, "objectId": "another"},
    {"accesscontrolitems": {OWNER: "owner"}, "colour": "blue"},
    {},
    "x",
]


async def test_63_what_is_no_list_is_refused(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    for body in NO_LISTS:
        told = await call(service, "PUT", path(id), body=body)
        assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody"), body


async def test_63_a_body_names_one_collection(service: RunningService) -> None:
    entries = {"accesscontrolitems": {OWNER: "owner"}}
    for ids in ({"objectId": "a", "id": "b"}, {}):
        told = await call(service, "POST", "/apollo/ercollections/permissions", body={**entries, **ids})
        assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody")


async def test_only_owners_touch_the_entries_of_owners(service: RunningService) -> None:
    id = await service.found(ada=Right.ADMIN)
    ada = {"sub": "ada"}
    for told in (
        await add(service, id, {"sub:user:ada": "owner"}, **ada),
        await add(service, id, {OWNER: "readonly"}, **ada),
        await call(service, "DELETE", path(id, OWNER), **ada),
        await call(service, "PUT", path(id), body={"accesscontrolitems": {"sub:user:ada": "owner"}}, **ada),
    ):
        assert (told.status_code, read_error(told)["code"]) == (403, "CollectionForbidden")
    assert (await add(service, id, {"sub:user:bob": "admin"}, **ada)).status_code == 200
    body = {"accesscontrolitems": {OWNER: "owner", "sub:user:ada": "admin"}}
    assert (await call(service, "PUT", path(id), body=body, **ada)).status_code == 200


@pytest.mark.parametrize("right", [None, Right.READONLY, Right.READWRITE])
async def test_who_may_not_administer_learns_nothing_of_a_list(service: RunningService, right: Right | None) -> None:
    sub = f"user-{right}"
    id = await service.found(**({} if right is None else {sub: right}))
    entries = {"accesscontrolitems": {f"sub:user:{sub}": "owner"}}
    strange = service.space()

    async def ask(id: str) -> list[tuple[int, Any]]:
        told = [
            await call(service, "GET", path(id), sub=sub),
            await call(service, "PUT", path(id), body=entries, sub=sub),
            await call(service, "DELETE", path(id, OWNER), sub=sub),
            await add(service, id, entries["accesscontrolitems"], sub=sub),
        ]
        return [(each.status_code, each.json()["data"]) for each in told]

    assert await ask(id) == await ask(strange)
    assert {status for status, _ in await ask(id)} == {403}


async def test_a_permission_counts_at_once_in_every_format(service: RunningService) -> None:
    space = service.space()
    await make_collection(service, collectionId=space)
    assert (await post(service, space, [item()], **{"async": "false"})).status_code == 207
    stored = (await call(service, "GET", "/apollo/er/relationships/rel-1", headers={"ercollectionid": space})).json()
    assert stored["data"][0]["id"] == "rel-1"
    container, search = f"/bim360/relationship/v2/containers/{space}/relationships", {"X-Tercet-Space": space}
    entities = [{"domain": "a", "type": "b", "id": id} for id in "xy"]

    async def ask() -> list[int]:
        told = (
            await call(
                service, "GET", "/apollo/er/relationships/rel-1", sub="guest", headers={"ercollectionid": space}
            ),
            await call(service, "GET", f"{container}:search", sub="guest"),
            await call(service, "PUT", container, sub="guest", body=[{"entities": entities}]),
            await call(service, "GET", "/relationships/relationships", sub="guest", headers=search),
        )
        return [each.status_code for each in told]

    assert await ask() == [403, 403, 403, 403]
    await add(service, space, {"sub:user:guest": "readonly"})
    assert await ask() == [200, 200, 403, 200]
    await add(service, space, {"sub:user:guest": "readwrite"})
    assert await ask() == [200, 200, 200, 200]
    await call(service, "DELETE", path(space, "sub:user:guest"))
    assert await ask() == [403, 403, 403, 403]


async def test_groups_apps_and_organisations_hold_permissions_too(service: RunningService) -> None:
    id = (await make_collection(service))["id"]
    await add(service, id, {"sub:app:loader": "readonly"})
    token = service.token(sub=None, client_id="loader")
    headers = {"Authorization": f"Bearer {token}"}
    shown = (await service.client.get(f"/apollo/collections/{id}", headers=headers)).json()["data"]
    assert shown["permission"] == "readonly"


async def test_a_right_that_another_replica_granted_holds_at_once_under_its_consistency_token(
    service: RunningService, store: GraphStore
) -> None:
    id = await service.found(bob=Right.READWRITE)
    accepted = await post(service, id, [item()], token=service.token(sub="bob"))
    readers = [service.token(sub=sub) for sub in ("eve", "zoe")]
    for token in readers:
        assert (await ask(service, UPLOAD, id, token=token)).status_code == 403
    granted = {f"sub:user:{sub}": Right.READONLY for sub in ("eve", "zoe")}
    kept = await store.revise(id, lambda sheet: replace(sheet, grants={**sheet.grants, **granted}))
    token = {"X-Consistency-Token": kept.bookmark}
    assert (await ask(service, UPLOAD, id, token=readers[0], **token)).status_code == 200
    tracked = await track(service, read_request_id(accepted), token=readers[1], **token)
    assert tracked.status_code == 200
    unreadable = await track(service, read_request_id(accepted), **{"X-Consistency-Token": "not one!"})
    assert unreadable.status_code == 400
