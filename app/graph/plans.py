"""The statement that writes a plan, its rows in pieces, and what the database must say it did."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from itertools import count
from typing import TYPE_CHECKING, Any

from app.core.constraints import fingerprint, pair_key
from app.core.declare import declaration_fingerprint
from app.core.words import name_of
from app.graph import documents, pieces
from app.graph.connection import RowsUnexpected
from app.graph.facts import ENTITY, RELATIONSHIP, term_key, write_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neo4j import AsyncResult, AsyncTransaction

    from app.core.ledger import Ledger, Plan
    from app.core.model import Commit, Declaration, EntityRecord, Relationship, SpaceState
    from app.graph.connection import Connection
    from app.graph.unspelled import Unspelled

    Row = list[Any]
    Rows = dict[str, Any]
    Places = defaultdict[str, int]

PAIR = "pair"
GUEST = "guest"


async def write_plan(
    connection: Connection, transaction: AsyncTransaction, plan: Plan, worded: Iterable[Unspelled]
) -> None:
    """Writes a plan by its pieces. Raises RowsUnexpected when the database did anything but that."""
    wanted, done = Counter(nodes=_count_nodes(plan)), Counter[str]()
    under_way: deque[AsyncResult] = deque()
    for piece in worded:
        wanted.update(_expected(piece))
        try:
            under_way.append(await connection.run(transaction, "space/write", plan=piece))
        finally:
            piece.clear()
        # One is on its way, and the next is worded, while the database writes another.
        if len(under_way) > 1:
            done.update(await _counted(under_way.popleft()))
    for result in under_way:
        done.update(await _counted(result))
    # Of what was noticed, the database knows what is new.
    wanted.update(noticed=done["noticed"], nodes=done["noticed"])
    if done != wanted:
        raise RowsUnexpected(f"wrote {dict(done)}, planned {dict(wanted)}")


async def _counted(result: AsyncResult) -> dict[str, int]:
    """What the database says that it did for one piece."""
    record = await result.single(strict=True)
    counters = (await result.consume()).counters
    return {
        **record.data(),
        "nodes": counters.nodes_created,
        "edges": counters.relationships_created,
        "edges gone": counters.relationships_deleted,
    }


def _expected(piece: Rows) -> dict[str, int]:
    """What the database must say, but for nodes, and for what it knows to be noticed already."""
    counted = (
        *("entities", "guests", "adopted", "declared", "promoted", "redeclared"),
        *("created", "replaced", "parted", "joined"),
    )
    lists = {name: len(piece[name]) for name in counted}
    return {**lists, "edges": lists["created"] + lists["joined"], "edges gone": lists["parted"]}


def _count_nodes(plan: Plan) -> int:
    """How many nodes a plan creates, but for what the database knows to be noticed already."""
    return (
        len(plan.new_entities)
        + len(plan.created)
        + len(plan.versions)
        + len(plan.earlier_declarations)
        + len(plan.commits)
        + len(plan.new_types)
        + len(plan.new_labels)
    )


def cut_plan(ledger: Ledger, plan: Plan, write: str) -> Iterator[Unspelled]:
    """A plan as the statement takes it, in pieces, each worded when its turn comes; ``write`` names this one try."""
    labels = {type: [documents.label(type)] for type in plan.labels}
    for piece in pieces.cut(_outline(ledger, plan, write), pieces.MOST):
        for kind in ("entities", "guests"):
            piece[kind] = [_entity(key, record, labels) for key, record in piece[kind]]
        piece["created"] = [_created(ledger, *row) for row in piece["created"]]
        piece["replaced"] = [_replaced(ledger, *row) for row in piece["replaced"]]
        yield piece


def _outline(ledger: Ledger, plan: Plan, write: str) -> Rows:
    """The rows of a plan, those of which there may be thousands not worded yet."""
    things = _things(plan)
    # The statement has the nodes that it creates at hand, in their order; only the others are looked up.
    at_hand = len(things["entities"])
    places: Places = defaultdict(count(at_hand).__next__)
    places.update((row[0], index) for index, row in enumerate(things["entities"]))
    created = [_place(ledger, r, places) for r in plan.created]
    replaced = [_place(ledger, after, places) for _, after in plan.replaced]
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


def _place(ledger: Ledger, r: Relationship, places: Places) -> Row:
    source, target = ledger.ends(r)
    return [places[source], places[target], r]


def _notice(ledger: Ledger, plan: Plan) -> list[Row]:
    """Terms that are kept from their first occurrence on: pairs of kinds, and the other spaces whose entities are ends."""
    written = [*plan.created, *(after for _, after in plan.replaced)]
    pairs = {(r.source[:2], r.target[:2]) for r in written}
    guests = {end.space for r in written for end in (r.source, r.target) if end.space is not None}
    names = [(PAIR, documents.write_pair(*pair)) for pair in {(min(pair), max(pair)) for pair in pairs}]
    names += [(GUEST, guest) for guest in guests]
    return [[term_key(ledger.name, kind, name), kind, name] for kind, name in names]


def _things(plan: Plan) -> dict[str, list[Row]]:
    """The rows of entities: those that are only mentioned, not worded yet, and those that were ever declared."""
    new, changed = plan.new_entities, plan.changed_entities
    undeclared = [(key, record) for key, record in new if record.declaration is None]
    return {
        "entities": [[key, r] for key, r in undeclared if r.recorded_at is not None],
        "guests": [[key, r] for key, r in undeclared if r.recorded_at is None],
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
        "pairs": write_rule(space),
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


def _created(ledger: Ledger, source: int, target: int, r: Relationship) -> Row:
    return [
        source,
        target,
        r.type,
        r.id,
        ledger.name.record_key(r.id),
        r.n,
        fingerprint(r),
        pair_key(r, *ledger.ends(r)),
        r.seq,
        r.created.at,
        documents.write_relationship(r),
        r.version,
    ]


def _replaced(ledger: Ledger, source: int, target: int, r: Relationship) -> Row:
    return [
        ledger.name.record_key(r.id),
        fingerprint(r),
        source,
        target,
        r.type,
        pair_key(r, *ledger.ends(r)),
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
