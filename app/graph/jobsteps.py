"""What the two sides of the job store share: one row of a statement, one step of a job, and trying again."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from app.core.errors import StoreAway, StoreDefect
from app.core.jobs import State
from app.graph import jobrows
from app.graph.connection import CommitUnknown, write_bookmark
from app.graph.unspelled import Unspelled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from neo4j import AsyncTransaction, Record

    from app.core.jobs import Account, Job, Part
    from app.graph.connection import Connection

T = TypeVar("T")
Watch: TypeAlias = "Callable[[str], None]"
FREE: Mapping[str, Any] = {"worker": None, "until": None}


def ignore(point: str) -> None:
    """Nobody watches."""


async def insist(action: Callable[[], Awaitable[T]], *, tries: int = 5) -> T:
    """Repeats, with back-off, what nothing was written of when the store was away."""
    for pause in (0.02 * 2**n for n in range(tries - 1)):
        try:
            return await action()
        except CommitUnknown:
            raise
        except StoreAway:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
    return await action()


async def ask(
    connection: Connection, name: str, *, bookmark: str | None = None, **params: Any
) -> tuple[list[Record], str]:
    """The rows of a read statement and the state that they show; one under ``bookmark`` finds all of that state.

    The leader is asked: who was told 202 a moment ago must find the job, whatever a replica knows by then.
    """

    async def attempt() -> tuple[list[Record], str]:
        async with connection.session("write", bookmark) as session:
            result = await session.run(connection.library[name].text, params)
            rows = [record async for record in result]
            return rows, write_bookmark(await session.last_bookmarks())

    return await insist(attempt, tries=2)


async def one(connection: Connection, transaction: AsyncTransaction, name: str, **params: Any) -> Record:
    """The only row of a statement."""
    result = await connection.run(transaction, name, **params)
    return await result.single(strict=True)


async def keep(
    connection: Connection,
    transaction: AsyncTransaction,
    before: Job,
    after: Job,
    *,
    claimed: Mapping[str, Any] | None = None,
    part: Part | None = None,
    account: Account | None = None,
    at: int = 0,
) -> None:
    """Keeps one step of a job, under the lock of its queue; with its end the claim ends too.

    Raises StoreDefect when the database did anything else.
    """
    ends = after.state.final and not before.state.final
    done = [] if part is None or account is None else [[part.first, at, account.results, part.count]]
    refused: Sequence[list[Any]] = [] if account is None else jobrows.write_refused(account)
    saved = await one(
        connection,
        transaction,
        "jobs/save",
        space=after.space,
        request=after.request_id,
        principal=after.principal,
        queue=FREE if ends and before.state is State.RUNNING else claimed or {},
        job=jobrows.write_progress(after),
        closed=before.pending - after.pending,
        step=Unspelled(done=done, refused=refused),
        dropped_from=after.counts.tried if ends else None,
    )
    if (saved["done"], saved["refused"]) != (len(done), len(refused)):
        raise StoreDefect(f"a step of a job was not kept as meant: {saved.data()}")
