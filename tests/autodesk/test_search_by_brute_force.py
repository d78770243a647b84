"""Every combination of the twelve search parameters against a filter over all rows, page by page, on both stores.

The seed is fixed; TERCET_TEST_SEARCHES says how many questions are asked (default 120 in memory, 60 on the graph).
"""

from __future__ import annotations

import os
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest_asyncio

from tests.autodesk.arrange import APOLLO, between, record, thing, upsert
from tests.autodesk.speak import post, walk

SIDES = (("domain", "type", "id"), ("withDomain", "withType", "withId"))
PARTS = {"domain": "ab", "type": "tu", "id": "123"}


@dataclass
class Filled:
    """A space with rows of every sort: live, deleted, revived, moved, between alike ends, of an entity with itself."""

    service: Any
    space: str
    rows: list[dict[str, Any]]  # as they are shown, in the order of creation


def pick(chance: random.Random) -> Any:
    return thing(chance.choice("123"), chance.choice("ab"), chance.choice("tu"))


async def fill_with_everything(service: Any) -> Filled:
    chance, space = random.Random(4), await service.found()
    made = []
    for _ in range(12):
        items = [
            between(
                pick(chance),
                pick(chance),
                id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                type=chance.choice(["feeds", "related"]),
            )
            for _ in range(8)
        ]
        made += [stored.id for stored in await record(service, space, items, policy=APOLLO)]
    for id in chance.sample(made, 40):
        await service.retire(space, id)
    for id in chance.sample(made, 20):
        stored = await service.store.relationship(space, id)
        await upsert(service, space, between(pick(chance), pick(chance), id=id, type=stored.type))
    shown = {row["id"]: row for start in (0, 50) for row in await fetch(service, space, made[start : start + 50])}
    return Filled(service, space, [shown[id] for id in made])


async def fetch(service: Any, space: str, ids: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await post(service, space, "batch", ids)).json()
    return rows


def ask(chance: random.Random, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The parameters of a question; they may contradict each other, but none is refused."""
    asked: dict[str, str] = {}
    near, far = chance.randint(0, 3), chance.randint(0, 3)
    for side, depth in zip(SIDES, (near, far if near else 0), strict=True):
        asked |= {name: chance.choice(values) for name, values in list(zip(side, PARTS.values(), strict=True))[:depth]}
    for name in ("createdAfter", "createdBefore"):
        if chance.random() < 0.25:
            at = datetime.fromisoformat(chance.choice(rows)["createdOn"])
            asked[name] = (at + timedelta(microseconds=chance.choice([-1, 0, 1]))).isoformat()
    life = chance.choice([{}, {"includeDeleted": "true"}, {"includeDeleted": "True", "onlyDeleted": "TRUE"}])
    asked |= life
    if chance.random() < 0.7:
        asked["pageLimit"] = str(chance.choice([1, 2, 7, 100, 134]))
    return asked


def fits(asked: dict[str, str], side: tuple[str, ...], end: dict[str, str]) -> bool:
    return all(end[part] == asked[name] for name, part in zip(side, PARTS, strict=True) if name in asked)


def matches(asked: dict[str, str], row: dict[str, Any]) -> bool:
    """What autodesk 7.3 says, as plainly as can be."""
    at = datetime.fromisoformat(row["createdOn"])
    if "createdAfter" in asked and not at > datetime.fromisoformat(asked["createdAfter"]):
        return False
    if "createdBefore" in asked and not at < datetime.fromisoformat(asked["createdBefore"]):
        return False
    if "onlyDeleted" in asked and not row["isDeleted"]:
        return False
    if "includeDeleted" not in asked and row["isDeleted"]:
        return False
    one, other = row["entities"]
    near, far = SIDES
    return any(fits(asked, near, a) and fits(asked, far, b) for a, b in ((one, other), (other, one)))


def spell(chance: random.Random, asked: dict[str, str]) -> str:
    """A query string as clients write them."""
    cases = (str, str.lower, str.upper)
    pairs = [f"{chance.choice(cases)(name)}={quote_plus(value)}" for name, value in asked.items()]
    chance.shuffle(pairs)
    return "&".join(pairs)


async def compare(filled: Filled, cases: int) -> None:
    chance = random.Random(cases)
    for _ in range(int(os.environ.get("TERCET_TEST_SEARCHES", cases))):
        asked = ask(chance, filled.rows)
        query = spell(chance, asked)
        pages = await walk(filled.service, filled.space, query)
        wanted = [row["id"] for row in filled.rows if matches(asked, row)]
        wanted = wanted if "id" in asked else sorted(wanted)
        assert [id for page in pages for id in page] == wanted, query
        limit = min(int(asked.get("pageLimit", 100)), 100)
        assert [len(page) for page in pages] == [limit] * (len(wanted) // limit) + (
            [len(wanted) % limit] if len(wanted) % limit or not wanted else []
        ), query


@pytest_asyncio.fixture
async def in_memory(make_memory: Any) -> Filled:
    return await fill_with_everything(make_memory())


async def test_every_search_equals_a_filter_over_all_rows_in_memory(in_memory):
    await compare(in_memory, 120)


async def test_every_search_equals_a_filter_over_all_rows_on_the_graph(service):
    await compare(await fill_with_everything(service), 60)
