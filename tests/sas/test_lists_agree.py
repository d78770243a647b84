"""Random filters, orders and pages over random data give what a plain evaluator gives, on both stores (sas 7, 9.1)."""

from __future__ import annotations

import time
import uuid

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import browse
from app.core.browse import Around, Window
from app.core.filters import TEXT
from app.core.identity import Minter, space_name
from app.core.lists import Direction
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import APOLLO, AUTODESK, SAS
from app.facades.sas import criteria, translate
from app.facades.sas.parameters import Query
from app.graph.store import GraphStore
from tests.memory import MemoryStore
from tests.sas.test_filters import holds, sort_plainly, spell, walk

OWNER = "sub:user:developer"
THINGS = (
    Entity("sas", "resource", "/harbor/cranes/1"),
    Entity("sas", "resource", "/harbor/Cranes/É"),
    Entity("sas", "resource", 'say "hi"],["sas","resource","'),
    Entity("apollo", "entity", "crane 1"),
    Entity("plant", "Pump", "a/b"),
)
TEXTS = (None, "survey-1", "SURVEY-1", "", "O'Hara", 'x"y\\z\n')
TYPES = ("Contains", "Dependent", "related", "Brick__feeds")


@st.composite
def items(draw):
    """A format, a type, two ends, whether the second is in another space, a text, who writes it, what happens next."""
    ends = draw(st.tuples(st.sampled_from(THINGS), st.sampled_from(THINGS)))
    return (
        draw(st.sampled_from(["sas", "sas", "apollo", "autodesk"])),
        draw(st.sampled_from(TYPES)),
        *ends,
        draw(st.booleans()),
        draw(st.sampled_from(TEXTS)),
        draw(st.sampled_from([Author("ops", "s1"), Author(None, "s2"), Author("x]", "s1", "c")])),
        draw(st.sampled_from(["", "", "", "delete", "again"])),
    )


DATA = st.lists(items(), min_size=4, max_size=14)


async def load(store: MemoryStore | GraphStore, data, space: str, other: str) -> None:
    """The same story in any store. The ids are the same as well, so that orders can be compared."""
    for number, (format, type, source, target, abroad, text, by, then) in enumerate(data):
        origin = Origin(by=by, principal=OWNER)
        id = str(uuid.UUID(int=uuid.UUID(space).int ^ number << 64))
        end = Mention(target, None, other if abroad and format == "apollo" else None)
        fields = {} if text is None else {"assertedBy": text}
        if format == "autodesk":
            policy, item = AUTODESK, Proposal(id, "related", Mention(source), Mention(target))
        elif format == "apollo":
            policy, item = APOLLO, Proposal(id, type, Mention(source), end, {"customData": {"a": text}})
        else:
            policy, item = SAS, Proposal(None, "Contains", Mention(source), end, fields)
        receipt = await store.write(space, Recording(policy=policy, items=[item], origin=origin), founder=OWNER)
        made = getattr(receipt.outcomes[0], "relationship", None)
        if made is None:
            continue
        if then == "delete":
            await store.write(space, Retiring(ids=[made.id], origin=origin))
        if then == "again" and format == "apollo":
            again = item._replace(fields={"customData": {"b": [["sas", "resource", "x"]]}})
            await store.write(space, Recording(policy=APOLLO, items=[again], origin=origin))


MEMBERS = sorted({*criteria.RELATIONSHIP, "name", "links.rel"})
FUNCTIONS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "startsWith", "contains", "endsWith")
MADE_UP = (
    "",
    "a",
    "SURVEY-1",
    "Contains",
    "related",
    "/tercet/entities/plant/Pump/a%2Fb",
    "2026-05-01T00:00:00.000000Z",
)


