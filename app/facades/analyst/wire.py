"""The shapes of answers to analysts. Every document names its main list, which becomes rows in formats of rows."""

# ruff: noqa: N815 the names are the wire's
from __future__ import annotations

from typing import Any, ClassVar, Final

from msgspec import UNSET, Struct, UnsetType, field

ROOT: Final = "/graph/v1"
SPACE: Final = f"{ROOT}/spaces/{{space}}"
READ: Final = "graph.read"
CYPHER: Final = "graph.cypher"
CONSISTENCY_TOKEN: Final = "X-Consistency-Token"
QUERY_ID: Final = "X-Query-Id"
MAX_TARGET_BYTES: Final = 32_768
MAX_BODY_BYTES: Final = 1_048_576


class Problem(Struct):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    requestId: str


class Answer(Struct, kw_only=True):
    """A document. ``ROWS`` is the name of its main list; empty where it has none, and is one row itself."""

    ROWS: ClassVar[str] = ""


class Bounded(Answer, kw_only=True):
    """A document that may be cut: ``reason`` names the one of ``limits`` that has cut it."""

    limits: dict[str, float]
    truncated: bool
    reason: str | UnsetType = UNSET


class Entity(Struct, kw_only=True):
    """An entity. ``ref`` names it in questions."""

    ref: str
    domain: str
    type: str
    id: str
    kind: str
    name: str | UnsetType = UNSET
    declared: bool
    space: str | UnsetType = UNSET


class Link(Struct, kw_only=True):
    """A relationship between two entities, which are named by their refs."""

    id: str
    type: str
    source: str
    target: str
    directed: bool


class Subgraph(Bounded, kw_only=True):
    """Entities with the relationships among them."""

    ROWS: ClassVar[str] = "relationships"
    entities: list[Entity]
    relationships: list[Link]


class Group(Struct, kw_only=True):
    """Relationships of one type and direction at an entity, of which only the first are shown."""

    entity: str
    type: str
    direction: str
    shown: int
    more: int
    after: str


class Neighbourhood(Subgraph, kw_only=True):
    """What is around some entities."""

    groups: list[Group]


class More(Subgraph, kw_only=True):
    """More of a group."""

    after: str | UnsetType = UNSET


class Table(Bounded, kw_only=True):
    """The rows of a query."""

    ROWS: ClassVar[str] = "rows"
    columns: list[str]
    rows: list[list[Any]]


class QueryParameter(Struct, kw_only=True):
    """A parameter of a kept query."""

    name: str
    type: str
    required: bool
    default: Any


class SavedQuery(Answer, kw_only=True):
    """A query that somebody keeps."""

    name: str
    owner: str
    query: str
    description: str
    parameters: list[QueryParameter]
    shared: bool
    version: int


class SavedQueries(Answer, kw_only=True):
    """Kept queries in the order of their owners and names."""

    ROWS: ClassVar[str] = "queries"
    queries: list[SavedQuery]
    after: str | UnsetType = UNSET


class Space(Struct, kw_only=True):
    """A space that the caller may read."""

    id: str
    entities: int
    relationships: int
    right: str


class Spaces(Answer, kw_only=True):
    """Spaces in the order of their ids."""

    ROWS: ClassVar[str] = "spaces"
    spaces: list[Space]
    after: str | UnsetType = UNSET


class Counted(Struct, kw_only=True):
    """How many there are of a type."""

    type: str
    count: int


class Kind(Struct, kw_only=True):
    """How many entities there are of a kind."""

    kind: str
    count: int


class Hub(Struct, kw_only=True):
    """An entity with many relationships."""

    entity: Entity
    degree: int


class Orphans(Struct, kw_only=True):
    """Entities without relationships."""

    count: int
    sample: list[Entity]


class Facets(Bounded, kw_only=True):
    """What a space holds."""

    ROWS: ClassVar[str] = "kinds"
    id: str
    entities: int
    relationships: int
    seq: int
    kinds: list[Kind]
    types: list[Counted]
    hubs: list[Hub]
    orphans: Orphans


class Entities(Answer, kw_only=True):
    """Entities that were found."""

    ROWS: ClassVar[str] = "entities"
    entities: list[Entity]
    after: str | UnsetType = UNSET


class Relationships(Answer, kw_only=True):
    """Relationships in the order of their ids."""

    ROWS: ClassVar[str] = "relationships"
    relationships: list[Link]
    after: str | UnsetType = UNSET


class Degree(Struct, kw_only=True):
    """How many relationships of one type an entity has in one direction."""

    type: str
    direction: str
    count: int


class Card(Answer, kw_only=True):
    """One entity with all that is known of it."""

    ROWS: ClassVar[str] = "degree"
    entity: Entity
    fields: dict[str, Any]
    degree: list[Degree]
    total: int


class Path(Struct, kw_only=True):
    """A walk that meets no entity twice: its entities by their refs, and the ids of the relationships between them."""

    entities: list[str]
    relationships: list[str]


class Paths(Subgraph, kw_only=True):
    """Paths, the shorter first, equal lengths in the order of the ids of their relationships."""

    ROWS: ClassVar[str] = "paths"
    paths: list[Path]


class Reached(Struct, kw_only=True):
    """An entity that was reached: in how few steps, over which relationship, from whom."""

    entity: str
    distance: int
    via: str
    from_: str = field(name="from")


class DistanceCount(Struct, kw_only=True):
    """How many entities were reached in so many steps."""

    distance: int
    count: int


class KindCount(Struct, kw_only=True):
    """How many entities of a kind were reached."""

    kind: str
    count: int


class Impact(Subgraph, kw_only=True):
    """What was reached, the closest first; the relationships are one way to each."""

    ROWS: ClassVar[str] = "reached"
    reached: list[Reached]
    byDistance: list[DistanceCount]
    byKind: list[KindCount]


class Shared(Struct, kw_only=True):
    """An entity that all have a relationship with, and the ids of these relationships."""

    entity: str
    links: list[str]


class Common(Subgraph, kw_only=True):
    """What some entities have in common, in the order of refs."""

    ROWS: ClassVar[str] = "common"
    common: list[Shared]


class Cycles(Subgraph, kw_only=True):
    """Cycles, the shorter first, each once from its smallest ref on."""

    ROWS: ClassVar[str] = "cycles"
    cycles: list[Path]


class Island(Struct, kw_only=True):
    """Entities that hang together: how many, and those that were created first."""

    entities: int
    ref: str
    sample: list[Entity]


class Islands(Bounded, kw_only=True):
    """Islands of two entities and more, the largest first."""

    ROWS: ClassVar[str] = "islands"
    islands: list[Island]
    count: int
    alone: int


class Differing(Struct, kw_only=True):
    """A relationship or a declared entity that is not as it was; versions are missing where it was not there."""

    what: str
    id: str
    type: str
    before: int | UnsetType = UNSET
    after: int | UnsetType = UNSET


class Difference(Bounded, kw_only=True):
    """What differs between the states after two changes."""

    ROWS: ClassVar[str] = "created updated deleted"
    from_: int = field(name="from")
    until: int
    created: list[Differing]
    updated: list[Differing]
    deleted: list[Differing]
