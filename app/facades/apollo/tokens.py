"""Continuation tokens: places in a list, sealed for that list (apollo 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core.signing import SealBroken, Signer
from app.facades.apollo.headers import HeaderMalformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.model import Json

PURPOSE: Final = "apollo {}"


@dataclass(frozen=True, slots=True)
class Walk:
    """The tokens of one operation over one collection with these filters: no others are read."""

    signer: Signer
    operation: str
    collection: str
    criteria: Sequence[Json] = ()

    def write(self, place: Json) -> str | None:
        """The token of a place: at most 1,024 letters, digits, ``-`` and ``_``. None for none."""
        if place is None:
            return None
        return self.signer.write(PURPOSE.format(self.operation), self._bound(), msgspec.json.encode(place))

    def read(self, token: str | None) -> Any:
        """The place of a token; None for none. Raises HeaderMalformed for a token of another walk."""
        if token is None:
            return None
        try:
            return msgspec.json.decode(self.signer.read(PURPOSE.format(self.operation), self._bound(), token))
        except SealBroken:
            raise HeaderMalformed("The continuation token is not one of this list") from None

    def _bound(self) -> bytes:
        return msgspec.json.encode([self.collection, *self.criteria])
