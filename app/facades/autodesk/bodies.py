"""The bodies of this format's calls as core values, with all their faults together (autodesk 2.5, 6 to 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from app.core.criteria import Criteria, Pattern
from app.core.identity import is_second_identity, read_uuid
from app.core.model import Entity, Mention, Proposal
from app.facades.autodesk import wire
from app.facades.autodesk.parameters import quote, read_text, settle
from app.facades.autodesk.wire import FieldFault, Title
from app.facades.strict import JsonFault, parse

if TYPE_CHECKING:
    from app.core.criteria import Life
    from app.facades.strict import Json, Splitter

RELATED: Final = "related"


class SyncRequest(NamedTuple):
    """A token to follow, or the criteria of a first call."""

    token: str
    criteria: Criteria


class StatusRequest(NamedTuple):
    """A token to judge; ``reference`` is None where none was sent."""

    token: str
    reference: str | None


def _split(raw: bytes, splitter: Splitter, faults: list[FieldFault]) -> list[Json]:
    """The items of an array, counted before any is parsed; raises JsonFault or TooManyItems."""
    items = splitter.split(raw)
    values = list(items)
    if items.bare:
        raise JsonFault("not_an_array", 0)
    if not values:
        faults.append(FieldFault("body", Title.TOO_FEW, f"[] holds no item; send 1 to {splitter.limit}."))
    return values


def _parse_object(raw: bytes) -> dict[str, Json]:
    value = parse(raw)
    if not isinstance(value, dict):
        raise JsonFault("not_an_object", 0)
    return value


def read_proposals(raw: bytes, splitter: Splitter) -> list[Proposal]:
    """The items of a PUT (autodesk 6.1), counted before any is parsed.

    Raises JsonFault, TooManyItems, or BadInput with the faults of all items together.
    """
    faults: list[FieldFault] = []
    values = _split(raw, splitter, faults)
    proposals = [_read_proposal(value, f"[{index}]", faults) for index, value in enumerate(values)]
    settle(faults)
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
    entity = _read_triple(value, place, faults)
    if entity is None or not is_second_identity(entity):
        return entity
    # autodesk 5: the foreign spelling of another entity; storing it would give that one a second identity.
    detail = f"{quote(entity.id)} spells another format's entity; send that entity's own domain, type and id."
    faults.append(FieldFault(f"{place}.id", Title.RESERVED, detail))
    return None


def _read_triple(value: Json, place: str, faults: list[FieldFault]) -> Entity | None:
    if not isinstance(value, dict):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an object with domain, type and id."))
        return None
    parts = [_read_name(value.get(name), name, f"{place}.{name}", faults) for name in wire.MAX_LENGTHS]
    return Entity(*parts) if all(parts) else None


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


def read_ids(raw: bytes, splitter: Splitter) -> list[str]:
    """The ids of a batch or a deletion, repeats included (autodesk 6.2, 7.2)."""
    faults: list[FieldFault] = []
    values = _split(raw, splitter, faults)
    ids = [_read_id(value, f"[{index}]", faults) for index, value in enumerate(values)]
    settle(faults)
    return ids


def _read_id(value: Json, place: str, faults: list[FieldFault]) -> str:
    id = read_uuid(value) if isinstance(value, str) else None
    if id is None:
        title = Title.INVALID_VALUE if isinstance(value, str) else Title.WRONG_TYPE
        faults.append(FieldFault(place, title, f"{quote(value)} is not a UUID; send the id of a relationship."))
    return id or ""


def read_intersect(raw: bytes, life: Life) -> Criteria:
    """The two sides of an intersection (autodesk 7.4)."""
    body = _parse_object(raw)
    faults: list[FieldFault] = []
    entities = _list_side(body.get("entities"), "entities", faults)
    partners = _list_side(body["withEntities"], "withEntities", faults) if body.get("withEntities") is not None else []
    settle(faults)
    triples = [_read_triple(value, f"entities[{index}]", faults) for index, value in enumerate(entities)]
    far = [_read_pattern(value, f"withEntities[{index}]", faults) for index, value in enumerate(partners)]
    settle(faults)
    near = tuple(Pattern(*triple) for triple in triples if triple is not None)
    return Criteria(near, tuple(pattern for pattern in far if pattern is not None), life=life)


def _list_side(value: Json, place: str, faults: list[FieldFault], of: str = "entities") -> list[Json]:
    """A list of 1 to 20 elements, counted before any of them is looked at."""
    if value is None:
        faults.append(FieldFault(place, Title.REQUIRED, f"Send an array of 1 to {wire.MAX_SIDE} {of}."))
        return []
    if not isinstance(value, list):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an array of {of}."))
        return []
    if not 1 <= len(value) <= wire.MAX_SIDE:
        title = Title.TOO_MANY if value else Title.TOO_FEW
        faults.append(FieldFault(place, title, f"The array holds {len(value)} {of}; send 1 to {wire.MAX_SIDE}."))
    return value


def _read_pattern(value: Json, place: str, faults: list[FieldFault]) -> Pattern | None:
    """A domain, a kind or a triple: what is said must be said from the domain on."""
    if not isinstance(value, dict):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an object with a domain."))
        return None
    said = [name for name in wire.MAX_LENGTHS if value.get(name) is not None]
    depth = max((list(wire.MAX_LENGTHS).index(name) + 1 for name in said), default=1)
    parts: list[str] = []
    for name in list(wire.MAX_LENGTHS)[:depth]:
        if name not in said and said:
            detail = f"{said[-1]} {quote(value[said[-1]])} says nothing without {name}; send both."
            faults.append(FieldFault(f"{place}.{name}", Title.MISSING_QUALIFIER, detail))
            parts.append("")
        else:
            parts.append(_read_name(value.get(name), name, f"{place}.{name}", faults))
    return Pattern(*parts) if all(parts) else None


def read_sync(raw: bytes) -> SyncRequest:
    """What a sync follows (autodesk 9.2); filters beside a token are not looked at."""
    body = _parse_object(raw)
    faults: list[FieldFault] = []
    token = read_text(body.get("syncToken"), "syncToken", faults) or ""
    check_token(token, "syncToken", faults)
    settle(faults)
    if token:
        return SyncRequest(token, Criteria())
    domains = _read_domains(body.get("filters"), faults)
    settle(faults)
    return SyncRequest("", Criteria(near=tuple(Pattern(domain) for domain in domains)))


def check_token(token: str, place: str, faults: list[FieldFault]) -> None:
    """Adds a fault for a token that is too long to be one."""
    if len(token) > wire.MAX_SYNC_TOKEN:
        detail = f"{quote(token)} has {len(token)} characters; a sync token has at most {wire.MAX_SYNC_TOKEN}."
        faults.append(FieldFault(place, Title.TOO_LONG, detail))


def _read_domains(filters: Json, faults: list[FieldFault]) -> list[str]:
    if filters is None:
        faults.append(FieldFault("body", Title.REQUIRED, "Send a syncToken, or filters with domains for a first sync."))
        return []
    if not isinstance(filters, dict):
        faults.append(FieldFault("filters", Title.WRONG_TYPE, f"{quote(filters)} is not an object with domains."))
        return []
    values = _list_side(filters.get("domains"), "filters.domains", faults, "domains")
    if faults:
        return []
    return [_read_name(value, "domain", f"filters.domains[{index}]", faults) for index, value in enumerate(values)]


def read_status(raw: bytes, splitter: Splitter) -> list[StatusRequest]:
    """The tokens to judge; none for an empty body (autodesk 9.3)."""
    if not raw:
        return []
    faults: list[FieldFault] = []
    items = splitter.split(raw)
    if items.bare:
        raise JsonFault("not_an_array", 0)
    asked = [_read_status(value, f"[{index}]", faults) for index, value in enumerate(items)]
    settle(faults)
    return asked


def _read_status(value: Json, place: str, faults: list[FieldFault]) -> StatusRequest:
    if not isinstance(value, dict):
        faults.append(FieldFault(place, Title.WRONG_TYPE, f"{quote(value)} is not an object with a syncToken."))
        return StatusRequest("", None)
    if value.get("syncToken") is None:
        faults.append(FieldFault(f"{place}.syncToken", Title.REQUIRED, "Send the sync token to judge."))
    token = read_text(value.get("syncToken"), f"{place}.syncToken", faults) or ""
    check_token(token, f"{place}.syncToken", faults)
    reference = read_text(value.get("referenceId"), f"{place}.referenceId", faults)
    if reference is not None and len(reference) > wire.MAX_REFERENCE:
        detail = f"{quote(reference)} has {len(reference)} characters; send at most {wire.MAX_REFERENCE}."
        faults.append(FieldFault(f"{place}.referenceId", Title.TOO_LONG, detail))
    return StatusRequest(token, reference)
