"""Autodesk's wire to core values and back; pure. Errors are rendered in ``render``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from app.core.access import Right
from app.core.errors import Conflicting, PairNotWritable, RelationshipMissing
from app.core.identity import is_second_identity, read_uuid
from app.core.model import Author, Created, Entity, Mention, Proposal, Refused, Replaced, Unchanged
from app.core.relate import Origin
from app.facades.autodesk import wire
from app.facades.autodesk.wire import FieldFault, Title
from app.facades.faults import BadRequest, MediaTypeUnusable
from app.facades.strict import JsonFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import Headers

    from app.core.access import Caller
    from app.core.model import End, Outcome, Relationship
    from app.core.store import SpaceView
    from app.facades.autodesk.writable import Writable
    from app.facades.strict import Json, Splitter

RELATED = "related"
ENTITY_FIELDS = ("domain", "type", "id")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = re.compile(r'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*', re.IGNORECASE)
_BOOKMARK = re.compile(r"[A-Za-z0-9._~=-]{1,16384}")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_SURROGATES = re.compile("[\ud800-\udfff]")


class BadInput(BadRequest):
    """Parameters, headers or a body that can't be used: ``faults``, in request order, all of them."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        super().__init__(f"{len(faults)} values can't be used")
        self.faults = tuple(faults)


class PairsOutside(PairNotWritable):
    """The pairs themselves, beside the ``indexes`` of their items."""

    def __init__(self, offending: Sequence[tuple[int, Entity, Entity]]) -> None:
        super().__init__([index for index, _, _ in offending])
        self.offending = tuple(offending)


class Address(NamedTuple):
    """What a path and its headers name. ``bookmark`` is set on reads only."""

    container: str
    relationship: str
    bookmark: str | None


class Viewer(NamedTuple):
    """Who looks, as far as ``isReadOnly`` depends on it (autodesk 4.2)."""

    writes: bool
    writable: Writable


def quote(value: object) -> str:
    """A bad value as it may be shown: its first 200 characters, without lone surrogates."""
    text = f"'{_cut(value)}'" if isinstance(value, str) else _cut(msgspec.json.encode(value).decode())
    return _SURROGATES.sub("\ufffd", text)


def _cut(text: str) -> str:
    return text if len(text) <= wire.MAX_QUOTED else text[: wire.MAX_QUOTED] + "…"


def read_address(path: Mapping[str, str], query: bytes, headers: Headers, *, right: Right) -> Address:
    """Path, query and headers of one call; raises BadInput with the faults of all of them together (autodesk 2.1)."""
    faults: list[FieldFault] = []
    ids = {name: _read_id(name, path[name], faults) for name in wire.PATH_PARAMETERS if name in path}
    _check_query(query, faults)
    _check_region(", ".join(headers.getlist(wire.REGION)), faults)
    bookmark = _read_bookmark(headers, faults) if right is Right.READONLY else None
    if faults:
        raise BadInput(faults)
    return Address(ids["containerId"], ids.get("relationshipId", ""), bookmark)


def _read_id(name: str, text: str, faults: list[FieldFault]) -> str:
    id = read_uuid(text)
    if id is None:
        prefixed = name == "containerId" and text.startswith("b.")
        hint = "; drop the 'b.' prefix." if prefixed else "; send 8-4-4-4-12 hexadecimal digits."
        faults.append(FieldFault(name, Title.INVALID_VALUE, f"{quote(text)} is not a UUID{hint}"))
    return id or ""


def _check_query(query: bytes, faults: list[FieldFault]) -> None:
    """Unknown names are ignored, but what can't be decoded might have been a known one (autodesk 2.4)."""
    for pair in filter(None, query.split(b"&")):
        try:
            sound = not _BROKEN_ESCAPE.search(pair) and "\0" not in unquote_to_bytes(pair).decode()
        except UnicodeDecodeError:
            sound = False
        if not sound:
            name, _, value = pair.decode("latin-1").partition("=")
            faults.append(
                FieldFault(_cut(name), Title.INVALID_VALUE, f"{quote(value)} can't be percent-decoded to text.")
            )


