"""A large batch is decided while the one before it is written.

What the transaction in flight will leave behind is known: its plan. So the facts of the next batch are read without a
lock, that plan is laid over them, and the judge goes to work. Once the next transaction has the lock of the space it
asks only whether it finds the space as expected: every try to write a space leaves its own name there. Then what was
decided stands; else it is forgotten, and everything is read and judged again.

The facts are read once the transaction in flight has the lock: all that others wrote before is there then, index entries
too. The state of the space is read last. If that is how the transaction in flight found the space, or how it leaves it,
then nobody but that transaction has written since: what they show of it, the plan says.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.core.facts import EndsUnread
from app.graph import facts, plans

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

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


async def foresee(
    lane: Lane, name: SpaceName, terms: Terms, batch: Batch, needs: Needs, flight: Awaitable[Concluded | None]
) -> Foreseen | None:
    """The batch, decided on what the transaction in flight will leave behind; None where that can't be told.

    Raises what reading and judging raise.
    """
    if needs.pairs or needs.used:
        return None
    before = await flight
    if before is None or before.decided.deferred:
        return None
    seen = await lane.run(lambda connection: facts.foresee_facts(connection, name, needs))
    if seen is None or seen.space not in (before.before, before.after):
        return None
    try:
        drawn = await _draw_beside(seen.after(before.plan, before.after), terms, batch)
    except EndsUnread:
        whole = await lane.run(partial(facts.foresee_rest, name=name, known=seen))
        drawn = await _draw_beside(whole.after(before.plan, before.after), terms, batch)
    return None if drawn is None else Foreseen(batch, needs, drawn)


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
