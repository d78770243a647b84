"""What bodies of this format mean, member by member (sas 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.facades.openapi import array, flag, or_null, record, refer, text, whole
from app.facades.sas import listing, wire
from app.facades.sas.openapi.parts import ID, MOMENT, OTHER_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Struct

    from app.facades.openapi import Schema

TYPES: Final = [type.name for type in wire.SEVEN_TYPES]
_URI: Final = "Any text that is not empty; an entity of another format is `/tercet/entities/{domain}/{type}/{id}`."
_RESOURCE: Final = "/harbor/cranes/2"
_OTHER: Final = "/harbor/motors/9"


def _need(*names: str) -> Schema:
    """At least one of these members, and not null."""
    return {"anyOf": [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names]}


def _uri(about: str, example: str) -> Schema:
    return or_null(text(f"{about} {_URI}", example, least=1, most=wire.MAX_URI))


def _reference(about: str) -> Schema:
    return or_null(text(f"{about}, by the id of its reference.", OTHER_ID, least=1))


_ENDS: Final[Mapping[str, Schema]] = {
    "resourceUri": _uri("Where it begins.", _RESOURCE),
    "referenceId": _reference("Where it begins"),
    "relatedResourceUri": _uri("Where it ends.", _OTHER),
    "relatedReferenceId": _reference("Where it ends"),
}
_SOURCE: Final = or_null(text("Who asserts it.", "survey-12", most=wire.MAX_SOURCE))
_DETAILS: Final[Mapping[str, Schema]] = {
    "name": or_null(text("What people call it.", "Motor 9", most=2_048)),
    "contentType": or_null(text("What it is.", "motor", most=wire.MAX_TYPE)),
    "source": _SOURCE,
    "analysisTimeStamp": or_null(text("When it was analysed.", MOMENT, format="date-time")),
}
_TYPE: Final = text("One of the seven types.", "Contains", choices=TYPES)
_ID: Final = text("Which one to replace; absent: one is created.", ID)
_BOTH_ENDS: Final = [_need("resourceUri", "referenceId"), _need("relatedResourceUri", "relatedReferenceId")]
_RELATIONSHIP: Final[Mapping[str, Schema]] = {
    **_ENDS,
    "type": _TYPE,
    "source": _SOURCE,
    "reference": or_null(record("Details for the resource, if this call creates its reference.", _DETAILS)),
    "relatedReference": or_null(record("The same for the related resource.", _DETAILS)),
}
EXAMPLE: Final = {
    "resourceUri": _RESOURCE,
    "type": "Contains",
    "relatedResourceUri": _OTHER,
    "source": "survey-12",
    "relatedReference": {"name": "Motor 9", "contentType": "motor"},
}
REFERENCE_EXAMPLE: Final = {
    "resourceUri": "/harbor/grid",
    "name": "Grid",
    "contentType": "network",
    "source": "survey-12",
}


def _several(item: Schema, what: str) -> Schema:
    about = f"Many {what} in one call, judged in their order, each for itself."
    return record(about, {"items": array(item, f"The {what}.", most=wire.MAX_ITEMS)}, required=("items",))


def _subjects(about: str, example: str) -> Schema:
    one = text("A subject.", example)
    return {
        "description": about,
        "examples": [[example]],
        "anyOf": [dict(array(one, "Subjects.", most=listing.MAX_SUBJECTS)), dict(one), {"type": "null"}],
    }


# What callers send; what they get is derived from ``wire``.
SHAPES: Final[Mapping[str, Schema]] = {
    "NewRelationship": {
        **record(
            "A relationship to be created. Each end is named by URI or by reference id; by both, they must mean the same.",
            _RELATIONSHIP,
            required=("type",),
            example=EXAMPLE,
        ),
        "allOf": _BOTH_ENDS,
    },
    "RelationshipItem": {
        **record(
            "A relationship to be created or, if it has an id or as `onConflict` says, replaced.",
            {"id": or_null(_ID), **_RELATIONSHIP},
            required=("type",),
            example=EXAMPLE,
        ),
        "allOf": _BOTH_ENDS,
    },
    "RelationshipItems": _several(refer("RelationshipItem"), "relationships"),
    "RelationshipChange": record(
        "What a relationship shall be. Only its type can change; the object that was read may be sent back whole.",
        {
            "id": or_null(text("If it is sent, the id of the path.", ID)),
            "type": text("One of the seven types, or the stored one.", "Associated", least=1, most=wire.MAX_TYPE),
            "source": or_null(text("If it is sent, the stored one.", "survey-12", most=wire.MAX_SOURCE)),
            **_ENDS,
        },
        required=("type",),
    ),
    "RelationshipQuery": record(
        "Which relationships are wanted. Without subjects: those of the whole space; with none in an array: none.",
        {
            "resourceURI": _subjects("Subjects by URI. `resourceUri` is taken as well.", _RESOURCE),
            "referenceId": _subjects("Subjects by the id of their reference.", OTHER_ID),
            "depth": or_null(whole("How far to walk, written without a fraction.", 2, least=1, most=listing.MAX_DEPTH)),
            "direction": or_null(text("Which way to walk.", "from", choices=list(listing.DIRECTIONS))),
        },
    ),
    "NewReference": record(
        "A reference to be created.",
        {"resourceUri": text(_URI, "/harbor/grid", least=1, most=wire.MAX_URI), **_DETAILS},
        required=("resourceUri",),
        example=REFERENCE_EXAMPLE,
    ),
    "ReferenceItem": {
        **record(
            "A reference to be created or, if it has an id or as `onConflict` says, replaced.",
            {"id": or_null(_ID), "resourceUri": _uri("The resource.", "/harbor/grid"), **_DETAILS},
            example=REFERENCE_EXAMPLE,
        ),
        **_need("id", "resourceUri"),
    },
    "ReferenceItems": _several(refer("ReferenceItem"), "references"),
    "ReferenceChange": record(
        "The details that a reference shall have; one that is left out is removed.",
        {
            "id": or_null(text("If it is sent, the id of the path.", OTHER_ID)),
            "resourceUri": _uri("If it is sent, the resource as it is.", "/harbor/grid"),
            **_DETAILS,
        },
    ),
    "Removals": array(
        record(
            "One removal.",
            {
                "op": text("Always `remove`.", "remove", choices=("remove",)),
                "path": text("`/` and the id.", f"/{ID}", pattern="^/[^/]+$"),
            },
            required=("op", "path"),
        ),
        "What is to be deleted, all or nothing.",
        most=wire.MAX_ITEMS,
    ),
}


def _audit() -> Mapping[str, Schema]:
    return {
        "version": whole("Of this shape.", 1),
        "creationTimeStamp": text("UTC with six digits of a second.", MOMENT, format="date-time"),
        "createdBy": text("The creator's user name, if it is known.", "ops"),
        "modifiedTimeStamp": text("UTC with six digits of a second.", MOMENT, format="date-time"),
        "modifiedBy": text("Who changed it last, if it is known.", "ops"),
        "links": {"description": "What to do with it."},
    }


_CODES: Final = (
    "Machine code. Filters: 5024 unknown function, 5025 bad arguments, 5026 malformed. Sorting: 5028 unknown option, 5029 "
    "malformed, 5030 unknown key, 5031 unsortable. 10600 not the JSON that is needed, 10601 member missing or unusable, "
    "10602 no such reference, 10603 reference exists, 10604 resourceUri can't change, 10605 reference in use, 10606 bad "
    "removal, 10607 reference of another format, 10608 no such type, 10610 already related, 10611 no such relationship, "
    "10612 frozen, 10613 id differs from the path, 10614 not one of the seven types, 10616 precondition false, 10617 "
    "precondition missing, 10618 too large, 10619 media type, 10620 parameter or header, 10622 no such path, 10623 method, "
    "10624 token, 10625 scope or right, 10626 rate, 10627 store away, 10628 defect, 10630 traversal too wide, 10640 not "
    "acceptable."
)
_LABELS: Final[Sequence[tuple[str, str, str]]] = (
    ("label", "How people say it.", "Is dependent on"),
    ("description", "What it means.", "Cannot work or be defined without the other object."),
    ("partnerLabel", "How people say it from the other end.", "Impacts"),
    ("partnerDescription", "What it means from the other end.", "A change here affects the other object."),
)

WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Link: {
        "method": text("Method of the call.", "GET"),
        "rel": text("What it is good for.", "self"),
        "href": text("Address, relative to the server.", f"{wire.RELATIONSHIPS}/{ID}"),
        "uri": text("The same address.", f"{wire.RELATIONSHIPS}/{ID}"),
        "type": text("Media type of the answer, or of the body if there is `responseType`.", wire.RELATIONSHIP),
        "responseType": text("Media type of the answer.", wire.RELATIONSHIP),
        "itemType": text("Media type of the items of the answer.", wire.RELATIONSHIP),
    },
    wire.Relationship: {
        "id": text("Set by the server.", ID, format="uuid"),
        "type": text("Its type; relationships of other formats have other than the seven.", "Contains"),
        "source": text("Who asserted it.", "survey-12"),
        "resourceUri": text("Where it begins.", _RESOURCE),
        "referenceId": text("The reference of that resource.", OTHER_ID, format="uuid"),
        "relatedResourceUri": text("Where it ends.", _OTHER),
        "relatedReferenceId": text("The reference of that resource.", OTHER_ID, format="uuid"),
        **_audit(),
    },
    wire.Reference: {
        "id": text("Follows from space and URI.", OTHER_ID, format="uuid"),
        "resourceUri": text("The resource.", "/harbor/grid"),
        "name": text("What people call it.", "Grid"),
        "contentType": text("What it is.", "network"),
        "source": text("Who asserted it.", "survey-12"),
        "analysisTimeStamp": text("When it was analysed, as it was sent.", MOMENT),
        **_audit(),
    },
    wire.Error: {
        "version": whole("Of this shape.", 2),
        "httpStatusCode": whole("The status.", 409),
        "errorCode": whole(_CODES, 10610),
        "message": text("The status in words.", "Conflict"),
        "details": {
            "description": "What was wrong; then of a call `path: …` and `correlator: …`, of an item `item: …` (from 0).",
            "examples": [["The member type is missing.", "item: 1"]],
        },
        "links": {"description": "Always empty."},
        "remediation": text("What to do.", "Send fewer items or a smaller body in one call."),
    },
    wire.Type: {
        "version": whole("Of this shape.", 1),
        "name": text("Its name, which is its id.", "Dependent", choices=TYPES),
        "directional": flag("Whether the ends play different parts; for display only.", True),
        "links": {"description": "What to do with it."},
        **{name: text(about, example) for name, about, example in _LABELS},
    },
    wire.Root: {
        "version": whole("Of this shape.", 1),
        "links": {"description": "Everything that the service offers, each `rel` once."},
    },
}
