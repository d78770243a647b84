"""Verbs that list: pages of a space in a total order, and walks from some of its entities, in bounded memory.

A list is picked in two steps: ``pick`` runs once through what there is, keeps the ids of the page and counts the rest;
``fetch`` then reads the page, a thousand at a time. So a page of any size costs its ids, never its records.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from app.core.identity import space_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence

    from app.core.model import EntityRecord, Relationship

T = TypeVar("T")

CHUNK = 1_000
MOST_REACHED = 100_000
LARGEST_PAGE_AT_ONCE = 100_000


class TooFar(Exception):
    """A walk of more than one step reaches more than ``MOST_REACHED`` relationships."""


class Totals(NamedTuple):
    """The live counts of a space: its relationships, and the entities that it has recorded."""

    relationships: int = 0
    entities: int = 0


class Hint(NamedTuple):
    """What every wanted relationship has: one of ``types``, where that is not None, and each of ``words`` in its texts.

    A store may use it to read less; whoever gives it judges every relationship all the same.
    """

    types: frozenset[str] | None = None
    words: tuple[str, ...] = ()


ANYTHING = Hint()


class Direction(Enum):
    """Which relationships an entity reaches over, as (those it is source of, those it is target of); sas 9.2.

    An undirected one is reached from either end whatever the direction.
    """

    TO = (True, False)
    FROM = (False, True)
    BOTH = (True, True)


class Lists(Protocol):
    """What lists and walks ask of a store. Ids come in the order of their text; an unknown space is an empty one."""

    async def totals(self, space: str, *, bookmark: str | None = None) -> Totals:
        """The counts, kept by the writer, not counted."""
        ...

    async def live_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, hint: Hint = ANYTHING, bookmark: str | None = None
    ) -> list[Relationship]:
        """At most ``limit`` live relationships in the order of ids, after the id ``after``, leaving out ``skip``."""
        ...

    async def relationships(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """The relationships among those with these ids, live or deleted."""
        ...

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        """The recorded entities among those with these keys."""
        ...

    async def touching(
        self,
        space: str,
        keys: Collection[str],
        direction: Direction,
        after: str,
        limit: int,
        *,
        bookmark: str | None = None,
    ) -> list[str]:
        """At most ``limit`` ids, after ``after``, of live relationships that entities with these keys reach over."""
        ...

    async def reach(
        self, space: str, keys: Collection[str], direction: Direction, limit: int, *, bookmark: str | None = None
    ) -> list[tuple[str, str]]:
        """At most ``limit`` pairs (id, key of the far end) of what these entities reach over, each end for itself."""
        ...

    async def reference_page(
        self, space: str, after: str, limit: int, *, skip: int = 0, bookmark: str | None = None
    ) -> list[EntityRecord]:
        """Entities that are references (sas 1.7) in the order of their reference ids, as ``live_page``."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """The entities with these ``keys``, and how far to walk from them."""

    keys: frozenset[str]
    direction: Direction
    depth: int


class Window(NamedTuple):
    """A page: how many to leave out, and how many to show."""

    start: int
    limit: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A page that was picked: the true number of matches, and the ids of the page in their order.

    ``ids`` is None where the page is the plain window of the space, which ``fetch`` reads as it goes.
    """

    count: int
    ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Which items are wanted and in which order: ``test`` None takes all, ``rank`` None keeps the order of ids."""

    test: Callable[[T], bool] | None = None
    rank: Callable[[T], tuple[object, ...]] | None = None


class Picker(Generic[T]):
    """Takes items in the order of their ids; keeps the ids of one page and counts.

    With a ``rank`` it holds one small tuple for each item up to the end of the page, and no more than twice that.
    """

    def __init__(self, window: Window, name: Callable[[T], str], choice: Choice[T]) -> None:
        self._window = window
        self._end = window.start + window.limit
        self._name = name
        self._test, self._rank = choice.test, choice.rank
        self._ranked: list[tuple[tuple[object, ...], str]] = []
        self._ids: list[str] = []
        self._count = 0

    def take(self, items: Sequence[T]) -> None:
        """Some more."""
        if self._test is not None:
            items = list(filter(self._test, items))
        first, self._count = self._count, self._count + len(items)
        if self._rank is None:
            kept = items[max(0, self._window.start - first) : max(0, self._end - first)]
            self._ids += map(self._name, kept)
            return
        if self._window.limit:
            self._ranked += [(self._rank(item), self._name(item)) for item in items]
            if len(self._ranked) > 2 * self._end + CHUNK:
                self._settle()

    def _settle(self) -> None:
        self._ranked.sort()
        del self._ranked[self._end :]

    def finish(self) -> Selection:
        """The page."""
        if self._rank is None:
            return Selection(self._count, tuple(self._ids))
        self._settle()
        return Selection(self._count, tuple(id for _, id in self._ranked[self._window.start :]))


async def pick(
    items: AsyncIterator[Sequence[T]], window: Window, name: Callable[[T], str], choice: Choice[T]
) -> Selection:
    """The page of what ``items`` gives in the order of ids. Long tests run beside the event loop."""
    picker = Picker(window, name, choice)
    aside = choice != Choice()
    async for some in items:
        if aside and len(some) > CHUNK // 4:
            await asyncio.to_thread(picker.take, some)
        else:
            picker.take(some)
    return picker.finish()


async def pick_relationships(
    lists: Lists,
    space: str,
    around: Around | None,
    window: Window,
    choice: Choice[Relationship],
    *,
    hint: Hint = ANYTHING,
    bookmark: str | None = None,
) -> Selection:
    """The page of a space's live relationships, or of those around some entities. Raises TooFar."""
    reader = Reader(lists, space, bookmark)
    if around is None and choice == Choice():
        totals = await lists.totals(space, bookmark=bookmark)
        return Selection(totals.relationships, None)
    if around is None:
        return await pick(reader.live(hint), window, lambda item: item.id, choice)
    ids = reader.touching(around) if around.depth == 1 else reader.walk(around)
    if choice == Choice():
        return await pick(ids, window, str, Choice())
    return await pick(reader.read(ids), window, lambda item: item.id, choice)


