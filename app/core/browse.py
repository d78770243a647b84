"""Verbs that list: pages of a space in a total order, and walks from some of its entities, in bounded memory.

A list is picked in two steps: ``pick`` runs once through what there is, keeps the ids of the page and counts the rest;
``fetch`` then reads the page, a thousand at a time. So a page of any size costs its ids, never its records.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from app.core.identity import space_name
from app.core.lists import ANYTHING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from app.core.lists import Direction, Hint, Lists, Outline
    from app.core.model import EntityRecord, Relationship

T = TypeVar("T")

CHUNK = 1_000
OUTLINES = 10_000
MOST_REACHED = 100_000
LARGEST_PAGE_AT_ONCE = 100_000


class TooFar(Exception):
    """A walk of more than one step reaches more than ``MOST_REACHED`` relationships."""


@dataclass(frozen=True, slots=True)
class Around:
    """The entities with these ``keys``, and how far to walk from them."""

    keys: frozenset[str]
    direction: Direction
    depth: int = 1


class Window(NamedTuple):
    """A page: how many to leave out, and how many to show."""

    start: int
    limit: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A page that was picked: the true number of matches, and the ids of the page in their order.

    ``ids`` is None where the page is the plain window of the space, which ``fetch`` reads as it goes; of relationships
    ``first`` holds its beginning.
    """

    count: int
    ids: tuple[str, ...] | None
    first: Sequence[Relationship] = ()


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Which items are wanted and in which order: ``test`` None takes all, ``rank`` None keeps the order of ids."""

    test: Callable[[T], bool] | None = None
    rank: Callable[[T], tuple[object, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which relationships are wanted: ``hint`` leads to them, ``outlines`` says the same where an outline can tell."""

    choice: Choice[Relationship] = Choice()
    hint: Hint = ANYTHING
    outlines: Choice[Outline] | None = None


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
    wanted: Wanted,
    *,
    bookmark: str | None = None,
) -> Selection:
    """The page of a space's live relationships, or of those around some entities. Raises TooFar."""
    reader = Reader(lists, space, bookmark, wanted.hint)
    if around is not None and around.depth > 1:
        found = reader.walk(around)
        if wanted.choice == Choice():
            return await pick(found, window, str, Choice())
        return await pick(reader.read(found), window, _name, wanted.choice)
    if around is None and wanted.choice == Choice():
        first = min(window.limit, CHUNK)
        count, begun = await lists.window(space, window.start, first, bookmark=bookmark)
        return Selection(count, None, begun)
    if around is None and wanted.hint.ids is not None:
        return await pick(reader.read(once(sorted(wanted.hint.ids))), window, _name, wanted.choice)
    near = await reader.find() if around is None else reader.touching(around)
    if wanted.outlines is not None:
        return await pick(near or reader.outlines(), window, _name, wanted.outlines)
    records = reader.live() if near is None else reader.read(_list_ids(near))
    return await pick(records, window, _name, wanted.choice)


def _name(told: Relationship | Outline) -> str:
    return told.id


async def _list_ids(found: AsyncIterator[Sequence[Outline]]) -> AsyncIterator[list[str]]:
    async for some in found:
        yield [each.id for each in some]


