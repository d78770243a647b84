"""Access control lists: who may do what in a collection (apollo 11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import administer
from app.core.access import EVERYBODY, Right
from app.facades.apollo import bodies, headers, render, wire
from app.facades.apollo.bodies import BodyUnusable
from app.facades.apollo.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.core.access import Caller
    from app.core.administer import Sheet
    from app.facades.context import Context

PATH: Final = "/apollo/ercollections"

_PART = r"[^\x00-\x1f\x7f:]{1,256}"
_REST = r"[^\x00-\x1f\x7f]{1,256}"
PRINCIPAL: Final = rf"(?:sub:(?:user|dev|app):{_REST}|org:{_REST}|group:{_PART}:{_REST})"
_PRINCIPAL = re.compile(rf"{PRINCIPAL}\Z")
_WORDS = frozenset(right.wire for right in Right)


def route(context: Context) -> APIRouter:
    """The operations on access control lists with their paths."""
    endpoints, router = _Grants(context), APIRouter(tags=["permissions"])
    add, path = router.add_api_route, f"{PATH}/{{id}}/permissions"
    add(f"{PATH}/permissions", endpoints.add, methods=["POST"], summary="Add permissions, or overwrite them")
    add(path, endpoints.read, methods=["GET"], summary="Read the permissions of a collection")
    add(path, endpoints.replace, methods=["PUT"], summary="Replace the permissions of a collection")
    add(f"{path}/{{entry}}", endpoints.remove, methods=["DELETE"], summary="Remove a permission")
    return router


class _Grants:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def add(self, request: Request) -> Response:
        caller = self._identify(request, "addPermissions")
        asked = bodies.shape(await bodies.read_object(request), wire.SentAccessList)
        id = _read_id(asked, None)
        await self._enter(caller, id)
        entries = _read_entries(asked)
        return await self._revise(request, caller, id, lambda sheet: administer.grant(sheet, caller, entries))

    async def read(self, request: Request) -> Response:
        caller = self._identify(request, "readPermissions")
        sheet = await self._enter(caller, request.path_params["id"], request.headers.get("x-consistency-token"))
        return render.answer(request, 200, "Success", _show(sheet), code=render.OK)

    async def replace(self, request: Request) -> Response:
        caller = self._identify(request, "replacePermissions")
        id = request.path_params["id"]
        await self._enter(caller, id)
        asked = bodies.shape(await bodies.read_object(request), wire.SentAccessList)
        _read_id(asked, id)
        entries = _read_entries(asked)
        return await self._revise(request, caller, id, lambda sheet: administer.replace_grants(sheet, caller, entries))

    async def remove(self, request: Request) -> Response:
        caller = self._identify(request, "removePermission")
        id = request.path_params["id"]
        await self._enter(caller, id)
        principal, right = _read_entry(request.path_params["entry"])
        return await self._revise(request, caller, id, lambda sheet: administer.revoke(sheet, caller, principal, right))

    def _identify(self, request: Request, operation: str) -> Caller:
        caller = self._desk.identify(request, operation)
        caller.require("apollo_admin")
        headers.read_query(request)
        return caller

    async def _enter(self, caller: Caller, id: str, bookmark: str | None = None) -> Sheet:
        """Before anything is locked; the change judges again what is true then."""
        return administer.demand(caller, await self._store.sheet(id, bookmark=bookmark), Right.ADMIN, id)

    async def _revise(self, request: Request, caller: Caller, id: str, change: Callable[[Sheet], Sheet]) -> Response:
        kept = await self._store.revise(id, change)
        sent = render.bind(kept.bookmark)
        return render.answer(request, 200, "Success", _show(kept.sheet), code=render.OK, headers=sent)


def _read_id(asked: wire.SentAccessList, named: str | None) -> str:
    """The collection that a body names, which may not differ from the one ``named`` in the path."""
    ids = {id for id in (asked.objectId, asked.id, named) if isinstance(id, str)}
    if len(ids) != 1:
        raise BodyUnusable("objectId or id must name one collection, the one of the path")
    return ids.pop()


def _read_entries(asked: wire.SentAccessList) -> Mapping[str, Right]:
    if len(asked.accesscontrolitems) > administer.MOST_GRANTS:
        raise BodyUnusable(f"accesscontrolitems must have at most {administer.MOST_GRANTS} entries")
    wrong = next((name for name in asked.accesscontrolitems if not _PRINCIPAL.match(name)), None)
    if wrong is not None:
        raise BodyUnusable(f"No principal: {wrong}")
    return {name: Right.read(word) for name, word in asked.accesscontrolitems.items()}


def _read_entry(text: str) -> tuple[str, Right | None]:
    """A principal, and the permission behind the last ``::`` if there is one."""
    principal, _, word = text.rpartition("::")
    return (principal, Right.read(word)) if word in _WORDS and principal else (text, None)


def _show(sheet: Sheet) -> wire.AccessList:
    """What a space grants to everybody is no entry of its list: settings of the service say so."""
    shown = {name: right.wire for name, right in sorted(sheet.grants.items()) if name != EVERYBODY}
    return msgspec.convert({"objectId": sheet.id, "id": sheet.id, "accesscontrolitems": shown}, wire.AccessList)
