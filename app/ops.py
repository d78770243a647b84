"""What operators and visitors ask of the service itself: ``/``, ``/ops/live``, ``/ops/ready``, ``/ops/metrics``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import __version__
from app.telemetry import METRICS_TYPE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PLACES = {
    "autodesk": "/bim360/relationship/v2",
    "apollo": "/apollo",
    "sas": "/relationships",
    "graph": "/graph/v1",
    "explorer": "/explorer",
    "docs": "/docs",
    "live": "/ops/live",
    "ready": "/ops/ready",
    "metrics": "/ops/metrics",
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be served now; if not, the reason in words."""

    ready: bool
    reason: str = ""


def build(readiness: Callable[[], Awaitable[Readiness]], metrics: Callable[[], Awaitable[bytes]]) -> FastAPI:
    """The application that answers what no format claims; anything unknown is an RFC 9457 problem."""
    app = FastAPI(title="Tercet", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/", methods=["GET", "HEAD"], summary="What is here")
    async def show_places() -> JSONResponse:
        return JSONResponse({"service": "tercet", "version": __version__, "places": PLACES})

    @app.api_route("/ops/live", methods=["GET", "HEAD"], summary="The process runs")
    async def show_life() -> JSONResponse:
        return JSONResponse({"live": True})

    @app.api_route("/ops/ready", methods=["GET", "HEAD"], summary="Requests can be served; if not, why")
    async def show_readiness() -> JSONResponse:
        found = await readiness()
        body = {"ready": True} if found.ready else {"ready": False, "reason": found.reason}
        return JSONResponse(body, status_code=200 if found.ready else 503)

    @app.api_route("/ops/metrics", methods=["GET", "HEAD"], summary="Figures for Prometheus")
    async def show_metrics() -> Response:
        return Response(await metrics(), media_type=METRICS_TYPE)

    @app.exception_handler(HTTPException)
    async def show_problem(_: Request, error: HTTPException) -> JSONResponse:
        body = {"type": "about:blank", "title": error.detail, "status": error.status_code}
        return JSONResponse(body, error.status_code, headers=error.headers, media_type="application/problem+json")

    return app
