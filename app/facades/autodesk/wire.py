"""The shapes and bounds of the Autodesk relationship format, version 2 (autodesk 1 to 4).

Members are written in the order in which they stand here; a member that is UNSET is left out.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct, UnsetType

CONTAINER: Final = "/bim360/relationship/v2/containers/{containerId}"
PATH_PARAMETERS: Final = ("containerId", "relationshipId")

MAX_TARGET_BYTES: Final = 32_768
MAX_ITEMS: Final = 20
MAX_LENGTHS: Final = {"domain": 128, "type": 128, "id": 512}
REGIONS: Final = frozenset({"US", "EMEA", "AUS", "CAN", "DEU", "IND", "JPN", "GBR"})

MAX_QUOTED: Final = 200
MAX_FIELD_ERRORS: Final = 40
MAX_ERROR_BYTES: Final = 65_536

REGION: Final = "x-ads-region"
CONSISTENCY_TOKEN: Final = "X-Consistency-Token"


class Title:
    """The closed set of titles of inner errors (autodesk 4.4)."""

    REQUIRED: Final = "Required"
    WRONG_TYPE: Final = "Wrong type"
    INVALID_VALUE: Final = "Invalid value"
    TOO_SHORT: Final = "Too short"
    TOO_LONG: Final = "Too long"
    TOO_FEW: Final = "Too few"
    TOO_MANY: Final = "Too many"
    NOT_DISTINCT: Final = "Not distinct"
    RESERVED: Final = "Reserved"
    INVALID_TOKEN: Final = "Invalid token"
    INVALID_JSON: Final = "Invalid JSON"
    NOT_WRITABLE: Final = "Not writable"
    NOT_FOUND: Final = "Not found"


class FieldFault(NamedTuple):
    """What is wrong with one field, before it is known which ``type`` the whole error has."""

    field: str
    title: str
    detail: str


class Entity(Struct, frozen=True, gc=False, rename="camel"):
    """One end as it is shown; ``created_on``: when the space first recorded the triple."""

    created_on: str
    domain: str
    type: str
    id: str


class Relationship(Struct, frozen=True, gc=False, rename="camel"):
    """A relationship as one caller sees it."""

    id: str
    created_on: str
    is_read_only: bool
    is_service: bool
    is_deleted: bool
    deleted_on: str | UnsetType
    entities: tuple[Entity, Entity]


class Conflict(Struct, frozen=True, rename="camel"):
    """A proposed id, and what stands in its way."""

    id: str
    actual: Relationship


class Conflicts(Struct, frozen=True, rename="camel"):
    """The partial result of a PUT; ``conflict`` comes first, as some clients keep 500 characters (autodesk 6.1)."""

    conflict: list[Conflict]
    success: list[Relationship]
    type: str
    title: str
    detail: str


class FieldError(Struct, frozen=True, rename="camel"):
    """One inner error; ``type`` repeats that of the whole."""

    field: str
    title: str
    detail: str
    type: str


class Error(Struct, frozen=True, rename="camel"):
    """The one shape of every failure."""

    type: str
    title: str
    detail: str
    errors: list[FieldError]
