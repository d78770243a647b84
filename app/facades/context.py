"""What every façade is given when it is mounted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.core.access import Caller
    from app.core.store import Store
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The store to ask, how to know a caller from an ``Authorization`` header, and the settings.

    ``identify`` raises TokenMissing, TokenInvalid or TokenExpired. ``public_url`` is the base of every link, without
    a slash at its end.
    """

    store: Store
    identify: Callable[[str | None], Caller]
    settings: Settings
    public_url: str
