"""Continuation and sync tokens: what they hold, sealed, as the characters that this wire allows (autodesk 8, 9.2)."""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from app.core.criteria import Criteria
from app.core.replicate import Marker
from app.core.signing import SealBroken, Signer
from app.core.store import Position

SYNC: Final = "autodesk sync 2"
WALK: Final = "autodesk {} 2"
_START = struct.Struct(">Q16s16s")
_ORDINAL = struct.Struct(">Q")
_NOWHERE = bytes(16)


class TokenUnusable(Exception):
    """A token that was not made by us, or not for this."""


class Continuation(NamedTuple):
    """The place behind which a walk goes on, and the position of the space before its first page."""

    place: str | int
    start: Position


@dataclass(frozen=True, slots=True)
class Walk:
    """The continuation tokens of one operation, container and criteria: no others are read."""

    signer: Signer
    operation: str
    container: str
    criteria: Criteria

    def write(self, continuation: Continuation) -> str:
        """At most 176 decimal digits, the first not 0."""
        place, (seq, epoch, write) = continuation
        packed = _ORDINAL.pack(place) if isinstance(place, int) else uuid.UUID(place).bytes
        start = _START.pack(seq, _pack(epoch), _pack(write))
        sealed = self.signer.seal(WALK.format(self.operation), self._bound(), start + packed)
        return str(int.from_bytes(sealed))

    def read(self, token: str) -> Continuation:
        """Raises TokenUnusable."""
        number = int(token)
        try:
            content = self.signer.unseal(
                WALK.format(self.operation), self._bound(), number.to_bytes((number.bit_length() + 7) // 8)
            )
        except SealBroken:
            raise TokenUnusable from None
        seq, epoch, write = _START.unpack_from(content)
        packed = content[_START.size :]
        place = _ORDINAL.unpack(packed)[0] if len(packed) == _ORDINAL.size else str(uuid.UUID(bytes=packed))
        return Continuation(place, Position(seq, _unpack(epoch), _unpack(write)))

    def _bound(self) -> bytes:
        return msgspec.json.encode([self.container, self.criteria.write()])


def _pack(id: str) -> bytes:
    return uuid.UUID(id).bytes if id else _NOWHERE


def _unpack(packed: bytes) -> str:
    return "" if packed == _NOWHERE else str(uuid.UUID(bytes=packed))


def write_sync(signer: Signer, container: str, marker: Marker) -> str:
    """A marker as letters, digits, ``-`` and ``_``."""
    criteria, position, copied = marker
    content = zlib.compress(msgspec.json.encode([criteria.write(), *position, copied]), 6)
    return signer.write(SYNC, container.encode(), content)


def read_sync(signer: Signer, container: str, token: str) -> Marker:
    """The marker that ``write_sync`` wrote for this container. Raises TokenUnusable."""
    try:
        content = signer.read(SYNC, container.encode(), token)
    except SealBroken:
        raise TokenUnusable from None
    written, seq, epoch, write, copied = msgspec.json.decode(zlib.decompress(content))
    return Marker(Criteria.read(written), Position(seq, epoch, write), copied)
