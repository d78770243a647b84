"""Batches that tests write, and a way round the judge."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.facts import Needs
from app.core.identity import Minter, SpaceName
from app.core.ledger import Ledger
from app.core.model import Author, Created, Entity, Mention, Outcome, Proposal, Relationship
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import APOLLO, AUTODESK, SAS, Policy
from app.graph.connection import Connection
from app.graph.writer import Gathering, Writers

SOMEBODY = Author(user="somebody", subject="somebody", client="c")
OWNER = "sub:user:somebody"
ORIGIN = Origin(by=SOMEBODY, principal=OWNER, request_id="r", transaction_id="t")


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def own_writers(connection: Connection, **gathering: Any) -> Writers:
    """Writers that gather as the service's do."""
    return Writers(connection, Gathering(**gathering), clock=now, mint=Minter().mint)


def end(id: str, space: str | None = None) -> Mention:
    return Mention(Entity("plant", "Pump", id), None, space)


def proposal(source: str, target: str, id: str | None = None, type: str = "related", **fields: Any) -> Proposal:
    return Proposal(id, type, end(source), end(target), fields)


def recording(policy: Policy, *items: Proposal) -> Recording:
    return Recording(policy=policy, items=items, origin=ORIGIN)


def relate(source: str, target: str, id: str | None = None) -> Recording:
    """One item of the Autodesk format."""
    return recording(AUTODESK, proposal(source, target, id))


def contain(source: str, target: str) -> Recording:
    """One item of the SAS format."""
    return recording(SAS, proposal(source, target, None, "Contains"))


def upsert(id: str, source: str = "a", target: str = "b", type: str = "feeds", **fields: Any) -> Recording:
    """One item of the Apollo format."""
    return recording(APOLLO, proposal(source, target, id, type, **fields))


def retire(*ids: str) -> Retiring:
    return Retiring(ids=ids, origin=ORIGIN)


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Bypass:
    """A batch that writes into the ledger what no judge has seen."""

    wanted: Needs
    force: Callable[[Ledger], Relationship]
    size: int = 1
    by: Author = SOMEBODY
    request_id: str | None = None
    transaction_id: str | None = None

    def needs(self, space: SpaceName) -> Needs:
        return self.wanted

    def decide(self, ledger: Ledger) -> list[Outcome]:
        return [Created(self.force(ledger))]


def change_frozen(stored: Relationship, **changes: Any) -> Bypass:
    """Replaces a stored relationship by one that differs in these fields, whatever froze them."""
    return Bypass(
        Needs(relationships={stored.id}, types={stored.type}),
        lambda ledger: ledger.replace(stored, stored._replace(**changes), SOMEBODY),
    )


def create_blindly(stored: Relationship, **changes: Any) -> Bypass:
    """Creates a relationship like a stored one without looking whether its id or its pair is taken."""
    made = stored._replace(**changes)

    def force(ledger: Ledger) -> Relationship:
        return ledger.create(
            id=made.id,
            type=made.type,
            source=made.source,
            target=made.target,
            policy=made.policy,
            fields=made.fields,
            by=SOMEBODY,
            ends=ledger.ends(made),
        )

    return Bypass(Needs(types={stored.type}), force)
