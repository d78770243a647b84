"""One write transaction of a space, in its six steps: lock the space and read the facts; judge every batch over them;
write the plan; compare the database's counters with the plan; commit; say what became of everything.

Two statements, whatever the number of batches and items.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.core.access import Right
from app.core.errors import SpaceUnknown, StoreAway, TercetError
from app.core.facts import EndsUnread, FactsShort, Needs
from app.core.ledger import Ledger
from app.core.store import Receipt, SpaceAppeared
from app.graph import facts, plans
from app.graph.connection import CommitUnknown
from app.graph.foresight import Foreseen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from neo4j import AsyncTransaction

    from app.core.facts import Facts
    from app.core.identity import SpaceName
    from app.core.ledger import Plan
    from app.core.model import Outcome, SpaceState
    from app.core.store import Batch
    from app.graph.connection import Connection
    from app.graph.foresight import Flight
    from app.graph.unspelled import Unspelled

    Alongside = Callable[[AsyncTransaction, Sequence[Outcome]], Awaitable[None]]


MOST_AT_ONCE = 500
"""To let go of so many records takes one or two milliseconds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How transactions are made: whose time and ids, how many distinct entity types a space may write as labels, and
    the seconds in which a commit without an answer is asked after."""

    clock: Callable[[], int]
    mint: Callable[[], str]
    labels: int
    seconds: float

    def open(self, known: Facts) -> Ledger:
        """A ledger on what is known, from now on."""
        return Ledger(known, now=self.clock(), mint=self.mint, most_labels=self.labels)


@dataclass(eq=False, slots=True)
class Waiting:
    """A batch in the queue of its space, and the future of whoever asked for it; a large one has a flight."""

    batch: Batch
    needs: Needs
    founder: str | None
    alongside: Alongside | None
    receipt: asyncio.Future[Receipt]
    flight: Flight | None = None
    since: float = field(default_factory=time.perf_counter)


@dataclass(slots=True)
class Decided:
    """What the judge said in one transaction: outcomes by batch, and whole-request refusals."""

    ledger: Ledger
    outcomes: dict[Waiting, tuple[Outcome, ...]] = field(default_factory=dict)
    refused: dict[Waiting, TercetError] = field(default_factory=dict)
    deferred: list[Waiting] = field(default_factory=list)

    def let_go(self) -> Iterator[None]:
        """Forgets on what all was decided, then what, bit by bit: while many records are let go nobody else has a turn."""
        told = [outcome for outcomes in self.outcomes.values() for outcome in outcomes]
        del self.ledger, self.outcomes
        while told:
            yield
            del told[-MOST_AT_ONCE:]


@dataclass(frozen=True, slots=True)
class Concluded:
    """What one transaction decided, what it writes for that, and the pieces in which the statement takes it.

    ``before``: how it found the space; ``after``: how it leaves it.
    """

    decided: Decided
    plan: Plan
    pieces: Iterable[Unspelled]
    before: SpaceState
    after: SpaceState


class Transaction:
    """What was gathered in a space, and the connection that it is written by.

    ``locking``: see ``facts.read_facts``. ``flight`` hears when it has the lock, and what is decided before that is written.
    """

    def __init__(
        self,
        connection: Connection,
        name: SpaceName,
        terms: Terms,
        gathered: list[Waiting],
        *,
        locking: bool = True,
        flight: Flight | None = None,
    ) -> None:
        self._connection = connection
        self._name = name
        self._terms = terms
        self._gathered = gathered
        self._locking = locking
        self._flight = flight

    async def look(self) -> Decided | None:
        """What becomes of everything, in one way to the database, if that writes nothing; None where it has to be settled.

        Raises SpaceUnknown, and StoreErrors.
        """
        if any(waiting.alongside is not None for waiting in self._gathered):
            return None
        needs = self._needs()
        known = await facts.glance(self._connection, self._name, needs)
        if known is None:
            return None
        try:
            concluded = self._conclude(known)
        except EndsUnread:
            return None
        return concluded.decided if concluded.plan.empty else None

    async def settle(self) -> Concluded:
        """Commits everything that can be stored, together; nothing is left of what raises.

        Raises SpaceUnknown, CommitUnknown, what ``alongside`` raises, and the StoreErrors that say what is in the way.
        """
        async with self._connection.transaction() as transaction:
            concluded = await self._foreseen(transaction) or await self._decide(transaction)
            if self._flight is not None:
                self._flight.tell(concluded)
            companions = [waiting for waiting in concluded.decided.outcomes if waiting.alongside is not None]
            if companions or not concluded.plan.empty:
                await self._store(transaction, concluded, companions)
            else:
                await transaction.rollback()
        return concluded

    async def _foreseen(self, transaction: AsyncTransaction) -> Concluded | None:
        """What was decided before the lock was had, if nothing was written since but what that was decided on."""
        waiting = self._gathered[0]
        foreseen = waiting.batch
        if len(self._gathered) > 1 or not isinstance(foreseen, Foreseen):
            return None
        drawn = foreseen.draw()
        if drawn is None:
            return None
        locked = await facts.lock_space(self._connection, transaction, self._name)
        if locked != drawn.space or waiting.founder not in (None, drawn.space.founder):
            return None
        decided = Decided(drawn.ledger, outcomes={waiting: drawn.outcomes})
        return _sum_up(decided, drawn.plan, drawn.write, drawn.pieces)

    def _needs(self) -> Needs:
        needs = Needs()
        for waiting in self._gathered:
            needs.add(waiting.needs)
        return needs

    async def _decide(self, transaction: AsyncTransaction) -> Concluded:
        needs = self._needs()
        known = await self._facts(transaction, needs)
        try:
            return self._conclude(known)
        except EndsUnread:
            whole = await facts.read_rest(
                self._connection, transaction, self._name, needs, known, locking=self._locking
            )
            return self._conclude(whole)

    async def _facts(self, transaction: AsyncTransaction, needs: Needs) -> Facts:
        """The facts under the lock of the space, which is created if somebody is to found it.

        Raises SpaceUnknown where nobody is, and where several batches are gathered: a founder is whose batch is the
        first to store something, so the batches of a space that is not there are tried one by one.
        """
        found = await self._read(transaction, needs)
        if found is not None:
            return found
        founder = self._gathered[0].founder
        if founder is None or len(self._gathered) > 1:
            raise SpaceUnknown(self._name.id)
        await facts.found_space(
            self._connection,
            transaction,
            self._name,
            grants={founder: Right.OWNER},
            at=self._terms.clock(),
            epoch=self._terms.mint(),
        )
        found = await self._read(transaction, needs)
        assert found is not None, "the space was created in this transaction"
        return found

    async def _read(self, transaction: AsyncTransaction, needs: Needs) -> Facts | None:
        tell_lock = None if self._flight is None else self._flight.tell_lock
        return await facts.read_facts(
            self._connection, transaction, self._name, needs, locking=self._locking, tell_lock=tell_lock
        )

    def _conclude(self, known: Facts) -> Concluded:
        """What becomes of every batch, and what to write for it."""
        decided = self._judge(known)
        plan, write = decided.ledger.plan(), self._terms.mint()
        return _sum_up(decided, plan, write, plans.cut_plan(decided.ledger, plan, write))

    def _judge(self, known: Facts) -> Decided:
        """Every batch in turn. One that raises after it has decided something is left out and the rest judged anew.

        One that asks for a fact that this transaction outdated waits for the next, and so do all behind it: batches
        are judged in the order in which they came.
        """
        turn, deferred = self._gathered, list[Waiting]()
        left_out: dict[Waiting, TercetError] = {}
        while True:
            decided = Decided(self._terms.open(known), refused=dict(left_out), deferred=deferred)
            for place, waiting in enumerate(turn):
                if waiting in left_out:
                    continue
                try:
                    self._judge_one(decided, waiting)
                except TercetError as error:
                    if isinstance(error, FactsShort) and decided.outcomes:
                        turn, deferred = turn[:place], turn[place:]
                        break
                    left_out[waiting] = error
                    if decided.ledger.touched:
                        break
                    decided.refused[waiting] = error
            else:
                return decided

    def _judge_one(self, decided: Decided, waiting: Waiting) -> None:
        space = decided.ledger.space
        if waiting.founder not in (None, space.founder):
            raise SpaceAppeared
        batch = waiting.batch
        outcomes = tuple(batch.decide(decided.ledger))
        decided.ledger.close(batch.by, batch.request_id, batch.transaction_id)
        decided.outcomes[waiting] = outcomes

    async def _store(self, transaction: AsyncTransaction, concluded: Concluded, companions: list[Waiting]) -> None:
        plan = concluded.plan
        if not plan.empty:
            await plans.write_plan(self._connection, transaction, plan, concluded.pieces)
        for waiting in companions:
            assert waiting.alongside is not None, "companions are those that have one"
            await waiting.alongside(transaction, concluded.decided.outcomes[waiting])
        try:
            await self._connection.commit(transaction)
        except CommitUnknown:
            if not await self._took_place(plan, concluded.after.write):
                raise StoreAway from None

    async def _took_place(self, plan: Plan, write: str) -> bool:
        """Whether a commit whose answer was lost is stored. Raises CommitUnknown when nobody can say in time.

        The question takes the locks of the lost transaction, so that it is answered only when that one has ended.
        """
        if not plan.commits:
            raise CommitUnknown
        deadline = time.monotonic() + self._terms.seconds
        while time.monotonic() < deadline:
            try:
                rows = await self._connection.write(
                    "space/written", space=self._name.id, last=plan.commits[-1].last, write=write
                )
                return bool(rows[0]["written"])
            except StoreAway:
                await asyncio.sleep(0.2)
        raise CommitUnknown


def _sum_up(decided: Decided, plan: Plan, write: str, pieces: Iterable[Unspelled]) -> Concluded:
    before = decided.ledger.space
    after = before if plan.empty else replace(plan.space, write=write)
    return Concluded(decided, plan, pieces, before, after)
