"""The whole state of a space, from either store, in one comparable form.

What two stores may choose freely is renamed to what it stands for: minted ids to their place in the order of creation,
ordinals to (name of the space that gave it, place). Everything else has to be equal.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.core.constraints import fingerprint, pair_key
from app.core.identity import space_name
from app.core.model import Commit, EntityRecord, Relationship
from app.graph import documents
from app.graph.connection import Connection
from app.graph.facts import read_space
from tests.memory import MemoryStore, live

ORDINALS = 1 << 40

WHOLE_SPACE = """
MATCH (space:Space {id: $space})
RETURN space {.*} AS space,
  COLLECT { MATCH (r:Relationship) WHERE r.key STARTS WITH $prefix
    RETURN [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document] } AS relationships,
  COLLECT { MATCH (r:Relationship) WHERE r.key STARTS WITH $prefix
    RETURN [r.key, r.s, r.t, r.frozen, r.pairKey] } AS records,
  COLLECT { MATCH (v:Version) WHERE v.recordKey STARTS WITH $prefix
    RETURN [v.recordKey, v.version, v.seq, v.document] } AS versions,
  COLLECT { MATCH (c:Commit {space: $space})
    RETURN [c.last, c.count, c.at, c.by, c.requestId, c.transactionId, c.changes] } AS commits,
  COLLECT { MATCH (t:Term) WHERE t.key STARTS WITH $prefix RETURN [t.key, t.kind, t.name, t.live] } AS terms,
  COLLECT { MATCH (a:Entity)-[e]->(b:Entity) WHERE a.key STARTS WITH $prefix
    RETURN [a.key, b.key, type(e), e.id] } AS edges,
  COLLECT { MATCH (e:Entity) WHERE e.key STARTS WITH $prefix
    RETURN [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
      e.deletedAt IS NOT NULL AND EXISTS { (e)--() }] } AS entities,
  COLLECT { MATCH (e:Entity) WHERE e.key STARTS WITH $prefix RETURN [e.key, labels(e)] } AS labels,
  COLLECT { MATCH (g:Grant {space: $space}) RETURN [g.principal, g.right] } AS grants