def list_trees(shown):
    """Trees over the members of what is shown, with constants that occur."""
    values = {member: sorted({str(item[member]) for item in shown if member in item}) for member in MEMBERS}

    @st.composite
    def leaves(draw):
        member, function = draw(st.sampled_from(MEMBERS)), draw(st.sampled_from(FUNCTIONS))
        textual = function in ("startsWith", "contains", "endsWith")
        typed = criteria.RELATIONSHIP.get(member, TEXT) is not TEXT and not textual
        known = values[member] or (["1"] if member == "version" else [MADE_UP[-1]])
        constant = st.sampled_from(known if typed else [*known, *MADE_UP])
        if textual:
            constant = st.tuples(constant, st.integers(0, 3), st.integers(0, 9)).map(
                lambda t: t[0][t[1] : -t[2] or None]
            )
        strength = draw(st.sampled_from([None, None, None, "$primary", "$tertiary"]))
        constants = draw(st.lists(constant, min_size=1, max_size=3))
        if member == "version" and not textual:
            constants = [int(each) for each in constants]
        return (function, member, strength, constants if function == "in" else constants[:1])

    return st.recursive(
        leaves() | st.sampled_from(MEMBERS).map(lambda member: ("isNull", member)),
        lambda inner: (
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
            | inner.map(lambda part: ("not", part))
        ),
        max_leaves=5,
    )


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(sorted(criteria.RELATIONSHIP)),
        st.sampled_from(["", ":descending"]),
        st.sampled_from(["", ":primary", ":tertiary"]),
    ),
    max_size=3,
)


async def read(store, space: str, around: Around | None, text: str, sort: str, window: Window):
    """The count, and the page as it is shown."""
    pairs = tuple((name, value) for name, value in (("filter", text), ("sortBy", sort)) if value)
    wanted = translate.choose(criteria.read_criteria(Query(pairs), criteria.RELATIONSHIP), space)
    selection = await browse.pick_relationships(store, space, around, window, wanted)
    pages = [page async for page in browse.fetch_relationships(store, space, selection, window)]
    show = translate.Presenter(space).show
    return selection.count, [msgspec.to_builtins(show(each)) for page in pages for each in page]


async def list_near(store, space: str, subjects, direction: Direction, depth: int, shown):
    """What brute force reaches, by the way that sas 9.2 walks."""
    links = [
        (each.id, _key(space, each.source), _key(space, each.target), each.type == "related")
        for each in await store.live_page(space, "", 1000)
    ]
    reached = walk(links, subjects, direction.name.lower(), depth)
    return [item for item in shown if item["id"] in reached]


def _key(space: str, end) -> str:
    return space_name(end.space or space).entity_key(end.entity)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(DATA, st.data())
async def test_15_18_19_21_24_random_questions_are_answered_as_a_plain_reading_answers_them(
    graph, writers, data, draws
):
    space, other = str(uuid.uuid4()), str(uuid.uuid4())
    moment = time.time_ns() // 1000
    stores = [MemoryStore(clock=lambda: moment, mint=Minter().mint), GraphStore(graph, writers)]
    for store in stores:
        await load(store, data, space, other)
        everything = (await read(store, space, None, "", "", Window(0, 1000)))[1]
        for _ in range(12):
            tree, order = draws.draw(list_trees(everything)), draws.draw(ORDERS)
            window = Window(draws.draw(st.integers(0, 4)), draws.draw(st.integers(0, 8)))
            around, near = None, everything
            if draws.draw(st.booleans()):
                things = draws.draw(st.sets(st.sampled_from(THINGS), min_size=1, max_size=2))
                keys = frozenset(map(space_name(space).entity_key, things))
                direction = draws.draw(st.sampled_from([Direction.TO, Direction.FROM, Direction.BOTH]))
                around = Around(keys, direction, draws.draw(st.integers(1, 4)))
                near = await list_near(store, space, keys, direction, around.depth, everything)
            wanted = sort_plainly([item for item in near if holds(tree, item)], order)
            count, found = await read(store, space, around, spell(tree), ",".join(map("".join, order)), window)
            asked = spell(tree), order, window, around
            assert count == len(wanted), asked
            assert [item["id"] for item in found] == [
                item["id"] for item in wanted[window.start : window.start + window.limit]
            ], asked
