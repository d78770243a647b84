"""Pure translation, both ways: bodies into proposals, outcomes into documents (sas 4, 9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from app.core.amend import Amendment
from app.core.browse import Wanted
from app.core.errors import NotFound, RelationshipMissing
from app.core.filters import Member
from app.core.identity import SpellingInvalid, read_sas_uri, read_uuid, sas_spelling, space_name
from app.core.model import NO_FIELDS, Mention, Proposal, Refused
from app.core.rules import SAS, SAS_IGNORE, SAS_UPDATE
from app.facades import strict
from app.facades.sas import criteria as kinds
from app.facades.sas import parameters, wire
from app.facades.sas.faults import IdMismatch, MemberInvalid, OperationUnclear, ParameterInvalid, PatchInvalid
from app.facades.sas.media import Operation
from app.facades.sas.render import cut, show_bulk
from app.facades.strict import JsonFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.core.errors import Refusal
    from app.core.filters import Value
    from app.core.lists import Outline
    from app.core.model import Author, End, Entity, Fields, Outcome, Relationship
    from app.core.rules import Policy
    from app.facades.sas.criteria import Criteria
    from app.facades.sas.parameters import Query
    from app.facades.strict import Json, Splitter

T = TypeVar("T")
Lone = TypeVar("Lone")
Members = dict[str, "Json"]

# Ends and instants that an answer remembers to have shown: about a megabyte.
MOST_REMEMBERED: Final = 2_000
# sas 3.5: any of these tells that one relationship is to be created.
_TELLING: Final = ("type", "relatedResourceUri", "relatedReferenceId")
_DETAILS: Final = (("name", 2_048), ("contentType", 256), ("source", 2_048))


class One(NamedTuple):
    """The body of a call that creates one relationship."""

    members: Members


class Many(NamedTuple):
    """The parsed items of a bulk body."""

    items: list[Json]


class Ask(NamedTuple):
    """The members of a query body."""

    members: Members


def read_post(raw: bytes, operations: Sequence[Operation], splitter: Splitter) -> One | Many | Ask:
    """What a POST asks for, among the operations that its media type allows.

    Raises JsonFault, TooManyItems, and OperationUnclear where the content must tell and does not (sas 3.5).
    """
    text = strict.without_mark(raw)
    if operations == (Operation.QUERY,):
        return Ask(read_object(text))
    return tell_apart(text, operations, splitter, _tell_lone)


def tell_apart(
    text: bytes, operations: Sequence[Operation], splitter: Splitter, tell: Callable[[Members], Lone]
) -> Lone | One | Many:
    """One item or many; ``tell`` says what an object without items is, where the media type leaves that open.

    Raises JsonFault, TooManyItems and what ``tell`` raises.
    """
    if operations == (Operation.CREATE_ONE,):
        return One(read_object(text))
    members, items = splitter.split_member(text, "items")
    if items is not None:
        return Many(list(items))
    if operations == (Operation.CREATE_MANY,) or members.get("items") is not None:
        raise JsonFault("not_an_array", field="items")
    return tell(members)


def _tell_lone(members: Members) -> One | Ask:
    if any(members.get(member) is not None for member in _TELLING):
        return One(members)
    arrays = any(isinstance(members.get(member), list) for member in ("resourceUri", "referenceId"))
    if arrays or any(members.get(member) is not None for member in ("resourceURI", "direction", "depth")):
        return Ask(members)
    raise OperationUnclear("The body has none of the members that tell creation, bulk and query apart.")


def read_amendment(raw: bytes, id: str) -> Amendment | Refusal:
    """What the body of a PUT wants of the relationship with this id (sas 9.7); raises JsonFault."""
    members = read_object(strict.without_mark(raw))
    try:
        return _read_amendment(members, id)
    except (MemberInvalid, IdMismatch) as refusal:
        return refusal


def _read_amendment(members: Members, id: str) -> Amendment:
    type = read_text(members, "type", 1, wire.MAX_TYPE)
    if type is None:
        raise MemberInvalid("The member type is missing.")
    source = read_text(members, "source", 0, wire.MAX_SOURCE)
    ends = [
        _read_mentions(members, uri, reference)
        for uri, reference in (("resourceUri", "referenceId"), ("relatedResourceUri", "relatedReferenceId"))
    ]
    check_id(members, id)
    return Amendment(type=type, source=ends[0], target=ends[1], asserted_by=source)


def _read_mentions(members: Members, uri_member: str, id_member: str) -> tuple[Mention, ...]:
    """Each way in which an end is named, for itself."""
    entity, reference = read_uri(members, uri_member), read_text(members, id_member, 1)
    named = [] if entity is None else [Mention(entity)]
    named += [] if reference is None else [Mention(None, read_uuid(reference) or cut(reference))]
    return tuple(named)


def check_id(members: Mapping[str, Json], id: str) -> None:
    """Raises IdMismatch for a body that names another resource than the path."""
    sent = read_text(members, "id", 0)
    if sent is not None and (read_uuid(sent) or sent) != id:
        raise IdMismatch("The member id differs from the id in the path.")


def read_removals(raw: bytes, splitter: Splitter) -> list[str]:
    """The ids that a bulk delete names, in their order, as they stand there (sas 9.6).

    Raises JsonFault, TooManyItems and PatchInvalid.
    """
    items = splitter.split(strict.without_mark(raw))
    if items.bare:
        raise JsonFault("not_an_array", 0)
    return [_read_removal(item, index) for index, item in enumerate(items)]


def _read_removal(item: Json, index: int) -> str:
    path = item.get("path") if isinstance(item, dict) and item.get("op") == "remove" else None
    if not isinstance(path, str) or not re.fullmatch("/[^/]+", path):
        raise PatchInvalid(f'Operation {index} is not {{"op":"remove","path":"/<id>"}}.')
    return path[1:]


def read_object(text: bytes) -> Members:
    """The members of an object; raises JsonFault."""
    value = strict.parse(text)
    if not isinstance(value, dict):
        raise JsonFault("not_an_object", 0)
    return value


def choose_policy(query: Query) -> Policy:
    """How a bulk call takes a pair that is taken (sas 9.4); raises ParameterInvalid."""
    match query.first("onConflict"):
        case None:
            return SAS
        case "ignore":
            return SAS_IGNORE
        case "update":
            return SAS_UPDATE
    raise ParameterInvalid("The query parameter onConflict is neither update nor ignore.")


def read_each(items: Sequence[Json], read: Callable[[Json], T]) -> list[T | Refused]:
    """The items of a bulk body in their order; what rows 3 and 7 of sas 9.4 refuse by its shape stands refused."""
    found: list[T | Refused] = []
    for item in items:
        try:
            found.append(read(item))
        except (MemberInvalid, NotFound) as refusal:
            found.append(Refused(refusal))
    return found


def read_item(item: Json) -> Proposal:
    """One item of a bulk body; its ``id`` selects what is to be replaced. Raises MemberInvalid, RelationshipMissing."""
    if not isinstance(item, dict):
        raise MemberInvalid("The item is not an object.")
    id = read_text(item, "id", 0)
    proposal = read_relationship(item)
    if id is None:
        return proposal
    if (selected := read_uuid(id)) is None:
        raise RelationshipMissing(id)
    return proposal._replace(id=selected)


def read_relationship(members: Mapping[str, Json]) -> Proposal:
    """What a body says of a relationship (sas 4.1), its ``id`` aside; raises MemberInvalid."""
    type = read_text(members, "type", 1, wire.MAX_TYPE)
    if type is None:
        raise MemberInvalid("The member type is missing.")
    source = read_text(members, "source", 0, wire.MAX_SOURCE)
    return Proposal(
        None,
        type,
        _read_end(members, "resourceUri", "referenceId", "reference"),
        _read_end(members, "relatedResourceUri", "relatedReferenceId", "relatedReference"),
        NO_FIELDS if source is None else {"assertedBy": source},
    )


def _read_end(members: Mapping[str, Json], uri_member: str, id_member: str, details_member: str) -> Mention:
    entity = read_uri(members, uri_member)
    reference = read_text(members, id_member, 1)
    details = _read_end_details(members, details_member)
    if entity is None and reference is None:
        raise MemberInvalid(f"An end is missing: neither {uri_member} nor {id_member} is there.")
    if reference is not None:
        # What is not a UUID names nothing (sas 1.3): the core won't find it, and says so in its place in the order.
        reference = read_uuid(reference) or cut(reference)
    own = entity is not None and entity.domain == "sas" and entity.type == "resource"
    return Mention(entity, reference, None, details if own else NO_FIELDS)


def read_uri(members: Mapping[str, Json], member: str) -> Entity | None:
    """The entity that a member names; raises MemberInvalid."""
    uri = read_text(members, member, 1)
    if uri is None:
        return None
    try:
        entity = read_sas_uri(uri)
    except SpellingInvalid:
        raise MemberInvalid(f"The member {member} is not a sound foreign URI: {cut(uri)}") from None
    if len(entity.id) > wire.MAX_URI:
        raise MemberInvalid(f"The member {member} is longer than {wire.MAX_URI} characters.")
    return entity


def _read_end_details(members: Mapping[str, Json], member: str) -> Fields:
    value = members.get(member)
    if value is None:
        return NO_FIELDS
    if not isinstance(value, dict):
        raise MemberInvalid(f"The member {member} is not an object.")
    return read_details(value)


def read_details(members: Mapping[str, Json]) -> Fields:
    """The details of a reference (sas 4.2), those that are there; raises MemberInvalid."""
    found = {name: read_text(members, name, 0, most) for name, most in _DETAILS}
    found["analysisTimeStamp"] = _read_time_stamp(members, "analysisTimeStamp")
    return {name: text for name, text in found.items() if text is not None}


def _read_time_stamp(members: Mapping[str, Json], member: str) -> str | None:
    text = read_text(members, member, 0)
    try:
        return None if text is None else wire.show_instant(parameters.read_instant(text))
    except ValueError:
        raise MemberInvalid(f"The member {member} is not a time stamp.") from None


def read_text(members: Mapping[str, Json], member: str, least: int, most: int | None = None) -> str | None:
    """A member that must be a string; ``null`` counts as absent (sas 2)."""
    value = members.get(member)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MemberInvalid(f"The member {member} is not a string.")
    if len(value) < least:
        raise MemberInvalid(f"The member {member} is empty.")
    if most is not None and len(value) > most:
        raise MemberInvalid(f"The member {member} is longer than {most} characters.")
    return value


def name_reference(space: str, end: End) -> str:
    """The reference id of an end of a relationship of this space."""
    return space_name(end.space or space).entity_id(end.entity)


class Presenter:
    """Shows relationships of one space. Made for one answer: it remembers the ends and instants it has shown lately."""

    def __init__(self, space: str) -> None:
        self._space = space
        self._ends: dict[tuple[tuple[str, str, str], str | None], tuple[str, str]] = {}
        self._instants: dict[int, str] = {}

    def show(self, stored: Relationship) -> wire.Relationship:
        """One relationship, whichever format wrote it (sas 1.8, 4.1)."""
        uri, reference = self.show_end(stored.source)
        related_uri, related_reference = self.show_end(stored.target)
        source = stored.fields.get("assertedBy")
        return wire.Relationship(
            stored.id,
            1,
            stored.type,
            source if isinstance(source, str) else UNSET,
            uri,
            reference,
            related_uri,
            related_reference,
            self._show_instant(stored.created.at),
            show_author(stored.created.by),
            self._show_instant(stored.modified.at),
            show_author(stored.modified.by),
            wire.link_relationship(stored.id),
        )

    def show_end(self, end: End) -> tuple[str, str]:
        """The URI of an end and its reference id, which belongs to the space that the entity belongs to (sas 1.7)."""
        who = end[:3], end.space
        known = self._ends.get(who)
        if known is None:
            if len(self._ends) >= MOST_REMEMBERED:
                self._ends.clear()
            known = self._ends[who] = sas_spelling(end.entity), name_reference(self._space, end)
        return known

    def _show_instant(self, at: int) -> str:
        known = self._instants.get(at)
        if known is None:
            if len(self._instants) >= MOST_REMEMBERED:
                self._instants.clear()
            known = self._instants[at] = wire.show_instant(at)
        return known


def show_author(by: Author) -> str | UnsetType:
    """The token's ``user_name``, else its ``sub`` (sas 4.1)."""
    return by.user or by.subject or UNSET


