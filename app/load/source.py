"""Files of items: JSON lines or one JSON array each, plain or gzip."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Struct

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ENTITIES: Final = "entities"
RELATIONSHIPS: Final = "relationships"
# In the order in which they are sent: relationships find their ends declared.
KINDS: Final = (ENTITIES, RELATIONSHIPS)

_GZIP = b"\x1f\x8b"
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


class FileUnusable(ValueError):
    """A file that can't be read, or is an array that is no JSON."""


class Item(NamedTuple):
    """One item as it stands in its file. ``kind`` None: it can't be told, or ``raw`` is no JSON object."""

    kind: str | None
    raw: bytes
    place: str


class _Sketch(Struct):
    """As much of an item as tells its kind."""

    entityType: Any = UNSET  # noqa: N815 the names are the wire's
    relationshipType: Any = UNSET  # noqa: N815
    sourceEntityId: Any = UNSET  # noqa: N815


_SKETCH = msgspec.json.Decoder(_Sketch)


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one load: how many items of each kind they hold, and what tells this content from other."""

    files: tuple[Path, ...]
    counts: Counter[str | None]
    digest: str

    @classmethod
    def scan(cls, files: Sequence[Path]) -> Source:
        """Reads every file once. Raises FileUnusable and OSError before anything is sent."""
        digest = hashlib.sha256()
        counts: Counter[str | None] = Counter()
        for path in files:
            for item in _read(path):
                counts[item.kind] += 1
                digest.update(len(item.raw).to_bytes(8, "big") + item.raw)
        return cls(tuple(files), counts, digest.hexdigest())

    def items(self, kind: str | None) -> Iterator[Item]:
        """All items of a kind, in the order of the files."""
        return (item for path in self.files for item in _read(path) if item.kind == kind)


def _read(path: Path) -> Iterator[Item]:
    with path.open("rb") as plain:
        packed = plain.read(2) == _GZIP
        plain.seek(0)
        if not packed:
            yield from _read_stream(path, plain)
            return
        with gzip.GzipFile(fileobj=plain) as unpacked:
            try:
                yield from _read_stream(path, unpacked)
            except (EOFError, gzip.BadGzipFile) as error:
                raise FileUnusable(f"{path}: {error}") from error


def _read_stream(path: Path, stream: io.BufferedIOBase) -> Iterator[Item]:
    first = stream.read(1)
    while first.isspace():
        first = stream.read(1)
    if first == b"[":
        yield from _read_array(path, first + stream.read())
        return
    number = 1
    line = first + stream.readline()
    while line:
        if line.strip():
            yield _sketch(line.strip(), f"{path}:{number}")
        line, number = stream.readline(), number + 1


def _read_array(path: Path, text: bytes) -> Iterator[Item]:
    """An array is held in memory as a whole; lines are not."""
    try:
        raws = _RAWS.decode(text)
    except msgspec.DecodeError as error:
        raise FileUnusable(f"{path} is no JSON array: {error}") from error
    for index, raw in enumerate(raws):
        yield _sketch(bytes(raw), f"{path}[{index}]")


def _sketch(raw: bytes, place: str) -> Item:
    try:
        found = _SKETCH.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Item(None, raw, place)
    if found.relationshipType is not UNSET or found.sourceEntityId is not UNSET:
        return Item(RELATIONSHIPS, raw, place)
    return Item(ENTITIES if found.entityType is not UNSET else None, raw, place)
