"""The filter language and the order against a second, plainer reading of the contract (sas 7)."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import Collection, Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import filters, sorting
from app.core.browse import Choice, Picker, Window
from app.core.filters import BOOLEAN, INTEGER, TEXT, FilterInvalid, Member
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, AUTODESK, SAS
from app.core.sorting import SortInvalid
from tests.sas.client import Client, R

KINDS = {"name": TEXT, "size": INTEGER, "open": BOOLEAN}
MEMBERS = {name: Member(kind, functools.partial(lambda key, item: item.get(key), name)) for name, kind in KINDS.items()}
TEXTS = st.text(st.sampled_from("aAbBéÉßİ,()'\" $.\\"), max_size=4)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={"name": TEXTS, "size": st.integers(-3, 3), "open": st.booleans()},
    ),
    max_size=12,
)


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def spell_pair(function: str, member: str, strength: str | None, constants: list[str]) -> str:
    return f"{function}({','.join([*([strength] if strength else []), member, *constants])})"


CONSTANTS = {
    "name": TEXTS,
    "size": st.integers(-3, 3),
    "open": st.booleans(),
    "missing": TEXTS,
}


@st.composite
def leaves(draw):
    member = draw(st.sampled_from(["name", "size", "open", "missing"]))
    function = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in", "startsWith", "contains", "endsWith"]))
    strength = draw(st.sampled_from([None, "$primary", "$secondary", "$tertiary", "$identical"]))
    textual = function in ("startsWith", "contains", "endsWith")
    values = draw(st.lists(TEXTS if textual else CONSTANTS[member], min_size=1, max_size=3))
    return (function, member, strength, values if function == "in" else values[:1])


TREES = st.recursive(
    leaves() | st.sampled_from(["name", "size", "missing"]).map(lambda member: ("isNull", member)),
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
        | inner.map(lambda part: ("not", part))
    ),
    max_leaves=8,
)


def spell(tree) -> str:
    match tree:
        case ("and" | "or" as function, parts):
            return f"{function}( {' , '.join(map(spell, parts))} )"
        case ("not", part):
            return f"NOT({spell(part)})"
        case ("isNull", member):
            return f"isnull({member})"
        case (function, member, strength, values):
            return spell_pair(function, member, strength, [quote(show(value)) for value in values])
    raise AssertionError(tree)


def show(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def holds(tree, item) -> bool:
    match tree:
        case ("and", parts):
            return all(holds(part, item) for part in parts)
        case ("or", parts):
            return any(holds(part, item) for part in parts)
        case ("not", part):
            return not holds(part, item)
        case ("isNull", member):
            return item.get(member) is None
    function, member, strength, constants = tree
    value = item.get(member)
    if value is None:
        return False
    fold = strength in ("$primary", "$secondary") and isinstance(value, str)
    if function in ("startsWith", "contains", "endsWith"):
        left, right = show(value), constants[0]
        left, right = (left.lower(), right.lower()) if fold else (left, right)
        return {"startsWith": left.startswith, "endsWith": left.endswith, "contains": left.__contains__}[function](
            right
        )
    if fold:
        value, constants = value.lower(), [constant.lower() for constant in constants]
    first = constants[0]
    return {
        "eq": value == first,
        "ne": value != first,
        "lt": value < first,
        "le": value <= first,
        "gt": value > first,
        "ge": value >= first,
        "in": value in constants,
    }[function]


@given(TREES, ITEMS)
def test_random_filters_choose_what_a_plain_reading_chooses(tree, items):
    test = filters.compile(filters.parse(spell(tree), KINDS), MEMBERS)
    assert [test(item) for item in items] == [holds(tree, item) for item in items]


@given(TREES, ITEMS)
def test_what_a_filter_demands_of_a_member_holds_for_all_it_chooses(tree, items):
    demanded = filters.required(filters.parse(spell(tree), KINDS), "name")
    assert demanded is None or all(item.get("name") in demanded for item in items if holds(tree, item))


@given(st.text(st.sampled_from("aeqin()',\" $noti\0é\n;{}"), max_size=60) | st.text(max_size=60))
@settings(max_examples=500)
def test_garbage_is_refused_with_a_place_inside_the_text(text):
    place = 1
    try:
        filters.parse(text, KINDS)
    except FilterInvalid as error:
        place = error.position
    assert 1 <= place <= len(text) + 1


@given(st.text(st.sampled_from("name,size:asc ending descprimary"), max_size=40) | st.text(max_size=40))
def test_garbage_is_no_order(text):
    place = 1
    try:
        sorting.parse(text, KINDS, ("links",))
    except SortInvalid as error:
        place = error.position
    assert 1 <= place <= 9


@pytest.mark.parametrize("depth", [32, 33])
def test_nesting_ends_at_32(depth):
    text = "not(" * (depth - 1) + "isNull(name)" + ")" * (depth - 1)
    if depth == 32:
        assert filters.parse(text, KINDS) is not None
    else:
        with pytest.raises(FilterInvalid):
            filters.parse(text, KINDS)


STRENGTHS = ["", ":primary", ":tertiary"]
CRITERION = st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(["", ":descending"]), st.sampled_from(STRENGTHS))
ORDERS = st.lists(CRITERION, min_size=1, max_size=4)


def sort_plainly(items, order):
    """Stable, criterion by criterion from the last; ties end with the id."""
    sorted_items = sorted(items, key=lambda item: item["id"])
    seen: dict[str, tuple[str, str]] = {}
    for key, direction, strength in order:
        seen.setdefault(key, (direction, strength))
    for key, (direction, strength) in reversed(seen.items()):
        fold = strength == ":primary"

        def place(item, key=key, fold=fold):
            value = item.get(key)
            folded = value.lower() if fold and isinstance(value, str) else value
            return (value is None, "" if value is None else folded)

        groups: dict[object, list] = {}
        for item in sorted_items:
            groups.setdefault(place(item), []).append(item)
        ranks = sorted(groups, reverse=bool(direction))
        sorted_items = [item for rank in ranks for item in groups[rank]]
    return sorted_items


@given(ITEMS, ORDERS, st.integers(0, 5), st.integers(0, 5))
def test_pages_of_an_order_are_the_slices_of_the_whole(items, order, start, limit):
    named = [{**item, "id": f"{n:02}"} for n, item in enumerate(items)]
    criteria = sorting.parse(",".join("".join(part) for part in order), KINDS)
    choice = Choice(rank=sorting.rank(criteria, MEMBERS))
    picker = Picker(Window(start, limit), lambda item: item["id"], choice)
    for item in named:
        picker.take([item])
    picked = picker.finish()
    assert picked.count == len(named)
    assert list(picked.ids) == [item["id"] for item in sort_plainly(named, order)][start : start + limit]


FORMATS = ("sas", "sas", "apollo", "autodesk")
EDGES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(FORMATS)), max_size=12)
Link = tuple[str, str, str, bool]


def walk(links: Iterable[Link], start: Collection[str], direction: str, depth: int) -> set[str]:
    """Sas 9.2.3, word by word. A link: its id, its source, its target, and whether it is undirected."""
    seen, frontier, found = set(start), set(start), set()
    for _ in range(depth):
        reached = set()
        for id, source, target, undirected in links:
            if source in frontier and (undirected or direction in ("to", "both")):
                found.add(id)
                reached.add(target)
            if target in frontier and (undirected or direction in ("from", "both")):
                found.add(id)
                reached.add(source)
        frontier = reached - seen
        seen |= frontier
    return found


def propose(number: int, source: int, target: int, format: str) -> Recording:
    """A relationship of ``/source`` to ``/target`` in one of the formats."""
    ends = [Mention(Entity("sas", "resource", f"/{n}")) for n in (source, target)]
    policy, type = {"sas": (SAS, "Contains"), "apollo": (APOLLO, "feeds"), "autodesk": (AUTODESK, "related")}[format]
    id = None if format == "sas" else str(uuid.UUID(int=number + 1))
    origin = Origin(by=Author("somebody"), principal="sub:user:developer")
    return Recording(policy=policy, items=[Proposal(id, type, *ends)], origin=origin)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(EDGES, st.sets(st.integers(0, 5), min_size=1, max_size=2), st.data())
async def test_24_random_walks_find_what_brute_force_finds(service, edges, subjects, data):
    client = Client(service)
    for number, spoken in enumerate(edges):
        await service.store.write(client.space, propose(number, *spoken), founder="sub:user:developer")
    stored = (await client.get(f"{R}?limit=1000")).json()["items"]
    links = [
        (item["id"], item["resourceUri"], item["relatedResourceUri"], item["type"] == "related") for item in stored
    ]
    cases = [
        (direction, depth) for direction in ("to", "from", "both") for depth in (1, 2, data.draw(st.integers(3, 50)))
    ]

    async def ask(direction: str, depth: int) -> list[str]:
        body = {"resourceURI": [f"/{n}" for n in subjects], "direction": direction, "depth": depth}
        found = await client.post(body, "application/vnd.sas.relationship.query", "?limit=1000")
        return [item["id"] for item in found.json()["items"]]

    answers = await asyncio.gather(*(ask(*case) for case in cases))
    starts = [f"/{n}" for n in subjects]
    for (direction, depth), found in zip(cases, answers, strict=True):
        assert found == sorted(walk(links, starts, direction, depth)), (direction, depth)


async def test_garbage_in_the_query_string_is_never_a_defect(service):
    client = Client(service)
    for text in ("eq(", "%22", "eq(%00)", "eq(type,%F0%9F%92%A9)", "in(a)", "'" * 50, "(" * 100, "not(" * 100):
        answer = await client.get(f"{R}?filter={text}")
        assert answer.status_code in (200, 400), answer.text


async def test_an_unknown_space_reads_as_empty(service):
    client = Client(service, space=str(uuid.uuid4()))
    for query in ("", "?filter=eq(type,Contains)", "?resourceUri=/a", "?resourceUri=/a&depth=3"):
        assert (await client.get(R + query)).json()["count"] == 0
