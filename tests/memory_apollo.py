"""Surveys and chronicles in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from app.core.chronicle import ENTITY, RELATIONSHIP, Named, State
from app.core.declare import is_live
from app.core.identity import space_name
from app.core.model import Commit, Declaration, Entity, EntityRecord, Relationship
from app.core.runs import Run
from app.core.survey import Sieve, Tally

if TYPE_CHECKING:
    from tests.memory import MemorySpace


class MemoryApollo:
    """Runs are cut after ``look`` records, as a database would, so that whoever reads them must read on."""

    spaces: dict[str, MemorySpace]
    entities_by_key: dict[str, EntityRecord]

    def _declared(self, space: str) -> dict[str, EntityRecord]:
        """Every entity of a space that was ever declared, by its id, in their order."""
        start = space_name(space).record_key("")
        found = {
            key.removeprefix(start): record for key, record in self.entities_by_key.items() if key.startswith(start)
        }
        return {id: record for id, record in sorted(found.items()) if record.declaration is not None}

    def _live(self, space: str) -> list[Relationship]:
        held = self.spaces.get(space)
        return sorted((r for r in held.relationships.values() if r.live), key=lambda r: r.id) if held else []

    async def live_run(
        self, space: str, type: str | None, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[Relationship, str]:
        run = [r for r in self._live(space) if r.id > after][:look]
        found = [r for r in run if type in (None, r.type)][:limit]
        if len(found) == limit:
            return Run(found, found[-1].id)
        return Run(found, run[-1].id if len(run) == look else None)

    async def declared_run(
        self, space: str, sieve: Sieve, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[EntityRecord, str]:
        run = [(id, record) for id, record in self._declared(space).items() if id > after][:look]
        found = [(id, r) for id, r in run if is_live(r) and sieve.type in (None, r.kind)][:limit]
        records = [record for _, record in found]
        if len(found) == limit:
            return Run(records, found[-1][0])
        return Run(records, run[-1][0] if len(run) == look else None)

    async def linked_run(
        self,
        space: str,
        entity: Entity,
        types: Collection[str] | None,
        *,
        after: str,
        look: int,
        bookmark: str | None = None,
    ) -> Run[Relationship, str]:
        ends = [
            (r, [end.entity for end in (r.source, r.target) if end.space in (None, space)]) for r in self._live(space)
        ]
        found = [r for r, near in ends if entity in near and r.id > after and (types is None or r.type in types)]
        return Run(found[:look], found[look - 1].id if len(found) >= look else None)

    async def tally(self, space: str, *, bookmark: str | None = None) -> Tally:
        entities = [record.kind for record in self._declared(space).values() if is_live(record)]
        return Tally(Counter(r.type for r in self._live(space)), Counter(entities))

    async def commits(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Commit]:
        held = self.spaces.get(space)
        return [c for c in held.commits if c.last > after and c.changes[0].seq <= until] if held else []

    async def instant(self, space: str, seq: int, *, bookmark: str | None = None) -> int | None:
        return next((commit.at for commit in await self.commits(space, seq - 1, seq)), None)

    def _replaced(self, space: str) -> dict[Named, State]:
        held = self.spaces.get(space)
        if held is None:
            return {}
        relationships = {Named(RELATIONSHIP, r.id, r.version): r for r in held.versions}
        said: list[tuple[str, Declaration]] = held.declarations
        return relationships | {Named(ENTITY, key.partition(":")[2], d.version): d for key, d in said}

    async def states(self, space: str, named: Collection[Named], *, bookmark: str | None = None) -> dict[Named, State]:
        return {each: state for each, state in self._replaced(space).items() if each in named}

    async def versions(
        self, space: str, kind: str, id: str, *, before: int, limit: int, bookmark: str | None = None
    ) -> list[State]:
        found = [each for each in self._replaced(space) if each[:2] == (kind, id) and each.version < before]
        newest = sorted(found, key=lambda each: -each.version)[:limit]
        return [self._replaced(space)[each] for each in newest]
