"""Accepted uploads, and how they are carried out: what ``core.queue`` asks of the format that accepts a job."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from app.core import jobs as moves
from app.core import relate
from app.core.access import Caller, Right
from app.core.declare import Declaring, Withdrawing
from app.core.errors import NotAllowed, RelationshipMissing
from app.core.identity import space_name
from app.core.jobs import NewJob
from app.core.model import Author
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import APOLLO
from app.core.store import SpaceAppeared
from app.facades.apollo import entities, translate, wire
from app.facades.apollo.translate import DELETE_ENTITY, DELETE_RELATIONSHIP, UPSERT_ENTITIES, UPSERT_RELATIONSHIPS
from app.facades.turns import aside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.core.jobs import Account, Job, Part
    from app.core.model import Outcome, Relationship
    from app.core.queue import Carrier, Jobs
    from app.core.store import Batch, Receipt, SpaceView, Store
    from app.settings import Settings

_FEW = 100


def list_carriers(store: Store, settings: Settings) -> Mapping[str, Carrier]:
    """Who carries out the jobs of this format, by kind."""
    return {
        UPSERT_RELATIONSHIPS: RelationshipCarrier(store, settings),
        UPSERT_ENTITIES: EntityCarrier(store, settings),
        DELETE_RELATIONSHIP: RelationshipDeleter(store, settings),
        DELETE_ENTITY: EntityDeleter(store, settings),
    }


class ApolloCarrier:
    """What carriers of this format have in common."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def account(self, job: Job, first: int, items: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
        """Results by item, and the refused items in the words of the format."""
        return translate.account(first, items, outcomes)


class EntityCarrier(ApolloCarrier):
    """Carries out jobs of the kind UPSERT_ENTITIES."""

    async def read(self, items: Sequence[bytes], job: Job) -> Batch:
        """The statements of a part."""
        return Declaring(
            items=await aside(len(items) > _FEW, lambda: list(map(entities.read, items))), origin=_trace(job)
        )


class RelationshipDeleter(ApolloCarrier):
    """Carries out jobs of the kind DELETE_RELATIONSHIP; what is not there fails the whole of it (apollo 7)."""

    async def read(self, items: Sequence[bytes], job: Job) -> Batch:
        """The deletion of one relationship, of any format."""
        (raw,) = items
        id = translate.read_id(raw) or ""

        def demand(found: Sequence[Relationship]) -> None:
            if not found:
                raise RelationshipMissing(id)

        return Retiring(ids=[space_name(job.space).relationship_id(id)], origin=_trace(job), guard=demand)


class EntityDeleter(ApolloCarrier):
    """Carries out jobs of the kind DELETE_ENTITY; what is not there fails the whole of it (apollo 7)."""

    async def read(self, items: Sequence[bytes], job: Job) -> Batch:
        """The deletion of one entity."""
        (raw,) = items
        return Withdrawing(entity=translate.demand_entity(translate.read_id(raw) or ""), origin=_trace(job))


def _trace(job: Job) -> Origin:
    return Origin(by=job.author, principal=job.principal, request_id=job.request_id, transaction_id=job.transaction_id)


class RelationshipCarrier(ApolloCarrier):
    """Carries out jobs of the kind UPSERT_RELATIONSHIPS."""

    async def read(self, items: Sequence[bytes], job: Job) -> Batch:
        """The proposals of a part; rights on other collections are judged now, with the principals of the request."""
        reader, many = translate.RelationshipReader(job.space), len(items) > _FEW
        parsed = await aside(many, lambda: [reader.parse(raw) for raw in items])
        reachable = await self._list_reachable(translate.list_destinations(parsed, job.space), job)
        return Recording(
            policy=APOLLO,
            items=await aside(
                many,
                lambda: [reader.propose(i, reachable) if isinstance(i, wire.Relationship) else i for i in parsed],
            ),
            origin=_trace(job),
            type_limit=self._settings.max_relationship_types,
        )

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


def describe_job(
    kind: str, space: str, caller: Caller, correlation: str, *, total: int, sole: str | None, keep_hours: int
) -> NewJob:
    """The job that a request becomes; it remembers by which principals its rights are judged.

    ``sole`` is the id of its item, where it has but one.
    """
    return NewJob(
        kind=kind,
        space=space,
        principal=caller.principal,
        author=Author(caller.user, caller.subject, caller.client, caller.is_service, correlation),
        request_id=str(uuid.uuid4()),
        transaction_id=str(uuid.uuid4()),
        total=total,
        correlation_id=correlation,
        context={"principals": list(caller.principals), "blanket": caller.blanket, "sole": sole},
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


def write_deletion(id: str) -> bytes:
    """The item of a job that deletes one object."""
    return msgspec.json.encode({"id": id})


async def accept(jobs: Jobs, store: Store, caller: Caller, view: SpaceView, new: NewJob, parts: Sequence[Part]) -> Job:
    """Stores the job of a caller who has entered the space; one that is not there yet becomes the caller's.

    A space that somebody else founded in the meantime is entered anew, so that its owner's grants decide.
    """
    try:
        return await jobs.accept(replace(new, founder=None if view.exists else caller.principal), parts)
    except SpaceAppeared:
        await relate.enter(store, caller, view.id, Right.READWRITE, found=False)
        return await jobs.accept(new, parts)


async def settle(
    jobs: Jobs, store: Store, caller: Caller, view: SpaceView, new: NewJob, items: Sequence[bytes], carrier: Carrier
) -> Receipt:
    """Carries out a job of a caller who has entered the space at once; as for ``accept``, it may found the space."""
    batch = await carrier.read(items, moves.enqueue(new, 0, 0))
    try:
        founder = None if view.exists else caller.principal
        return await jobs.settle(replace(new, founder=founder), items, batch)
    except SpaceAppeared:
        await relate.enter(store, caller, view.id, Right.READWRITE, found=False)
        return await jobs.settle(new, items, batch)
