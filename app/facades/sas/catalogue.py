"""What the service is, what it offers, and its types: documents that no space changes (sas 11, 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.facades.sas import media, parameters, wire
from app.facades.sas.desk import Desk, answer

if TYPE_CHECKING:
    from app.facades.context import Context


class Catalogue(Desk):
    """Operations that need a token with the read scope only, and ignore the space (sas 2)."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._root = msgspec.json.encode(wire.ROOT_DOCUMENT)

    async def show_root(self, request: Request) -> Response:
        """The links of sas 12."""
        caller = self.identify(request, "root")
        label = media.choose_answer(request.headers, wire.API)
        parameters.read_query(request.scope)
        caller.require(wire.READ_SCOPE)
        return answer(self._root, label)
