"""What the service is, what it offers, and its types: documents that no space changes (sas 11, 12)."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app import __version__
from app.core.browse import Picker, once
from app.core.filters import Member
from app.facades.sas import criteria, listing, media, pages, parameters, wire
from app.facades.sas.desk import Desk, answer
from app.facades.sas.faults import TypeMissing
from app.facades.sas.listing import Paging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.facades.context import Context

_MEMBERS: Final[Mapping[str, Member[wire.Type]]] = {
    "name": Member(criteria.TYPE["name"], attrgetter("name")),
    "label": Member(criteria.TYPE["label"], attrgetter("label")),
    "description": Member(criteria.TYPE["description"], attrgetter("description")),
    "directional": Member(criteria.TYPE["directional"], attrgetter("directional")),
    "partnerLabel": Member(criteria.TYPE["partnerLabel"], attrgetter("partner_label")),
    "partnerDescription": Member(criteria.TYPE["partnerDescription"], attrgetter("partner_description")),
    "version": Member(criteria.TYPE["version"], attrgetter("version")),
}


class Catalogue(Desk):
    """Operations that need a token with the read scope only, and ignore the space (sas 2)."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._root = msgspec.json.encode(wire.ROOT_DOCUMENT)
        self._meta = msgspec.json.encode(wire.show_meta(__version__))
        self._types = {type.name: type for type in wire.SEVEN_TYPES}

    async def show_root(self, request: Request) -> Response:
        """The links of sas 12."""
        return self._show(request, "root", self._root, wire.API)

    async def show_meta(self, request: Request) -> Response:
        """Which build this is."""
        return self._show(request, "api meta", self._meta, wire.API)

    async def list_types(self, request: Request) -> Response:
        """The seven, in their own order unless sorted (sas 11)."""
        caller = self.identify(request, "list types")
        label = media.choose_list_answer(request.headers, wire.TYPE)
        query = parameters.read_query(request.scope)
        window, wanted = listing.read_window(query), criteria.read_criteria(query, criteria.TYPE, default="")
        caller.require(wire.READ_SCOPE)
        picker = Picker(window, attrgetter("name"), wanted.choose(_MEMBERS))
        picker.take(wire.SEVEN_TYPES)
        picked = picker.finish()
        paging = Paging(listing.TYPES, window, (*wanted.first, *wanted.last))
        found = once([self._types[name] for name in picked.ids or ()])
        return _in_english(await pages.answer_page(paging, picked.count, found, _show_types, label))

    async def get_type(self, request: Request) -> Response:
        """One of the seven by its name, letter by letter."""
        caller = self.identify(request, "get type")
        label = media.choose_answer(request.headers, wire.TYPE)
        parameters.read_query(request.scope)
        caller.require(wire.READ_SCOPE)
        name = request.path_params["name"]
        if name not in self._types:
            raise TypeMissing(f"There is no relationship type {name}.")
        return _in_english(answer(msgspec.json.encode(self._types[name]), label))

    def _show(self, request: Request, operation: str, document: bytes, vendor: str) -> Response:
        caller = self.identify(request, operation)
        label = media.choose_answer(request.headers, vendor)
        parameters.read_query(request.scope)
        caller.require(wire.READ_SCOPE)
        return answer(document, label)


def _show_types(types: Sequence[wire.Type]) -> bytes:
    return b",".join(map(msgspec.json.encode, types))


def _in_english(response: Response) -> Response:
    response.headers["Content-Language"] = "en"
    return response
