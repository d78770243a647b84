"""Questions that go far: their operations, and the words for their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.core import cycles, difference, impact, intersect, islands, paths
from app.facades.analyst import routings, wire
from app.facades.analyst.openapi.parts import (
    ASKS,
    DIRECTION,
    ID,
    OTHER_REF,
    READ,
    REF,
    TYPES,
    answer,
    ask,
    count,
    limit,
    refuse,
)
from app.facades.analyst.openapi.words import say
from app.facades.openapi import Operation, Parameter, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema


_UUID: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_REF: Final = f"^{_UUID}$"
_REFS: Final = f"^{_UUID}(?:,{_UUID}){{1,19}}$"
_FEW_TYPES: Final = "^[^,\\x00]{1,64}(?:,[^,\\x00]{1,64}){0,4}$"


def _one(name: str, about: str) -> Parameter:
    return ask(name, about, REF, required=True, least=36, most=36, pattern=_REF)


def _choose(name: str, about: str, *choices: str) -> Parameter:
    return Parameter(name=name, place="query", schema=text(about, choices=choices, default=choices[0]))


def _number(name: str, about: str, least: int = 0) -> Parameter:
    return Parameter(name=name, place="query", schema=whole(about, 40, least=least, most=routings.LATEST))


OPERATIONS: Final[Mapping[str, Operation]] = {
    f"GET {wire.SPACE}/paths": Operation(
        id="findPaths",
        tag="walks",
        about="Paths from one entity to another that meet no entity twice, the shorter first, equal lengths in the order of "
        "their relationships' ids: the first one, the first `most` (`k`), or all of at most `steps` relationships.",
        scopes=READ,
        parameters=(
            _one("from", "The ref of the entity to begin at."),
            _one("to", "The ref of the entity to get to."),
            _choose("mode", "Which paths.", *routings.MODES),
            count("most", "Paths at most; `shortest` finds one.", default=routings.PATHS, most=paths.MOST_PATHS),
            count("steps", "Relationships of a path.", default=paths.MOST_STEPS, most=paths.MOST_STEPS),
            TYPES,
            _choose("direction", "From source to target, against it, or either way.", "out", "in", "both"),
            *ASKS,
        ),
        answers={200: answer("The paths.", wire.Paths), **refuse(404)},
    ),
    f"GET {wire.SPACE}/impact": Operation(
        id="assessImpact",
        tag="walks",
        about="Everything that can be reached from an entity, by distance and by kind, with one shortest way to each.",
        scopes=READ,
        parameters=(
            _one("from", "The ref of the entity to begin at."),
            _choose("direction", "Downstream or upstream.", "out", "in"),
            TYPES,
            count("steps", "How many steps to go.", default=impact.MOST_STEPS, most=impact.MOST_STEPS),
            limit("Entities at most, the closest.", routings.ENTITIES, impact.MOST_ENTITIES),
            *ASKS,
        ),
        answers={200: answer("What was reached.", wire.Impact), **refuse(404)},
    ),
    f"GET {wire.SPACE}/intersect": Operation(
        id="intersectEntities",
        tag="walks",
        about="The entities with which every one of some entities has a relationship.",
        scopes=READ,
        parameters=(
            ask("of", "The refs of 2 to 20 entities.", f"{REF},{OTHER_REF}", required=True, least=73, pattern=_REFS),
            TYPES,
            DIRECTION,
            limit("Entities at most.", routings.SHARED, intersect.MOST_ENTITIES),
            *ASKS,
        ),
        answers={200: answer("What they have in common.", wire.Common), **refuse(404)},
    ),
    f"GET {wire.SPACE}/cycles": Operation(
        id="findCycles",
        tag="walks",
        about="Cycles along some types, each once. A relationship of an entity with itself is one of length 1.",
        scopes=READ,
        parameters=(
            ask("type", "1 to 5 types of relationships.", "Brick__feeds", required=True, least=1, pattern=_FEW_TYPES),
            count("longest", "Relationships of a cycle.", default=routings.LONGEST_CYCLE, most=cycles.LONGEST),
            limit("Cycles at most.", routings.CYCLES, cycles.MOST_CYCLES),
            *ASKS,
        ),
        answers={200: answer("The cycles.", wire.Cycles), **refuse(404)},
    ),
    f"GET {wire.SPACE}/islands": Operation(
        id="findIslands",
        tag="walks",
        about="Groups of entities between which relationships lead, whatever their direction. Ends in other spaces join nothing.",
        scopes=READ,
        parameters=(
            TYPES,
            limit("Islands at most.", routings.ISLANDS, islands.MOST_ISLANDS),
            *ASKS,
        ),
        answers={200: answer("The islands.", wire.Islands), **refuse(404)},
    ),
    f"GET {wire.SPACE}/changes": Operation(
        id="compareStates",
        tag="walks",
        about="The net difference of relationships and declared entities between two change numbers. Where it was cut, "
        "go on with `after` = `until` of the answer.",
        scopes=READ,
        parameters=(
            _number("after", "The number of the change to begin behind; 0 where it is missing."),
            _number("until", "The number of the last change to count; the latest where it is missing."),
            limit("Things that changes touch, at most.", routings.ITEMS, difference.MOST_ITEMS),
            *ASKS,
        ),
        answers={200: answer("The difference.", wire.Difference), **refuse(404)},
    ),
}
WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Path: {
        "entities": say("The refs of its entities in order.", [REF, OTHER_REF]),
        "relationships": say("The ids of the relationships from each to the next.", [ID]),
    },
    wire.Paths: {"paths": say("The paths.")},
    wire.Reached: {
        "entity": text("Its ref.", REF, format="uuid"),
        "distance": say("In how few steps.", 2),
        "via": text("The id of the last relationship of a shortest way.", ID, format="uuid"),
        "from": text("The ref of whom that comes from.", OTHER_REF, format="uuid"),
    },
    wire.DistanceCount: {"distance": say("In how few steps.", 2), "count": say("How many.", 14)},
    wire.KindCount: {"kind": say("The kind.", "Brick__VAV"), "count": say("How many.", 14)},
    wire.Impact: {
        "reached": say("What was reached, the closest first."),
        "byDistance": say("How many in how few steps."),
        "byKind": say("How many of each kind, most first."),
    },
    wire.Shared: {
        "entity": text("Its ref.", REF, format="uuid"),
        "links": say("The ids of the relationships with it.", [ID]),
    },
    wire.Common: {"common": say("The entities that all have a relationship with.")},
    wire.Cycles: {"cycles": say("The cycles; the last relationship leads back to the first entity.")},
    wire.Island: {
        "entities": say("How many entities hang together.", 5201),
        "ref": say("The smallest ref of the sample.", REF),
        "sample": say("Up to five of them, those that were created first."),
    },
    wire.Islands: {
        "islands": say("The islands of two and more, the largest first."),
        "count": say("How many of these there are.", 3),
        "alone": say("How many entities hang together with no other.", 12),
    },
    wire.Differing: {
        "what": text("What it is.", choices=("relationship", "entity")),
        "id": text("The relationship's id, or the entity's ref.", ID, format="uuid"),
        "type": say("Its type.", "Brick__feeds"),
        "before": say("The version that it had; missing if it was not there.", 1),
        "after": say("The version that it has; missing if it is no longer there.", 2),
    },
    wire.Difference: {
        "from": say("The change that the difference begins behind.", 40),
        "until": say("The last change that it counts.", 90),
        "created": say("What was not there and is."),
        "updated": say("What was there and is otherwise."),
        "deleted": say("What was there and is no longer."),
    },
}
