"""The store in memory says what is right; the one on Neo4j has to agree in every outcome and in the whole state.

``TERCET_TEST_LONG=1`` runs many more and longer stories, and makes one that fails as short as it can.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from neo4j import AsyncTransaction

from app.core.errors import TercetError
from app.core.identity import space_name
from app.core.model import Entity, Refused
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import AUTODESK, SAS
from app.core.store import Batch, Receipt
from app.graph import facts, pieces, writer
from app.graph.connection import Connection
from app.graph.foresight import Foreseen
from app.graph.store import GraphStore
from app.graph.transaction import Concluded, Transaction
from app.graph.writer import Gathering, Writers
from tests.memory import MemoryStore
from tests.store.arrange import found_alike, strike_out_alike
from tests.store.photograph import Names, Photo, differences, photograph_graph, photograph_memory
from tests.store.pools import AUTHORS, CHOSEN_IDS, SECOND, Recorded, Retired, ask, batches, resolve, things, upsert

T = TypeVar("T")
LONG = bool(os.environ.get("TERCET_TEST_LONG"))
MOST_LABELS = 2
founders = st.sampled_from(["owner", "owner", "owner", None, "stranger"])


class CountingMint:
    """Ids in growing order, and which they were; below and above them there is room for chosen ones."""

    def __init__(self) -> None:
        self.made: set[str] = set()

    def __call__(self) -> str:
        id = str(uuid.UUID(int=(8 << 124) + len(self.made)))
        self.made.add(id)
        return id


class Side:
    """One store, the ids it minted, and its last photographs."""

    def __init__(self, store: MemoryStore | GraphStore, mint: CountingMint) -> None:
        self.store = store
        self.mint = mint
        self.photos: dict[str, Photo | None] = {}

    def known(self, space: str) -> list[str]:
        """The ids of a space in the order of creation."""
        photo = self.photos.get(space)
        return [] if photo is None else [r.id for r in sorted(photo["relationships"].values(), key=lambda r: r.n)]

    def names(self) -> Names:
        return Names(self.photos, self.mint.made)

    def build(self, spec: Recorded | Retired, space: str, other: str, now: int, number: int) -> Batch:
        """The batch that a specification means on this side."""
        origin = Origin(by=spec.by, principal="owner", request_id=f"r{number}", transaction_id=f"t{number}")
        known = self.known(space)
        if isinstance(spec, Retired):
            return Retiring(ids=[str(resolve(id, known)) for id in spec.ids], origin=origin)
        return Recording(
            policy=spec.policy,
            items=[item.proposal(space_name(space), other, known) for item in spec.items],
            origin=origin,
            seen_until=None if spec.seen is None else (now // SECOND + spec.seen) * SECOND,
            type_limit=spec.type_limit,
            ends_must_exist=spec.ends_must_exist,
        )


def tell(result: Receipt | BaseException) -> Any:
    """What a caller learns, as plain values."""
    if isinstance(result, BaseException):
        if not isinstance(result, TercetError):
            raise result
        return [type(result).__name__, vars(result)]
    return [_tell_one(outcome) for outcome in result.outcomes]


def _tell_one(outcome: Any) -> Any:
    if isinstance(outcome, Refused):
        return ["Refused", type(outcome.error).__name__, vars(outcome.error)]
    return [type(outcome).__name__, outcome.relationship, getattr(outcome, "warnings", ())]


class SideBySide(RuleBasedStateMachine):
    """Two spaces that name each other's things; every batch goes to both stores."""

    graph: Connection
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_700_000_000 * SECOND
        self.spaces = [str(uuid.uuid4()), str(uuid.uuid4())]
        self.number = 0
        mints = CountingMint(), CountingMint()
        self.memory = Side(MemoryStore(clock=self.clock, mint=mints[0], most_labels=MOST_LABELS), mints[0])
        self.writers = Writers(self.graph, Gathering(labels=MOST_LABELS), clock=self.clock, mint=mints[1])
        self.neo4j = Side(GraphStore(self.graph, self.writers), mints[1])

    def teardown(self) -> None:
        self.run(self.writers.close())

    def clock(self) -> int:
        return self.now

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @initialize(enforced=st.sampled_from([None, None, "types", "references"]))
    def found_a_space(self, enforced: str | None) -> None:
        space = self.spaces[0]
        chosen = {} if enforced is None else {enforced: "enforce"}
        self.run(found_alike(self.memory.store, self.neo4j.store, self.graph, space, chosen))
        self.look()

    @rule(step=st.sampled_from([0, 0, 1, SECOND, 2 * SECOND, -5 * SECOND]))
    def let_time_pass(self, step: int) -> None:
        self.now += step

    @rule(place=st.sampled_from([0, 0, 1]), founder=founders, spec=batches)
    def write(self, place: int, founder: str | None, spec: Recorded | Retired) -> None:
        self.write_all(place, [(founder, spec)])

    @rule(place=st.sampled_from([0, 0, 1]), specs=st.lists(st.tuples(founders, batches), min_size=2, max_size=5))
    def write_at_once(self, place: int, specs: list[tuple[str | None, Recorded | Retired]]) -> None:
        self.write_all(place, specs)

    @rule(ids=st.permutations(CHOSEN_IDS), ends=st.tuples(things, things), step=st.sampled_from([0, 1]))
    def crowd_a_pair(self, ids: list[str], ends: tuple[Entity, Entity], step: int) -> None:
        """Several live relationships on one pair; then its owner is asked for, and goes, and its heir is asked for."""
        for id in ids:
            self.now += step
            self.write_all(0, [(None, upsert(id, *ends))])
        self.write_all(0, [(None, ask(AUTODESK, *ends)), (None, ask(SAS, *ends)), (None, ask(SAS, *ends[::-1]))])
        self.write_all(
            0, [(None, Retired((ids[0],), AUTHORS[0])), (None, ask(SAS, *ends)), (None, ask(AUTODESK, *ends))]
        )

    def standing_things(self) -> list[str]:
        """The keys of the first space's recorded entities that have not been deleted, in the order of their names."""
        photo = self.memory.photos.get(self.spaces[0]) or {"entities": {}}
        found = sorted(photo["entities"].items(), key=lambda item: item[1].entity)
        return [key for key, record in found if record.recorded_at is not None and record.deleted_at is None]

    @precondition(lambda self: self.standing_things())
    @rule(choice=st.integers(0, 20))
    def strike_a_thing_out(self, choice: int) -> None:
        keys = self.standing_things()
        key = keys[choice % len(keys)]
        self.run(strike_out_alike(self.memory.store, self.graph, self.spaces[0], key, self.now))
        self.look()

    def write_all(self, place: int, specs: list[tuple[str | None, Recorded | Retired]]) -> None:
        """At once on Neo4j, one after the other in memory: the same outcomes, the same state."""
        space, other = self.spaces[place], self.spaces[1 - place]
        founding = [founder if space == self.spaces[1] else None for founder, _ in specs]
        numbers = range(self.number, self.number + len(specs))
        self.number += len(specs)

        def build(side: Side) -> list[Batch]:
            return [
                side.build(spec, space, other, self.now, number)
                for number, (_, spec) in zip(numbers, specs, strict=True)
            ]

        wanted = self.run(one_by_one(self.memory.store, space, build(self.memory), founding))
        found = self.run(self.write_to_graph(space, build(self.neo4j), founding))
        self.look()
        told = self.memory.names().rename([tell(result) for result in wanted])
        demand_equal(told, self.neo4j.names().rename([tell(result) for result in found]))

    async def write_to_graph(
        self, space: str, batches: list[Batch], founders: list[str | None]
    ) -> list[Receipt | BaseException]:
        """All at once."""
        writes = (self.writers.submit(space, b, founder=f) for b, f in zip(batches, founders, strict=True))
        return await asyncio.gather(*writes, return_exceptions=True)

    def look(self) -> None:
        """Photographs both sides and compares them."""
        for space in self.spaces:
            self.memory.photos[space] = photograph_memory(self.memory.store, space)
            self.neo4j.photos[space] = self.run(photograph_graph(self.graph, space))
        for space in self.spaces:
            wanted = self.memory.names().photo(self.memory.photos[space])
            demand_equal(wanted, self.neo4j.names().photo(self.neo4j.photos[space]))


