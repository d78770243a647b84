"""One suite for every store: queries that people keep (``app.core.saved``)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial

import pytest

from app.core.errors import QueriesFull, QueryChanged, QueryFaulty, QueryMissing
from app.core.identity import Minter
from app.core.saved import MOST_SAVED, Parameter, Place, SavedQuery, Seen, discard, keep, show
from app.graph.connection import Connection
from app.graph.store import GraphStore
from app.graph.writer import Writers
from tests.memory import MemoryStore
from tests.store.writing import now

Store = MemoryStore | GraphStore
TEXT = "MATCH (n:Entity) WHERE n.id = $id RETURN n"
NOTHING_SAID = Seen()


@pytest.fixture(params=["memory", "neo4j"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore(clock=now, mint=Minter().mint)
    graph: Connection = request.getfixturevalue("graph")
    writers: Writers = request.getfixturevalue("writers")
    return GraphStore(graph, writers)


@pytest.fixture
def ann() -> str:
    """Somebody who keeps nothing yet."""
    return f"sub:user:ann-{uuid.uuid4()}"


async def put(store: Store, query: SavedQuery, seen: Seen = NOTHING_SAID) -> SavedQuery:
    kept = await store.rework(query.owner, query.name, partial(keep, wanted=query, seen=seen))
    assert kept is not None
    return kept


async def test_a_query_is_kept_with_everything_that_it_says(store: Store, ann: str) -> None:
    parameters = (Parameter("id", "text"), Parameter("most", "integer", required=False, default=5))
    put_down = await put(store, SavedQuery(ann, "things", TEXT, "Finds things.", parameters, shared=True))
    kept = await store.saved(ann, "things")
    assert kept == put_down == SavedQuery(ann, "things", TEXT, "Finds things.", parameters, True, 1)
    assert kept.created_at == kept.modified_at > 0
    assert await store.saved(ann, "others") is None


async def test_another_text_is_another_version_and_the_same_is_none(store: Store, ann: str) -> None:
    first = await put(store, SavedQuery(ann, "things", TEXT))
    second = await put(store, SavedQuery(ann, "things", "RETURN 1 AS one"))
    third = await put(store, SavedQuery(ann, "things", "RETURN 1 AS one"))
    assert [first.version, second.version, third.version] == [1, 2, 2]
    assert first.tag != second.tag == third.tag
    assert second.created_at == first.created_at


async def test_who_has_not_seen_the_latest_state_changes_nothing(store: Store, ann: str) -> None:
    first = await put(store, SavedQuery(ann, "things", TEXT))
    await put(store, SavedQuery(ann, "things", "RETURN 1 AS one"), Seen(frozenset({first.tag})))
    for seen in (Seen(frozenset({first.tag})), Seen(nothing=True)):
        with pytest.raises(QueryChanged):
            await put(store, SavedQuery(ann, "things", "RETURN 2 AS two"), seen)
        with pytest.raises(QueryChanged):
            await store.rework(ann, "things", partial(discard, seen=seen))
    kept = await store.saved(ann, "things")
    assert kept is not None
    assert kept.text == "RETURN 1 AS one"
    with pytest.raises(QueryChanged):
        await put(store, SavedQuery(ann, "others", TEXT), Seen(frozenset({"*"})))


async def test_a_discarded_query_is_gone_and_its_name_is_free(store: Store, ann: str) -> None:
    first = await put(store, SavedQuery(ann, "things", TEXT))
    assert await store.rework(ann, "things", partial(discard, seen=Seen(frozenset({first.tag})))) is None
    assert await store.saved(ann, "things") is None
    with pytest.raises(QueryMissing):
        await store.rework(ann, "things", partial(discard, seen=NOTHING_SAID))
    again = await put(store, SavedQuery(ann, "things", TEXT))
    assert again.tag != first.tag


async def test_a_page_holds_ones_own_and_what_others_share_in_order(store: Store, ann: str) -> None:
    bob = ann.replace("ann", "bob")
    for query in (SavedQuery(ann, "b", TEXT), SavedQuery(ann, "a", TEXT), SavedQuery(bob, "own", TEXT)):
        await put(store, query)
    await put(store, SavedQuery(bob, "shared", TEXT, shared=True))

    async def page(reader: str, after: Place, limit: int = 100) -> list[Place]:
        found = await store.saved_page(reader, after, limit=limit)
        return [Place(kept.owner, kept.name) for kept in found if kept.owner in (ann, bob)]

    begin = Place(ann, "")
    assert await page(ann, begin) == [Place(ann, "a"), Place(ann, "b"), Place(bob, "shared")]
    assert await page(bob, begin) == [Place(bob, "own"), Place(bob, "shared")]
    assert await page(ann, begin, limit=1) == [Place(ann, "a")]
    assert await page(ann, Place(ann, "a")) == [Place(ann, "b"), Place(bob, "shared")]


def test_anothers_query_is_shown_only_if_it_is_shared() -> None:
    own = SavedQuery("ann", "things", TEXT)
    assert show(own, "ann") is own
    assert show(replace(own, shared=True), "bob").shared
    for hidden in (own, None):
        with pytest.raises(QueryMissing):
            show(hidden, "bob")


async def test_nobody_keeps_more_than_the_most(store: Store, ann: str) -> None:
    for n in range(MOST_SAVED if isinstance(store, MemoryStore) else 0):
        await put(store, SavedQuery(ann, f"n{n}", TEXT))
    if isinstance(store, GraphStore):
        await _fill(store, ann)
    with pytest.raises(QueriesFull):
        await put(store, SavedQuery(ann, "one more", TEXT))
    await put(store, SavedQuery(ann, "n0", "RETURN 1 AS one"))
    await put(store, SavedQuery(f"{ann}+", "of somebody else", TEXT))


async def _fill(store: GraphStore, owner: str) -> None:
    async with store._connection.session("write") as session:
        statement = """UNWIND range(0, $most - 1) AS n CREATE (:SavedQuery {owner: $owner, name: 'n' + n, text: '',
        description: '', parameters: '[]', shared: false, version: 1, createdAt: 1, modifiedAt: 1})"""
        await (await session.run(statement, owner=owner, most=MOST_SAVED)).consume()


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("text", ["", "a"], [1, True, ["a"]]),
        ("integer", [0, -(2**63)], [1.5, True, "1"]),
        ("number", [1, 1.5], [True, "1"]),
        ("boolean", [True, False], [0, "true"]),
        ("texts", [[], ["a"]], [["a", 1], "a"]),
        ("list", [[], [1, "a"]], [{}, "a"]),
        ("map", [{}, {"a": 1}], [[], "a"]),
        ("any", [1, "a", [], None], []),
    ],
)
def test_a_parameter_takes_values_of_its_type(type: str, good: list[object], bad: list[object]) -> None:
    query = SavedQuery("ann", "things", TEXT, parameters=(Parameter("p", type),))
    for value in good:
        assert query.bind({"p": value}) == {"p": value}
    for value in bad:
        with pytest.raises(QueryFaulty):
            query.bind({"p": value})


def test_parameters_that_are_missing_have_their_default_or_are_refused() -> None:
    optional = Parameter("most", "integer", required=False, default=5)
    query = SavedQuery("ann", "things", TEXT, parameters=(Parameter("id", "text"), optional))
    assert query.bind({"id": "x"}) == {"id": "x", "most": 5}
    assert query.bind({"id": "x", "most": 7}) == {"id": "x", "most": 7}
    for given in ({}, {"id": None}, {"id": "x", "other": 1}):
        with pytest.raises(QueryFaulty):
            query.bind(given)
