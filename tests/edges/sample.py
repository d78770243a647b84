"""A minimal format, to prove the edges without any real one: errors are {"error": class, "id": request id, …}."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.core import errors
from app.facades import faults, strict
from app.facades.body import read_body
from app.facades.mount import Edge, build
from app.facades.paths import DECODE_THEN_SPLIT, PathPolicy

MAX_BODY = 2 * 1024 * 1024
STATUS = {
    faults.PathUnknown: 404,
    faults.MethodNotAllowed: 405,
    faults.BodyTooLarge: 413,
    faults.TooManyItems: 413,
    faults.TargetTooLong: 414,
    faults.MediaTypeUnusable: 415,
    faults.NotAcceptable: 406,
    faults.BadRequest: 400,
    errors.StoreError: 503,
    errors.TercetError: 409,
}


def render(error: Exception, request: Request) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    content: dict[str, Any] = {"error": type(error).__name__, "id": request.state.request_id}
    headers = {}
    if isinstance(error, faults.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allow)
    if isinstance(error, strict.JsonFault):
        content.update(reason=error.reason, position=error.position, field=error.field)
    return JSONResponse(content, status, headers)


def make_router(splitter: strict.Splitter) -> APIRouter:
    router = APIRouter()

    @router.get("/sample/things")
    async def list_things(request: Request) -> Response:
        return JSONResponse({"things": [], "id": request.state.request_id})

    @router.post("/sample/things")
    async def post_things(request: Request) -> Response:
        items = splitter.split(await read_body(request, MAX_BODY))
        for index in range(len(items)):
            items.decode_object(index)
        return JSONResponse({"count": len(items)})

    @router.get("/sample/things/{id}")
    async def get_thing(request: Request) -> Response:
        return JSONResponse({"id": request.path_params["id"]})

    @router.get("/sample/things/first")
    async def get_first(_: Request) -> Response:
        return JSONResponse({"first": "yes"})

    @router.get("/sample/pairs({id})")
    async def get_pairs(request: Request) -> Response:
        return JSONResponse({"pairs": request.path_params["id"]})

    @router.get("/sample/raise/{name}")
    async def raise_named(request: Request) -> Response:
        kinds: dict[str, Exception] = {
            "bug": RuntimeError("secret of ours"),
            "away": errors.StoreAway(),
            "job": errors.JobMissing(),
            "media": faults.MediaTypeUnusable(),
        }
        raise kinds[request.path_params["name"]]

    @router.get("/sample/slow")
    async def answer_slowly(_: Request) -> Response:
        await asyncio.sleep(0.7)
        return JSONResponse({"slow": "done"})

    @router.get("/sample/breaks")
    async def break_off(_: Request) -> Response:
        async def rows() -> AsyncIterator[bytes]:
            yield b"first"
            raise RuntimeError("in the middle")

        return StreamingResponse(rows())

    return router


def make_app(paths: PathPolicy = DECODE_THEN_SPLIT, limit: int = 10, **options: Any) -> FastAPI:
    edge = Edge(
        paths=paths,
        max_target_bytes=32_768,
        render=render,
        headers=(("Cache-Control", "no-store"),),
        stamp=lambda request, headers: headers.setdefault("X-Method", request.method),
        **options,
    )
    return build("Sample", [make_router(strict.Splitter(limit))], edge)


def read_json(raw: bytes) -> Any:
    return json.loads(raw)
