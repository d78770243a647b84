"""Queries that are kept: listed, shown, put down, removed, and run by their name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import saved
from app.core.adhoc import LONGEST_TEXT, MOST_PARAMETERS
from app.core.errors import QueryMissing
from app.core.saved import Parameter, Place, SavedQuery, Seen
from app.facades.analyst import bodies, inquire, render, wire
from app.facades.analyst.desk import Desk
from app.facades.analyst.parameters import Unusable

if TYPE_CHECKING:
    from app.core.adhoc import Inquiries
    from app.facades.analyst.bodies import Body
    from app.facades.analyst.desk import Call

PAGE: Final = 100
LARGEST_PAGE: Final = 1_000
LONGEST_DESCRIPTION: Final = 2_000
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PARAMETER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
MEMBERS: Final = ("query", "description", "parameters", "shared")
PARAMETER_MEMBERS: Final = ("name", "type", "required", "default")
_TYPE: Final = re.compile("|".join(saved.TYPES))
_TAG: Final = re.compile(r'\s*(?:(\*)|"([^"]*)")\s*')


def route(desk: Desk, inquiries: Inquiries) -> APIRouter:
    """The operations with their paths."""
    router, asked, path = APIRouter(), _Queries(desk, inquiries), f"{wire.ROOT}/queries"
    one = f"{path}/{{name}}"
    router.add_api_route(path, asked.list_saved, methods=["GET"], summary="List kept queries")
    router.add_api_route(one, asked.show, methods=["GET"], summary="Show a kept query")
    router.add_api_route(one, asked.put, methods=["PUT"], summary="Keep a query")
    router.add_api_route(one, asked.discard, methods=["DELETE"], summary="Remove a kept query")
    router.add_api_route(f"{one}/run", asked.run, methods=["POST"], summary="Run a kept query")
    return router


@dataclass(frozen=True, slots=True)
class _Queries:
    desk: Desk
    inquiries: Inquiries

    async def list_saved(self, request: Request) -> Response:
        call = self.desk.open(request, "queries", ("limit", "after"), wire.CYPHER)
        limit = call.query.integer("limit", PAGE, least=1, most=LARGEST_PAGE)
        token = call.query.text("after")
        call.query.settle()
        reader = call.caller.principal
        walk = await self.desk.walk(call, "queries", reader)
        after = Place(*(walk.read(token) or ("", "")))
        found = await self.desk.store.saved_page(reader, after, limit=limit + 1, bookmark=call.query.bookmark)
        shown, last = found[:limit], found[limit - 1 : limit]
        more = walk.write([last[0].owner, last[0].name]) if len(found) > limit else UNSET
        return render.answer(request, wire.SavedQueries(queries=list(map(_show, shown)), after=more))

    async def show(self, request: Request) -> Response:
        call = self.desk.open(request, "show query", ("owner",), wire.CYPHER)
        return _answer(request, await self._find(call))

    async def put(self, request: Request) -> Response:
        call = self.desk.open(request, "keep query", (), wire.CYPHER)
        call.query.settle()
        name, seen = request.path_params["name"], _read_seen(request)
        if not NAME.fullmatch(name):
            raise Unusable([("name", "takes 1 to 64 letters, digits, dots, underscores or dashes, no sign first")])
        wanted = _read(await bodies.read(request, MEMBERS), call.caller.principal, name)
        kept = await self.desk.store.rework(wanted.owner, name, partial(saved.keep, wanted=wanted, seen=seen))
        assert kept is not None, "keep() keeps"
        return _answer(request, kept, 201 if kept.version == 1 else 200)

    async def discard(self, request: Request) -> Response:
        call = self.desk.open(request, "remove query", (), wire.CYPHER)
        call.query.settle()
        seen = _read_seen(request)
        name = request.path_params["name"]
        await self.desk.store.rework(call.caller.principal, name, partial(saved.discard, seen=seen))
        return Response(status_code=204)

    async def run(self, request: Request) -> Response:
        call = self.desk.open(request, "run query", ("owner",), wire.CYPHER)
        kept = await self._find(call)
        body = await bodies.read(request, inquire.RUN)
        manner = inquire.Manner.read(body)
        body.settle()
        bound = kept.bind(manner.parameters)
        return await inquire.answer(request, self.inquiries, call.caller, kept.text, manner, bound)

    async def _find(self, call: Call) -> SavedQuery:
        """The query of the path, of the caller or of the ``owner`` that is named."""
        owner = call.query.text("owner", most=512) or call.caller.principal
        call.query.settle()
        name = call.request.path_params["name"]
        if not NAME.fullmatch(name):
            raise QueryMissing(name)
        kept = await self.desk.store.saved(owner, name, bookmark=call.query.bookmark)
        return saved.show(kept, call.caller.principal)


def _read(body: Body, owner: str, name: str) -> SavedQuery:
    text = body.text("query", most=LONGEST_TEXT)
    description = body.text("description", least=0, most=LONGEST_DESCRIPTION, default="")
    shared = body.flag("shared", False)
    parameters = tuple(map(_read_parameter, body.bodies("parameters", PARAMETER_MEMBERS, most=saved.MOST_PARAMETERS)))
    if len({each.name for each in parameters}) != len(parameters):
        body.refuse("parameters", "takes each name once")
    if any(each.type in saved.TYPES and not each.is_sound for each in parameters):
        body.refuse("parameters", "takes defaults of the types that are declared")
    if len(msgspec.json.encode(parameters)) > MOST_PARAMETERS:
        body.refuse("parameters", f"takes at most {MOST_PARAMETERS} bytes")
    body.settle()
    return SavedQuery(owner, name, text, description, parameters, shared)


def _read_parameter(body: Body) -> Parameter:
    name = body.spelled("name", PARAMETER, "takes a letter or underscore, then up to 63 of those and digits")
    type = body.spelled("type", _TYPE, f"takes one of {', '.join(saved.TYPES)}")
    default = body.value("default")
    return Parameter(name, type, body.flag("required", default is None), default)


def _read_seen(request: Request) -> Seen:
    """What ``If-Match`` and ``If-None-Match`` say. Raises Unusable for what they can't."""
    match, none = request.headers.get("if-match"), request.headers.get("if-none-match")
    if none not in (None, "*"):
        raise Unusable([("If-None-Match", "takes * only: there must be no such query yet")])
    if match is None:
        return Seen(nothing=none is not None)
    tags = [_TAG.fullmatch(each) for each in match.split(",")]
    if not all(tags):
        raise Unusable([("If-Match", "takes tags as ETag gave them, or *")])
    return Seen(frozenset(tag[1] or tag[2] for tag in tags if tag), none is not None)


def _answer(request: Request, kept: SavedQuery, status: int = 200) -> Response:
    response = render.answer(request, _show(kept))
    response.status_code = status
    response.headers["ETag"] = f'"{kept.tag}"'
    return response


def _show(kept: SavedQuery) -> wire.SavedQuery:
    return wire.SavedQuery(
        name=kept.name,
        owner=kept.owner,
        query=kept.text,
        description=kept.description,
        parameters=[wire.QueryParameter(**each._asdict()) for each in kept.parameters],
        shared=kept.shared,
        version=kept.version,
    )
