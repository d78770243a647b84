"""The relations of the Brick ontology, by version: which are known, and what their ends must be (apollo 13.4).

What an end must be is written as words with blanks between: a class counts if it is a kind of any of them. ``A-B`` is a
kind of A that is no kind of B, ``!A`` anything that is no kind of A, the empty text anything at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.core.catalogue import Catalogue

_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    version: frozenset(names.split())
    for version, names in {
        "1.0.2": """
            hasPart isPartOf feeds isFedBy hasPoint isPointOf contains isLocatedIn controls isControlledBy hasInput
            isInputOf hasOutput isOutputOf hasTagSet isTagSetOf hasToken isTokenOf hasMeasurement isMeasuredBy hasTag
            isTagOf
            """,
        "1.2.1": """
            hasPart isPartOf feeds isFedBy hasPoint isPointOf isLocationOf hasLocation measures isMeasuredBy regulates
            isRegulatedBy hasTag isTagOf hasAssociatedTag isAssociatedWith hasInputSubstance hasOutputSubstance hasUnit
            """,
        "1.5.0": """
            hasPart isPartOf feeds isFedBy hasPoint isPointOf isLocationOf hasLocation controls isControlledBy meters
            isMeteredBy hasSubMeter isSubMeterOf hosts isHostedBy hasTag isTagOf hasAssociatedTag isAssociatedWith
            hasInputSubstance hasOutputSubstance hasUnit hasQuantity hasSubstance
            """,
    }.items()
}


class Ends(NamedTuple):
    """What a relation demands: of its source, and of its target, for each sort of source (any of them where empty).

    A row restricts only the sources that it names; all rows that fit a source hold together.
    """

    source: str = ""
    rows: tuple[tuple[str, str], ...] = ()


_TO_POINT: Final = Ends("", (("", "Point"),))
_OF_POINT: Final = Ends("Point")
_METERED: Final = "Equipment-Meter Location Collection"
_RULES: Final[Mapping[str, Mapping[str, Ends]]] = {
    "1.0.2": {"hasPoint": _TO_POINT, "isPointOf": _OF_POINT},
    "1.2.1": {
        "hasPoint": _TO_POINT,
        "isPointOf": _OF_POINT,
        "hasLocation": Ends("", (("", "Location"),)),
        "isLocationOf": Ends("Location"),
    },
    "1.5.0": {
        "feeds": Ends(
            "",
            (
                ("Equipment", "Equipment Location"),
                ("HVAC_Equipment", "HVAC_Equipment Valve Location"),
                ("Lighting_Equipment", "Lighting_Equipment Location"),
                ("Location", "Equipment"),
            ),
        ),
        "isFedBy": Ends("", (("Location", "Equipment"),)),
        "hasPart": Ends(
            "!System !Loop !Automation_Collection",
            (
                ("Equipment", "Equipment"),
                ("Location", "Location"),
                ("Site", "Site Building Region Space Room"),
                ("Building", "Floor Room Space Zone Wing"),
                ("Floor", "Room Space Zone"),
                ("Zone", "Space Wing Outdoor_Area Floor"),
            ),
        ),
        "isPartOf": Ends("", (("Equipment", "Equipment System Collection"), ("Location", "Location"))),
        "hasPoint": Ends("Equipment Location", (("", "Point"),)),
        "isPointOf": Ends("Point", (("", "Equipment Location"),)),
        "hasLocation": Ends("!Point", (("", "Location"),)),
        "isLocationOf": Ends("Location"),
        "controls": Ends("Controller", (("", "Equipment"),)),
        "isControlledBy": Ends("Equipment", (("", "Controller"),)),
        "hosts": Ends("ICT_Equipment", (("", "Point"),)),
        "isHostedBy": Ends("Point", (("", "ICT_Equipment"),)),
        "meters": Ends("Meter", (("", _METERED),)),
        "isMeteredBy": Ends(_METERED, (("", "Meter"),)),
        "hasSubMeter": Ends("Meter", (("", "Meter"),)),
        "isSubMeterOf": Ends("Meter", (("", "Meter"),)),
        "hasInputSubstance": Ends("Equipment", (("", "Substance"),)),
        "hasOutputSubstance": Ends("Equipment", (("", "Substance"),)),
    },
}


def is_known(version: str, relation: str) -> bool:
    """Whether the version lists a relation of this name."""
    return relation in _KNOWN[version]


def find_misfits(
    catalogue: Catalogue, relation: str, source: str | None, target: str | None
) -> Iterator[tuple[str, str]]:
    """The ends that the relation's rules don't allow: ``source`` or ``target``, and what it would have to be.

    ``source`` and ``target`` are classes of the catalogue, None where the class is not known: such an end is skipped.
    """
    ends = _RULES[catalogue.version].get(relation)
    if ends is None:
        return
    if source is not None and not _fits(catalogue, source, ends.source):
        yield "source", ends.source
    for condition, demand in ends.rows:
        applies = not condition or (source is not None and _fits(catalogue, source, condition))
        if target is not None and applies and not _fits(catalogue, target, demand):
            yield "target", demand


def _fits(catalogue: Catalogue, name: str, words: str) -> bool:
    barred = [word[1:] for word in words.split() if word.startswith("!")]
    if any(catalogue.is_kind(name, word) for word in barred):
        return False
    wanted = [word for word in words.split() if not word.startswith("!")]
    return not wanted or any(_is_of(catalogue, name, word) for word in wanted)


def _is_of(catalogue: Catalogue, name: str, word: str) -> bool:
    kind, _, other = word.partition("-")
    return catalogue.is_kind(name, kind) and not (other and catalogue.is_kind(name, other))
