"""The difference between two change numbers is the one between two photographs, whatever was written in between."""

from __future__ import annotations

import asyncio
import os
import uuid
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.core.chronicle import ENTITY
from app.core.declare import Declaring, Statement, Withdrawing
from app.core.difference import compare
from app.core.errors import EntityMissing
from app.core.graphs import Scope
from app.core.identity import Minter, space_name
from app.core.model import Entity
from app.graph.connection import Connection
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.store.writing import ORIGIN, OWNER, now, own_writers, retire, upsert

LONG = bool(os.environ.get("TERCET_TEST_LONG"))
IDS = [str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in "pqr"]
Photograph = dict[tuple[bool, str], int]
"""The version of everything that takes numbers: whether it is an entity, and its id or ref."""

links = st.builds(
    lambda which, end, note: upsert(which, "a", end, note=note),
    st.sampled_from(IDS),
    st.sampled_from("bc"),
    st.integers(0, 2),
)
statements = st.builds(
    lambda name, kind: Statement(Entity("plant", "Pump", name), {"entityType": kind, "entityName": name}),
    st.sampled_from("abx"),
    st.sampled_from(["Brick__Pump", "Brick__Fan"]),
)
writes = st.lists(
    links
    | st.lists(st.sampled_from(IDS), min_size=1, max_size=2).map(lambda ids: retire(*ids))
    | st.lists(statements, min_size=1, max_size=2).map(lambda items: Declaring(items=items, origin=ORIGIN))
    | st.sampled_from("abx").map(lambda name: Withdrawing(entity=Entity("plant", "Pump", name), origin=ORIGIN)),
    min_size=4,
    max_size=12,
)
moments = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=5, max_size=5)


def photograph(memory: MemoryStore, space: str) -> Photograph:
    name = space_name(space)
    shown = {(False, each.id): each.version for each in memory._standing(space)}
    for record in memory._references(space).values():
        if record.declared and record.deleted_at is None and record.declaration is not None:
            shown[True, name.entity_id(record.entity)] = record.declaration.version
    return shown


def subtract(before: Photograph, after: Photograph) -> list[set[Any]]:
    """What was created, updated and deleted: each with its version before and after."""
    changed = {key: (before.get(key), after.get(key)) for key in {*before, *after}}
    told = {(*key, *versions) for key, versions in changed.items() if versions[0] != versions[1]}
    return [
        {each for each in told if each[2] is None},
        {each for each in told if None not in each},
        {each for each in told if each[3] is None},
    ]


async def test_both_stores_tell_the_difference_of_two_photographs(graph: Connection) -> None:
    loop = asyncio.get_running_loop()
    writers = own_writers(graph)
    neo4j = GraphStore(graph, writers)

    async def check(batches: list[Any], asked: list[tuple[int, int]]) -> None:
        memory, space = MemoryStore(clock=now, mint=Minter().mint), str(uuid.uuid4())
        album: list[tuple[int, Photograph]] = [(0, {})]
        for batch in batches:
            for store in (memory, neo4j):
                with suppress(EntityMissing):  # nobody has declared what is withdrawn
                    await store.write(space, batch, founder=OWNER)
            album.append(((await memory.position(space))[0].seq, photograph(memory, space)))
        for places in asked:
            (after, before), (until, then) = (album[place] for place in sorted(n % len(album) for n in places))
            for store in (memory, neo4j):
                found = await compare(store, Scope.begin(space), after, until, limit=1_000)
                told = (found.created, found.updated, found.deleted)
                assert (found.after, found.until, found.cut) == (after, until, None)
                assert [
                    {(each.kind == ENTITY, each.id, each.before, each.after) for each in some} for some in told
                ] == subtract(before, then)

    @settings(
        max_examples=300 if LONG else 10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if LONG else [])],
        print_blob=True,
    )
    @given(batches=writes, asked=moments)
    def try_it(batches: list[Any], asked: list[tuple[int, int]]) -> None:
        asyncio.run_coroutine_threadsafe(check(batches, asked), loop).result(120)

    await asyncio.to_thread(try_it)
    await writers.close()
