"""Collections: made, listed, read, renamed, set stricter or laxer, and given up (apollo 10)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from app.core import administer
from app.core.access import Right
from app.core.administer import Sheet
from app.core.ontology import DEFAULT_SETTINGS
from app.facades.apollo import bodies, headers, render, wire
from app.facades.apollo.bodies import BodyUnusable
from app.facades.apollo.desk import Desk
from app.facades.apollo.headers import HeaderMalformed, QueryMalformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.access import Caller
    from app.core.administer import Kept
    from app.core.model import Fields
    from app.facades.context import Context

PATH: Final = "/apollo/collections"
NAMES: Final = ("vaultId", "vaultName", "accountId", "accountName")

_PRINTED = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?\Z")


def route(context: Context) -> APIRouter:
    """The operations on collections with their paths."""
    endpoints, router = _Collections(context), APIRouter(tags=["collections"])
    add = router.add_api_route
    add(PATH, endpoints.create, methods=["POST"], summary="Make a collection")
    add(PATH, endpoints.list, methods=["GET"], summary="List the collections that the caller reaches")
    add(f"{PATH}/{{id}}", endpoints.read, methods=["GET"], summary="Read a collection")
    add(f"{PATH}/{{id}}", endpoints.amend, methods=["PUT"], summary="Rename a collection or change its settings")
    add(f"{PATH}/{{id}}", endpoints.delete, methods=["DELETE"], summary="Delete a collection")
    return router


class _Collections:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store
        self._default = context.settings.default_space

    async def create(self, request: Request) -> Response:
        caller = self._desk.identify(request, "createCollection")
        caller.require("apollo_write")
        vault, account = _read_name(request, "vaultId"), _read_name(request, "accountId")
        headers.read_query(request)
        asked = bodies.shape(await bodies.read_object(request), wire.NewCollection)
        id = str(uuid.uuid4()) if asked.collectionId is UNSET else asked.collectionId
        if not headers.is_collection_id(id):
            raise BodyUnusable("collectionId must be printable ASCII without a blank at either end")
        details = {"vaultId": vault, "vaultName": vault, "accountId": account, "accountName": account}
        details |= _list_names(asked)
        sheet = Sheet(id, details, _list_settings(asked) or {}, {caller.principal: Right.OWNER})
        return _answer_kept(request, caller, await self._store.register(sheet))

    async def list(self, request: Request) -> Response:
        caller = self._desk.identify(request, "listCollections")
        caller.require("apollo_read")
        least = _read_least(headers.read_query(request, "minPermission"))
        paging = headers.read_paging(request)
        walk = await self._desk.walk(request, "", least.wire)
        everywhere = caller.blanket is not None and caller.blanket >= least
        found = await self._store.sheets(
            caller.grantees,
            None if everywhere else least,
            after=walk.read(paging.token) or "",
            limit=paging.limit + 1,
            bookmark=request.headers.get("x-consistency-token"),
        )
        shown = found[: paging.limit]
        token = walk.write(shown[-1].id) if len(found) > len(shown) else None
        return render.answer_found(request, [_show(caller, sheet) for sheet in shown], token, code=render.OK)

    async def read(self, request: Request) -> Response:
        caller = self._desk.identify(request, "readCollection")
        caller.require("apollo_read")
        headers.read_query(request)
        id, bookmark = request.path_params["id"], request.headers.get("x-consistency-token")
        sheet = administer.tell(caller, await self._store.sheet(id, bookmark=bookmark), id)
        return render.answer(request, 200, "Success", _show(caller, sheet), code=render.OK)

    async def amend(self, request: Request) -> Response:
        caller = self._desk.identify(request, "updateCollection")
        caller.require("apollo_write")
        headers.read_query(request)
        id = request.path_params["id"]
        held = administer.demand(caller, await self._store.sheet(id), Right.READWRITE, id)
        sent = await bodies.read_object(request)
        if "settings" in sent:
            caller.require_right(Right.ADMIN, id, held.grants)
        asked = bodies.shape(sent, wire.AmendedCollection)
        names, settings = _list_names(asked), _list_settings(asked)
        kept = await self._store.revise(id, lambda sheet: administer.amend(sheet, caller, names, settings))
        return _answer_kept(request, caller, kept)

    async def delete(self, request: Request) -> Response:
        caller = self._desk.identify(request, "deleteCollection")
        caller.require("apollo_admin")
        headers.read_query(request)
        id = request.path_params["id"]
        administer.demand(caller, await self._store.sheet(id), Right.OWNER, id)
        kept = await self._store.revise(id, lambda sheet: administer.close(sheet, caller, kept=self._default))
        return render.answer(request, 200, "Collection deleted", {}, code=render.OK, headers=render.bind(kept.bookmark))


def _read_name(request: Request, name: str) -> str:
    sent = request.headers.getlist(name)
    if len(sent) != 1 or not _PRINTED.match(sent[0]):
        raise HeaderMalformed(f"The header {name} must be sent once, with 1 to 255 printable ASCII characters")
    return sent[0]


def _read_least(query: Mapping[str, str]) -> Right:
    try:
        return Right.read(query.get("minPermission", Right.READONLY.wire))
    except ValueError:
        raise QueryMalformed("The parameter minPermission must be readonly, readwrite, admin or owner") from None


def _list_names(asked: wire.AmendedCollection) -> dict[str, str]:
    named = {"vaultName": asked.vaultName, "accountName": asked.accountName}
    sent = {name: value for name, value in named.items() if isinstance(value, str)}
    return {"collectionName": asked.collectionName, **sent}


def _list_settings(asked: wire.AmendedCollection) -> Fields | None:
    """The settings that were sent; None where there are none to change."""
    return None if asked.settings is UNSET else msgspec.to_builtins(asked.settings)


def _answer_kept(request: Request, caller: Caller, kept: Kept) -> Response:
    headers = render.bind(kept.bookmark)
    return render.answer(request, 200, "Success", _show(caller, kept.sheet), code=render.OK, headers=headers)


def _show(caller: Caller, sheet: Sheet) -> wire.Collection:
    """A collection of any origin: one that was not made here has its id for a name, and neither vault nor account."""
    details: Mapping[str, Any] = sheet.details
    held = caller.right_among(sheet.grants)
    assert held is not None, "who sees a collection holds a right on it"
    settings = {name: sheet.settings.get(name, usual) for name, usual in DEFAULT_SETTINGS.items()}
    return wire.Collection(
        id=sheet.id,
        collectionId=sheet.id,
        collectionName=details.get("collectionName", sheet.id),
        **{name: details.get(name) for name in NAMES},
        settings=msgspec.convert(settings, wire.CollectionSettings),
        permission=msgspec.convert(held.wire, wire.Permission),
    )
