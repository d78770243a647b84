"""What the shapes of ``wire`` mean, member by member (apollo 4, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.facades.apollo import wire
from app.facades.apollo.openapi.parts import GUID, TRANSACTION
from app.facades.openapi import flag, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema


def say(about: str, example: Any = None) -> Schema:
    """Words for a member whose type says the rest."""
    return {"description": about} if example is None else {"description": about, "examples": [example]}


_FROZEN: Final = "Never changes once it is stored."
_FILLED: Final = f"Filled from the type id where it was not sent. {_FROZEN}"
_CUSTOM: Final = say(
    "The caller's own properties, at most 64 KiB as compact JSON; shown as they were sent.", {"commissioned": True}
)
_ACTIVE: Final = flag("Whether the object is live. Sent back it must be true.", True)
_SERVER: Final = say("Set by the server; ignored where it is sent back.")
_PLACE: Final = say(
    "A GeoJSON FeatureCollection, longitude before latitude, of points, lines or polygons (also Multi…), at most 64 KiB.",
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [13.4, 52.5]}},
        ],
    },
)
_END: Final = "1 to 512 characters, or `urn:tercet:{domain}:{type}:{id}` for an entity of another format. May change."
_MOMENT: Final = "RFC 3339 in UTC with six digits of a second."

_OBJECTS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Relationship: {
        "id": say("Unique within the collection, without control characters; not `erstatus`.", "rel-0001"),
        "sourceEntityId": say(f"Where it begins: {_END}", "bldg-7"),
        "destinationEntityId": say(f"Where it ends: {_END} May equal the source.", "floor-7-2"),
        "relationshipType": say(
            f"Any text without control characters; `{{schema}}__{{relation}}` fills the `brick…` properties. {_FROZEN}",
            "Brick__hasPart_Location_Location",
        ),
        "relationshipName": say("What people call it. May change.", "has floor"),
        "sourceERCollectionId": say("The collection of the call, which is also the default.", "campus-north"),
        "destinationERCollectionId": say(
            "The collection that it ends in; the default is that of the call.", "campus-north"
        ),
        "brickRelationshipName": say(_FILLED, "hasPart"),
        "brickRelationshipType": say(_FILLED, "Brick__hasPart"),
        "brickSourceEntityType": say(f"Root class of the source. {_FILLED}", "Brick__Location"),
        "brickSourceEntitySubType": say(f"Class of the source. {_FILLED}", "Brick__Building"),
        "brickDestinationEntityType": say(f"Root class of the destination. {_FILLED}", "Brick__Location"),
        "brickDestinationEntitySubType": say(f"Class of the destination. {_FILLED}", "Brick__Floor"),
        "customData": _CUSTOM,
        "isActive": _ACTIVE,
        "sysData": say(
            "Who made this version and when (`RelationshipSysData`); only if asked for, ignored if sent back."
        ),
        "version": _SERVER,
        "schemaMetadata": _SERVER,
    },
    wire.Entity: {
        "id": text("Unique within the collection, or the spelling of another format's entity.", "bldg-7", least=1),
        "entityType": say(
            f"Any text without control characters; `{{schema}}__{{class}}` is a class. {_FROZEN}", "Brick__AHU"
        ),
        "entityName": say("What people call it. May change.", "Air handler 7-1"),
        "brickEntityType": say(f"Root class. {_FROZEN}", "Brick__Equipment"),
        "brickEntitySubType": say(f"Class. {_FROZEN}", "Brick__AHU"),
        "brickEntityName": say(f"Label. {_FROZEN}", "AHU 7-1"),
        "customData": _CUSTOM,
        "labels": say("Shown with `v=1.2`, taken with any.", ["north", "roof"]),
        "geoLocation": _PLACE,
        "geoBoundary": _PLACE,
        "schemaMetadata": say("What the type id says (`SchemaMetadata`); with `v=1.2`, ignored if sent back."),
        "version": say("Counts the changes from 1; with `v=1.2`, ignored if sent back.", 1),
        "isActive": _ACTIVE,
        "sysData": say("Who made this version and when (`EntitySysData`); only if asked for, ignored if sent back."),
    },
    wire.RelationshipSysData: {
        "sysRelationshipVersion": whole("Counts the changes from 1.", 2),
        "sysRelationshipType": say("The type as it is stored.", "Brick__feeds"),
    },
    wire.EntitySysData: {
        "sysEntityVersion": whole("Counts the changes from 1.", 2),
        "sysEntityType": say("The type as it is stored.", "Brick__AHU"),
    },
    wire.SchemaMetadata: {
        "entityType": say("The type id.", "Brick__Building"),
        "rootEntityType": say("The root of its class; null for a class that is in no catalogue.", "Brick__Location"),
        "schemaCollectionId": say("The catalogue that it names.", "Brick"),
        "entityIsSubClassOf": say("Its ancestors, by code point.", ["Brick__Location"]),
        "tags": say("Always empty."),
    },
}
_SYSTEM: Final[Mapping[str, Schema]] = {
    "sysSchemaVersion": say("Always 1.", 1),
    "sysERCollectionId": say("The collection.", "campus-north"),
    "sysCorrelationId": say("`x-correlation-id` of the call that made this version.", "c-41"),
    "sysTimestamp": say("When it was made: UTC, with milliseconds, without a zone.", "20260302T09:15:04.120"),
    "sysClientId": say("The token's client.", "loader"),
    "sysRequestorId": say("The token's subject.", "u-17"),
}

_ANSWERS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Status: {
        "message": say("What happened, in words.", "Success"),
        "code": say("The HTTP status in digits; `OK` where the status, feed and collection services answer.", "200"),
    },
    wire.Paging: {
        "totalCount": whole("How many elements this answer holds.", 2, least=0),
        "continuationToken": say("For the next page; null on the last.", "AAEx"),
    },
    wire.ErrorInfo: {
        "index": say("Which item of the request, from 0.", 0),
        "id": say("The item's id.", "rel-0001"),
        "code": say("What kind of fault.", "RestrictedProperty"),
        "property": say("The property at fault.", "relationshipType"),
        "message": say("The fault in words; at most 200 characters of input are echoed.", "Property id is required"),
    },
    wire.Legacy: {
        "result": whole("1: success, 0: not.", 1, least=0, most=1),
        "message": say("What happened, in words; of an accepted upload with the link that tells how far it is."),
        "version": say("Always null."),
        "errorInfo": say("The faults."),
    },
    wire.Warning: {
        "code": say("What a check noticed.", "EntityNotFound"),
        "property": say("The property that it is about.", "destinationEntityId"),
        "message": say("It in words."),
    },
    wire.Success: {
        "id": say("The id as it was sent.", "rel-0002"),
        "message": say("`Relationship upserted successfully`, or the same of an entity."),
        "tracker": text("Where the records of this item are.", format="uri"),
        "index": whole("Which item of the request, from 0.", 1, least=0),
        "result": text("What became of it.", "updated", choices=("created", "updated", "unchanged")),
        "warnings": say("What checks of the collection noticed; at most 10."),
    },
    wire.Failure: {
        "id": say("The id as it was sent; null if it is no string.", "rel-0001"),
        "message": say("The fault in words.", "Restricted property relationshipType is not allowed to change"),
        "tracker": text("Where the records of this item are.", format="uri"),
        "index": whole("Which item of the request, from 0.", 0, least=0),
        "code": say("What kind of fault.", "RestrictedProperty"),
        "property": say("The property at fault.", "relationshipType"),
    },
    wire.Responses: {
        "success": say("The items that are as asked now, in the order of the request; left out if there is none."),
        "failure": say("The items that were refused, in the order of the request; left out if there is none."),
    },
}

_STATE: Final = text(
    "Never goes back.", "Completed", choices=("Requested", "Processing", "Completed", "Failed", "Canceled")
)
_OUTCOME: Final = text(
    "Of a finished request; null before and where it was canceled.",
    "PartiallySucceeded",
    choices=("Succeeded", "PartiallySucceeded", "Failed"),
)
_PROGRESS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Counts: {
        name: whole(about, example, least=0)
        for name, about, example in (
            ("total", "Items of the request: the sum of the others.", 2),
            ("created", "Items that were created or brought back.", 1),
            ("updated", "Items that changed something, deletions among them.", 0),
            ("unchanged", "Items that were as asked already.", 0),
            ("failed", "Items that were refused.", 1),
            ("pending", "Items that wait.", 0),
            ("skipped", "Items of a finished request that were never tried.", 0),
        )
    },
    wire.StateChange: {
        "timestamp": say(f"When it began. {_MOMENT}", "2026-03-02T09:15:04.120331Z"),
        "unixTimestamp": whole("The same in milliseconds.", 1772442904120),
        "state": _STATE,
    },
    wire.Tracking: {
        "errorCount": whole("How many items were refused, in truth.", 1, least=0),
        "warningCount": whole("How many items have warnings.", 0, least=0),
        "requestId": text("The upload.", GUID, format="uuid"),
        "transactionId": text("Its transaction.", TRANSACTION, format="uuid"),
        "correlationId": say("The caller's chain of calls.", "c-42"),
        "ercollectionid": say("Its collection.", "campus-north"),
        "requestAction": text("What it does.", "Upsert", choices=("Upsert", "Delete")),
        "requestObject": text("With what.", "Relationship", choices=("Relationship", "Entity")),
        "state": _STATE,
        "outcome": _OUTCOME,
        "counts": say("What became of its items."),
        "enqueuedTimestamp": say(f"When it was accepted. {_MOMENT}", "2026-03-02T09:15:04.120331Z"),
        "startedTimestamp": say("When it began.", "2026-03-02T09:15:04.164002Z"),
        "finishedTimestamp": say("When it ended.", "2026-03-02T09:15:04.201877Z"),
        "expiresTimestamp": say("Until when it can be asked for.", "2026-04-01T09:15:04.201877Z"),
        "stateHistory": say("Every state it has been in."),
        "retryCount": whole("Repeated attempts at its parts.", 0, least=0),
    },
    wire.ServiceData: {
        "entityId": say("The entity, where it is one.", "bldg-7"),
        "erCollectionId": say("The collection.", "campus-north"),
        "relationshipId": say("The relationship, where it is one.", "rel-0001"),
    },
    wire.Record: {
        "serviceData": say("What the record is about; of a request with several items neither id is there."),
        "id": text("Names the record.", GUID, format="uuid"),
        "enqueuedTimestamp": say(f"When the request was accepted. {_MOMENT}", "2026-03-02T09:15:04.120331Z"),
        "receivedTimestamp": say("When the item's part began.", "2026-03-02T09:15:04.164002Z"),
        "unixReceievedTimestamp": say("The same in milliseconds; the format spells it so.", 1772442904164),
        "unixEnqueuedTimestamp": whole("When the request was accepted, in milliseconds.", 1772442904120),
        "messageType": text("A request, or one item of it.", "Request", choices=("Request", "Status")),
        "requestAction": text("What it does.", "Upsert", choices=("Upsert", "Delete")),
        "requestObject": text("With what.", "Relationship", choices=("Relationship", "Entity")),
        "state": _STATE,
        "stateHistory": say("Every state it has been in."),
        "transactionId": text("The transaction.", TRANSACTION, format="uuid"),
        "correlationId": say("The caller's chain of calls.", "c-42"),
        "retryCount": whole("Repeated attempts.", 0, least=0),
        "payload": say("Always null: input is not kept."),
        "timeout": say("Always null."),
        "message": say("The fault in words, else empty.", ""),
        "sender": say("Who asked.", "sub:app:loader"),
        "recipient": say("The service.", "sub:app:tercet"),
        "topic": say("Always `er`.", "er"),
        "index": say("Which item of the request, from 0.", 0),
        "code": say("What kind of fault.", "MissingProperty"),
        "property": say("The property at fault.", "relationshipName"),
        "result": say("What became of the item.", "created"),
        "warnings": say("What checks of the collection noticed."),
    },
    wire.RequestRecord: {
        "transactionIDList": say("The one transaction.", [TRANSACTION]),
        "outcome": _OUTCOME,
        "counts": say("What became of its items."),
    },
}

WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    **_OBJECTS,
    **_ANSWERS,
    **_PROGRESS,
    wire.RelationshipSysData: {**_SYSTEM, **_OBJECTS[wire.RelationshipSysData]},
    wire.EntitySysData: {**_SYSTEM, **_OBJECTS[wire.EntitySysData]},
}
