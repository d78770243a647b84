"""One space counted anew: what its records, entities and commits say, to compare with what its node says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from app.core.identity import SpaceName, space_name
from app.graph.facts import read_rule
from app.graph.findings import Fault

if TYPE_CHECKING:
    from app.core.rules import Pairs
    from app.graph.findings import Report

NUMBER_BITS = 40


class Stored(NamedTuple):
    """What the node of a space says; ``owners`` is the number of grants that make somebody its owner.

    ``pairs``: see ``facts.write_rule``.
    """

    id: str
    uuid: str
    prefix: str
    number: int
    seq: int
    ordinal: int
    relationships: int
    entities: int
    relationship_types: int
    entity_types: int
    last_at: int
    owners: int
    pairs: str


@dataclass(slots=True)
class Recount:
    """What was found of a space. ``states``: changes that its records must have had; ``kept``: earlier versions;
    ``told``: changes that its commits tell of, ``chained``: without a gap; ``latest``: the latest creation; ``rule``: what
    all its relationships go by, if it says so."""

    stored: Stored
    name: SpaceName
    rule: Pairs | None
    relationships: int = 0
    entities: int = 0
    latest: int = 0
    states: int = 0
    kept: int = 0
    told: int = 0
    chained: bool = True
    types: Counter[str] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, stored: Stored) -> Recount:
        """Nothing counted yet."""
        return cls(stored, space_name(stored.id), read_rule(stored.pairs, stored.seq))

    def compare(self, report: Report) -> None:
        """Notes where the node of the space differs from what was counted."""
        stored, name = self.stored, self.name
        if (stored.uuid, stored.prefix) != (name.uuid, name.prefix):
            report.add(Fault.SPACE, stored.id)
        if not stored.owners:
            report.add(Fault.OWNER, stored.id)
        if self.latest > stored.last_at:
            report.add(Fault.CREATED, f"{stored.id}: made at {self.latest}, last instant {stored.last_at}")
        self._compare(report, "relationships", stored.relationships, self.relationships)
        self._compare(report, "entities", stored.entities, self.entities)
        self._compare(report, "relationshipTypes", stored.relationship_types, self.terms["relationship"])
        self._compare(report, "entityTypes", stored.entity_types, self.terms["entity"])
        if self.chained and self.told != self.states:
            report.add(Fault.HISTORY, f"{stored.id}: commits tell {self.told} changes, records had {self.states}")
        for type, live in self.types.items():
            if live:
                report.add(Fault.TERM, f"{stored.id} {type}: not counted, recount {live}")

    def _compare(self, report: Report, counter: str, says: int, counted: int) -> None:
        if says != counted:
            report.add(Fault.COUNTER, f"{self.stored.id} {counter}: says {says}, recount {counted}")


class Ordinals:
    """Which ordinals were seen, one bit each: memory stays bounded by what the spaces have ever given out."""

    def __init__(self, spaces: dict[int, int]) -> None:
        self._given = spaces
        self._seen: dict[int, bytearray] = {}

    def see(self, n: int) -> str | None:
        """Why an ordinal is wrong, in words; None for one that was given out and is seen for the first time."""
        number, place = n >> NUMBER_BITS, n & (1 << NUMBER_BITS) - 1
        if not 0 < place <= self._given.get(number, 0):
            return f"{n} was never given out"
        seen = self._seen.setdefault(number, bytearray(self._given[number] // 8 + 1))
        bit = 1 << place % 8
        if seen[place // 8] & bit:
            return f"{n} is given twice"
        seen[place // 8] |= bit
        return None


class Labels:
    """Which entities have the label of their type, by the space that wrote them and in the order of their ordinals.

    A space that has used up its labels writes entities without one; once a type has its label, every later entity of
    that type has it (a setting may allow more labels, so that older ones stay without). Memory is bounded by the
    labels granted.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._first: dict[tuple[int, str], int | None] = {}
        self._without: dict[tuple[int, str], tuple[int, str]] = {}

    def grant(self, number: int, type: str) -> None:
        """The space with this number writes the label of this type."""
        self._first[number, type] = None

    def saw(self, key: str, n: int, type: str, *, later: bool = False) -> None:
        """An entity with the label of its type; ``later``: it may have got that long after its ordinal."""
        place = n >> NUMBER_BITS, type
        if place not in self._first:
            self._report.add(Fault.LABEL, f"{key}: its space does not count the label of its type")
            return
        first = self._first[place]
        since = (n >> NUMBER_BITS) + 1 << NUMBER_BITS if later else n
        self._first[place] = since if first is None else min(first, since)

    def saw_none(self, key: str, n: int, type: str) -> None:
        """An entity without any label of its own."""
        place = n >> NUMBER_BITS, type
        if place in self._first:
            self._without[place] = max(self._without.get(place, (n, key)), (n, key))

    def compare(self) -> None:
        """Notes the youngest entity of each type that should have a label and has none."""
        for (number, type), (n, key) in self._without.items():
            first = self._first[number, type]
            if first is None or n > first:
                self._report.add(Fault.LABEL, f"{key}: without the label of its type {type}")
