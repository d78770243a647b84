"""Whatever bound cuts a far question, its answer says which, and what it holds is true: in both stores alike."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio

from app.core import cycles, difference, impact, intersect, islands, neighbourhood, paths, ways
from app.core.errors import OutOfTime
from app.core.graphs import OUT, Along, Cut, Scope
from app.core.identity import Minter, space_name
from app.core.model import Entity
from app.core.neighbourhood import Reach
from app.core.paths import Route
from app.core.rules import APOLLO
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.store.writing import OWNER, now, own_writers, proposal, recording

LENGTH: Final = 6
NOON: Final = 1e12
"""The end of the time, which is not looked at: grains of sand are counted instead."""
FEEDS: Final = frozenset({"feeds"})


@dataclass(slots=True)
class Hourglass(Scope):
    """The time of a question: so many reads, and what names the answer."""

    grains: int = 1_000

    def left(self) -> float:
        if self.until < NOON + 1:
            if not self.grains:
                raise OutOfTime
            self.grains -= 1
        return 60.0

    def excuse(self, seconds: float) -> None:
        """Planning is no read."""


@dataclass(frozen=True)
class Chain:
    """Pumps 0 to 6 in a row, 6 feeding 1 again; 0 and 2 both have a link to a well, and to five taps."""

    stores: tuple[Any, Any]
    space: str

    def ref(self, name: object) -> str:
        return space_name(self.space).entity_id(Entity("plant", "Pump", str(name)))

    def scope(self, grains: int = 1_000) -> Hourglass:
        return Hourglass(self.space, None, NOON, grains)


@pytest_asyncio.fixture(scope="module")
async def chain(graph: Connection) -> AsyncIterator[Chain]:
    writers, space = own_writers(graph), str(uuid.uuid4())
    stores = MemoryStore(clock=now, mint=Minter().mint), GraphStore(graph, writers)
    pairs = [(n, n + 1) for n in range(LENGTH)] + [(LENGTH, 1)]
    rows = [proposal(str(one), str(other), str(uuid.uuid4()), "feeds") for one, other in pairs]
    ends = [(pump, tap) for pump in "02" for tap in ("well", *(f"tap {n}" for n in range(5)))]
    rows += [proposal(pump, tap, str(uuid.uuid4()), "touches") for pump, tap in ends]
    for store in stores:
        await store.write(space, recording(APOLLO, *rows), founder=OWNER)
    yield Chain(stores, space)
    await writers.close()


Ask = Callable[[Any, Scope, Chain], Awaitable[tuple[Cut | None, Any]]]


async def _path(store: Any, scope: Scope, chain: Chain) -> tuple[Cut | None, Any]:
    route = Route(chain.ref(0), chain.ref(LENGTH), Along(OUT, FEEDS), LENGTH)
    found = await paths.find_shortest(store, scope, route, most=2)
    return found.graph.cut, [path.refs for path in found.paths]


async def _impact(store: Any, scope: Scope, chain: Chain) -> tuple[Cut | None, Any]:
    found = await impact.assess(store, scope, chain.ref(0), Along(OUT, FEEDS), steps=LENGTH, limit=100)
    return found.graph.cut, [each.ref for each in found.reached]


async def _around(store: Any, scope: Scope, chain: Chain) -> tuple[Cut | None, Any]:
    reach = Reach(steps=5, entities=100, each=50)
    found = await neighbourhood.explore(store, scope, [chain.ref(0)], Along(OUT, FEEDS), reach)
    return found.graph.cut, list(found.graph.nodes)[1:]


async def _cycles(store: Any, scope: Scope, _: Chain) -> tuple[Cut | None, Any]:
    found = await cycles.find_cycles(store, scope, FEEDS, longest=LENGTH, limit=10)
    return found.graph.cut, [set(cycle.refs) for cycle in found.cycles]


async def _islands(store: Any, scope: Scope, _: Chain) -> tuple[Cut | None, Any]:
    found = await islands.find_islands(store, scope, FEEDS, limit=10)
    # Of a part of the links more islands are known, and smaller ones.
    return found.cut, [each.size for each in found.islands] if found.cut is None else []


async def _changes(store: Any, scope: Scope, _: Chain) -> tuple[Cut | None, Any]:
    found = await difference.compare(store, scope, 0, None, limit=1_000)
    assert len(found.created) == found.until
    return found.cut, [each.id for each in found.created]


QUESTIONS: dict[str, Ask] = {
    "paths": _path,
    "impact": _impact,
    "neighbourhood": _around,
    "cycles": _cycles,
    "islands": _islands,
    "changes": _changes,
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_whenever_the_time_runs_out_the_answer_says_so_and_holds_what_was_found_by_then(
    chain: Chain, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "PART", 4)
    monkeypatch.setattr(difference, "PART", 3)
    ask = QUESTIONS[question]
    for store in chain.stores:
        cut, whole = await ask(store, chain.scope(), chain)
        assert (cut, bool(whole)) == (None, True)
        cuts: list[Cut | None] = []
        grains = 0
        while None not in cuts:
            grains += 1
            try:
                cut, found = await ask(store, chain.scope(grains), chain)
            except OutOfTime:  # not even known whom the question is about
                continue
            cuts.append(cut)
            assert cut in (None, Cut.TIME)
            assert found == whole if cut is None else found == whole[: len(found)]
        assert Cut.TIME in cuts


async def test_paths_longer_than_any_bound_are_a_cut_by_steps(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MOST_STEPS", 3)
    near, far = chain.ref(0), chain.ref(LENGTH)
    for store in chain.stores:
        too_far = await paths.find_shortest(store, chain.scope(), Route(near, far, Along(OUT, FEEDS), 3))
        assert (too_far.paths, too_far.graph.cut) == ([], Cut.STEPS)
        nowhere = await paths.find_shortest(store, chain.scope(), Route(far, near, Along(OUT, FEEDS), 3))
        assert (nowhere.paths, nowhere.graph.cut) == ([], None)  # nothing leads there, however far
        asked_for = await paths.find_shortest(store, chain.scope(), Route(near, far, Along(OUT, FEEDS), 2))
        assert (asked_for.paths, asked_for.graph.cut) == ([], None)


async def test_an_impact_beyond_any_bound_is_a_cut_by_steps(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "MOST_STEPS", 3)
    for store in chain.stores:
        for steps, cut in ((3, Cut.STEPS), (2, None)):
            found = await impact.assess(store, chain.scope(), chain.ref(0), Along(OUT, FEEDS), steps=steps, limit=100)
            assert (found.graph.cut, found.by_distance) == (cut, [(n, 1) for n in range(1, steps + 1)])


@pytest.mark.parametrize(
    ("question", "module", "bound", "most"),
    [
        ("paths", paths, "MOST_LINKS", 3),
        ("paths", paths, "MOST_TRIES", 2),
        ("impact", impact, "MOST_LINKS", 3),
        ("neighbourhood", neighbourhood, "MOST_LINKS", 3),
        ("cycles", ways, "MOST_LINKS", 3),
        ("cycles", cycles, "MOST_LEFT", 3),
        ("cycles", cycles, "MOST_TRIES", 3),
        ("islands", ways, "MOST_LINKS", 3),
        ("changes", difference, "MOST_CHANGES", 3),
    ],
)
async def test_too_many_relationships_are_a_cut_that_the_answer_tells(
    chain: Chain, question: str, module: Any, bound: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "PART", 2)  # more than four links, and the only cycle might be among them
    monkeypatch.setattr(difference, "PART", 3)
    for store in chain.stores:
        _, whole = await QUESTIONS[question](store, chain.scope(), chain)
        with monkeypatch.context() as patch:
            patch.setattr(module, bound, most)
            cut, found = await QUESTIONS[question](store, chain.scope(), chain)
        assert cut is Cut.RELATIONSHIPS
        assert found == whole[: len(found)]
        assert len(found) < len(whole)


async def test_what_too_many_have_in_common_is_a_cut_that_the_answer_tells(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [chain.ref(0), chain.ref(2)]
    along = Along(OUT, frozenset({"touches"}))
    for store in chain.stores:
        whole = await intersect.intersect(store, chain.scope(), asked, along, limit=100)
        assert (len(whole.shared), whole.graph.cut) == (6, None)
        with monkeypatch.context() as patch:
            patch.setattr(intersect, "MOST_LOOKED", 3)
            part = await intersect.intersect(store, chain.scope(), asked, along, limit=100)
        assert part.graph.cut is Cut.RELATIONSHIPS
        assert set(part.shared) < set(whole.shared)
