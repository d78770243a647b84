"""What a transaction must know before it can decide, and what the store found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.core.errors import TercetError
from app.core.identity import space_name

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Set

    from app.core.identity import SpaceName
    from app.core.ledger import Plan
    from app.core.model import Entity, EntityRecord, Mention, Proposal, Relationship, SpaceState

Pair = tuple[str, str]
Ends = tuple[str | None, str, str]


@dataclass(slots=True)
class Needs:
    """What a transaction must know before it can decide.

    Relationship ids, entity keys, ordered pairs of entity keys; relationship types and entity types by name. ``ends``:
    for a proposal, the id that it names and the keys of its ends, which matter only where neither that relationship
    nor a link between them is found, or it is to be changed. ``keys`` are those of the space's own entities, computed
    on the way.
    """

    relationships: set[str] = field(default_factory=set)
    entities: set[str] = field(default_factory=set)
    ends: list[Ends] = field(default_factory=list)
    pairs: set[Pair] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    keys: dict[Entity, str] = field(default_factory=dict)

    def name_ends(self, space: SpaceName, proposal: Proposal) -> Pair:
        """Adds what the ends of a proposal need; answers their keys."""
        source, target = self._name_end(space, proposal.source), self._name_end(space, proposal.target)
        self.ends.append((proposal.id, source, target))
        return source, target

    def _name_end(self, space: SpaceName, mention: Mention) -> str:
        entity = mention.entity
        if entity is not None:
            self.labels.add(entity.type)
        if mention.reference is not None:
            key = space.record_key(mention.reference)
            self.entities.add(key)  # whatever is stored, it must name something (sas 9.4 row 5)
            return key
        assert entity is not None, "a mention without reference names an entity"
        return self._key(space if mention.space is None else space_name(mention.space), entity, mention.space)

    def _key(self, space: SpaceName, entity: Entity, elsewhere: str | None) -> str:
        if elsewhere is not None:
            return space.entity_key(entity)
        known = self.keys.get(entity)
        if known is None:
            known = self.keys[entity] = space.entity_key(entity)
        return known

    @property
    def keyed(self) -> int:
        """How many things are looked up by their keys."""
        return len(self.relationships) + len(self.entities) + 2 * len(self.ends) + len(self.pairs)

    def every_entity(self) -> set[str]:
        """The keys of all entities that a decision may ask for."""
        return _join(self.entities, self.ends)

    def needless_beside(self, found: Container[str], linked: Container[Pair]) -> Set[str]:
        """The keys of ends that don't matter beside what is found: ids of relationships, and linked pairs."""
        idle, missing = list[Ends](), list[Ends]()
        for ends in self.ends:
            (idle if ends[0] in found or ends[1:] in linked else missing).append(ends)
        return _join(set(), idle) - _join(self.entities, missing) if idle else frozenset()

    def add(self, other: Needs) -> None:
        """Joins what another request needs."""
        self.relationships |= other.relationships
        self.entities |= other.entities
        self.ends += other.ends
        self.pairs |= other.pairs
        self.types |= other.types
        self.used |= other.used
        self.labels |= other.labels
        self.keys |= other.keys


def _join(keys: set[str], ends: list[Ends]) -> set[str]:
    return keys.union(*[pair[1:] for pair in ends])


@dataclass(frozen=True, slots=True)
class Link:
    """The live relationships of one ordered pair: the owner (smallest creation time, id), and whether there are more."""

    owner: Relationship
    more: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store found under the lock of the space. Ids and keys that are missing here are not stored.

    ``types``: those of the needed relationship types that the space already uses; ``labels``: those of the entity types.
    ``unread``: keys of ends that were not looked up, since what was found seems to make them needless.
    """

    space: SpaceState
    relationships: Mapping[str, Relationship]
    entities: Mapping[str, EntityRecord]
    links: Mapping[Pair, Link]
    types: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    keys: Mapping[Entity, str] = field(default_factory=dict)
    unread: Set[str] = frozenset()

    def after(self, plan: Plan, space: SpaceState) -> Facts:
        """The same facts as they are once a plan has left the space so; they may show nothing of it, some or all.

        Links and uses are not told so: they must not have been asked for.
        """
        written = {r.id: r for r in (*plan.created, *(after for _, after in plan.replaced))}
        return replace(
            self,
            space=space,
            relationships={**self.relationships, **written},
            entities={**self.entities, **dict((*plan.new_entities, *plan.changed_entities))},
            types=self.types | plan.types.keys(),
            labels=self.labels | plan.labels,
        )


class FactsShort(TercetError):
    """A decision of this transaction outdated a fact: the request must be decided in the next one."""


class EndsUnread(Exception):
    """A decision asks for one of the ``unread``: they must be read, and everything decided anew."""
