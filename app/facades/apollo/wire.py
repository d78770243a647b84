"""The shapes of the Apollo format, with its own field names, in the order in which they are sent (apollo 3, 4, 8)."""

# ruff: noqa: N815 the names are the wire's

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

ID_LIMIT: Final = 512
CUSTOM_DATA_LIMIT: Final = 65_536
MOST_ITEMS: Final = 10_000
MOST_ITEMS_AT_ONCE: Final = 100

_RelationshipId = Annotated[str, Meta(min_length=1, max_length=ID_LIMIT)]
_TypeId = Annotated[str, Meta(min_length=1, max_length=256)]
_Name = Annotated[str, Meta(max_length=1024)]
_Brick = Annotated[str, Meta(max_length=255)]
_Label = Annotated[str, Meta(min_length=1, max_length=255)]


class Relationship(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A relationship, sent or shown (apollo 4.1); absent members are None.

    What types can't say (control characters, foreign ids, collections, the size of customData, isActive) is judged by
    ``translate``.
    """

    id: _RelationshipId
    sourceEntityId: str
    destinationEntityId: str
    relationshipType: _TypeId
    relationshipName: _Name
    sourceERCollectionId: str | None = None
    destinationERCollectionId: str | None = None
    brickRelationshipName: _Brick | None = None
    brickRelationshipType: _Brick | None = None
    brickSourceEntityType: _Brick | None = None
    brickSourceEntitySubType: _Brick | None = None
    brickDestinationEntityType: _Brick | None = None
    brickDestinationEntitySubType: _Brick | None = None
    customData: dict[str, Any] | None = None
    isActive: bool | None = None
    sysData: Any = None
    version: Any = None
    schemaMetadata: Any = None


REQUIRED: Final = ("id", "sourceEntityId", "destinationEntityId", "relationshipType", "relationshipName")
BRICK: Final = (
    "brickRelationshipName",
    "brickRelationshipType",
    "brickSourceEntityType",
    "brickSourceEntitySubType",
    "brickDestinationEntityType",
    "brickDestinationEntitySubType",
)


class RelationshipSysData(Struct):
    """Who made this version of a relationship, and when (apollo 4.3)."""

    sysSchemaVersion: int
    sysERCollectionId: str
    sysCorrelationId: str | None
    sysTimestamp: str
    sysClientId: str | None
    sysRequestorId: str | None
    sysRelationshipVersion: int
    sysRelationshipType: str


class Entity(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An entity, sent or shown (apollo 4.2); absent members are None.

    What types can't say (control characters, foreign ids, sizes, GeoJSON, isActive) is judged by ``entities``.
    """

    id: str
    entityType: _TypeId
    entityName: _Name
    brickEntityType: _Brick | None = None
    brickEntitySubType: _Brick | None = None
    brickEntityName: _Brick | None = None
    customData: dict[str, Any] | None = None
    labels: Annotated[list[_Label], Meta(max_length=100)] | None = None
    geoLocation: dict[str, Any] | None = None
    geoBoundary: dict[str, Any] | None = None
    schemaMetadata: Any = None
    version: Any = None
    isActive: bool | None = None
    sysData: Any = None


class SchemaMetadata(Struct):
    """What the type id of an entity says about its class (apollo 4.2)."""

    entityType: str
    rootEntityType: str | None
    schemaCollectionId: str | None
    entityIsSubClassOf: list[str] = []
    tags: list[str] = []


class EntitySysData(Struct):
    """Who made this version of an entity, and when (apollo 4.3)."""

    sysSchemaVersion: int
    sysERCollectionId: str
    sysCorrelationId: str | None
    sysTimestamp: str
    sysClientId: str | None
    sysRequestorId: str | None
    sysEntityVersion: int
    sysEntityType: str


class Named(Struct):
    """As much of any item as tells which one it is."""

    id: Any = None


class Warning(Struct):
    """Something that a check of the collection noticed about an item that was stored (apollo 13.3)."""

    code: str
    property: str | None
    message: str


class ItemResult(Struct, array_like=True):
    """What became of one item, as it is kept: ``result`` created, updated or unchanged, or else why it was refused."""

    id: str | None
    result: str | None = None
    code: str | None = None
    property: str | None = None
    message: str | None = None
    warnings: list[Warning] = []


class ErrorInfo(Struct, kw_only=True):
    """One fault of a request or of an item; ``index`` counts the items of the request from 0."""

    index: int | None = None
    id: str | None = None
    code: str
    property: str | None = None
    message: str


class Status(Struct):
    """The head of a platform answer; ``code`` is the HTTP status in digits, or OK."""

    message: str
    code: str


class Paging(Struct):
    """How many elements this answer holds, and how to get the next ones."""

    totalCount: int
    continuationToken: str | None = None


class Platform(Struct):
    """The envelope of nearly every answer (apollo 3)."""

    status: Status
    transactionId: str
    data: Any
    paging: Paging | None = None


class Legacy(Struct, kw_only=True):
    """The envelope of uploads of relationships and of their tracking (apollo 3)."""

    result: int
    message: str
    version: None = None
    errorInfo: list[ErrorInfo]


class Counts(Struct):
    """What became of a request's items; ``total`` is the sum of the others."""

    total: int
    created: int
    updated: int
    unchanged: int
    failed: int
    pending: int
    skipped: int


class StateChange(Struct):
    """One entry of a request's history."""

    timestamp: str | None
    unixTimestamp: int
    state: str


class Tracking(Legacy, kw_only=True):
    """How far a request has come (apollo 8.2)."""

    errorCount: int
    warningCount: int
    requestId: str
    transactionId: str
    correlationId: str | None
    ercollectionid: str
    requestAction: str
    requestObject: str
    state: str
    outcome: str | None
    counts: Counts
    enqueuedTimestamp: str | None
    startedTimestamp: str | None
    finishedTimestamp: str | None
    expiresTimestamp: str | None
    stateHistory: list[StateChange]
    retryCount: int


class Success(Struct, omit_defaults=True):
    """An item of a synchronous upload that was stored, or is as asked already (apollo 5.4)."""

    id: str | None
    message: str
    tracker: str
    index: int
    result: str
    warnings: list[Warning] = []


class Failure(Struct):
    """An item of a synchronous upload that was refused (apollo 5.4)."""

    id: str | None
    message: str
    tracker: str
    index: int
    code: str
    property: str | None


class Responses(Struct, omit_defaults=True):
    """What became of the items of a synchronous upload, in the order of the request."""

    success: list[Success] = []
    failure: list[Failure] = []


class ServiceData(Struct):
    """What a record is about."""

    entityId: str | None
    erCollectionId: str
    relationshipId: str | None


class Record(Struct, kw_only=True):
    """One record of the status service: a request, or one item of it (apollo 8.4)."""

    serviceData: ServiceData
    id: str
    enqueuedTimestamp: str | None
    receivedTimestamp: str | None
    unixReceievedTimestamp: int | None
    unixEnqueuedTimestamp: int
    messageType: str
    requestAction: str
    requestObject: str
    state: str
    stateHistory: list[StateChange]
    transactionId: str
    correlationId: str | None
    retryCount: int
    payload: None = None
    timeout: None = None
    message: str
    sender: str
    recipient: str = "sub:app:tercet"
    topic: str = "er"
    index: int | None = None
    code: str | None = None
    property: str | None = None
    result: str | None = None
    warnings: list[Warning] = []


class RequestRecord(Record, kw_only=True):
    """The record of a request as it is asked for by its transaction (apollo 8.4, row 12)."""

    transactionIDList: list[str]
    outcome: str | None
    counts: Counts


_Word = Annotated[str, Meta(min_length=1, max_length=255)]
Mode = Literal["off", "warn", "enforce"]
Permission = Literal["readonly", "readwrite", "admin", "owner"]


class CollectionSettings(Struct, forbid_unknown_fields=True):
    """How strict a collection is (apollo 10); what is not sent stays, or is the default of a new collection."""

    brickVersion: Literal["1.0.2", "1.2.1", "1.5.0"] | UnsetType = UNSET
    types: Mode | UnsetType = UNSET
    references: Mode | UnsetType = UNSET
    ontology: Mode | UnsetType = UNSET


class AmendedCollection(Struct, forbid_unknown_fields=True):
    """Other names and settings of a collection; what is not sent stays (apollo 10)."""

    collectionName: _Word
    vaultName: _Word | UnsetType = UNSET
    accountName: _Word | UnsetType = UNSET
    settings: CollectionSettings | UnsetType = UNSET


class NewCollection(AmendedCollection, forbid_unknown_fields=True):
    """A collection that is to be made (apollo 10)."""

    collectionId: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET


class Collection(Struct):
    """A collection as it is shown to one caller (apollo 10)."""

    id: str
    collectionId: str
    collectionName: str
    vaultId: str | None
    vaultName: str | None
    accountId: str | None
    accountName: str | None
    settings: CollectionSettings
    permission: Permission


class SentAccessList(Struct, forbid_unknown_fields=True):
    """Entries of an access control list, by principal (apollo 11)."""

    accesscontrolitems: dict[str, Permission]
    objectId: str | UnsetType = UNSET
    id: str | UnsetType = UNSET


class AccessList(Struct):
    """Who may do what in a collection (apollo 11)."""

    objectId: str
    id: str
    accesscontrolitems: dict[str, Permission]


class Totals(Struct):
    """How many live objects a collection has; assets are equipment, spaces are locations."""

    Entities: int
    Relationships: int
    Assets: int
    Spaces: int


class Stats(Struct):
    """How many live objects of which types a collection has (apollo 6.4)."""

    Summary: Totals
    Entities: dict[str, int]
    Relationships: dict[str, int]


class Notification(Struct, kw_only=True):
    """One change of a collection (apollo 12); it names either a relationship or an entity."""

    sequenceId: int
    sequenceContainer: str
    notificationType: str
    version: int
    checksum: str
    entityId: str | UnsetType = UNSET
    entityType: str | UnsetType = UNSET
    relationshipId: str | UnsetType = UNSET
    relationshipType: str | UnsetType = UNSET
    timestamp: str | None
    transactionId: str | None
