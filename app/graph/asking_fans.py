"""What walks ask of Neo4j: the links around some entities, and the rest of those that a hub has too many of.

Entities are of three sizes. Of *leaves* all links are read. In a *crowd* the links are put in order of creation, bunch by
bunch. Those of a *hub* are too many for that: they are counted, and the first ones of each bunch are read in its order.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.core.graphs import BOTH, IN, OUT, Bunch, Fan, Link, Spokes, ask_both, name_link
from app.core.identity import id_of, space_name
from app.core.runs import Run
from app.graph import documents
from app.graph.asking import MOST_NAMED, Asking, list_degrees, name_nodes, read_link, spell_along

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from app.core.graphs import Along, Node, Scope
    from app.core.lists import Direction
    from app.core.model import Relationship

MOST_IN_CROWD: Final = 1_000
"""An entity with more links is a hub."""
MOST_AHEAD: Final = 200
"""So many entities are looked at before anybody has asked for them."""
_SIDES: Final[Mapping[Direction, str]] = {OUT: "out", IN: "in", BOTH: "both"}
_DIRECTIONS: Final = {word: direction for direction, word in _SIDES.items()}


class AskingFans(Asking):
    """A fan is one statement, and two more at once where there are hubs."""

    async def fan(
        self, scope: Scope, refs: Collection[str], along: Along, *, each: int, limit: int, ahead: bool = False
    ) -> Fan:
        """See ``Graphs.fan``."""
        keys, most = list(map(space_name(scope.space).record_key, refs)), 2 * limit
        sizes = {"each": each, "crowd": max(each, MOST_IN_CROWD), "ahead": MOST_AHEAD if ahead else 0}
        want = {"space": scope.space, "keys": keys, **sizes, **spell_along(scope, along)}
        row = await self._ask(scope, "ask/fan", want=want, limit=most + 1, ends=MOST_NAMED)
        whole = len(row["links"]) <= most
        if ahead and not whole:
            return await self.fan(scope, refs, along, each=each, limit=limit)
        spokes, nodes = _read_spokes(row, each), dict(name_nodes(row["ends"]))
        hubs = defaultdict(list)
        for bunch in _list_bunches(row["degrees"], along):
            hubs[bunch.ref].append(bunch)
        near = [spokes[ref] for ref in refs]
        if asked := [bunch for ref in refs for bunch in hubs.get(ref, ())]:
            rest = await self._read_hubs(scope, asked, each, most + 1)
            near, nodes, whole = [*near, rest.spokes], {**nodes, **rest.nodes}, whole and rest.whole
        links, bunches = Spokes.join(near)
        further = {ref: spokes[ref] for ref in map(id_of, row["ahead"]) if ref not in hubs}
        return Fan(links[:limit], bunches, whole and len(links) <= limit, nodes, further)

    async def _read_hubs(self, scope: Scope, hubs: Sequence[Bunch], each: int, limit: int) -> _Rest:
        """What is shown of hubs: their small bunches whole, of the others the first links."""
        few, many = ([hub for hub in hubs if (hub.more > each) is large] for large in (False, True))
        (found, nodes), (first, bunches) = await ask_both(
            self._read_few(scope, few, limit), self._read_bunches(scope, many, each)
        )
        return _Rest(Spokes(found + first, bunches), nodes, len(found) < limit)

    async def _read_few(
        self, scope: Scope, bunches: Sequence[Bunch], limit: int
    ) -> tuple[list[Link], Mapping[str, Node]]:
        """All links of small bunches, and whom they lead to."""
        if not bunches:
            return [], {}
        name = space_name(scope.space)
        rows = [[name.record_key(bunch.ref), bunch.type, _SIDES[bunch.direction]] for bunch in bunches]
        want = {"bunches": rows, "prefix": name.record_key("")}
        row = await self._ask(scope, "ask/few", want=want, limit=limit, ends=MOST_NAMED)
        return [read_link(each) for each in row["links"]], dict(name_nodes(row["ends"]))

    async def _read_bunches(self, scope: Scope, bunches: Sequence[Bunch], each: int) -> tuple[list[Link], list[Bunch]]:
        """The first links of large bunches, and the bunches with what is shown of them."""
        links: list[Link] = []
        shown: list[Bunch] = []
        for bunch, records in zip(bunches, await self._read_records(scope, bunches, each), strict=True):
            links += [name_link(scope.space, record) for record in records]
            rest = bunch.more - len(records)
            if rest > 0 and records:  # what was deleted in the meantime is no more
                shown.append(bunch._replace(shown=len(records), more=rest, place=records[-1].n))
        return links, shown

    async def _read_records(self, scope: Scope, bunches: Sequence[Bunch], limit: int) -> list[list[Relationship]]:
        """The first links of each of these bunches behind its place, in order of creation."""
        if not bunches:
            return []
        key = space_name(scope.space).record_key
        rows = [[key(bunch.ref), bunch.type, _SIDES[bunch.direction], bunch.place] for bunch in bunches]
        row = await self._ask(scope, "ask/bunch", want={"space": scope.space, "bunches": rows}, limit=limit)
        found: list[dict[str, Relationship]] = [{} for _ in bunches]
        for at, records in row["bunches"] if row else ():
            found[at] |= {record.id: record for record in map(documents.read_relationship, records)}
        return [sorted(records.values(), key=lambda record: record.n)[:limit] for records in found]

    async def bunch(
        self, scope: Scope, ref: str, type: str, direction: Direction, *, after: int, limit: int
    ) -> Run[Link, int]:
        """See ``Graphs.bunch``."""
        [records] = await self._read_records(scope, [Bunch(ref, type, direction, 0, 0, after)], limit + 1)
        found = [name_link(scope.space, record) for record in records[:limit]]
        return Run(found, records[limit - 1].n if len(records) > limit else None)


class _Rest(NamedTuple):
    """What hubs add to a fan."""

    spokes: Spokes
    nodes: Mapping[str, Node]
    whole: bool


def _read_spokes(row: Mapping[str, Any], each: int) -> defaultdict[str, Spokes]:
    """The links of leaves and crowds by their refs."""
    spokes: defaultdict[str, Spokes] = defaultdict(lambda: Spokes([], []))
    for near, id, type, far, out in row["links"]:
        ref = id_of(near)
        spokes[ref].links.append(read_spoke(ref, id, type, far, out))
    for near, type, side, many, place, links in row["bunches"]:
        ref = id_of(near)
        spokes[ref].links.extend(read_spoke(ref, id, type, far, out) for id, far, out in links)
        if many > each:
            spokes[ref].bunches.append(Bunch(ref, type, _DIRECTIONS[side], each, many - each, place))
    return spokes


def read_spoke(ref: str, id: str, type: str, far: str, out: bool) -> Link:
    """The link from, or to, an entity; ``far``: the key of its other end."""
    return Link(id, type, ref, id_of(far)) if out else Link(id, type, id_of(far), ref)


def _list_bunches(degrees: Iterable[Sequence[Any]], along: Along) -> Iterator[Bunch]:
    """What a walk goes over at hubs, none of it shown yet."""
    for key, *counts in degrees:
        for degree in list_degrees(*counts):
            admitted = along.types is None or degree.type in along.types
            if admitted and (BOTH in (degree.direction, along.direction) or degree.direction is along.direction):
                yield Bunch(id_of(key), degree.type, degree.direction, 0, degree.links, 0)
