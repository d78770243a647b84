"""Who is who: ids, keys and the spellings by which one format names another's entities.

The rules are common to the contracts (autodesk 5, apollo 4.4, sas 1.3-1.7). Everything here is a pure function of its
arguments, so a key can be computed before anything is stored.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from app.core.model import Entity

if TYPE_CHECKING:
    from app.core.model import End, Relationship

PRODUCT = uuid.UUID("6f0b9f52-3c1d-5d0e-9a41-7b1c54a7c0de")
SAS_FOREIGN = "/tercet/entities/"
APOLLO_FOREIGN = "urn:tercet:"
PART_LIMITS = (128, 128, 2048)
STEPS = 1_000
_LOW = (1 << 62) - 1

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
# A digit that holds the two highest bits of a UUID's variant, by the digit that a digest has there.
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*\Z")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


def read_uuid(text: str) -> str | None:
    """The canonical lower-case form of a hyphenated UUID in any letter case; None for any other text."""
    return text.lower() if _UUID.match(text) else None


def name_uuid(namespace: bytes, name: str) -> str:
    """UUIDv5 of ``name``, as text; a third of the cost of ``uuid.uuid5``."""
    h = hashlib.sha1(namespace + name.encode(), usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


@dataclass(frozen=True, slots=True)
class SpaceName:
    """A space's names: the id that callers use, its UUID (a namespace), and the short prefix of its keys.

    All follow from the id, so entities of a space can be named before the space exists. Two spaces of equal prefix
    can't both be created: the database's constraint on the prefix refuses the second.
    """

    id: str
    uuid: str
    prefix: str
    namespace: bytes

    def record_key(self, id: str) -> str:
        """The key of the relationship with this core UUID."""
        return f"{self.prefix}:{id}"

    def keys_behind(self, id: str) -> dict[str, str]:
        """The run of this space's keys behind that of an id ("": of all): behind one key, and before another."""
        return {"after": self.record_key(id), "end": f"{self.prefix};"}  # ``;`` is the sign after ``:``

    def entity_key(self, entity: Entity) -> str:
        """The key of an entity: prefix and the UUIDv5 of its SAS spelling."""
        return f"{self.prefix}:{_name_entity(self.namespace, entity)}"

    def end_keys(self, relationship: Relationship) -> tuple[str, str]:
        """The keys of both ends of a relationship of this space; either may be of another."""
        return self._end_key(relationship.source), self._end_key(relationship.target)

    def _end_key(self, end: End) -> str:
        return (self if end.space is None else space_name(end.space)).entity_key(end.entity)

    def entity_id(self, entity: Entity) -> str:
        """The UUID of an entity's key: its SAS reference id (sas 1.7)."""
        return _name_entity(self.namespace, entity)

    def relationship_id(self, text: str) -> str:
        """The core UUID of an id as a format spells it: a canonical UUID is itself (apollo 4.4)."""
        return text if _CANONICAL.match(text) else name_uuid(self.namespace, text)


@lru_cache(maxsize=4096)
def space_name(id: str) -> SpaceName:
    """The names of the space with this id (apollo 4.4: a canonical UUID is its own)."""
    own = id if read_uuid(id) == id else str(uuid.uuid5(PRODUCT, id))
    namespace = uuid.UUID(own).bytes
    digest = hashlib.blake2b(namespace, digest_size=6).digest()
    return SpaceName(id, own, base64.urlsafe_b64encode(digest).decode(), namespace)


@lru_cache(maxsize=16_384)  # A large request names an entity in several parts, its answer names it again: some 5 MB.
def _name_entity(namespace: bytes, entity: Entity) -> str:
    return name_uuid(namespace, sas_spelling(entity))


def sas_spelling(entity: Entity) -> str:
    """The URI by which the SAS format shows an entity (sas 1.5, 1.6)."""
    domain, type, id = entity
    if domain == "sas" and type == "resource":
        return id
    return f"{_foreign_kind(SAS_FOREIGN, domain, type, '/')}{_escape(id)}"


def apollo_spelling(entity: tuple[str, str, str]) -> str:
    """The id by which the Apollo format shows an entity, given by its domain, type and id (apollo 4.4)."""
    domain, type, id = entity
    if domain == "apollo" and type == "entity":
        return id
    return f"{_foreign_kind(APOLLO_FOREIGN, domain, type, ':')}{_escape(id)}"


