"""What the tests say on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2

ASSET = "autodesk-bim360-asset"
PHOTO = "autodesk-construction-photo"
JSON = {"Content-Type": "application/json"}


def container(space: str) -> str:
    return f"/bim360/relationship/v2/containers/{space}"


def entity(id: str, domain: str = ASSET, type: str = "asset") -> dict[str, str]:
    return {"domain": domain, "type": type, "id": id}


def item(one: Any, other: Any, id: Any = None) -> dict[str, Any]:
    """An item of a PUT; ends are entities, or ids of assets."""
    ends = [entity(end) if isinstance(end, str) else end for end in (one, other)]
    return {"entities": ends} if id is None else {"id": id, "entities": ends}


async def send(
    service: Any,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """One call; ``body`` is sent as it is if it is bytes, else as JSON. An empty ``token`` sends none."""
    token = service.token() if token is None else token
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        sent |= JSON
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    # A header given as "" is left out.
    sent = {name: value for name, value in (sent | dict(headers or {})).items() if value}
    return await service.client.request(method, path, content=body, headers=sent)


async def put(service: Any, space: str, *items: Any, **how: Any) -> httpx2.Response:
    """PUT of these items."""
    return await send(service, "PUT", f"{container(space)}/relationships", list(items), **how)


async def put_raw(service: Any, space: str, body: bytes, **how: Any) -> httpx2.Response:
    """PUT of these bytes."""
    return await send(service, "PUT", f"{container(space)}/relationships", body, **how)


async def get(service: Any, space: str, id: str, **how: Any) -> httpx2.Response:
    """GET of one relationship."""
    return await send(service, "GET", f"{container(space)}/relationships/{id}", **how)


def check_error(answer: httpx2.Response, status: int, type: str) -> dict[str, Any]:
    """The body of an error, once it is known to have this format's shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert len(answer.content) <= 65_536
    body: dict[str, Any] = answer.json()
    assert list(body) == ["type", "title", "detail", "errors"]
    assert body["type"] == type
    assert body["title"]
    assert body["detail"]
    for inner in body["errors"]:
        assert list(inner) == ["field", "title", "detail", "type"]
        assert all(isinstance(value, str) and value for value in inner.values())
        assert inner["type"] == type
    return body


def list_faults(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Field and title of every inner error."""
    return [(inner["field"], inner["title"]) for inner in body["errors"]]


async def search(service: Any, space: str, query: str = "", **how: Any) -> httpx2.Response:
    """GET :search with this query string, as it is."""
    return await send(service, "GET", f"{container(space)}/relationships:search?{query}", **how)


async def post(
    service: Any, space: str, operation: str, body: Any = None, query: str = "", **how: Any
) -> httpx2.Response:
    """POST of a body to one of the operations behind a colon."""
    path = f"{container(space)}/relationships:{operation}" + (f"?{query}" if query else "")
    return await send(service, "POST", path, body, **how)


def list_ids(answer: httpx2.Response) -> list[str]:
    """The ids of a page, in its order."""
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["relationships"]]


async def walk(service: Any, space: str, query: str = "", **how: Any) -> list[list[str]]:
    """The ids of every page of a search, to the end; no token may come twice, all pages carry one sync token."""
    pages, seen, token, marks = [], {""}, "", set()
    while True:
        answer = await search(service, space, f"{query}&continuationToken={token}", **how)
        pages.append(list_ids(answer))
        page = answer.json()["page"]
        marks.add(page["syncToken"])
        token = page["continuationToken"]
        if token is None:
            assert len(marks) == 1
            return pages
        assert token not in seen
        assert token.isascii()
        assert token.isdecimal()
        assert token[0] != "0"
        assert len(token) <= 300
        seen.add(token)
