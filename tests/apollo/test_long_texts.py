"""Texts longer than any that is stored."""

from __future__ import annotations

import pytest

from tests.apollo.speak import Service, head, item, store_all
from tests.apollo.test_entities import ENTITIES, thing

LONG = "x" * 20_000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/apollo/er/relationshiptypes/{LONG}/relationships", 200),
        (f"/apollo/er/entitytypes/{LONG}/entities", 200),
        (f"/apollo/er/relationships/{LONG}", 404),
        (f"/apollo/er/relationships/{LONG}/versions", 404),
        (f"/apollo/er/entities/{LONG}", 404),
        (f"/apollo/er/entities/urn:tercet:a:b:{LONG}/versions", 404),
        (f"/apollo/er/ercollections/{LONG}/stats", 403),
        (f"/apollo/graph/entities({LONG})", 404),
        (f"/apollo/graph/entities(e)?$expand=rType:{LONG[:256]}", 200),
        (f"/apollo/graph/entities(e)?$expand=rType:{LONG}", 400),
        (f"/apollo/status/logs?relationshipId={LONG}", 404),
        (f"/apollo/status/logs?entityId={LONG}", 404),
        (f"/apollo/status/logs?correlationId={LONG}", 404),
        (f"/apollo/status/logs?transactionId={LONG}", 404),
        (f"/apollo/er/entities?$filter=labels/any(d:d eq '{LONG}')", 200),
        (f"/apollo/changefeed/logs?startSequenceId={'9' * 18}", 404),
        (f"/apollo/changefeed/logs?endSequenceId={'9' * 19}", 400),
    ],
)
async def test_a_text_of_any_length_is_looked_for(service: Service, path: str, status: int) -> None:
    space = service.space()
    await store_all(service, space, item())
    await store_all(service, space, thing("e"), path=ENTITIES)
    answer = await service.client.get(path, headers=head(service, space))
    assert answer.status_code == status, answer.text[:300]
