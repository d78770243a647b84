"""Type ids of the Brick grammar: what they say about a relationship, and what the checks of a space find.

Stated by apollo 13: a type id is ``{collection}__{relation}``, or that with ``_{SourceRoot}_{TargetRoot}`` behind it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from app.core.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.core.model import EntityRecord, Fields, Json, Proposal

_TYPE_ID = re.compile(
    r"(?P<collection>[A-Za-z](?:[A-Za-z0-9]|_(?!_))*)__(?P<relation>[a-z][A-Za-z0-9]*)"
    r"(?:_(?P<source>[A-Za-z][A-Za-z0-9]*)_(?P<target>[A-Za-z][A-Za-z0-9]*))?\Z"
)
_CLASS_ID = re.compile(r"(?P<collection>[A-Za-z](?:[A-Za-z0-9]|_(?!_))*)__(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\Z")
MOST_WARNINGS = 10
DEFAULT_MODES: Fields = {"types": "off", "references": "off", "ontology": "warn"}

# Apollo 13.4, both names of each pair, the default catalogue (1.2.1).
RELATIONS = frozenset(
    {
        "hasPart",
        "isPartOf",
        "feeds",
        "isFedBy",
        "hasPoint",
        "isPointOf",
        "isLocationOf",
        "hasLocation",
        "measures",
        "isMeasuredBy",
        "regulates",
        "isRegulatedBy",
        "hasTag",
        "isTagOf",
        "hasAssociatedTag",
        "isAssociatedWith",
        "hasInputSubstance",
        "hasOutputSubstance",
        "hasUnit",
    }
)


class TypeId(NamedTuple):
    """A relationship type id, taken apart; the roots are None where it spells none."""

    collection: str
    relation: str
    source_root: str | None
    target_root: str | None


@lru_cache(maxsize=4096)
def read_type(type: str) -> TypeId | None:
    """The parts of a type id; None for a type outside the grammar, which is legal and fills nothing (apollo 13.1)."""
    match = _TYPE_ID.match(type) if type.count("__") == 1 else None
    return TypeId(*match.group("collection", "relation", "source", "target")) if match else None


def read_class(type: str) -> tuple[str, str] | None:
    """The schema collection and the class that an entity type names; None for one outside the grammar (apollo 13.1)."""
    match = _CLASS_ID.match(type) if type.count("__") == 1 else None
    return (match["collection"], match["name"]) if match else None


@lru_cache(maxsize=4096)
def derive(type: str) -> Fields:
    """The brick properties that a type id implies for ends of unknown class (apollo 13.2)."""
    parts = read_type(type)
    if parts is None:
        return {}
    derived: dict[str, Json] = {
        "brickRelationshipName": parts.relation,
        "brickRelationshipType": f"{parts.collection}__{parts.relation}",
    }
    if parts.source_root and parts.target_root:
        derived["brickSourceEntityType"] = f"{parts.collection}__{parts.source_root}"
        derived["brickDestinationEntityType"] = f"{parts.collection}__{parts.target_root}"
    return derived


def derive_with(type: str, source: EntityRecord | None, target: EntityRecord | None) -> Fields:
    """The brick properties that a type id implies for these ends: a declared entity says its type (apollo 13.2)."""
    derived = derive(type)
    declared: dict[str, Json] = {}
    if source is not None and source.declared:
        declared["brickSourceEntitySubType"] = source.kind
    if target is not None and target.declared:
        declared["brickDestinationEntitySubType"] = target.kind
    return {**derived, **declared} if derived and declared else derived


def complete(proposal: Proposal, source: EntityRecord | None, target: EntityRecord | None) -> Fields:
    """The fields of a new relationship: those sent, and the brick properties that were not (apollo 13.2)."""
    return {**derive_with(proposal.type, source, target), **proposal.fields}


def check(
    proposal: Proposal, source: EntityRecord | None, target: EntityRecord | None, settings: Fields
) -> tuple[Finding | None, tuple[Finding, ...]]:
    """The finding that refuses the item, if a check is set to ``enforce``, and the warnings (apollo 13.3)."""
    modes = {**DEFAULT_MODES, **settings}
    warnings: list[Finding] = []
    for setting, finding in _findings(proposal, source, target, modes):
        if modes[setting] == "enforce":
            return finding, ()
        warnings.append(finding)
    return None, tuple(warnings[:MOST_WARNINGS])


def _findings(
    proposal: Proposal, source: EntityRecord | None, target: EntityRecord | None, modes: Fields
) -> list[tuple[str, Finding]]:
    """Every finding of a check that is on, with its setting, in the order in which an item reports them (apollo 3)."""
    parts = read_type(proposal.type)
    known = parts is not None and parts.relation in RELATIONS
    found: list[tuple[str, Finding]] = []
    if modes["types"] != "off" and not known:
        found.append(("types", Finding("UnknownType", "type", "The relationship type is not a known one")))
    if modes["references"] != "off":
        found += [("references", finding) for finding in _undeclared(source, target)]
    if modes["ontology"] != "off":
        found += [("ontology", finding) for finding in _violations(proposal, source, target, known=known)]
    return found


def _undeclared(source: EntityRecord | None, target: EntityRecord | None) -> Iterator[Finding]:
    for field, record in (("source", source), ("target", target)):
        if record is None or not record.declared or record.deleted_at is not None:
            yield Finding("EntityNotFound", field, "The entity is not declared")


def _violations(
    proposal: Proposal, source: EntityRecord | None, target: EntityRecord | None, *, known: bool
) -> Iterator[Finding]:
    one, other = proposal.source, proposal.target
    if known and one.entity == other.entity and one.space == other.space:
        yield Finding("OntologyViolation", "target", "Source and destination are the same")
    for field, value in derive_with(proposal.type, source, target).items():
        if proposal.fields.get(field, value) != value:
            yield Finding("OntologyViolation", field, f"{field} differs from what the relationship type says")
