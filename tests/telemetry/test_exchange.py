from __future__ import annotations

import asyncio
import uuid

import pytest

from app.telemetry import Exchange, current
from app.telemetry.exchange import choose_request_id, enter, leave


@pytest.mark.parametrize("value", [b"a", b"A-1_b.2", b"x" * 64])
def test_a_request_id_of_the_caller_is_kept(value):
    assert choose_request_id([(b"host", b"x"), (b"x-request-id", value)]) == value.decode()


@pytest.mark.parametrize("value", [b"", b"x" * 65, b"a b", b"a\n", b"\xc3\xa9", b'a"b', b"a\r\nSet-Cookie: x"])
def test_another_request_id_is_replaced_by_a_new_one(value):
    chosen = choose_request_id([(b"x-request-id", value)])
    assert str(uuid.UUID(chosen)) == chosen


def test_without_a_request_id_each_request_gets_its_own():
    assert choose_request_id([]) != choose_request_id([])


def test_outcomes_and_times_add_up():
    exchange = Exchange("r")
    exchange.count("created", 3)
    exchange.count("created")
    exchange.count("refused")
    exchange.spend("database", 0.5)
    exchange.spend("database", 0.25)
    assert exchange.outcomes == {"created": 4, "refused": 1}
    assert exchange.seconds == {"database": 0.75}


def test_a_block_is_timed_even_when_it_fails():
    exchange = Exchange("r")
    with pytest.raises(KeyError), exchange.timed("parse"):
        raise KeyError
    assert exchange.seconds["parse"] > 0


def test_outside_of_a_request_notes_go_nowhere():
    current().count("created")
    assert current().outcomes == {}


async def test_requests_at_the_same_time_have_an_exchange_each_and_their_tasks_and_threads_share_it():
    async def ask(name: str) -> None:
        token = enter(Exchange(name))
        try:
            await asyncio.sleep(0)
            assert current().request_id == name
            assert (await asyncio.create_task(note())) is current()
            assert (await asyncio.to_thread(current)) is current()
        finally:
            leave(token)

    async def note() -> Exchange:
        return current()

    await asyncio.gather(*(ask(f"request-{number}") for number in range(10)))
    assert current().request_id == ""
