"""What analysts' questions ask of a store, and the values that their answers are made of.

The graph of a space is its live relationships with their ends. An entity goes by its **ref**, the UUID of its key (the
SAS reference id). Ends that belong to other spaces are *guests*: they are shown as the space's own record names them,
and no walk leaves from them, because what lies behind is the other space's business. Relationships of other spaces that
name an entity of this one are not part of its graph.

Whatever may grow is bounded, and an answer says which bound has cut it (``Cut``).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from app.core.errors import OutOfTime
from app.core.identity import space_name
from app.core.lists import Direction
from app.core.words import name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence

    from app.core.finding import Wanted
    from app.core.model import Entity, EntityRecord, Relationship
    from app.core.runs import Run

One = TypeVar("One")
Other = TypeVar("Other")

SECONDS: Final = 5.0
"""So long may one question take, unless it says otherwise."""
A_DAY: Final = 86_400.0
UNDIRECTED: Final = "related"
"""The one type whose relationships have no direction (autodesk 4, sas 9.2)."""

OUT, IN, BOTH = Direction.TO, Direction.FROM, Direction.BOTH


class Cut(Enum):
    """The bound that has cut an answer; the value is the word of the wire."""

    ENTITIES = "entities"
    RELATIONSHIPS = "relationships"
    ROWS = "rows"
    STEPS = "steps"
    BYTES = "bytes"
    TIME = "time"


class Node(NamedTuple):
    """An entity in an answer. ``kind``: see ``EntityRecord.kind``. ``space`` is set for guests only."""

    ref: str
    entity: Entity
    kind: str
    name: str | None = None
    declared: bool = False
    space: str | None = None


class Link(NamedTuple):
    """A live relationship in an answer; its ends by their refs."""

    id: str
    type: str
    source: str
    target: str

    @property
    def directed(self) -> bool:
        """Whether its source and target mean different things."""
        return self.type != UNDIRECTED

    def far(self, near: str) -> str:
        """The other end."""
        return self.target if self.source == near else self.source

    def leaves(self, near: str, direction: Direction) -> bool:
        """Whether who stands at ``near`` and walks in this direction (OUT, IN or BOTH) goes over it."""
        if direction is BOTH or not self.directed:
            return near in (self.source, self.target)
        return near == (self.source if direction is OUT else self.target)


class Along(NamedTuple):
    """Over which links a walk goes: in ``direction`` (OUT, IN or BOTH), of these ``types``, None for all of them.

    Undirected links are gone over in either direction.
    """

    direction: Direction = BOTH
    types: frozenset[str] | None = None

    def admits(self, link: Link, near: str) -> bool:
        """Whether who stands at ``near`` goes over this link."""
        return (self.types is None or link.type in self.types) and link.leaves(near, self.direction)


class Extent(NamedTuple):
    """How large a space is, as its writer counts: live relationships, entities, and the number of its last change."""

    entities: int
    relationships: int
    seq: int


class Stock(NamedTuple):
    """What a space holds as its writer counts: how large it is, and its live links of each type that has any."""

    extent: Extent
    types: Mapping[str, int]


class Degree(NamedTuple):
    """How many links of one type an entity has. ``direction``: OUT, IN, and BOTH for a type without direction.

    A link of an entity with itself counts in both directions, an undirected one once.
    """

    type: str
    direction: Direction
    links: int


class Card(NamedTuple):
    """An entity, and how many links it has by type and direction, in the order of types, OUT before IN."""

    record: EntityRecord
    degrees: list[Degree]


class Steps(NamedTuple):
    """Links that were gone over from some entities, each once, in no order; ``whole``: there are no others.

    ``nodes``: entities of the space that were asked about or that they lead to; not all of them.
    """

    links: list[Link]
    whole: bool
    nodes: Mapping[str, Node] = MappingProxyType({})


class Bunch(NamedTuple):
    """The links of one type and direction at an entity, of which ``shown`` were gone over and ``more`` were not.

    ``direction`` as in ``Degree``. ``place``: that of the last one shown, in order of creation.
    """

    ref: str
    type: str
    direction: Direction
    shown: int
    more: int
    place: int


class Spokes(NamedTuple):
    """The links that are gone over from one entity, and the bunches of which these are only a part."""

    links: list[Link]
    bunches: list[Bunch]

    @classmethod
    def join(cls, spokes: Sequence[Spokes]) -> Spokes:
        """Those of several entities; a link that two of them have comes once."""
        links = dict.fromkeys(link for each in spokes for link in each.links)
        return cls(list(links), [bunch for each in spokes for bunch in each.bunches])


class Fan(NamedTuple):
    """What was gone over from some entities: links, each once, in no order, and the bunches that were not gone over whole.

    ``whole``: all other links that there are. ``nodes``: entities of the space among those asked about and those that
    the links lead to; not all of them. ``ahead``: what there is from some of those a step further.
    """

    links: list[Link]
    bunches: list[Bunch]
    whole: bool
    nodes: Mapping[str, Node] = MappingProxyType({})
    ahead: Mapping[str, Spokes] = MappingProxyType({})

    def move(self, refs: Sequence[str]) -> Fan | None:
        """The fan of entities a step further; None where it takes another look."""
        if not all(ref in self.ahead for ref in refs):
            return None
        links, bunches = Spokes.join([self.ahead[ref] for ref in refs])
        return Fan(links, bunches, True, self.nodes)


class Ways(NamedTuple):
    """Paths as their links in order, and the entities that they meet."""

    links: list[list[Link]]
    nodes: dict[str, Node]


class Closest(NamedTuple):
    """Whom some entities have links to: for each by its ref from where, and over which link.

    ``links``: how many were looked at; ``whole``: there are no others.
    """

    ways: Mapping[str, tuple[str, Link]]
    links: int
    whole: bool


class Census(NamedTuple):
    """How many there are of each kind among some entities.

    ``reached``: the place behind which the next entities begin; None at the end.
    """

    kinds: Mapping[str, int]
    reached: str | None


class Glance(NamedTuple):
    """Who of some entities has most links, at most ten pairs of links and entity, and who has none.

    ``lone``: the first five of the ``orphans``. ``reached`` as in ``Census``.
    """

    hubs: list[tuple[int, Node]]
    orphans: int
    lone: list[Node]
    reached: str | None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Nodes by their refs and links by their ids, each in the order in which the question met them."""

    nodes: Mapping[str, Node]
    links: Mapping[str, Link]
    cut: Cut | None = None


