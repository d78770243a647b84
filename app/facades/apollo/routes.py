"""The paths of the Apollo entity-relationship format (apollo 1)."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import relate
from app.core.access import Right
from app.core.errors import JobMissing, NotAllowed, RelationshipMissing
from app.core.identity import space_name
from app.core.jobs import Part, cut
from app.facades.apollo import carry, headers, render, translate, wire
from app.facades.body import read_body
from app.facades.mount import Edge, build
from app.facades.paths import MATCH_THEN_DECODE
from app.facades.strict import Splitter
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.core.access import Caller
    from app.core.jobs import Job
    from app.core.queue import Jobs
    from app.facades.context import Context

LONGEST_TARGET = 49_152


def mount(context: Context, jobs: Jobs) -> ASGIApp:
    """The application that answers every path under ``/apollo``, and ``/relationships/erstatus`` with what is below."""
    edge = Edge(
        paths=MATCH_THEN_DECODE, max_target_bytes=LONGEST_TARGET, render=render.render_error, stamp=render.stamp
    )
    return build(
        "Apollo entity relationships", [_route_relationships(context, jobs), _route_tracking(context, jobs)], edge
    )


def _route_relationships(context: Context, jobs: Jobs) -> APIRouter:
    router, endpoints = APIRouter(tags=["relationships"]), _Relationships(context, jobs)
    path = headers.UPLOAD_PATH
    router.add_api_route(path, endpoints.upsert, methods=["POST"], summary="Upsert relationships")
    router.add_api_route(
        path, endpoints.find, methods=["GET"], summary="Read a relationship whose id no path can carry"
    )
    router.add_api_route(f"{path}/{{id}}", endpoints.read, methods=["GET"], summary="Read a relationship")
    return router


def _route_tracking(context: Context, jobs: Jobs) -> APIRouter:
    router, endpoints = APIRouter(tags=["tracking"]), _Tracking(context, jobs)
    for path in headers.TRACKING_PATHS:
        router.add_api_route(path, endpoints.track, methods=["GET"], summary="Ask how far an upload has come")
    for path in headers.CANCEL_PATHS:
        router.add_api_route(path, endpoints.cancel, methods=["POST"], summary="Stop an upload")
    return router


class _Relationships:
    def __init__(self, context: Context, jobs: Jobs) -> None:
        self._context = context
        self._jobs = jobs
        self._splitter = _prepare_splitter(wire.MOST_ITEMS)

    async def upsert(self, request: Request) -> Response:
        settings, store = self._context.settings, self._context.store
        caller = _identify(self._context, request, "upsertRelationships")
        caller.require("apollo_write")
        upload = headers.read_upload(request)
        view = await relate.enter(store, caller, upload.collection, Right.READWRITE, found=settings.auto_spaces)
        await self._jobs.check_bounds(caller.principal)
        headers.check_media(request)
        body = await read_body(request, settings.apollo_max_body_bytes)
        parts, digest = await asyncio.to_thread(self._cut, upload.target, body)
        new = carry.describe_upload(
            upload,
            caller,
            headers.read_correlation(request),
            total=sum(part.count for part in parts),
            digest=digest,
            keep_hours=settings.apollo_retention_hours,
        )
        job = await carry.accept(self._jobs, store, caller, view, new, parts)
        current().job, current().items = job.request_id, job.total
        return render.answer_accepted(request, job, self._context.public_url, settings.apollo_async_status)

    def _cut(self, target: bytes, body: bytes) -> tuple[list[Part], str]:
        items = translate.read_items(self._splitter, body)
        return cut(items, self._context.settings.apollo_chunk_items), carry.take_digest(target, body)

    async def read(self, request: Request) -> Response:
        return await self._show(request, request.path_params["id"])

    async def find(self, request: Request) -> Response:
        return await self._show(request, None)

    async def _show(self, request: Request, id: str | None) -> Response:
        caller = _identify(self._context, request, "readRelationship")
        caller.require("apollo_read")
        reading = headers.read_reading(request, id)
        found = self._context.settings.auto_spaces
        await relate.enter(self._context.store, caller, reading.collection, Right.READONLY, found=found)
        key = space_name(reading.collection).relationship_id(reading.id)
        stored = await self._context.store.relationship(reading.collection, key, bookmark=reading.bookmark)
        if stored is None or not stored.live:
            raise RelationshipMissing(reading.id)
        shown = translate.show_relationship(stored, reading.collection, with_system_data=reading.with_system_data)
        return render.answer_found(request, [shown])


class _Tracking:
    def __init__(self, context: Context, jobs: Jobs) -> None:
        self._context = context
        self._jobs = jobs

    async def track(self, request: Request) -> Response:
        caller = _identify(self._context, request, "trackRequest")
        caller.require_any("apollo_read", "apollo_write")
        job = await self._find(request, caller)
        wait = headers.read_wait(request)
        if wait:
            job = await self._jobs.wait(job.request_id, wait)
        return await self._show(request, job, wait)

    async def cancel(self, request: Request) -> Response:
        caller = _identify(self._context, request, "cancelRequest")
        caller.require("apollo_write")
        job = await self._find(request, caller)
        await relate.enter(self._context.store, caller, job.space, Right.READWRITE, found=False)
        return await self._show(request, await self._jobs.cancel(job.request_id), None)

    async def _find(self, request: Request, caller: Caller) -> Job:
        """The job asked about; one that the caller may not see is as missing as one that never was (apollo 8.2)."""
        query = headers.read_query(request, "RequestId")
        job = await self._jobs.find(headers.read_request_id(query))
        current().space, current().job = job.space, job.request_id
        try:
            await relate.enter(self._context.store, caller, job.space, Right.READONLY, found=False)
        except NotAllowed:
            raise JobMissing from None
        return job

    async def _show(self, request: Request, job: Job, wait: int | None) -> Response:
        shown = min(job.counts.refused, translate.MOST_SHOWN_FAILURES)
        refused = await self._jobs.refusals(job.request_id, shown) if shown else []
        return render.answer_progress(request, job, translate.show_progress(job, refused), wait)


@lru_cache(maxsize=2)
def _prepare_splitter(limit: int) -> Splitter:
    """A splitter takes long to prepare and never changes."""
    return Splitter(limit)


def _identify(context: Context, request: Request, operation: str) -> Caller:
    exchange = current()
    exchange.format, exchange.operation = "apollo", operation
    exchange.space = request.headers.get("ercollectionid")
    caller = context.identify(headers.read_authorization(request))
    exchange.caller = caller.principal
    return caller
