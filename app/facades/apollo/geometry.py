"""Where points lie: planar in degrees for what contains them, on a sphere for distances (apollo 6.2).

A position is a pair: longitude, then latitude. What is kept was found to be a GeoJSON FeatureCollection before.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Position: TypeAlias = tuple[float, float]
Ring: TypeAlias = "Sequence[Position]"

NEAR: Final = 1e-12
"""Degrees from a line within which a point lies on it: a tenth of a micrometre, beyond what decimals can say."""


def list_points(collection: Mapping[str, Any]) -> Iterator[Position]:
    """The points of a FeatureCollection, in their order."""
    for kind, coordinates in _list_geometries(collection):
        if kind == "Point":
            yield _read(coordinates)
        elif kind == "MultiPoint":
            yield from map(_read, coordinates)


def list_polygons(collection: Mapping[str, Any]) -> Iterator[list[Ring]]:
    """The polygons of a FeatureCollection, each as its outer ring and its holes."""
    for kind, coordinates in _list_geometries(collection):
        if kind == "Polygon":
            yield _read_rings(coordinates)
        elif kind == "MultiPolygon":
            yield from map(_read_rings, coordinates)


def _list_geometries(collection: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for feature in collection["features"]:
        if feature["geometry"] is not None:
            yield feature["geometry"]["type"], feature["geometry"]["coordinates"]


def _read(coordinates: Sequence[float]) -> Position:
    return coordinates[0], coordinates[1]


def _read_rings(coordinates: Sequence[Sequence[Sequence[float]]]) -> list[Ring]:
    return [[_read(position) for position in ring] for ring in coordinates]


def covers(polygon: Sequence[Ring], point: Position) -> bool:
    """Whether the point lies in or on the polygon; a hole is outside of it, the hole's rim is not."""
    if not polygon or not _is_near(polygon[0], point):
        return False
    if any(_lies_on(ring, point) for ring in polygon):
        return True
    return _surrounds(polygon[0], point) and not any(_surrounds(hole, point) for hole in polygon[1:])


def _is_near(ring: Ring, point: Position) -> bool:
    """Whether the point lies in the box around the ring; most points do not, and cost no more than this."""
    x, y = point
    return (
        min(x1 for x1, _ in ring) - NEAR <= x <= max(x1 for x1, _ in ring) + NEAR
        and min(y1 for _, y1 in ring) - NEAR <= y <= max(y1 for _, y1 in ring) + NEAR
    )


def _lies_on(ring: Ring, point: Position) -> bool:
    return any(_is_between(one, other, point) for one, other in pairwise(ring))


def _is_between(one: Position, other: Position, point: Position) -> bool:
    (x1, y1), (x2, y2), (x, y) = one, other, point
    if not (min(x1, x2) - NEAR <= x <= max(x1, x2) + NEAR and min(y1, y2) - NEAR <= y <= max(y1, y2) + NEAR):
        return False
    length = math.hypot(x2 - x1, y2 - y1)
    return length <= NEAR or abs((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)) <= NEAR * length


def _surrounds(ring: Ring, point: Position) -> bool:
    """Whether a ray from the point, which lies on no edge, leaves the ring an odd number of times."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def measure(one: Position, other: Position) -> float:
    """The great-circle distance in radians."""
    (x1, y1), (x2, y2) = (tuple(map(math.radians, position)) for position in (one, other))
    half = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * math.asin(math.sqrt(min(1.0, half)))
