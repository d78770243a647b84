"""What every façade is given when it is mounted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.core.signing import Signer
from app.facades.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.core.access import Caller
    from app.core.signing import Keys
    from app.core.store import Store
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The store to ask, how to know a caller from an ``Authorization`` header, and the settings.

    ``identify`` raises TokenMissing, TokenInvalid or TokenExpired. ``public_url`` is the base of every link, without
    a slash at its end. Large requests that are answered when all of theirs is stored take ``turns``, two at a time.
    """

    store: Store
    identify: Callable[[str | None], Caller]
    settings: Settings
    public_url: str
    keys: Keys = (None,)
    turns: Turns = field(default_factory=lambda: Turns(2))

    async def signer(self) -> Signer:
        """Signs what clients carry for us, under the ``keys``."""
        own = await self.store.secret() if None in self.keys else b""
        return Signer(*(own if key is None else key for key in self.keys))
