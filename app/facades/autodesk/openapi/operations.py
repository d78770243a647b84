"""The nine operations (autodesk 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.autodesk import wire
from app.facades.autodesk.openapi.parts import (
    ABOUT,
    CONSISTENCY,
    CONTAINER,
    ID,
    OTHER_ID,
    READS,
    SYNC_TOKEN,
    WRITES,
    WRITTEN,
    answer,
    refuse,
    take,
)
from app.facades.autodesk.openapi.words import FORM, PHOTO, VALVE
from app.facades.openapi import Operation, Parameter, array, flag, refer, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVERY: Final = f"{wire.CONTAINER}/relationships"
_READ: Final = ("data:read",)


def _ask(name: str, about: str, example: str | None, most: int) -> Parameter:
    return Parameter(name=name, place="query", schema=text(about, example, least=1, most=most))


def _ask_when(name: str, about: str) -> Parameter:
    return Parameter(name=name, place="query", schema=text(about, "2026-03-09T10:15:30Z", format="date-time"))


_PAGING: Final = (
    Parameter(name="includeDeleted", place="query", schema=flag("Adds what is deleted.", True, default=False)),
    Parameter(
        name="onlyDeleted",
        place="query",
        schema=flag("Only what is deleted; needs `includeDeleted=true`.", default=False),
    ),
    Parameter(
        name="pageLimit",
        place="query",
        schema=whole("Rows of a page; more than 100 counts as 100.", 100, least=1, most=10**18 - 1, default=100),
    ),
    Parameter(
        name="continuationToken",
        place="query",
        schema=text("`page.continuationToken` of the page before, with the same criteria. Empty counts as absent."),
    ),
)
_SEARCH: Final = (
    _ask("domain", "Domain of one end.", "autodesk-bim360-asset", 128),
    _ask("type", "Its type; needs `domain`.", "asset", 128),
    _ask("id", "Its id; needs `type` and `domain`.", "valve-204", 512),
    _ask("withDomain", "Domain of the other end; needs `domain`.", "autodesk-construction-form", 128),
    _ask("withType", "Its type; needs `withDomain`.", "form", 128),
    _ask("withId", "Its id; needs `withType`.", "fm-77", 512),
    _ask_when("createdAfter", "Created after this instant. Without an offset it is UTC; a date alone is its midnight."),
    _ask_when("createdBefore", "Created before this instant."),
    *_PAGING,
)
_IDS: Final = array(
    text("The id of a relationship.", ID, format="uuid"), "Ids; repeats are harmless.", least=1, most=wire.MAX_IDS
)
_RELATIONSHIPS: Final = list[wire.Relationship]

_PUT: Final = Operation(
    id="putRelationships",
    tag="relationships",
    about="Relates up to 20 pairs. An item without an id whose pair is related already is answered with that "
    "relationship, so a repeat is harmless; an item whose id or pair is taken conflicts, which does not touch the others.",
    scopes=("data:create", "data:write"),
    parameters=WRITES,
    body=take(
        "The pairs, in an array.",
        array(refer("NewRelationship"), "The items.", least=1, most=wire.MAX_ITEMS),
        {"a pair, and one with an id": [{"entities": [VALVE, PHOTO]}, {"id": OTHER_ID, "entities": [FORM, VALVE]}]},
    ),
    answers={
        200: answer("Every item is stored; entry i answers item i.", _RELATIONSHIPS, WRITTEN),
        409: answer("Some items conflict; what is under `success` is stored.", wire.Conflicts, WRITTEN),
        **refuse(404, 413, 415),
    },
)
_GET: Final = Operation(
    id="getRelationship",
    tag="relationships",
    about="One relationship, live or deleted. HEAD works as well.",
    scopes=_READ,
    parameters=(
        CONTAINER,
        Parameter(
            name="relationshipId",
            place="path",
            required=True,
            schema=text("Its id, in either letter case.", ID, format="uuid"),
        ),
        CONSISTENCY,
        *ABOUT,
    ),
    answers={200: answer("The relationship.", wire.Relationship), **refuse(404)},
)
_FIND: Final = Operation(
    id="searchRelationships",
    tag="search",
    about="Relationships with an end that fits `domain`, `type` and `id` and another end that fits `withDomain`, "
    "`withType` and `withId`; without parameters all of the container. In order of id; where the first three are all given, "
    "in order of creation. Names of parameters are matched in any letter case. HEAD works as well.",
    scopes=_READ,
    parameters=(*READS, *_SEARCH),
    answers={200: answer("A page.", wire.RelationshipPage), **refuse(404)},
)
_BATCH: Final = Operation(
    id="getRelationshipsById",
    tag="relationships",
    about="Up to 50 relationships by id, live or deleted, each once and in the order of the request; unknown ids are left "
    "out.",
    scopes=_READ,
    parameters=READS,
    body=take("The ids, in an array.", _IDS, {"two ids": [OTHER_ID, ID]}),
    answers={200: answer("Those that were found.", _RELATIONSHIPS), **refuse(404, 413, 415)},
)
_DELETE: Final = Operation(
    id="deleteRelationships",
    tag="relationships",
    about="Deletes up to 50 relationships in one transaction. They stay readable as deleted, and their pairs may be related "
    "again. Unknown and deleted ids are skipped, so a repeat is harmless.",
    scopes=("data:write",),
    parameters=WRITES,
    body=take("The ids, in an array.", _IDS, {"one id": [ID]}),
    answers={200: answer("What this call deleted.", wire.Deletions, WRITTEN), **refuse(404, 413, 415)},
)
_INTERSECT: Final = Operation(
    id="intersectRelationships",
    tag="search",
    about="Relationships of any of up to 20 entities, with any of up to 20 other entities, kinds or domains. In order of "
    "creation; the next page is asked for with the same body.",
    scopes=_READ,
    parameters=(*READS, *_PAGING),
    body=take(
        "The two sides.",
        refer("IntersectRequest"),
        {
            "a valve and its forms": {
                "entities": [VALVE],
                "withEntities": [{"domain": "autodesk-construction-form"}],
            }
        },
    ),
    answers={200: answer("A page.", wire.RelationshipPage), **refuse(404, 413, 415)},
)
_SYNC: Final = Operation(
    id="syncRelationships",
    tag="sync",
    about="Copies relationships, then tells what has changed since the last call: who always calls with the last "
    "`nextSyncToken` holds what lives. A token is not used up; one that can no longer be served begins a new copy.",
    scopes=_READ,
    parameters=READS,
    body=take(
        "Filters for the first call, the token for every later one.",
        {"anyOf": [dict(refer("SyncStart")), dict(refer("SyncNext"))]},
        {
            "the first call": {"syncToken": None, "filters": {"domains": ["autodesk-bim360-asset"]}},
            "a later call": {"syncToken": SYNC_TOKEN},
        },
    ),
    answers={200: answer("A part of the copy, or changes.", wire.SyncPage), **refuse(404, 413, 415)},
)
_STATUS: Final = Operation(
    id="getSyncStatus",
    tag="sync",
    about="What a sync would bring, for up to 3 tokens; none of them is used up. A token that can't be used is told under "
    "`errors`, and the call succeeds all the same.",
    scopes=_READ,
    parameters=READS,
    body=take(
        "The tokens, in an array; a body of no length counts as an empty one.",
        array(refer("SyncStatusQuestion"), "The tokens.", most=wire.MAX_SYNC_TOKENS),
        {"a token, and nonsense": [{"syncToken": SYNC_TOKEN, "referenceId": "north"}, {"syncToken": "nonsense"}]},
    ),
    answers={200: answer("A verdict on each token.", wire.SyncStatusReport), **refuse(404, 413, 415)},
)
_WRITABLE: Final = Operation(
    id="listWritable",
    tag="search",
    about="Which kinds of entities the caller may relate: the service's table, and what occurs in permissive containers "
    "where the caller may write. A strict container takes the pairs of the table only. HEAD works as well.",
    scopes=_READ,
    parameters=(CONSISTENCY, *ABOUT),
    answers={200: answer("The pairs, each from both sides.", list[wire.WritableDomain]), **refuse()},
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    f"PUT {_EVERY}": _PUT,
    f"GET {_EVERY}/{{relationshipId}}": _GET,
    f"GET {_EVERY}:search": _FIND,
    f"POST {_EVERY}:batch": _BATCH,
    f"POST {_EVERY}:delete": _DELETE,
    f"POST {_EVERY}:intersect": _INTERSECT,
    f"POST {_EVERY}:sync": _SYNC,
    f"POST {_EVERY}:syncStatus": _STATUS,
    f"GET {wire.UTILITY}/relationships:writable": _WRITABLE,
}
