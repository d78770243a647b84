"""How often a caller may ask, and in which order formats say so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.access.rates import MOST_BUCKETS, Rates
from app.core.access import Caller
from app.core.errors import RateExceeded, ScopeMissing

PATHS = (
    "/bim360/relationship/v2/containers/9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51/relationships:search",
    "/apollo/er/relationships/anything",
    "/relationships/relationships",
)
APOLLO = {"ercollectionid": "9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51"}


class Clock:
    """A time that tests move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_taken_and_then_as_many_as_time_brings() -> None:
    clock = Clock()
    rates = Rates(2, 3, clock=clock)
    assert [rates.take("a") for _ in range(5)] == [0, 0, 0, 1, 1]
    assert rates.take("b") == 0
    clock.now = 0.5
    assert [rates.take("a") for _ in range(2)] == [0, 1]
    clock.now = 3600
    assert [rates.take("a") for _ in range(4)] == [0, 0, 0, 1]


def test_seconds_to_wait_are_whole_and_enough() -> None:
    clock = Clock()
    rates = Rates(1, 1, clock=clock)
    rates.take("a")
    clock.now = 0.1
    assert rates.take("a") == 1
    clock.now = 1.1
    assert rates.take("a") == 0


def test_those_who_asked_last_are_remembered_however_many_ask() -> None:
    rates = Rates(1, 1, clock=Clock())
    for n in range(MOST_BUCKETS + 1):
        rates.take(f"caller {n}")
    assert rates.take(f"caller {MOST_BUCKETS}") == 1
    assert rates.take("caller 0") == 0


def test_who_lacks_a_scope_is_told_so_before_he_is_told_to_wait() -> None:
    hasty = Caller("s", None, "s", frozenset({"read"}), ("sub:user:s",), wait=3)
    with pytest.raises(ScopeMissing):
        hasty.require("write")
    for ask in (hasty.require, hasty.require_any):
        with pytest.raises(RateExceeded) as told:
            ask("read")
        assert told.value.retry_after == 3


async def test_each_format_answers_429_in_its_shape_to_one_caller_and_serves_another(make_service: Any) -> None:
    service = await make_service(rate_per_second=1, rate_burst=3)

    async def ask(path: str, sub: str) -> Any:
        headers = {"Authorization": f"Bearer {service.token(sub=sub)}"} | APOLLO
        return await service.client.get(path, headers=headers)

    async with asyncio.timeout(60):
        answers = [await ask(path, "hasty") for path in PATHS]
        while not all(answer.status_code == 429 for answer in answers):
            answers = await asyncio.gather(*(ask(path, "hasty") for path in PATHS * 3))
    for answer, path in zip(answers, PATHS * 3, strict=True):
        assert int(answer.headers["retry-after"]) >= 1
        assert _read_code(answer.json()) == {"b": "TooManyRequests", "a": "429", "r": 10626}[path[1]]
    assert [(await ask(path, "calm")).status_code for path in PATHS] == [200, 404, 200]


def _read_code(body: dict[str, Any]) -> object:
    return body.get("type") or body.get("errorCode") or body["status"]["code"]
