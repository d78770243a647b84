"""What a query string asks, taken strictly: a name that is unknown, or comes twice, is refused.

A ``Query`` collects the faults of all its parameters; ``settle`` raises them together. No fault repeats what was sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote_to_bytes

from app.core.bookmarks import read_states
from app.core.errors import BookmarkInvalid
from app.core.graphs import BOTH, IN, OUT, Along
from app.core.identity import read_uuid
from app.facades.analyst import wire
from app.facades.faults import BadRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from starlette.datastructures import Headers

    from app.core.lists import Direction

T = TypeVar("T")

EVERYWHERE: Final = ("format", "rows", "cells")
"""Parameters of every operation that answers with a document."""
MOST_TYPES: Final = 100
LONGEST_TEXT: Final = 2_048
DIRECTIONS: Final[Mapping[str, Direction]] = {"out": OUT, "in": IN, "both": BOTH}
FORMATS: Final = ("json", "ndjson", "csv", "arrow", "graphml", "gexf", "nodelink")
CELLS: Final[Mapping[str, bool]] = {"guarded": False, "exact": True}

_INTEGER = re.compile(r"[0-9]{1,15}")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")


class Unusable(BadRequest):
    """Parts of a request that can't be used: (where, why), all of them."""

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{where}: {why}" for where, why in places))
        self.places = tuple(places)


class Query:
    """The parameters of one request. Readers give the default in place of what can't be used; ``settle`` tells."""

    def __init__(self, raw: bytes, headers: Headers, names: Collection[str]) -> None:
        self._faults: dict[str, str] = {}
        self._given = self._cut(raw, {*names, *EVERYWHERE})
        self.bookmark = self._read_bookmark(headers)
        self.format = self.choice("format", {name: name for name in FORMATS}, None)
        self.rows = self.text("rows", most=64)
        self.exact = self.choice("cells", CELLS, False) or False

    def _cut(self, raw: bytes, names: Collection[str]) -> dict[str, bytes]:
        given: dict[str, bytes] = {}
        for pair in filter(None, raw.split(b"&")):
            spelled, _, value = pair.partition(b"=")
            name = _decode(spelled)
            if name is None or name not in names:
                self.refuse("query", f"takes {', '.join(sorted(names))} and nothing else")
            elif name in given:
                self.refuse(name, "comes more than once")
            else:
                given[name] = value
        return given

    def _read_bookmark(self, headers: Headers) -> str | None:
        text = headers.get(wire.CONSISTENCY_TOKEN)
        if not text:
            return None
        try:
            read_states(text)
        except BookmarkInvalid:
            self.refuse(wire.CONSISTENCY_TOKEN, "is no token as a write returned it")
        return text

    def refuse(self, where: str, why: str) -> None:
        """Notes that something can't be used; the first reason stands."""
        self._faults.setdefault(where, why)

    def settle(self) -> None:
        """Raises Unusable if anything was refused."""
        if self._faults:
            raise Unusable(list(self._faults.items()))

    def text(self, name: str, *, most: int = LONGEST_TEXT) -> str | None:
        """A text of 1 to ``most`` characters; None where it is not given."""
        raw = self._given.get(name)
        return None if raw is None else self._read(name, raw, most)

    def _read(self, name: str, raw: bytes, most: int) -> str | None:
        text = _decode(raw)
        if not text or len(text) > most:
            self.refuse(name, f"takes text of 1 to {most} characters in UTF-8")
            return None
        return text

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        text = self.text(name, most=15)
        if text is None:
            return default
        if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
            self.refuse(name, f"takes a whole number from {least} to {most}")
            return default
        return int(text)

    def choice(self, name: str, meanings: Mapping[str, T], default: T | None) -> T | None:
        """One of some words."""
        text = self.text(name, most=64)
        if text is not None and text not in meanings:
            self.refuse(name, f"takes one of {', '.join(meanings)}")
        return default if text is None else meanings.get(text, default)

    def everything(self, *, in_rows: bool) -> bool:
        """Whether ``all`` asks for a whole list as one answer, which takes a format of rows and goes without ``limit``."""
        every = self.choice("all", {"true": True, "false": False}, False) or False
        if every and (not in_rows or "limit" in self._given):
            self.refuse("all", "takes a format of rows (ndjson, csv, arrow) besides, and no limit")
        return every

    def listed(self, name: str, *, most: int, longest: int = LONGEST_TEXT) -> list[str]:
        """Texts with commas between; each is percent-encoded by itself, so that it may hold commas. Repeats go."""
        raw = self._given.get(name)
        if raw is None:
            return []
        parts = raw.split(b",")
        if len(parts) > most:
            self.refuse(name, f"takes at most {most} elements")
            return []
        found = (self._read(name, part, longest) for part in parts)
        return list(dict.fromkeys(text for text in found if text is not None))

    def refs(self, name: str, *, least: int = 1, most: int) -> list[str]:
        """Refs of entities, with commas between, which may be percent-encoded: no ref has any."""
        text = self.text(name, most=37 * most)
        found = [read_uuid(part) for part in text.split(",")] if text else []
        if None in found or not least <= len(found) <= most:
            self.refuse(name, f"takes {least} to {most} refs of entities, with commas between")
        return [ref for ref in dict.fromkeys(found) if ref is not None]

    def along(self, default: Direction = BOTH) -> Along:
        """``types`` and ``direction``: over which links to go."""
        types = self.listed("types", most=MOST_TYPES)
        direction = self.choice("direction", DIRECTIONS, default)
        return Along(direction or default, frozenset(types) or None)


def demand(query: Query, name: str) -> str:
    """A text that must be given; "" where it is not, which ``settle`` tells."""
    text = query.text(name)
    if text is None:
        query.refuse(name, f"must be given, as text of 1 to {LONGEST_TEXT} characters")
    return text or ""


def read_ref(text: str) -> str | None:
    """The ref in a path; None where it can't be one, so there is no such entity."""
    return read_uuid(text)


def _decode(raw: bytes) -> str | None:
    if _BROKEN_ESCAPE.search(raw):
        return None
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
