"""One suite for every store: what is kept about spaces themselves (``app.core.administer.Registry``)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.core.access import EVERYBODY, Caller, Right
from app.core.administer import MOST_GRANTS, Sheet, amend, close, grant, replace_grants, revoke, tell
from app.core.errors import (
    GrantMissing,
    GrantsFull,
    OwnerMissing,
    RightMissing,
    SpaceBusy,
    SpaceGone,
    SpaceTaken,
    SpaceUnknown,
    TercetError,
)
from app.core.identity import Minter
from app.graph.connection import Connection
from app.graph.store import GraphStore
from app.graph.writer import Writers
from tests.memory import MemoryStore
from tests.store.arrange import run
from tests.store.writing import new_id, now, relate

Store = MemoryStore | GraphStore
ANN, BOB, EVE = (f"sub:user:{name}" for name in ("ann", "bob", "eve"))


@pytest.fixture(params=["memory", "neo4j"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore(clock=now, mint=Minter().mint)
    graph: Connection = request.getfixturevalue("graph")
    writers: Writers = request.getfixturevalue("writers")
    return GraphStore(graph, writers)


def caller(principal: str, blanket: Right | None = None) -> Caller:
    return Caller(principal, "c", principal, frozenset(), (principal,), blanket)


def sheet(space: str, **grants: Right) -> Sheet:
    return Sheet(space, {"collectionName": "North"}, {"types": "warn"}, grants or {ANN: Right.OWNER})


@pytest.fixture
async def space(store: Store) -> str:
    """A space that Ann owns."""
    made = new_id()
    await store.register(sheet(made))
    return made


async def test_what_was_registered_is_kept_and_counts_as_a_space(store: Store, space: str) -> None:
    assert await store.sheet(space) == sheet(space)
    assert (await store.view(space, [ANN])).right is Right.OWNER
    assert (await store.view(space, [ANN])).settings == {"types": "warn"}
    assert await store.sheet(new_id()) is None


async def test_an_id_is_given_once(store: Store, space: str) -> None:
    with pytest.raises(SpaceTaken):
        await store.register(sheet(space, **{BOB: Right.OWNER}))
    assert await store.sheet(space) == sheet(space)


async def test_a_space_that_a_write_founded_has_a_sheet_and_can_be_named(store: Store) -> None:
    space = new_id()
    await store.write(space, relate("a", "b"), founder=ANN)
    kept = await store.sheet(space)
    assert kept == Sheet(space, {}, {}, {ANN: Right.OWNER})
    await store.revise(space, lambda s: amend(s, caller(ANN), {"collectionName": "South"}, {"ontology": "off"}))
    kept = await store.sheet(space)
    assert kept is not None
    assert (kept.details, kept.settings) == ({"collectionName": "South"}, {"ontology": "off"})


async def test_what_a_change_raises_leaves_everything_as_it_was(store: Store, space: str) -> None:
    with pytest.raises(RightMissing):
        await store.revise(space, lambda s: amend(s, caller(BOB), {"collectionName": "His"}, None))
    assert await store.sheet(space) == sheet(space)
    with pytest.raises(SpaceUnknown):
        await store.revise(new_id(), lambda s: s)


async def test_a_right_that_is_given_or_taken_counts_at_once(store: Store, space: str) -> None:
    assert (await store.view(space, [BOB])).right is None
    await store.revise(space, lambda s: grant(s, caller(ANN), {BOB: Right.READWRITE}))
    assert (await store.view(space, [BOB])).right is Right.READWRITE
    await store.revise(space, lambda s: grant(s, caller(ANN), {BOB: Right.READONLY}))
    assert (await store.view(space, [BOB])).right is Right.READONLY
    await store.revise(space, lambda s: revoke(s, caller(ANN), BOB, None))
    assert (await store.view(space, [BOB])).right is None


async def test_a_deleted_space_is_there_for_nobody_and_its_id_stays_taken(store: Store, space: str) -> None:
    await store.revise(space, lambda s: close(s, caller(ANN), kept="default"))
    for grantees in ([ANN], [BOB], []):
        with pytest.raises(SpaceUnknown):
            await store.view(space, grantees)
    with pytest.raises(SpaceTaken):
        await store.register(sheet(space))
    # Whoever entered it a moment ago, in whatever process, writes nothing any more.
    for founder in (None, ANN):
        with pytest.raises(SpaceUnknown):
            await store.write(space, relate("a", "b"), founder=founder)
    for change in (
        lambda s: amend(s, caller(ANN), {}, None),
        lambda s: grant(s, caller(ANN), {}),
        lambda s: close(s, caller(ANN), kept="default"),
    ):
        with pytest.raises(SpaceUnknown):
            await store.revise(space, change)
    with pytest.raises(SpaceGone):
        tell(caller(ANN), await store.sheet(space), space)
    with pytest.raises(SpaceUnknown):
        tell(caller(BOB), await store.sheet(space), space)


async def test_spaces_come_in_pages_to_those_who_reach_them(store: Store) -> None:
    who, spaces = f"sub:user:{new_id()}", sorted(new_id() for _ in range(5))
    rights = [Right.OWNER, Right.ADMIN, Right.READWRITE, Right.READONLY, Right.OWNER]
    for space, right in zip(spaces, rights, strict=True):
        await store.register(sheet(space, **{ANN: Right.OWNER, who: right}))
    await store.revise(spaces[4], lambda s: close(s, caller(ANN), kept="default"))

    async def walk(least: Right, limit: int) -> list[str]:
        found, after = list[str](), ""
        while page := await store.sheets([who], least, after=after, limit=limit):
            found += [sheet.id for sheet in page]
            assert all(sheet.grants[who] >= least for sheet in page)
            after = found[-1]
        return found

    for least, reached in ((Right.READONLY, 4), (Right.READWRITE, 3), (Right.ADMIN, 2), (Right.OWNER, 1)):
        assert await walk(least, 2) == await walk(least, 100) == spaces[:reached]
    assert spaces[0] in [s.id for s in await store.sheets([], None, after=spaces[0][:-1], limit=3)]


@pytest.mark.parametrize(
    ("by", "change", "error"),
    [
        (ANN, lambda s, c: revoke(s, c, ANN, None), OwnerMissing),
        (ANN, lambda s, c: replace_grants(s, c, {BOB: Right.ADMIN}), OwnerMissing),
        (ANN, lambda s, c: grant(s, c, {ANN: Right.ADMIN}), OwnerMissing),
        (ANN, lambda s, c: revoke(s, c, EVE, None), GrantMissing),
        (ANN, lambda s, c: revoke(s, c, BOB, Right.OWNER), GrantMissing),
        (ANN, lambda s, c: revoke(s, c, EVERYBODY, None), GrantMissing),
        (ANN, lambda s, c: grant(s, c, {f"org:{n}": Right.READONLY for n in range(MOST_GRANTS)}), GrantsFull),
        (BOB, lambda s, c: grant(s, c, {EVE: Right.OWNER}), RightMissing),
        (BOB, lambda s, c: grant(s, c, {ANN: Right.READONLY}), RightMissing),
        (BOB, lambda s, c: revoke(s, c, ANN, None), RightMissing),
        (BOB, lambda s, c: replace_grants(s, c, {BOB: Right.OWNER}), RightMissing),
        (BOB, lambda s, c: close(s, c, kept="default"), RightMissing),
        (EVE, lambda s, c: grant(s, c, {EVE: Right.ADMIN}), RightMissing),
        (EVE, lambda s, c: revoke(s, c, BOB, None), RightMissing),
        (ANN, lambda s, c: close(s, c, kept=s.id), SpaceBusy),
        (ANN, lambda s, c: close(replace(s, unfinished=1), c, kept="default"), SpaceBusy),
    ],
)
def test_what_may_not_be_done_to_a_list_of_rights(by: str, change: object, error: type[TercetError]) -> None:
    held = sheet("s", **{ANN: Right.OWNER, BOB: Right.ADMIN, EVERYBODY: Right.READONLY})
    with pytest.raises(error):
        change(held, caller(by))  # type: ignore[operator]


def test_an_admin_gives_and_takes_every_right_but_an_owners() -> None:
    held = sheet("s", **{ANN: Right.OWNER, BOB: Right.ADMIN, EVERYBODY: Right.READONLY})
    bob = caller(BOB)
    assert grant(held, bob, {EVE: Right.ADMIN, ANN: Right.OWNER}).grants[EVE] is Right.ADMIN
    assert dict(replace_grants(held, bob, {ANN: Right.OWNER}).grants) == {EVERYBODY: 1, ANN: 4}
    assert revoke(held, bob, BOB, Right.ADMIN).grants.keys() == {ANN, EVERYBODY}


async def test_two_owners_who_remove_each_other_at_once_leave_one(graph: Connection, writers: Writers) -> None:
    store, space = GraphStore(graph, writers), new_id()
    await store.register(sheet(space, **{ANN: Right.OWNER, BOB: Right.OWNER}))
    told = await asyncio.gather(
        store.revise(space, lambda s: revoke(s, caller(ANN), BOB, None)),
        store.revise(space, lambda s: revoke(s, caller(BOB), ANN, None)),
        return_exceptions=True,
    )
    assert [isinstance(each, RightMissing) for each in told].count(True) == 1
    kept = await store.sheet(space)
    assert kept is not None
    assert [*kept.grants.values()] == [Right.OWNER]


async def test_a_space_is_written_to_and_administered_at_once_and_its_counters_hold(
    graph: Connection, writers: Writers
) -> None:
    store, space = GraphStore(graph, writers), new_id()
    await store.register(sheet(space))

    async def rename(n: int) -> None:
        await store.revise(space, lambda s: amend(s, caller(ANN), {"collectionName": f"{n}"}, None))

    writing = [store.write(space, relate(f"a{n}", f"b{n}")) for n in range(12)]
    await asyncio.gather(*writing, *(rename(n) for n in range(6)))
    position, _ = await store.position(space)
    assert position.seq == 12
    statement = "MATCH (space:Space {id: $space}) RETURN space.relationships AS one, space.entities AS other"
    assert await run(graph, statement, space=space) == [{"one": 12, "other": 24}]
