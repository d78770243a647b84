"""All that the core ever asks of a graph.

Two implementations keep this contract: the one on Neo4j, and the one in the tests that is its executable specification.
One suite runs on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from app.core.administer import Registry
from app.core.chronicle import Chronicles
from app.core.errors import TercetError
from app.core.expanse import Expanses
from app.core.lists import Lists
from app.core.saved import SavedQueries
from app.core.survey import Surveys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from app.core.access import Right
    from app.core.criteria import Criteria
    from app.core.facts import Needs
    from app.core.identity import SpaceName
    from app.core.ledger import Ledger
    from app.core.model import Author, Entity, EntityRecord, Fields, Outcome, Relationship

Place = TypeVar("Place", int, str)
Kind: TypeAlias = tuple[str, str]


class SpaceAppeared(TercetError):
    """A space that was to be founded by this batch exists by now: the caller's right on it must be looked up anew."""


class Batch(Protocol):
    """What one request wants done in one space, in one transaction.

    ``size`` is the number of its items.
    """

    @property
    def size(self) -> int: ...
    @property
    def by(self) -> Author: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def transaction_id(self) -> str | None: ...

    def needs(self, space: SpaceName) -> Needs:
        """What must be known before ``decide``."""
        ...

    def decide(self, ledger: Ledger) -> Sequence[Outcome]:
        """The outcomes, in the order of the items. Raises a Refusal when the whole batch can't be done."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. ``bookmark`` names the state of the store that holds it."""

    outcomes: tuple[Outcome, ...]
    bookmark: str
    waited_ms: float = 0.0
    stored_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class SpaceView:
    """A space as one caller may see it. ``right`` is None where the caller has none, or the space does not exist."""

    id: str
    exists: bool
    right: Right | None
    settings: Fields


class Position(NamedTuple):
    """How far a space has come: the number of its latest change, which life of the space counted it, and which write
    made it.

    A space that is not there yet stands at 0 of an epoch without name. Two states of one epoch with the same number are
    the same state only if the same write made them: after a restore of an older state others count on from there.
    """

    seq: int = 0
    epoch: str = ""
    write: str = ""


class Vantage(NamedTuple):
    """How far a space has come, and the bookmark under which a read holds every change up to there."""

    position: Position
    bookmark: str | None = None


class Stretch(NamedTuple, Generic[Place]):
    """Records found on a part of an order, in that order.

    ``reached``: the place up to which none was passed over; the next stretch begins behind it. None at the end.
    ``seen``: how far the space had come just before, where the store tells it.
    """

    found: list[Relationship]
    reached: Place | None
    seen: Position | None = None


class Stretches(Protocol):
    """What pages of relationships are made of."""

    async def scan(
        self, space: str, criteria: Criteria, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Stretch[str]:
        """Relationships in the order of their ids, behind the id ``after`` ("" for the first).

        Looks at no more than ``look`` records of the space, and finds at most ``limit`` of those that match. The store
        may find others as well: who asks must ask the criteria again.
        """
        ...

    async def around(
        self,
        space: str,
        entities: Collection[Entity],
        criteria: Criteria,
        *,
        after: int,
        look: int,
        limit: int,
        bookmark: str | None = None,
    ) -> Stretch[int]:
        """Relationships with an end among ``entities``, in the order of their creation, behind the ``n`` ``after``.

        Each comes once. Looks at no more than ``look`` records for each entity and end, else as ``scan``.
        """
        ...


class Store(Lists, Surveys, Chronicles, Registry, Expanses, SavedQueries, Stretches, Protocol):
    """Every method may raise StoreAway (not now), StoreBehind (bookmark not reached) and StoreDefect."""

    async def write(self, space: str, batch: Batch, *, founder: str | None = None) -> Receipt:
        """Decides and stores a batch; when it returns, every outcome in it is durable.

        All changes of a space happen one transaction at a time; batches may share one. A batch that raises a Refusal
        leaves nothing behind and harms no other. A missing space is founded, with ``founder`` as owner, by the first
        batch that stores something in it. Raises SpaceUnknown when it is missing and nobody is to found it,
        SpaceAppeared when somebody is and it exists by now, founded by another.
        """
        ...

    async def view(self, space: str, grantees: Collection[str], *, bookmark: str | None = None) -> SpaceView:
        """The space and the highest right that any of the grantees holds on it.

        At most one second old, and at least as new as the state that ``bookmark`` names. Raises SpaceUnknown for a
        deleted space: nobody may use it, and nobody's write founds it again (apollo 10).
        """
        ...

    async def relationship(self, space: str, id: str, *, bookmark: str | None = None) -> Relationship | None:
        """The relationship with this core UUID, live or deleted; None if the space or the id is unknown."""
        ...

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        """The recorded entities among those with these keys."""
        ...

    async def relationships(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """The relationships among those with these core UUIDs, live or deleted."""
        ...

    def last_seen(self, space: str) -> Vantage | None:
        """Where the space stood when ``position`` was last asked for.

        None where that is not known, or it is likely to have moved since.
        """
        ...

    async def write_of(self, space: str, seq: int, *, bookmark: str | None = None) -> str:
        """The name of the write that made the change of this number; "" where there is none."""
        ...

    async def changes(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Relationship]:
        """The relationships whose latest change has a number in (after, until], in the order of these numbers."""
        ...

    async def earlier(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, list[Relationship]]:
        """The states that those relationships had before their present one."""
        ...

    async def pairs(
        self,
        grantees: Collection[str] | None,
        right: Right,
        admits: Callable[[Fields], bool],
        *,
        bookmark: str | None = None,
    ) -> set[tuple[Kind, Kind]]:
        """The unordered pairs of kinds, the smaller first, that relationships have or once had, live or deleted.

        Those of the spaces where any of ``grantees`` holds at least ``right``, of all spaces for None; and whose
        settings ``admits`` passes.
        """
        ...

    async def secret(self) -> bytes:
        """The key that signs what clients carry for us: the same in every replica and after every restart."""
        ...
