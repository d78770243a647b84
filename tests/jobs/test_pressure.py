"""Back-pressure on the running service: told before a byte of the body is asked for."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.jobs import State
from app.graph.connection import Connection
from app.graph.queue import MOST_IN_COMPANY
from app.graph.writer import Writers
from tests.jobs.conftest import Office
from tests.jobs.letters import letters

OPEN = "MERGE (t:JobTally {principal: $principal}) SET t.open = $open"


async def set_open(graph: Connection, principal: str, items: int) -> None:
    """Says how many unfinished items somebody has."""
    async with graph.session("write") as session:
        await (await session.run(OPEN, principal=principal, open=items)).consume()


async def test_a_large_part_is_halved_while_somebody_waits_for_its_space(
    graph_office: Office, writers: Writers
) -> None:
    space = await graph_office.space()
    items = letters(2 * MOST_IN_COMPANY)
    job = await graph_office.post(space, items, size=len(items))
    claim = await graph_office.queue.claim("owner", 30)
    assert claim is not None
    _, whole = await graph_office.queue.next_part(claim)
    assert whole is not None
    assert whole.count == 2 * MOST_IN_COMPANY
    writers.note_visit(space)
    for first in (0, MOST_IN_COMPANY):
        _, half = await graph_office.queue.next_part(claim)
        assert half is not None
        assert (half.first, half.count) == (first, MOST_IN_COMPANY)
        await graph_office.carry(claim, half)
    ended = await graph_office.jobs.find(job.request_id)
    assert ended is not None
    assert (ended.state, ended.counts.created) == (State.COMPLETED, 2 * MOST_IN_COMPANY)


class Body:
    """A body that knows whether anybody has asked for it."""

    def __init__(self) -> None:
        self.asked = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.asked = True
        yield b'[{"id": "a"}]'


async def upload(service: Any, name: str, body: Body, path: str = "relationships") -> Any:
    headers = {"Content-Type": "application/json", "ercollectionid": str(uuid.uuid4())}
    headers["Authorization"] = f"Bearer {service.token(sub=name)}"
    return await service.client.post(f"/apollo/er/{path}", content=body, headers=headers)


@pytest.mark.parametrize("path", ["relationships", "entities"])
async def test_who_has_too_much_open_is_told_before_the_body_is_read_and_others_are_not(
    make_service: Any, graph: Connection, path: str
) -> None:
    service = await make_service(apollo_open_items_per_principal=3)
    name = f"busy-{uuid.uuid4()}"
    await set_open(graph, f"sub:user:{name}", 3)
    body, other = Body(), Body()
    answer = await upload(service, name, body, path)
    assert (answer.status_code, int(answer.headers["retry-after"]), body.asked) == (429, 5, False)
    assert (await upload(service, f"idle-{uuid.uuid4()}", other, path)).status_code == 202
    assert other.asked
    await set_open(graph, f"sub:user:{name}", 0)
    assert (await upload(service, name, body, path)).status_code == 202


async def test_when_everybody_has_too_much_open_all_are_told_so(make_service: Any, graph: Connection) -> None:
    service = await make_service(apollo_open_items=1)
    crowd = f"sub:user:crowd-{uuid.uuid4()}"
    await set_open(graph, crowd, 1)
    try:
        body = Body()
        answer = await upload(service, f"idle-{uuid.uuid4()}", body)
        assert (answer.status_code, int(answer.headers["retry-after"]), body.asked) == (503, 5, False)
    finally:
        await set_open(graph, crowd, 0)
