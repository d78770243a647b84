"""Pure translation of references, both ways (sas 4.2, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from app.core.describe import Description, is_own
from app.core.errors import ReferenceMissing
from app.core.filters import Member, required
from app.core.identity import read_uuid, sas_spelling, space_name
from app.core.model import Refused
from app.facades import strict
from app.facades.sas import criteria, parameters, wire
from app.facades.sas.faults import IdMismatch, MemberInvalid, OperationUnclear
from app.facades.sas.media import Operation
from app.facades.sas.render import show_bulk
from app.facades.sas.signs import read_uris
from app.facades.sas.translate import (
    Many,
    One,
    check_id,
    read_details,
    read_object,
    read_text,
    read_uri,
    show_author,
    tell_apart,
)
from app.facades.strict import JsonFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.core.describe import Described
    from app.core.errors import Refusal
    from app.core.filters import Node, Value
    from app.core.model import EntityRecord, Fields
    from app.facades.sas.translate import Members
    from app.facades.strict import Json, Splitter


def read_post(raw: bytes, operations: Sequence[Operation], splitter: Splitter) -> One | Many | str:
    """What a POST asks for, among the operations that its media type allows; a text is a filter (sas 3.5).

    Raises JsonFault, TooManyItems, and OperationUnclear where the content must tell and does not.
    """
    if operations == (Operation.QUERY,):
        return read_filter_text(raw)
    text = strict.without_mark(raw)
    if Operation.QUERY in operations and text.lstrip()[:1] == b'"':
        return str(strict.parse(text))
    return tell_apart(text, operations, splitter, _tell_lone)


def _tell_lone(members: Members) -> One:
    if members.get("resourceUri") is None:
        raise OperationUnclear("The body has neither items nor resourceUri.")
    return One(members)


def read_filter_text(raw: bytes) -> str:
    """The filter that a plain text is; raises JsonFault (sas 2)."""
    try:
        text = strict.without_mark(raw).decode()
    except UnicodeDecodeError as error:
        raise JsonFault("invalid_utf8", error.start) from None
    if "\0" in text:
        raise JsonFault("nul", text.index("\0"))
    return text


def read_reference(members: Mapping[str, Json]) -> Description:
    """What a body says of a reference that is to be created; raises MemberInvalid."""
    entity = read_uri(members, "resourceUri")
    if entity is None:
        raise MemberInvalid("The member resourceUri is missing.")
    return Description(None, entity, read_details(members))


def read_item(item: Json) -> Description:
    """One item of a bulk body (sas 10.3). Raises MemberInvalid, ReferenceMissing."""
    if not isinstance(item, dict):
        raise MemberInvalid("The item is not an object.")
    id = read_text(item, "id", 0)
    if id is None:
        return read_reference(item)
    described = Description(read_uuid(id), read_uri(item, "resourceUri"), read_details(item))
    if described.id is None:
        raise ReferenceMissing(id)
    return described


def read_change(raw: bytes, id: str) -> Description | Refusal:
    """What the body of a PUT wants of the reference with this id (sas 10.5); raises JsonFault."""
    members = read_object(strict.without_mark(raw))
    try:
        described = Description(id, read_uri(members, "resourceUri"), read_details(members))
        check_id(members, id)
    except (MemberInvalid, IdMismatch) as refusal:
        return refusal
    return described


def list_details(record: EntityRecord) -> Fields:
    """The details of a reference: its own, or derived from what another format keeps (sas 4.2)."""
    entity, declared = record.entity, record.declaration
    if is_own(entity):
        return record.fields
    if declared is None:
        return {"contentType": entity.type, "source": entity.domain}
    derived = {"contentType": declared.type, "source": entity.domain}
    name = declared.fields.get("entityName")
    return derived if name is None else {"name": name, **derived}


def _detail(record: EntityRecord, name: str) -> str | None:
    value = list_details(record).get(name)
    return value if isinstance(value, str) else None


def _show(record: EntityRecord, name: str) -> str | UnsetType:
    value = _detail(record, name)
    return UNSET if value is None else value


def get_source(record: EntityRecord) -> str | None:
    """Who asserted the entity, as answers show it."""
    return _detail(record, "source")


def _read_analysis(record: EntityRecord) -> int | None:
    text = _detail(record, "analysisTimeStamp")
    return None if text is None else parameters.read_instant(text)


def list_members(space: str) -> dict[str, Member[EntityRecord]]:
    """How the members of a reference are read, as answers show them (sas 7.1)."""
    name = space_name(space)
    readers: dict[str, Callable[[EntityRecord], Value | None]] = {
        "id": lambda record: name.entity_id(record.entity),
        "resourceUri": lambda record: sas_spelling(record.entity),
        "name": lambda record: _detail(record, "name"),
        "contentType": lambda record: _detail(record, "contentType"),
        "source": get_source,
        "analysisTimeStamp": _read_analysis,
        "creationTimeStamp": lambda record: record.created.at,
        "createdBy": lambda record: record.created.by.user or record.created.by.subject,
        "modifiedTimeStamp": lambda record: record.modified.at,
        "modifiedBy": lambda record: record.modified.by.user or record.modified.by.subject,
        "version": lambda _: 1,
    }
    return {name: Member(criteria.REFERENCE[name], read) for name, read in readers.items()}


def find_ids(tree: Node | None, space: str) -> frozenset[str] | None:
    """The ids one of which every reference has that the filter takes; None where it does not say so."""
    ids, uris = required(tree, "id"), required(tree, "resourceUri")
    named = None if ids is None else frozenset(map(str, ids))
    if uris is None:
        return named
    meant = frozenset(map(space_name(space).entity_id, read_uris(uris)))
    return meant if named is None else named & meant


def present(space: str, record: EntityRecord) -> wire.Reference:
    """One reference, whichever format its entity belongs to."""
    id = space_name(space).entity_id(record.entity)
    return wire.Reference(
        id,
        1,
        sas_spelling(record.entity),
        _show(record, "name"),
        _show(record, "contentType"),
        _show(record, "source"),
        _show(record, "analysisTimeStamp"),
        wire.show_instant(record.created.at),
        show_author(record.created.by),
        wire.show_instant(record.modified.at),
        show_author(record.modified.by),
        wire.link_reference(id),
    )


def show_reference(space: str, record: EntityRecord) -> bytes:
    """The document of one reference."""
    return msgspec.json.encode(present(space, record))


def show_some(space: str, records: Sequence[EntityRecord]) -> bytes:
    """The documents of some references with commas between."""
    encode = msgspec.json.Encoder().encode
    return b",".join([encode(present(space, record)) for record in records])


def show_outcomes(space: str, outcomes: Sequence[Described | Refused]) -> bytes:
    """The answer to a bulk call (sas 10.3)."""
    answers = (each if isinstance(each, Refused) else present(space, each.record) for each in outcomes)
    return show_bulk(answers, wire.REFERENCE_BULK_ACCEPT, wire.REFERENCE_BULK_LINKS)
