"""What the database answers as JSON values.

Integers keep their 64 bits. Floats that are no numbers of JSON become the texts ``NaN``, ``Infinity``, ``-Infinity``.
Dates, times and durations become their ISO 8601 texts, a time zone behind in brackets; points ``{"srid", "coordinates"}``;
bytes base64. Nodes are ``{"id", "labels", "properties"}``, relationships ``{"id", "type", "start", "end", "properties"}``,
paths ``{"nodes", "relationships"}``; these ids hold within one answer.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING

from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time
from neo4j.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.core.model import Json


def show(value: object) -> Json:
    """A value of the database as a JSON value."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else _spell_float(value)
        case dict():
            return {str(name): show(each) for name, each in value.items()}
        case Node():
            labels = sorted(value.labels)
            return {"id": value.element_id, "labels": labels, "properties": _show_properties(value.items())}
        case Relationship():
            return _show_relationship(value)
        case Path():
            nodes, relationships = map(show, value.nodes), map(show, value.relationships)
            return {"nodes": list(nodes), "relationships": list(relationships)}
        case Point():
            return {"srid": value.srid, "coordinates": [show(each) for each in value]}
        case Duration():  # a tuple, too
            return value.iso_format()
        case list() | tuple():
            return [show(each) for each in value]
        case _:
            return _show_rare(value)


def _spell_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _show_properties(properties: Iterable[tuple[str, object]]) -> dict[str, Json]:
    return {name: show(each) for name, each in properties}


def _show_relationship(value: Relationship) -> Json:
    start, end = (None if node is None else node.element_id for node in (value.start_node, value.end_node))
    shown = _show_properties(value.items())
    return {"id": value.element_id, "type": value.type, "start": start, "end": end, "properties": shown}


def _show_rare(value: object) -> Json:
    match value:
        case DateTime() | Time():
            return value.iso_format() + _name_zone(value)
        case Date():
            return value.iso_format()
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case Vector():
            return [show(each) for each in value.to_native()]
        case _:
            return str(value)


def _name_zone(value: DateTime | Time) -> str:
    name = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "zone", None)
    return f"[{name}]" if name else ""
