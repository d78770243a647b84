"""What the tests of questions say on the wire, and a small building to ask about."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

from app.core.declare import Declaring, Statement
from app.core.identity import space_name
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, Policy

ORIGIN = Origin(by=Author(user="developer"), principal="sub:user:developer", request_id="a request")


def path_of(space: str, rest: str = "") -> str:
    """A path below a space."""
    return f"/graph/v1/spaces/{quote(space, safe='')}{rest}"


async def ask(service: Any, path: str, *, token: str | None = None, **query: Any) -> httpx2.Response:
    """GET; parameters that are None are left out, ``from_`` is ``from``, commas stay as they are."""
    given = [f"{name.rstrip('_')}={quote(str(value), safe=',')}" for name, value in query.items() if value is not None]
    headers = {"Authorization": f"Bearer {service.token() if token is None else token}"} if token != "" else {}
    return await service.client.get(f"{path}?{'&'.join(given)}" if given else path, headers=headers)


async def get(service: Any, path: str, **query: Any) -> Any:
    """The document that a question is answered with."""
    answer = await ask(service, path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def thing(id: str) -> Entity:
    """An entity as Apollo names it."""
    return Entity("apollo", "entity", id)


def ref(space: str, id: str | Entity) -> str:
    """The ref of an entity."""
    return space_name(space).entity_id(thing(id) if isinstance(id, str) else id)


async def relate(service: Any, space: str, *rows: tuple[str, str, str], policy: Policy = APOLLO) -> list[str]:
    """Relationships (source, type, target); their ids."""
    name = space_name(space)
    items = [
        Proposal(name.relationship_id(f"{n} {row}"), row[1], Mention(thing(row[0])), Mention(thing(row[2])))
        for n, row in enumerate(rows)
    ]
    recording = Recording(policy=policy, items=items, origin=ORIGIN)
    receipt = await service.store.write(space, recording, founder="sub:user:developer")
    return [outcome.relationship.id for outcome in receipt.outcomes]


async def declare(service: Any, space: str, *rows: tuple[str, str, str]) -> None:
    """Entities (id, type, name)."""
    items = [Statement(thing(id), {"entityType": type, "entityName": name}) for id, type, name in rows]
    await service.store.write(space, Declaring(items=items, origin=ORIGIN), founder="sub:user:developer")
