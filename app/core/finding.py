"""The verb that finds entities of a space: by what they are, by their words, or by both.

Who asks for words, a name or an id gets first what the index of words knows, the best first: what is spelled so, then
what begins so, then the rest. All others follow in the order of refs, and are looked for among all entities of the space:
what the index does not know yet, or cuts into other words, is found there. Where the index knows any, the others begin
on a page of their own. So pages together hold every entity that is wanted, each once, and the first of them is quick.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from app.core.graphs import name_node
from app.core.identity import space_name
from app.core.runs import Run, fill
from app.core.words import describe, list_words, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.graphs import Graphs, Node, Scope
    from app.core.identity import SpaceName
    from app.core.model import EntityRecord

MOST_HITS: Final = 1_000
MOST_PASSED: Final = 200_000
MOST_WORDS: Final = 16
_LONGEST_LABEL: Final = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities are wanted. ``text``: each of its words begins a word of the entity; ``name`` ignores case."""

    text: str | None = None
    id: str | None = None
    name: str | None = None
    domain: str | None = None
    type: str | None = None
    kind: str | None = None

    @property
    def beginnings(self) -> list[str]:
        """What words of the entity begin with."""
        return list_words(self.text or "")

    @property
    def words(self) -> list[str]:
        """Words that the entity has."""
        return [*list_words(self.id or ""), *list_words(self.name or "")]

    def admits(self, record: EntityRecord) -> bool:
        """Whether an entity is wanted."""
        entity, name = record.entity, name_of(record)
        said = ((self.id, entity.id), (self.domain, entity.domain), (self.type, entity.type), (self.kind, record.kind))
        if any(wanted not in (None, found) for wanted, found in said):
            return False
        if self.name is not None and self.name.lower() != (name or "").lower():
            return False
        if self.text is None:
            return True
        words = describe(record)
        return all(any(word.startswith(start) for word in words) for start in self.beginnings)


class Rank(NamedTuple):
    """Where an entity stands among those that the index knows."""

    tier: int
    label: str
    ref: str


class Place(NamedTuple):
    """Where a page ended: at a ``rank`` among those that the index knew, or at a ``ref`` among the others.

    ``mark``: the largest ordinal among what the index knew at the first page. What it has learned since comes with the others.
    """

    mark: int
    rank: Rank | None = None
    ref: str = ""


class Found(NamedTuple):
    """A page, and the place behind which the next begins."""

    nodes: list[Node]
    after: Place | None


async def find(graphs: Graphs, scope: Scope, wanted: Wanted, *, after: Place | None, limit: int) -> Found:
    """A page of the entities that are wanted; it looks at 200,000 of a space, and may hold fewer than asked.

    Raises OutOfTime.
    """
    if wanted.text is not None and not wanted.beginnings:
        return Found([], None)  # a text without a word
    known, mark = await _ask_the_index(graphs, scope, wanted, after)
    best = [pair for pair in known if after is None or (after.rank is not None and pair[0] > after.rank)]
    if len(best) > limit:
        return Found(_show(best[:limit]), Place(mark, best[limit - 1][0]))
    if best:
        return Found(_show(best), Place(mark))
    start = "" if after is None else after.ref
    others = await _pass_on(graphs, scope, wanted, known, after=start, limit=limit)
    return Found(_show(others.found), None if others.reached is None else Place(mark, None, others.reached))


Ranked: TypeAlias = "tuple[Rank, EntityRecord]"


async def _ask_the_index(
    graphs: Graphs, scope: Scope, wanted: Wanted, after: Place | None
) -> tuple[Sequence[Ranked], int]:
    """What the index knew at the first page, the best first, and the mark of that."""
    if not (wanted.beginnings or wanted.words):
        return [], 0
    hits = await graphs.hits(scope, wanted, limit=MOST_HITS)
    mark = max((record.n for record in hits), default=0) if after is None else after.mark
    sought = (wanted.text or wanted.name or wanted.id or "").lower().strip()
    then = [record for record in hits if record.n <= mark]
    return await asyncio.to_thread(_rank, space_name(scope.space), wanted, sought, then), mark


def _rank(name: SpaceName, wanted: Wanted, sought: str, records: Sequence[EntityRecord]) -> list[Ranked]:
    return sorted((_place(name, record, sought), record) for record in records if wanted.admits(record))


def _place(name: SpaceName, record: EntityRecord, sought: str) -> Rank:
    texts = [text.lower() for text in (name_of(record), record.entity.id) if text is not None]
    tier = 0 if sought in texts else 1 if any(text.startswith(sought) for text in texts) else 2
    return Rank(tier, texts[0][:_LONGEST_LABEL], name.entity_id(record.entity))


async def _pass_on(
    graphs: Graphs, scope: Scope, wanted: Wanted, known: Sequence[Ranked], *, after: str, limit: int
) -> Run[Ranked, str]:
    """Those that are not known, in the order of refs."""
    name, refs = space_name(scope.space), {rank.ref for rank, _ in known}

    async def look_on(place: str, look: int, most: int) -> Run[Ranked, str]:
        run = await graphs.pass_along(scope, wanted, after=place, look=look, limit=most)
        named = [(Rank(2, "", name.entity_id(record.entity)), record) for record in run.found]
        return Run([pair for pair in named if pair[0].ref not in refs], run.reached)

    return await fill(
        look_on,
        lambda pair: wanted.admits(pair[1]),
        lambda pair: pair[0].ref,
        after=after,
        limit=limit,
        most=MOST_PASSED,
    )


def _show(ranked: Sequence[Ranked]) -> list[Node]:
    return [name_node(rank.ref, record) for rank, record in ranked]