def choose(criteria: Criteria, space: str) -> Wanted:
    """What a list of relationships is asked for."""
    outlines = criteria.choose_by(OUTLINE, kinds.RELATIONSHIP)
    return Wanted(criteria.choose(list_members(space)), criteria.hint, outlines)


def list_members(space: str) -> dict[str, Member[Relationship]]:
    """How the members of a relationship are read, as answers show them (sas 7.1)."""
    readers: dict[str, Callable[[Relationship], Value | None]] = {
        "id": lambda stored: stored.id,
        "type": lambda stored: stored.type,
        "source": lambda stored: _text(stored.fields.get("assertedBy")),
        "resourceUri": lambda stored: sas_spelling(stored.source.entity),
        "referenceId": lambda stored: name_reference(space, stored.source),
        "relatedResourceUri": lambda stored: sas_spelling(stored.target.entity),
        "relatedReferenceId": lambda stored: name_reference(space, stored.target),
        "creationTimeStamp": lambda stored: stored.created.at,
        "createdBy": lambda stored: stored.created.by.user or stored.created.by.subject,
        "modifiedTimeStamp": lambda stored: stored.modified.at,
        "modifiedBy": lambda stored: stored.modified.by.user or stored.modified.by.subject,
        "version": lambda _: 1,
    }
    return {name: Member(kinds.RELATIONSHIP[name], read) for name, read in readers.items()}