def _check_region(region: str, faults: list[FieldFault]) -> None:
    if region and region.upper() not in wire.REGIONS:
        detail = f"{quote(region)} is no region; leave the header out or send one of {', '.join(sorted(wire.REGIONS))}."
        faults.append(FieldFault(wire.REGION, Title.INVALID_VALUE, detail))


def _read_bookmark(headers: Headers, faults: list[FieldFault]) -> str | None:
    text = headers.get(wire.CONSISTENCY_TOKEN)
    if text and not _BOOKMARK.fullmatch(text):
        detail = f"{quote(text)} is no consistency token; send one as a write returned it."
        faults.append(FieldFault(wire.CONSISTENCY_TOKEN, Title.INVALID_TOKEN, detail))
    return text or None


def check_media_type(headers: Headers) -> None:
    """Raises MediaTypeUnusable unless the body is labelled as uncompressed JSON in UTF-8 (autodesk 2.3)."""
    encoding = ", ".join(headers.getlist("content-encoding"))
    if not _JSON.fullmatch(", ".join(headers.getlist("content-type"))) or encoding.lower() not in ("", "identity"):
        raise MediaTypeUnusable("not plain application/json")


def read_proposals(raw: bytes, splitter: Splitter) -> list[Proposal]:
    """The items of a PUT (autodesk 6.1), counted before any is parsed.

    Raises JsonFault, TooManyItems, or BadInput with the faults of all items together.
    """
    items = splitter.split(raw)
    values = list(items)
    if items.bare:
        raise JsonFault("not_an_array", 0)
    faults: list[FieldFault] = []
    if not values:
        faults.append(FieldFault("body", Title.TOO_FEW, f"[] holds no item; send 1 to {wire.MAX_ITEMS}."))
    proposals = [_read_proposal(value, f"[{index}]", faults) for index, value in enumerate(values)]
    if faults:
        raise BadInput(faults)
    return [proposal for proposal in proposals if proposal is not None]


def _read_proposal(value: Json, place: str, faults: list[FieldFault]) -> Proposal | None:
    if not isinstance(value, dict):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an object with entities."))
        return None
    id = _read_proposed_id(value.get("id"), f"{place}.id", faults)
    ends = _read_ends(value.get("entities"), f"{place}.entities", faults)
    return ends and Proposal(id, RELATED, Mention(ends[0]), Mention(ends[1]))


