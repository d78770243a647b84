"""What operators ask of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from app.access import DevelopmentIssuer
from app.core.errors import StoreAway
from app.main import Service
from app.settings import Settings
from tests.conftest import BASE, RunningService

NOWHERE = "bolt://127.0.0.1:9"


@asynccontextmanager
async def _unopened(folder: Path) -> AsyncIterator[tuple[Service, httpx2.AsyncClient]]:
    service = Service(Settings(neo4j_uri=NOWHERE, data_dir=folder), public_url=BASE)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(service.app), base_url=BASE) as client:
        yield service, client


async def test_a_service_that_is_starting_is_alive_and_not_ready_and_says_why(tmp_path: Path) -> None:
    async with _unopened(tmp_path) as (_, client):
        assert (await client.get("/ops/live")).json() == {"live": True}
        ready = await client.get("/ops/ready")
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "reason": "the service is starting"}


async def test_while_the_database_is_away_every_format_says_so_in_its_own_shape(tmp_path: Path) -> None:
    async with _unopened(tmp_path) as (service, client):
        await service.verifier.start()
        bearer = {"Authorization": f"Bearer {DevelopmentIssuer.open(tmp_path).mint()}"}
        id = "019cd218-3dd0-7a90-b7c1-0d9e8f7a6b52"
        autodesk = await client.get(f"/bim360/relationship/v2/containers/{id}/relationships/{id}", headers=bearer)
        sas = await client.get(f"/relationships/relationships/{id}", headers=bearer)
        apollo = await client.get(f"/apollo/er/relationships/{id}", headers=bearer | {"ercollectionid": "c"})
    assert (autodesk.status_code, autodesk.json()["type"]) == (503, "ServiceUnavailable")
    assert (sas.status_code, sas.json()["errorCode"]) == (503, 10627)
    assert (apollo.status_code, apollo.json()["status"]["code"]) == (503, "503")
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in (autodesk, sas, apollo))


async def test_opening_without_a_database_fails_in_words(tmp_path: Path) -> None:
    service = Service(Settings(neo4j_uri=NOWHERE, data_dir=tmp_path), public_url=BASE)
    with pytest.raises(StoreAway, match="ServiceUnavailable"):
        await service.open()


async def test_a_service_on_a_database_of_this_code_is_ready(service: RunningService) -> None:
    answer = await service.client.get("/ops/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


async def test_a_service_on_a_database_that_is_not_migrated_says_what_to_do(
    make_service: Callable[..., Awaitable[RunningService]],
) -> None:
    made = await make_service()
    async with made.service.connection.session("write") as session:
        await (await session.run("MATCH (m:Migration {version: 1}) SET m.version = 1001")).consume()
    try:
        answer = await made.client.get("/ops/ready")
    finally:
        async with made.service.connection.session("write") as session:
            await (await session.run("MATCH (m:Migration {version: 1001}) SET m.version = 1")).consume()
    assert answer.status_code == 503
    assert answer.json()["ready"] is False


async def test_the_metrics_count_requests_and_transactions(service: RunningService) -> None:
    headers = {"Authorization": f"Bearer {service.token()}"}
    pair = [{"domain": "d", "type": "t", "id": id} for id in ("1", "2")]
    path = f"/bim360/relationship/v2/containers/{service.space()}/relationships"
    assert (await service.client.put(path, json=[{"entities": pair}], headers=headers)).status_code == 200
    text = (await service.client.get("/ops/metrics")).text
    assert 'tercet_requests_total{format="autodesk",operation="put",status="200"}' in text
    assert "tercet_gather_items_count" in text
    assert "tercet_job_open_items" in text


async def test_the_root_says_what_is_here_and_anything_else_is_a_problem(service: RunningService) -> None:
    assert (await service.client.get("/")).json()["service"] == "tercet"
    unknown = await service.client.get("/nothing")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert unknown.json()["status"] == 404