async def fetch_relationships(
    lists: Lists, space: str, selection: Selection, window: Window, *, bookmark: str | None = None
) -> AsyncIterator[list[Relationship]]:
    """The relationships of a page in its order, some at a time; those deleted in the meantime are missing."""
    reader = Reader(lists, space, bookmark)
    if selection.ids is None:
        wanted = min(window.limit, selection.count - window.start)
        pages = reader.plain(window.start, wanted)
    else:
        pages = reader.read(_once(selection.ids))
    async for page in pages:
        yield page


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one space in chunks."""

    lists: Lists
    space: str
    bookmark: str | None

    async def live(self, hint: Hint) -> AsyncIterator[list[Relationship]]:
        """All live relationships that the hint does not rule out, in the order of their ids."""
        after = ""
        while True:
            page = await self.lists.live_page(self.space, after, CHUNK, hint=hint, bookmark=self.bookmark)
            yield page
            if len(page) < CHUNK:
                return
            after = page[-1].id

    async def plain(self, skip: int, wanted: int) -> AsyncIterator[list[Relationship]]:
        """A window of all live relationships."""
        after = ""
        while wanted > 0:
            limit = min(CHUNK, wanted)
            page = await self.lists.live_page(self.space, after, limit, skip=skip, bookmark=self.bookmark)
            yield page
            if len(page) < limit:
                return
            skip, wanted, after = 0, wanted - limit, page[-1].id

    async def touching(self, around: Around) -> AsyncIterator[list[str]]:
        """The ids of what some entities reach over in one step: there may be any number of them (sas 9.2.6)."""
        after = ""
        while around.keys:
            ids = await self.lists.touching(
                self.space, around.keys, around.direction, after, LARGEST_PAGE_AT_ONCE, bookmark=self.bookmark
            )
            yield ids
            if len(ids) < LARGEST_PAGE_AT_ONCE:
                return
            after = ids[-1]

    async def walk(self, around: Around) -> AsyncIterator[list[str]]:
        """The ids of what is reached in at most ``depth`` steps, entities once each (sas 9.2.3). Raises TooFar."""
        found: set[str] = set()
        seen, frontier = set(around.keys), set(around.keys)
        for _ in range(around.depth):
            if not frontier:
                break
            # A relationship is met at most once from each of its two ends.
            most = 2 * (MOST_REACHED + 1)
            pairs = await self.lists.reach(self.space, frontier, around.direction, most, bookmark=self.bookmark)
            found.update(id for id, _ in pairs)
            if len(found) > MOST_REACHED:
                raise TooFar
            frontier = {far for _, far in pairs} - seen
            seen |= frontier
        yield sorted(found)

    async def read(self, ids: AsyncIterator[Sequence[str]]) -> AsyncIterator[list[Relationship]]:
        """The live relationships with these ids, in this order."""
        async for some in ids:
            for part in cut(some, CHUNK):
                known = await self.lists.relationships(self.space, part, bookmark=self.bookmark)
                yield [known[id] for id in part if id in known and known[id].live]


async def _once(ids: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    yield ids


def cut(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in parts of ``size``."""
    return (items[at : at + size] for at in range(0, len(items), size))


async def pick_references(
    lists: Lists,
    space: str,
    window: Window,
    choice: Choice[EntityRecord],
    *,
    bookmark: str | None = None,
) -> Selection:
    """The page of the references of a space."""
    if choice == Choice():
        totals = await lists.totals(space, bookmark=bookmark)
        return Selection(totals.entities, None)
    name = space_name(space)
    return await pick(
        list_references(lists, space, bookmark=bookmark), window, lambda item: name.entity_id(item.entity), choice
    )


async def list_references(
    lists: Lists, space: str, *, skip: int = 0, bookmark: str | None = None
) -> AsyncIterator[list[EntityRecord]]:
    """Every reference of a space in the order of its id."""
    name, after = space_name(space), ""
    while True:
        page = await lists.reference_page(space, after, CHUNK, skip=skip, bookmark=bookmark)
        yield page
        if len(page) < CHUNK:
            return
        skip, after = 0, name.entity_id(page[-1].entity)


async def fetch_references(
    lists: Lists, space: str, selection: Selection, window: Window, *, bookmark: str | None = None
) -> AsyncIterator[list[EntityRecord]]:
    """The references of a page in its order, some at a time."""
    if selection.ids is None:
        wanted = min(window.limit, selection.count - window.start)
        if wanted <= 0:
            return
        async for page in list_references(lists, space, skip=window.start, bookmark=bookmark):
            yield page[:wanted]
            wanted -= len(page)
            if wanted <= 0:
                return
    else:
        name = space_name(space)
        for part in cut(selection.ids, CHUNK):
            keys = [name.record_key(id) for id in part]
            known = await lists.entities(space, keys, bookmark=bookmark)
            yield [known[key] for key in keys if key in known]
