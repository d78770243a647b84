"""Read-only Cypher on the wire: who may, what a query answers, how it fails, how it is cancelled, what the log says."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx2
import pytest

from app.core.access import Right
from app.main import Service
from tests.adhoc.test_bounds import LONG
from tests.analyst.speak import declare, relate
from tests.conftest import RunningService

PATH = "/graph/v1/cypher"


def bearer(service: RunningService, sub: str = "developer", right: Right | None = Right.READONLY) -> dict[str, str]:
    """Headers of somebody who has a right on every space, or none."""
    return {"Authorization": f"Bearer {service.issuer.mint(sub, right=right)}"}


async def post(service: RunningService, body: Any, **caller: Any) -> httpx2.Response:
    return await service.client.post(PATH, json=body, headers=bearer(service, **caller))


async def ask(service: RunningService, query: str, **rest: Any) -> Any:
    answer = await post(service, {"query": query, **rest})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_query_is_answered_with_columns_and_rows(service: RunningService) -> None:
    space = service.space()
    await relate(service, space, ("ahu", "Brick__feeds", "vav-1"), ("ahu", "Brick__feeds", "vav-2"))
    text = "MATCH (a:Entity {id: $id})-[r]->(b) WHERE a.key STARTS WITH $prefix RETURN type(r) AS type, b.id AS id ORDER BY id"
    prefix = (await ask(service, "MATCH (s:Space {id: $id}) RETURN s.prefix AS p", parameters={"id": space}))["rows"][
        0
    ][0]
    document = await ask(service, text, parameters={"id": "ahu", "prefix": prefix})
    assert document == {
        "columns": ["type", "id"],
        "rows": [["Brick__feeds", "vav-1"], ["Brick__feeds", "vav-2"]],
        "truncated": False,
        "limits": {"rows": 1000, "bytes": 8_388_608, "seconds": 10.0},
    }


async def test_an_answer_says_which_limit_has_cut_it(service: RunningService) -> None:
    document = await ask(service, "UNWIND range(1, 5) AS x RETURN x", limit=2, timeoutMs=5000)
    assert document["rows"] == [[1], [2]]
    assert (document["truncated"], document["reason"]) == (True, "rows")
    assert document["limits"] == {"rows": 2, "bytes": 8_388_608, "seconds": 5.0}


async def test_the_kind_of_a_declared_entity_is_a_label(service: RunningService) -> None:
    space, kind = service.space(), f"Kind{uuid.uuid4().hex[:8]}"
    await declare(service, space, ("a", kind, "A"))
    assert (await ask(service, f"MATCH (n:{kind}) RETURN n.id AS id"))["rows"] == [["a"]]


async def test_the_id_of_a_query_is_the_callers_or_ours(service: RunningService) -> None:
    answer = await post(service, {"query": "RETURN 1 AS one", "id": "my-1"})
    assert answer.headers["x-query-id"] == "my-1"
    answer = await post(service, {"query": "RETURN 1 AS one"})
    assert uuid.UUID(answer.headers["x-query-id"])


async def test_a_query_takes_its_scope_and_a_right_on_every_space(service: RunningService) -> None:
    body = {"query": "RETURN 1 AS one"}
    path, client = PATH, service.client
    assert (await client.post(path, json=body)).status_code == 401
    token = service.issuer.mint(scope="graph.read", right=Right.OWNER)
    refused = await client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tercet:scope-missing")
    space = await service.found(ann=Right.READONLY)
    refused = await post(service, body, sub=f"nobody-{uuid.uuid4()}", right=None)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tercet:spaces-unreadable")
    assert space not in refused.text


async def test_a_right_on_every_space_may_come_from_grants_and_one_deleted_space_ends_it(
    service: RunningService,
) -> None:
    """Asked of the statement itself, with principals of its own: other tests found spaces all the time."""
    store, sub = service.store, f"sub:user:everywhere-{uuid.uuid4()}"
    connection = store._connection
    async with connection.transaction() as transaction:
        give = "MATCH (s:Space) CREATE (:Grant {space: s.id, principal: $sub, right: 'readonly'})"
        await (await transaction.run(give, sub=sub)).consume()

        async def covered(*principals: str) -> bool:
            result = await connection.run(transaction, "adhoc/covered", needs={"principals": list(principals)})
            return bool((await result.single(strict=True))["covered"])

        assert await covered(sub)
        assert await covered("sub:user:other", sub, "*")
        assert not await covered("sub:user:other")
        gone = "CREATE (:Space {id: $id, prefix: $id, deletedAt: 1})"
        await (await transaction.run(gone, id=str(uuid.uuid4()))).consume()
        assert not await covered(sub)


@pytest.mark.parametrize(
    ("query", "status", "word", "told"),
    [
        ("MATCH (n) RETURN n", 403, "query-barred", "AllNodesScan"),
        ("CALL dbms.listConfig()", 403, "query-barred", "dbms.listconfig"),
        ("MATCH (n:Entity) SET n.x = 1", 403, "query-barred", "EmptyResult"),
        ("MATCH (s:Secret) RETURN s.key", 403, "query-barred", "Secret"),
        ("RETURN x", 400, "query-faulty", "line 1, column 8"),
        ("RETRUN 1", 403, "query-barred", "begins"),
        ("RETURN 1 / 0 AS x", 400, "query-faulty", "zero"),
    ],
)
async def test_refusals_name_what_is_refused_and_faults_say_where(
    service: RunningService, query: str, status: int, word: str, told: str
) -> None:
    answer = await post(service, {"query": query})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["type"]) == (status, f"urn:tercet:{word}")
    assert told in problem["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": 5}, "query"),
        ({"query": "x" * 10_001}, "query"),
        ({"query": "RETURN 1 AS a", "limit": 0}, "limit"),
        ({"query": "RETURN 1 AS a", "limit": 10_001}, "limit"),
        ({"query": "RETURN 1 AS a", "limit": True}, "limit"),
        ({"query": "RETURN 1 AS a", "timeoutMs": 60_001}, "timeoutMs"),
        ({"query": "RETURN 1 AS a", "id": "a b"}, "id"),
        ({"query": "RETURN 1 AS a", "parameters": []}, "parameters"),
        ({"query": "RETURN 1 AS a", "parameters": {"a": "x" * 70_000}}, "parameters"),
        ({"query": "RETURN 1 AS a", "surprise": 1}, "body"),
        ([], "JSON"),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_body_that_can_not_be_used_is_400_and_says_which_member(
    service: RunningService, body: Any, told: str
) -> None:
    answer = await post(service, body)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]
    assert "surprise" not in answer.text


async def test_only_the_caller_cancels_a_running_query(service: RunningService) -> None:
    id = f"q-{uuid.uuid4()}"
    running = asyncio.create_task(post(service, {"query": LONG, "id": id, "timeoutMs": 30_000}))
    await asyncio.sleep(0.3)
    taken = await post(service, {"query": "RETURN 1 AS one", "id": id})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:tercet:query-taken")
    for sub, status in (("bob", 404), ("developer", 204), ("developer", 404)):
        answer = await service.client.delete(f"{PATH}/{id}", headers=bearer(service, sub))
        assert answer.status_code == status, answer.text
        await asyncio.sleep(0.2)
    answer = await running
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tercet:query-cancelled")


async def test_a_client_that_goes_away_ends_its_query(service: RunningService) -> None:
    """As a server tells it: the request is there whole, then the client is gone."""
    messages = [
        {"type": "http.request", "body": json.dumps({"query": LONG, "timeoutMs": 30_000}).encode(), "more_body": False}
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", bearer(service)["Authorization"].encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": headers,
        "server": ("tercet.test", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    async with asyncio.timeout(5):
        await service.service.app(scope, receive, send)
    inquiries = service.service.inquiries
    assert sent == []
    assert not inquiries._running
    async with asyncio.timeout(5):
        while inquiries._ending:  # noqa: ASYNC110 it is the database that stops
            await asyncio.sleep(0.02)


async def test_the_api_answers_while_queries_take_all_their_turns(service: RunningService) -> None:
    long = [
        asyncio.create_task(post(service, {"query": LONG, "id": f"long-{n}", "timeoutMs": 30_000})) for n in range(2)
    ]
    await asyncio.sleep(0.3)
    async with asyncio.timeout(5):
        for _ in range(5):
            answer = await service.client.get("/graph/v1/spaces?limit=1", headers=bearer(service))
            assert answer.status_code == 200
    for n in range(2):
        assert (await service.client.delete(f"{PATH}/long-{n}", headers=bearer(service))).status_code == 204
    assert [answer.status_code for answer in await asyncio.gather(*long)] == [409, 409]


async def test_the_line_of_the_request_says_the_query_and_not_its_parameters(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    log = service.service.telemetry._log
    monkeypatch.setattr(service.service.telemetry, "_log", _Listening(told))
    assert log is not None
    await post(service, {"query": "RETURN $p AS p", "parameters": {"p": "private"}})
    await post(service, {"query": "MATCH (n) RETURN '" + "x" * 5_000 + "' AS p"})
    await post(service, {"query": "RETURN 1 AS one"}, sub="stranger", right=None)
    assert [line["operation"] for line in told] == ["cypher"] * 3
    assert told[0]["query"] == "RETURN $p AS p"
    assert len(told[1]["query"]) == 2_000
    assert told[2]["query"] == "RETURN 1 AS one"
    assert "private" not in json.dumps(told, default=str)


class _Listening:
    """A log that keeps its lines."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        self._told = told

    def info(self, _event: str, **facts: Any) -> None:
        self._told.append(facts)

    error = info


async def test_a_service_that_stops_ends_its_queries(make_service: Any) -> None:
    made: RunningService = await make_service()
    service: Service = made.service
    running = asyncio.create_task(post(made, {"query": LONG, "timeoutMs": 30_000}))
    await asyncio.sleep(0.3)
    async with asyncio.timeout(5):
        await service.close()
        answer = await running
    assert answer.status_code in (409, 503)
