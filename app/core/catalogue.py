"""The classes of the Brick ontology, by version: which there are, and what they are kinds of (apollo 13.4).

The tables are generated from the ontology (``python -m tests.brick``); its notice stands beside them. Nothing here
knows RDF, and no reasoner runs: a class's ancestors are followed once and remembered.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent / "catalogues"
HEADER: Final = "# Brick {version}: class, parents, label if not the name, deprecated, replacement; see LICENSE"
VERSIONS: Final = ("1.0.2", "1.2.1", "1.5.0")
DEFAULT_VERSION: Final = "1.2.1"

# Equipment stands before Point: some classes of 1.0.2 descend from both (apollo 13.1).
_ROOTS: Final = ("Equipment", "Location", "Point", "Collection", "System", "Measurable", "MeasurementProperty")
# The ontology's own top: never a root, never listed.
_TOPS: Final = frozenset({"Class", "Entity"})
_PARENTLESS: Final = ("Device", "File", "Timeseries", "Door", "AccessTerminal", "FloorPlan")
_REAL_ESTATE: Final = ("Architecture", "Level", "SubBuilding", "OutdoorSpace")


class Class(NamedTuple):
    """One line of a catalogue."""

    name: str
    parents: tuple[str, ...] = ()
    label: str = ""
    deprecated: bool = False
    replacement: str = ""


class Catalogue:
    """The classes of one version of the ontology."""

    def __init__(self, version: str, classes: list[Class]) -> None:
        self.version = version
        self.classes = {found.name: found for found in classes}
        for name in _PARENTLESS:
            self.classes.setdefault(name, Class(name))
        if version == "1.5.0":
            for name in _REAL_ESTATE:
                self.classes.setdefault(name, Class(name, ("Location",)))
        self._kinds: dict[str, frozenset[str]] = {}

    def knows(self, name: str) -> bool:
        """Whether the version has a class of this name, or counts one in."""
        return name in self.classes

    def ancestors(self, name: str) -> frozenset[str]:
        """All that the class is a kind of, but itself and the ontology's own top."""
        return self._climb(name) - {name} - _TOPS

    def is_kind(self, name: str, kind: str) -> bool:
        """Whether the class is ``kind`` or has it as an ancestor; a name that the version lacks matches nothing."""
        return name in self.classes and kind in self.classes and kind in self._climb(name)

    def root(self, name: str) -> str | None:
        """The class root (apollo 13.1); None for a class of no catalogue, and for the ontology's own top."""
        if name not in self.classes or name in _TOPS:
            return None
        kinds = self._climb(name)
        for root in _ROOTS:
            if root in kinds:
                return root
        return min(kind for kind in kinds - _TOPS if not set(self.classes[kind].parents) - _TOPS)

    def _climb(self, name: str) -> frozenset[str]:
        """The class with all its ancestors, the top included."""
        known = self._kinds.get(name)
        if known is None:
            kinds, waiting = {name}, [name]
            while waiting:
                above = set(self.classes[waiting.pop()].parents) - kinds
                kinds |= above
                waiting.extend(above)
            known = self._kinds[name] = frozenset(kinds)
        return known


@cache
def read_catalogue(version: str) -> Catalogue:
    """The catalogue of one of VERSIONS, read once, by whoever needs it first (about 3 ms)."""
    if version not in VERSIONS:
        raise ValueError(version)
    lines = (FOLDER / f"{version}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return Catalogue(version, [_read_line(line) for line in lines])


def _read_line(line: str) -> Class:
    name, parents, label, deprecated, replacement = (*line.split("\t"), "", "", "", "")[:5]
    return Class(name, tuple(parents.split()), label or name.replace("_", " "), bool(deprecated), replacement)
