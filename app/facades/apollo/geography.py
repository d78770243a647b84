"""Whether a place is a GeoJSON FeatureCollection that may be kept (apollo 4.2, RFC 7946)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# How deep the coordinates of a geometry nest, from single positions on.
_DEPTHS: Final = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def is_feature_collection(value: Mapping[str, Any]) -> bool:
    """Whether all its features are points, lines or polygons, or several of a kind; a feature may have no place."""
    features = value.get("features")
    return value.get("type") == "FeatureCollection" and isinstance(features, list) and all(map(_is_feature, features))


def _is_feature(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") != "Feature" or "geometry" not in value:
        return False
    return value["geometry"] is None or _is_geometry(value["geometry"])


def _is_geometry(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or value["type"] not in _DEPTHS:
        return False
    coordinates = value.get("coordinates")
    if value["type"] == "LineString":
        return _is_line(coordinates)
    if value["type"] == "MultiLineString":
        return isinstance(coordinates, list) and all(map(_is_line, coordinates))
    if value["type"] == "Polygon":
        return _is_polygon(coordinates)
    if value["type"] == "MultiPolygon":
        return isinstance(coordinates, list) and all(map(_is_polygon, coordinates))
    return _nests(coordinates, _DEPTHS[value["type"]])


def _nests(value: Any, depth: int) -> bool:
    """Whether positions stand ``depth`` lists deep."""
    if not isinstance(value, list):
        return False
    if depth:
        return all(_nests(inner, depth - 1) for inner in value)
    return len(value) >= 2 and all(isinstance(part, int | float) and not isinstance(part, bool) for part in value)


def _is_line(value: Any) -> bool:
    return _nests(value, 1) and len(value) >= 2


def _is_polygon(value: Any) -> bool:
    return _nests(value, 2) and all(len(ring) >= 4 and ring[0] == ring[-1] for ring in value)
