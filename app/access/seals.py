"""The keys under which we sign what clients carry for us: continuation and sync tokens."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from app.access.files import keep_secret

if TYPE_CHECKING:
    from app.core.signing import Keys
    from app.settings import Settings

KEY_FILE: Final = "token-key"
FROM_GRAPH: Final = "graph"


def seal_keys(settings: Settings) -> Keys:
    """Those of ``TERCET_TOKEN_KEYS``; without them, one in the data folder beside an embedded database, else the graph's.

    A key that does not live in the graph outlives it: tokens of a database that was made anew are understood, and begin
    a new copy. Raises OSError when the data folder can't be used.
    """
    if settings.token_keys:
        return tuple(None if word == FROM_GRAPH else word.encode() for word in settings.token_keys)
    if settings.neo4j_uri is None:
        return (keep_secret(settings.data_dir / KEY_FILE, lambda: secrets.token_urlsafe(32).encode()),)
    return (None,)
