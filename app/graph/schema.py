"""The declared shape of the graph, once more as neomodel classes, and how a database differs from it.

The migrations make the shape; these classes say what it should be, so that a constraint that somebody dropped, or an
index that nobody declared, is noticed. They serve for nodes that are few (spaces, grants); the bulk path never uses
them. Entities carry one more label, and edges a type, that users name: those are not declared.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from neomodel import AsyncStructuredNode, BooleanProperty, IntegerProperty, StringProperty, adb
from neomodel.exceptions import NeomodelException, UniqueProperty

from app.core.errors import StoreDefect
from app.graph.connection import ConstraintRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from neo4j import AsyncTransaction

    from app.graph.connection import Connection

Names = tuple[str, ...]


class Rule(NamedTuple):
    """A constraint (kind ``unique``) or an index (kinds ``index``, ``fulltext``) on properties of a label."""

    kind: str
    label: str
    properties: Names

    def __str__(self) -> str:
        return f"{self.kind} {self.label}({', '.join(self.properties)})"


class Shape(AsyncStructuredNode):
    """What neomodel can't declare at a property: rules over several of them, by their names in the database."""

    __abstract_node__ = True
    unique_together: ClassVar[tuple[Names, ...]] = ()
    indexed_together: ClassVar[tuple[Names, ...]] = ()
    worded_together: ClassVar[tuple[Names, ...]] = ()


class Space(Shape):
    """The unit of isolation; its node is the lock and the counters of its writer."""

    name = StringProperty(unique_index=True, db_property="id")
    uuid = StringProperty()
    prefix = StringProperty(unique_index=True)
    number = IntegerProperty()
    seq = IntegerProperty()
    ordinal = IntegerProperty()
    epoch = StringProperty()
    write = StringProperty()
    pairs = StringProperty()
    relationships = IntegerProperty()
    entities = IntegerProperty()
    relationship_types = IntegerProperty(db_property="relationshipTypes")
    entity_types = IntegerProperty(db_property="entityTypes")
    last_created_at = IntegerProperty(db_property="lastCreatedAt")
    settings = StringProperty()
    details = StringProperty()
    created_at = IntegerProperty(db_property="createdAt")
    created_by = StringProperty(db_property="createdBy")
    deleted_at = IntegerProperty(db_property="deletedAt")


class Counter(Shape):
    """A number of the whole database."""

    name = StringProperty(unique_index=True, db_property="id")
    last = IntegerProperty()


class Entity(Shape):
    """A thing. Its node has one more label, of its kind: only subclasses whose ``__label__`` is a kind can be read."""

    # An index of both holds those nodes only that have both: the deleted entities, in the order of their keys, and those
    # that were ever declared.
    indexed_together = (("key", "deletedAt"), ("key", "frozen"))
    worded_together = (("id", "name"),)

    key = StringProperty(unique_index=True)
    n = IntegerProperty()
    domain = StringProperty()
    type = StringProperty()
    name = StringProperty(db_property="id")
    title = StringProperty(db_property="name")
    declared = BooleanProperty()
    frozen = IntegerProperty()
    version = IntegerProperty()
    seq = IntegerProperty()
    recorded_at = IntegerProperty(db_property="recordedAt")
    deleted_at = IntegerProperty(db_property="deletedAt")
    document = StringProperty()


class RelationshipRecord(Shape):
    """The record of a relationship: the truth of the wire."""

    __label__ = "Relationship"
    indexed_together = (("s", "n"), ("t", "n"))

    key = StringProperty(unique_index=True)
    n = IntegerProperty()
    s = IntegerProperty()
    t = IntegerProperty()
    type = StringProperty()
    frozen = IntegerProperty()
    pair_key = StringProperty(unique_index=True, db_property="pairKey")
    version = IntegerProperty()
    seq = IntegerProperty()
    created_at = IntegerProperty(db_property="createdAt")
    deleted_at = IntegerProperty(db_property="deletedAt")
    document = StringProperty()


class Version(Shape):
    """The state that an update or a deletion replaced."""

    unique_together = (("recordKey", "version"),)

    record_key = StringProperty(db_property="recordKey")
    version = IntegerProperty()
    seq = IntegerProperty()
    document = StringProperty()


class Commit(Shape):
    """The changes of one request in one transaction; ``changes`` is a compressed list."""

    unique_together = (("space", "last"),)

    space = StringProperty()
    last = IntegerProperty()
    count = IntegerProperty()
    at = IntegerProperty()
    by = StringProperty()
    request_id = StringProperty(db_property="requestId")
    transaction_id = StringProperty(index=True, db_property="transactionId")
    write = StringProperty()


class Term(Shape):
    """A type that a space uses, and how many live relationships have it."""

    indexed_together = (("kind", "name"),)

    key = StringProperty(unique_index=True)
    kind = StringProperty()
    name = StringProperty()
    live = IntegerProperty()


class Grant(Shape):
    """The right of one principal on one space."""

    unique_together = (("space", "principal"),)

    space = StringProperty()
    principal = StringProperty(index=True)
    right = StringProperty()


class Secret(Shape):
    """A key that every replica shares."""

    name = StringProperty(unique_index=True, db_property="id")
    key = StringProperty()
    created_at = IntegerProperty(db_property="createdAt")