async def fetch_relationships(
    lists: Lists, space: str, selection: Selection, window: Window, *, bookmark: str | None = None
) -> AsyncIterator[list[Relationship]]:
    """The relationships of a page in its order, some at a time; those deleted in the meantime are missing."""
    reader = Reader(lists, space, bookmark)
    if selection.ids is None:
        pages = reader.plain(selection.first, min(window.limit, selection.count - window.start))
    else:
        pages = reader.read(once(selection.ids))
    async for page in pages:
        yield page


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one space in chunks: what ``hint`` rules out may be missing."""

    lists: Lists
    space: str
    bookmark: str | None
    hint: Hint = ANYTHING

    def live(self) -> AsyncIterator[list[Relationship]]:
        """All live relationships in the order of their ids."""

        def read(after: str) -> Awaitable[list[Relationship]]:
            return self.lists.live_page(self.space, after, CHUNK, hint=self.hint, bookmark=self.bookmark)

        return _read_on(read, _name, CHUNK)

    def outlines(self) -> AsyncIterator[list[Outline]]:
        """All live relationships in the order of their ids, in outline."""

        def read(after: str) -> Awaitable[list[Outline]]:
            return self.lists.outline_page(self.space, after, OUTLINES, hint=self.hint, bookmark=self.bookmark)

        return _read_on(read, _name, OUTLINES)

    async def plain(self, first: Sequence[Relationship], wanted: int) -> AsyncIterator[list[Relationship]]:
        """So many of all live relationships, from ``first`` on, which is a chunk unless there are no more."""
        page = list(first[: max(0, wanted)])
        while page:
            yield page
            wanted -= len(page)
            more = min(wanted, CHUNK) if len(page) == CHUNK else 0
            page = await self.lists.live_page(self.space, page[-1].id, more, bookmark=self.bookmark) if more else []

    async def find(self) -> AsyncIterator[list[Outline]] | None:
        """What the ends of the hint lead to, in the order of ids; None where there are none."""
        if not self.hint.ends:
            return None
        guests = await self.lists.guests(self.space, bookmark=self.bookmark)
        names = [space_name(each) for each in (self.space, *guests)]
        starts = [Around(frozenset(ends.keys(names)), ends.direction) for ends in self.hint.ends]
        firsts = [await self._touch(start, "") for start in starts]
        start, first = min(zip(starts, firsts, strict=True), key=lambda each: len(each[1]))
        return self.touching(start, first)

    async def touching(self, around: Around, first: list[Outline] | None = None) -> AsyncIterator[list[Outline]]:
        """What some entities reach over in one step: there may be any number of them (sas 9.2.6).

        ``first``: the first page, where it is known.
        """
        page = await self._touch(around, "") if first is None else first
        yield page
        while len(page) == LARGEST_PAGE_AT_ONCE:
            page = await self._touch(around, page[-1].id)
            yield page

    async def _touch(self, around: Around, after: str) -> list[Outline]:
        if not around.keys:
            return []
        return await self.lists.touching(
            self.space,
            around.keys,
            around.direction,
            after,
            LARGEST_PAGE_AT_ONCE,
            hint=self.hint,
            bookmark=self.bookmark,
        )

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
                known = await self.lists.live(self.space, part, hint=self.hint, bookmark=self.bookmark)
                yield [known[id] for id in part if id in known]


async def _read_on(
    read: Callable[[str], Awaitable[list[T]]], name: Callable[[T], str], size: int
) -> AsyncIterator[list[T]]:
    """The pages of an order; each is asked for while the one before it is looked at."""
    ahead = asyncio.ensure_future(read(""))
    try:
        while True:
            page = await ahead
            if len(page) == size:
                ahead = asyncio.ensure_future(read(name(page[-1])))
            yield page
            if len(page) < size:
                return
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)


async def once(items: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """What is at hand already, where items are taken as they come."""
    yield items


def cut(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in parts of ``size``."""
    return (items[at : at + size] for at in range(0, len(items), size))


async def pick_references(
    lists: Lists,
    space: str,
    window: Window,
    choice: Choice[EntityRecord],
    *,
    ids: frozenset[str] | None = None,
    bookmark: str | None = None,
) -> Selection:
    """The page of the references of a space; every one that ``choice`` takes has one of ``ids``, unless that is None."""
    if choice == Choice():
        return Selection(await lists.count_references(space, bookmark=bookmark), None)
    name = space_name(space)
    if ids is None:
        found = list_references(lists, space, bookmark=bookmark)
    else:
        found = _read_references(lists, space, sorted(ids), bookmark)
    return await pick(found, window, lambda item: name.entity_id(item.entity), choice)


async def _read_references(
    lists: Lists, space: str, ids: Sequence[str], bookmark: str | None
) -> AsyncIterator[list[EntityRecord]]:
    """The references with these ids, in this order."""
    name = space_name(space)
    for part in cut(ids, CHUNK):
        keys = list(map(name.record_key, part))
        known = await lists.entities(space, keys, bookmark=bookmark)
        yield [known[key] for key in keys if key in known and known[key].is_reference]


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
        async for page in _read_references(lists, space, selection.ids, bookmark):
            yield page
