"""What bodies of this format mean, member by member (autodesk 4, 6 to 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.autodesk import wire
from app.facades.autodesk.openapi.parts import ID, OTHER_ID, SYNC_TOKEN
from app.facades.openapi import array, flag, or_null, record, refer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema

_DOMAIN: Final = text("Who owns the entity; any text, case-sensitive.", "autodesk-bim360-asset", least=1, most=128)
_TYPE: Final = text("What it is within its domain; any text, case-sensitive.", "asset", least=1, most=128)
_ID: Final = text("Which one it is; opaque, case-sensitive.", "valve-204", least=1, most=512)
_MOMENT: Final = "UTC with six digits of a second and the offset `+00:00`."
_CREATED: Final = "2026-03-08T16:02:11.004500+00:00"

VALVE: Final = {"domain": "autodesk-bim360-asset", "type": "asset", "id": "valve-204"}
PHOTO: Final = {"domain": "autodesk-construction-photo", "type": "photo", "id": "ph-0091"}
FORM: Final = {"domain": "autodesk-construction-form", "type": "form", "id": "fm-77"}

_PARTIAL: Final = {
    **record(
        "A domain, a kind (domain and type), or one entity (all three).",
        {"domain": _DOMAIN, "type": or_null(_TYPE), "id": or_null(_ID)},
        required=("domain",),
    ),
    "if": {"required": ["id"], "properties": {"id": {"type": "string"}}},
    "then": {"required": ["type"], "properties": {"type": {"type": "string"}}},
}

# What callers send; what they get is derived from ``wire``.
SHAPES: Final[Mapping[str, Schema]] = {
    "EntityRef": record(
        "An entity as it is named in requests. Other members, such as `createdOn`, are ignored.",
        {"domain": _DOMAIN, "type": _TYPE, "id": _ID},
        required=("domain", "type", "id"),
        example=VALVE,
    ),
    "NewRelationship": record(
        "A relationship to be created.",
        {
            "id": or_null(
                text("The id that it shall have, a UUID; absent: one is allocated.", OTHER_ID, format="uuid")
            ),
            "entities": array(
                refer("EntityRef"),
                "Its two ends, which differ; their order says nothing.",
                least=2,
                most=2,
                distinct=True,
            ),
        },
        required=("entities",),
    ),
    "PartialEntityRef": _PARTIAL,
    "IntersectRequest": record(
        "Two sides of an intersection.",
        {
            "entities": array(refer("EntityRef"), "Some end is any of these.", least=1, most=wire.MAX_SIDE),
            "withEntities": or_null(
                array(refer("PartialEntityRef"), "The other end matches any of these.", least=1, most=wire.MAX_SIDE)
            ),
        },
        required=("entities",),
    ),
    "SyncStart": record(
        "The first call of a replica.",
        {
            "syncToken": {"description": "Nothing, yet.", "anyOf": [{"type": "null"}, {"const": ""}]},
            "filters": refer("SyncFilters"),
        },
        required=("filters",),
    ),
    "SyncFilters": record(
        "What is to be copied.",
        {
            "domains": array(
                text("A domain.", "autodesk-bim360-asset", least=1, most=128),
                "Relationships with at least one end in one of these.",
                least=1,
                most=wire.MAX_SIDE,
            )
        },
        required=("domains",),
    ),
    "SyncNext": record(
        "Every later call. Filters are not looked at: the token carries its own.",
        {
            "syncToken": text(
                "`nextSyncToken` of the call before, or the `syncToken` of a search or an intersection.",
                SYNC_TOKEN,
                least=1,
                most=wire.MAX_SYNC_TOKEN,
            )
        },
        required=("syncToken",),
    ),
    "SyncStatusQuestion": record(
        "A token to judge.",
        {
            "syncToken": text("The token.", SYNC_TOKEN, most=wire.MAX_SYNC_TOKEN),
            "referenceId": or_null(text("Sent back beside the verdict.", "north", most=wire.MAX_REFERENCE)),
        },
        required=("syncToken",),
    ),
}

_REFERENCE: Final = text("As it was sent; left out where none was.", "north")
_ERROR: Final[Mapping[str, Schema]] = {
    "type": text("Machine code; user interfaces localise from it.", "BadInput"),
    "title": text("Short, fixed for each type.", "Bad input"),
    "detail": text("What happened and what to do next.", "1 value can't be used; correct what `errors` names."),
}

WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Entity: {
        "createdOn": text(f"When the container first recorded the entity, by any format. {_MOMENT}", _CREATED),
        "domain": text("Who owns the entity.", "autodesk-bim360-asset"),
        "type": text("What it is within its domain.", "asset"),
        "id": text("Which one it is. Entities of other formats may be longer than this one takes.", "valve-204"),
    },
    wire.Relationship: {
        "id": text("The caller's if it was supplied, else allocated; lower case.", ID, format="uuid"),
        "createdOn": text(f"When it was created. {_MOMENT}", _CREATED),
        "isReadOnly": flag("Whether this caller may not delete it.", False),
        "isService": flag("Whether a service created it, not a person.", False),
        "isDeleted": flag("Whether it is deleted.", False),
        "deletedOn": text("When it was deleted; there only while it is.", "2026-03-09T11:00:00.120000+00:00"),
        "entities": {"description": "Its two ends, in the order in which they were first sent, which says nothing."},
    },
    wire.Conflict: {
        "id": text("The proposed id.", OTHER_ID, format="uuid"),
        "actual": {"description": "What stands in its way."},
    },
    wire.Conflicts: {
        "conflict": {"description": "The items that were not stored, in the order of the request."},
        "success": {"description": "The items that were stored, in the order of the request."},
        **_ERROR,
    },
    wire.PageMarks: {
        "continuationToken": text("For the next page; null on the last.", "17264430958801274419956203518"),
        "syncToken": text("The same on all pages of a walk: what changes after it began is told by a sync with it."),
    },
    wire.RelationshipPage: {
        "page": {"description": "How to read on, and how to follow what changes."},
        "relationships": {"description": "At most 100."},
    },
    wire.Deletions: {
        "deleted": {"description": "The ids that this call deleted, in the order of the request; repeats are harmless."}
    },
    wire.Rows: {"data": {"description": "The relationships; never null."}},
    wire.SyncPage: {
        "current": {"description": "What lives."},
        "deleted": {"description": "What is deleted."},
        "moreData": flag("Call again at once with `nextSyncToken`.", False),
        "overwrite": flag("Drop the local copy and begin with this answer; else apply it as changes.", True),
        "nextSyncToken": text("Keep it for the next call.", SYNC_TOKEN),
    },
    wire.SyncState: {
        "syncToken": text("The token that was asked about.", SYNC_TOKEN),
        "moreData": flag("A sync with it would deliver something.", False),
        "overwrite": flag("A sync with it would begin a new copy.", False),
        "referenceId": _REFERENCE,
    },
    wire.SyncFailure: {
        **_ERROR,
        "errors": {"description": "Always empty."},
        "syncToken": text("The token that can't be used.", "nonsense"),
        "referenceId": _REFERENCE,
    },
    wire.SyncStatusReport: {
        "results": {"description": "One entry for each token that can be used, in the order of the request."},
        "errors": {"description": "One entry for each token that can't."},
    },
    wire.AllowedDomain: {
        "domain": text("A domain.", "autodesk-bim360-rfi"),
        "entityTypes": {"description": "Its types that may be at the other end.", "examples": [["rfi"]]},
    },
    wire.WritableType: {
        "entityType": text("A type.", "asset"),
        "allow": {"description": "What it may be related to."},
    },
    wire.WritableDomain: {
        "domain": text("A domain.", "autodesk-bim360-asset"),
        "entityTypes": {"description": "Its types."},
    },
    wire.FieldError: {
        "field": text(
            "The path, query or header parameter, or the place in the body, such as `[3].entities[1].domain`.",
            "[0].entities[1].id",
        ),
        "title": text(
            "What kind of fault.", "Too long", choices=[v for k, v in vars(wire.Title).items() if k.isupper()]
        ),
        "detail": text(
            "The bad value, at most 200 characters of it, and what to do.", "'' is too short; send 1 to 128."
        ),
        "type": text("The type of the whole error.", "BadInput"),
    },
    wire.Error: {
        **_ERROR,
        "errors": {"description": "The fields at fault, at most 40; empty where no field is to blame."},
    },
}
