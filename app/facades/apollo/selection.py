"""Which entities of a list are wanted, and in which order: the ``$filter`` and ``$orderby`` of apollo 6.2."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.facades.apollo import geometry
from app.facades.apollo.headers import QueryMalformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.core.model import EntityRecord
    from app.facades.apollo.geometry import Position

FILTER: Final = "$filter"
ORDER: Final = "$orderby"
MOST_LABELS: Final = 20
MOST_VERTICES: Final = 1_000
FEWEST_VERTICES: Final = 4

_LOCATION: Final = "geoLocation"
_BOUNDARY: Final = "geoBoundary"

_SIGN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[(),:/]))",
    re.ASCII,
)


class Selection(NamedTuple):
    """Which entities are admitted (None: all), the words of which each has at least one, and their rank, where asked for.

    ``said``: the texts of the request, which tell its pages from others'.
    """

    admits: Callable[[EntityRecord], bool] | None
    words: tuple[str, ...] | None
    rank: Callable[[EntityRecord], float | None] | None
    said: tuple[str | None, str | None]


def read(query: Mapping[str, str]) -> Selection:
    """What the query of a list says; raises QueryMalformed for anything but the forms of the contract."""
    said = query.get(FILTER), query.get(ORDER)
    admits, words = (None, None) if said[0] is None else _Reader(FILTER, said[0]).read_filter()
    if said[1] is None:
        return Selection(admits, words, None, said)
    far = _Reader(ORDER, said[1]).read_order()

    def rank(record: EntityRecord) -> float | None:
        return far(record) if admits is None or admits(record) else None

    return Selection(admits, words or (_LOCATION,), rank, said)


def _get(record: EntityRecord, field: str) -> Any:
    return None if record.declaration is None else record.declaration.fields.get(field)


def _list_points(record: EntityRecord) -> Iterable[Position]:
    place = _get(record, _LOCATION)
    return () if place is None else geometry.list_points(place)


class _Reader:
    """Signs of a text from left to right; names count without their case."""

    def __init__(self, parameter: str, text: str) -> None:
        self._parameter = parameter
        self._signs: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            match = _SIGN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._refuse()
            self._signs.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._signs.reverse()

    def _refuse(self) -> QueryMalformed:
        return QueryMalformed(f"The parameter {self._parameter} has none of the forms that are offered")

    def _next(self) -> tuple[str, str]:
        return self._signs[-1] if self._signs else ("end", "")

    def _take(self, kind: str, *wanted: str) -> str:
        """The next sign, of this kind and, in lower case, one of the wanted."""
        found, text = self._next()
        if found != kind or (wanted and text.lower() not in wanted):
            raise self._refuse()
        self._signs.pop()
        return text

    def _mark(self, marks: str) -> None:
        for mark in marks:
            self._take("mark", mark)

    def _finish(self) -> None:
        if self._signs:
            raise self._refuse()

    def read_filter(self) -> tuple[Callable[[EntityRecord], bool], tuple[str, ...]]:
        """A test, and the words of which all that pass it have one."""
        form = self._take("name", "labels", "geolocation", "intersects").lower()
        if form == "labels":
            labels = self._read_labels()
            return (lambda record: not labels.isdisjoint(_get(record, "labels") or ())), tuple(labels)
        if form == "geolocation":
            self._take("name", "eq")
            place = self._read_point()
            self._finish()
            return (lambda record: place in _list_points(record)), (_LOCATION,)
        return self._read_intersection()

    def _read_labels(self) -> frozenset[str]:
        labels = [self._read_label()]
        while self._signs:
            self._take("name", "or")
            self._take("name", "labels")
            labels.append(self._read_label())
            if len(labels) > MOST_LABELS:
                raise QueryMalformed(f"The parameter {self._parameter} joins more than {MOST_LABELS} labels")
        return frozenset(labels)

    def _read_label(self) -> str:
        self._mark("/")
        self._take("name", "any")
        self._mark("(")
        variable = self._take("name")
        self._mark(":")
        self._take("name", variable.lower())
        self._take("name", "eq")
        label = self._take("text")[1:-1].replace("''", "'")
        self._mark(")")
        return label

    def _read_intersection(self) -> tuple[Callable[[EntityRecord], bool], tuple[str, ...]]:
        self._mark("(")
        property = self._take("name", "geoboundary", "geolocation").lower()
        self._mark(",")
        if property == "geoboundary":
            point = self._read_point()
            self._mark(")")
            self._finish()
            return (lambda record: _is_covered(record, point)), (_BOUNDARY,)
        polygon = [self._read_polygon()]
        self._mark(")")
        self._finish()
        return (lambda record: any(geometry.covers(polygon, each) for each in _list_points(record))), (_LOCATION,)

    def read_order(self) -> Callable[[EntityRecord], float | None]:
        """The distance of an entity; None for one without a point."""
        self._take("name", "distanceto")
        self._mark("(")
        self._take("name", "geolocation")
        self._mark(",")
        point = self._read_point()
        self._mark(")")
        self._finish()

        def measure(record: EntityRecord) -> float | None:
            first = next(iter(_list_points(record)), None)
            return None if first is None else geometry.measure(first, point)

        return measure

    def _read_point(self) -> Position:
        """``Point(x, y)``, in one pair of parentheses or two."""
        self._take("name", "point")
        self._mark("(")
        doubled = self._next() == ("mark", "(")
        point = self._read_pair() if doubled else self._read_position()
        self._mark(")")
        return point

    def _read_polygon(self) -> list[Position]:
        """``Polygon((x, y), …)``, the last position the same as the first; another pair around all makes no difference."""
        self._take("name", "polygon")
        self._mark("(")
        doubled = self._signs[-2:] == [("mark", "(")] * 2
        if doubled:
            self._mark("(")
        ring = [self._read_pair()]
        while self._next() == ("mark", ",") and len(ring) <= MOST_VERTICES:
            self._mark(",")
            ring.append(self._read_pair())
        self._mark("))" if doubled else ")")
        if not FEWEST_VERTICES <= len(ring) <= MOST_VERTICES or ring[0] != ring[-1]:
            raise QueryMalformed("A polygon has 4 to 1000 positions, the last the same as the first")
        return ring

    def _read_pair(self) -> Position:
        self._mark("(")
        position = self._read_position()
        self._mark(")")
        return position

    def _read_position(self) -> Position:
        x = self._read_degrees(180)
        self._mark(",")
        return x, self._read_degrees(90)

    def _read_degrees(self, most: int) -> float:
        degrees = float(self._take("number"))
        if not (math.isfinite(degrees) and abs(degrees) <= most):
            raise QueryMalformed(f"A position is a longitude and a latitude; {most} degrees are the most here")
        return degrees


def _is_covered(record: EntityRecord, point: Position) -> bool:
    place = _get(record, _BOUNDARY)
    return place is not None and any(geometry.covers(polygon, point) for polygon in geometry.list_polygons(place))