@lru_cache(maxsize=1024)
def _foreign_kind(prefix: str, domain: str, type: str, between: str) -> str:
    return f"{prefix}{_escape(domain)}{between}{_escape(type)}{between}"


def _escape(part: str) -> str:
    return part if _UNRESERVED.match(part) else quote(part, safe="")


class SpellingInvalid(ValueError):
    """A foreign spelling that names nothing, or names an entity by a second identity."""


def read_sas_uri(uri: str) -> Entity:
    """The entity that a URI string names (sas 1.6); any other number of parts is an ordinary URI.

    Raises SpellingInvalid for broken escapes, and for a triple that is itself another entity's foreign spelling.
    """
    parts = uri[len(SAS_FOREIGN) :].split("/") if uri.startswith(SAS_FOREIGN) else []
    if len(parts) != 3 or not all(parts):
        return Entity("sas", "resource", uri)
    return _decoded(parts)


def read_apollo_id(id: str) -> Entity:
    """The entity that an Apollo id names (apollo 4.4).

    Raises SpellingInvalid for an id that begins ``urn:tercet:`` and isn't three sound parts, or is a second identity.
    """
    if not id.startswith(APOLLO_FOREIGN):
        return Entity("apollo", "entity", id)
    parts = id[len(APOLLO_FOREIGN) :].split(":")
    if len(parts) != 3 or not all(parts):
        raise SpellingInvalid(id)
    return _decoded(parts)


def _decoded(parts: list[str]) -> Entity:
    try:
        entity = Entity(*(_decode(part) for part in parts))
    except UnicodeDecodeError as error:
        raise SpellingInvalid from error
    if any(not part or len(part) > limit for part, limit in zip(entity, PART_LIMITS, strict=True)):
        raise SpellingInvalid
    if is_second_identity(entity):
        raise SpellingInvalid
    return entity


def _decode(part: str) -> str:
    if _BROKEN_ESCAPE.search(part):
        raise SpellingInvalid(part)
    text = unquote_to_bytes(part).decode()
    if "\0" in text:
        raise SpellingInvalid(part)
    return text


_SECOND = {
    ("apollo", "entity"): re.compile(r"urn:tercet:[^:]+:[^:]+:[^:]+\Z", re.DOTALL),
    ("sas", "resource"): re.compile(r"/tercet/entities/[^/]+/[^/]+/[^/]+\Z", re.DOTALL),
}


def is_second_identity(entity: Entity) -> bool:
    """Whether the triple's id is another entity's foreign spelling (autodesk 5): one entity must not get two identities."""
    pattern = _SECOND.get((entity.domain, entity.type))
    return pattern is not None and pattern.match(entity.id) is not None


def id_of(key: str) -> str:
    """The id in a key, of whatever space: a relationship's core UUID, an entity's ref."""
    return key.partition(":")[2]


class Minter:
    """Makes UUIDv7 ids whose text order is the order in which this minter made them, whatever the clock does.

    Several threads may ask.
    """

    __slots__ = ("_head", "_last", "_lock", "_steps")

    def __init__(self) -> None:
        self._last = 0
        self._head = -1, ""
        self._steps: list[int] = []
        self._lock = threading.Lock()

    def mint(self) -> str:
        """A new id: milliseconds of now, then 74 bits that only grow within a millisecond."""
        with self._lock:
            now, last = time.time_ns() // 1_000_000, self._last
            last = now << 74 | secrets.randbits(73) if now > last >> 74 else last + 1 + self._step()
            self._last = last
        low = f"{0b10 << 62 | last & _LOW:016x}"
        return f"{self._spell_head(last >> 62)}{low[:4]}-{low[4:]}"

    def _spell_head(self, high: int) -> str:
        """Milliseconds and the bits behind them: what a thousand ids begin with is spelled once."""
        known, head = self._head
        if known != high:
            h = f"{high:015x}"
            head = f"{h[:8]}-{h[8:12]}-7{h[12:]}-"
            self._head = high, head
        return head

    def _step(self) -> int:
        """32 random bits, drawn in lots: each draw asks the operating system."""
        if not self._steps:
            self._steps = list(memoryview(secrets.token_bytes(4 * STEPS)).cast("I"))
        return self._steps.pop()
