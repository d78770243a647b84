"""The first questions: spaces, entities, and what is around them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.core.neighbourhood import MOST_ENTITIES, MOST_OF_BUNCH, MOST_STEPS
from app.facades.analyst import entities, exports, spaces, walks, wire
from app.facades.analyst.openapi.parts import (
    AFTER,
    ALL,
    ASKS,
    DIRECTION,
    EVERY,
    ONE_REF,
    READ,
    REF,
    REF_IN_PATH,
    REFS,
    TYPES,
    answer,
    ask,
    count,
    limit,
    refuse,
)
from app.facades.analyst.parameters import DIRECTIONS
from app.facades.openapi import Operation, text

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
    f"GET {wire.SPACE}": Operation(
        id="showSpace",
        tag="spaces",
        about="What a space holds: entities by kind, relationships by type, hubs, and entities without relationships. Looks "
        "at no more than a million entities.",
        scopes=READ,
        parameters=ASKS,
        answers={200: answer("What the space holds.", wire.Facets), **refuse(404)},
    ),
    f"GET {wire.SPACE}/entities": Operation(
        id="findEntities",
        tag="entities",
        about="Entities by their words, or by what they are. With `q`, `name` or `id` the best come first: what is spelled "
        "so, then what begins so; then, on pages of their own, all others in the order of refs: what was written a moment "
        "ago, and what is wanted by its kind. Without them all entities in that order. A page looks at 200,000 entities "
        "and may hold fewer than asked for; go on while there is `after`.",
        scopes=READ,
        parameters=(
            ask(
                "q",
                "Words, whatever their case; each begins a word of the entity's id, name or kind. At most 16.",
                "ahu 7",
                least=1,
                most=entities.LONGEST_QUESTION,
            ),
            ask("id", "Entities with this id.", "ahu-7", least=1, most=2048),
            ask("name", "Entities with this name, whatever its case.", "AHU 7", least=1, most=2048),
            ask("domain", "Entities of this domain.", "apollo", least=1, most=2048),
            ask("type", "Entities of this type of identity.", "entity", least=1, most=2048),
            ask("kind", "Entities of this kind.", "Brick__AHU", least=1, most=2048),
            limit("Entities of a page.", entities.PAGE, entities.LARGEST_PAGE),
            AFTER,
            ALL,
            *ASKS,
        ),
        answers={200: answer("A page of entities.", wire.Entities), **refuse(404)},
    ),
    f"GET {wire.SPACE}/relationships": Operation(
        id="exportRelationships",
        tag="spaces",
        about="All live relationships of a space in the order of their ids, or those of one type. Of a rare type a page may "
        "hold fewer than asked for; go on while there is `after`.",
        scopes=READ,
        parameters=(
            ask("type", "Relationships of this type.", "Brick__feeds", least=1, most=2048),
            limit("Relationships of a page.", exports.PAGE, exports.LARGEST_PAGE),
            AFTER,
            ALL,
            *ASKS,
        ),
        answers={200: answer("A page of relationships.", wire.Relationships), **refuse(404)},
    ),
    f"GET {wire.SPACE}/entities/{{ref}}": Operation(
        id="showEntity",
        tag="entities",
        about="One entity with what was written about it, and its relationships counted by type and direction.",
        scopes=READ,
        parameters=(REF_IN_PATH, *ASKS),
        answers={200: answer("The entity.", wire.Card), **refuse(404)},
    ),
    f"GET {wire.SPACE}/neighbourhood": Operation(
        id="showNeighbourhood",
        tag="walks",
        about="What can be reached from some entities in a few steps. Of an entity's relationships of one type and direction "
        "at most `group` are gone over, the first in order of creation; `groups` tells where there are more.",
        scopes=READ,
        parameters=(
            ask("from", "The refs of 1 to 20 entities to begin at.", REF, required=True, pattern=REFS),
            count("steps", "How many steps to go.", default=walks.STEPS, most=MOST_STEPS),
            TYPES,
            DIRECTION,
            ask("kinds", "Only to entities of these kinds, at most 100; others are not passed either.", "Brick__VAV"),
            limit("Entities that are shown at most.", walks.ENTITIES, MOST_ENTITIES),
            count("group", "Relationships of a group that are gone over.", default=walks.OF_BUNCH, most=MOST_OF_BUNCH),
            *ASKS,
        ),
        answers={200: answer("The entities and relationships.", wire.Neighbourhood), **refuse(404)},
    ),
    f"GET {wire.SPACE}/more": Operation(
        id="showMore",
        tag="walks",
        about="More relationships of a group that a neighbourhood showed in part, in order of creation.",
        scopes=READ,
        parameters=(
            ask("entity", "The ref of the entity.", REF, required=True, pattern=ONE_REF),
            ask("type", "The type of the relationships.", "Brick__hasPoint", required=True, least=1, most=2048),
            replace(DIRECTION, required=True, schema=text("The direction of the group.", choices=tuple(DIRECTIONS))),
            limit("Relationships of a page.", walks.OF_BUNCH, MOST_OF_BUNCH),
            AFTER,
            *ASKS,
        ),
        answers={200: answer("The next relationships of the group.", wire.More), **refuse(404)},
    ),
}
