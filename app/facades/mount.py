"""One façade's sub-application: its routes, its own OpenAPI document, and one way out for every error.

A façade calls ``build`` once with its ``Edge``::

    edge = Edge(paths=DECODE_THEN_SPLIT, max_target_bytes=32_768, render=translate.render_error)
    app = build("Autodesk relationships", [router], edge)

and its routes raise: core errors, ``faults``, or bugs. ``render(error, request)`` turns each of them into a Response in
the façade's shape; it gets a TercetError or a Fault, nothing else (a bug arrives as ``Defect``, already logged). Routes
and renderer find the id of the exchange in ``request.state.request_id``. Routes are plain APIRoutes with whole paths
whose endpoints take the request, nothing else, and answer a Response. They are called as they are: to look for parameters
that there are none of would take a twentieth of a small read.

Order: target length, path, method (before any token is looked at), then the route.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from inspect import iscoroutinefunction, signature
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app import __version__
from app.core.errors import TercetError
from app.facades import faults, openapi
from app.facades.paths import RouteTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import APIRouter
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.facades.openapi import Manual
    from app.facades.paths import PathPolicy

    Render = Callable[[Exception, Request], Response]
    Stamp = Callable[[Request, MutableHeaders], None]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What a façade decides about its edge.

    ``paths``: how paths are read (``paths``). ``max_target_bytes``: longest path plus query. ``render``: the one
    renderer of errors. ``headers``: sent with every answer that has not set them. ``stamp``: adds headers that depend
    on the request to every answer, errors included. ``offers_options``: OPTIONS is answered 204 with ``Allow``.
    """

    paths: PathPolicy
    max_target_bytes: int
    render: Render
    headers: tuple[tuple[str, str], ...] = ()
    stamp: Stamp | None = None
    offers_options: bool = False


def build(name: str, routers: Sequence[APIRouter], edge: Edge, manual: Manual | None = None) -> FastAPI:
    """The façade's application. Its OpenAPI document, which ``manual`` describes, is ``app.openapi()``; no path here
    serves it.

    Raises TypeError for a router that includes another and for an endpoint that takes more than the request, ValueError
    for two routes of one path and method.
    """
    return _Facade(name, [route for router in routers for route in _list_routes(router)], edge, manual)


def dispatch(prefixes: Sequence[tuple[str, ASGIApp]], fallback: ASGIApp) -> ASGIApp:
    """Sends a request to the application with the longest prefix of its raw path, whole segments only.

    ``/a`` takes ``/a``, ``/a/b`` and ``/a%2Fb``, not ``/ab``. The path stays as it is. What is not HTTP (lifespan) and
    what has no prefix goes to ``fallback``.
    """
    longest_first = sorted(((prefix.encode(), app) for prefix, app in prefixes), key=lambda entry: -len(entry[0]))

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        app = fallback
        if scope["type"] == "http":
            path = _get_raw_path(scope)
            app = next((app for prefix, app in longest_first if _begins_with(path, prefix)), fallback)
        await app(scope, receive, send)

    return choose


def _begins_with(path: bytes, prefix: bytes) -> bool:
    if not path.startswith(prefix):
        return False
    rest = path[len(prefix) : len(prefix) + 3]
    return not rest or rest[:1] in (b"/", b"#") or rest.upper() == b"%2F"


def _get_raw_path(scope: Scope) -> bytes:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw


def _list_routes(router: APIRouter) -> list[APIRoute]:
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    if len(routes) != len(router.routes):
        raise TypeError("a façade's router holds API routes only; hand every router to build()")
    for route in routes:
        if not iscoroutinefunction(route.endpoint) or len(signature(route.endpoint).parameters) != 1:
            raise TypeError(f"{route.path}: an endpoint is a coroutine function of the request")
    return routes


