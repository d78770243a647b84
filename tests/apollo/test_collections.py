"""Collections (apollo 10): apollo 15, items 60 to 62, on the whole service."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import pytest

from app.core.access import Right
from app.core.administer import configure
from app.core.jobs import NewJob, cut
from app.core.model import Author
from tests.apollo.speak import GUID, VAULT, call, item, make_collection, post, read_error
from tests.conftest import RunningService

PATH = "/apollo/collections"
USUAL = {"brickVersion": "1.2.1", "types": "off", "references": "off", "ontology": "warn"}


async def test_60_a_collection_is_made_and_shown_as_the_contract_prints_it(service: RunningService) -> None:
    id = f"campus {service.space()}"
    sent = {"collectionId": id, "collectionName": "North campus", "settings": {"references": "warn"}}
    made = await call(service, "POST", PATH, body=sent, headers=VAULT)
    assert made.status_code == 200
    told = made.json()
    assert (told["status"]["code"], told["paging"]) == ("OK", None)
    assert GUID.fullmatch(told["transactionId"])
    shown = {
        "id": id,
        "collectionId": id,
        "collectionName": "North campus",
        "vaultId": "v-3",
        "vaultName": "v-3",
        "accountId": "a-9",
        "accountName": "a-9",
        "settings": {**USUAL, "references": "warn"},
        "permission": "owner",
    }
    assert list(told["data"].items()) == list(shown.items())
    read = await call(
        service, "GET", f"{PATH}/{id}", headers={"X-Consistency-Token": made.headers["x-consistency-token"]}
    )
    assert read.json()["data"] == shown


@pytest.mark.parametrize("lacking", [*VAULT])
async def test_60_vault_and_account_are_demanded(service: RunningService, lacking: str) -> None:
    headers = {name: value for name, value in VAULT.items() if name != lacking}
    told = await call(service, "POST", PATH, body={"collectionName": "x"}, headers=headers)
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedHeader")


async def test_60_without_an_id_a_collection_gets_a_guid(service: RunningService) -> None:
    sent = {"collectionName": "x", "vaultName": "Vault", "accountName": "Account"}
    told = (await call(service, "POST", PATH, body=sent, headers=VAULT)).json()["data"]
    assert GUID.fullmatch(told["id"])
    assert (told["vaultName"], told["accountName"]) == ("Vault", "Account")


async def test_60_a_taken_id_is_refused_whoever_has_it_and_whoever_had_it(service: RunningService) -> None:
    sent = {"collectionId": (await make_collection(service))["id"], "collectionName": "Mine"}
    for sub in ("developer", "stranger"):
        told = await call(service, "POST", PATH, sub=sub, body=sent, headers=VAULT)
        assert (told.status_code, read_error(told)["code"]) == (409, "Conflict")
    assert (await call(service, "DELETE", f"{PATH}/{sent['collectionId']}")).status_code == 200
    assert (await call(service, "POST", PATH, body=sent, headers=VAULT)).status_code == 409


async def test_60_of_two_who_want_one_id_at_once_one_gets_it(service: RunningService) -> None:
    sent = {"collectionId": service.space(), "collectionName": "x"}
    calls = [call(service, "POST", PATH, sub=sub, body=sent, headers=VAULT) for sub in ("ann", "bob", "eve")]
    assert sorted(told.status_code for told in await asyncio.gather(*calls)) == [200, 409, 409]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"collectionName": ""},
        {"collectionName": "x" * 256},
        {"collectionName": None},
        {"collectionName": "x", "colour": "blue"},
        {"collectionName": "x", "permission": "owner"},
        {"collectionName": "x", "collectionId": " x"},
        {"collectionName": "x", "collectionId": "é"},
        {"collectionName": "x", "collectionId": "x" * 129},
        {"collectionName": "x", "settings": {"types": "maybe"}},
        {"collectionName": "x", "settings": {"brickVersion": "1.3"}},
        {"collectionName": "x", "settings": {"colour": "blue"}},
        {"collectionName": "x", "settings": None},
        ["collectionName"],
    ],
    ids=str,
)
async def test_60_a_body_that_says_anything_else_is_refused(service: RunningService, body: Any) -> None:
    told = await call(service, "POST", PATH, body=body, headers=VAULT)
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody")


async def test_60_a_key_that_is_sent_twice_is_refused(service: RunningService) -> None:
    headers = {"Authorization": f"Bearer {service.token()}", "Content-Type": "application/json", **VAULT}
    told = await service.client.post(PATH, content=b'{"collectionName":"a","collectionName":"b"}', headers=headers)
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody")


async def test_61_given_keys_change_and_others_stay(service: RunningService) -> None:
    made = await make_collection(service, settings={"types": "warn"})
    path = f"{PATH}/{made['id']}"
    told = await call(service, "PUT", path, body={"collectionName": "North", "settings": {"references": "enforce"}})
    wanted = {**made, "collectionName": "North", "settings": {**USUAL, "types": "warn", "references": "enforce"}}
    assert told.json()["data"] == wanted
    assert (await call(service, "GET", path)).json()["data"] == wanted
    told = await call(service, "PUT", path, body={"collectionName": "South", "accountName": "Nine"})
    assert told.json()["data"] == {**wanted, "collectionName": "South", "accountName": "Nine"}


async def test_61_a_mode_for_pairs_of_kinds_is_an_operators_and_shown_to_nobody(service: RunningService) -> None:
    made = await make_collection(service)
    path, id = f"{PATH}/{made['id']}", made["id"]
    await service.store.revise(id, lambda sheet: configure(sheet, {"writable": "strict"}))
    assert (await call(service, "GET", path)).json()["data"] == made
    told = await call(service, "PUT", path, body={"collectionName": "x", "settings": {"types": "warn"}})
    assert told.json()["data"]["settings"] == {**USUAL, "types": "warn"}
    for method, where, headers in (("PUT", path, {}), ("POST", PATH, VAULT)):
        body = {"collectionName": "x", "settings": {"writable": "permissive"}}
        told = await call(service, method, where, body=body, headers=headers)
        assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody")
    kept = await service.store.sheet(id)
    assert kept is not None
    assert kept.settings == {"types": "warn", "writable": "strict"}


async def test_61_settings_are_for_admins(service: RunningService) -> None:
    id = await service.found(wally=Right.READWRITE, ada=Right.ADMIN, rita=Right.READONLY)
    sent = {"collectionName": "x", "settings": {"types": "warn"}}
    for sub, status in (("rita", 403), ("wally", 403), ("stranger", 403), ("ada", 200)):
        told = await call(service, "PUT", f"{PATH}/{id}", sub=sub, body=sent)
        assert told.status_code == status
        if status == 403:
            assert read_error(told)["code"] == "CollectionForbidden"
    told = await call(service, "PUT", f"{PATH}/{id}", sub="wally", body={"collectionName": "Wally's"})
    assert (told.status_code, told.json()["data"]["permission"]) == (200, "readwrite")
    assert (await call(service, "PUT", f"{PATH}/{id}", sub="rita", body={"collectionName": "x"})).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{"collectionName": "x", "settings": {"ontology": "maybe"}}, {"settings": {}}, {"collectionName": 1}],
    ids=str,
)
async def test_61_an_unusable_value_is_refused(service: RunningService, body: Any) -> None:
    id = (await make_collection(service))["id"]
    told = await call(service, "PUT", f"{PATH}/{id}", body=body)
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedBody")


async def list_ids(service: RunningService, sub: str, size: int = 1000, **params: str) -> list[str]:
    """The ids of all pages."""
    found, token = list[str](), None
    while True:
        headers = {"PageSize": str(size)} | ({"continuationToken": token} if token else {})
        told = (await call(service, "GET", PATH, sub=sub, params=params, headers=headers)).json()
        assert told["paging"]["totalCount"] == len(told["data"]) <= size
        found += [shown["id"] for shown in told["data"]]
        token = told["paging"]["continuationToken"]
        if token is None:
            return found


async def test_62_a_caller_lists_what_is_reached_with_at_least_a_permission(service: RunningService) -> None:
    sub = f"lister-{service.space()}"
    mine = sorted(service.space() for _ in range(3))
    for id in mine:
        await make_collection(service, sub=sub, collectionId=id)
    theirs = {right: await service.found(**{sub: right}) for right in Right if right is not Right.OWNER}
    await make_collection(service, sub="stranger")
    assert await list_ids(service, sub, minPermission="owner") == mine
    assert await list_ids(service, sub, minPermission="admin") == sorted([*mine, theirs[Right.ADMIN]])
    reached = await list_ids(service, sub)
    assert set(reached) >= {*mine, *theirs.values()}
    assert reached == sorted(reached) == await list_ids(service, sub, size=2)
    told = await call(service, "GET", PATH, sub=sub, params={"minPermission": "all"})
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedQuery")


async def test_62_a_token_of_another_list_is_refused(service: RunningService) -> None:
    sub = f"lister-{service.space()}"
    for _ in range(2):
        await make_collection(service, sub=sub)
    first = await call(service, "GET", PATH, sub=sub, headers={"PageSize": "1"}, params={"minPermission": "owner"})
    token = first.json()["paging"]["continuationToken"]
    told = await call(service, "GET", PATH, sub=sub, headers={"continuationToken": token})
    assert (told.status_code, read_error(told)["code"]) == (400, "MalformedHeader")


async def test_a_space_of_another_format_is_a_collection_without_a_vault(service: RunningService) -> None:
    space = service.space()
    entities = [{"domain": "a", "type": "b", "id": id} for id in "xy"]
    path = f"/bim360/relationship/v2/containers/{space}/relationships"
    assert (await call(service, "PUT", path, body=[{"entities": entities}])).status_code == 200
    shown = (await call(service, "GET", f"{PATH}/{space}")).json()["data"]
    assert (shown["collectionName"], shown["permission"], shown["settings"]) == (space, "owner", USUAL)
    assert {shown[name] for name in ("vaultId", "vaultName", "accountId", "accountName")} == {None}


async def test_a_deleted_collection_is_there_for_nobody_in_any_format(service: RunningService) -> None:
    space = service.space()
    await make_collection(service, collectionId=space)
    assert (await post(service, space, [item()], **{"async": "false"})).status_code == 207
    told = await call(service, "DELETE", f"{PATH}/{space}")
    assert (told.status_code, told.json()["data"], told.json()["paging"]) == (200, {}, None)
    collection = {"ercollectionid": space}
    unknown = (await call(service, "GET", "/apollo/er/relationships/rel-1", sub="x", headers=collection)).json()[
        "status"
    ]
    for method, path in (("GET", "/apollo/er/relationships/rel-1"), ("POST", "/apollo/er/relationships")):
        body = None if method == "GET" else [item("rel-2")]
        told = await call(service, method, path, headers=collection | {"async": "false"}, body=body)
        assert (told.status_code, read_error(told)["code"]) == (403, "CollectionForbidden")
        assert told.json()["status"] == unknown
    for method in ("PUT", "DELETE"):
        assert (await call(service, method, f"{PATH}/{space}", body={"collectionName": "x"})).status_code == 403
    assert (await call(service, "GET", f"/apollo/ercollections/{space}/permissions")).status_code == 403
    sas = {"X-Tercet-Space": space}
    assert (await call(service, "GET", "/relationships/relationships", headers=sas)).status_code == 403
    container = f"/bim360/relationship/v2/containers/{space}/relationships"
    entities = [{"domain": "a", "type": "b", "id": id} for id in "xy"]
    assert (await call(service, "PUT", container, body=[{"entities": entities}])).status_code == 404
    assert space not in await list_ids(service, "developer")


async def test_only_former_owners_learn_that_a_collection_was_deleted(service: RunningService) -> None:
    space = await service.found(ada=Right.ADMIN)
    assert (await call(service, "DELETE", f"{PATH}/{space}")).status_code == 200
    assert [
        (await call(service, "GET", f"{PATH}/{space}", sub=sub)).status_code for sub in ("developer", "ada", "x")
    ] == [404, 403, 403]


async def test_only_an_owner_with_the_scope_of_an_admin_deletes(service: RunningService) -> None:
    space = await service.found(ada=Right.ADMIN)
    assert (await call(service, "DELETE", f"{PATH}/{space}", sub="ada")).status_code == 403
    told = await call(service, "DELETE", f"{PATH}/{space}", scope="apollo_read apollo_write")
    assert (told.status_code, read_error(told)["code"]) == (403, "InsufficientScope")
    assert re.search('scope="apollo_admin"', told.headers["www-authenticate"])


async def test_a_collection_with_unfinished_requests_stays(service: RunningService) -> None:
    space, jobs = (await make_collection(service))["id"], service.service.jobs
    ids = {"request_id": str(uuid.uuid4()), "transaction_id": str(uuid.uuid4())}
    # Of a kind that no worker knows: it waits until it is canceled.
    new = NewJob(kind="waiting", space=space, principal="sub:user:developer", author=Author(), total=1, **ids)
    await jobs.accept(new, cut([b"{}"], 1))
    told = await call(service, "DELETE", f"{PATH}/{space}")
    assert (told.status_code, read_error(told)["code"]) == (409, "Conflict")
    await jobs.cancel(ids["request_id"])
    assert (await call(service, "DELETE", f"{PATH}/{space}")).status_code == 200


async def test_the_default_space_stays(service: RunningService) -> None:
    told = await call(service, "DELETE", f"{PATH}/{service.settings.default_space}")
    assert told.status_code in (403, 409), "its owner is the service itself"


async def test_an_unknown_collection_is_forbidden_here_even_where_writes_would_found_it(
    service: RunningService,
) -> None:
    for method, body in (("GET", None), ("PUT", {"collectionName": "x"}), ("DELETE", None)):
        told = await call(service, method, f"{PATH}/{service.space()}", body=body)
        assert (told.status_code, read_error(told)["code"]) == (403, "CollectionForbidden")
