"""Verbs that look over a space: its relationships by type, its declared entities, what an entity is linked to, counts.

Places are ids: relationships come in the order of their core UUIDs, entities in that of their keys. A page looks at no
more than ``MOST_PASSED`` records; where few of many are wanted, it may hold fewer than asked and still say where the
next one begins.
"""

from __future__ import annotations

import asyncio
import heapq
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from app.core.identity import space_name
from app.core.runs import Run, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from app.core.model import Entity, EntityRecord, Relationship

MOST_PASSED: Final = 200_000
CHUNK: Final = 2_000


class Sieve(NamedTuple):
    """Which declared entities are wanted: those of ``type``, with any of ``words`` in their texts; None: any.

    A store holds to ``type``, and may find others than ``words`` say: who gives those judges every entity all the same.
    """

    type: str | None = None
    words: tuple[str, ...] | None = None


ALL: Final = Sieve()


class Tally(NamedTuple):
    """How many live relationships and declared, live entities a space has of each type; types with none are left out."""

    relationships: Mapping[str, int]
    entities: Mapping[str, int]


class Surveys(Protocol):
    """What these verbs ask of a store. An unknown space is an empty one. Runs: see ``runs.Run``."""

    async def live_run(
        self, space: str, type: str | None, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[Relationship, str]:
        """Live relationships, of one type or of all. Looks at no more than about ``look`` records of the space."""
        ...

    async def declared_run(
        self, space: str, sieve: Sieve, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[EntityRecord, str]:
        """Declared, live entities. Looks at no more than about ``look`` records that were ever declared."""
        ...

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
        """Live relationships of the space with this entity as an end, of these types or of all; finds at most ``look``."""
        ...

    async def tally(self, space: str, *, bookmark: str | None = None) -> Tally:
        """The counts by type."""
        ...


async def list_relationships(
    store: Surveys, space: str, type: str | None, *, after: str, limit: int, bookmark: str | None = None
) -> Run[Relationship, str]:
    """A page of the live relationships of one type, or of all."""

    async def look_on(place: str, look: int, wanted: int) -> Run[Relationship, str]:
        return await store.live_run(space, type, after=place, look=look, limit=wanted, bookmark=bookmark)

    return await fill(look_on, _admit, lambda each: each.id, after=after, limit=limit, most=MOST_PASSED)


async def list_entities(
    store: Surveys,
    space: str,
    sieve: Sieve,
    admits: Callable[[EntityRecord], bool] | None,
    *,
    after: str,
    limit: int,
    bookmark: str | None = None,
) -> Run[EntityRecord, str]:
    """A page of the declared entities that are admitted; None: all of them. The test runs beside the event loop."""
    name = space_name(space)

    async def look_on(place: str, look: int, wanted: int) -> Run[EntityRecord, str]:
        if admits is None:
            return await store.declared_run(space, sieve, after=place, look=look, limit=wanted, bookmark=bookmark)
        few = min(look, CHUNK)
        run = await store.declared_run(space, sieve, after=place, look=look, limit=few, bookmark=bookmark)
        return Run(await asyncio.to_thread(_sift, admits, run.found), run.reached)

    return await fill(
        look_on, _admit, lambda each: name.entity_id(each.entity), after=after, limit=limit, most=MOST_PASSED
    )


def _sift(admits: Callable[[EntityRecord], bool], records: Sequence[EntityRecord]) -> list[EntityRecord]:
    return [record for record in records if admits(record)]


def _admit(_: object) -> bool:
    return True


class Ranked(NamedTuple):
    """Where an entity stands in an order by rank: equal ranks come in the order of their ids."""

    rank: float
    id: str


async def rank_entities(
    store: Surveys,
    space: str,
    sieve: Sieve,
    rank: Callable[[EntityRecord], float | None],
    *,
    after: Ranked | None,
    limit: int,
    bookmark: str | None = None,
) -> Run[EntityRecord, Ranked]:
    """A page of the declared entities that have a rank, the smallest first. Every page goes through all of them.

    It holds no more than a page at a time.
    """
    name, place = space_name(space), ""
    best: list[tuple[Ranked, EntityRecord]] = []

    def sift(
        some: Sequence[EntityRecord], kept: list[tuple[Ranked, EntityRecord]]
    ) -> list[tuple[Ranked, EntityRecord]]:
        ranked = ((rank(record), record) for record in some)
        placed = ((Ranked(far, name.entity_id(record.entity)), record) for far, record in ranked if far is not None)
        behind = [pair for pair in placed if after is None or pair[0] > after]
        return heapq.nsmallest(limit + 1, [*kept, *behind], key=lambda pair: pair[0])

    while True:
        run = await store.declared_run(space, sieve, after=place, look=CHUNK, limit=CHUNK, bookmark=bookmark)
        best = await asyncio.to_thread(sift, run.found, best)
        if run.reached is None:
            break
        place = run.reached
    found = [record for _, record in best[:limit]]
    return Run(found, best[limit - 1][0] if len(best) > limit else None)


async def list_links(
    store: Surveys,
    space: str,
    entity: Entity,
    types: Collection[str] | None,
    *,
    after: str,
    limit: int,
    bookmark: str | None = None,
) -> Run[Relationship, str]:
    """A page of the live relationships that have an entity as an end, each once, of these types or of all."""

    async def look_on(place: str, look: int, _: int) -> Run[Relationship, str]:
        return await store.linked_run(space, entity, types, after=place, look=look, bookmark=bookmark)

    return await fill(look_on, _admit, lambda each: each.id, after=after, limit=limit)
