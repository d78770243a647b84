"""The changes of a collection, numbered without a gap (apollo 12)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import chronicle
from app.core.chronicle import Span
from app.core.errors import NotFound
from app.core.model import Relationship
from app.facades.apollo import headers, progress, render, wire
from app.facades.apollo.desk import Desk
from app.facades.apollo.render import OK

if TYPE_CHECKING:
    from app.core.chronicle import Told
    from app.facades.apollo.sight import Sight
    from app.facades.context import Context

PATH: Final = "/apollo/changefeed/logs"
CHECKSUM_DIGITS: Final = 32
_BOUNDS: Final = ("startSequenceId", "endSequenceId", "startTime", "endTime", "limit")
_KINDS: Final = {"c": "Created", "u": "Updated", "d": "Deleted"}
_encode = msgspec.json.Encoder(order="sorted").encode


def route(context: Context) -> APIRouter:
    """The read with its path."""
    router = APIRouter(tags=["feed"])
    router.add_api_route(PATH, _Feed(context).read, methods=["GET"], summary="Follow the changes of a collection")
    return router


class _Feed:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def read(self, request: Request) -> Response:
        caller = self._desk.identify(request, "listChanges")
        caller.require("apollo_read")
        reading = headers.read_reading(request, *_BOUNDS)
        query, limit = reading.query, headers.read_limit(reading.query)
        span = Span(
            first=headers.read_number(query, "startSequenceId") or 1,
            last=headers.read_number(query, "endSequenceId"),
            since=headers.read_instant(query, "startTime"),
            until=headers.read_instant(query, "endTime"),
        )
        sight = await self._desk.look(caller, reading._replace(with_system_data=False, extended=True))
        found = await chronicle.tell(self._store, reading.collection, span, limit=limit, bookmark=reading.bookmark)
        if not found:
            raise NotFound(reading.collection)
        return render.answer_found(request, [_show(each, sight) for each in found], code=OK)


def _show(told: Told, sight: Sight) -> wire.Notification:
    change, state = told.change, told.state
    notification = wire.Notification(
        sequenceId=change.seq,
        sequenceContainer=sight.collection,
        notificationType=_KINDS[change.action],
        version=change.version,
        checksum="",
        timestamp=progress.show_instant(told.at),
        transactionId=told.transaction_id,
    )
    if isinstance(state, Relationship):
        relationship = sight.show_relationship(state)
        notification.relationshipId, notification.relationshipType = relationship.id, relationship.relationshipType
        notification.checksum = sum_up(relationship)
    else:
        assert told.entity is not None, "a declaration is told with whom it is about"
        entity = sight.show_entity(told.entity, state)
        notification.entityId, notification.entityType = entity.id, entity.entityType
        notification.checksum = sum_up(entity)
    return notification


def sum_up(shown: wire.Relationship | wire.Entity) -> str:
    """32 hex digits that tell states of an object apart: of its JSON, without what the server says about it (apollo 12)."""
    shown.sysData = shown.version = shown.schemaMetadata = None
    return hashlib.sha256(_encode(shown)).hexdigest()[:CHECKSUM_DIGITS]
