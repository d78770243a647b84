"""Pages made of runs: a store looks at a bounded number of records at a time, and whoever wants a page asks again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Item = TypeVar("Item")
Place = TypeVar("Place")
PlaceOut = TypeVar("PlaceOut", covariant=True)

MOST_LOOKED: Final = 20_000


class Found(Protocol[Item, PlaceOut]):
    """Items of a part of an order, in that order.

    ``reached``: the place up to which none was passed over; the next part begins behind it. None at the end.
    """

    @property
    def found(self) -> list[Item]: ...
    @property
    def reached(self) -> PlaceOut | None: ...


class Run(NamedTuple, Generic[Item, Place]):
    """What a store found when it looked on, or one page of what was asked for: see ``Found``."""

    found: list[Item]
    reached: Place | None


async def fill(
    look_on: Callable[[Place, int, int], Awaitable[Found[Item, Place]]],
    admits: Callable[[Item], bool],
    place: Callable[[Item], Place],
    *,
    after: Place,
    limit: int,
    most: int | None = None,
) -> Run[Item, Place]:
    """One page of at most ``limit`` items that are admitted, behind ``after``.

    ``look_on`` gets a place, how many records to look at and how many items to find at most. Runs grow as long as they
    find too little. With ``most``, a page that has looked at so many records ends where it stands, however few it holds.
    """
    found: list[Item] = []
    look, looked = limit + 1, 0
    while True:
        run = await look_on(after, look, limit + 1 - len(found))
        found += filter(admits, run.found)
        if len(found) > limit:
            return Run(found[:limit], place(found[limit - 1]))
        if run.reached is None:
            return Run(found, None)
        after, looked = run.reached, looked + look
        if most is not None and looked >= most:
            return Run(found, after)
        look = min(look * 4, MOST_LOOKED)
