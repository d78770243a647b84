"""An answer that is made while what it tells is made durable tells exactly that."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from app.core.errors import SpaceUnknown
from app.core.model import Outcome, Refused
from app.facades.drafts import Draft

ONE, OTHER = ([Refused(SpaceUnknown(name))] for name in "ab")


class Making:
    """Notes what is made, and where."""

    def __init__(self) -> None:
        self.made: list[Sequence[Outcome]] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, outcomes: Sequence[Outcome]) -> int:
        self.made.append(outcomes)
        self.threads.append(threading.current_thread())
        return id(outcomes)


async def test_what_was_begun_is_finished_and_not_made_again() -> None:
    making = Making()
    draft = Draft(making, large=True)
    await asyncio.to_thread(draft.begin, ONE)
    assert await draft.finish(ONE) == id(ONE)
    assert making.made == [ONE]
    assert making.threads != [threading.current_thread()]


async def test_what_was_decided_again_is_told_as_it_is_now() -> None:
    draft = Draft(Making(), large=True)
    draft.begin(ONE)
    draft.begin(OTHER)
    assert await draft.finish(OTHER) == id(OTHER)


@pytest.mark.parametrize("begun", [[], [OTHER]])
async def test_what_was_not_begun_is_made_when_it_is_asked_for(begun: list[Sequence[Outcome]]) -> None:
    draft = Draft(Making(), large=True)
    for outcomes in begun:
        draft.begin(outcomes)
    assert await draft.finish(ONE) == id(ONE)


async def test_what_is_small_is_made_once_and_at_once() -> None:
    making = Making()
    draft = Draft(making, large=False)
    draft.begin(ONE)
    assert await draft.finish(ONE) == id(ONE)
    assert (making.made, making.threads) == ([ONE], [threading.current_thread()])
