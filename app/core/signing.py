"""What a client carries for us, signed, so that only what we made comes back."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = b"\x01"
MARK_BYTES: Final = 16

Keys: TypeAlias = tuple[bytes | None, ...]
"""Keys in the order of their use; None stands for the store's own."""


class SealBroken(ValueError):
    """Bytes that were not sealed under a key in use for this purpose, or an unknown version of the format."""


class Signer:
    """Seals bytes for one ``purpose``, ``bound`` to what is not in them.

    The first key seals; what any of them has sealed is taken, so that keys can be changed without harm to clients.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys: Sequence[bytes] = keys

    def seal(self, purpose: str, bound: bytes, content: bytes) -> bytes:
        """``content`` with a version before it and a mark behind it: 17 bytes more. Equal arguments, equal seals."""
        return VERSION + content + _mark(self._keys[0], purpose, bound, content)

    def unseal(self, purpose: str, bound: bytes, sealed: bytes) -> bytes:
        """The content. Raises SealBroken for anything but what ``seal`` made of it, to the last bit."""
        content, mark = sealed[1:-MARK_BYTES], sealed[-MARK_BYTES:]
        marks = [_mark(key, purpose, bound, content) for key in self._keys]
        if sealed[:1] != VERSION or not any(hmac.compare_digest(mark, each) for each in marks):
            raise SealBroken
        return content

    def write(self, purpose: str, bound: bytes, content: bytes) -> str:
        """What ``seal`` makes, as letters, digits, ``-`` and ``_``."""
        return _spell(self.seal(purpose, bound, content))

    def read(self, purpose: str, bound: bytes, text: str) -> bytes:
        """The content. Raises SealBroken for any text but the one that ``write`` made of it, to the last bit."""
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            raise SealBroken from None
        if _spell(sealed) != text:
            raise SealBroken  # a second spelling of the same bytes
        return self.unseal(purpose, bound, sealed)


def _spell(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def _mark(key: bytes, purpose: str, bound: bytes, content: bytes) -> bytes:
    lengths = b"%s:%d:%d:" % (purpose.encode(), len(bound), len(content))
    return hmac.digest(key, VERSION + lengths + bound + content, hashlib.sha256)[:MARK_BYTES]
