"""Two identities and one space: whatever one owns, the other neither reads nor changes nor learns of.

The exceptions are the contracts' own: the Autodesk format tells a container that is there (403) from one that is not
(404), autodesk 3; and a taken ``collectionId`` is a conflict, apollo 16.5.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from app.core.access import Right
from app.core.identity import space_name
from app.core.model import Entity
from app.embedded.server import Endpoint
from app.graph.connection import Connection
from tests.apollo.speak import VAULT, call, carry_out, item, make_collection
from tests.conftest import RunningService, run_service
from tests.identities.rows import CONTAINER, OPEN, ROWS, Row
from tests.openapi.documents import list_routes
from tests.store.photograph import photograph_graph

SECRET = "the-secret-of-ann"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)")
_OF_ONE_EXCHANGE = {"x-request-id", "x-correlation-id", "x-consistency-token", "date", "etag", "content-length"}

FORMATS = {"autodesk": "/bim360/", "apollo": "/apollo/", "sas": "/relationships", "graph": "/graph/"}
formats = pytest.mark.parametrize("format", FORMATS)


def list_rows(format: str) -> list[Row]:
    """The rows of a format; the tracking of uploads is Apollo's, under both prefixes."""
    tracking = "/relationships/erstatus"
    of_tracking = [row for row in ROWS if row.path.startswith(tracking)]
    rest = [row for row in ROWS if row.path.startswith(FORMATS[format]) and row not in of_tracking]
    return of_tracking + rest if format == "apollo" else rest


@dataclass
class Scene:
    """A space of ann's with something of every format in it, and one that never was."""

    service: RunningService
    graph: Connection
    known: Mapping[str, str]
    unknown: Mapping[str, str]

    async def ask(self, row: Row, sub: str, names: Mapping[str, str]) -> httpx2.Response:
        """A row's request by somebody, about the space with these names."""

        def fill(value: Any) -> Any:
            text = json.dumps(value)
            for name, meant in names.items():
                text = text.replace(f"{{{name}}}", meant)
            return json.loads(text)

        headers = {name: fill(value) for name, value in row.headers.items()}
        body = None if row.body is None else json.dumps(fill(row.body))
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        headers["Authorization"] = f"Bearer {self.service.token(sub=sub)}"
        return await self.service.client.request(row.method, fill(row.path), content=body, headers=headers)

    async def photograph(self) -> Any:
        """All that is stored of the space, and what is kept about it."""
        return await photograph_graph(self.graph, self.known["space"]), await self.service.store.sheet(
            self.known["space"]
        )


