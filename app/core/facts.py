"""What a transaction must know before it can decide, and what the store found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from app.core.constraints import pair_speller
from app.core.errors import TercetError
from app.core.identity import space_name
from app.core.rules import Pairs

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence, Set

    from app.core.identity import SpaceName
    from app.core.ledger import Plan
    from app.core.model import Entity, EntityRecord, Mention, Proposal, Relationship, SpaceState

Pair = tuple[str, str]


@dataclass(slots=True)
class Needs:
    """What a transaction must know before it can decide.

    Relationship ids, entity keys, relationship types and entity types by name; ordered pairs of entity keys, each with
    its key under the rule that makes it matter, and these ``rules``.
    ``proposals``: their ends matter only where neither the relationship that they name nor a link between them is found,
    or it is to be changed. ``keys`` are those of the space's own entities, computed on the way.
    """

    relationships: set[str] = field(default_factory=set)
    entities: set[str] = field(default_factory=set)
    proposals: list[Proposal] = field(default_factory=list)
    pairs: dict[Pair, str] = field(default_factory=dict)
    rules: set[Pairs] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    keys: dict[Entity, str] = field(default_factory=dict)

    def propose(self, space: SpaceName, proposals: Sequence[Proposal]) -> None:
        """Adds what proposals need, but for the links between their ends."""
        self.relationships.update([p.id for p in proposals if p.id is not None])
        self.types.update([p.type for p in proposals])
        mentions = [mention for p in proposals for mention in (p.source, p.target)]
        self.labels.update([mention.entity.type for mention in mentions if mention.entity is not None])
        # Whatever is stored, a reference must name something (sas 9.4 row 5).
        self.entities.update([space.record_key(m.reference) for m in mentions if m.reference is not None])
        self.proposals += proposals

    def link(self, space: SpaceName, proposals: Sequence[Proposal], rule: Pairs) -> None:
        """Adds the links between the ends of proposals: the rule allows each pair one."""
        self.rules.add(rule)
        spell, either = pair_speller(rule), rule is Pairs.UNORDERED
        for pair in [self.name_ends(space, p) for p in proposals]:
            self.pairs[pair] = key = spell(*pair)
            if either:
                self.pairs[pair[1], pair[0]] = key

    def name_ends(self, space: SpaceName, proposal: Proposal) -> Pair:
        """The keys of a proposal's ends."""
        return self._name_end(space, proposal.source), self._name_end(space, proposal.target)

    def _name_end(self, space: SpaceName, mention: Mention) -> str:
        if mention.reference is not None:
            return space.record_key(mention.reference)
        assert mention.entity is not None, "a mention without reference names an entity"
        if mention.space is not None:
            return space_name(mention.space).entity_key(mention.entity)
        known = self.keys.get(mention.entity)
        if known is None:
            known = self.keys[mention.entity] = space.entity_key(mention.entity)
        return known

    @property
    def rule(self) -> Pairs | None:
        """The one rule that makes pairs matter; None where there are several, or none."""
        return next(iter(self.rules)) if len(self.rules) == 1 else None

    @property
    def keyed(self) -> int:
        """How many things are looked up by their keys."""
        return len(self.relationships) + len(self.entities) + 2 * len(self.proposals) + len(self.pairs)

    def list_entities(self, space: SpaceName, found: Container[str] = (), linked: Container[Pair] = ()) -> set[str]:
        """The keys of all entities that matter beside what is found: ids of relationships, and linked pairs."""
        missing = [p for p in self.proposals if p.id not in found]
        ends = [pair for pair in [self.name_ends(space, p) for p in missing] if pair not in linked]
        return self.entities.union(*ends)

    def add(self, other: Needs) -> None:
        """Joins what another request needs."""
        self.relationships |= other.relationships
        self.entities |= other.entities
        self.proposals += other.proposals
        self.pairs |= other.pairs
        self.rules |= other.rules
        self.types |= other.types
        self.used |= other.used
        self.labels |= other.labels
        self.keys |= other.keys


class Link(NamedTuple):
    """The live relationships of one ordered pair: the owner (smallest creation time, id), and whether there are more."""

    owner: Relationship
    more: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store found under the lock of the space. Ids and keys that are missing here are not stored.

    ``types``: those of the needed relationship types that the space already uses; ``labels``: those of the entity types.
    ``looked``: keys of the entities that were looked up, where ends that what was found seems to make needless were not;
    None where all were.
    """

    space: SpaceState
    relationships: Mapping[str, Relationship]
    entities: Mapping[str, EntityRecord]
    links: Mapping[Pair, Link]
    types: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    keys: Mapping[Entity, str] = field(default_factory=dict)
    looked: Set[str] | None = None

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
    """A decision asks for an end that was not ``looked`` up: all must be, and everything decided anew."""
