"""How a page leaves: at once while it is small, in pieces beyond, so that memory does not grow with it (sas 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse

from app.facades.sas import wire
from app.facades.sas.listing import show_head, show_tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.facades.sas.listing import Paging

AT_ONCE: Final = 1_000


async def answer_page(paging: Paging, count: int, pieces: AsyncIterator[bytes], media: str) -> Response:
    """The page whose encoded items come in ``pieces``, each of them items with commas between.

    A page of at most 1,000 items is read before its answer begins, so that it can still fail as a whole.
    """
    headers = {"Content-Type": wire.label(media)}
    whole = _join(paging, count, pieces)
    if min(paging.window.limit, count - paging.window.start) <= AT_ONCE:
        return Response(b"".join([piece async for piece in whole]), headers=headers)
    return StreamingResponse(whole, headers=headers)


async def _join(paging: Paging, count: int, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield show_head(paging, count)
    comma = b""
    async for piece in pieces:
        if piece:
            yield comma + piece
            comma = b","
    yield show_tail(paging, count)
