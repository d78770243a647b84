"""A large batch is decided while the one before it is written.

What the transaction in flight will leave behind is known: its plan. So the facts of the next batch are read without a
lock, that plan is laid over them, and the judge goes to work. Once the next transaction has the lock of the space it
asks only whether it finds the space as expected: every try to write a space leaves its own name there. Then what was
decided stands; else it is forgotten, and everything is read and judged again.

The facts are read once the transaction in flight has the lock: all that others wrote before is there then, index entries
too. If the state of the space that comes with them is how the transaction in flight found it, or how it leaves it,
then nobody but that transaction has written since: what they show of it, the plan says. Where nothing is in flight the
space has to stand as the last large transaction of this process left it, whose commit was answered or which had the lock
and wrote nothing: all of that state is there as well.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.core.facts import EndsUnread
from app.graph import facts, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.core.facts import Facts, Needs
    from app.core.identity import SpaceName
    from app.core.ledger import Ledger, Plan
    from app.core.model import Author, Outcome, SpaceState
    from app.core.store import Batch
    from app.graph.lane import Lane
    from app.graph.transaction import Concluded, Terms
    from app.graph.unspelled import Unspelled


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is decided if the transaction finds the space so."""

    space: SpaceState
    ledger: Ledger
    outcomes: tuple[Outcome, ...]
    plan: Plan
    write: str
    pieces: Sequence[Unspelled]


class Foreseen:
    """A batch, its needs, and what was decided of it for one case."""

    def __init__(self, batch: Batch, needs: Needs, drawn: Drawn) -> None:
        self._batch = batch
        self._needs = needs
        self._drawn: Drawn | None = drawn

    @property
    def size(self) -> int:
        """See ``Batch``."""
        return self._batch.size

    @property
    def by(self) -> Author:
        """See ``Batch``."""
        return self._batch.by

    @property
    def request_id(self) -> str | None:
        """See ``Batch``."""
        return self._batch.request_id

    @property
    def transaction_id(self) -> str | None:
        """See ``Batch``."""
        return self._batch.transaction_id

    def needs(self, space: SpaceName) -> Needs:
        """See ``Batch``."""
        return self._needs

    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        """See ``Batch``: decides anew."""
        return self._batch.decide(ledger)

    def draw(self) -> Drawn | None:
        """What was decided; it is told once, to whoever tries it."""
        drawn, self._drawn = self._drawn, None
        return drawn


class Flight:
    """What a transaction on another loop tells here: that it has the lock of its space, then what it decided."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._locked = asyncio.Event()
        self._concluded: asyncio.Future[Concluded | None] = self._loop.create_future()

    def tell_lock(self) -> None:
        """It has the lock; called from any thread."""
        self._loop.call_soon_threadsafe(self._locked.set)

    def tell(self, concluded: Concluded) -> None:
        """What it is about to write; called from any thread."""
        self._loop.call_soon_threadsafe(self._tell, concluded)

    def end(self) -> None:
        """It is over; nothing more will be told."""
        self._tell(None)

    def _tell(self, concluded: Concluded | None) -> None:
        self._locked.set()
        if not self._concluded.done():
            self._concluded.set_result(concluded)

    async def locked(self) -> None:
        """Returns when it has the lock, or is over."""
        await self._locked.wait()

    async def concluded(self) -> Concluded | None:
        """What it decided; None where it ended without."""
        return await asyncio.shield(self._concluded)


@dataclass(frozen=True, slots=True)
class Foresight:
    """Decides a large batch of a space ahead of its transaction, without a lock.

    It must need neither pairs nor uses, which no plan tells. Raises what reading and judging raise.
    """

    lane: Lane
    name: SpaceName
    terms: Terms
    batch: Batch
    needs: Needs

    async def decide_behind(self, flight: Flight) -> Foreseen | None:
        """The batch, decided on what the transaction in flight will leave behind; None where that can't be told."""
        await flight.locked()
        seen, before = await asyncio.gather(self._look(), flight.concluded())
        if seen is None or before is None or before.decided.deferred or seen.space not in (before.before, before.after):
            return None
        return await self._decide(seen, lambda known: known.after(before.plan, before.after))

    async def decide_at(self, left: SpaceState) -> Foreseen | None:
        """The batch, decided on the space as it was left; None where it is no longer so."""
        seen = await self._look()
        if seen is None or seen.space != left:
            return None
        return await self._decide(seen, lambda known: known)

    async def _look(self) -> Facts | None:
        return await self.lane.run(lambda connection: facts.foresee_facts(connection, self.name, self.needs))

    async def _decide(self, seen: Facts, overlay: Callable[[Facts], Facts]) -> Foreseen | None:
        try:
            drawn = await _draw_beside(overlay(seen), self.terms, self.batch)
        except EndsUnread:
            whole = await self.lane.run(partial(facts.foresee_rest, name=self.name, needs=self.needs, known=seen))
            drawn = await _draw_beside(overlay(whole), self.terms, self.batch)
        return None if drawn is None else Foreseen(self.batch, self.needs, drawn)


async def _draw_beside(known: Facts, terms: Terms, batch: Batch) -> Drawn | None:
    if any(record.deleted_at is not None for record in known.entities.values()):
        return None  # whether it is in use is not among what a plan tells
    return await asyncio.to_thread(_draw, known, terms, batch)


def _draw(known: Facts, terms: Terms, batch: Batch) -> Drawn:
    ledger = terms.open(known)
    outcomes = tuple(batch.decide(ledger))
    ledger.close(batch.by, batch.request_id, batch.transaction_id)
    plan, write = ledger.plan(), terms.mint()
    return Drawn(known.space, ledger, outcomes, plan, write, tuple(plans.cut_plan(ledger, plan, write)))
