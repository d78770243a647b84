"""Between the Apollo wire and the core, both ways; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from app.core.errors import FieldFrozen, FindingEnforced, ItemInvalid, NotRevivable, TooManyTypes
from app.core.identity import APOLLO_FOREIGN, SpellingInvalid, apollo_spelling, read_apollo_id, space_name
from app.core.jobs import Account, Counts, RefusedItem, State, Verdict
from app.core.model import Created, Mention, Proposal, Refused, Replaced, Unchanged
from app.facades.apollo import wire
from app.facades.apollo.headers import BodyEmpty, is_collection_id
from app.facades.apollo.render import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from app.core.errors import TercetError
    from app.core.jobs import Job
    from app.core.model import Entity, Finding, Outcome, Relationship
    from app.facades.strict import Splitter

RESERVED_ID: Final = "erstatus"
MOST_SHOWN_FAILURES: Final = 1000

_RELATIONSHIP = msgspec.json.Decoder(wire.Relationship)
_NAMED = msgspec.json.Decoder(wire.Named)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_get_brick = attrgetter(*wire.BRICK)
_NO_BRICK = (None,) * len(wire.BRICK)
_PRINTED = re.compile(wire.PRINTED)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        self._entities: dict[str, Entity | None] = {}

    def parse(self, raw: bytes) -> wire.Relationship | Refused:
        """The item that ``raw``, an object in strict JSON, spells; or its first fault."""
        try:
            item = _RELATIONSHIP.decode(raw)
        except msgspec.ValidationError:
            return Refused(self._find_fault(raw))
        return item if self._fits(item) else Refused(self._find_fault(raw))

    def propose(self, item: wire.Relationship, reachable: Collection[str]) -> Proposal | Refused:
        """What an item asks for; ``reachable``: other collections that its destination may be in (apollo 5.5)."""
        if item.sourceERCollectionId is not None and item.sourceERCollectionId != self._collection:
            return _refuse_collection("sourceERCollectionId")
        destination = item.destinationERCollectionId
        if destination == self._collection:
            destination = None
        if destination is not None and destination not in reachable:
            return _refuse_collection("destinationERCollectionId")
        id = self._space.relationship_id(item.id)
        return Proposal(
            id,
            item.relationshipType,
            Mention(self._entities[item.sourceEntityId]),
            Mention(self._entities[item.destinationEntityId], None, destination),
            _list_fields(item),
            None if id == item.id else item.id,
        )

    def _fits(self, item: wire.Relationship) -> bool:
        destination = item.destinationERCollectionId
        return (
            item.isActive is not False
            and item.id != RESERVED_ID
            and self._entity(item.sourceEntityId) is not None
            and self._entity(item.destinationEntityId) is not None
            and (item.customData is None or _fits_custom_data(item.customData))
            and (destination is None or is_collection_id(destination))
        )

    def _entity(self, id: str) -> Entity | None:
        if id not in self._entities:
            self._entities[id] = _read_entity(id)
        return self._entities[id]

    def _find_fault(self, raw: bytes) -> ApolloItemInvalid:
        """The first fault, in the order of the item codes and then of the properties (apollo 3)."""
        item = _OBJECT.decode(raw)
        missing = next((name for name in wire.REQUIRED if item.get(name) is None), None)
        if missing is not None:
            return ApolloItemInvalid("MissingProperty", missing, f"Property {missing} is required")
        unknown = min((name for name in item if name not in wire.Relationship.__struct_fields__), default=None)
        if unknown is not None:
            return ApolloItemInvalid("UnknownProperty", cut(unknown), f"Property {cut(unknown)} is not known")
        sent = ((name, rule) for name, rule in RULES.items() if item.get(name) is not None)
        invalid, rule = next((name, rule) for name, rule in sent if not rule.holds(item[name]))
        return ApolloItemInvalid("InvalidProperty", invalid, f"Property {invalid} must be {rule.wants}")


def _is_text(value: object, high: int | None = None) -> bool:
    return isinstance(value, str) and (high is None or len(value) <= high)


def _is_printed(value: object, high: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= high and _PRINTED.match(value) is not None


def _is_relationship_id(value: object) -> bool:
    return _is_printed(value, wire.ID_LIMIT) and value != RESERVED_ID


def _fits_custom_data(value: Mapping[str, Any]) -> bool:
    return len(msgspec.json.encode(value)) <= wire.CUSTOM_DATA_LIMIT


def _read_entity(id: str) -> Entity | None:
    if not id or (len(id) > wire.ID_LIMIT and not id.startswith(APOLLO_FOREIGN)):
        return None
    try:
        return read_apollo_id(id)
    except SpellingInvalid:
        return None


class _Rule(NamedTuple):
    wants: str
    holds: Callable[[Any], bool]


_END = _Rule(
    "an id of 1 to 512 characters, or a sound urn:tercet: id", lambda v: _is_text(v) and _read_entity(v) is not None
)
_BRICK = _Rule("a text of at most 255 characters", lambda value: _is_text(value, 255))
# What ``wire.Relationship`` and ``RelationshipReader`` demand of each property, in the order of apollo 4.1.
RULES: Final[Mapping[str, _Rule]] = {
    "id": _Rule("1 to 512 characters without control characters, not erstatus", lambda v: _is_relationship_id(v)),
    "sourceEntityId": _END,
    "destinationEntityId": _END,
    "relationshipType": _Rule("1 to 256 characters without control characters", lambda v: _is_printed(v, 256)),
    "relationshipName": _Rule("a text of at most 1024 characters", lambda value: _is_text(value, 1024)),
    "sourceERCollectionId": _Rule("a text", lambda value: _is_text(value)),
    "destinationERCollectionId": _Rule("a collection's id", lambda v: _is_text(v) and is_collection_id(v)),
    **dict.fromkeys(wire.BRICK, _BRICK),
    "customData": _Rule("an object of at most 64 KiB", lambda v: isinstance(v, dict) and _fits_custom_data(v)),
    "isActive": _Rule("true", lambda value: value is True),
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
        sourceEntityId=apollo_spelling(relationship.source.entity),
        destinationEntityId=apollo_spelling(relationship.target.entity),
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
    moment = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
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
    results = [_show_result(raw, outcome) for raw, outcome in zip(raws, outcomes, strict=True)]
    refused = [
        RefusedItem(index, result.id, str(result.code), result.property, str(result.message))
        for index, result in enumerate(results, first)
        if result.code is not None
    ]
    return Account(msgspec.json.encode(results), refused, _count(outcomes))


def _show_result(raw: bytes, outcome: Outcome) -> wire.ItemResult:
    sent = _NAMED.decode(raw).id
    id = sent[: wire.ID_LIMIT] if isinstance(sent, str) else None
    if isinstance(outcome, Refused):
        code, property, message = describe_refusal(outcome.error)
        return wire.ItemResult(id, None, code, property, message)
    if isinstance(outcome, Created):
        return wire.ItemResult(id, "created", warnings=_show_warnings(outcome.warnings))
    if isinstance(outcome, Replaced):
        return wire.ItemResult(id, "updated", warnings=_show_warnings(outcome.warnings))
    return wire.ItemResult(id, "unchanged")


def _show_warnings(findings: Sequence[Finding]) -> list[wire.Warning]:
    return [wire.Warning(found.code, _WIRE_NAMES.get(found.field, found.field), found.message) for found in findings]


def _count(outcomes: Sequence[Outcome]) -> Counts:
    kinds = [type(outcome) for outcome in outcomes]
    warned = sum(1 for outcome in outcomes if isinstance(outcome, Created | Replaced) and outcome.warnings)
    return Counts(
        created=kinds.count(Created),
        replaced=kinds.count(Replaced),
        unchanged=kinds.count(Unchanged),
        refused=kinds.count(Refused),
        warned=warned,
    )


_STATES: Final = {
    State.QUEUED: "Requested",
    State.RUNNING: "Processing",
    State.COMPLETED: "Completed",
    State.FAILED: "Failed",
    State.CANCELED: "Canceled",
}
_VERDICTS: Final = {
    Verdict.SUCCEEDED: "Succeeded",
    Verdict.PARTIALLY_SUCCEEDED: "PartiallySucceeded",
    Verdict.FAILED: "Failed",
}


def show_progress(job: Job, refused: Sequence[RefusedItem]) -> wire.Tracking:
    """How far a request has come (apollo 8.2); ``refused`` are the first of its refused items."""
    counts, state = job.counts, _STATES[job.state]
    fine = not job.state.final or (job.state is State.COMPLETED and not counts.refused)
    return wire.Tracking(
        result=int(fine),
        message=f"Request {job.request_id} is {state.lower()}",
        errorInfo=[_show_refused(item) for item in refused],
        errorCount=counts.refused,
        warningCount=counts.warned,
        requestId=job.request_id,
        transactionId=job.transaction_id,
        correlationId=job.correlation_id,
        ercollectionid=job.space,
        requestAction="Upsert",
        requestObject="Relationship",
        state=state,
        outcome=_VERDICTS[job.verdict] if job.verdict else None,
        counts=_show_counts(job),
        enqueuedTimestamp=show_instant(job.accepted_at),
        startedTimestamp=show_instant(job.started_at),
        finishedTimestamp=show_instant(job.finished_at),
        expiresTimestamp=show_instant(job.expires_at),
        stateHistory=[wire.StateChange(show_instant(at), at // 1000, _STATES[entered]) for entered, at in job.history],
        retryCount=job.attempts,
    )


def _show_refused(item: RefusedItem) -> wire.ErrorInfo:
    return wire.ErrorInfo(index=item.index, id=item.id, code=item.code, property=item.property, message=item.message)


def _show_counts(job: Job) -> wire.Counts:
    counts = job.counts
    return wire.Counts(
        total=job.total,
        created=counts.created,
        updated=counts.replaced,
        unchanged=counts.unchanged,
        failed=counts.refused,
        pending=job.pending,
        skipped=job.skipped,
    )


def show_instant(at: int | None) -> str | None:
    """RFC 3339 in UTC with six digits of a second (apollo 4.3)."""
    return None if at is None else f"{(_EPOCH + timedelta(microseconds=at)).isoformat(timespec='microseconds')[:26]}Z"
