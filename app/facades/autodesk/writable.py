"""Which pairs of kinds may be written: the table of autodesk 10, or the operator's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec

from app.facades.autodesk import wire
from app.settings import SettingInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.core.model import Fields
    from app.settings import Settings

Kind: TypeAlias = tuple[str, str]
Pair: TypeAlias = tuple[Kind, Kind]

BUILT_IN = Path(__file__).with_name("writable.json")
SETTING: Final = "writable"
"""What a space calls a mode of its own: ``strict`` or ``permissive``; without it the service's holds."""

_Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


@dataclass(frozen=True, slots=True)
class Writable:
    """The table, and whether it is a limit (``strict``) or a directory only.

    ``pairs`` are unordered: the smaller kind comes first.
    """

    pairs: frozenset[Pair]
    strict: bool

    @classmethod
    def load(cls, settings: Settings) -> Writable:
        """The table that the settings name; raises SettingInvalid for a file that can't be used, in either mode."""
        file = settings.autodesk_writable_file or BUILT_IN
        try:
            rows = msgspec.json.decode(file.read_bytes(), type=list[tuple[_Name, _Name, _Name, _Name]])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            wants = f"a JSON file, an array of [domainA, typeA, domainB, typeB] ({error})"
            raise SettingInvalid("TERCET_AUTODESK_WRITABLE_FILE", wants) from error
        pairs = frozenset(_sort_pair((a, b), (c, d)) for a, b, c, d in rows)
        return cls(pairs, strict=settings.autodesk_writable_mode == "strict")

    def within(self, settings: Fields) -> Writable:
        """The table as it holds in a space with these settings."""
        mode = settings.get(SETTING)
        return self if mode is None else replace(self, strict=mode == "strict")

    def is_told(self, settings: Fields) -> bool:
        """Whether pairs that occur in such a space are told beside the table: only where it is no limit (autodesk 7.5)."""
        return not self.within(settings).strict

    def list_with(self, others: Iterable[Pair]) -> list[Pair]:
        """The pairs of the table, then ``others`` in their order, each once; at most 5,000 (autodesk 7.5)."""
        return [*sorted(self.pairs), *sorted(set(others) - self.pairs)][: wire.MAX_PAIRS]

    def allows(self, one: Kind, other: Kind) -> bool:
        """Whether relationships between entities of these kinds may be created and deleted."""
        return not self.strict or _sort_pair(one, other) in self.pairs


def _sort_pair(one: Kind, other: Kind) -> Pair:
    return (one, other) if one <= other else (other, one)
