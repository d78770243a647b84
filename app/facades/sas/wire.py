"""The shapes of the SAS format: its paths, limits, media types and documents, under the wire's own names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

ROOT: Final = "/relationships"
RELATIONSHIPS: Final = "/relationships/relationships"
REFERENCES: Final = "/relationships/references"
REFERENCE_SOURCES: Final = "/relationships/references/referenceSources"
TYPES: Final = "/relationships/types"
API_META: Final = "/relationships/apiMeta"

READ_SCOPE: Final = "relationships.read"
WRITE_SCOPE: Final = "relationships.write"

# sas 1, limits; characters are code points.
MAX_BODY_BYTES: Final = 16_777_216
MAX_ITEMS: Final = 10_000
MAX_TEXT_BYTES: Final = 65_536
MAX_TARGET_BYTES: Final = 16_384
MAX_URI: Final = 2_048
MAX_TYPE: Final = 256
MAX_SOURCE: Final = 2_048
MAX_SPACE: Final = 256

# sas 3: the names, each with the version that labels its documents.
RELATIONSHIP: Final = "application/vnd.sas.relationship"
QUERY: Final = "application/vnd.sas.relationship.query"
REFERENCE: Final = "application/vnd.sas.relationship.reference"
TYPE: Final = "application/vnd.sas.relationship.type"
COLLECTION: Final = "application/vnd.sas.collection"
ERROR: Final = "application/vnd.sas.error"
API: Final = "application/vnd.sas.api"
JSON: Final = "application/json"
JSON_PATCH: Final = "application/json-patch+json"
TEXT: Final = "text/plain"
VERSIONS: Final[Mapping[str, int]] = {
    RELATIONSHIP: 1,
    QUERY: 1,
    REFERENCE: 1,
    TYPE: 1,
    COLLECTION: 2,
    ERROR: 2,
    API: 1,
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def label(media: str) -> str:
    """The Content-Type of an answer of that media type (sas 3.2)."""
    if media == JSON:
        return f"{JSON};charset=utf-8"
    return f"{media}+json;charset=utf-8;version={VERSIONS[media]}"


def show_instant(at: int) -> str:
    """Microseconds since the epoch as a time stamp: UTC, six fractional digits (sas 2)."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


class Link(msgspec.Struct, rename="camel", gc=False, frozen=True):
    """One thing to do next; ``href`` and ``uri`` are the same server-relative address (sas 4.4)."""

    method: str
    rel: str
    href: str
    uri: str
    type: str | UnsetType = UNSET
    response_type: str | UnsetType = UNSET
    item_type: str | UnsetType = UNSET


class Relationship(msgspec.Struct, rename="camel", gc=False):
    """One relationship as answers show it (sas 4.1)."""

    id: str
    version: int
    type: str
    source: str | UnsetType
    resource_uri: str
    reference_id: str
    related_resource_uri: str
    related_reference_id: str
    creation_time_stamp: str
    created_by: str | UnsetType
    modified_time_stamp: str
    modified_by: str | UnsetType
    links: tuple[Link, ...]


class Reference(msgspec.Struct, rename="camel", gc=False):
    """One reference as answers show it (sas 4.2)."""

    id: str
    version: int
    resource_uri: str
    name: str | UnsetType
    content_type: str | UnsetType
    source: str | UnsetType
    analysis_time_stamp: str | UnsetType
    creation_time_stamp: str
    created_by: str | UnsetType
    modified_time_stamp: str
    modified_by: str | UnsetType
    links: tuple[Link, ...]


class Error(msgspec.Struct, rename="camel", gc=False):
    """A whole call's error or one item's; ``links`` is always there and always empty (sas 4.6)."""

    version: int
    http_status_code: int
    error_code: int
    message: str
    details: Sequence[str]
    links: tuple[()] = ()
    remediation: str | UnsetType = UNSET


class Collection(msgspec.Struct):
    """A list, or the answer to a bulk call (sas 4.5); ``items`` is the encoded array."""

    version: int
    name: str
    accept: str
    start: int
    limit: int
    count: int
    items: msgspec.Raw
    links: Sequence[Link]


class Root(msgspec.Struct):
    """What the service offers (sas 12)."""

    version: int
    links: Sequence[Link]


def link(method: str, rel: str, href: str, *types: str) -> Link:
    """A link; ``types`` are its type, responseType and itemType, as far as it has them; empty ones are left out."""
    return Link(method, rel, href, href, *(name or UNSET for name in types))


_UP = link("GET", "up", RELATIONSHIPS, COLLECTION, "", RELATIONSHIP)


def link_relationship(id: str) -> tuple[Link, ...]:
    """The links of one relationship, in their order (sas 4.1)."""
    href = f"{RELATIONSHIPS}/{id}"
    return (
        Link("GET", "self", href, href, RELATIONSHIP),
        Link("DELETE", "delete", href, href),
        Link("PUT", "update", href, href, RELATIONSHIP, RELATIONSHIP),
        _UP,
    )


