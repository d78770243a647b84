"""A client of the format: one space, one token, and the checks that hold for every answer."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx2

R = "/relationships/relationships"
F = "/relationships/references"
VND = "application/vnd.sas."
RELATIONSHIP = f"{VND}relationship+json"
COLLECTION = f"{VND}collection+json"
ERROR_LABEL = "application/vnd.sas.error+json;charset=utf-8;version=2"


class Client:
    """Sends requests in one space; ``headers`` given to a call replace its own, None leaves one out."""

    def __init__(self, service: Any, scope: str | None = None, space: str | None = None) -> None:
        self.service = service
        self.space = space or service.space()
        self.headers = {"Authorization": f"Bearer {service.token(scope)}", "X-Tercet-Space": self.space}

    async def call(self, method: str, url: str, body: object = None, **headers: str | None) -> httpx2.Response:
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in {**self.headers, **named}.items() if value is not None}
        answer: httpx2.Response = await self.service.client.request(method, url, content=content, headers=sent)
        check_headers(answer)
        return answer

    async def get(self, url: str, **headers: str | None) -> httpx2.Response:
        return await self.call("GET", url, **headers)

    async def post(
        self, body: object, type: str | None = RELATIONSHIP, query: str = "", **headers: str | None
    ) -> httpx2.Response:
        return await self.call("POST", R + query, body, Content_Type=type, **headers)

    async def bulk(self, *items: object, query: str = "", **headers: str | None) -> httpx2.Response:
        return await self.post({"items": items}, COLLECTION, query, **headers)

    async def create(self, resource: str, related: str, type: str = "Contains", **members: object) -> Any:
        answer = await self.post(edge(resource, related, type, **members))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def read(self, id: str) -> Any:
        answer = await self.get(f"{R}/{id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def edge(resource: str, related: str, type: str = "Contains", **members: object) -> dict[str, object]:
    """A relationship as a body."""
    return {"resourceUri": resource, "type": type, "relatedResourceUri": related, **members}


def check_headers(answer: httpx2.Response) -> None:
    """What every answer has (sas 2)."""
    headers = answer.headers
    assert headers["cache-control"] == "no-cache, no-store, must-revalidate"
    assert headers["vary"] == "Accept, Accept-Item, Accept-Language, Origin, X-Tercet-Space"
    assert headers["sas-service-response-flag"] == "true"
    assert headers["x-request-id"]


def check_error(answer: httpx2.Response, status: int, code: int, *, remedy: bool = False) -> Any:
    """A whole-call error in every detail of its shape (sas 4.6)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == ERROR_LABEL
    assert len(answer.content) <= 65_536
    body = answer.json()
    assert (body["version"], body["httpStatusCode"], body["errorCode"], body["links"]) == (2, status, code, [])
    *sentences, path, correlator = body["details"]
    assert 1 <= len(sentences) <= 20
    assert path.startswith(f"path: {answer.request.url.raw_path.decode().split('?')[0][:100]}")
    assert len(path) <= 206
    assert correlator == f"correlator: {answer.headers['x-request-id']}"
    assert ("remediation" in body) == (remedy or status in (406, 413, 415, 428))
    return body


def split_bulk(answer: httpx2.Response) -> tuple[dict[int, Any], list[Any]]:
    """The errors of a bulk answer by the index of their item, and the relationships."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "errorCode" not in body
    items = body["items"]
    refused = [item for item in items if "errorCode" in item]
    assert items[: len(refused)] == refused
    assert all(item["links"] == [] and item["message"] for item in refused)
    assert all(item["links"] for item in items[len(refused) :])
    assert body["count"] == body["limit"] == len(items)
    indexes = [int(item["details"][-1].removeprefix("item: ")) for item in refused]
    assert indexes == sorted(indexes)
    return dict(zip(indexes, refused, strict=True)), items[len(refused) :]


def new_uri(word: str = "thing") -> str:
    """A URI string that nobody has used."""
    return f"/{word}/{uuid.uuid4()}"
