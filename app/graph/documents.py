"""How records, entities and commits are stored: which parts are properties, and how the rest becomes one document.

A document is JSON without blanks. Authors are lists that lose their empty tail, ends likewise, so that ten thousand
relationships of one request don't carry ten thousand empty fields.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from app.core.model import Author, Change, Commit, Declaration, End, Entity, EntityRecord, Relationship, Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Relationship(msgspec.Struct, array_like=True, gc=False):
    """The document of a relationship: what is cut off at its end is as here."""

    policy: str
    source: End
    target: End
    by: Author = Author()
    fields: dict[str, Any] = {}
    modified: Stamp | None = None
    name: str | None = None


class _Entity(msgspec.Struct, array_like=True, gc=False):
    """The document of an entity: what is cut off at its end is as here."""

    created_at: int
    by: Author = Author()
    fields: dict[str, Any] | None = None
    modified: Stamp | None = None
    said: list[Any] | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_relationship = msgspec.json.Decoder(_Relationship).decode
_decode_entity = msgspec.json.Decoder(_Entity).decode
# A thousand relationships are made at a time: a named tuple's own constructor would take half of it.
_make = tuple.__new__

# Labels of ours: an entity's own type label never equals one of them.
OWN_LABELS = frozenset(
    {
        *("Space", "Counter", "Entity", "Relationship", "Version", "Commit", "Term", "Grant", "Secret", "SavedQuery"),
        *("Job", "JobPart", "JobOutcome", "JobQueue", "JobTally", "Migration", "MigrationLock"),
    }
)


def label(type: str) -> str:
    """The label for an entity's type. A type named like a label of ours, with or without underscores behind, gets one more."""
    return f"{type}_" if type.rstrip("_") in OWN_LABELS else type


def read_label(label: str) -> str:
    """The type whose label this is."""
    return label[:-1] if label.endswith("_") and label.rstrip("_") in OWN_LABELS else label


def _trim(values: Sequence[Any]) -> Sequence[Any]:
    end = len(values)
    while end and not values[end - 1]:
        end -= 1
    return values[:end]


@lru_cache(maxsize=256)  # ten thousand relationships of one request have one author
def write_author(author: Author) -> Sequence[Any]:
    """An author as a list without empty tail."""
    return _trim(author)


def read_author(stored: list[Any]) -> Author:
    """The author of such a list."""
    return Author(*stored)


def _write_end(end: End) -> Sequence[Any]:
    return end[:4] if end.space is None else end


def write_pair(one: tuple[str, str], other: tuple[str, str]) -> str:
    """A pair of kinds (domain, type) as the name of a term."""
    return _encode([*one, *other]).decode()


def read_pair(name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The pair of such a name."""
    a, b, c, d = _decode(name)
    return (a, b), (c, d)


def spell(*parts: str) -> str:
    """How the first parts of an entity's identity stand in the documents of its relationships."""
    return _encode(parts).decode()[:-1] + ","


def write_relationship(relationship: Relationship) -> str:
    """What of a relationship is not a property of its record."""
    r = relationship
    rest: list[Any] = [r.policy, _write_end(r.source), _write_end(r.target), write_author(r.created.by), r.fields]
    if r.name is not None or r.modified != r.created:
        rest += [None if r.modified == r.created else [r.modified.at, write_author(r.modified.by)], r.name]
    return _encode(_trim(rest)).decode()


def read_relationship(row: Sequence[Any]) -> Relationship:
    """The relationship of a row: key, n, type, version, seq, createdAt, deletedAt, document."""
    key, n, type, version, seq, created_at, deleted_at, document = row
    rest = _decode_relationship(document)
    _, _, id = key.partition(":")
    created = _make(Stamp, (created_at, rest.by))
    modified = rest.modified or created
    source, target, policy, fields, name = rest.source, rest.target, rest.policy, rest.fields, rest.name
    return _make(
        Relationship,
        (id, type, source, target, policy, fields, version, seq, n, created, modified, deleted_at, name),
    )


def write_version(relationship: Relationship) -> str:
    """A whole relationship, for the node that keeps a replaced version."""
    r = relationship
    return _encode([r.n, r.type, r.seq, r.created.at, r.deleted_at, write_relationship(r)]).decode()


def read_version(id: str, version: int, document: str) -> Relationship:
    """The relationship that such a node keeps."""
    n, type, seq, created_at, deleted_at, rest = _decode(document)
    return read_relationship([f":{id}", n, type, version, seq, created_at, deleted_at, rest])


def write_entity(record: EntityRecord) -> str:
    """What of an entity is not a property of its node."""
    if record.modified is record.created and not record.fields and record.declaration is None:
        return _write_mention(record.created)
    modified = None if record.modified == record.created else [record.modified.at, write_author(record.modified.by)]
    said = None if record.declaration is None else _list_declaration(record.declaration)
    rest = [record.created.at, write_author(record.created.by), record.fields or None, modified, said]
    return _encode(_trim(rest)).decode()


@lru_cache(maxsize=256)  # as many entities of one request are only mentioned
def _write_mention(stamp: Stamp) -> str:
    return _encode(_trim([stamp.at, write_author(stamp.by)])).decode()


def _list_declaration(declaration: Declaration) -> list[Any]:
    at, by = declaration.modified
    return [declaration.fields, declaration.version, declaration.seq, at, write_author(by), declaration.deleted_at]


def version_key(key: str) -> str:
    """Under which the earlier states of an entity are kept: a relationship's id may equal an entity's."""
    return f"{key}:entity"


def write_declaration(declaration: Declaration) -> str:
    """A whole declaration, for the node that keeps a replaced version."""
    return _encode(_list_declaration(declaration)).decode()


def read_declaration(stored: Sequence[Any]) -> Declaration:
    """The declaration of such a list."""
    fields, version, seq, at, by, deleted_at = stored
    return Declaration(fields, version, seq, Stamp(at, Author(*by)), deleted_at)


def read_earlier_declaration(document: str) -> Declaration:
    """The declaration that such a node keeps."""
    return read_declaration(_decode(document))


def read_entity(row: Sequence[Any]) -> EntityRecord:
    """The record of a row: key, n, domain, type, id, version, seq, declared, recordedAt, deletedAt, document, in use."""
    _, n, domain, type, id, version, seq, declared, recorded_at, deleted_at, document, in_use = row
    rest = _decode_entity(document)
    created = _make(Stamp, (rest.created_at, rest.by))
    said = read_declaration(rest.said) if rest.said else None
    stamps = created, rest.modified or created
    told = rest.fields or {}, declared, version, seq or 0, deleted_at, in_use, said
    return _make(EntityRecord, (_make(Entity, (domain, type, id)), n, recorded_at, *stamps, *told))


def write_changes(commit: Commit) -> bytes:
    """The changes of a commit, compressed; their numbers follow from the first."""
    rows = [change[1:] for change in commit.changes]
    return zlib.compress(_encode([commit.changes[0].seq, rows]), 1)


def read_changes(packed: bytes) -> tuple[Change, ...]:
    """The changes that were packed."""
    first, rows = cast("tuple[int, list[list[Any]]]", _decode(zlib.decompress(packed)))
    return tuple(Change(first + index, *row) for index, row in enumerate(rows))


def read_commit(row: Sequence[Any]) -> Commit:
    """The commit of a row: at, by, request, transaction, packed changes."""
    at, by, request_id, transaction_id, packed = row
    return Commit(read_changes(packed), at, read_author(_decode(by)), request_id, transaction_id)