@dataclass(slots=True)
class Scope:
    """What one question may look at: a space that its caller may read, in a state at least as new as ``bookmark``.

    ``until``: when the time is up, by ``time.monotonic``. It does not run while the database plans a statement for the
    first time: ``excuse`` says so.
    """

    space: str
    bookmark: str | None = None
    until: float = float("inf")

    @classmethod
    def begin(cls, space: str, bookmark: str | None = None, seconds: float = SECONDS) -> Scope:
        """A question that begins now."""
        return cls(space, bookmark, time.monotonic() + seconds)

    def excuse(self, seconds: float) -> None:
        """Puts off the end by what is no fault of the question."""
        self.until += seconds

    def left(self) -> float:
        """The seconds that are left, at most a day. Raises OutOfTime when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return min(left, A_DAY)


class Graphs(Protocol):
    """What questions ask of a store. Each call may raise OutOfTime; entities of other spaces are unknown to all of them."""

    async def extents(self, spaces: Collection[str], *, bookmark: str | None = None) -> dict[str, Extent]:
        """How large these spaces are; those that are not there are missing."""
        ...

    async def nodes(self, scope: Scope, refs: Collection[str]) -> dict[str, Node]:
        """The entities of the space among those with these refs: what is a reference of it (sas 1.7), no guests."""
        ...

    async def card(self, scope: Scope, ref: str) -> Card | None:
        """One entity of the space; None where it is none, or no reference of it (sas 1.7)."""
        ...

    async def step(self, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Steps:
        """At most ``limit`` links that are gone over from these entities of the space."""
        ...

    async def closest(self, scope: Scope, refs: Collection[str], along: Along, *, look: int, limit: int) -> Closest:
        """The first ``limit`` of those whom the links of these entities of the space lead to, in the order of refs.

        Each over the link from the smallest ref with the smallest id. Looks at no more than ``look`` links of these types
        in this direction, those of other spaces and, from either end, those among the entities included.
        """
        ...

    async def fan(
        self, scope: Scope, refs: Collection[str], along: Along, *, each: int, limit: int, ahead: bool = False
    ) -> Fan:
        """As ``step``, but only over the first ``each``, in order of creation, of the links that make a ``Bunch``.

        ``ahead``: the caller is about to ask for the next step, so that may be looked at in one go.
        """
        ...

    async def shortest(self, scope: Scope, source: str, target: str, along: Along, *, most: int) -> Ways | None:
        """The first ``most`` of the shortest paths between two entities of the space, by their links' ids.

        None where it takes another search: there is none of at most 12 links, the ends are one, or there are very many.
        """
        ...

    async def bunch(
        self, scope: Scope, ref: str, type: str, direction: Direction, *, after: int, limit: int
    ) -> Run[Link, int]:
        """The links of one bunch behind a place, in order of creation; places are the ordinals of relationships."""
        ...

    async def hits(self, scope: Scope, wanted: Wanted, *, limit: int) -> list[EntityRecord]:
        """At most ``limit`` entities of the space that have the words of ``wanted``; perhaps not yet the newest.

        Others may be among them: who asks must ask ``wanted`` again.
        """
        ...

    async def pass_along(
        self, scope: Scope, wanted: Wanted, *, after: str, look: int, limit: int
    ) -> Run[EntityRecord, str]:
        """At most ``limit`` entities of the space in the order of refs, behind one, among the next ``look``.

        Those that ``wanted`` does not admit may be left out.
        """
        ...

    async def census(self, scope: Scope, *, after: str, look: int) -> Census:
        """What kinds there are among the next ``look`` entities of the space, in the order of refs, behind one."""
        ...

    async def glance(self, scope: Scope, *, after: str, look: int) -> Glance:
        """Who has most links, and who none, among the next ``look`` entities, in the order of refs, behind one."""
        ...

    async def stock(self, scope: Scope) -> Stock:
        """What the space holds; nothing where it is not there."""
        ...

    async def ends(self, scope: Scope, ids: Collection[str]) -> dict[str, Relationship]:
        """The records of the live relationships with these ids: who their ends are, guests too."""
        ...


def name_link(space: str, relationship: Relationship) -> Link:
    """The link that a record of the space stands for."""
    source, target = (
        space_name(end.space or space).entity_id(end.entity) for end in (relationship.source, relationship.target)
    )
    return Link(relationship.id, relationship.type, source, target)


def name_node(ref: str, record: EntityRecord) -> Node:
    """An entity of the space as it is shown."""
    return Node(ref, record.entity, record.kind, name_of(record), record.declared and record.deleted_at is None)


async def name_ends(
    graphs: Graphs, scope: Scope, links: Collection[Link], known: Mapping[str, Node]
) -> dict[str, Node]:
    """The nodes at the ends of some links that are not ``known`` yet: entities of the space, and its guests."""
    wanted = {ref for link in links for ref in (link.source, link.target)} - known.keys()
    if not wanted:
        return {}
    found = await graphs.nodes(scope, wanted)
    if missing := wanted - found.keys():
        records = await graphs.ends(scope, [link.id for link in links if {link.source, link.target} & missing])
        found |= {ref: node for ref, node in _name_guests(scope.space, records.values()) if ref in missing}
    return found


def _name_guests(space: str, records: Iterable[Relationship]) -> Iterable[tuple[str, Node]]:
    for end in (end for record in records for end in (record.source, record.target)):
        if end.space not in (None, space):
            ref = space_name(str(end.space)).entity_id(end.entity)
            yield ref, Node(ref, end.entity, end.entity.type, space=end.space)


async def ask_both(one: Coroutine[Any, Any, One], other: Coroutine[Any, Any, Other]) -> tuple[One, Other]:
    """What two questions find that are asked at once. Where one fails the other is given up; the first failure counts."""
    tasks = asyncio.ensure_future(one), asyncio.ensure_future(other)
    try:
        return await tasks[0], await tasks[1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