def _read_proposed_id(value: Json, place: str, faults: list[FieldFault]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not a string; send a UUID or nothing."))
        return None
    id = read_uuid(value)
    if id is None:
        faults.append(
            FieldFault(place, Title.INVALID_VALUE, f"{quote(value)} is not a UUID; correct it or leave it out.")
        )
    return id


def _read_ends(value: Json, place: str, faults: list[FieldFault]) -> tuple[Entity, Entity] | None:
    if value is None:
        faults.append(FieldFault(place, Title.REQUIRED, "Send the two entities to relate."))
    elif not isinstance(value, list):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an array of two entities."))
    elif len(value) != 2:
        title = Title.TOO_FEW if len(value) < 2 else Title.TOO_MANY
        faults.append(FieldFault(place, title, f"{quote(value)} holds {len(value)} entities; send exactly 2."))
    else:
        one, other = (read_entity(end, f"{place}[{index}]", faults) for index, end in enumerate(value))
        if one is None or other is None:
            return None
        if one != other:
            return one, other
        faults.append(FieldFault(place, Title.NOT_DISTINCT, f"{quote(value)} names one entity twice; send two."))
    return None


def read_entity(value: Json, place: str, faults: list[FieldFault]) -> Entity | None:
    """A fully qualified EntityRef (autodesk 4.1); None where something was added to ``faults``."""
    if not isinstance(value, dict):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an object with domain, type and id."))
        return None
    parts = [_read_name(value.get(name), name, f"{place}.{name}", faults) for name in ENTITY_FIELDS]
    if not all(parts):
        return None
    entity = Entity(*parts)
    if not is_second_identity(entity):
        return entity
    # autodesk 5: the foreign spelling of another entity; storing it would give that one a second identity.
    detail = f"{quote(entity.id)} spells another format's entity; send that entity's own domain, type and id."
    faults.append(FieldFault(f"{place}.id", Title.RESERVED, detail))
    return None


def _read_name(value: Json, name: str, place: str, faults: list[FieldFault]) -> str:
    longest = wire.MAX_LENGTHS[name]
    if value is None:
        fault = FieldFault(place, Title.REQUIRED, f"Send a string of 1 to {longest} characters.")
    elif not isinstance(value, str):
        fault = FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not a string.")
    elif not value:
        fault = FieldFault(place, Title.TOO_SHORT, f"'' is too short; send 1 to {longest} characters.")
    elif len(value) > longest:
        fault = FieldFault(
            place, Title.TOO_LONG, f"{quote(value)} has {len(value)} characters; send at most {longest}."
        )
    else:
        return value
    faults.append(fault)
    return ""


def require_writable(proposals: Sequence[Proposal], writable: Writable) -> None:
    """Raises PairsOutside with every item whose pair of kinds the table doesn't hold, stored or not (autodesk 6.1)."""
    offending = [
        (index, one, other)
        for index, (one, other) in enumerate((p.source.entity, p.target.entity) for p in proposals)
        if one is not None and other is not None and not writable.allows(one, other)
    ]
    if offending:
        raise PairsOutside(offending)


def name_origin(caller: Caller, request_id: str) -> Origin:
    """Whom a write is stored under, and what it is found by."""
    by = Author(user=caller.user, subject=caller.subject, client=caller.client, service=caller.is_service)
    return Origin(by=by, principal=caller.principal, request_id=request_id)


def name_viewer(caller: Caller, view: SpaceView, writable: Writable) -> Viewer:
    """Who looks; a space that is not there yet will be its first writer's."""
    held = max(view.right or 0, caller.blanket or 0)
    return Viewer(not view.exists or held >= Right.READWRITE, writable)


@lru_cache(maxsize=1024)  # one call's rows, and the ends that it recorded, share their instant
def show_instant(at: int) -> str:
    """Six digits and ``+00:00``, always (autodesk 4.2)."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")


def show_relationship(relationship: Relationship, viewer: Viewer) -> wire.Relationship:
    """A relationship of any format: no type, no direction, no author."""
    source, target = relationship.source, relationship.target
    deleted_at = relationship.deleted_at
    return wire.Relationship(
        id=relationship.id,
        created_on=show_instant(relationship.created.at),
        is_read_only=not viewer.writes or not viewer.writable.allows(source.entity, target.entity),
        is_service=relationship.created.by.service,
        is_deleted=deleted_at is not None,
        deleted_on=msgspec.UNSET if deleted_at is None else show_instant(deleted_at),
        entities=(_show_end(source), _show_end(target)),
    )


def _show_end(end: End) -> wire.Entity:
    return wire.Entity(show_instant(end.recorded_at), *end.entity)


def show_found(found: Relationship | None, address: Address, viewer: Viewer) -> wire.Relationship:
    """What operation 2 answers, deleted or not; raises RelationshipMissing for None."""
    if found is None:
        raise RelationshipMissing(address.relationship)
    return show_relationship(found, viewer)


def show_outcomes(
    proposals: Sequence[Proposal], outcomes: Sequence[Outcome], viewer: Viewer
) -> list[wire.Relationship] | wire.Conflicts:
    """One entry per item in request order, or, if any item conflicts, the partial result (autodesk 6.1)."""
    success: list[wire.Relationship] = []
    conflict: list[wire.Conflict] = []
    for proposal, outcome in zip(proposals, outcomes, strict=True):
        match outcome:
            case Created(relationship) | Unchanged(relationship) | Replaced(relationship):
                success.append(show_relationship(relationship, viewer))
            case Refused(Conflicting() as error) if proposal.id is not None:
                conflict.append(wire.Conflict(proposal.id, show_relationship(error.actual, viewer)))
            case _:
                raise TypeError(f"autodesk 6.1 knows no outcome {outcome!r}")
    if not conflict:
        return success
    return wire.Conflicts(conflict, success, "Conflict", "Conflict", _describe_conflicts(len(conflict), len(success)))


def _describe_conflicts(conflicts: int, stored: int) -> str:
    clash = "item conflicts" if conflicts == 1 else "items conflict"
    rest = {0: "nothing was stored", 1: "the other was stored"}.get(stored, f"the other {stored} were stored")
    return f"{conflicts} of {conflicts + stored} {clash} with a stored relationship; {rest}. Use `actual` in its place."
