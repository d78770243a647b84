"""Entities between the Apollo wire and the core, both ways; pure (apollo 4.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core import ontology
from app.core.catalogue import DEFAULT_VERSION
from app.core.declare import Statement
from app.core.identity import apollo_spelling
from app.core.model import Refused
from app.facades.apollo import translate, wire
from app.facades.apollo.geography import is_feature_collection
from app.facades.apollo.translate import Rule, fits_document, is_plain, is_printed, is_text, read_entity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.model import Declaration, Entity

REQUIRED: Final = ("id", "entityType", "entityName")
FIELDS: Final = (
    *("entityType", "entityName", "brickEntityType", "brickEntitySubType", "brickEntityName"),
    *("customData", "labels", "geoLocation", "geoBoundary"),
)

_ENTITY = msgspec.json.Decoder(wire.Entity)


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and fits_document(value) and is_feature_collection(value)


def _are_labels(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(is_text(label, 255) and label for label in value)


_BRICK = Rule("a text of at most 255 characters", lambda value: is_text(value, 255))
_PLACE = Rule("a GeoJSON FeatureCollection of at most 64 KiB", _is_place)
# What ``wire.Entity`` and ``read`` demand of each property, in the order of apollo 4.2.
RULES: Final[Mapping[str, Rule]] = {
    "id": Rule("1 to 512 characters, or a sound urn:tercet: id", lambda v: is_text(v) and read_entity(v) is not None),
    "entityType": Rule("1 to 256 characters without control characters", lambda v: is_printed(v, 256)),
    "entityName": Rule("a text of at most 1024 characters", lambda value: is_text(value, 1024)),
    "brickEntityType": _BRICK,
    "brickEntitySubType": _BRICK,
    "brickEntityName": _BRICK,
    "customData": Rule("an object of at most 64 KiB", lambda v: isinstance(v, dict) and fits_document(v)),
    "labels": Rule("at most 100 texts of 1 to 255 characters", _are_labels),
    "geoLocation": _PLACE,
    "geoBoundary": _PLACE,
    "isActive": Rule("true", lambda value: value is True),
}


def read(raw: bytes) -> Statement | Refused:
    """What the item that ``raw``, an object in strict JSON, says of an entity; or its first fault."""
    try:
        item = _ENTITY.decode(raw)
    except msgspec.ValidationError:
        return Refused(translate.find_fault(raw, wire.Entity, REQUIRED, RULES))
    entity = read_entity(item.id)
    if entity is None or not _fits(item):
        return Refused(translate.find_fault(raw, wire.Entity, REQUIRED, RULES))
    values = ((name, getattr(item, name)) for name in FIELDS)
    return Statement(entity, {name: value for name, value in values if value is not None})


def _fits(item: wire.Entity) -> bool:
    return (
        item.isActive is not False
        and is_plain(item.entityType)
        and (item.customData is None or fits_document(item.customData))
        and (item.geoLocation is None or _is_place(item.geoLocation))
        and (item.geoBoundary is None or _is_place(item.geoBoundary))
    )


def show(
    entity: Entity,
    declaration: Declaration,
    collection: str,
    *,
    extended: bool,
    with_system_data: bool,
    brick_version: str = DEFAULT_VERSION,
) -> wire.Entity:
    """A declared entity; ``extended``: with what ``v`` 1.2 adds (apollo 2.2).

    ``brick_version`` is the collection's: the catalogue says where the entity's class stands (apollo 4.2).
    """
    fields: Mapping[str, Any] = declaration.fields
    plain = FIELDS if extended else FIELDS[: FIELDS.index("labels")]
    shown = wire.Entity(
        id=apollo_spelling(entity),
        **{name: fields[name] for name in plain if name in fields},
        isActive=declaration.deleted_at is None,
    )
    if extended:
        shown.schemaMetadata, shown.version = _show_class(declaration.type, brick_version), declaration.version
    if with_system_data:
        shown.sysData = _show_system_data(declaration, collection)
    return shown


def _show_class(type: str, brick_version: str) -> wire.SchemaMetadata:
    standing = ontology.place(type, brick_version)
    return wire.SchemaMetadata(type, standing.root, standing.collection, list(standing.kinds))


def _show_system_data(declaration: Declaration, collection: str) -> wire.EntitySysData:
    at, by = declaration.modified
    moment = (translate.EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
    return wire.EntitySysData(
        sysSchemaVersion=1,
        sysERCollectionId=collection,
        sysCorrelationId=by.correlation,
        sysTimestamp=moment[:23].replace("-", ""),
        sysClientId=by.client,
        sysRequestorId=by.subject,
        sysEntityVersion=declaration.version,
        sysEntityType=declaration.type,
    )
