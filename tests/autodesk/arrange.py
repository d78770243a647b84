"""What tests put into a space, past the wire: many relationships at once, and those of other formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.core.administer import configure
from app.core.model import Author, Created, Entity, Mention, Proposal, Relationship, Replaced
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, AUTODESK, Policy
from tests.memory import MemoryStore

ORIGIN = Origin(by=Author(user="somebody"), principal="sub:user:developer")


def thing(id: str, domain: str = "d", type: str = "t") -> Entity:
    return Entity(domain, type, id)


def between(one: Entity, other: Entity, *, id: str | None = None, type: str = "related") -> Proposal:
    return Proposal(id, type, Mention(one), Mention(other))


async def record(service: Any, space: str, items: Sequence[Proposal], policy: Policy = AUTODESK) -> list[Relationship]:
    """Stores them, a thousand in a transaction; all must be new."""
    made: list[Relationship] = []
    for start in range(0, len(items), 1000):
        recording = Recording(policy=policy, items=items[start : start + 1000], origin=ORIGIN)
        receipt = await service.store.write(space, recording)
        assert all(isinstance(outcome, Created) for outcome in receipt.outcomes)
        made += [outcome.relationship for outcome in receipt.outcomes]
    return made


async def fill(service: Any, space: str, count: int, *, domain: str = "d", hub: str | None = None) -> list[str]:
    """Ids of ``count`` new relationships, in the order of creation; all of them at ``hub`` if one is named."""
    ends = [(thing(hub or f"{space[:4]}{n}", domain), thing(f"x{n}", domain)) for n in range(count)]
    return [made.id for made in await record(service, space, [between(*pair) for pair in ends])]


async def upsert(service: Any, space: str, proposal: Proposal) -> Relationship:
    """Stores what Apollo says of an id: a new relationship, one that was deleted, or other ends for a stored one."""
    receipt = await service.store.write(space, Recording(policy=APOLLO, items=[proposal], origin=ORIGIN))
    [outcome] = receipt.outcomes
    assert isinstance(outcome, Created | Replaced)
    return outcome.relationship


async def set_mode(service: Any, space: str, mode: str | None) -> None:
    """The space's own mode for pairs of kinds, as the operator's command sets it; None: as the service's."""
    await service.store.revise(space, lambda sheet: configure(sheet, {"writable": mode}))


async def enforce_references(service: Any, space: str) -> None:
    """Sets the option of a space by which its ends must be recorded before."""
    if isinstance(service.store, MemoryStore):
        held = service.store.spaces[space]
        held.state = replace(held.state, settings={"references": "enforce"})
        return
    async with service.service.connection.session("write") as session:
        statement = "MATCH (space:Space {id: $space}) SET space.settings = $settings"
        await (await session.run(statement, space=space, settings='{"references": "enforce"}')).consume()