class SavedQuery(Shape):
    """A query that somebody keeps; ``parameters`` is a JSON list."""

    unique_together = (("owner", "name"),)

    owner = StringProperty()
    name = StringProperty()
    text = StringProperty()
    description = StringProperty()
    parameters = StringProperty()
    shared = BooleanProperty()
    version = IntegerProperty()
    created_at = IntegerProperty(db_property="createdAt")
    modified_at = IntegerProperty(db_property="modifiedAt")


class Job(Shape):
    """A request that was accepted and is carried out soon, surely, once."""

    unique_together = (("space", "openNumber"),)
    indexed_together = (("space", "acceptedAt"), ("space", "correlationId", "acceptedAt"))

    request_id = StringProperty(unique_index=True, db_property="requestId")
    transaction_id = StringProperty(unique_index=True, db_property="transactionId")
    correlation_id = StringProperty(db_property="correlationId")
    space = StringProperty()
    key = StringProperty(unique_index=True)
    accepted_at = IntegerProperty(db_property="acceptedAt")
    open_number = IntegerProperty(db_property="openNumber")
    expires_at = IntegerProperty(index=True, db_property="expiresAt")
    state = StringProperty()
    request = StringProperty()
    progress = StringProperty()


class JobPart(Shape):
    """A run of a job's items, with what they ask for or, once done, what became of them."""

    unique_together = (("job", "first"),)

    job = StringProperty()
    first = IntegerProperty()
    count = IntegerProperty()
    at = IntegerProperty()


class JobOutcome(Shape):
    """A refused item of a job, found by the id it named."""

    unique_together = (("job", "index"),)
    indexed_together = (("space", "named"),)

    job = StringProperty()
    space = StringProperty()
    index = IntegerProperty()
    named = StringProperty()
    document = StringProperty()


class JobQueue(Shape):
    """The queue of a space: its lock, its claim and whether anything waits in it."""

    space = StringProperty(unique_index=True)
    waiting = BooleanProperty(index=True)
    last = IntegerProperty()
    fence = IntegerProperty()
    worker = StringProperty()
    until = IntegerProperty()
    served_at = IntegerProperty(db_property="servedAt")


class JobTally(Shape):
    """How many accepted items of one caller are unfinished."""

    principal = StringProperty(unique_index=True)
    open = IntegerProperty(index=True)


class Migration(Shape):
    """A migration that was applied, or begun."""

    version = IntegerProperty(unique_index=True)
    name = StringProperty()
    checksum = StringProperty()
    statements = IntegerProperty()
    at = IntegerProperty()


class MigrationLock(Shape):
    """Who migrates now, and until when without renewal."""

    name = StringProperty(unique_index=True, db_property="id")
    holder = StringProperty()
    until = IntegerProperty()


SHAPES: tuple[type[Shape], ...] = (
    Space,
    Counter,
    Entity,
    RelationshipRecord,
    Version,
    Commit,
    Term,
    Grant,
    Secret,
    SavedQuery,
    Job,
    JobPart,
    JobOutcome,
    JobQueue,
    JobTally,
    Migration,
    MigrationLock,
)


def declared() -> frozenset[Rule]:
    """Every constraint and index that the classes declare."""
    return frozenset(rule for shape in SHAPES for rule in _rules(shape))


def _rules(shape: type[Shape]) -> list[Rule]:
    label = shape.__label__
    rules = [Rule("unique", label, names) for names in shape.unique_together]
    rules += [Rule("index", label, names) for names in shape.indexed_together]
    rules += [Rule("fulltext", label, names) for names in shape.worded_together]
    for attribute, property in shape.defined_properties(aliases=False, rels=False).items():
        names = (property.get_db_property_name(attribute),)
        rules += [Rule("unique", label, names)] if property.unique_index else []
        rules += [Rule("index", label, names)] if property.index else []
    return rules


async def drift(connection: Connection) -> list[str]:
    """How the database's constraints and indexes differ from the declared ones, in words; empty when they agree.

    Rules on labels that are not declared here are their owners' own and don't count.
    """
    rows = (await connection.read("check/schema"))[0]["rules"]
    live = {Rule(kind, label, tuple(properties)): state for kind, label, properties, state in rows}
    labels = {shape.__label__ for shape in SHAPES}
    return [
        *(f"missing: {rule}" for rule in sorted(declared() - live.keys())),
        *(f"not declared: {rule}" for rule in sorted(live.keys() - declared()) if rule.label in labels),
        *(f"{state.lower()}, not online: {rule}" for rule, state in sorted(live.items()) if state != "ONLINE"),
    ]


async def share_driver(connection: Connection) -> None:
    """Lets the classes above read and write through the connection's driver, for the whole process."""
    await adb.set_connection(driver=connection.driver)


@asynccontextmanager
async def modelled(connection: Connection, transaction: AsyncTransaction) -> AsyncIterator[None]:
    """Within the block, in this task, the classes above read and write in this transaction.

    They take part in what is ours: the database of the settings, its bookmarks, and one commit with statements of the
    library. neomodel 7 keeps the transaction of a task in a context variable, which only its own proxy sets in public.
    """
    if adb.driver is not connection.driver:
        adb._database_name = connection.database
        await share_driver(connection)
    adb._active_transaction = transaction
    try:
        yield
    except UniqueProperty as error:
        raise ConstraintRefused(str(error)) from error
    except NeomodelException as error:
        raise StoreDefect(str(error)) from error
    finally:
        adb._active_transaction = None