OUTLINE: Final[Mapping[str, Member[Outline]]] = {
    "id": Member(kinds.RELATIONSHIP["id"], lambda outline: outline.id),
    "type": Member(kinds.RELATIONSHIP["type"], lambda outline: outline.type),
    "creationTimeStamp": Member(kinds.RELATIONSHIP["creationTimeStamp"], lambda outline: outline.created_at),
    "version": Member(kinds.RELATIONSHIP["version"], lambda _: 1),
}
"""Those of them that an outline tells."""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class Shower:
    """Shows many relationships of one space, some at a time."""

    def __init__(self, space: str) -> None:
        self._presenter = Presenter(space)
        self._encode = msgspec.json.Encoder().encode

    def show_some(self, some: Sequence[Relationship]) -> bytes:
        """Their documents with commas between; encoded one by one, so that a thread never holds on for long."""
        return b",".join([self._encode(self._presenter.show(stored)) for stored in some])


def show_relationship(space: str, stored: Relationship) -> bytes:
    """The document of one relationship."""
    return msgspec.json.encode(Presenter(space).show(stored))


def show_outcomes(space: str, outcomes: Sequence[Outcome]) -> bytes:
    """The answer to a bulk call (sas 9.4)."""
    show = Presenter(space).show
    answers = (each if isinstance(each, Refused) else show(each.relationship) for each in outcomes)
    return show_bulk(answers, wire.BULK_ACCEPT, wire.BULK_LINKS)
