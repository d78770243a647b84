"""The first statements of a write transaction: lock the space, read what its judge must know, found a space."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import SpaceUnknown
from app.core.facts import Facts, Link, Needs
from app.core.model import SpaceState
from app.core.rules import Pairs
from app.graph import documents
from app.graph.connection import begin
from app.graph.unspelled import Unspelled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Set

    from neo4j import AsyncTransaction, Record

    from app.core.access import Right
    from app.core.facts import Pair
    from app.core.identity import SpaceName
    from app.core.model import Proposal
    from app.graph.connection import Connection

RELATIONSHIP: Final = "relationship"
ENTITY: Final = "entity"
MOST_IN_THE_LOOP: Final = 100
"""To read a stored document takes some 20 µs; nobody else is answered while the event loop reads more of them."""
MANY: Final = 1_000
"""For so many keys a statement of its own that reads without locks is cheaper than locks on all that is not there."""


async def read_facts(
    connection: Connection,
    transaction: AsyncTransaction,
    name: SpaceName,
    needs: Needs,
    *,
    locking: bool = True,
    tell_lock: Callable[[], None] | None = None,
) -> Facts | None:
    """Locks the space and reads what is needed; None when there is no such space.

    ``locking``: what is not there stays so until the transaction ends, in every space. Otherwise only the constraints
    see that another space's transaction has created an entity in the meantime, and only for few keys are there locks.
    ``tell_lock`` is called when the space is locked, if that is before the facts are read.

    Raises SpaceUnknown for a space that was deleted, whatever a view that is a second old may say.
    """
    if not locking and needs.keyed > MANY:
        locked = await lock_space(connection, transaction, name)
        if tell_lock is not None:
            tell_lock()
        return None if locked is None else await _look(connection, transaction, name, needs, locked.pairs)
    return await _ask(connection, transaction, "space/facts", name, needs)


async def glance(connection: Connection, name: SpaceName, needs: Needs) -> Facts | None:
    """What ``read_facts`` finds, under a lock that is let go again at once: for whoever will have nothing to write."""
    wanted = _want("space/facts", name, needs, None)
    rows = await connection.write("space/facts", needs=wanted)
    wanted.clear()
    return await _tell(name, rows[0], needs) if rows else None


async def lock_space(connection: Connection, transaction: AsyncTransaction, name: SpaceName) -> SpaceState | None:
    """Locks the space; None when there is no such space. Raises SpaceUnknown for one that was deleted."""
    record = await (await connection.run(transaction, "space/lock", space=name.id)).single()
    return None if record is None else _read_space(name, record)


async def foresee_facts(connection: Connection, name: SpaceName, needs: Needs) -> Facts | None:
    """What is needed, as it is now, without any lock. Its ends are read last, and may be newer than the space.

    None when there is no such space. Raises SpaceUnknown for one that was deleted.
    """
    async with _unwritten(connection) as transaction:
        return await _look(connection, transaction, name, needs, None)


async def foresee_rest(connection: Connection, name: SpaceName, needs: Needs, known: Facts) -> Facts:
    """The facts with the ends that were not looked up, as they are now, without any lock."""
    async with _unwritten(connection) as transaction:
        return await read_rest(connection, transaction, name, needs, known, locking=False)


@asynccontextmanager
async def _unwritten(connection: Connection) -> AsyncIterator[AsyncTransaction]:
    async with connection.session("write") as session:
        transaction = await begin(session)
        try:
            yield transaction
        finally:
            await transaction.close()


async def _look(
    connection: Connection, transaction: AsyncTransaction, name: SpaceName, needs: Needs, rule: Pairs | None
) -> Facts | None:
    """First all but ends, then those that matter beside it: for so many, that is less than one statement takes.

    ``rule``: what the relationships of the space are known to go by, under its lock.
    """
    asked = replace(needs, proposals=[])
    found = await _ask(
        connection, transaction, "space/look", name, asked, alike=rule is not None and rule is needs.rule
    )
    if found is None or not needs.proposals:
        return found
    matter = await asyncio.to_thread(needs.list_entities, name, found.relationships, found.links)
    found, rest = replace(found, looked=matter), Needs(entities=matter - needs.entities)
    return await _add(connection, transaction, "space/look", name, found, rest) if rest.entities else found


async def read_rest(
    connection: Connection,
    transaction: AsyncTransaction,
    name: SpaceName,
    needs: Needs,
    known: Facts,
    *,
    locking: bool = True,
) -> Facts:
    """The facts with the ends that were not looked up; ``locking``: those that are not there stay so."""
    every = await asyncio.to_thread(needs.list_entities, name)
    statement, rest = "space/facts" if locking else "space/look", Needs(entities=every - (known.looked or frozenset()))
    return await _add(connection, transaction, statement, name, replace(known, looked=None), rest)


async def _add(
    connection: Connection, transaction: AsyncTransaction, statement: str, name: SpaceName, known: Facts, rest: Needs
) -> Facts:
    found = await _ask(connection, transaction, statement, name, rest)
    assert found is not None, "a space that was found does not go away"
    return replace(known, entities={**known.entities, **found.entities})


async def _ask(
    connection: Connection,
    transaction: AsyncTransaction,
    statement: str,
    name: SpaceName,
    needs: Needs,
    *,
    alike: bool | None = None,
) -> Facts | None:
    wanted = _want(statement, name, needs, alike)
    result = await connection.run(transaction, statement, needs=wanted)
    record = await result.single()
    wanted.clear()
    return None if record is None else await _tell(name, record, needs)


def _fold(pairs: Set[Pair]) -> list[Pair]:
    """Of two pairs that are each other turned round one: space/facts tells the links of both."""
    return [(one, other) for one, other in pairs if one <= other or (other, one) not in pairs]


def _want(statement: str, name: SpaceName, needs: Needs, alike: bool | None) -> Unspelled:
    """``alike``: whether all relationships of the space go by the rule of the needs; None: the statement looks itself.

    If so, whatever holds a pair has its key; else links between both ends are looked for.
    """
    pairs = needs.pairs if statement == "space/look" else _fold(needs.pairs.keys())
    return Unspelled(
        space=name.id,
        records=[name.record_key(id) for id in needs.relationships],
        rule=None if needs.rule is None else needs.rule.name,
        pairs=[] if alike else [list(pair) for pair in pairs],
        pairKeys=[] if alike is False else list(set(needs.pairs.values())),
        ends=[_want_ends(name, needs, p) for p in needs.proposals],
        entities=list(needs.entities),
        types=[term_key(name, RELATIONSHIP, type) for type in needs.types],
        used=list(needs.used),
        labels=[term_key(name, ENTITY, type) for type in needs.labels],
    )


def _want_ends(name: SpaceName, needs: Needs, proposal: Proposal) -> list[str]:
    ends = needs.name_ends(name, proposal)
    return ["" if proposal.id is None else name.record_key(proposal.id), *ends, needs.pairs.get(ends, "")]


def _read_space(name: SpaceName, record: Record) -> SpaceState:
    if record["space"]["deletedAt"] is not None:
        raise SpaceUnknown(name.id)
    return read_space(record["space"])


async def _tell(name: SpaceName, record: Record, needs: Needs) -> Facts:
    space = _read_space(name, record)
    if sum(len(record[each]) for each in ("records", "entities", "links", "held")) > MOST_IN_THE_LOOP:
        return await asyncio.to_thread(_read, name, record, space, needs)
    return _read(name, record, space, needs)


def _read(name: SpaceName, record: Record, space: SpaceState, needs: Needs) -> Facts:
    found = {r.id: r for r in map(documents.read_relationship, record["records"])}
    links = {(row[0], row[1]): Link(documents.read_relationship(row[3:]), more=row[2]) for row in record["links"]}
    holders = {row[0]: documents.read_relationship(row[1:]) for row in record["held"]}
    held = {pair: Link(holders[key], more=False) for pair, key in needs.pairs.items() if key in holders}
    linked = held.keys() | links.keys()
    if needs.rule is Pairs.UNORDERED:
        held = {pair: link for pair, link in held.items() if pair == name.end_keys(link.owner)}
    return Facts(
        space=space,
        relationships=found,
        entities={row[0]: documents.read_entity(row) for row in record["entities"]},
        links=links | held,
        types=frozenset(record["types"]),
        used=frozenset(record["used"]),
        labels=frozenset(record["labels"]),
        keys=needs.keys,
        looked=needs.list_entities(name, found, linked) if needs.proposals else None,
    )


def read_space(stored: Mapping[str, Any]) -> SpaceState:
    """The state of a space node."""
    return SpaceState(
        stored["id"],
        exists=True,
        number=stored["number"],
        seq=stored["seq"],
        ordinal=stored["ordinal"],
        epoch=stored["epoch"],
        relationships=stored["relationships"],
        entities=stored["entities"],
        relationship_types=stored["relationshipTypes"],
        entity_types=stored["entityTypes"],
        last_at=stored["lastCreatedAt"],
        founder=stored["createdBy"],
        settings=json.loads(stored["settings"]),
        write=stored.get("write") or "",
        pairs=read_rule(stored.get("pairs"), stored["seq"]),
    )


def write_rule(space: SpaceState) -> str | None:
    """The pair rule of a space and the change up to which it is known: whoever knows nothing of it makes it void."""
    return None if space.pairs is None else f"{space.pairs.name}:{space.seq}"


def read_rule(stored: str | None, seq: int) -> Pairs | None:
    """What ``write_rule`` wrote, if that is still how the space stands."""
    rule, _, known_to = (stored or "").partition(":")
    return Pairs[rule] if known_to == str(seq) else None


async def found_space(
    connection: Connection,
    transaction: AsyncTransaction,
    name: SpaceName,
    *,
    grants: Mapping[str, Right],
    at: int,
    epoch: str,
) -> None:
    """Creates a space; the first of its grants is its founder."""
    await connection.run(
        transaction,
        "space/found",
        space=name.id,
        uuid=name.uuid,
        prefix=name.prefix,
        at=at,
        epoch=epoch,
        founder=next(iter(grants)),
        grants=[[principal, right.wire] for principal, right in grants.items()],
    )


def term_key(name: SpaceName, kind: str, term: str) -> str:
    """The key of the node that counts a type of a space."""
    return f"{name.prefix}:{kind}:{term}"
