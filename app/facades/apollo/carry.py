"""Accepted uploads, and how they are carried out: what ``core.queue`` asks of the format that accepts a job."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.core import relate
from app.core.access import Caller, Right
from app.core.errors import NotAllowed
from app.core.jobs import NewJob
from app.core.model import Author
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO
from app.core.store import SpaceAppeared
from app.facades.apollo import translate, wire
from app.facades.apollo.headers import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.core.jobs import Account, Job, Part
    from app.core.model import Outcome, Refused
    from app.core.queue import Carrier, Jobs
    from app.core.store import SpaceView, Store
    from app.settings import Settings

UPSERT_RELATIONSHIPS: Final = "apollo.relationships.upsert"
"""The kind of jobs that upload relationships."""

_LONG = 2000


def list_carriers(store: Store, settings: Settings) -> Mapping[str, Carrier]:
    """Who carries out the jobs of this format, by kind."""
    return {UPSERT_RELATIONSHIPS: RelationshipCarrier(store, settings)}


class RelationshipCarrier:
    """Carries out jobs of the kind UPSERT_RELATIONSHIPS."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def read(self, items: Sequence[bytes], job: Job) -> Recording:
        """The proposals of a part; rights on other collections are judged now, with the principals of the request."""
        reader = translate.RelationshipReader(job.space)
        parsed = await _spread(items, reader)
        reachable = await self._list_reachable(translate.list_destinations(parsed, job.space), job)
        return Recording(
            policy=APOLLO,
            items=[reader.propose(i, reachable) if isinstance(i, wire.Relationship) else i for i in parsed],
            origin=Origin(
                by=job.author,
                principal=job.principal,
                request_id=job.request_id,
                transaction_id=job.transaction_id,
            ),
            type_limit=self._settings.max_relationship_types,
        )

    def account(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
        """Results by item, and the refused items in the words of the format."""
        return translate.account(first, items, outcomes)

    async def _list_reachable(self, destinations: set[str], job: Job) -> set[str]:
        """Those collections that the job may reach into; none where it may no longer write in its own (apollo 5.5)."""
        caller = recall(job)
        if not destinations or not await self._may(caller, job.space, Right.READWRITE):
            return set()
        return {id for id in destinations if await self._may(caller, id, Right.READONLY)}

    async def _may(self, caller: Caller, collection: str, right: Right) -> bool:
        try:
            await relate.enter(self._store, caller, collection, right, found=self._settings.auto_spaces)
        except NotAllowed:
            return False
        return True


async def _spread(items: Sequence[bytes], reader: translate.RelationshipReader) -> list[wire.Relationship | Refused]:
    def parse() -> list[wire.Relationship | Refused]:
        return [reader.parse(raw) for raw in items]

    return await asyncio.to_thread(parse) if len(items) > _LONG else parse()


def describe_upload(
    upload: Upload, caller: Caller, correlation: str, *, total: int, digest: str, keep_hours: int
) -> NewJob:
    """The job that an upload becomes; it remembers by which principals its rights are judged."""
    return NewJob(
        kind=UPSERT_RELATIONSHIPS,
        space=upload.collection,
        principal=caller.principal,
        author=Author(caller.user, caller.subject, caller.client, caller.is_service, correlation),
        request_id=str(uuid.uuid4()),
        transaction_id=str(uuid.uuid4()),
        total=total,
        correlation_id=correlation,
        context={"principals": list(caller.principals), "blanket": caller.blanket},
        key=upload.key,
        digest=digest,
        keep_hours=keep_hours,
    )


def recall(job: Job) -> Caller:
    """The caller of an accepted request, as far as rights go."""
    principals, blanket = job.context["principals"], job.context["blanket"]
    assert isinstance(principals, list | tuple)
    held = Right(blanket) if isinstance(blanket, int) else None
    author = job.author
    return Caller(author.subject, author.client, author.user, frozenset(), tuple(map(str, principals)), held)


def take_digest(target: bytes, body: bytes) -> str:
    """Tells requests under one Operation-Id apart: path, query and body (apollo 5.2)."""
    digest = hashlib.sha256(len(target).to_bytes(4, "big") + target)
    digest.update(body)
    return digest.hexdigest()


async def accept(jobs: Jobs, store: Store, caller: Caller, view: SpaceView, new: NewJob, parts: Sequence[Part]) -> Job:
    """Stores the job of a caller who has entered the space; one that is not there yet becomes the caller's.

    A space that somebody else founded in the meantime is entered anew, so that its owner's grants decide.
    """
    try:
        return await jobs.accept(replace(new, founder=None if view.exists else caller.principal), parts)
    except SpaceAppeared:
        await relate.enter(store, caller, view.id, Right.READWRITE, found=False)
        return await jobs.accept(new, parts)
