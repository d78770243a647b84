"""The statement that writes a plan, its rows, and what the database must say it did."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

from app.core.declare import declaration_fingerprint
from app.core.rules import fingerprint, pair_key
from app.core.words import name_of
from app.graph import documents, pieces
from app.graph.connection import RowsUnexpected
from app.graph.facts import ENTITY, RELATIONSHIP, term_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import AsyncTransaction

    from app.core.ledger import Ledger, Plan
    from app.core.model import Commit, Declaration, EntityRecord, Relationship, SpaceState
    from app.graph.connection import Connection

    Row = list[Any]
    Rows = dict[str, Any]
    Places = defaultdict[str, int]

PAIR = "pair"
GUEST = "guest"


async def write_plan(connection: Connection, transaction: AsyncTransaction, plan: Plan, rows: Rows) -> None:
    """Writes a plan by its rows. Raises RowsUnexpected when the database did anything but that."""
    wanted = _expected(plan, rows)
    done = Counter(dict.fromkeys(wanted, 0))
    for piece in pieces.cut(rows, pieces.MOST):
        result = await connection.run(transaction, "space/write", plan=piece)
        record = await result.single(strict=True)
        counters = (await result.consume()).counters
        piece.clear()
        done.update(record.data())
        done.update(nodes=counters.nodes_created, edges=counters.relationships_created)
        done["edges gone"] += counters.relationships_deleted
    # Of what was noticed, the database knows what is new.
    wanted |= {"noticed": done["noticed"], "nodes": wanted["nodes"] + done["noticed"]}
    if dict(done) != wanted:
        raise RowsUnexpected(f"wrote {dict(done)}, planned {wanted}")


def _expected(plan: Plan, rows: Rows) -> dict[str, int]:
    """What the database must say, but for what it knows to be noticed already."""
    counted = (
        *("entities", "guests", "adopted", "declared", "promoted", "redeclared"),
        *("created", "replaced", "parted", "joined"),
    )
    lists = {name: len(rows[name]) for name in counted}
    nodes = (
        len(plan.new_entities)
        + len(plan.created)
        + len(plan.versions)
        + len(plan.earlier_declarations)
        + len(plan.commits)
        + len(plan.new_types)
        + len(plan.new_labels)
    )
    return {
        **lists,
        "nodes": nodes,
        "edges": lists["created"] + lists["joined"],
        "edges gone": lists["parted"],
    }


def list_rows(ledger: Ledger, plan: Plan, write: str) -> Rows:
    """A plan as the statement takes it; ``write`` names this one try to carry it out."""
    things = _things(plan)
    # The statement has the nodes that it creates at hand, in their order; only the others are looked up.
    at_hand = len(things["entities"])
    places: Places = defaultdict(count(at_hand).__next__)
    places.update((row[0], index) for index, row in enumerate(things["entities"]))
    created = [_created(ledger, relationship, places) for relationship in plan.created]
    replaced = [_replaced(ledger, after, places) for _, after in plan.replaced]
    parted, joined = _edges(ledger, plan, places)
    return {
        "space": ledger.space.id,
        "write": write,
        "state": _state(plan.space, write),
        "types": [
            *(
                [term_key(ledger.name, RELATIONSHIP, type), RELATIONSHIP, type, step]
                for type, step in plan.types.items()
            ),
            *([term_key(ledger.name, ENTITY, type), ENTITY, type, 0] for type in plan.new_labels),
        ],
        **things,
        "created": created,
        "replaced": replaced,
        "parted": parted,
        "joined": joined,
        "versions": [
            *(_version(ledger, relationship) for relationship in plan.versions),
            *(_earlier_declaration(key, earlier) for key, earlier in plan.earlier_declarations),
        ],
        "commits": [_commit(commit) for commit in plan.commits],
        "noticed": _notice(ledger, plan),
        "ends": list(places)[at_hand:],
    }


def _notice(ledger: Ledger, plan: Plan) -> list[Row]:
    """Terms that are kept from their first occurrence on: pairs of kinds, and the other spaces whose entities are ends."""
    written = [*plan.created, *(after for _, after in plan.replaced)]
    pairs = {(r.source.entity[:2], r.target.entity[:2]) for r in written}
    guests = {end.space for r in written for end in (r.source, r.target) if end.space is not None}
    names = [(PAIR, documents.write_pair(*pair)) for pair in {(min(pair), max(pair)) for pair in pairs}]
    names += [(GUEST, guest) for guest in guests]
    return [[term_key(ledger.name, kind, name), kind, name] for kind, name in names]


def _things(plan: Plan) -> dict[str, list[Row]]:
    """The rows of entities: those that are only mentioned, and those that were ever declared."""
    new, changed = plan.new_entities, plan.changed_entities
    labels = {type: [documents.label(type)] for type in plan.labels}
    undeclared = [(key, record) for key, record in new if record.declaration is None]
    return {
        "entities": [_entity(key, r, labels) for key, r in undeclared if r.recorded_at is not None],
        "guests": [_entity(key, r, labels) for key, r in undeclared if r.recorded_at is None],
        "declared": [_declared(key, r) for key, r in new if r.declaration is not None],
        "adopted": [
            [key, r.recorded_at, r.deleted_at, r.version, documents.write_entity(r), name_of(r)]
            for key, r in changed
            if r.declaration is None
        ],
        "promoted": [_declared(key, r) for key, r in changed if key in plan.first_declared],
        "redeclared": [
            _declared(key, r) for key, r in changed if r.declaration is not None and key not in plan.first_declared
        ],
    }


def _state(space: SpaceState, write: str) -> dict[str, Any]:
    return {
        "write": write,
        "seq": space.seq,
        "ordinal": space.ordinal,
        "relationships": space.relationships,
        "entities": space.entities,
        "relationshipTypes": space.relationship_types,
        "entityTypes": space.entity_types,
        "lastCreatedAt": space.last_at,
    }


def _entity(key: str, record: EntityRecord, labels: Mapping[str, list[str]]) -> Row:
    entity = record.entity
    return [
        key,
        labels.get(entity.type, []),
        record.n,
        *entity,
        record.version,
        record.recorded_at,
        documents.write_entity(record),
        name_of(record),
    ]


def _declared(key: str, record: EntityRecord) -> Row:
    """The row of an entity with a declaration; before its name stands the label it had while it was only mentioned."""
    declaration = record.declaration
    assert declaration is not None, "the caller has looked"
    return [
        key,
        documents.label(declaration.type),
        record.n,
        *record.entity,
        record.version,
        record.recorded_at,
        record.deleted_at,
        documents.write_entity(record),
        declaration_fingerprint(declaration),
        record.declared,
        declaration.seq,
        documents.label(record.entity.type),
        name_of(record),
    ]


def _earlier_declaration(key: str, earlier: Declaration) -> Row:
    return [documents.version_key(key), earlier.version, earlier.seq, documents.write_declaration(earlier)]


def _created(ledger: Ledger, r: Relationship, places: Places) -> Row:
    source, target = ledger.ends(r)
    return [
        places[source],
        places[target],
        r.type,
        r.id,
        ledger.name.record_key(r.id),
        r.n,
        fingerprint(r),
        pair_key(r, source, target),
        r.seq,
        r.created.at,
        documents.write_relationship(r),
        r.version,
    ]


def _replaced(ledger: Ledger, r: Relationship, places: Places) -> Row:
    source, target = ledger.ends(r)
    return [
        ledger.name.record_key(r.id),
        fingerprint(r),
        places[source],
        places[target],
        r.type,
        pair_key(r, source, target),
        r.version,
        r.seq,
        r.deleted_at,
        documents.write_relationship(r),
    ]


def _edges(ledger: Ledger, plan: Plan, places: Places) -> tuple[list[Row], list[Row]]:
    """The edges to part and to join, for relationships whose ends, type or life changed."""
    parted, joined = [], []
    for before, after in plan.replaced:
        was, now = _edge(ledger, before), _edge(ledger, after)
        if was != now:
            parted += [[*was, before.id]] if was else []
            joined += [[places[now[0]], places[now[1]], now[2], after.id]] if now else []
    return parted, joined


def _edge(ledger: Ledger, relationship: Relationship) -> tuple[str, str, str] | None:
    return (*ledger.ends(relationship), relationship.type) if relationship.live else None


def _version(ledger: Ledger, relationship: Relationship) -> Row:
    key = ledger.name.record_key(relationship.id)
    return [key, relationship.version, relationship.seq, documents.write_version(relationship)]


def _commit(commit: Commit) -> Row:
    return [
        commit.last,
        len(commit.changes),
        commit.at,
        json.dumps(documents.write_author(commit.by)),
        commit.request_id,
        commit.transaction_id,
        documents.write_changes(commit),
    ]
