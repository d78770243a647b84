"""A request's body, read under a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.facades.faults import BodyTooLarge

if TYPE_CHECKING:
    from starlette.requests import Request


def check_declared_size(request: Request, limit: int) -> None:
    """Raise BodyTooLarge when Content-Length promises more than ``limit`` bytes; reads nothing."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
        raise BodyTooLarge(limit)


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, at most ``limit`` bytes of it.

    Raises BodyTooLarge before anything is read if the declared length is beyond the limit, and otherwise as soon as
    more has come; starlette's ClientDisconnect when the sender leaves, which ``mount`` answers with silence.
    """
    check_declared_size(request, limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
