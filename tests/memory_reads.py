"""The reading half of the store in memory: by brute force, so that it says what is meant."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from app.core.access import Right
from app.core.criteria import Criteria
from app.core.model import Commit, Entity, Fields, Relationship
from app.core.store import Kind, Position, Stretch, Vantage
from tests.memory_lists import MemoryLists

if TYPE_CHECKING:
    from tests.memory import MemorySpace


def name_write(commit: Commit) -> str:
    """A name that no other commit has: what it changed, and when."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, repr((commit.at, commit.changes))))


class MemoryReads(MemoryLists):
    """Runs are cut after ``look`` records, as a database would, so that whoever reads them must read on."""

    spaces: dict[str, MemorySpace]

    def _records(self, space: str) -> list[Relationship]:
        held = self.spaces.get(space)
        return list(held.relationships.values()) if held else []

    async def relationship(self, space: str, id: str, *, bookmark: str | None = None) -> Relationship | None:
        return next((r for r in self._records(space) if r.id == id), None)

    async def relationships(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        return {r.id: r for r in self._records(space) if r.id in ids}

    async def position(self, space: str, *, bookmark: str | None = None) -> Vantage:
        held = self.spaces.get(space)
        if held is None:
            return Vantage(Position(), bookmark)
        write = await self.write_of(space, held.state.seq)
        return Vantage(Position(held.state.seq, held.state.epoch, write), bookmark)

    def last_seen(self, space: str) -> Vantage | None:
        return None

    async def write_of(self, space: str, seq: int, *, bookmark: str | None = None) -> str:
        commits = self.spaces[space].commits if space in self.spaces else []
        return next((name_write(commit) for commit in commits if seq and commit.last >= seq), "")

    async def scan(
        self, space: str, criteria: Criteria, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Stretch[str]:
        run = sorted((r for r in self._records(space) if r.id > after), key=lambda r: r.id)[:look]
        found = [r for r in run if criteria.admits(r)][:limit]
        if len(found) == limit:
            return Stretch(found, found[-1].id)
        return Stretch(found, run[-1].id if len(run) == look else None)

    async def around(
        self,
        space: str,
        entities: Collection[Entity],
        criteria: Criteria,
        *,
        after: int,
        look: int,
        limit: int,
        bookmark: str | None = None,
    ) -> Stretch[int]:
        touching = [r for r in self._records(space) if r.n > after and {r.source.entity, r.target.entity} & {*entities}]
        run = sorted(touching, key=lambda r: r.n)[:look]
        found = [r for r in run if criteria.admits(r)][:limit]
        if len(found) == limit:
            return Stretch(found, found[-1].n)
        return Stretch(found, run[-1].n if len(run) == look else None)

    async def changes(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Relationship]:
        return sorted((r for r in self._records(space) if after < r.seq <= until), key=lambda r: r.seq)

    async def earlier(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, list[Relationship]]:
        held = self.spaces.get(space)
        states: dict[str, list[Relationship]] = {}
        for version in held.versions if held else ():
            if version.id in ids:
                states.setdefault(version.id, []).append(version)
        return states

    async def pairs(
        self,
        grantees: Collection[str] | None,
        right: Right,
        admits: Callable[[Fields], bool],
        *,
        bookmark: str | None = None,
    ) -> set[tuple[Kind, Kind]]:
        open_to = [
            held
            for held in self.spaces.values()
            if (grantees is None or any(held.grants.get(name, 0) >= right for name in grantees))
            and held.deleted_at is None
            and admits(held.state.settings)
        ]
        found = [r for held in open_to for r in (*held.relationships.values(), *held.versions)]
        kinds = [(r.source.entity[:2], r.target.entity[:2]) for r in found]
        return {(min(pair), max(pair)) for pair in kinds}

    async def secret(self) -> bytes:
        return b"a secret of the tests, never one of a service"
