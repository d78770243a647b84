"""Lists, versions, counts, changes, links and logs (apollo 6, 8.4, 12)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.facades.apollo import expand, feed, headers, lists, logs, stats, wire
from app.facades.apollo.openapi.objects import under_alias
from app.facades.apollo.openapi.parts import (
    COLLECTION,
    COMMON,
    CONSISTENCY,
    CONTINUATION,
    ID_IN_QUERY,
    JSON,
    PAGE_SIZE,
    READS,
    TRANSACTION,
    answer,
    choose,
    envelope,
    listing,
    refuse,
)
from app.facades.apollo.openapi.words import say
from app.facades.openapi import Answer, Media, Operation, Parameter, array, record, refer, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema

_READ: Final = ("apollo_read",)
_PAGES: Final = (PAGE_SIZE, CONTINUATION)
_PAGE: Final = "`paging.continuationToken` names the next page; it is null on the last one, and only there."
_MOMENT: Final = "2026-03-02T09:15:04Z"
_LARGEST: Final = 10**18 - 1


def _query(name: str, about: str, example: str) -> Parameter:
    return Parameter(name=name, place="query", schema=text(about, example, least=1))


def _instant(name: str, about: str) -> Parameter:
    return Parameter(
        name=name, place="query", schema=text(f"{about} ISO 8601 with an offset.", _MOMENT, format="date-time")
    )


def _name(about: str, example: str, name: str = "id") -> Parameter:
    return Parameter(name=name, place="path", required=True, schema=text(about, example, least=1))


_TYPE: Final = _name("The type, compared as it is: no subclasses.", "Brick__Floor", "type")
_ONE: Final = replace(
    ID_IN_QUERY,
    required=False,
    schema=text("Asks for the one object with this id, as its path does, where a path can't carry the id.", least=1),
)
_FILTER: Final = Parameter(
    name="$filter",
    place="query",
    schema=text(
        "`labels/any(d:d eq 'a')`, at most 20 of them joined with `or`; `geolocation eq Point(x, y)`; `intersects(geoBoundary, "
        "Point(x, y))`; or `intersects(geoLocation, Polygon((x, y), …))`. x is the longitude, y the latitude.",
        "labels/any(d:d eq 'north')",
        pattern="^labels/any\\(d:d eq '[A-Za-z0-9 ]{1,40}'\\)$",
    ),
)
_ORDER: Final = Parameter(
    name="$orderby",
    place="query",
    schema=text(
        "`distanceto(geoLocation, Point(x, y))`: the nearest first, only entities with a point.",
        "distanceto(geoLocation, Point(8, 47))",
        pattern="^distanceto\\(geoLocation, Point\\([0-9]{1,2}, [0-8]?[0-9]\\)\\)$",
    ),
)


def _list(noun: str, plural: str, *more: Parameter) -> Operation:
    return Operation(
        id=f"list{plural}",
        tag=plural.lower(),
        about=f"The live {plural.lower()} of the collection, those of every format, in an order that never changes. What lives "
        f"throughout a walk is shown exactly once. {_PAGE}",
        scopes=_READ,
        parameters=(*more, *READS, *_PAGES),
        answers={200: answer("A page, which may be empty.", listing(noun)), **refuse(404)},
    )


def _list_type(noun: str, plural: str) -> Operation:
    return replace(
        _list(noun, plural, _TYPE),
        id=f"list{plural}OfType",
        about=f"The live {plural.lower()} of one type; a type that nobody uses has none. Where few of many are of the type, a "
        f"page may hold fewer than asked for. {_PAGE}",
        answers={200: answer("A page, which may be empty.", listing(noun)), **refuse()},
    )


def _list_versions(noun: str, example: str) -> Operation:
    shape = array(refer(noun), "The versions of this page.")
    bare = Answer(
        about="The versions; bare where `v` is absent or 1.0, then the next token is a header.",
        content={JSON: Media(shape=choose(shape, listing(noun)))},
        headers={"continuationToken": text("The token of the next page, absent on the last one.")},
    )
    return Operation(
        id=f"list{noun}Versions",
        tag="versions",
        about="Every state that the object has had, the newest first, with all that is known of each. Works for deleted objects: "
        "their newest version has `isActive` false.",
        scopes=_READ,
        parameters=(_name(f"The id of the {noun.lower()}.", example), *READS, *_PAGES),
        answers={200: bare, **refuse(404)},
    )


_COUNT: Final = Operation(
    id="getStats",
    tag="stats",
    about="How many live objects of which types the collection has.",
    scopes=_READ,
    parameters=(_name("The collection.", "campus-north", "collection"), *COMMON, CONSISTENCY),
    answers={
        200: answer("The counts.", envelope("StatsPage", array(refer("Stats"), "One element."), paged=True)),
        **refuse(),
    },
)
_FOLLOW: Final = Operation(
    id="listChanges",
    tag="feed",
    about="Every change of the collection's relationships, by whatever format, and of its declared entities, numbered from 1 "
    "without a gap in the order of their commits. A reader goes on from the last `sequenceId` + 1. Nothing to show is 404.",
    scopes=_READ,
    parameters=(
        Parameter(
            name="startSequenceId", place="query", schema=whole("The first number to show.", 4, least=0, most=_LARGEST)
        ),
        Parameter(
            name="endSequenceId", place="query", schema=whole("The last number to show.", 9, least=0, most=_LARGEST)
        ),
        _instant("startTime", "Changes at this instant or later."),
        _instant("endTime", "Changes before this instant."),
        Parameter(
            name="limit", place="query", schema=whole("Most changes to show.", 100, least=1, most=1000, default=100)
        ),
        *READS,
    ),
    answers={200: answer("The changes, in order.", listing("Notification")), **refuse(404)},
)
_LINKS: Final = Operation(
    id="expandEntity",
    tag="graph",
    about="One declared entity and, with `$expand`, its relationships: a member named by each type holds them, each with a "
    "member named by the type of its far entity, or `entity` where that is not declared or may not be read. A name that the "
    "object has already is prefixed `rType:` or `eType:`. A raw comma in the id is 404.",
    scopes=_READ,
    parameters=(
        _name("The id of the entity.", "bldg-7"),
        Parameter(
            name=expand.EXPAND,
            place="query",
            schema=text(
                "`rType:ALL`, or 1 to 10 terms `rType:{type}`, separated by commas.",
                "rType:ALL",
                pattern="^rType:[A-Za-z0-9_]{1,60}(,rType:[A-Za-z0-9_]{1,60}){0,9}$",
            ),
        ),
        replace(PAGE_SIZE, name="first"),
        replace(CONTINUATION, name="after"),
        *READS,
    ),
    answers={
        200: answer(
            "The entity.",
            envelope(
                "Expansion",
                array(
                    record("An entity with members named by types.", {"id": say("Its id.", "bldg-7")}), "One element."
                ),
                paged=True,
            ),
        ),
        **refuse(404),
    },
)
_LIMIT: Final = Parameter(
    name="limit",
    place="query",
    schema=whole("How many records an answer holds at most; wins over `PageSize`.", 100, least=1, most=1000),
)


def _search(id: str, about: str, *parameters: Parameter) -> Operation:
    return Operation(
        id=id,
        tag="tracking",
        about=f"{about} Ordered by acceptance, transaction, the request, then its items. No match is 404. {_PAGE}",
        scopes=_READ,
        parameters=(*parameters, _LIMIT, *_PAGES, COLLECTION, *COMMON, CONSISTENCY),
        answers={200: answer("A page of records.", listing("Record")), **refuse(404)},
    )


_SEARCH: Final = _search(
    "searchLogs",
    "The records of requests and of their items that meet every filter, of which there must be one; `state` narrows further. "
    "An id matches items that created, changed or deleted the thing, or were refused.",
    _query("transactionId", "The transaction.", TRANSACTION),
    _query("correlationId", "The caller's chain of calls.", "c-42"),
    _instant("startTime", "Accepted at this instant or later."),
    _instant("endTime", "Accepted before this instant."),
    _query("entityId", "An entity that items name.", "bldg-7"),
    _query("relationshipId", "A relationship that items name.", "rel-0001"),
    Parameter(name="state", place="query", schema=text("Records in this state.", "Failed", choices=tuple(logs.STATES))),
)
_LOOK_UPS: Final = {
    "transactionId": ("listTransactionLogs", _name("The transaction.", TRANSACTION)),
    "correlationId": ("listCorrelationLogs", _name("The caller's chain of calls.", "c-42")),
    "entityId": ("listEntityLogs", _name("The id of the entity.", "bldg-7")),
    "relationshipId": ("listRelationshipLogs", _name("The id of the relationship.", "rel-0001")),
}


def _list_look_ups() -> dict[str, Operation]:
    found = {}
    for path, filter in logs.PATHS.items():
        id, *parameters = _LOOK_UPS.get(filter, ("listCollectionLogs",))
        about = f"The records that meet the filter `{filter}`." if filter else "The records of the whole collection."
        found[f"GET {path}"] = _search(str(id), about, *(each for each in parameters if isinstance(each, Parameter)))
    return found


_ENTITY_LISTS: Final = {
    f"GET {headers.ENTITY_PATHS[0]}": _list("Entity", "Entities", _ONE, _FILTER, _ORDER),
    f"GET {headers.ENTITY_PATHS[0]}/{{id}}/versions": _list_versions("Entity", "bldg-7"),
}
OPERATIONS: Final[Mapping[str, Operation]] = {
    f"GET {headers.UPLOAD_PATH}": _list("Relationship", "Relationships", _ONE),
    f"GET {headers.UPLOAD_PATH}/{{id}}/versions": _list_versions("Relationship", "rel-0001"),
    f"GET {lists.RELATIONSHIPS_OF_TYPE}": _list_type("Relationship", "Relationships"),
    f"GET {lists.RELATIONSHIPS_OF_TYPE}/{{id}}": Operation(
        id="getRelationshipOfType",
        tag="relationships",
        about="One live relationship, in an array of one; one of another type is not found.",
        scopes=_READ,
        parameters=(_TYPE, _name("The id of the relationship.", "rel-0001"), *READS),
        answers={200: answer("It is live.", listing("Relationship")), **refuse(404)},
    ),
    f"GET {lists.ENTITIES_OF_TYPE}": _list_type("Entity", "Entities"),
    **_ENTITY_LISTS,
    **under_alias(_ENTITY_LISTS, *headers.ENTITY_PATHS),
    f"GET {stats.PATH}": _COUNT,
    f"GET {feed.PATH}": _FOLLOW,
    f"GET {expand.PATH}": _LINKS,
    f"GET {headers.STATUS_PATH}/logs": _SEARCH,
    **_list_look_ups(),
}

WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Totals: {
        "Entities": whole("Declared entities.", 3, least=0),
        "Relationships": whole("Relationships of every format.", 2, least=0),
        "Assets": whole("Entities whose class is a kind of Equipment.", 1, least=0),
        "Spaces": whole("Entities whose class is a kind of Location.", 2, least=0),
    },
    wire.Stats: {
        "Summary": say("All types together."),
        "Entities": say("Declared entities by type.", {"Brick__Building": 1}),
        "Relationships": say("Relationships by type.", {"site_beside": 1}),
    },
    wire.Notification: {
        "sequenceId": whole("Grows by exactly 1 with each change of the collection.", 4, least=1),
        "sequenceContainer": say("The collection.", "campus-north"),
        "notificationType": text("What happened.", "Created", choices=("Created", "Updated", "Deleted")),
        "version": whole("The version that it made.", 1, least=1),
        "checksum": text(
            "The first 32 hex digits of the SHA-256 of the object as it is read with `v=1.2`, without `sysData`, `version` and "
            "`schemaMetadata`, keys sorted by code point, without blanks.",
            "0f3a5c7e91b2d4f60817a9c3e5d7f1b2",
        ),
        "entityId": say("The entity, where one changed.", "bldg-7"),
        "entityType": say("Its type.", "Brick__Building"),
        "relationshipId": say("The relationship, where one changed.", "rel-0001"),
        "relationshipType": say("Its type.", "Brick__feeds"),
        "timestamp": say("When it was committed, RFC 3339 in UTC.", "2026-03-02T09:15:04.190000Z"),
        "transactionId": say("The upload that made it; null for other formats.", TRANSACTION),
    },
}
