"""Proves on the data that the graph is sound, by walking all of it page by page: memory does not grow with the records.

Every live record has exactly its edge. With that proven for each record, an edge too many shows in the database's
own count of edges, and only then the edges are walked as well. Kept versions are proven in the same way.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from app.core.constraints import fingerprint, pair_key
from app.core.declare import declaration_fingerprint
from app.core.rules import POLICIES
from app.core.words import name_of
from app.graph import documents, schema
from app.graph.findings import Fault, Report
from app.graph.recount import Labels, Ordinals, Recount, Stored

if TYPE_CHECKING:
    from app.core.model import Change, EntityRecord, Relationship
    from app.graph.connection import Connection

    Row = Sequence[Any]

PAGE = 2000
COMMITS = 20
TRIES = 3
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, msgspec.MsgspecError, zlib.error)


async def check(connection: Connection, *, page: int = PAGE) -> Report:
    """What was counted and what is wrong. Data that is written meanwhile may look wrong: it is looked at anew, up to
    three times, and then the report says that it was disturbed. Raises StoreAway."""
    for _ in range(TRIES):
        walk = Walk(connection, page)
        report = await walk.walk()
        if report.ok or not report.disturbed:
            break
    return report


class Record(NamedTuple):
    """A record as it is stored; the first eight are the row of a document."""

    key: str
    n: int
    type: str
    version: int
    seq: int
    created_at: int
    deleted_at: int | None
    document: str
    frozen: int
    pair_key: str | None
    s: int
    t: int
    kept: int

    @property
    def live(self) -> bool:
        """Whether it must have an edge."""
        return self.deleted_at is None


class Thing(NamedTuple):
    """An entity as it is stored; ``row`` is that of its document."""

    row: Row
    labels: list[str]
    frozen: int | None
    kept: int
    name: str | None

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.row[0])

    @property
    def n(self) -> int:
        """Its ordinal."""
        n = self.row[1]
        if not isinstance(n, int):
            raise TypeError("an entity without ordinal")
        return n


class Walk:
    """One walk through everything."""

    def __init__(self, connection: Connection, page: int) -> None:
        self._connection = connection
        self._page = page
        self._report = Report()
        self._spaces: dict[str, Recount] = {}
        self._ordinals = Ordinals({})
        self._labels = Labels(self._report)

    async def walk(self) -> Report:
        """The report."""
        report = self._report
        await self._schema()
        await self._read_spaces()
        totals = (await self._connection.read("check/totals"))[0]
        matched = await self._records()
        await self._terms()
        await self._entities()
        self._labels.compare()
        for recount in self._spaces.values():
            await self._chain(recount)
        for recount in self._spaces.values():
            recount.compare(report)
        await self._strays(totals, matched)
        report.disturbed = await self._moved()
        return report

    async def _schema(self) -> None:
        self._report.counted["constraints and indexes"] = len(schema.declared())
        for difference in await schema.drift(self._connection):
            self._report.add(Fault.SCHEMA, difference)

    async def _pages(self, name: str, column: str) -> AsyncIterator[list[Row]]:
        """The pages of a statement that walks by key, the first value of its rows."""
        after = ""
        while True:
            rows: list[Row] = (await self._connection.read(name, after=after, limit=self._page))[0][column]
            if not rows:
                return
            yield rows
            after = str(rows[-1][0])

    async def _read_spaces(self) -> None:
        async for rows in self._pages("check/spaces", "spaces"):
            for stored in (Stored(*row) for row in rows):
                self._report.counted["spaces"] += 1
                if None in stored:
                    self._report.add(Fault.UNREADABLE, f"space {stored.id}")
                else:
                    self._spaces[stored.prefix] = Recount.of(stored)
        self._ordinals = Ordinals({r.stored.number: r.stored.ordinal for r in self._spaces.values()})

    async def _moved(self) -> bool:
        """Whether a space changed since its node was read."""
        known = {recount.stored.id: recount.stored.seq for recount in self._spaces.values()}
        now = {row[0]: row[4] async for rows in self._pages("check/spaces", "spaces") for row in rows}
        return now != known

    async def _records(self) -> int:
        """Looks at every record; how many of them have the edge that they should."""
        matched = 0
        async for rows in self._pages("check/records", "records"):
            ends: list[tuple[Record, Relationship, Row]] = []
            for record in (Record(*row) for row in rows):
                self._report.counted["records"] += 1
                recount = self._spaces.get(record.key.partition(":")[0])
                if recount is None:
                    self._report.add(Fault.STRAY_RECORD, record.key)
                    continue
                try:
                    ends.append((record, *self._record(recount, record)))
                except UNREADABLE as error:
                    self._report.add(Fault.UNREADABLE, f"{record.key}: {type(error).__name__}")
            matched += await self._edges(ends)
        return matched

    def _record(self, recount: Recount, record: Record) -> tuple[Relationship, Row]:
        """Looks at what a record says by itself; the relationship and the keys, type and id of its edge.

        Raises one of UNREADABLE for a record that nobody can read.
        """
        report = self._report
        recount.states += record.version
        recount.kept += record.kept
        recount.latest = max(recount.latest, record.created_at)
        if record.live:
            recount.relationships += 1
            recount.types[record.type] += 1
            report.counted["live records"] += 1
        if record.kept != record.version - 1:
            report.add(Fault.VERSION, f"{record.key}: version {record.version}, {record.kept} earlier ones kept")
        if (wrong := self._ordinals.see(record.n)) is not None:
            report.add(Fault.ORDINAL, f"{record.key}: {wrong}")
        relationship = documents.read_relationship(record[:8])
        source, target = recount.name.end_keys(relationship)
        if fingerprint(relationship) != record.frozen:
            report.add(Fault.FROZEN, record.key)
        if (pair := pair_key(relationship, source, target)) != record.pair_key:
            report.add(Fault.PAIR, f"{record.key}: has {record.pair_key}, {relationship.policy} wants {pair}")
        if recount.rule not in (None, rule := POLICIES[relationship.policy].pairs):
            report.add(
                Fault.PAIR, f"{record.key}: goes by {rule.name}, {recount.stored.id} says {recount.stored.pairs}"
            )
        return relationship, [source, target, record.type, relationship.id]

    async def _edges(self, ends: Sequence[tuple[Record, Relationship, Row]]) -> int:
        rows = [row for _, _, row in ends]
        found = (await self._connection.read("check/edges", rows=rows))[0]["edges"]
        matched = 0
        for (record, relationship, _), (s, t, edges) in zip(ends, found, strict=True):
            if (s, t) != (record.s, record.t):
                self._report.add(Fault.ENDS, f"{record.key}: says {record.s}, {record.t}, its ends have {s}, {t}")
            if record.live and await self._has_its_edge(record, relationship.id, edges):
                matched += 1
            elif record.live:
                self._report.add(Fault.EDGE, f"{record.key}: {edges} edges")
        return matched

    async def _has_its_edge(self, record: Record, id: str, edges: int) -> bool:
        """Records of several spaces may have one id and the same ends: then each has an edge."""
        if edges < 2:
            return edges == 1
        named: dict[str, Any] = {"id": id, "type": record.type, "s": record.s, "t": record.t}
        rows = await self._connection.read("check/twins", prefixes=list(self._spaces), **named)
        return bool(rows[0]["records"] == edges)

    async def _entities(self) -> None:
        async for rows in self._pages("check/entities", "entities"):
            for row in rows:
                try:
                    self._entity(Thing([*row[:11], False], *row[11:]))
                except UNREADABLE as error:
                    self._report.add(Fault.UNREADABLE, f"entity {row[0]}: {type(error).__name__}")

    def _entity(self, thing: Thing) -> None:
        report = self._report
        report.counted["entities"] += 1
        record = documents.read_entity(thing.row)
        self._label(thing, record)
        if (wrong := self._ordinals.see(thing.n)) is not None:
            report.add(Fault.ORDINAL, f"{thing.key}: {wrong}")
        recount = self._spaces.get(thing.key.partition(":")[0])
        if recount is None:
            # Legal: a relationship of another space may name an entity of a space that is not there yet.
            return
        if recount.name.entity_key(record.entity) != thing.key:
            report.add(Fault.ENTITY, thing.key)
        if thing.name not in (None, name_of(record)):  # what was written before names were kept has none
            report.add(Fault.ENTITY, f"{thing.key}: is found by another name than it has")
        if record.recorded_at is not None:
            recount.latest = max(recount.latest, record.recorded_at)
            recount.entities += record.deleted_at is None
        if record.declaration is not None or thing.frozen is not None:
            self._declaration(recount, thing, record)

    def _label(self, thing: Thing, record: EntityRecord) -> None:
        """What was ever declared has the label of the type it was declared with, whatever its ordinal."""
        own = record.kind
        if set(thing.labels) == {"Entity"} and record.declaration is None:
            self._labels.saw_none(thing.key, thing.n, own)
        elif set(thing.labels) == {"Entity", documents.label(own)}:
            self._labels.saw(thing.key, thing.n, own, later=record.declaration is not None)
        else:
            self._report.add(Fault.LABEL, f"{thing.key}: labels {sorted(thing.labels)}, type {own}")

    def _declaration(self, recount: Recount, thing: Thing, record: EntityRecord) -> None:
        declaration = record.declaration
        if declaration is None or thing.frozen != declaration_fingerprint(declaration):
            self._report.add(Fault.FROZEN, thing.key)
            return
        recount.states += declaration.version
        recount.kept += thing.kept
        if thing.kept != declaration.version - 1 or record.seq != declaration.seq:
            text = f"version {declaration.version} of change {record.seq}, {thing.kept} earlier ones kept"
            self._report.add(Fault.VERSION, f"{thing.key}: {text}")

    async def _chain(self, recount: Recount) -> None:
        """Follows the commits of a space from the first change to the last."""
        after, instant = 0, 0
        while rows := await self._commits(recount, after):
            for last, count, at, packed in rows:
                self._report.counted["commits"] += 1
                changes = self._read_changes(recount, last, packed)
                expected = range(after + 1, last + 1)
                if count != len(expected) or [c.seq for c in changes] != list(expected) or not (at and at >= instant):
                    self._broken(recount, f"commit {last} of {count} changes at {at} follows {after} at {instant}")
                after, instant = last, at or instant
                await self._history(recount, changes)
        if after != recount.stored.seq:
            self._broken(recount, f"ends at {after}, the space is at {recount.stored.seq}")

    async def _commits(self, recount: Recount, after: int) -> list[Row]:
        space = recount.stored.id
        rows = await self._connection.read("check/commits", space=space, after=after, limit=COMMITS)
        # Later ones belong to writers that came after this walk began.
        return [row for row in rows[0]["commits"] if row[0] <= recount.stored.seq]

    def _read_changes(self, recount: Recount, last: int, packed: bytes) -> tuple[Change, ...]:
        try:
            return documents.read_changes(packed)
        except UNREADABLE as error:
            self._report.add(Fault.UNREADABLE, f"{recount.stored.id} commit {last}: {type(error).__name__}")
            return ()

    def _broken(self, recount: Recount, example: str) -> None:
        recount.chained = False
        self._report.add(Fault.CHAIN, f"{recount.stored.id}: {example}")

    async def _history(self, recount: Recount, changes: Sequence[Change]) -> None:
        """Whether records and kept versions are what the changes of a commit say."""
        self._report.counted["changes"] += len(changes)
        told = [change for change in changes if change.kind == "r"]
        recount.told += len(changes)
        for start in range(0, len(told), self._page):
            part = told[start : start + self._page]
            rows = [[recount.name.record_key(change.id), change.version] for change in part]
            states = (await self._connection.read("check/states", rows=rows))[0]["states"]
            for change, state in zip(part, states, strict=True):
                if not self._confirms(change, state):
                    self._report.add(Fault.HISTORY, f"{recount.stored.id} change {change.seq}: {tuple(change)}")

    def _confirms(self, change: Change, state: Row) -> bool:
        version, seq, type, deleted_at, kept_seq, kept = state
        if version == change.version:
            return (seq, type, deleted_at is None) == (change.seq, change.type, change.action != "d")
        if version is None or version < change.version:
            return False
        if kept is None:
            return True  # missed among the record's versions
        try:
            then = documents.read_version(change.id, change.version, kept)
        except UNREADABLE as error:
            self._report.add(Fault.UNREADABLE, f"version {change.version} of {change.id}: {error}")
            return True
        told = (change.seq, change.seq, change.type, change.action != "d")
        return (kept_seq, then.seq, then.type, then.live) == told

    async def _terms(self) -> None:
        async for rows in self._pages("check/terms", "terms"):
            for key, kind, name, live in rows:
                recount = self._spaces.get(key.partition(":")[0])
                self._report.counted["types"] += 1
                if recount is None or key != f"{recount.name.prefix}:{kind}:{name}":
                    self._report.add(Fault.TERM, f"{key}: a type of no space")
                    continue
                recount.terms[kind] += 1
                if kind == "entity":
                    self._labels.grant(recount.stored.number, name)
                counted = recount.types.pop(name, 0) if kind == "relationship" else live
                if counted != live:
                    self._report.add(Fault.TERM, f"{recount.stored.id} {name}: says {live}, recount {counted}")

    async def _strays(self, totals: Any, matched: int) -> None:
        """Looks for what no walk from the records met, if the database counts more than they account for."""
        report, counted = self._report, self._report.counted
        counted["edges"], counted["versions"] = totals["edges"], totals["versions"]
        kinds = (("records", Fault.STRAY_RECORD), ("entities", Fault.ENTITY), ("commits", Fault.CHAIN))
        for what, fault in kinds:
            if totals[what] != counted[what]:
                report.add(fault, f"the graph has {totals[what]} {what}, the walk met {counted[what]}")
        numbers = [recount.stored.number for recount in self._spaces.values()]
        if len(set(numbers)) < len(numbers) or max(numbers, default=0) > (totals["spaces"] or 0):
            report.add(Fault.COUNTER, f"numbers of spaces: {sorted(numbers)[-3:]}, {totals['spaces']} given out")
        if totals["edges"] != matched:
            await self._hunt("check/stray_edges", Fault.STRAY_EDGE, prefixes=list(self._spaces))
        if totals["versions"] != sum(recount.kept for recount in self._spaces.values()):
            await self._hunt("check/stray_versions", Fault.STRAY_VERSION)
        if totals["edges"] != matched and not report.faults:
            report.add(Fault.STRAY_EDGE, f"the graph has {totals['edges']} edges, {matched} belong to records")

    async def _hunt(self, name: str, fault: Fault, **params: Any) -> None:
        after: str | None = ""
        while after is not None:
            row = (await self._connection.read(name, after=after, limit=self._page, **params))[0]
            for example in row["examples"]:
                self._report.add(fault, " ".join(map(str, example)), 0)
            if row["strays"]:
                self._report.faults[fault] += row["strays"]
            after = row["last"]
