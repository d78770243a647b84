"""Lists on the wire: paging and subjects in the query string, the links of a page, and its bytes (sas 4.5, 6, 9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

import msgspec

from app.core.browse import Around, Window
from app.core.identity import SpellingInvalid, read_sas_uri, read_uuid, space_name
from app.core.lists import Direction
from app.facades.sas import wire
from app.facades.sas.faults import DepthInvalid, MemberInvalid, ParameterInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.facades.sas.parameters import Query
    from app.facades.strict import Json

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


class Told(NamedTuple):
    """A parameter that links repeat (sas 6.5); ``sent``: it came in a body, which the caller still has."""

    name: str
    value: str
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Subjects:
    """Where a list of relationships begins. ``uris`` and ``references`` both None: nowhere, the whole space.

    ``posts``: they can't be said in a query string.
    """

    uris: tuple[str, ...] | None
    references: tuple[str, ...] | None
    depth: int = 1
    direction: Direction = Direction.TO
    told: tuple[Told, ...] = ()
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


def read_subjects(query: Query, members: Mapping[str, Json] | None = None) -> Subjects:
    """The subjects of a GET, or of a query body with these ``members``, which count before the query string (sas 4.3).

    Raises MemberInvalid, ParameterInvalid and DepthInvalid.
    """
    body = members or {}
    uris = _read_texts(body, "resourceURI", "resourceUri")
    references = _read_texts(body, "referenceId")
    depth, direction = body.get("depth"), body.get("direction")
    told = [
        *_tell("depth", None if depth is None else [_show_depth(depth)], query),
        *_tell("direction", None if direction is None else [_demand_text("direction", direction)], query),
        *_tell("resourceUri", uris, query),
        *_tell("referenceId", references, query),
    ]
    values = {name: [one.value for one in told if one.name == name] for name in ("resourceUri", "referenceId")}
    if sum(map(len, values.values())) > MAX_SUBJECTS:
        raise ParameterInvalid(f"There are more than {MAX_SUBJECTS} subjects.")
    given = any(values.values()) or uris is not None or references is not None
    first = {one.name: one.value for one in reversed(told)}
    return Subjects(
        tuple(values["resourceUri"]) if given else None,
        tuple(values["referenceId"]) if given else None,
        read_depth(first.get("depth")),
        read_direction(first.get("direction")),
        tuple(told) if given else (),
        posts=given and not any(values.values()),
    )


def _tell(name: str, sent: list[str] | None, query: Query) -> list[Told]:
    if sent is not None:
        return [Told(name, value, sent=True) for value in sent]
    if name in ("depth", "direction"):
        value = query.first(name)
        return [] if value is None else [Told(name, value)]
    return [Told(name, value) for value in query.every(name)]


def _read_texts(members: Mapping[str, Json], *names: str) -> list[str] | None:
    """The strings of array members, or lone ones; None where no member is there. An empty string names nothing."""
    found = [(name, value) for name in names if (value := members.get(name)) is not None]
    if not found:
        return None
    texts = [
        _demand_text(name, text) for name, value in found for text in (value if isinstance(value, list) else [value])
    ]
    return [text for text in texts if text]


def _demand_text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise MemberInvalid(f"The member {name} is not of the right type.")
    return value


def _show_depth(value: Json) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MemberInvalid("The member depth is not a whole number.")
    return str(value)


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
    """The links of one page, with the parameters in effect; ``posts``: only a POST can ask for another page."""

    shelf: Shelf
    window: Window
    told: tuple[Told, ...]
    posts: bool = False

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
        whole = self._spell(start, self.told)
        if self.posts or (len(whole) > MAX_HREF and any(one.sent for one in self.told)):
            href = self._spell(start, (one for one in self.told if not one.sent))
            return wire.link("POST", rel, href, self.shelf.query, wire.COLLECTION, self.shelf.item)
        return wire.link("GET", rel, whole, wire.COLLECTION, "", self.shelf.item)

    def _spell(self, start: int, told: Iterable[Told]) -> str:
        rest = "".join(f"&{one.name}={quote(one.value, safe='')}" for one in told)
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
