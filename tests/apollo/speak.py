"""What a client of the Apollo format says."""

from __future__ import annotations

import re
from typing import Any, Protocol

import httpx2

UPLOAD = "/apollo/er/relationships"
TRACK = "/relationships/erstatus"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Service(Protocol):
    """What every service under test offers."""

    client: httpx2.AsyncClient

    def token(
        self, scope: str | None = None, sub: str | None = "developer", client_id: str | None = None, minutes: float = 60
    ) -> str: ...
    def space(self) -> str: ...


def item(id: str = "rel-1", **more: Any) -> dict[str, Any]:
    """A good item; members given as None are left out."""
    whole = {
        "id": id,
        "sourceEntityId": "bldg-7",
        "destinationEntityId": "floor-7-2",
        "relationshipType": "site_beside",
        "relationshipName": "beside",
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def head(service: Service, space: str | None = None, token: str | None = None, **more: str) -> dict[str, str]:
    """Headers of a request in good order; names are written with underscores."""
    sent = {"Authorization": f"Bearer {token or service.token()}"}
    if space is not None:
        sent["ercollectionid"] = space
    return sent | {name.replace("_", "-"): value for name, value in more.items()}


async def post(
    service: Service,
    space: str | None,
    body: Any,
    *,
    path: str = UPLOAD,
    token: str | None = None,
    content_type: str = "application/json",
    **more: str,
) -> httpx2.Response:
    """Uploads; ``body`` is JSON, or bytes as they are."""
    headers = head(service, space, token, **more)
    if isinstance(body, bytes):
        return await service.client.post(path, content=body, headers=headers | {"content-type": content_type})
    return await service.client.post(path, json=body, headers=headers)


async def track(
    service: Service, id: str, *, path: str = TRACK, token: str | None = None, **more: str
) -> httpx2.Response:
    """Asks how far a request has come."""
    return await service.client.get(path, params={"RequestId": id}, headers=head(service, None, token, **more))


async def carry_out(service: Service, space: str, body: Any, **more: str) -> dict[str, Any]:
    """Uploads and waits until everything was tried; the last word of the tracking."""
    accepted = await post(service, space, body, **more)
    assert accepted.status_code == 202, accepted.text
    final = await track(service, read_request_id(accepted), token=more.get("token"), Prefer="wait=30")
    assert final.status_code == 200, final.text
    told: dict[str, Any] = final.json()
    assert told["state"] == "Completed", told
    return told


async def read(service: Service, space: str, id: str, **query: str) -> httpx2.Response:
    """Reads one relationship by the id in the path, percent-encoded by the caller."""
    return await service.client.get(f"{UPLOAD}/{id}", params=query or None, headers=head(service, space))


async def read_object(service: Service, space: str, id: str, **query: str) -> dict[str, Any]:
    """The one object that a read answers."""
    answer = await read(service, space, id, **query)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["data"]
    return dict(found)


async def ask(
    service: Service,
    path: str,
    space: str | None,
    query: dict[str, str] | None = None,
    token: str | None = None,
    **more: str,
) -> httpx2.Response:
    """Reads a path; headers are named as in ``head``."""
    return await service.client.get(path, params=query, headers=head(service, space, token, **more))


async def follow(
    service: Service, path: str, space: str, query: dict[str, str] | None = None, **more: str
) -> list[list[dict[str, Any]]]:
    """Every page of a list, token by token."""
    pages, sent = [], dict(more)
    while True:
        answer = await ask(service, path, space, query, **sent)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["paging"]["totalCount"] == len(told["data"])
        pages.append(told["data"])
        if told["paging"]["continuationToken"] is None:
            return pages
        sent["continuationToken"] = told["paging"]["continuationToken"]
        assert len(sent["continuationToken"]) <= 1024


async def store_all(service: Service, space: str, *items: Any, path: str = UPLOAD) -> list[dict[str, Any]]:
    """Uploads at once; what became of each item, in order."""
    answer = await post(service, space, list(items), path=path, **{"async": "false"})
    assert answer.status_code == 207, answer.text
    told = answer.json()["data"]["responses"]
    return sorted(told.get("success", []) + told.get("failure", []), key=lambda one: one["index"])


def read_request_id(accepted: httpx2.Response) -> str:
    """The GUID in the sentence of a 202, in whichever envelope."""
    told = accepted.json()
    found = GUID.search(told["message"] if "message" in told else told["status"]["message"])
    assert found is not None
    return found[0]


def read_error(answer: httpx2.Response) -> dict[str, Any]:
    """The one fault of a failed request; proves its envelope's shape on the way."""
    told = answer.json()
    assert answer.status_code >= 400, answer.text
    assert len(answer.content) < 65_536
    if list(told) == ["result", "message", "version", "errorInfo"]:
        assert (told["result"], told["version"]) == (0, None)
        (info,) = told["errorInfo"]
    else:
        assert list(told) == ["status", "transactionId", "data", "paging"]
        assert told["status"]["code"] == str(answer.status_code)
        assert GUID.fullmatch(told["transactionId"])
        assert told["paging"] is None
        (info,) = told["data"]["errorInfo"]
    assert list(info) == ["index", "id", "code", "property", "message"]
    return dict(info)


def is_legacy(answer: httpx2.Response) -> bool:
    """Whether the answer wears the legacy envelope."""
    return list(answer.json())[:4] == ["result", "message", "version", "errorInfo"]


async def call(
    service: Service, method: str, path: str, *, sub: str = "developer", body: Any = None, **more: Any
) -> httpx2.Response:
    """Any call by one user; ``headers``, ``params`` and ``scope`` may be among ``more``."""
    headers = {"Authorization": f"Bearer {service.token(more.pop('scope', None), sub)}"} | more.pop("headers", {})
    return await service.client.request(method, path, json=body, headers=headers, **more)


VAULT = {"vaultId": "v-3", "accountId": "a-9"}


async def make_collection(service: Service, *, sub: str = "developer", **body: Any) -> dict[str, Any]:
    """A collection of ``sub`` with an id that nobody has used, unless one is given; as it is shown."""
    sent = {"collectionId": service.space(), "collectionName": "North campus", **body}
    made = await call(service, "POST", "/apollo/collections", sub=sub, body=sent, headers=VAULT)
    assert made.status_code == 200, made.text
    shown: dict[str, Any] = made.json()["data"]
    return shown
