"""A kind of jobs for these tests: each item is a letter from one entity to another, kept as a relationship."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from app.core.errors import ItemFailed, ItemInvalid, SpaceUnknown
from app.core.identity import space_name
from app.core.jobs import Account, Counts, Job, NewJob, Part, RefusedItem, cut
from app.core.model import Author, Created, Entity, Mention, Outcome, Proposal, Refused, Replaced, Unchanged
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO

KIND = "letters"
OWNER = "sub:user:postmaster"


class Unreadable(ItemInvalid):
    """The letter can't be read."""


def letter(name: str, text: str = "hello", *, to: str = "b") -> bytes:
    """An item that is stored."""
    return json.dumps({"id": name, "text": text, "to": to}).encode()


def unreadable(name: str | None) -> bytes:
    """An item that is refused before the core sees it."""
    return json.dumps({"id": name, "unreadable": True}).encode()


def poison(name: str) -> bytes:
    """An item on which the judge breaks, and with it the whole batch."""
    return json.dumps({"id": name, "poison": True}).encode()


def letters(count: int, *, text: str = "hello", prefix: str = "n") -> list[bytes]:
    """Good items."""
    return [letter(f"{prefix}{index}", text) for index in range(count)]


def new_job(space: str, items: Sequence[bytes], **chosen: object) -> NewJob:
    """A job of these items."""
    named: dict[str, object] = {
        "kind": KIND,
        "space": space,
        "principal": OWNER,
        "author": Author(user="postmaster"),
        "request_id": str(uuid.uuid4()),
        "transaction_id": str(uuid.uuid4()),
        "total": len(items),
    }
    return NewJob(**(named | chosen))  # type: ignore[arg-type]


def parts_of(items: Sequence[bytes], size: int = 5) -> list[Part]:
    """The items, five a part."""
    return cut(items, size)


class LetterCarrier:
    """Carries letters; remembers how often it was asked to."""

    def __init__(self) -> None:
        self.readings = 0

    async def read(self, items: Sequence[bytes], job: Job) -> Recording:
        self.readings += 1
        if job.context.get("refuse"):
            raise SpaceUnknown(job.space)
        return record(items, job)

    def account(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
        words = [_word(outcome) for outcome in outcomes]
        refused = [
            RefusedItem(first + place, json.loads(items[place])["id"], _code(outcome), None, "refused")
            for place, outcome in enumerate(outcomes)
            if isinstance(outcome, Refused)
        ]
        counts = Counts(
            created=words.count("created"),
            replaced=words.count("replaced"),
            unchanged=words.count("unchanged"),
            refused=len(refused),
        )
        return Account(json.dumps(words).encode(), refused, counts)


def record(items: Sequence[bytes], job: Job | NewJob) -> Recording:
    """What letters ask."""
    origin = Origin(
        by=job.author, principal=job.principal, request_id=job.request_id, transaction_id=job.transaction_id
    )
    return Recording(policy=APOLLO, items=[_propose(job.space, json.loads(item)) for item in items], origin=origin)


def letter_id(space: str, name: str) -> str:
    """The core id of a letter."""
    return space_name(space).relationship_id(name)


def _propose(space: str, item: dict[str, str]) -> Proposal | Refused:
    if item.get("unreadable"):
        return Refused(Unreadable())
    ends = (Mention(Entity("apollo", "entity", "a")), Mention(Entity("apollo", "entity", item.get("to", "b"))))
    # An upsert without id breaks the judge: the façades never let one through.
    id = None if item.get("poison") else letter_id(space, item["id"])
    return Proposal(id, "writes_to", *ends, fields={"relationshipName": item.get("text", "")}, name=item["id"])


def _word(outcome: Outcome) -> str:
    words = {Created: "created", Replaced: "replaced", Unchanged: "unchanged", Refused: "refused"}
    return words[type(outcome)]  # type: ignore[index]


def _code(outcome: Refused) -> str:
    return "Internal" if isinstance(outcome.error, ItemFailed) else "Unreadable"
