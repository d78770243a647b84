"""The shapes and bounds of the Autodesk relationship format, version 2 (autodesk 1 to 4).

Members are written in the order in which they stand here; a member that is UNSET is left out.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct, UnsetType

CONTAINER: Final = "/bim360/relationship/v2/containers/{containerId}"
UTILITY: Final = "/bim360/relationship/v2/utility"
PATH_PARAMETERS: Final = ("containerId", "relationshipId")

MAX_TARGET_BYTES: Final = 32_768
MAX_ITEMS: Final = 20
MAX_IDS: Final = 50
MAX_PAGE: Final = 100
MAX_SIDE: Final = 20
MAX_SYNC_TOKENS: Final = 3
MAX_SYNC_TOKEN: Final = 262_144
MAX_REFERENCE: Final = 512
MAX_PAIRS: Final = 5000
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
    MISSING_QUALIFIER: Final = "Missing qualifier"
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


class PageMarks(Struct, frozen=True, rename="camel"):
    """How to read on, and how to follow what changes."""

    continuation_token: str | None
    sync_token: str


class RelationshipPage(Struct, frozen=True, rename="camel"):
    """At most 100 relationships (autodesk 4.3)."""

    page: PageMarks
    relationships: list[Relationship]


class Deletions(Struct, frozen=True, rename="camel"):
    """The ids that this call deleted."""

    deleted: list[str]


class Rows(Struct, frozen=True, rename="camel"):
    """A list under ``data``."""

    data: list[Relationship]


class SyncPage(Struct, frozen=True, rename="camel"):
    """A part of a copy, or changes (autodesk 9.2)."""

    current: Rows
    deleted: Rows
    more_data: bool
    overwrite: bool
    next_sync_token: str


class SyncState(Struct, frozen=True, rename="camel"):
    """What a sync with this token would do."""

    sync_token: str
    more_data: bool
    overwrite: bool
    reference_id: str | UnsetType


class SyncFailure(Struct, frozen=True, rename="camel"):
    """A token that can't be used."""

    type: str
    title: str
    detail: str
    errors: list[FieldError]
    sync_token: str
    reference_id: str | UnsetType


class SyncStatusReport(Struct, frozen=True, rename="camel"):
    """One entry for each token asked about, in one of the lists (autodesk 9.3)."""

    results: list[SyncState]
    errors: list[SyncFailure]


class AllowedDomain(Struct, frozen=True, rename="camel"):
    """The types of a domain that may be related to one kind."""

    domain: str
    entity_types: list[str]


class WritableType(Struct, frozen=True, rename="camel"):
    """A type, and what it may be related to."""

    entity_type: str
    allow: list[AllowedDomain]


class WritableDomain(Struct, frozen=True, rename="camel"):
    """A domain with its types (autodesk 7.5)."""

    domain: str
    entity_types: list[WritableType]


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
