"""Small bodies of this format: strict JSON of a shape that the wire knows (apollo 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from app.core.errors import ItemInvalid
from app.facades.apollo import headers
from app.facades.body import read_body
from app.facades.strict import parse

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.facades.strict import Json

T = TypeVar("T")
LARGEST_BODY: Final = 1_048_576


class BodyUnusable(ItemInvalid):
    """A body that does not say what its operation needs; the message names the member."""


async def read_object(request: Request) -> dict[str, Json]:
    """The object that the body holds; raises MediaTypeUnusable, BodyTooLarge, JsonFault and BodyUnusable."""
    headers.check_media(request)
    value = parse(await read_body(request, LARGEST_BODY))
    if not isinstance(value, dict):
        raise BodyUnusable("The body must be an object")
    return value


def shape(value: dict[str, Json], type: type[T]) -> T:
    """What an object says in a shape of the wire; raises BodyUnusable for unknown members and for unusable values."""
    try:
        return msgspec.convert(value, type)
    except msgspec.ValidationError as error:
        raise BodyUnusable(str(error)) from None
