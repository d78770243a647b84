"""Queries of one's own: read-only Cypher, bounded in rows, bytes, memory and time.

Community Edition has no rights within a database, so such a query reads every space. ``admit`` therefore asks for a right
on each of them, deleted ones too: what a deleted space held is still there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from app.core.errors import SpacesUnreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from app.core.access import Caller
    from app.core.graphs import Cut
    from app.core.model import Fields, Json

ROWS: Final = 1_000
MOST_ROWS: Final = 10_000
SECONDS: Final = 10.0
MOST_SECONDS: Final = 60.0
MOST_BYTES: Final = 8_388_608
"""Of rows as JSON; and of what the database sends for them."""
LONGEST_TEXT: Final = 10_000
MOST_PARAMETERS: Final = 65_536
"""Bytes of all parameters as JSON."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A query with its parameters, asked by ``owner`` under ``id``, which names it while it runs.

    ``parameters`` are JSON values with integers of 64 bits. ``seconds`` count from its start in the database.
    """

    text: str
    owner: str
    id: str
    parameters: Fields = field(default_factory=dict)
    rows: int = ROWS
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer in the order of the query; values are JSON values."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Json]]
    cut: Cut | None = None


class Inquiries(Protocol):
    """Who answers queries. Every method may raise StoreAway."""

    async def covers(self, grantees: Collection[str]) -> bool:
        """Whether on every space, deleted ones too, one of ``grantees`` holds a right."""
        ...

    async def ask(self, inquiry: Inquiry) -> Table:
        """Runs a query that can't change anything, nor read but entities, relationships, their versions, terms and spaces.

        Cut where it has more rows, or more bytes, than it may. Raises QueryBarred, QueryFaulty, QueryTaken, QueueFull
        while too many run, and QueryOverdue, QueryOversized or QueryCancelled. Whoever cancels the call ends the query.
        """
        ...

    def cancel(self, owner: str, id: str) -> None:
        """Ends a running query of the owner's. Raises QueryMissing where there is none in this process."""
        ...


async def admit(inquiries: Inquiries, caller: Caller) -> None:
    """Raises SpacesUnreadable unless the caller may read every space."""
    if caller.blanket is None and not await inquiries.covers(caller.grantees):
        raise SpacesUnreadable("a query reads every space")
