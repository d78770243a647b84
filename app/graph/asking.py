"""``core.graphs.Graphs`` on Neo4j. Every read is one statement in a READ session whose transaction has a time limit."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from app.core.graphs import (
    BOTH,
    IN,
    OUT,
    UNDIRECTED,
    Card,
    Census,
    Degree,
    Extent,
    Glance,
    Link,
    Steps,
    Stock,
    Ways,
    name_node,
)
from app.core.identity import id_of, space_name
from app.core.model import Entity
from app.core.runs import Run
from app.graph import documents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from app.core.finding import Wanted
    from app.core.graphs import Along, Node, Scope
    from app.core.model import EntityRecord, Relationship
    from app.graph.connection import Connection


ASIDE: Final = 200
"""So many documents are read beside the event loop."""
MOST_NAMED: Final = 1_000
"""So many of those whom a fan leads to are named with it."""
HITS_EVERYWHERE: Final = 5_000
"""So many of the best hits in all spaces are looked at: what stands behind them in a crowd is found without the index."""
MOST_SHORTEST: Final = 20_001
"""So many paths of one length are put in order."""
_JOINED: Final = re.compile(r"\w+")


class Asking:
    """What questions ask. Keys of the graph are refs behind the prefix of their space."""

    _connection: Connection

    async def _ask(self, scope: Scope, name: str, **params: Any) -> Any:
        """The one row of a statement, within the time that is left; None for no row. Raises OutOfTime."""
        scope.left()
        scope.excuse(await self._connection.plan_first(name))
        rows = await self._connection.read(name, bookmark=scope.bookmark, seconds=scope.left(), **params)
        return rows[0] if rows else None

    async def extents(self, spaces: Collection[str], *, bookmark: str | None = None) -> dict[str, Extent]:
        """See ``Graphs.extents``."""
        rows = await self._connection.read("ask/extents", bookmark=bookmark, want={"spaces": list(spaces)})
        return {id: Extent(*counts) for id, *counts in rows[0]["extents"]}

    async def nodes(self, scope: Scope, refs: Collection[str]) -> dict[str, Node]:
        """See ``Graphs.nodes``."""
        if not refs:
            return {}
        row = await self._ask(scope, "entity/by_keys", keys=list(map(space_name(scope.space).record_key, refs)))
        rows = row["entities"]
        return dict(name_nodes(rows) if len(rows) < ASIDE else await asyncio.to_thread(list, name_nodes(rows)))

    async def card(self, scope: Scope, ref: str) -> Card | None:
        """See ``Graphs.card``."""
        name = space_name(scope.space)
        want = {"space": scope.space, "key": name.record_key(ref), "prefix": name.record_key("")}
        row = await self._ask(scope, "ask/card", want=want)
        if row is None:
            return None
        degrees = [degree for counts in row["degrees"] for degree in list_degrees(*counts)]
        return Card(
            documents.read_entity(row["entity"]), sorted(degrees, key=lambda each: (each.type, each.direction is IN))
        )

    async def step(self, scope: Scope, refs: Collection[str], along: Along, *, limit: int) -> Steps:
        """See ``Graphs.step``."""
        want = {"keys": list(map(space_name(scope.space).record_key, refs)), **spell_along(scope, along)}
        # A link between two of the entities is met from both of them.
        row = await self._ask(scope, "ask/step", want=want, limit=2 * limit + 1)
        links = list(dict.fromkeys(map(read_link, row["links"])))
        return Steps(links[:limit], len(links) <= limit and len(row["links"]) <= 2 * limit)

    async def shortest(self, scope: Scope, source: str, target: str, along: Along, *, most: int) -> Ways | None:
        """See ``Graphs.shortest``."""
        if source == target:
            return None
        key = space_name(scope.space).record_key
        want = {"space": scope.space, "from": key(source), "to": key(target), **spell_along(scope, along)}
        row = await self._ask(scope, "ask/shortest", want=want, look=MOST_SHORTEST, limit=most)
        if row is None or row["many"] in (0, MOST_SHORTEST):
            return None
        return Ways([list(map(read_link, path)) for path in row["paths"]], dict(name_nodes(row["ends"])))

    async def hits(self, scope: Scope, wanted: Wanted, *, limit: int) -> list[EntityRecord]:
        """See ``Graphs.hits``. An id is also looked up under every kind that the space knows: that needs no index of words."""
        name = space_name(scope.space)
        keys = [name.entity_key(entity) for entity in await self._guess(scope, wanted)]
        want = {"query": _spell_query(wanted), "keys": keys, **name.keys_behind("")}
        row = await self._ask(scope, "ask/hits", want=want, look=HITS_EVERYWHERE, limit=limit)
        return list(map(documents.read_entity, row["entities"]))

    async def _guess(self, scope: Scope, wanted: Wanted) -> set[Entity]:
        """Who may have the id that is wanted: it is an id of some kind."""
        if wanted.id is None:
            return set()
        row = await self._ask(scope, "ask/kinds", want={"prefix": space_name(scope.space).record_key("")})
        kinds = {kind for pair in map(documents.read_pair, row["pairs"]) for kind in pair}
        return {Entity(domain, type, wanted.id) for domain, type in kinds | {("apollo", "entity"), ("sas", "resource")}}

    async def pass_along(
        self, scope: Scope, wanted: Wanted, *, after: str, look: int, limit: int
    ) -> Run[EntityRecord, str]:
        """See ``Graphs.pass_along``."""
        want = {
            **space_name(scope.space).keys_behind(after),
            **{part: getattr(wanted, part) for part in ("id", "domain", "type", "kind")},
            "label": None if wanted.kind is None else documents.label(wanted.kind),
            "words": [*wanted.words, *wanted.beginnings],
        }
        row = await self._ask(scope, "ask/along", want=want, look=look, limit=limit)
        found = list(map(documents.read_entity, row["entities"]))
        place = row["entities"][-1][0] if len(found) == limit else row["reached"]
        return Run(found, place and id_of(place))

    async def census(self, scope: Scope, *, after: str, look: int) -> Census:
        """See ``Graphs.census``."""
        want = {"space": scope.space, **space_name(scope.space).keys_behind(after)}
        row = await self._ask(scope, "ask/census", want=want, look=look)
        if row is None:
            return Census({}, None)
        kinds: Counter[str] = Counter()
        for labels, type, many in row["kinds"]:
            label = next((each for each in labels if each != "Entity"), None)
            kinds[type if label is None else documents.read_label(label)] += many
        return Census(kinds, row["reached"] and id_of(row["reached"]))

    async def glance(self, scope: Scope, *, after: str, look: int) -> Glance:
        """See ``Graphs.glance``."""
        name = space_name(scope.space)
        want = {"space": scope.space, "prefix": name.record_key(""), **name.keys_behind(after)}
        row = await self._ask(scope, "ask/glance", want=want, look=look)
        if row is None:
            return Glance([], 0, [], None)
        nodes = dict(name_nodes([*(node for _, node in row["hubs"]), *row["lone"]]))
        hubs = [(links, nodes[id_of(node[0])]) for links, node in row["hubs"]]
        lone = [nodes[id_of(node[0])] for node in row["lone"]]
        return Glance(hubs, row["orphans"], lone, row["reached"] and id_of(row["reached"]))

    async def stock(self, scope: Scope) -> Stock:
        """See ``Graphs.stock``."""
        want = {"space": scope.space, "prefix": space_name(scope.space).record_key("")}
        row = await self._ask(scope, "ask/stock", want=want)
        return Stock(Extent(0, 0, 0), {}) if row is None else Stock(Extent(*row["extent"]), dict(row["types"]))

    async def ends(self, scope: Scope, ids: Collection[str]) -> dict[str, Relationship]:
        """See ``Graphs.ends``."""
        needs = {"keys": list(map(space_name(scope.space).record_key, ids)), "clauses": []}
        row = await self._ask(scope, "relationship/live_by_keys", needs=needs)
        return {found.id: found for found in map(documents.read_relationship, row["records"])}


def name_nodes(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, Node]]:
    """The entities among some rows by their refs: what is a reference of the space."""
    for row in rows:
        ref, record = id_of(row[0]), documents.read_entity(row)
        if record.is_reference:
            yield ref, name_node(ref, record)


def spell_along(scope: Scope, along: Along) -> dict[str, Any]:
    """Over which edges to go, and which of them are the space's, for a statement."""
    source, target = along.direction.value
    types = None if along.types is None else list(along.types)
    return {
        "prefix": space_name(scope.space).record_key(""),
        "types": types,
        "source": source.value,
        "target": target.value,
    }


def read_link(row: Sequence[str]) -> Link:
    """The link of a row: id, type, keys of source and target."""
    id, type, source, target = row
    return Link(id, type, id_of(source), id_of(target))


def _spell_query(wanted: Wanted) -> str:
    """A query of the index of words. It joins words at underscores, so what was asked is also spelled as it would be there.

    Words hold letters and digits only, and joined ones underscores besides: nothing that the index reads as a sign.
    """
    terms = [*wanted.words, *(f"{start}*" for start in wanted.beginnings)]
    joined = [f"{run}*" for run in _JOINED.findall((wanted.text or "").lower()) if run.strip("_")]
    ways = dict.fromkeys(" ".join(f"+{term}" for term in way) for way in (terms, joined) if way)
    return " OR ".join(f"({way})" for way in ways)


def list_degrees(type: str, out: int, into: int, loops: int) -> Iterator[Degree]:
    """The degrees of an entity in one type, of which so many links have it as source, as target, and as both."""
    if type == UNDIRECTED:
        yield Degree(type, BOTH, out + into - loops)
        return
    if out:
        yield Degree(type, OUT, out)
    if into:
        yield Degree(type, IN, into)
