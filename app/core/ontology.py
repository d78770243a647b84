"""Type ids of the Brick grammar: what they say about things, and what the checks of a space find (apollo 13).

A type id is ``{collection}__{relation}``, or that with ``_{SourceRoot}_{TargetRoot}`` behind it; the type of an entity is
``{collection}__{class}``. What follows from types alone is worked out once for each combination and remembered: ten
thousand items of an upload have a few dozen.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from app.core import relations
from app.core.catalogue import DEFAULT_VERSION, read_catalogue
from app.core.model import NO_FIELDS, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.model import EntityRecord, Fields, Json, Proposal

_TYPE_ID = re.compile(
    r"(?P<collection>[A-Za-z](?:[A-Za-z0-9]|_(?!_))*)__(?P<relation>[a-z][A-Za-z0-9]*)"
    r"(?:_(?P<source>[A-Za-z][A-Za-z0-9]*)_(?P<target>[A-Za-z][A-Za-z0-9]*))?\Z"
)
_CLASS_ID = re.compile(r"(?P<collection>[A-Za-z](?:[A-Za-z0-9]|_(?!_))*)__(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\Z")
MOST_WARNINGS: Final = 10
DEFAULT_SETTINGS: Final[Fields] = {
    "brickVersion": DEFAULT_VERSION,
    "types": "off",
    "references": "off",
    "ontology": "warn",
}
"""What a space does that says nothing else (apollo 10)."""


class Checks(NamedTuple):
    """What a space checks, each off, warn or enforce, and by which version of the ontology (apollo 10, 13.3).

    In the order of ``DEFAULT_SETTINGS``.
    """

    brick_version: str
    types: str
    references: str
    ontology: str

    @classmethod
    def of(cls, settings: Fields) -> Checks:
        """Those of a space with these settings."""
        return cls(*(str(settings.get(name, usual)) for name, usual in DEFAULT_SETTINGS.items()))


_ENDS: Final = {"source": "brickSource", "target": "brickDestination"}


class TypeId(NamedTuple):
    """A relationship type id, taken apart; the roots are None where it spells none."""

    collection: str
    relation: str
    source_root: str | None
    target_root: str | None


class Standing(NamedTuple):
    """What an entity type says about its class: the schema collection, its root, all it is a kind of, as type ids."""

    collection: str | None = None
    root: str | None = None
    kinds: tuple[str, ...] = ()


Checked = tuple[Finding | None, tuple[Finding, ...]]
"""The finding that refuses the item, if a check is set to ``enforce``, and the warnings."""
_CLEAN: Final[Checked] = (None, ())


@lru_cache(maxsize=4096)
def read_type(type: str) -> TypeId | None:
    """The parts of a type id; None for a type outside the grammar, which is legal and fills nothing (apollo 13.1)."""
    match = _TYPE_ID.match(type) if type.count("__") == 1 else None
    return TypeId(*match.group("collection", "relation", "source", "target")) if match else None


@lru_cache(maxsize=4096)
def read_class(type: str) -> tuple[str, str] | None:
    """The schema collection and the class that an entity type names; None for one outside the grammar (apollo 13.1)."""
    match = _CLASS_ID.match(type) if type.count("__") == 1 else None
    return (match["collection"], match["name"]) if match else None


@lru_cache(maxsize=4096)
def place(type: str, version: str = DEFAULT_VERSION) -> Standing:
    """Where an entity type stands in the ontology: unknown parts are None or empty (apollo 4.2, ``schemaMetadata``)."""
    parts = read_class(type)
    if parts is None:
        return Standing()
    (collection, name), catalogue = parts, read_catalogue(version)
    root = catalogue.root(name)
    if root is None:
        return Standing(collection)
    kinds = tuple(f"{collection}__{kind}" for kind in sorted(catalogue.ancestors(name)))
    return Standing(collection, f"{collection}__{root}", kinds)


def derive(
    type: str, source_type: str | None = None, target_type: str | None = None, version: str = DEFAULT_VERSION
) -> Fields:
    """The brick properties that a type id implies for ends of these types; None: not declared (apollo 13.2).

    The mapping is shared: nobody changes it.
    """
    return _derive(type, source_type, target_type, version)


@lru_cache(maxsize=16_384)
def _derive(type: str, source_type: str | None, target_type: str | None, version: str) -> Fields:
    parts = read_type(type)
    if parts is None:
        return NO_FIELDS
    derived: dict[str, Json] = {
        "brickRelationshipName": parts.relation,
        "brickRelationshipType": f"{parts.collection}__{parts.relation}",
    }
    for end, spelled, declared in (
        ("source", parts.source_root, source_type),
        ("target", parts.target_root, target_type),
    ):
        root = place(declared, version).root if declared is not None else None
        if root is None and spelled is not None:
            root = f"{parts.collection}__{spelled}"
        if root is not None:
            derived[f"{_ENDS[end]}EntityType"] = root
        if declared is not None:
            derived[f"{_ENDS[end]}EntitySubType"] = declared
    return derived


def complete(proposal: Proposal, source_type: str | None, target_type: str | None, version: str) -> Fields:
    """The fields of a new relationship: those sent, and the brick properties that were not (apollo 13.2)."""
    filled = _derive(proposal.type, source_type, target_type, version)
    return {**filled, **proposal.fields} if filled else proposal.fields


def check(
    proposal: Proposal, source_type: str | None, target_type: str | None, checks: Checks, *, moved: bool = False
) -> Checked:
    """What the space's checks say of a relationship that is created, revived or, if ``moved``, gets other ends.

    Stated by apollo 13.3: the first finding of a check that is enforced refuses the item; the others are warnings. Types
    are those of the ends as declared, see ``declared_type``.
    """
    version, types, references, ontology = checks
    found: list[Finding] = []
    if types != "off" and not moved and not _knows_relation(version, proposal.type):
        finding = Finding("UnknownType", "type", "The relationship type is not a known one")
        if types == "enforce":
            return finding, ()
        found.append(finding)
    if references != "off":
        missing = _list_undeclared(source_type, target_type)
        if missing and references == "enforce":
            return missing[0], ()
        found += missing
    if ontology != "off" and (violations := _list_violations(proposal, source_type, target_type, version)):
        if ontology == "enforce":
            return violations[0], ()
        found += violations
    return (None, tuple(found[:MOST_WARNINGS])) if found else _CLEAN


def check_entity(type: str, checks: Checks) -> Checked:
    """What the space's checks say of an entity of this type that is created or revived (apollo 13.3)."""
    if checks.types == "off" or _class_in(checks.brick_version, type) is not None:
        return _CLEAN
    finding = Finding("UnknownType", "entityType", "The entity type is not a known class")
    return (finding, ()) if checks.types == "enforce" else (None, (finding,))


