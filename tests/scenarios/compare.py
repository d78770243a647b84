"""How a scenario's texts are filled in and held against an answer.

``{name}`` stands for what was kept under that name; ``{space}`` and ``{other}`` are two fresh spaces, ``{uuid5:text}``
is the UUIDv5 of a text in ``{space}``. In an expected answer a whole text may be a pattern: ``<uuid>``, ``<tag>``,
``<instant>`` (of any format), ``<text>``, ``<any>`` or ``<absent>``; ``<uuid as name>`` also keeps what was found, and
``<tag other than name>`` refuses what was kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.core.identity import name_uuid, space_name

_PLACE = re.compile(r"\{(uuid5:[^{}]+|\w+)\}")
_PATTERN = re.compile(r"<(\w+)(?: as (?P<keep>\w+))?(?: other than (?P<not>\w+))?>\Z")
_FORMS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"),
    "instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(\+00:00|Z)\Z"),
    "tag": re.compile(r'W/"\d+"\Z'),
    "text": re.compile(r".+\Z", re.DOTALL),
}
ABSENT = object()


class Kept(dict[str, str]):
    """What is known by name while a scenario runs."""

    def fill(self, said: Any) -> Any:
        """A value with every ``{name}`` in its texts filled in. Raises KeyError for an unknown name."""
        if isinstance(said, str):
            return _PLACE.sub(lambda place: self._look_up(place[1]), said)
        if isinstance(said, list):
            return [self.fill(each) for each in said]
        if isinstance(said, Mapping):
            return {self.fill(name): self.fill(value) for name, value in said.items()}
        return said

    def _look_up(self, name: str) -> str:
        if name.startswith("uuid5:"):
            return name_uuid(space_name(self["space"]).namespace, name.removeprefix("uuid5:"))
        return self[name]


def hold(expected: Any, found: Any, kept: Kept, *, whole: bool, where: str = "") -> None:
    """Asserts that an answer is what was expected, and keeps what has a name.

    ``whole`` refuses members that were not expected; lists have the expected length either way.
    """
    if isinstance(expected, Mapping):
        _hold_object(expected, found, kept, whole, where)
    elif isinstance(expected, list):
        assert isinstance(found, list), f"{where}: no list: {found!r}"
        assert len(found) == len(expected), f"{where}: {len(expected)} were expected: {found!r}"
        for index, each in enumerate(expected):
            hold(each, found[index], kept, whole=whole, where=f"{where}[{index}]")
    elif isinstance(expected, str) and (pattern := _PATTERN.match(expected)) is not None:
        _hold_pattern(pattern, found, kept, where)
    else:
        wanted = kept.fill(expected)
        assert (type(found), found) == (type(wanted), wanted), f"{where}: {wanted!r} was expected: {found!r}"


def _hold_object(expected: Mapping[str, Any], found: Any, kept: Kept, whole: bool, where: str) -> None:
    assert isinstance(found, Mapping), f"{where}: no object: {found!r}"
    if whole:
        assert set(found) <= set(expected), f"{where}: not expected: {sorted(set(found) - set(expected))}"
    for name, each in expected.items():
        hold(each, found.get(name, ABSENT), kept, whole=whole, where=f"{where}.{name}")


def _hold_pattern(pattern: re.Match[str], found: Any, kept: Kept, where: str) -> None:
    form = pattern[1]
    assert (found is ABSENT) == (form == "absent"), f"{where}: {form} was expected"
    if form not in ("any", "absent"):
        assert isinstance(found, str), f"{where}: no text: {found!r}"
        assert _FORMS[form].match(found), f"{where}: no {form}: {found!r}"
    if (other := pattern["not"]) is not None:
        assert found != kept[other], f"{where}: the {other} that was kept: {found!r}"
    if (name := pattern["keep"]) is not None:
        assert name not in kept, f"{name} was kept before"
        kept[name] = found
