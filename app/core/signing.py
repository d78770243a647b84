"""What a client carries for us, signed, so that only what we made comes back."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

VERSION: Final = b"\x01"
MARK_BYTES: Final = 16


class SealBroken(ValueError):
    """Bytes that this signer did not seal for this purpose, or an unknown version of the format."""


class Signer:
    """Seals bytes under one key, for one ``purpose``, ``bound`` to what is not in them."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, purpose: str, bound: bytes, content: bytes) -> bytes:
        """``content`` with a version before it and a mark behind it: 17 bytes more. Equal arguments, equal seals."""
        return VERSION + content + self._mark(purpose, bound, content)

    def unseal(self, purpose: str, bound: bytes, sealed: bytes) -> bytes:
        """The content. Raises SealBroken for anything but what ``seal`` made of it, to the last bit."""
        content, mark = sealed[1:-MARK_BYTES], sealed[-MARK_BYTES:]
        if sealed[:1] != VERSION or not hmac.compare_digest(mark, self._mark(purpose, bound, content)):
            raise SealBroken
        return content

    def _mark(self, purpose: str, bound: bytes, content: bytes) -> bytes:
        lengths = b"%s:%d:%d:" % (purpose.encode(), len(bound), len(content))
        return hmac.digest(self._key, VERSION + lengths + bound + content, hashlib.sha256)[:MARK_BYTES]
