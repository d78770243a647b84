"""The verb that finds entities of a space: by what they are, by their words, or by both.

Who asks for words, an id or a name gets the best first: what is spelled so, then what begins so, then the rest. All else
comes in the order of refs. What was written a moment ago may not be found by its words yet: the index of words follows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.graphs import Cut, name_node
from app.core.identity import space_name
from app.core.runs import fill
from app.core.words import describe, list_words, name_of

if TYPE_CHECKING:
    from app.core.graphs import Graphs, Node, Scope
    from app.core.model import EntityRecord
    from app.core.runs import Run

MOST_HITS: Final = 2_000
MOST_PASSED: Final = 200_000
MOST_WORDS: Final = 16
_RANKED: Final = 64


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
        """What words of the entity must begin with."""
        return list_words(self.text or "")

    @property
    def words(self) -> list[str]:
        """Words that the entity must have."""
        return [*list_words(self.id or ""), *list_words(self.name or "")]

    def admits(self, record: EntityRecord) -> bool:
        """Whether an entity is wanted."""
        entity, name = record.entity, name_of(record)
        said = ((self.id, entity.id), (self.domain, entity.domain), (self.type, entity.type), (self.kind, record.kind))
        if any(wanted not in (None, found) for wanted, found in said):
            return False
        if self.name is not None and self.name.casefold() != (name or "").casefold():
            return False
        words = describe(record).split(" ") if self.text is not None else []
        return all(any(word.startswith(start) for word in words) for start in self.beginnings)


class Rank(NamedTuple):
    """Where an entity stands among those found by words."""

    tier: int
    label: str
    ref: str


class Found(NamedTuple):
    """A page, the place behind which the next begins, and what has cut the search."""

    nodes: list[Node]
    after: Rank | str | None
    cut: Cut | None = None


async def find(graphs: Graphs, scope: Scope, wanted: Wanted, *, after: Rank | str | None, limit: int) -> Found:
    """A page of the entities that are wanted. Raises OutOfTime.

    By words: of at most 2,000 that have them. Else a page looks at 200,000 entities, and may hold fewer than asked.
    """
    if wanted.beginnings or wanted.words:
        return await _find_by_words(graphs, scope, wanted, after if isinstance(after, Rank) else None, limit)
    if wanted.text is not None:
        return Found([], None)  # a text without a word
    name = space_name(scope.space)

    async def look_on(place: str, look: int, most: int) -> Run[EntityRecord, str]:
        return await graphs.pass_along(scope, wanted, after=place, look=look, limit=most)

    run = await fill(
        look_on,
        wanted.admits,
        lambda record: name.entity_id(record.entity),
        after=str(after or ""),
        limit=limit,
        most=MOST_PASSED,
    )
    return Found([name_node(name.entity_id(record.entity), record) for record in run.found], run.reached)


async def _find_by_words(graphs: Graphs, scope: Scope, wanted: Wanted, after: Rank | None, limit: int) -> Found:
    hits = await graphs.hits(scope, wanted, limit=MOST_HITS + 1)
    cut = Cut.ROWS if len(hits) > MOST_HITS else None
    ranked = await asyncio.to_thread(_rank, scope.space, wanted, hits)
    rest = [pair for pair in ranked if after is None or pair[0] > after]
    page = rest[:limit]
    return Found([node for _, node in page], page[-1][0] if len(rest) > limit else None, cut)


def _rank(space: str, wanted: Wanted, records: list[EntityRecord]) -> list[tuple[Rank, Node]]:
    name, sought = space_name(space), (wanted.text or wanted.name or wanted.id or "").casefold().strip()
    nodes = [name_node(name.entity_id(record.entity), record) for record in records if wanted.admits(record)]
    return sorted((_place(node, sought), node) for node in nodes)


def _place(node: Node, sought: str) -> Rank:
    texts = [text.casefold() for text in (node.name, node.entity.id) if text is not None]
    tier = 0 if sought in texts else 1 if any(text.startswith(sought) for text in texts) else 2
    return Rank(tier, texts[0][:_RANKED], node.ref)