# sas 9.4: the self link is the first page of the whole list, whatever the size of the batch.
BULK_LINKS: Final = (
    link("GET", "self", f"{RELATIONSHIPS}?start=0&limit=10&sortBy=id", COLLECTION, "", RELATIONSHIP),
    link("GET", "collection", RELATIONSHIPS, COLLECTION, "", RELATIONSHIP),
    link("POST", "create", RELATIONSHIPS, RELATIONSHIP, RELATIONSHIP, f"{RELATIONSHIP}+json"),
)
BULK_ACCEPT: Final = f"{RELATIONSHIP}+json {ERROR}"


_UP_TO_REFERENCES = link("GET", "up", REFERENCES, COLLECTION, "", REFERENCE)


def link_reference(id: str) -> tuple[Link, ...]:
    """The links of one reference (sas 4.2)."""
    href = f"{REFERENCES}/{id}"
    related = f"{RELATIONSHIPS}?referenceId={id}"
    return (
        Link("GET", "self", href, href, REFERENCE),
        _UP_TO_REFERENCES,
        Link("PUT", "update", href, href, REFERENCE, REFERENCE),
        Link("DELETE", "delete", href, href),
        Link("GET", "getRelationships", related, related, COLLECTION, COLLECTION, RELATIONSHIP),
    )


REFERENCE_BULK_LINKS: Final = (
    link("GET", "self", f"{REFERENCES}?start=0&limit=10&sortBy=id", COLLECTION, "", REFERENCE),
    link("GET", "collection", REFERENCES, COLLECTION, "", REFERENCE),
    link("POST", "create", REFERENCES, REFERENCE, REFERENCE, REFERENCE),
)
REFERENCE_BULK_ACCEPT: Final = f"{REFERENCE} {ERROR}"


def _link_collection(noun: str, href: str, item: str, query: str) -> tuple[Link, ...]:
    """The five operations on a collection of ``noun`` + "s"."""
    return (
        link("GET", f"{noun.lower()}s", href, COLLECTION, "", item),
        link("POST", f"create{noun}", href, item, item),
        link("POST", f"create{noun}s", href, COLLECTION, COLLECTION, item),
        link("POST", f"query{noun}s", href, query, COLLECTION, item),
        link("PATCH", f"delete{noun}s", href, JSON_PATCH),
    )


ROOT_DOCUMENT: Final = Root(
    version=1,
    links=(
        link("HEAD", "checkState", ROOT),
        *_link_collection("Relationship", RELATIONSHIPS, RELATIONSHIP, QUERY),
        *_link_collection("Reference", REFERENCES, REFERENCE, TEXT),
        link("GET", "referenceSources", REFERENCE_SOURCES, COLLECTION, "", JSON),
        link("GET", "types", TYPES, COLLECTION, "", TYPE),
        link("GET", "apiMeta", API_META, API),
    ),
)


class Type(msgspec.Struct, rename="camel", frozen=True):
    """One of the seven relationship types (sas 11)."""

    version: int
    name: str
    label: str
    description: str
    directional: bool
    partner_label: str
    partner_description: str
    links: tuple[Link, ...]


def _type(name: str, directional: bool, label: str, description: str, partner: str = "", back: str = "") -> Type:
    href = f"{TYPES}/{name}"
    links = (link("GET", "self", href, TYPE), link("GET", "up", TYPES, TYPE))
    return Type(1, name, label, description, directional, partner or label, back or description, links)


SEVEN_TYPES: Final[Sequence[Type]] = (
    _type(
        "Dependent",
        True,
        "Is dependent on",
        "Cannot work or be defined without the other object.",
        "Impacts",
        "A change here affects the other object.",
    ),
    _type(
        "Contains",
        True,
        "Contains",
        "The other object exists only as a part of this one.",
        "Is contained by",
        "Exists only as a part of the other object.",
    ),
    _type(
        "Parent",
        True,
        "Is parent of",
        "Stands directly above the other object in a hierarchy.",
        "Is child of",
        "Stands directly below it.",
    ),
    _type("Associated", False, "Is associated with", "Has some connection with the other object."),
    _type("Equivalent", False, "Is equivalent to", "Another address of the same thing."),
    _type("Synonymous", False, "Is synonymous with", "Means the same as the other object."),
    _type(
        "Derived",
        True,
        "Is derived from",
        "Was made from the other object.",
        "Is source of",
        "The other object was made from this one.",
    ),
)


def show_meta(version: str) -> dict[str, object]:
    """What is running (sas 12)."""
    build = {"buildVersion": version, "sourceRevision": "unknown"}
    return {"version": 1, "serviceId": "relationships", "serviceName": "Relationships", "build": build, "links": []}
