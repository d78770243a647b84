"""What questions that look over a whole space, or over entities with very many links, ask of a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from app.core.graphs import Graphs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from app.core.graphs import Along, Scope, Steps

STRANGE: Final = 1 << 40
"""Numbers from here on belong to entities that another space was the first to name."""
NAMING_SECONDS: Final = 3.0


class Knots(NamedTuple):
    """Links between entities of one space, as the numbers of their sources and of their targets, in one order.

    Entities are numbered 1, 2, 3 … with gaps, as they were created, but for those that are ``STRANGE``.
    ``reached``: the ref of the entity up to which every one's links were read; None at the end.
    """

    sources: Sequence[int]
    targets: Sequence[int]
    reached: str | None


class Expanses(Graphs, Protocol):
    """Each call may raise OutOfTime."""

    async def knots(self, scope: Scope, types: frozenset[str] | None, *, after: str, look: int) -> Knots:
        """The links of these types (None: all) that leave entities of the space, in the order of refs, behind ``after``.

        Looks at no more than ``look`` entities, whatever links they have. Links to and from guests are left out.
        """
        ...

    async def placed(self, scope: Scope, numbers: Collection[int]) -> dict[int, str]:
        """The refs of the entities with these numbers; those without live links of their space are missing."""
        ...

    async def common(self, scope: Scope, refs: Collection[str], along: Along, *, look: int) -> Steps:
        """The links from some entities of the space to those others, and guests, that all of them have links to.

        Quick where one of them has few links, however many the others have. Looks at no more than ``look`` others:
        where there are more, ``whole`` is False and some may be missing.
        """
        ...


def linger(scope: Scope) -> Scope:
    """The same question with a little more time, in which what was found is named."""
    return replace(scope, until=scope.until + NAMING_SECONDS)
