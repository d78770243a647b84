"""What a check of the data counted and found: the faults by kind, each with its number and some examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import StrEnum

MOST_EXAMPLES = 10


class Fault(StrEnum):
    """What can be wrong, in the words of the report."""

    SCHEMA = "constraints and indexes that differ from the declared ones"
    SPACE = "spaces whose names do not follow from their ids"
    OWNER = "spaces that nobody owns"
    COUNTER = "counters of a space that differ from a recount"
    TERM = "types whose number of live relationships differs from a recount"
    UNREADABLE = "nodes whose properties can't be read"
    STRAY_RECORD = "records of no space"
    EDGE = "live records without exactly one edge"
    STRAY_EDGE = "edges without a live record"
    ENDS = "records whose ends have other ordinals than they say"
    FROZEN = "records whose frozen fields are not those that were stored first"
    PAIR = "records whose pair key, or whose rule in its space, is not what their policy wants"
    CREATED = "records or entities made after their space's last instant"
    ORDINAL = "ordinals that are given twice or were never given out"
    VERSION = "records without all their earlier versions"
    STRAY_VERSION = "kept versions of no record"
    CHAIN = "commits that do not follow one another without gaps"
    HISTORY = "changes that records and versions do not confirm"
    ENTITY = "entities whose key does not follow from their identity"
    LABEL = "entities whose labels do not follow from their type"


class Report:
    """The result of a check. ``counted``: how many of what it looked at; ``disturbed``: data was written meanwhile."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.faults: Counter[Fault] = Counter()
        self.examples: defaultdict[Fault, list[str]] = defaultdict(list)
        self.disturbed = False

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.faults

    def add(self, fault: Fault, example: str, times: int = 1) -> None:
        """Notes a fault; the first examples of each kind are kept."""
        self.faults[fault] += times
        if len(self.examples[fault]) < MOST_EXAMPLES:
            self.examples[fault].append(example)

    def text(self) -> str:
        """What was counted, and what is wrong, for people."""
        lines = [f"{number:>12,}  {what}" for what, number in self.counted.items()]
        for fault, times in self.faults.items():
            lines += ["", f"{times:,} {fault}:", *(f"    {example}" for example in self.examples[fault])]
        if self.faults and self.disturbed:
            lines += ["", "The data was written while it was checked: check again when it rests."]
        return "\n".join([*lines, "", "sound" if self.ok else "NOT SOUND"])
