"""A space in memory before which proposals are brought, with a clock that moves when it is told."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core.access import Right
from app.core.identity import SpaceName, space_name
from app.core.model import Author, Created, Deleted, Entity, Mention, Outcome, Proposal, Refused, Relationship
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import Policy
from tests.memory import MemorySpace, MemoryStore

SECOND = 1_000_000
NOON = 1_700_000_000 * SECOND
SPACE = "campus-north"
ALICE = Author(user="alice", subject="alice", client="c")
BOB = Author(user="bob", subject="bob", client="c")


class Court:
    """One space; every instant is ``now`` until somebody moves it."""

    def __init__(self, **settings: str) -> None:
        self.now = NOON
        numbers = itertools.count()
        self.store = MemoryStore(clock=lambda: self.now, mint=lambda: str(uuid.UUID(int=(8 << 124) + next(numbers))))
        held = self.store.found(SPACE, {"owner": Right.OWNER})
        held.state = replace(held.state, settings=settings)

    @property
    def name(self) -> SpaceName:
        return space_name(SPACE)

    @property
    def space(self) -> MemorySpace:
        return self.store.spaces[SPACE]

    async def judge(
        self, policy: Policy, *items: Proposal | Refused, by: Author = ALICE, **chosen: Any
    ) -> list[Outcome]:
        """The outcomes of one request."""
        origin = Origin(by=by, principal="owner", request_id="r", transaction_id="t")
        batch = Recording(policy=policy, items=items, origin=origin, **chosen)
        return list((await self.store.write(SPACE, batch)).outcomes)

    async def create(self, policy: Policy, item: Proposal) -> Relationship:
        """The relationship that a proposal creates."""
        (outcome,) = await self.judge(policy, item)
        assert isinstance(outcome, Created), outcome
        return outcome.relationship

    async def retire(self, *ids: str) -> Sequence[Outcome]:
        """The outcomes of a deletion."""
        batch = Retiring(ids=ids, origin=Origin(by=BOB, principal="owner"))
        return (await self.store.write(SPACE, batch)).outcomes

    async def delete(self, relationship: Relationship) -> Relationship:
        """A relationship after its deletion."""
        (outcome,) = await self.retire(relationship.id)
        assert isinstance(outcome, Deleted)
        return outcome.relationship

    def stored(self, id: str) -> Relationship:
        return self.space.relationships[id]

    def reference(self, entity: Entity) -> str:
        """The reference id of an entity."""
        return self.name.entity_key(entity).partition(":")[2]


def thing(id: str) -> Entity:
    """A SAS resource."""
    return Entity("sas", "resource", id)


def end(id: str) -> Mention:
    """A mention of a SAS resource by its identity."""
    return Mention(thing(id))


def sas(source: str, target: str, type: str = "Contains", id: str | None = None, **fields: Any) -> Proposal:
    """An item of the SAS format."""
    return Proposal(id, type, end(source), end(target), fields)


def autodesk(one: str, two: str, id: str | None = None) -> Proposal:
    """An item of the Autodesk format."""
    return Proposal(id, "related", end(one), end(two))


def apollo(id: str, source: str = "a", target: str = "b", type: str = "site_beside", **fields: Any) -> Proposal:
    """An item of the Apollo format."""
    named: Mapping[str, Any] = {"relationshipName": "n", **fields}
    return Proposal(id, type, end(source), end(target), named)


def refusal(outcome: Outcome) -> Any:
    """The error of a refused item."""
    assert isinstance(outcome, Refused), outcome
    return outcome.error


ID = "11111111-1111-4111-8111-111111111111"
OTHER_ID = "22222222-2222-4222-8222-222222222222"
UNKNOWN_ID = "99999999-9999-4999-8999-999999999999"
