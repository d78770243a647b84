"""Lists on the wire: paging and subjects in the query string, the links of a page, and its bytes (sas 4.5, 6, 9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from app.core.browse import Around, Direction, Window
from app.core.identity import SpellingInvalid, read_sas_uri, read_uuid, space_name
from app.facades.sas import wire
from app.facades.sas.faults import DepthInvalid, ParameterInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.facades.sas.parameters import Query

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100_000
MAX_SUBJECTS: Final = 1_000
MAX_DEPTH: Final = 50
MAX_HREF: Final = 8_000
MAX_INTEGER: Final = 2**63 - 1

DIRECTIONS: Final[Mapping[str, Direction]] = {
    "to": Direction.TO,
    "from": Direction.FROM,
    "both": Direction.BOTH,
}
_DIGITS = re.compile(r"[0-9]+", re.ASCII)

Pairs = tuple[tuple[str, str], ...]


def read_window(query: Query) -> Window:
    """The page that ``start`` and ``limit`` ask for (sas 6.1); raises ParameterInvalid."""
    start = _read_integer(query, "start", 0)
    limit = _read_integer(query, "limit", DEFAULT_LIMIT)
    return Window(start, min(limit, MAX_LIMIT))


def _read_integer(query: Query, name: str, default: int) -> int:
    text = query.first(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or len(text) > 40 or int(text) > MAX_INTEGER:
        raise ParameterInvalid(f"The query parameter {name} is not a whole number of 0 to 2^63-1.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Where a list of relationships begins. ``uris`` and ``references`` both None: nowhere, the whole space.

    ``sent`` are the members that came in a body; their parameters stand in links only as long as these stay short.
    """

    uris: tuple[str, ...] | None
    references: tuple[str, ...] | None
    depth: int = 1
    direction: Direction = Direction.TO
    told: Pairs = ()
    sent: Pairs = ()
    posts: bool = False

    def around(self, space: str) -> Around | None:
        """The entities to walk from; what names nothing contributes nothing (sas 9.1)."""
        if self.uris is None and self.references is None:
            return None
        name = space_name(space)
        keys = set()
        for uri in self.uris or ():
            try:
                keys.add(name.entity_key(read_sas_uri(uri)))
            except SpellingInvalid:
                continue
        keys.update(name.record_key(id) for id in map(read_uuid, self.references or ()) if id is not None)
        return Around(frozenset(keys), self.direction, self.depth)


def read_subjects(query: Query) -> Subjects:
    """The subjects of a GET; raises ParameterInvalid and DepthInvalid."""
    uris, references = query.every("resourceUri"), query.every("referenceId")
    return make_subjects(
        uris or None,
        references or None,
        read_depth(query.first("depth")),
        read_direction(query.first("direction")),
        query,
    )


def make_subjects(
    uris: tuple[str, ...] | None, references: tuple[str, ...] | None, depth: int, direction: Direction, query: Query
) -> Subjects:
    """Checks the number of subjects, and keeps what links must repeat (sas 6.5)."""
    count_subjects(uris, references)
    told: list[tuple[str, str]] = []
    if uris is not None or references is not None:
        told += [(name, value) for name in ("depth", "direction") if (value := query.first(name)) is not None]
    told += [("resourceUri", uri) for uri in uris or ()]
    told += [("referenceId", id) for id in references or ()]
    return Subjects(uris, references, depth, direction, tuple(told))


def count_subjects(*given: Sequence[str] | None) -> None:
    """Raises ParameterInvalid for more than 1,000."""
    if sum(len(values or ()) for values in given) > MAX_SUBJECTS:
        raise ParameterInvalid(f"There are more than {MAX_SUBJECTS} subjects.")


def read_depth(text: str | None) -> int:
    """How far to walk; raises DepthInvalid."""
    if text is None:
        return 1
    if not _DIGITS.fullmatch(text) or len(text) > 40 or not 1 <= int(text) <= MAX_DEPTH:
        raise DepthInvalid(f"depth is not a whole number of 1 to {MAX_DEPTH}.")
    return int(text)


def read_direction(text: str | None) -> Direction:
    """Which way to walk; raises ParameterInvalid."""
    if text is None:
        return Direction.TO
    try:
        return DIRECTIONS[text]
    except KeyError:
        raise ParameterInvalid("direction is none of to, from and both.") from None


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of the lists: where it is, what its items are, how they are created, and the query that may post to it."""

    href: str
    item: str
    accept: str
    creates: bool = True
    query: str = ""


RELATIONSHIPS: Final = Shelf(wire.RELATIONSHIPS, wire.RELATIONSHIP, wire.RELATIONSHIP, query=wire.QUERY)
REFERENCES: Final = Shelf(wire.REFERENCES, wire.REFERENCE, wire.REFERENCE, query=wire.TEXT)
SOURCES: Final = Shelf(wire.REFERENCE_SOURCES, wire.JSON, wire.JSON, creates=False)
TYPES: Final = Shelf(wire.TYPES, wire.TYPE, wire.TYPE, creates=False)


@dataclass(frozen=True, slots=True)
class Paging:
    """The links of one page: ``told`` are the parameters in effect, ``sent`` those that came in a body."""

    shelf: Shelf
    window: Window
    told: Pairs
    sent: Pairs = ()
    posts: bool = field(default=False)

    def list_links(self, count: int) -> list[wire.Link]:
        """Self, collection, up, create, first, prev, next, as far as there are such pages (sas 6.4)."""
        shelf, (start, limit) = self.shelf, self.window
        links = [
            self._link("self", start),
            wire.link("GET", "collection", shelf.href, wire.COLLECTION, "", shelf.item),
            wire.link("GET", "up", wire.ROOT, wire.API),
        ]
        if shelf.creates:
            links.append(wire.link("POST", "create", shelf.href, shelf.item, shelf.item))
        if limit and start:
            links += [self._link("first", 0), self._link("prev", max(0, start - limit))]
        if limit and start + limit < count:
            links.append(self._link("next", start + limit))
        return links

    def _link(self, rel: str, start: int) -> wire.Link:
        whole = self._spell(start, (*self.told, *self.sent))
        if self.posts or (self.sent and len(whole) > MAX_HREF):
            href = self._spell(start, self.told)
            return wire.link("POST", rel, href, self.shelf.query, wire.COLLECTION, self.shelf.item)
        return wire.link("GET", rel, whole, wire.COLLECTION, "", self.shelf.item)

    def _spell(self, start: int, pairs: Iterable[tuple[str, str]]) -> str:
        rest = "".join(f"&{name}={quote(value, safe='')}" for name, value in pairs)
        return f"{self.shelf.href}?start={start}&limit={self.window.limit}{rest}"


def show_head(paging: Paging, count: int) -> bytes:
    """The document of a page up to its first item."""
    start, limit = paging.window
    head = {
        "version": wire.VERSIONS[wire.COLLECTION],
        "name": "items",
        "accept": paging.shelf.accept,
        "start": start,
        "limit": limit,
        "count": count,
    }
    return msgspec.json.encode(head)[:-1] + b',"items":['


def show_tail(paging: Paging, count: int) -> bytes:
    """The document of a page behind its last item."""
    return b'],"links":' + msgspec.json.encode(paging.list_links(count)) + b"}"
