"""Consistency tokens: states of the store as a text that clients carry, checked before anything is asked."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from app.core.errors import BookmarkInvalid

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_STATES: Final = 16
LONGEST: Final = 4096
_CHECK_BYTES: Final = 4


def write_states(names: Collection[str]) -> str:
    """The store's names of some states as an opaque text of letters, digits, ``-`` and ``_``."""
    raw = json.dumps(sorted(names)).encode()
    return urlsafe_b64encode(_check(raw) + raw).decode().rstrip("=")


def read_states(text: str) -> frozenset[str]:
    """The names in such a text. Raises BookmarkInvalid for any other text; asks nobody."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) <= LONGEST else b""
        check, raw = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        if _check(raw) != check:
            raise BookmarkInvalid
        names = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BookmarkInvalid from error
    if not isinstance(names, list) or len(names) > MOST_STATES or not all(_is_name(name) for name in names):
        raise BookmarkInvalid
    return frozenset(names)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isascii()


def _check(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=_CHECK_BYTES).digest()
