"""Large requests take turns: how many at once, who waits, and who is sent away."""

from __future__ import annotations

import asyncio

import pytest

from app.core.errors import StoreAway
from app.facades import turns
from app.facades.turns import Turns


async def test_so_many_have_their_turn_and_the_others_wait_in_order() -> None:
    taking = Turns(2)
    log: list[str] = []

    async def ask(name: str) -> None:
        async with taking.take():
            log.append(f"{name} begins")
            await asyncio.sleep(0.01)
            log.append(f"{name} ends")

    await asyncio.gather(*(ask(name) for name in "abc"))
    assert log.index("c begins") > log.index("a ends")
    assert log[:2] == ["a begins", "b begins"]


async def test_beyond_the_bound_a_request_is_sent_away_and_later_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 1)
    taking = Turns(1)
    async with taking.take():
        waiting = asyncio.create_task(_take(taking))
        await asyncio.sleep(0)
        with pytest.raises(StoreAway):
            await _take(taking)
        async with taking.take(large=False):
            pass
    await waiting
    await _take(taking)


async def test_who_leaves_while_waiting_leaves_no_place_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 1)
    taking = Turns(1)
    async with taking.take():
        gone = asyncio.create_task(_take(taking))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        patient = asyncio.create_task(_take(taking))
        await asyncio.sleep(0)
    await patient


async def _take(taking: Turns) -> None:
    async with taking.take():
        pass
