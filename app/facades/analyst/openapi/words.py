"""What members of answers mean; the schemas themselves are derived from ``wire``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.analyst import wire
from app.facades.analyst.openapi.parts import ID, OTHER_REF, REF, SPACE_ID
from app.facades.openapi import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema

_SAY = "description"


def say(about: str, example: object = None) -> Schema:
    """Words for a member whose type says the rest."""
    return {_SAY: about} if example is None else {_SAY: about, "examples": [example]}


AFTER: Final = say("Where the next page begins; missing at the end.", "AQAB")
ENTITIES: Final = say("The entities, each once.")
RELATIONSHIPS: Final = say("The relationships, each once; both ends are among the entities.")

WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Problem: {
        "type": say(
            "What kind of problem it is; `about:blank` where the status says it all.", "urn:tercet:space-unknown"
        ),
        "title": say("The kind in words.", "Space not found"),
        "status": say("The status of the answer.", 404),
        "detail": say("What to do about it.", "There is no such space, or you may not read it."),
        "requestId": say("Names this call in logs.", "abc.1"),
    },
    wire.Bounded: {
        "truncated": say("Whether a limit has cut the answer.", False),
        "reason": say("The limit that has cut it.", "entities"),
        "limits": say("The limits in force.", {"entities": 500, "seconds": 5.0}),
    },
    wire.Entity: {
        "ref": text("Names the entity in questions.", REF, format="uuid"),
        "domain": say("Who owns it.", "apollo"),
        "type": say("What it is within its domain.", "entity"),
        "id": say("Which one it is.", "ahu-7"),
        "kind": say("Its declared class where it has one, else its type.", "Brick__AHU"),
        "name": say("Its name, where it has one.", "AHU 7"),
        "declared": say("Whether it is more than the end of a relationship.", True),
        "space": say("The space that it belongs to, where that is another.", SPACE_ID),
    },
    wire.Link: {
        "id": text("Names the relationship.", ID, format="uuid"),
        "type": say("What it means.", "Brick__feeds"),
        "source": text("The ref of its source.", REF, format="uuid"),
        "target": text("The ref of its target.", OTHER_REF, format="uuid"),
        "directed": say("Whether source and target mean different things.", True),
    },
    wire.Subgraph: {"entities": ENTITIES, "relationships": RELATIONSHIPS},
    wire.Group: {
        "entity": text("The ref of the entity.", REF, format="uuid"),
        "type": say("The type of the relationships.", "Brick__hasPoint"),
        "direction": say("`out`, `in`, or `both` for a type without direction.", "out"),
        "shown": say("How many of them were gone over, the first in order of creation.", 50),
        "more": say("How many there are beside them.", 2431),
        "after": say("Ask `more` with this, and with entity, type and direction, for the next ones.", "AQAB"),
    },
    wire.Neighbourhood: {"groups": say("The hubs, of which a part is shown.")},
    wire.More: {"after": AFTER},
    wire.Space: {
        "id": say("Names the space.", SPACE_ID),
        "entities": say("How many entities it has.", 5201),
        "relationships": say("How many live relationships it has.", 12040),
        "right": say("The caller's right on it: readonly, readwrite, admin or owner.", "readonly"),
    },
    wire.Spaces: {"spaces": say("The spaces in the order of their ids."), "after": AFTER},
    wire.Counted: {
        "type": say("The type of the relationships.", "Brick__feeds"),
        "count": say("How many are live.", 312),
    },
    wire.Kind: {"kind": say("The kind.", "Brick__VAV"), "count": say("How many entities are of it.", 58)},
    wire.Hub: {
        "entity": say("The entity."),
        "degree": say("How many relationships it is an end of.", 2481),
    },
    wire.Orphans: {
        "count": say("How many entities are the end of no live relationship.", 3),
        "sample": say("The first five of them."),
    },
    wire.Facets: {
        "id": say("Names the space.", SPACE_ID),
        "entities": say("How many entities are not deleted.", 5201),
        "relationships": say("How many relationships are live.", 12040),
        "seq": say("The number of its last change.", 17241),
        "kinds": say("Its entities by kind, the most first; deleted ones that are still ends count."),
        "types": say("Its live relationships by type, the most first."),
        "hubs": say("The ten entities with most relationships."),
        "orphans": say("The entities without any."),
    },
    wire.Entities: {"entities": ENTITIES, "after": AFTER},
    wire.Relationships: {"relationships": say("The relationships."), "after": AFTER},
    wire.Degree: {
        "type": say("The type of the relationships.", "Brick__feeds"),
        "direction": say("`out`, `in`, or `both` for a type without direction.", "out"),
        "count": say("How many there are; one of an entity with itself counts in both directions.", 3),
    },
    wire.Card: {
        "entity": say("The entity."),
        "fields": say("What was written about it.", {"entityName": "AHU 7"}),
        "degree": say("Its relationships by type and direction."),
        "total": say("The sum of these counts.", 3),
    },
}