def declared_type(record: EntityRecord | None) -> str | None:
    """The type of an end that is declared and live; None for any other."""
    return record.kind if record is not None and record.declared and record.deleted_at is None else None


def _knows_relation(version: str, type: str) -> bool:
    parts = read_type(type)
    return parts is not None and relations.is_known(version, parts.relation)


def _list_undeclared(source_type: str | None, target_type: str | None) -> list[Finding]:
    ends = (("source", source_type), ("target", target_type))
    return [Finding("EntityNotFound", end, "The entity is not declared") for end, type in ends if type is None]


def _list_violations(
    proposal: Proposal, source_type: str | None, target_type: str | None, version: str
) -> Sequence[Finding]:
    """In the order in which one item reports them: its ends, then the brick properties (apollo 3)."""
    derived = _derive(proposal.type, source_type, target_type, version)
    if not derived:
        return ()
    one, other = proposal.source, proposal.target
    loop = one.entity == other.entity and one.space == other.space
    misfits = _list_misfits(proposal.type, source_type, target_type, version, loop)
    differing = [field for field, value in proposal.fields.items() if derived.get(field, value) != value]
    if not differing:
        return misfits
    return [*misfits, *(_violation(f, f"{f} differs from what the types say: {derived[f]}") for f in differing)]


@lru_cache(maxsize=16_384)
def _list_misfits(
    type: str, source_type: str | None, target_type: str | None, version: str, loop: bool
) -> tuple[Finding, ...]:
    """The ends that a relation of the catalogue does not allow; an end whose class is not known is skipped."""
    parts, catalogue = read_type(type), read_catalogue(version)
    if parts is None or not relations.is_known(version, parts.relation):
        return ()
    found: list[Finding] = []
    if loop:
        found.append(_violation("target", "Source and destination are the same"))
    source, target = _class_in(version, source_type), _class_in(version, target_type)
    for end, name, root in (("source", source, parts.source_root), ("target", target, parts.target_root)):
        if name is not None and root is not None and catalogue.knows(root) and not catalogue.is_kind(name, root):
            found.append(_violation(end, f"{name} is no kind of {root}, as the relationship type says"))
    for end, demand in relations.find_misfits(catalogue, parts.relation, source, target):
        name = source if end == "source" else target
        found.append(_violation(end, f"{name} can't be the {end} of {parts.relation} here; it takes {demand}"))
    return tuple(sorted(found, key=lambda finding: finding.field))


def _violation(field: str, message: str) -> Finding:
    return Finding("OntologyViolation", field, message)


@lru_cache(maxsize=4096)
def _class_in(version: str, type: str | None) -> str | None:
    """The class that an entity type names, if the version's catalogue has it."""
    parts = read_class(type) if type is not None else None
    return parts[1] if parts is not None and read_catalogue(version).knows(parts[1]) else None
