"""Maps of many rows, as statements take them.

The driver spells every parameter for a debug line before it asks whether anybody reads it (6.1: ``run`` of its
protocols). With ten thousand rows that takes longer than to pack them, and no other thread runs meanwhile.
"""

from __future__ import annotations

from typing import Any


class Unspelled(dict[str, Any]):
    """A map whose spelling says nothing of what it holds. It is packed as any other.

    Whoever is done with a large one empties it: the driver's results hold what a statement was given in a circle, until a
    full garbage collection.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "{…}"
