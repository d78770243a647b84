"""How a façade reads the path of a request, and which route that names.

Matching works on segments, never on a decoded whole, so that an encoded slash means what the façade's contract says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from app.facades.faults import MethodNotAllowed, PathUnknown, PathUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi.routing import APIRoute

_PARAMETER = re.compile(r"{([a-zA-Z_][a-zA-Z0-9_]*)(?::str)?}")


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """``cut`` makes the segments that routes are matched against; ``read`` makes a parameter's value of what matched.

    ``read`` may raise PathUnreadable. Both get and give text; bytes that are not UTF-8 come as U+FFFD from ``cut``.
    """

    cut: Callable[[bytes], list[str]]
    read: Callable[[str], str]


def _decode_then_split(path: bytes) -> list[str]:
    return unquote(path.decode("latin-1"), errors="replace").split("/")[1:]


def _split_raw(path: bytes) -> list[str]:
    return path.decode("latin-1").removesuffix("/").split("/")[1:]


def _split_then_decode(path: bytes) -> list[str]:
    text = path.decode("latin-1").partition("#")[0].removesuffix("/")
    return [unquote(segment, errors="replace") for segment in text.split("/")[1:]]


def _read_once(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise PathUnreadable("a path segment is not UTF-8") from None


DECODE_THEN_SPLIT = PathPolicy(_decode_then_split, str)
"""Percent-decoding comes first: %2F separates, %3A is a colon. A trailing slash is a segment of its own."""

MATCH_THEN_DECODE = PathPolicy(_split_raw, _read_once)
"""Literals are compared undecoded, %2F belongs to a parameter, each is decoded once. One trailing slash is ignored."""

SPLIT_THEN_DECODE = PathPolicy(_split_then_decode, str)
"""Segments are cut raw, then decoded, then compared. A raw # and the rest, and one trailing slash, are dropped."""


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], _Node]] = field(default_factory=list)
    parameter: tuple[str, _Node] | None = None
    routes: dict[str, APIRoute] = field(default_factory=dict)


class RouteTable:
    """Routes by segment: a literal wins over a mixed segment (``entities({id})``), and that over a parameter.

    A parameter in a mixed segment holds no raw comma: that would be a list of several, which no format offers.
    HEAD is offered wherever GET is; OPTIONS is listed in ``Allow`` if the façade answers it.
    """

    def __init__(self, routes: Sequence[APIRoute], policy: PathPolicy, *, offers_options: bool) -> None:
        self.policy = policy
        self.offers_options = offers_options
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, raw_path: bytes) -> tuple[APIRoute, dict[str, str]]:
        """The route and its parameters; raises PathUnknown, MethodNotAllowed or PathUnreadable."""
        captured: dict[str, str] = {}
        node = _descend(self._root, self.policy.cut(raw_path), 0, captured)
        if node is None:
            raise PathUnknown("no such path")
        route = node.routes.get(method)
        if route is None:
            raise MethodNotAllowed(self._list_methods(node))
        return route, {name: self.policy.read(value) for name, value in captured.items()}

    def _list_methods(self, node: _Node) -> list[str]:
        return sorted({*node.routes, "OPTIONS"} if self.offers_options else node.routes)

    def _add(self, route: APIRoute) -> None:
        node = self._root
        for segment in route.path.removesuffix("/").split("/")[1:]:
            node = _grow(node, segment)
        methods = route.methods or set()
        for method in methods:
            if node.routes.setdefault(method, route) is not route:
                raise ValueError(f"two routes for {method} {route.path}")
        if "GET" in methods:
            node.routes.setdefault("HEAD", route)


def _grow(node: _Node, segment: str) -> _Node:
    whole = _PARAMETER.fullmatch(segment)
    if whole:
        node.parameter = node.parameter or (whole[1], _Node())
        if node.parameter[0] != whole[1]:
            raise ValueError(f"one segment is called {node.parameter[0]} and {whole[1]}")
        return node.parameter[1]
    if "{" not in segment:
        return node.literals.setdefault(segment, _Node())
    names = iter(_PARAMETER.findall(segment))
    literals = _PARAMETER.sub("{}", segment).split("{}")
    text = re.escape(literals[0]) + "".join(f"(?P<{next(names)}>[^,]+){re.escape(part)}" for part in literals[1:])
    pattern = re.compile(text, re.DOTALL)
    for known, child in node.patterns:
        if known.pattern == pattern.pattern:
            return child
    node.patterns.append((pattern, _Node()))
    return node.patterns[-1][1]


def _descend(node: _Node, segments: Sequence[str], at: int, captured: dict[str, str]) -> _Node | None:
    if at == len(segments):
        return node if node.routes else None
    segment = segments[at]
    literal = node.literals.get(segment)
    if literal is not None and (found := _descend(literal, segments, at + 1, captured)):
        return found
    for pattern, child in node.patterns:
        match = pattern.fullmatch(segment)
        if match and (found := _descend(child, segments, at + 1, captured)):
            captured.update(match.groupdict())
            return found
    if node.parameter is None or not segment:
        return None
    name, child = node.parameter
    if found := _descend(child, segments, at + 1, captured):
        captured[name] = segment
    return found
