"""Kept queries on the wire."""

from __future__ import annotations

import uuid
from typing import Any

import httpx2
import pytest

from app.core.access import Right
from tests.conftest import RunningService

PATH = "/graph/v1/queries"
TEXT = "UNWIND range(1, $most) AS x RETURN x, $word AS word"
DECLARED = [
    {"name": "most", "type": "integer", "default": 2},
    {"name": "word", "type": "text"},
]
BODY = {"query": TEXT, "description": "Counts.", "parameters": DECLARED}


class Person:
    """Somebody who may query, with nothing kept yet."""

    def __init__(self, service: RunningService, name: str) -> None:
        self.sub = f"{name}-{uuid.uuid4()}"
        self.principal = f"sub:user:{self.sub}"
        self._client = service.client
        self._bearer = {"Authorization": f"Bearer {service.issuer.mint(self.sub, right=Right.READONLY)}"}

    async def call(self, method: str, path: str = "", body: Any = None, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.request(method, PATH + path, json=body, headers={**self._bearer, **named})


@pytest.fixture
def ann(service: RunningService) -> Person:
    return Person(service, "ann")


@pytest.fixture
def bob(service: RunningService) -> Person:
    return Person(service, "bob")


async def test_a_query_is_kept_shown_changed_and_removed(ann: Person) -> None:
    put = await ann.call("PUT", "/counts", BODY)
    assert put.status_code == 201, put.text
    assert put.json() == {
        "name": "counts",
        "owner": ann.principal,
        "query": TEXT,
        "description": "Counts.",
        "parameters": [
            {"name": "most", "type": "integer", "required": False, "default": 2},
            {"name": "word", "type": "text", "required": True, "default": None},
        ],
        "shared": False,
        "version": 1,
    }
    shown = await ann.call("GET", "/counts")
    assert (shown.json(), shown.headers["etag"]) == (put.json(), put.headers["etag"])
    again = await ann.call("PUT", "/counts", {**BODY, "description": "Counts on."})
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert again.headers["etag"] != put.headers["etag"]
    assert (await ann.call("DELETE", "/counts")).status_code == 204
    for method in ("GET", "DELETE"):
        gone = await ann.call(method, "/counts")
        assert (gone.status_code, gone.json()["type"]) == (404, "urn:tercet:query-unknown")


async def test_a_kept_query_runs_with_parameters_of_its_types(ann: Person) -> None:
    await ann.call("PUT", "/counts", BODY)
    ran = await ann.call("POST", "/counts/run", {"parameters": {"word": "a"}})
    assert ran.status_code == 200, ran.text
    assert ran.json()["rows"] == [[1, "a"], [2, "a"]]
    ran = await ann.call("POST", "/counts/run", {"parameters": {"word": "a", "most": 5}, "limit": 1, "id": "run-1"})
    assert (ran.json()["rows"], ran.json()["reason"], ran.headers["x-query-id"]) == ([[1, "a"]], "rows", "run-1")
    for given, told in (
        ({}, "word"),
        ({"word": 1}, "text"),
        ({"word": "a", "most": "5"}, "integer"),
        ({"word": "a", "more": 1}, "nothing else"),
    ):
        refused = await ann.call("POST", "/counts/run", {"parameters": given})
        assert (refused.status_code, refused.json()["type"]) == (400, "urn:tercet:query-faulty")
        assert told in refused.json()["detail"]
    assert (await ann.call("POST", "/others/run", {})).status_code == 404


async def test_a_kept_query_is_judged_like_any_other(ann: Person) -> None:
    await ann.call("PUT", "/bad", {"query": "MATCH (s:Secret) RETURN s.key"})
    refused = await ann.call("POST", "/bad/run")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tercet:query-barred")


async def test_a_query_is_its_owners_alone_unless_it_is_shared(ann: Person, bob: Person) -> None:
    await ann.call("PUT", "/own", BODY)
    await ann.call("PUT", "/shared", {**BODY, "shared": True})
    named = f"?owner={ann.principal}"
    for name, status in (("own", 404), ("shared", 200)):
        assert (await bob.call("GET", f"/{name}")).status_code == 404
        assert (await bob.call("GET", f"/{name}{named}")).status_code == status
        ran = await bob.call("POST", f"/{name}/run{named}", {"parameters": {"word": "a"}})
        assert ran.status_code == status, ran.text
        assert (await bob.call("DELETE", f"/{name}")).status_code == 404
        assert (await bob.call("DELETE", f"/{name}{named}")).status_code == 400
    assert (await bob.call("PUT", "/shared", {"query": "RETURN 1 AS one"})).status_code == 201
    assert (await ann.call("GET", "/shared")).json()["query"] == TEXT


async def test_a_list_has_ones_own_and_what_is_shared_in_pages(ann: Person, bob: Person) -> None:
    await ann.call("PUT", "/b", BODY)
    await ann.call("PUT", "/a", BODY)
    await bob.call("PUT", "/hidden", BODY)
    await bob.call("PUT", "/shared", {**BODY, "shared": True})
    found, after, pages = [], "", 0
    while after is not None:
        page = (await ann.call("GET", f"?limit=1&after={after}" if after else "?limit=1")).json()
        found += [(query["owner"], query["name"]) for query in page["queries"]]
        after, pages = page.get("after"), pages + 1
    ours = [each for each in found if each[0] in (ann.principal, bob.principal)]
    assert ours == [(ann.principal, "a"), (ann.principal, "b"), (bob.principal, "shared")]
    assert pages == len(found) or pages == len(found) + 1
    token = (await ann.call("GET", "?limit=1")).json()["after"]
    assert (await bob.call("GET", f"?limit=1&after={token}")).status_code == 400


async def test_who_has_not_seen_the_latest_state_changes_nothing(ann: Person) -> None:
    first = (await ann.call("PUT", "/counts", BODY, If_None_Match="*")).headers["etag"]
    assert (await ann.call("PUT", "/counts", BODY, If_None_Match="*")).status_code == 412
    second = await ann.call("PUT", "/counts", {**BODY, "description": ""}, If_Match=f'"x", {first}')
    assert second.status_code == 200
    stale = await ann.call("PUT", "/counts", BODY, If_Match=first)
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:tercet:query-changed")
    assert (await ann.call("DELETE", "/counts", If_Match=first)).status_code == 412
    assert (await ann.call("PUT", "/others", BODY, If_Match="*")).status_code == 412
    assert (await ann.call("PUT", "/counts", BODY, If_Match="nonsense")).status_code == 400
    assert (await ann.call("PUT", "/counts", BODY, If_None_Match=first)).status_code == 400
    assert (await ann.call("DELETE", "/counts", If_Match=second.headers["etag"])).status_code == 204


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"query": None}, "query"),
        ({"query": "x" * 10_001}, "query"),
        ({"description": "x" * 2_001}, "description"),
        ({"shared": "yes"}, "shared"),
        ({"parameters": {}}, "parameters"),
        ({"parameters": [{"name": "p", "type": "text"}] * 51}, "parameters"),
        ({"parameters": [{"name": "p", "type": "text"}] * 2}, "once"),
        ({"parameters": [{"name": "p"}]}, "parameters[0].type"),
        ({"parameters": [{"name": "1p", "type": "text"}]}, "parameters[0].name"),
        ({"parameters": [{"name": "p", "type": "date"}]}, "parameters[0].type"),
        ({"parameters": [{"name": "p", "type": "text", "default": 1}]}, "defaults"),
        ({"parameters": [{"name": "p", "type": "text", "required": 1}]}, "parameters[0].required"),
        ({"parameters": [{"name": "p", "type": "text", "surprise": 1}]}, "parameters[0]"),
        ({"surprise": 1}, "body"),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_body_that_can_not_be_kept_is_400_and_says_which_member(
    ann: Person, change: dict[str, Any], told: str
) -> None:
    refused = await ann.call("PUT", "/counts", {**BODY, **change})
    assert refused.status_code == 400, refused.text
    assert told in refused.json()["detail"]
    assert "surprise" not in refused.text


async def test_a_name_that_can_not_be_one_is_400_to_keep_and_404_to_find(ann: Person) -> None:
    for name in ("-a", "a%20b", "a" * 65, "%C3%BC"):
        assert (await ann.call("PUT", f"/{name}", BODY)).status_code == 400
        assert (await ann.call("GET", f"/{name}")).status_code == 404


async def test_kept_queries_take_the_scope_of_queries(service: RunningService) -> None:
    token = service.issuer.mint(scope="graph.read", right=Right.OWNER)
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (("GET", ""), ("GET", "/a"), ("PUT", "/a"), ("DELETE", "/a"), ("POST", "/a/run")):
        refused = await service.client.request(method, PATH + path, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:tercet:scope-missing")
        assert (await service.client.request(method, PATH + path)).status_code == 401
