"""The first questions: spaces, entities, and what is around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.analyst import spaces, wire
from app.facades.analyst.openapi.parts import AFTER, ASKS, EVERY, READ, REF_IN_PATH, answer, limit, refuse
from app.facades.openapi import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATIONS: Final[Mapping[str, Operation]] = {
    f"GET {wire.ROOT}/spaces": Operation(
        id="listSpaces",
        tag="spaces",
        about="The spaces that the caller may read, in the order of their ids, with their size as their writers count.",
        scopes=READ,
        parameters=(limit("Spaces of a page.", spaces.PAGE, spaces.LARGEST_PAGE), AFTER, *EVERY),
        answers={200: answer("A page of spaces.", wire.Spaces), **refuse()},
    ),
    f"GET {wire.SPACE}/entities/{{ref}}": Operation(
        id="showEntity",
        tag="entities",
        about="One entity with what was written about it, and its relationships counted by type and direction.",
        scopes=READ,
        parameters=(REF_IN_PATH, *ASKS),
        answers={200: answer("The entity.", wire.Card), **refuse(404)},
    ),
}