def demand_equal(wanted: Any, found: Any) -> None:
    """Fails with one line for each place where Neo4j differs."""
    lines = differences(wanted, found)
    assert not lines, "\n".join(lines)


async def one_by_one(
    store: MemoryStore, space: str, batches: list[Batch], founders: list[str | None]
) -> list[Receipt | BaseException]:
    return [
        (await asyncio.gather(store.write(space, batch, founder=founder), return_exceptions=True))[0]
        for batch, founder in zip(batches, founders, strict=True)
    ]


class Foreseeing(SideBySide):
    """On Neo4j each is decided while another is written: the one before it, or the one before that."""

    @rule(ids=st.lists(st.sampled_from(CHOSEN_IDS), min_size=3, max_size=5), ends=st.tuples(things, things))
    def upsert_in_a_row(self, ids: list[str], ends: tuple[Entity, Entity]) -> None:
        """Of those without a rule for pairs, which alone can be decided ahead."""
        self.write_all(0, [(None, upsert(id, *ends)) for id in ids])

    async def write_to_graph(
        self, space: str, batches: list[Batch], founders: list[str | None]
    ) -> list[Receipt | BaseException]:
        """One after the other."""
        found: list[Receipt | BaseException] = []
        for index, founder in enumerate(founders):
            writing = asyncio.create_task(self.writers.submit(space, batches[index], founder=founder))
            for _ in range(20):
                await asyncio.sleep(0)
            later = index + 1 + index % 2
            if later < len(batches) and not isinstance(batches[later], Foreseen):
                batches[later] = await self.writers.foresee(space, batches[later])
            found += await asyncio.gather(writing, return_exceptions=True)
        return found


async def demand_agreement(graph: Connection, examples: int, machine: type[SideBySide] = SideBySide) -> None:
    machine.graph, machine.loop = graph, asyncio.get_running_loop()
    profile = settings(
        max_examples=400 if LONG else examples,
        stateful_step_count=40 if LONG else 20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate, *([Phase.shrink] if LONG else [])],
        print_blob=True,
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=profile)


async def test_both_stores_agree_on_every_outcome_and_the_whole_state(graph: Connection) -> None:
    await demand_agreement(graph, 15)


async def test_they_agree_on_transactions_that_are_large_and_written_in_pieces(
    graph: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    monkeypatch.setattr(pieces, "MOST", 2)
    monkeypatch.setattr(facts, "MANY", 0)
    await demand_agreement(graph, 6)


async def test_they_agree_on_batches_that_are_decided_while_others_are_written(
    graph: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood: list[bool] = []
    find = Transaction._foreseen

    async def note(self: Transaction, transaction: AsyncTransaction) -> Concluded | None:
        concluded = await find(self, transaction)
        if isinstance(self._gathered[0].batch, Foreseen):
            stood.append(concluded is not None)
        return concluded

    monkeypatch.setattr(Transaction, "_foreseen", note)
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    monkeypatch.setattr(facts, "MANY", 0)
    await demand_agreement(graph, 8, Foreseeing)
    assert any(stood)
