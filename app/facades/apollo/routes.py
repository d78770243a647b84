"""The paths of the Apollo entity-relationship format (apollo 1)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import relate
from app.core.access import Right
from app.core.errors import JobMissing, NotAllowed, NotFound
from app.core.identity import read_uuid
from app.core.jobs import Part, cut
from app.facades.apollo import (
    carry,
    collections,
    expand,
    feed,
    grants,
    headers,
    lists,
    logs,
    progress,
    render,
    stats,
    translate,
    versions,
    wire,
)
from app.facades.apollo.desk import Desk
from app.facades.apollo.openapi import MANUAL
from app.facades.body import read_body
from app.facades.faults import MethodNotAllowed
from app.facades.mount import Edge, build
from app.facades.paths import MATCH_THEN_DECODE
from app.facades.strict import Splitter
from app.facades.turns import Turns
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI

    from app.core.access import Caller
    from app.core.jobs import Job, NewJob
    from app.core.queue import Carrier, Jobs
    from app.core.store import SpaceView
    from app.facades.context import Context

LONGEST_TARGET = 49_152


def mount(context: Context, jobs: Jobs) -> FastAPI:
    """The application that answers every path under ``/apollo``, and ``/relationships/erstatus`` with what is below."""
    edge = Edge(
        paths=MATCH_THEN_DECODE, max_target_bytes=LONGEST_TARGET, render=render.render_error, stamp=render.stamp
    )
    carriers = carry.list_carriers(context.store, context.settings)
    routers = [
        _route_tracking(context, jobs),
        _route_objects(_Relationships(context, jobs, carriers), "relationship", [headers.UPLOAD_PATH]),
        _route_objects(_Entities(context, jobs, carriers), "entity", headers.ENTITY_PATHS),
        collections.route(context),
        grants.route(context),
        *lists.route(context),
        versions.route(context),
        stats.route(context),
        feed.route(context),
        expand.route(context),
        logs.route(context, jobs),
    ]
    return build("Apollo entity relationships", routers, edge, MANUAL)


def _route_objects(endpoints: _Objects, noun: str, paths: Sequence[str]) -> APIRouter:
    router = APIRouter(tags=[endpoints.nouns.lower()])
    for path in paths:
        add = router.add_api_route
        add(path, endpoints.upsert, methods=["POST"], summary=f"Upsert {endpoints.nouns.lower()}")
        add(path, endpoints.delete, methods=["DELETE"], summary=f"Delete a {noun} whose id no path can carry")
        add(f"{path}/{{id}}", endpoints.delete, methods=["DELETE"], summary=f"Delete a {noun}")
    return router


def _route_tracking(context: Context, jobs: Jobs) -> APIRouter:
    router, endpoints = APIRouter(tags=["tracking"]), _Tracking(context, jobs)
    for path in headers.TRACKING_PATHS:
        router.add_api_route(path, endpoints.track, methods=["GET"], summary="Ask how far an upload has come")
    for path in headers.CANCEL_PATHS:
        router.add_api_route(path, endpoints.cancel, methods=["POST"], summary="Stop an upload")
    path = f"{headers.STATUS_PATH}/{{transaction}}"
    router.add_api_route(path, endpoints.tell, methods=["GET"], summary="Ask how far a transaction has come")
    return router


class _Objects:
    """What relationships and entities have in common."""

    noun: ClassVar[str]
    nouns: ClassVar[str]
    upserts: ClassVar[str]
    deletes: ClassVar[str]

    def __init__(self, context: Context, jobs: Jobs, carriers: Mapping[str, Carrier]) -> None:
        self._context = context
        self._desk = Desk(context)
        self._jobs = jobs
        self._carriers = carriers
        # Threads share one interpreter: small requests would wait for all bodies that are parsed at once.
        self._turns = Turns(1)

    async def upsert(self, request: Request) -> Response:
        settings = self._context.settings
        caller = self._desk.identify(request, f"upsert{self.nouns}")
        caller.require("apollo_write")
        upload = headers.read_upload(request)
        view = await self._desk.enter(caller, upload.collection, Right.READWRITE)
        if not upload.at_once:
            await self._jobs.check_bounds(caller.principal)
        headers.check_media(request)
        if not upload.at_once:
            return await self._accept(request, caller, view, upload)
        body = await read_body(request, settings.apollo_max_body_bytes)
        return await self._settle(request, caller, view, translate.read_items(Splitter(wire.MOST_ITEMS_AT_ONCE), body))

    async def _accept(self, request: Request, caller: Caller, view: SpaceView, upload: headers.Upload) -> Response:
        settings = self._context.settings
        new, parts = await self._cut(request, caller, view, upload)
        job = await carry.accept(self._jobs, self._context.store, caller, view, new, parts)
        current().job, current().items = job.request_id, job.total
        return render.answer_accepted(request, job, self._context.public_url, settings.apollo_async_status)

    async def _cut(
        self, request: Request, caller: Caller, view: SpaceView, upload: headers.Upload
    ) -> tuple[NewJob, list[Part]]:
        """The job that the body becomes, and its parts: what is left of the body when this returns."""
        settings = self._context.settings
        body = await read_body(request, settings.apollo_max_body_bytes)

        def read() -> tuple[list[bytes], list[Part], str]:
            items = translate.read_items(Splitter(wire.MOST_ITEMS), body)
            return items, cut(items, settings.apollo_chunk_items), carry.take_digest(upload.target, body)

        async with self._turns.take():
            items, parts, digest = await asyncio.to_thread(read)
        job = self._describe(request, caller, view.id, self.upserts, items)
        return replace(job, key=upload.key, digest=digest), parts

    def _describe(self, request: Request, caller: Caller, collection: str, kind: str, items: Sequence[bytes]) -> NewJob:
        return carry.describe_job(
            kind,
            collection,
            caller,
            headers.read_correlation(request),
            total=len(items),
            sole=translate.read_id(items[0]) if len(items) == 1 else None,
            keep_hours=self._context.settings.apollo_retention_hours,
        )

    async def _settle(self, request: Request, caller: Caller, view: SpaceView, items: Sequence[bytes]) -> Response:
        new = self._describe(request, caller, view.id, self.upserts, items)
        carrier = self._carriers[self.upserts]
        receipt = await carry.settle(self._jobs, self._context.store, caller, view, new, items, carrier)
        current().items = new.total
        ids = [translate.read_id(raw) for raw in items]
        results, base = translate.list_results(items, receipt.outcomes), self._context.public_url
        responses = render.show_responses(results, ids, self.noun, base, new.transaction_id)
        return render.answer_settled(request, self.nouns, responses, new.transaction_id, receipt.bookmark)

    async def delete(self, request: Request) -> Response:
        if headers.read_path(request) in headers.TRACKING_PATHS:
            raise MethodNotAllowed(("GET", "HEAD"))
        caller = self._desk.identify(request, f"delete{self.noun}")
        caller.require("apollo_write")
        id = headers.read_id(request) if "id" in request.path_params else None
        collection, id = headers.read_naming(request, id)
        view = await self._desk.enter(caller, collection, Right.READWRITE)
        if not view.exists:
            raise NotFound(id)
        items = [carry.write_deletion(id)]
        new = self._describe(request, caller, collection, self.deletes, items)
        receipt = await carry.settle(
            self._jobs, self._context.store, caller, view, new, items, self._carriers[self.deletes]
        )
        (result,) = translate.list_results(items, receipt.outcomes)
        return render.answer_deleted(request, self.noun, result.warnings, new.transaction_id, receipt.bookmark)


class _Relationships(_Objects):
    noun, nouns = "Relationship", "Relationships"
    upserts, deletes = translate.UPSERT_RELATIONSHIPS, translate.DELETE_RELATIONSHIP


class _Entities(_Objects):
    noun, nouns = "Entity", "Entities"
    upserts, deletes = translate.UPSERT_ENTITIES, translate.DELETE_ENTITY


class _Tracking:
    def __init__(self, context: Context, jobs: Jobs) -> None:
        self._context = context
        self._desk = Desk(context)
        self._jobs = jobs

    async def track(self, request: Request) -> Response:
        caller = self._desk.identify(request, "trackRequest")
        caller.require_any("apollo_read", "apollo_write")
        job = await self._find(request, caller)
        wait = headers.read_wait(request)
        if wait:
            job = await self._jobs.wait(job.request_id, wait)
        return await self._show(request, job, wait)

    async def tell(self, request: Request) -> Response:
        caller = self._desk.identify(request, "readTransaction")
        caller.require_any("apollo_read", "apollo_write", "apollo_admin")
        headers.read_query(request)
        id = read_uuid(request.path_params["transaction"])
        if id is None:
            raise JobMissing
        job = await self._demand(request, await self._jobs.find_transaction(id), caller)
        wait = headers.read_wait(request)
        if wait:
            job = await self._jobs.wait(job.request_id, wait)
        return render.answer_record(request, job, progress.show_record(job), wait)

    async def cancel(self, request: Request) -> Response:
        caller = self._desk.identify(request, "cancelRequest")
        caller.require("apollo_write")
        job = await self._find(request, caller)
        await relate.enter(self._context.store, caller, job.space, Right.READWRITE, found=False)
        return await self._show(request, await self._jobs.cancel(job.request_id), None)

    async def _find(self, request: Request, caller: Caller) -> Job:
        """The job asked about; one that the caller may not see is as missing as one that never was (apollo 8.2)."""
        query = headers.read_query(request, "RequestId")
        return await self._demand(request, await self._jobs.find(headers.read_request_id(query)), caller)

    async def _demand(self, request: Request, job: Job, caller: Caller) -> Job:
        current().space, current().job = job.space, job.request_id
        # The job may have founded its collection a moment ago: a replica that has not heard of it yet must wait.
        bookmark = request.headers.get("x-consistency-token") or job.bookmark or None
        try:
            await relate.enter(self._context.store, caller, job.space, Right.READONLY, found=False, bookmark=bookmark)
        except NotAllowed:
            raise JobMissing from None
        return job

    async def _show(self, request: Request, job: Job, wait: int | None) -> Response:
        shown = min(job.counts.refused, progress.MOST_SHOWN_FAILURES)
        refused = await self._jobs.refusals(job.request_id, shown, bookmark=job.bookmark or None) if shown else []
        return render.answer_progress(request, job, progress.show_progress(job, refused), wait)
