"""What must become of a building's items, worked out from the rules of apollo 13 and the catalogue's table alone.

It shares no code with the service: a second reading of the contract, for catalogue 1.2.1 and type ids without roots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.core.catalogue import FOLDER

PAIRS = "hasPart isPartOf feeds isFedBy hasPoint isPointOf isLocationOf hasLocation measures isMeasuredBy regulates"
TAGS = "isRegulatedBy hasTag isTagOf hasAssociatedTag isAssociatedWith"
RELATIONS_1_2_1 = {*PAIRS.split(), *TAGS.split(), "hasInputSubstance", "hasOutputSubstance", "hasUnit"}
# What the source and the target must be.
ENDS = {
    "hasPoint": ("", "Point"),
    "isPointOf": ("Point", ""),
    "hasLocation": ("", "Location"),
    "isLocationOf": ("Location", ""),
}
Items = Iterable[Mapping[str, Any]]


def read_parents() -> dict[str, set[str]]:
    """The catalogue's table, line by line."""
    lines = (FOLDER / "1.2.1.tsv").read_text().splitlines()[1:]
    columns = ([*line.split("\t"), ""] for line in lines)
    return {name: set(parents.split()) for name, parents, *_ in columns}


class Prediction:
    """Goes through a building's items in order, under one mode for all three checks."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.parents = read_parents()
        self.declared: dict[str, Mapping[str, Any]] = {}

    def entities(self, items: Items) -> Counter[str]:
        """How many entities are created, updated, unchanged, failed; how many have warnings."""
        return Counter(word for item in items for word in self._entity(item))

    def _entity(self, item: Mapping[str, Any]) -> list[str]:
        before = self.declared.get(item["id"])
        if before is not None:
            if before["entityType"] != item["entityType"]:
                return ["failed"]
            self.declared[item["id"]] = item
            return ["unchanged" if before == item else "updated"]
        unknown = item["entityType"].removeprefix("Brick__") not in self.parents
        if unknown and self.mode == "enforce":
            return ["failed"]
        self.declared[item["id"]] = item
        return ["created", "warned"] if unknown and self.mode == "warn" else ["created"]

    def relationships(self, items: Items) -> Counter[str]:
        """The same for relationships, whose ids are all different."""
        return Counter(word for item in items for word in self._relationship(item))

    def _relationship(self, item: Mapping[str, Any]) -> list[str]:
        if self.mode == "off" or not self._has_finding(item):
            return ["created"]
        return ["failed"] if self.mode == "enforce" else ["created", "warned"]

    def _has_finding(self, item: Mapping[str, Any]) -> bool:
        relation = item["relationshipType"].removeprefix("Brick__")
        ids = item["sourceEntityId"], item["destinationEntityId"]
        if relation not in RELATIONS_1_2_1 or ids[0] == ids[1] or not all(id in self.declared for id in ids):
            return True
        classes = [self.declared[id]["entityType"].removeprefix("Brick__") for id in ids]
        demands = zip(classes, ENDS.get(relation, ("", "")), strict=True)
        return any(demand and name in self.parents and not self._is_kind(name, demand) for name, demand in demands)

    def _is_kind(self, name: str, kind: str) -> bool:
        return name == kind or any(self._is_kind(parent, kind) for parent in self.parents.get(name, ()))
