"""Between the Apollo wire and the core, both ways; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from app.core.declare import Declared
from app.core.errors import EntityMissing, FieldFrozen, FindingEnforced, ItemInvalid, NotRevivable, TooManyTypes
from app.core.identity import APOLLO_FOREIGN, SpellingInvalid, apollo_spelling, read_apollo_id, space_name
from app.core.jobs import Account, Counts, RefusedItem
from app.core.model import Created, Deleted, Mention, Proposal, Refused, Replaced, Unchanged
from app.facades.apollo import wire
from app.facades.apollo.headers import BodyEmpty, is_collection_id
from app.facades.apollo.render import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from app.core.errors import TercetError
    from app.core.model import Entity, Finding, Outcome, Relationship
    from app.facades.strict import Splitter

UPSERT_RELATIONSHIPS: Final = "apollo.relationships.upsert"
UPSERT_ENTITIES: Final = "apollo.entities.upsert"
DELETE_RELATIONSHIP: Final = "apollo.relationships.delete"
DELETE_ENTITY: Final = "apollo.entities.delete"
"""The kinds of this format's jobs."""
RESERVED_ID: Final = "erstatus"

_RELATIONSHIP = msgspec.json.Decoder(wire.Relationship)
_NAMED = msgspec.json.Decoder(wire.Named)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_get_brick = attrgetter(*wire.BRICK)
_NO_BRICK = (None,) * len(wire.BRICK)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RESULTS = {Created: "created", Replaced: "updated", Unchanged: "unchanged", Deleted: "deleted"}
_WORDS = {"c": "created", "u": "updated", "d": "deleted", "": "unchanged"}
_WIRE_NAMES = {"type": "relationshipType", "source": "sourceEntityId", "target": "destinationEntityId"}