"""

Photo = dict[str, Any]


async def photograph_graph(connection: Connection, space: str) -> Photo | None:
    """Everything that the graph holds of a space; None where there is none."""
    name = space_name(space)
    async with connection.session("read") as session:
        result = await session.run(WHOLE_SPACE, space=space, prefix=f"{name.prefix}:")
        rows = [record async for record in result]
    return _develop(rows[0].data()) if rows else None


def _develop(row: Mapping[str, Any]) -> Photo:
    state = replace(read_space(row["space"]), write="")
    found = [documents.read_relationship(stored) for stored in row["relationships"]]
    return {
        "state": state,
        "grants": dict(row["grants"]),
        "relationships": {r.id: r for r in found},
        "records": {key.partition(":")[2]: rest for key, *rest in row["records"]},
        "versions": _by_version(
            documents.read_version(key.partition(":")[2], version, document)
            for key, version, _, document in row["versions"]
            if not key.endswith(":entity")
        ),
        "declarations": sorted(
            (key.removesuffix(":entity"), documents.read_earlier_declaration(document))
            for key, _, _, document in row["versions"]
            if key.endswith(":entity")
        ),
        "commits": sorted((_read_commit(stored) for stored in row["commits"]), key=lambda commit: commit.last),
        "types": {name: live for _, kind, name, live in row["terms"] if kind == "relationship"},
        "entity types": sorted(name for _, kind, name, _ in row["terms"] if kind == "entity"),
        "edges": sorted(map(tuple, row["edges"])),
        "entities": {stored[0]: documents.read_entity(stored) for stored in row["entities"]},
        "labels": {key: sorted(labels) for key, labels in row["labels"]},
    }


def _read_commit(stored: list[Any]) -> Commit:
    last, count, at, by, request_id, transaction_id, packed = stored
    changes = documents.read_changes(packed)
    assert (last, count) == (changes[-1].seq, len(changes)), "a commit is not what its changes say"
    return Commit(changes, at, documents.read_author(json.loads(by)), request_id, transaction_id)


def _by_version(found: Any) -> dict[tuple[str, int], Relationship]:
    return {(r.id, r.version): r for r in found}


def photograph_memory(store: MemoryStore, space: str) -> Photo | None:
    """The same from the store in memory, with what the graph keeps beside it worked out from the rules."""
    held = store.spaces.get(space)
    if held is None:
        return None
    name = space_name(space)
    entities = {key: _entity(store, key) for key in store.entities_by_key if key.startswith(f"{name.prefix}:")}
    ends = {r.id: name.end_keys(r) for r in held.relationships.values()}
    ordinal = {key: record.n for key, record in store.entities_by_key.items()}
    return {
        "state": held.state,
        "grants": {principal: right.wire for principal, right in held.grants.items()},
        "relationships": dict(held.relationships),
        "records": {
            id: [*(ordinal[key] for key in ends[id]), fingerprint(r), pair_key(r, *ends[id])]
            for id, r in held.relationships.items()
        },
        "versions": _by_version(held.versions),
        "declarations": sorted(held.declarations),
        "commits": list(held.commits),
        "types": dict(held.types),
        "entity types": sorted(held.labels),
        "edges": sorted((*ends[r.id], r.type, r.id) for r in live(held)),
        "entities": entities,
        "labels": {key: _labels(store, key, record) for key, record in entities.items()},
    }


def _entity(store: MemoryStore, key: str) -> EntityRecord:
    record = store._entity(key)
    return record._replace(in_use=record.in_use and record.deleted_at is not None)


def _labels(store: MemoryStore, key: str, record: EntityRecord) -> list[str]:
    return sorted(["Entity", documents.label(record.kind)] if key in store.labelled else ["Entity"])


class Names:
    """What one side calls the things that both sides may name freely."""

    def __init__(self, photos: Mapping[str, Photo | None], minted: Collection[str]) -> None:
        self._numbers: dict[int, str] = {}
        self._ids: dict[str, str] = {}
        for space, photo in photos.items():
            if photo is not None:
                self._numbers[photo["state"].number] = space
                made = sorted((r.n, r.id) for r in photo["relationships"].values() if r.id in minted)
                self._ids.update((id, f"minted {place}") for place, (_, id) in enumerate(made))

    def ordinal(self, n: int) -> Any:
        """Which space gave an ordinal, and its place there."""
        return [self._numbers.get(n // ORDINALS, "a space to come"), n % ORDINALS]

    def rename(self, value: Any) -> Any:
        """A value of either store with every free name replaced."""
        if isinstance(value, str):
            return self._ids.get(value, value)
        if isinstance(value, Relationship | EntityRecord):
            return [self.rename(part) for part in value._replace(n=self.ordinal(value.n))]  # type: ignore[arg-type]
        if isinstance(value, Mapping):
            return {str(self.rename(key)): self.rename(part) for key, part in value.items()}
        if isinstance(value, tuple | list):
            return [self.rename(part) for part in value]
        # 1, 1.0 and true are equal in Python and three values in JSON.
        return repr(value) if isinstance(value, bool | float) else value

    def photo(self, photo: Photo | None) -> Photo | None:
        """A photograph in common names."""
        if photo is None:
            return None
        state = photo["state"]
        commits = [[c.changes, c.at, c.by, c.request_id, c.transaction_id] for c in photo["commits"]]
        records = {id: [self.ordinal(s), self.ordinal(t), *rest] for id, (s, t, *rest) in photo["records"].items()}
        facts = {field: getattr(state, field) for field in state.__dataclass_fields__ if field not in HIDDEN}
        renamed = {
            name: self.rename(part)
            for name, part in {**photo, "commits": commits, "records": records}.items()
            if name not in ("state", "edges")
        }
        return {**renamed, "state": facts, "edges": sorted(self.rename(photo["edges"]))}


# The epoch is drawn; the number says which space came first on the whole database.
HIDDEN = ("epoch", "number")


def differences(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Where two comparable values differ, one line each."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        keys = sorted(wanted.keys() | found.keys())
        return [line for key in keys for line in differences(wanted.get(key), found.get(key), f"{path}/{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for place, pair in pairs for line in differences(*pair, f"{path}/{place}")]
    return [] if wanted == found else [f"{path}: wanted {wanted}, found {found}"]