class _Facade(FastAPI):
    def __init__(self, name: str, routes: Sequence[APIRoute], edge: Edge, manual: Manual | None) -> None:
        super().__init__(title=name, openapi_url=None, redirect_slashes=False)
        self.router.routes.extend(routes)
        self.edge = edge
        self.manual = manual
        self.table = RouteTable(routes, edge.paths, offers_options=edge.offers_options)

    def openapi(self) -> dict[str, Any]:
        """The document of this façade, written when it is first asked for."""
        if self.manual is None:
            return super().openapi()
        if self.openapi_schema is None:
            routes = [route for route in self.routes if isinstance(route, APIRoute)]
            self.openapi_schema = openapi.write(self.manual, routes, __version__)
        return self.openapi_schema

    def build_middleware_stack(self) -> ASGIApp:
        """Ours in place of the framework's: its error pages and its router would be other ways out."""
        app: ASGIApp = _call_route
        for cls, args, kwargs in reversed(self.user_middleware):
            app = cls(app, *args, **kwargs)
        return _OneWayOut(app, self.router, self.edge, self.table)


async def _call_route(scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = await scope["endpoint"](Request(scope, receive, send))
    await response(scope, receive, send)


class _OneWayOut:
    """Finds the route, runs it, renders whatever it raises, and labels every answer."""

    def __init__(self, app: ASGIApp, lifespan: ASGIApp, edge: Edge, table: RouteTable) -> None:
        self.app = app
        self.lifespan = lifespan
        self.edge = edge
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.lifespan(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self.edge)
        try:
            if await self._find_route(scope, exchange):
                await self.app(scope, receive, exchange.send)
        except ClientDisconnect:
            _log.info("client left", request_id=exchange.request_id)
        except Exception as error:  # noqa: BLE001 the one way out
            await exchange.answer(error)

    async def _find_route(self, scope: Scope, exchange: _Exchange) -> bool:
        """Put the route into the scope; False when the question was what the path offers, and is answered."""
        path, query = _get_raw_path(scope), scope["query_string"]
        if len(path) + len(query) + bool(query) > self.edge.max_target_bytes:
            raise faults.TargetTooLong(self.edge.max_target_bytes)
        try:
            route, parameters = self.table.find(scope["method"], path)
        except faults.MethodNotAllowed as refused:
            if scope["method"] != "OPTIONS" or not self.edge.offers_options:
                raise
            await exchange.send_response(Response(status_code=204, headers={"Allow": ", ".join(refused.allow)}))
            return False
        scope.update(route=route, endpoint=route.endpoint, path_params=parameters)
        return True


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, edge: Edge) -> None:
        self.scope = scope
        self.receive = receive
        self.edge = edge
        self.started = False
        self.request_id = _choose_request_id(scope)
        scope.setdefault("state", {})["request_id"] = self.request_id
        self._send = send
        self._bodiless = scope["method"] == "HEAD"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._label(message)
        elif self._bodiless and message.get("body"):
            message = {**message, "body": b""}
        await self._send(message)

    def _label(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Request-Id"] = self.request_id
        for name, value in self.edge.headers:
            headers.setdefault(name, value)
        if self.edge.stamp is not None:
            self.edge.stamp(Request(self.scope), headers)

    async def send_response(self, response: Response) -> None:
        await response(self.scope, self.receive, self.send)

    async def answer(self, error: Exception) -> None:
        """Render ``error``; if the answer has begun already, let the server cut the connection."""
        public = _make_public(error)
        if isinstance(public, faults.Defect):
            self._log_defect(error)
        if self.started:
            raise error
        await self.send_response(self._render(public))

    def _render(self, public: TercetError | faults.Fault) -> Response:
        request = Request(self.scope, self.receive)
        try:
            return self.edge.render(public, request)
        except Exception as error:  # noqa: BLE001 a renderer's bug is a bug like any other
            self._log_defect(error)
            return self.edge.render(faults.Defect("a bug"), request)

    def _log_defect(self, error: Exception) -> None:
        _log.error("defect", request_id=self.request_id, path=self.scope["path"][:200], exc_info=error)


def _choose_request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if _REQUEST_ID.fullmatch(value) else str(uuid.uuid4())
    return str(uuid.uuid4())


def _make_public(error: Exception) -> TercetError | faults.Fault:
    """What the renderer gets: core errors and faults as they are, the rest as Defect."""
    if isinstance(error, TercetError | faults.Fault):
        return error
    defect = faults.Defect("a bug")
    defect.__cause__ = error
    return defect
