"""A service that listens, with something of every format in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from app import server
from app.core.access import Right
from app.core.identity import space_name
from app.core.model import Entity
from tests.conftest import RunningService
from tests.openapi.hold import Ground

ENDS = [
    {"domain": "autodesk-bim360-asset", "type": "asset", "id": "valve-204"},
    {"domain": "autodesk-construction-photo", "type": "photo", "id": "ph-0091"},
]
UPLOAD = {
    "id": "rel-0001",
    "sourceEntityId": "bldg-7",
    "destinationEntityId": "floor-7-2",
    "relationshipName": "has floor",
    "relationshipType": "Brick__hasPart_Location_Location",
}


@pytest_asyncio.fixture(scope="session")
async def ground(service: RunningService) -> AsyncIterator[Ground]:
    """The service on a port of its own, as schemathesis speaks to servers only from a thread of its own."""
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        server.serve(service.service.app, host="127.0.0.1", port=0, on_ready=listening.set_result)
    )
    space = service.space()
    bearer = {"Authorization": f"Bearer {service.token()}"}
    headers = {
        "autodesk": bearer,
        "apollo": {**bearer, "ercollectionid": space},
        "sas": {**bearer, "X-Tercet-Space": space},
        "graph": {"Authorization": f"Bearer {service.issuer.mint(right=Right.READONLY)}"},
    }
    known = await _sow(service, space, headers)
    yield Ground(await listening, headers, known)
    serving.cancel()
    await asyncio.wait((serving,))


async def _sow(service: RunningService, space: str, headers: dict[str, dict[str, str]]) -> dict[str, list[object]]:
    client, every = service.client, f"/bim360/relationship/v2/containers/{space}/relationships"
    put = await client.put(every, json=[{"entities": ENDS}], headers=headers["autodesk"])
    related = put.raise_for_status().json()[0]["id"]
    upload = await client.post("/apollo/er/relationships?v=1.1", json=[UPLOAD], headers=headers["apollo"])
    entity = {"id": "bldg-7", "entityType": "Brick__Building", "entityName": "Building 7"}
    at_once = {**headers["apollo"], "async": "false"}
    (await client.post("/apollo/er/entities", json=[entity], headers=at_once)).raise_for_status()
    body = {"resourceUri": "/reports/leaks", "type": "Dependent", "relatedResourceUri": "/tables/leaks"}
    post = await client.post("/relationships/relationships", json=body, headers=headers["sas"])
    made = post.raise_for_status().json()
    filters = {"filters": {"domains": ["autodesk-bim360-asset"]}}
    sync = await client.post(f"{every}:sync", json=filters, headers=headers["autodesk"])
    transaction = upload.raise_for_status().json()["transactionId"]
    told = await client.get(f"/apollo/status/{transaction}", headers={**headers["apollo"], "Prefer": "wait=10"})
    collection = {"collectionName": "North campus"}
    vault = {"vaultId": "v-3", "accountId": "a-9"}
    named = await client.post("/apollo/collections", json=collection, headers={**headers["apollo"], **vault})
    return {
        "collection": [space],
        "expendable": [named.raise_for_status().json()["data"]["id"]],
        "containerId": [space],
        "space": [space],
        "ref": [space_name(space).entity_id(Entity("apollo", "entity", id)) for id in ("bldg-7", "floor-7-2")],
        "relationshipId": [related, made["id"]],
        "id": [made["id"], made["referenceId"], "rel-0001", "bldg-7"],
        "syncToken": [sync.raise_for_status().json()["nextSyncToken"]],
        "transaction": [transaction],
        "RequestId": [told.raise_for_status().json()["data"]["id"]],
    }