class ApolloItemInvalid(ItemInvalid):
    """An item that the format refuses before the core sees it: item code, property at fault, sentence (apollo 3)."""

    def __init__(self, code: str, property: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.property = property


class RelationshipReader:
    """Reads the items of one upload into ``collection``; remembers ends, which repeat a lot."""

    def __init__(self, collection: str) -> None:
        self._collection = collection
        self._space = space_name(collection)
        self._mentions: dict[str, Mention | None] = {}

    def parse(self, raw: bytes) -> wire.Relationship | Refused:
        """The item that ``raw``, an object in strict JSON, spells; or its first fault."""
        try:
            item = _RELATIONSHIP.decode(raw)
        except msgspec.ValidationError:
            return Refused(find_fault(raw, wire.Relationship, wire.REQUIRED, RULES))
        return item if self._fits(item) else Refused(find_fault(raw, wire.Relationship, wire.REQUIRED, RULES))

    def propose(self, item: wire.Relationship, reachable: Collection[str]) -> Proposal | Refused:
        """What an item asks for; ``reachable``: other collections that its destination may be in (apollo 5.5)."""
        if item.sourceERCollectionId is not None and item.sourceERCollectionId != self._collection:
            return _refuse_collection("sourceERCollectionId")
        destination = item.destinationERCollectionId
        if destination == self._collection:
            destination = None
        if destination is not None and destination not in reachable:
            return _refuse_collection("destinationERCollectionId")
        source, target = self._mentions[item.sourceEntityId], self._mentions[item.destinationEntityId]
        assert source is not None, "an item that fits names sound ends"
        assert target is not None, "an item that fits names sound ends"
        if destination is not None:
            target = target._replace(space=destination)
        id, name = self._space.relationship_id(item.id), item.id
        return Proposal(id, item.relationshipType, source, target, _list_fields(item), None if id == name else name)

    def _fits(self, item: wire.Relationship) -> bool:
        destination = item.destinationERCollectionId
        return (
            item.isActive is not False
            and item.id != RESERVED_ID
            and is_plain(item.id)
            and is_plain(item.relationshipType)
            and self._mention(item.sourceEntityId) is not None
            and self._mention(item.destinationEntityId) is not None
            and (item.customData is None or fits_document(item.customData))
            and (destination is None or is_collection_id(destination))
        )

    def _mention(self, id: str) -> Mention | None:
        if id not in self._mentions:
            entity = read_entity(id)
            self._mentions[id] = None if entity is None else Mention(entity)
        return self._mentions[id]


def find_fault(
    raw: bytes, shape: type[msgspec.Struct], required: Sequence[str], rules: Mapping[str, Rule]
) -> ApolloItemInvalid:
    """The first fault of an item that has one, in the order of the item codes and then of the properties (apollo 3)."""
    item = _OBJECT.decode(raw)
    missing = next((name for name in required if item.get(name) is None), None)
    if missing is not None:
        return ApolloItemInvalid("MissingProperty", missing, f"Property {missing} is required")
    unknown = min((name for name in item if name not in shape.__struct_fields__), default=None)
    if unknown is not None:
        return ApolloItemInvalid("UnknownProperty", cut(unknown), f"Property {cut(unknown)} is not known")
    sent = ((name, rule) for name, rule in rules.items() if item.get(name) is not None)
    invalid, rule = next((name, rule) for name, rule in sent if not rule.holds(item[name]))
    return ApolloItemInvalid("InvalidProperty", invalid, f"Property {invalid} must be {rule.wants}")


def is_text(value: object, high: int | None = None) -> bool:
    """Whether it is a string of at most ``high`` characters."""
    return isinstance(value, str) and (high is None or len(value) <= high)


def is_printed(value: object, high: int) -> bool:
    """Whether it is a string of 1 to ``high`` characters, none of them a control character."""
    return isinstance(value, str) and 1 <= len(value) <= high and is_plain(value)


def is_plain(text: str) -> bool:
    """Whether no control character stands in it; ``isprintable`` is quicker to tell, but refuses some blanks as well."""
    return text.isprintable() or _CONTROL.search(text) is None


def _is_relationship_id(value: object) -> bool:
    return is_printed(value, wire.ID_LIMIT) and value != RESERVED_ID


def fits_document(value: Mapping[str, Any]) -> bool:
    """Whether an object is small enough to be kept, as compact JSON (apollo 4.1)."""
    return len(msgspec.json.encode(value)) <= wire.CUSTOM_DATA_LIMIT


def read_entity(id: str) -> Entity | None:
    """The entity that an id names; None for one that is no id (apollo 4.4)."""
    if not id or (len(id) > wire.ID_LIMIT and not id.startswith(APOLLO_FOREIGN)):
        return None
    try:
        return read_apollo_id(id)
    except SpellingInvalid:
        return None


def demand_entity(id: str) -> Entity:
    """The entity that an id names; raises EntityMissing for one that is no id, so that nothing can have it."""
    entity = read_entity(id)
    if entity is None:
        raise EntityMissing([])
    return entity


class Rule(NamedTuple):
    """What a property must be, in words and as a test."""

    wants: str
    holds: Callable[[Any], bool]


_END = Rule(
    "an id of 1 to 512 characters, or a sound urn:tercet: id", lambda v: is_text(v) and read_entity(v) is not None
)
_BRICK = Rule("a text of at most 255 characters", lambda value: is_text(value, 255))
# What ``wire.Relationship`` and ``RelationshipReader`` demand of each property, in the order of apollo 4.1.
RULES: Final[Mapping[str, Rule]] = {
    "id": Rule("1 to 512 characters without control characters, not erstatus", lambda v: _is_relationship_id(v)),
    "sourceEntityId": _END,
    "destinationEntityId": _END,
    "relationshipType": Rule("1 to 256 characters without control characters", lambda v: is_printed(v, 256)),
    "relationshipName": Rule("a text of at most 1024 characters", lambda value: is_text(value, 1024)),
    "sourceERCollectionId": Rule("a text", lambda value: is_text(value)),
    "destinationERCollectionId": Rule("a collection's id", lambda v: is_text(v) and is_collection_id(v)),
    **dict.fromkeys(wire.BRICK, _BRICK),
    "customData": Rule("an object of at most 64 KiB", lambda v: isinstance(v, dict) and fits_document(v)),
    "isActive": Rule("true", lambda value: value is True),
}


def _refuse_collection(property: str) -> Refused:
    text = "The collection is unknown, or the relationship may not reach into it"
    return Refused(ApolloItemInvalid("CrossCollectionForbidden", property, text))


def _list_fields(item: wire.Relationship) -> dict[str, Any]:
    fields: dict[str, Any] = {"relationshipName": item.relationshipName}
    brick = _get_brick(item)
    if brick != _NO_BRICK:
        fields.update((name, value) for name, value in zip(wire.BRICK, brick, strict=True) if value is not None)
    if item.customData is not None:
        fields["customData"] = item.customData
    return fields


def read_items(splitter: Splitter, body: bytes) -> list[bytes]:
    """The raw items of a body, each an object in strict JSON; raises JsonFault, TooManyItems and BodyEmpty."""
    items = splitter.split(body)
    if not len(items):
        raise BodyEmpty("The array holds no item")
    for index in range(len(items)):
        items.decode_object(index)
    return [bytes(raw) for raw in items.raws]


def list_destinations(items: Sequence[wire.Relationship | Refused], collection: str) -> set[str]:
    """The other collections that items reach into."""
    named = {item.destinationERCollectionId for item in items if isinstance(item, wire.Relationship)}
    return {name for name in named if name is not None and name != collection}


def show_relationship(relationship: Relationship, collection: str, *, with_system_data: bool) -> wire.Relationship:
    """A relationship of any format as this one shows it (apollo 4.4)."""
    fields: Mapping[str, Any] = relationship.fields
    return wire.Relationship(
        id=relationship.name or relationship.id,
        sourceEntityId=apollo_spelling(relationship.source[:3]),
        destinationEntityId=apollo_spelling(relationship.target[:3]),
        relationshipType=relationship.type,
        relationshipName=fields.get("relationshipName", relationship.type),
        sourceERCollectionId=relationship.source.space or collection,
        destinationERCollectionId=relationship.target.space or collection,
        **{name: fields[name] for name in wire.BRICK if name in fields},
        customData=fields.get("customData"),
        isActive=relationship.live,
        sysData=_show_system_data(relationship, collection) if with_system_data else None,
    )


def _show_system_data(relationship: Relationship, collection: str) -> wire.RelationshipSysData:
    at, by = relationship.modified
    moment = (EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
    return wire.RelationshipSysData(
        sysSchemaVersion=1,
        sysERCollectionId=collection,
        sysCorrelationId=by.correlation,
        sysTimestamp=moment[:23].replace("-", ""),
        sysClientId=by.client,
        sysRequestorId=by.subject,
        sysRelationshipVersion=relationship.version,
        sysRelationshipType=relationship.type,
    )


def describe_refusal(error: TercetError) -> tuple[str, str | None, str]:
    """Why an item was refused: item code, property at fault, sentence (apollo 3)."""
    if isinstance(error, ApolloItemInvalid):
        return error.code, error.property, str(error)
    if isinstance(error, FieldFrozen):
        name = _WIRE_NAMES.get(error.field, error.field)
        return "RestrictedProperty", name, f"Restricted property {name} is not allowed to change"
    if isinstance(error, NotRevivable):
        return "InvalidProperty", "id", "A deleted relationship of another format is not brought back"
    if isinstance(error, FindingEnforced):
        return error.finding.code, _WIRE_NAMES.get(error.finding.field, error.finding.field), error.finding.message
    if isinstance(error, TooManyTypes):
        text = f"The collection has used its {error.limit} {error.kind} types"
        return "TooManyTypes", f"{error.kind}Type", text
    return "Internal", None, "The item could not be written"


def account(first: int, raws: Sequence[bytes], outcomes: Sequence[Outcome]) -> Account:
    """What is kept of a part: one result an item, in order, and the refused ones in words."""
    results = list_results(raws, outcomes)
    refused = [
        RefusedItem(index, result.id, str(result.code), result.property, str(result.message))
        for index, result in enumerate(results, first)
        if result.code is not None
    ]
    return Account(msgspec.json.encode(results), refused, _count(results))


def list_results(raws: Sequence[bytes], outcomes: Sequence[Outcome | Declared]) -> list[wire.ItemResult]:
    """What became of each item; ids longer than any id may be are cut."""
    return [_show_result(raw, outcome) for raw, outcome in zip(raws, outcomes, strict=True)]


def _show_result(raw: bytes, outcome: Outcome | Declared) -> wire.ItemResult:
    id = read_id(raw)
    id = None if id is None else id[: wire.ID_LIMIT]
    if isinstance(outcome, Refused):
        code, property, message = describe_refusal(outcome.error)
        return wire.ItemResult(id, None, code, property, message)
    if isinstance(outcome, Declared):
        return wire.ItemResult(id, _WORDS[outcome.action], warnings=_show_warnings(outcome.warnings))
    warnings = _show_warnings(outcome.warnings) if isinstance(outcome, Created | Replaced) else []
    return wire.ItemResult(id, _RESULTS[type(outcome)], warnings=warnings)


def read_id(raw: bytes) -> str | None:
    """The id that an item was sent with; None if that is no string."""
    sent = _NAMED.decode(raw).id
    return sent if isinstance(sent, str) else None


def _show_warnings(findings: Sequence[Finding]) -> list[wire.Warning]:
    return [wire.Warning(f.code, _WIRE_NAMES.get(f.field, f.field) or None, f.message) for f in findings]


def _count(results: Sequence[wire.ItemResult]) -> Counts:
    words = [result.result for result in results]
    return Counts(
        created=words.count("created"),
        replaced=words.count("updated"),
        unchanged=words.count("unchanged"),
        deleted=words.count("deleted"),
        refused=words.count(None),
        warned=sum(1 for result in results if result.warnings),
    )
