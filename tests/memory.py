"""The executable specification of the store: everything the core asks of a graph, in dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from app.core.access import Right
from app.core.errors import SpaceUnknown
from app.core.facts import Facts, Link, Needs
from app.core.identity import space_name
from app.core.ledger import Ledger, Plan
from app.core.model import Commit, Declaration, EntityRecord, Fields, Relationship, SpaceState
from app.core.store import Batch, Receipt, SpaceAppeared, SpaceView
from tests.memory_apollo import MemoryApollo
from tests.memory_expanse import MemoryExpanse
from tests.memory_reads import MemoryReads
from tests.memory_registry import MemoryRegistry
from tests.memory_saved import MemorySaved


@dataclass
class MemorySpace:
    """One space with all that it holds."""

    state: SpaceState
    grants: dict[str, Right] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    versions: list[Relationship] = field(default_factory=list)
    declarations: list[tuple[str, Declaration]] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    types: dict[str, int] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    details: Fields = field(default_factory=dict)
    deleted_at: int | None = None


class MemoryStore(MemoryReads, MemoryApollo, MemoryRegistry, MemoryExpanse, MemorySaved):
    """Keeps the contract of ``app.core.store.Store`` without a database; ``clock`` and ``mint`` make it repeatable.

    ``most_labels``: distinct entity types that a space may write as labels; ``labelled`` are the keys that got one.
    """

    def __init__(self, *, clock: Callable[[], int], mint: Callable[[], str], most_labels: int = 1000) -> None:
        self.spaces: dict[str, MemorySpace] = {}
        self.entities_by_key: dict[str, EntityRecord] = {}
        self.labelled: set[str] = set()
        self._most_labels = most_labels
        self._clock = clock
        self._mint = mint

    def found(self, space: str, grants: dict[str, Right]) -> MemorySpace:
        """Creates a space whose founder is the first of the grants."""
        number = len(self.spaces) + 1
        state = SpaceState(space, exists=True, number=number, epoch=self._mint(), founder=next(iter(grants)))
        made = MemorySpace(state, grants)
        self.spaces[space] = made
        return made

    async def write(self, space: str, batch: Batch, *, founder: str | None = None) -> Receipt:
        held = self.spaces.get(space)
        if (held is None and founder is None) or (held is not None and held.deleted_at is not None):
            raise SpaceUnknown(space)
        if held is not None and founder not in (None, held.state.founder):
            raise SpaceAppeared
        state = held.state if held else SpaceState(space, number=len(self.spaces) + 1)
        facts = self._facts(state, batch.needs(space_name(space)))
        ledger = Ledger(facts, now=self._clock(), mint=self._mint, most_labels=self._most_labels)
        outcomes = tuple(batch.decide(ledger))
        ledger.close(batch.by, batch.request_id, batch.transaction_id)
        plan = ledger.plan()
        if not plan.empty:
            self._apply(held or self.found(space, {str(founder): Right.OWNER}), plan)
        return Receipt(outcomes, bookmark="")

    def _facts(self, state: SpaceState, needs: Needs) -> Facts:
        held = self.spaces.get(state.id)
        stored = held.relationships if held else {}
        return Facts(
            space=state,
            relationships={id: stored[id] for id in needs.relationships if id in stored},
            entities={
                key: self._entity(key)
                for key in needs.list_entities(space_name(state.id))
                if key in self.entities_by_key
            },
            links=self._links(state, needs),
            types=frozenset(needs.types & held.types.keys()) if held else frozenset(),
            used=frozenset(key for key in needs.used if self._used(key)),
            labels=frozenset(needs.labels & held.labels) if held else frozenset(),
        )

    def _used(self, key: str) -> bool:
        return any(key in space_name(held.state.id).end_keys(r) for held in self.spaces.values() for r in live(held))

    def _entity(self, key: str) -> EntityRecord:
        record = self.entities_by_key[key]
        if record.deleted_at is None:
            return record
        return record._replace(in_use=self._used(key))

    def _links(self, state: SpaceState, needs: Needs) -> dict[tuple[str, str], Link]:
        held = self.spaces.get(state.id) if needs.pairs else None
        links: dict[tuple[str, str], list[Relationship]] = {}
        for relationship in live(held) if held else ():
            links.setdefault(space_name(state.id).end_keys(relationship), []).append(relationship)
        return {
            pair: Link(min(found, key=lambda r: (r.created.at, r.id)), more=len(found) > 1)
            for pair, found in links.items()
            if pair in needs.pairs
        }

    def _apply(self, held: MemorySpace, plan: Plan) -> None:
        own = held.state
        held.state = replace(plan.space, number=own.number, epoch=own.epoch, founder=own.founder)
        self.entities_by_key.update((*plan.new_entities, *plan.changed_entities))
        held.relationships.update((r.id, r) for r in plan.created)
        held.relationships.update((after.id, after) for _, after in plan.replaced)
        held.versions.extend(plan.versions)
        held.commits.extend(plan.commits)
        held.labels |= plan.new_labels
        self.labelled.update(key for key, record in plan.new_entities if record.kind in plan.labels)
        self.labelled |= plan.first_declared
        held.declarations.extend(plan.earlier_declarations)
        for type, step in plan.types.items():
            held.types[type] = held.types.get(type, 0) + step

    async def view(self, space: str, grantees: Collection[str], *, bookmark: str | None = None) -> SpaceView:
        held = self.spaces.get(space)
        if held is None:
            return SpaceView(space, False, None, {})
        if held.deleted_at is not None:
            raise SpaceUnknown(space)
        rights = [held.grants[name] for name in grantees if name in held.grants]
        return SpaceView(space, True, max(rights, default=None), held.state.settings)

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        found = {key: self._entity(key) for key in keys if key in self.entities_by_key}
        return {key: record for key, record in found.items() if record.recorded_at is not None}


def live(held: MemorySpace) -> list[Relationship]:
    """The relationships of a space that have not been deleted."""
    return [r for r in held.relationships.values() if r.live]
