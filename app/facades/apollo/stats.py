"""How many live objects of which types a collection has (apollo 6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core import ontology
from app.core.errors import SpaceUnknown
from app.facades.apollo import headers, render, wire
from app.facades.apollo.desk import Desk

if TYPE_CHECKING:
    from app.core.survey import Tally
    from app.facades.context import Context

PATH: Final = "/apollo/er/ercollections/{collection}/stats"
ASSETS: Final = "Equipment"
SPACES: Final = "Location"


def route(context: Context) -> APIRouter:
    """The read with its path."""
    router = APIRouter(tags=["stats"])
    router.add_api_route(PATH, _Stats(context).read, methods=["GET"], summary="Count the objects of a collection")
    return router


class _Stats:
    def __init__(self, context: Context) -> None:
        self._desk = Desk(context)
        self._store = context.store

    async def read(self, request: Request) -> Response:
        collection = request.path_params["collection"]
        caller = self._desk.identify(request, "getStats")
        caller.require("apollo_read")
        reading = headers.read_reading_of(request, collection)
        if not headers.is_collection_id(collection):
            raise SpaceUnknown(collection)
        sight = await self._desk.look(caller, reading)
        tally = await self._store.tally(collection, bookmark=reading.bookmark)
        return render.answer_found(request, [show(tally, sight.brick_version)])


def show(tally: Tally, brick_version: str) -> wire.Stats:
    """The counts; a class belongs to the assets or to the spaces by its root in the catalogue (apollo 13.1)."""
    roots = {type: _find_root(type, brick_version) for type in tally.entities}
    summary = wire.Totals(
        Entities=sum(tally.entities.values()),
        Relationships=sum(tally.relationships.values()),
        Assets=sum(live for type, live in tally.entities.items() if roots[type] == ASSETS),
        Spaces=sum(live for type, live in tally.entities.items() if roots[type] == SPACES),
    )
    return wire.Stats(summary, dict(sorted(tally.entities.items())), dict(sorted(tally.relationships.items())))


def _find_root(type: str, brick_version: str) -> str | None:
    root = ontology.place(type, brick_version).root
    return root and root.partition("__")[2]
