"""The facts read from the graph plus what this transaction has decided so far.

The judge asks the ledger and writes into it, so that items of one request, and requests gathered into one transaction,
see each other. At the end the ledger is the plan: what to write, and which counters to expect.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.core.facts import EndsUnread, FactsShort
from app.core.identity import id_of, space_name
from app.core.model import Change, Commit, Declaration, End, EntityRecord, Mention, Relationship, SpaceState, Stamp
from app.core.ontology import Checks
from app.core.rules import POLICIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.core.facts import Facts, Pair
    from app.core.model import Author, Entity, Fields
    from app.core.rules import Pairs


@dataclass(frozen=True, slots=True)
class Plan:
    """What one transaction writes. ``replaced`` are (before, after); ``versions`` the states to keep.

    ``types`` are the changes of live counts by relationship type, ``new_types`` those never used before. ``labels`` are
    the entity types that this space may write as labels, ``new_labels`` those it writes for the first time.
    ``earlier_declarations`` are states to keep; ``first_declared`` are keys of stored entities not declared before.
    """

    space: SpaceState
    new_entities: tuple[tuple[str, EntityRecord], ...]
    changed_entities: tuple[tuple[str, EntityRecord], ...]
    created: tuple[Relationship, ...]
    replaced: tuple[tuple[Relationship, Relationship], ...]
    versions: tuple[Relationship, ...]
    commits: tuple[Commit, ...]
    types: Mapping[str, int]
    new_types: frozenset[str]
    labels: frozenset[str]
    new_labels: frozenset[str]
    earlier_declarations: tuple[tuple[str, Declaration], ...] = ()
    first_declared: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.commits or self.new_entities or self.changed_entities)


class Ledger:
    """One transaction's view of one space.

    ``now`` is the instant of everything decided here, never below that of an earlier commit of the space (autodesk 4.2).
    """

    def __init__(self, facts: Facts, *, now: int, mint: Callable[[], str], most_labels: int = 1000) -> None:
        self.space = facts.space
        self.name = space_name(facts.space.id)
        self.checks = Checks.of(facts.space.settings)
        self.now = max(now, facts.space.last_at)
        self.mint = mint
        self._facts = facts
        self._seq = facts.space.seq
        self._ordinal = facts.space.ordinal
        self._stored = dict(facts.relationships) | {link.owner.id: link.owner for link in facts.links.values()}
        self._relationships: dict[str, Relationship] = {}
        self._entities: dict[str, EntityRecord] = {}
        self._used: set[str] = set()
        self._edits = self._closed_edits = self._closed_versions = 0
        self._keys: dict[Entity, str] = dict(facts.keys)
        self._added: defaultdict[Pair, list[str]] = defaultdict(list)
        self._unsorted: list[Relationship] = []
        self._stamp: Stamp | None = None
        self._ends: dict[str, Pair] = {}
        self._versions: list[Relationship] = []
        self._declarations: list[tuple[str, Declaration]] = []
        self._changes: list[Change] = []
        self._commits: list[Commit] = []
        self._types: defaultdict[str, int] = defaultdict(int)
        self._new_types: set[str] = set()
        self._new_labels: set[str] = set()
        self.most_labels = most_labels

    def relationship(self, id: str) -> Relationship | None:
        """The relationship with this id as it is by now, live or deleted."""
        return self._relationships.get(id) or self._stored.get(id)

    def key(self, entity: Entity, space: str | None = None) -> str:
        """The entity's key in this space, or in the ``space`` named."""
        if space is not None:
            return space_name(space).entity_key(entity)
        known = self._keys.get(entity)
        if known is None:
            known = self._keys[entity] = self.name.entity_key(entity)
        return known

    def ends(self, relationship: Relationship) -> Pair:
        """The keys of the entities at both ends of a relationship of this space."""
        known = self._ends.get(relationship.id) if relationship.version == 1 else None
        if known is not None:
            return known
        source, target = relationship.source, relationship.target
        return self.key(source.entity, source.space), self.key(target.entity, target.space)

    def mention_key(self, mention: Mention) -> str:
        """The key that a mention means: its reference id counts before its identity."""
        if mention.reference is not None:
            return self.name.record_key(mention.reference)
        assert mention.entity is not None, "a mention without reference names an entity"
        return self.key(mention.entity, mention.space)

    def entity(self, key: str) -> EntityRecord | None:
        """The entity under this key as it is by now."""
        record = self._recorded(key)
        if record is not None and key in self._used:
            return record._replace(in_use=True)
        return record

    def _recorded(self, key: str) -> EntityRecord | None:
        known, looked = self._entities.get(key) or self._facts.entities.get(key), self._facts.looked
        if known is None and looked is not None and key not in looked:
            raise EndsUnread
        return known

    def reference(self, key: str) -> EntityRecord | None:
        """The entity under this key if it is a reference of the space by now: not deleted, or in use (sas 1.7).

        Raises FactsShort where it is deleted and an earlier request of this transaction did that, or took a
        relationship away from it: whether it is in use was read before.
        """
        record = self.entity(key)
        if record is not None and record.deleted_at is not None and self._use_is_outdated(key, record):
            raise FactsShort
        return record if record is not None and record.is_reference else None

    def _use_is_outdated(self, key: str, record: EntityRecord) -> bool:
        said = record.declaration
        if said is not None and self.space.seq < said.seq <= self._closed:
            return True
        earlier = self._versions[: self._closed_versions]
        return any(key in self.ends(before) for before in earlier)

    def owner(self, source: str, target: str) -> Relationship | None:
        """The live relationship that owns the ordered pair of entity keys: the smallest (creation time, id) (sas 1.9).

        Raises FactsShort when the stored owner left the pair in this transaction and another may stand behind it.
        """
        if self._unsorted:
            self._sort_added()
        added, link = self._added.get((source, target)), self._facts.links.get((source, target))
        if added is None:
            if link is None:
                return None
            if link.owner.id not in self._relationships:
                return link.owner
        rivals = set(added or ())
        if link is not None:
            rivals.add(link.owner.id)
        standing = [r for r in map(self.relationship, rivals) if r is not None and self._joins(r, source, target)]
        if link is not None and link.more and all(r.id != link.owner.id for r in standing):
            raise FactsShort
        return min(standing, key=lambda r: (r.created.at, r.id), default=None)

    def _sort_added(self) -> None:
        """By pair of ends: only policies with a pair rule ask, so it waits until they do."""
        for made in self._unsorted:
            self._added[self.ends(made)].append(made.id)
        self._unsorted.clear()

    def _joins(self, relationship: Relationship, source: str, target: str) -> bool:
        return relationship.live and self.ends(relationship) == (source, target)

    def knows_type(self, type: str) -> bool:
        """Whether any relationship of this type was ever written in the space."""
        return type in self._facts.types or type in self._new_types

    @property
    def type_count(self) -> int:
        """How many distinct relationship types the space has used by now."""
        return self.space.relationship_types + len(self._new_types)

    def stamp(self, by: Author) -> Stamp:
        """Now, by this author."""
        known = self._stamp
        if known is None or known.by is not by:
            known = self._stamp = Stamp(self.now, by)
        return known

    def record_end(self, key: str, mention: Mention, by: Author, *, revive: bool = False) -> End:
        """The end that a mention means, recording its entity if the space has not done so yet.

        ``revive``: a deleted entity becomes live again with new audit stamps, as if recorded anew (sas 1.7).
        """
        known = self._recorded(key)
        if known is None:
            known = self._record_entity(key, mention, by)
        elif known.recorded_at is None and mention.space is None:
            # What only another space named begins here: its reference and audit members are new (sas 1.7, 4.1).
            stamp = self.stamp(by)
            known = self._entities[key] = known._replace(
                recorded_at=self.now, created=stamp, modified=stamp, fields=mention.fields
            )
        elif known.deleted_at is not None and revive:
            stamp = self.stamp(by)
            known = self._entities[key] = known._replace(
                deleted_at=None, created=stamp, modified=stamp, fields=mention.fields, version=known.version + 1
            )
        elif known.deleted_at is not None:
            self._used.add(key)
        recorded_at = known.recorded_at if known.recorded_at is not None else self.now
        return End(*known.entity, recorded_at, mention.space)

    def _record_entity(self, key: str, mention: Mention, by: Author) -> EntityRecord:
        assert mention.entity is not None, "the judge refuses an unknown reference before"
        stamp = self.stamp(by)
        recorded_at = self.now if mention.space is None else None
        record = EntityRecord(mention.entity, self._next_ordinal(), recorded_at, stamp, stamp, mention.fields)
        self._label(mention.entity.type)
        self._entities[key] = record
        return record

    def declare(self, entity: Entity, fields: Fields, by: Author, action: str) -> EntityRecord:
        """Stores the next version of what upserts say of an entity (apollo 5.1); the action d deletes it and its record."""
        key, stamp = self.key(entity), self.stamp(by)
        known = self.entity(key)
        if known is None:
            known = EntityRecord(entity, self._next_ordinal(), self.now, stamp, stamp)
        elif known.recorded_at is None or known.deleted_at is not None:
            known = known._replace(
                recorded_at=known.recorded_at or self.now, created=stamp, modified=stamp, in_use=False
            )
        before, version, at = known.declaration, 1, self.now
        if before is None:
            self._label(str(fields["entityType"]))
        else:
            self._declarations.append((key, before))
            version, at = before.version + 1, max(self.now, before.modified.at + 1)
        deleted_at = self.now if action == "d" else None
        made = Declaration(fields, version, self._next_seq(), Stamp(at, by), deleted_at)
        self._changes.append(Change(made.seq, "e", id_of(key), action, version, made.type))
        known = known._replace(declaration=made, declared=deleted_at is None, deleted_at=deleted_at)
        self._entities[key] = known
        return known

    def label_fits(self, type: str) -> bool:
        """Whether the space has used this entity type before, or may use one more (apollo 5.6)."""
        known = type in self._facts.labels or type in self._new_labels
        return known or self.space.entity_types + len(self._new_labels) < self.most_labels

    def _label(self, type: str) -> None:
        """Labels are tokens that the database never gives back: a space that has used up its own writes no new ones."""
        if type not in self._facts.labels and type not in self._new_labels and self.label_fits(type):
            self._new_labels.add(type)

    def create(
        self,
        *,
        id: str,
        type: str,
        source: End,
        target: End,
        policy: str,
        fields: Fields,
        by: Author,
        ends: Pair,
        name: str | None = None,
    ) -> Relationship:
        """Stores a relationship that was not there; ``ends`` are the keys of its source and target."""
        stamp = self.stamp(by)
        made = Relationship(
            id,
            type,
            source,
            target,
            policy,
            fields,
            1,
            self._next_seq(),
            self._next_ordinal(),
            stamp,
            stamp,
            None,
            name,
        )
        self._ends[id] = ends
        self._count(type, +1)
        self._note(made, "c")
        return made

    def replace(self, before: Relationship, after: Relationship, by: Author, action: str = "u") -> Relationship:
        """Stores the next version of a relationship; its audit instant strictly grows (sas 8.2)."""
        stamp = Stamp(max(self.now, before.modified.at + 1), by)
        made = after._replace(version=before.version + 1, seq=self._next_seq(), modified=stamp)
        self._versions.append(before)
        if before.live:
            self._count(before.type, -1)
        if made.live:
            self._count(made.type, +1)
        self._note(made, action)
        return made

    def retire(self, before: Relationship, by: Author) -> Relationship:
        """Deletes softly: the record stays, the edge goes, the pair is free.

        Raises FactsShort for one that this transaction created: a record is born live.
        """
        if before.id not in self._stored:
            raise FactsShort
        return self.replace(before, before._replace(deleted_at=self.now), by, "d")

    def _note(self, made: Relationship, action: str) -> None:
        id = made.id
        self._relationships[id] = made
        if made.deleted_at is None:
            self._unsorted.append(made)
        self._changes.append(Change(made.seq, "r", id, action, made.version, made.type))

    def _count(self, type: str, step: int) -> None:
        if step > 0 and not self.knows_type(type):
            self._new_types.add(type)
        self._types[type] += step

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _next_ordinal(self) -> int:
        self._ordinal += 1
        return self.space.number << 40 | self._ordinal

    def describe(self, record: EntityRecord, fields: Fields, by: Author) -> EntityRecord:
        """Gives a recorded entity other fields; takes no number, since only relationships do (apollo 12)."""
        return self._edit(record._replace(fields=fields), by)

    def record(self, entity: Entity, fields: Fields, by: Author) -> EntityRecord:
        """Records an entity for itself, or brings a deleted one back, as if recorded anew."""
        key = self.key(entity)
        self.record_end(key, Mention(entity, fields=fields), by, revive=True)
        self._edits += 1
        return self._entities[key]

    def forget(self, record: EntityRecord, by: Author) -> EntityRecord:
        """Deletes an entity softly."""
        return self._edit(record._replace(deleted_at=self.now), by)

    def _edit(self, record: EntityRecord, by: Author) -> EntityRecord:
        made = record._replace(version=record.version + 1, modified=Stamp(max(self.now, record.modified.at + 1), by))
        self._entities[self.key(record.entity)] = made
        self._edits += 1
        return made

    def is_used(self, key: str) -> bool:
        """Whether a live relationship has the entity as an end. ``Needs.used`` must name it.

        Raises FactsShort when this transaction changed a relationship: it may have been one at this entity.
        """
        if self._relationships:
            raise FactsShort
        return key in self._facts.used

    @property
    def touched(self) -> bool:
        """Whether anything was decided since the last commit was closed."""
        return self._seq != self._closed or self._edits != self._closed_edits

    @property
    def _closed(self) -> int:
        return self._commits[-1].last if self._commits else self.space.seq

    def close(self, by: Author, request_id: str | None, transaction_id: str | None) -> None:
        """Ends one request: its changes become one commit."""
        self._closed_edits, self._closed_versions = self._edits, len(self._versions)
        if self._changes:
            self._commits.append(Commit(tuple(self._changes), self.now, by, request_id, transaction_id))
            self._changes = []

    def plan(self) -> Plan:
        """What to write."""
        stored = self._stored
        known = self._facts.entities
        fresh = tuple(row for row in self._entities.items() if row[0] not in known)
        changed = tuple(row for row in self._entities.items() if row[0] in known)
        created = tuple(r for id, r in self._relationships.items() if id not in stored)
        replaced = tuple((stored[id], r) for id, r in self._relationships.items() if id in stored)
        return Plan(
            space=self._after(created),
            new_entities=fresh,
            changed_entities=changed,
            created=created,
            replaced=replaced,
            versions=tuple(self._versions),
            commits=tuple(self._commits),
            types={type: step for type, step in self._types.items() if step or type in self._new_types},
            new_types=frozenset(self._new_types),
            labels=self._facts.labels | self._new_labels,
            new_labels=frozenset(self._new_labels),
            earlier_declarations=tuple(self._declarations),
            first_declared=frozenset(k for k, r in changed if r.declaration and not known[k].declaration),
        )

    def _after(self, created: Sequence[Relationship]) -> SpaceState:
        gained = sum(_counts(record) - _counts(self._facts.entities.get(key)) for key, record in self._entities.items())
        return replace(
            self.space,
            exists=True,
            seq=self._seq,
            ordinal=self._ordinal,
            relationships=self.space.relationships + sum(self._types.values()),
            entities=self.space.entities + gained,
            relationship_types=self.type_count,
            entity_types=self.space.entity_types + len(self._new_labels),
            last_at=self.now,
            pairs=self._pair_rule(created),
        )

    def _pair_rule(self, created: Sequence[Relationship]) -> Pairs | None:
        rules: set[Pairs | None] = {POLICIES[policy].pairs for policy in {r.policy for r in created}}
        if self.space.relationship_types:  # so there were some before
            rules.add(self.space.pairs)
        return rules.pop() if len(rules) == 1 else None


def _counts(record: EntityRecord | None) -> int:
    return int(record is not None and record.recorded_at is not None and record.deleted_at is None)