@pytest_asyncio.fixture(scope="module")
async def scene(
    graph: Connection, database: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """Unknown spaces are not founded here: what is unknown and what is foreign must look alike."""
    async with AsyncExitStack() as stack:
        service = await run_service(stack, database, tmp_path_factory.mktemp("identities"), auto_spaces=False)
        space, link = service.space(), str(uuid.uuid4())
        await make_collection(service, sub="ann", collectionId=space, collectionName=SECRET)
        mine = {sub: (await make_collection(service, sub=sub))["id"] for sub in ("eve", "rita")}
        entries = {"sub:user:rita": "readonly", "sub:user:guest": "readonly"}
        body = {"id": space, "accesscontrolitems": entries}
        assert (
            await call(service, "POST", "/apollo/ercollections/permissions", sub="ann", body=body)
        ).status_code == 200
        token = service.token(sub="ann")
        thing = {"id": SECRET, "entityType": "Brick__AHU", "entityName": SECRET}
        await carry_out(service, space, [thing], path="/apollo/er/entities", token=token)
        sent = item(link, sourceEntityId=SECRET, relationshipName=SECRET)
        told = await carry_out(service, space, [sent], token=token, **{"x-correlation-id": "chain-1"})
        pair = [{"domain": SECRET, "type": "t", "id": id} for id in "xy"]
        stored = await call(service, "PUT", CONTAINER.replace("{space}", space), sub="ann", body=[{"entities": pair}])
        assert stored.status_code == 200
        reference = space_name(space).entity_id(Entity("apollo", "entity", SECRET))
        names = {"space": space, "link": link, "thing": SECRET, "reference": reference, "mine": mine["eve"]}
        names["beside"] = space_name(space).entity_id(Entity(SECRET, "t", "x"))
        path = f"{CONTAINER.replace('{space}', space)}:sync"
        synchronised = await call(service, "POST", path, sub="ann", body={"filters": {"domains": [SECRET]}})
        names["token"] = synchronised.json()["nextSyncToken"]
        names |= {"request": told["requestId"], "transaction": told["transactionId"]}
        free = {name: str(uuid.uuid4()) for name in ("space", "reference", "request", "transaction")}
        yield Scene(service, graph, names, {**names, **free})


def test_every_route_of_every_format_has_a_row() -> None:
    served = {
        f"{method} {route.path}" for name in FORMATS for route in list_routes(name) for method in route.methods or ()
    }
    assert served == {row.route for row in ROWS} | OPEN
    assert sorted(map(str, ROWS)) == sorted(str(row) for format in FORMATS for row in list_rows(format))


@formats
async def test_a_stranger_can_not_tell_a_foreign_space_from_none_and_changes_nothing(scene: Scene, format: str) -> None:
    async def find_fault(row: Row) -> str | None:
        foreign, unknown = await scene.ask(row, "eve", scene.known), await scene.ask(row, "eve", scene.unknown)
        if format == "autodesk":
            fine = (foreign.status_code, unknown.status_code) == (403, 404) and SECRET not in foreign.text
        else:
            # From a collection of her own she asks for what is not there; else she is kept out, or finds nothing.
            fine = foreign.status_code in ((403, 404) if row.right is not None else (404, 207))
            fine = fine and _faceless(foreign, scene.known) == _faceless(unknown, scene.unknown)
        return None if fine else f"{row}: {foreign.status_code} {foreign.text} / {unknown.status_code} {unknown.text}"

    before = await scene.photograph()
    assert await find_faults(list_rows(format), find_fault) == []
    assert await scene.photograph() == before


async def find_faults(rows: Sequence[Row], find_fault: Callable[[Row], Awaitable[str | None]]) -> list[str]:
    """What is wrong with any of the rows, asked for together."""
    return [fault for fault in await asyncio.gather(*map(find_fault, rows)) if fault is not None]


def _faceless(answer: httpx2.Response, names: Mapping[str, str]) -> Any:
    """An answer without what is different in any two answers: ids, instants, and the names that were sent."""
    text = answer.text
    for name in ("space", "reference", "request", "transaction"):
        text = text.replace(names[name], f"<{name}>")
    text = _INSTANT.sub("<instant>", _GUID.sub("<guid>", text))
    return (
        answer.status_code,
        text,
        {key: value for key, value in answer.headers.items() if key not in _OF_ONE_EXCHANGE},
    )


@formats
async def test_a_reader_reads_and_changes_nothing(scene: Scene, format: str) -> None:
    async def find_fault(row: Row) -> str | None:
        if row.right is None:
            return None
        answer = await scene.ask(row, "rita", scene.known)
        fine = answer.status_code == 403 if row.right > Right.READONLY else answer.status_code < 400
        return None if fine else f"{row}: {answer.status_code} {answer.text}"

    before = await scene.photograph()
    assert await find_faults(list_rows(format), find_fault) == []
    assert await scene.photograph() == before


async def test_what_a_stranger_lists_has_nothing_of_a_foreign_space(scene: Scene) -> None:
    for path in (
        "/bim360/relationship/v2/utility/relationships:writable",
        "/apollo/collections?minPermission=readonly",
        "/relationships",
        "/relationships/types",
        "/relationships/apiMeta",
        "/graph/v1/spaces",
    ):
        answer = await call(scene.service, "GET", path, sub="eve")
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert scene.known["space"] not in answer.text
    seen = await call(scene.service, "GET", "/bim360/relationship/v2/utility/relationships:writable", sub="ann")
    assert SECRET in seen.text, "her own pairs of kinds are there"


async def test_a_taken_id_is_all_that_a_stranger_learns_by_asking_for_it(scene: Scene) -> None:
    before = await scene.photograph()
    body = {"collectionId": scene.known["space"], "collectionName": "mine"}
    answer = await call(scene.service, "POST", "/apollo/collections", sub="eve", body=body, headers=VAULT)
    assert answer.status_code == 409
    assert SECRET not in answer.text
    assert await scene.photograph() == before


async def test_the_owner_is_let_in_by_every_row(scene: Scene) -> None:
    """So that no row is refused for a fault of its own; stands last, for it writes and deletes."""
    for row in ROWS:
        if row.right is not None:
            answer = await scene.ask(row, "ann", scene.known)
            assert answer.status_code not in (400, 401, 403, 415), f"{row}: {answer.text}"
            assert answer.status_code < 500, f"{row}: {answer.text}"
