"""How a page leaves: at once while it is small, in pieces beyond, so that memory does not grow with it (sas 1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from starlette.responses import Response, StreamingResponse

from app.facades.sas import wire
from app.facades.sas.desk import FEW_ITEMS
from app.facades.sas.listing import show_head, show_tail
from app.facades.turns import aside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from app.facades.sas.listing import Paging

T = TypeVar("T")

AT_ONCE: Final = 1_000


async def answer_page(
    paging: Paging, count: int, found: AsyncIterator[Sequence[T]], show: Callable[[Sequence[T]], bytes], media: str
) -> Response:
    """The page whose items come some at a time; ``show`` encodes some, with commas between.

    A page of at most 1,000 items is read before its answer begins, so that it can still fail as a whole.
    """
    headers = {"Content-Type": wire.label(media)}
    whole = _join(paging, count, found, show)
    if min(paging.window.limit, count - paging.window.start) <= AT_ONCE:
        return Response(b"".join([piece async for piece in whole]), headers=headers)
    return StreamingResponse(whole, headers=headers)


async def _join(
    paging: Paging, count: int, found: AsyncIterator[Sequence[T]], show: Callable[[Sequence[T]], bytes]
) -> AsyncIterator[bytes]:
    yield show_head(paging, count)
    comma = b""
    async for some in found:
        if some:
            yield comma + await aside(len(some) > FEW_ITEMS, partial(show, some))
            comma = b","
    yield show_tail(paging, count)
