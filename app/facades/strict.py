"""Strict JSON from raw bytes.

Refused, at any depth and inside members that nobody reads: duplicate keys, NaN and Infinity, numbers beyond finite
doubles, integers beyond signed 64 bit, lone surrogates (escaped too), U+0000 in a string, invalid UTF-8, nesting deeper
than 64, text after the value, an empty text, a byte-order mark.

Small bodies: ``parse``. Bulk bodies: a ``Splitter`` cuts the array into raw items and counts them before any of them is
parsed; then ``Items.decode`` parses one item, so that a thread never holds the interpreter for longer than that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from app.facades import locate
from app.facades.faults import BadRequest, TooManyItems

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 64
MAX_FIELD = 200
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_ANY = msgspec.json.Decoder()
_RAW = msgspec.json.Decoder(msgspec.Raw)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
# An odd run of backslashes before u0000. In valid JSON backslashes stand in strings only, so no string need be found.
_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PLACE = re.compile(r"\(byte (\d+)\)$")
_SPACE = b" \t\n\r"


class JsonFault(BadRequest):
    """The text is not strict JSON, or not of the shape that was asked for.

    ``reason``: empty, byte_order_mark, syntax, truncated, trailing_text, invalid_utf8, control_character, nul,
    bad_escape, lone_surrogate, not_a_number, number_out_of_range, integer_out_of_range, duplicate_key, too_deep,
    not_an_array, not_an_object. ``position``: byte offset in the text, or in the item if ``index`` is set; None if
    unknown. ``field``: path of the value at fault (``[3].entities[1].domain``), None for the whole, at most 200
    characters since it may hold keys of the text. ``index``: the item's. The message never quotes the text.
    """

    def __init__(
        self, reason: str, position: int | None = None, field: str | None = None, index: int | None = None
    ) -> None:
        place = "" if position is None else f" at byte {position}"
        super().__init__(reason.replace("_", " ") + place)
        self.reason = reason
        self.position = position
        self.field = field if field is None or len(field) <= MAX_FIELD else field[: MAX_FIELD - 1] + "…"
        self.index = index


def parse(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Json:
    """The value that ``raw`` spells; raises JsonFault.

    One call into the decoder: about 10 ms a MiB. Run it in a thread for bodies above that.
    """
    try:
        value: Json = _ANY.decode(raw)
        members = _count_members(value, max_depth)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _Unfit) as error:
        raise _explain(raw, max_depth, error) from None
    if _holds_nul(raw) or _repeats_a_key(raw, members):
        raise _explain(raw, max_depth, _Unfit("duplicate_key"))
    return value


def without_mark(raw: bytes) -> bytes:
    """``raw`` without a leading byte-order mark, for formats that drop one."""
    return raw.removeprefix(BYTE_ORDER_MARK)


@dataclass(frozen=True, slots=True)
class Items:
    """The raw items of one array, counted but not parsed. ``bare``: one object stood in place of the array."""

    raws: tuple[msgspec.Raw, ...]
    prefix: str
    max_depth: int
    bare: bool = False

    def __len__(self) -> int:
        return len(self.raws)

    def __iter__(self) -> Iterator[Json]:
        """The items, each parsed when it is reached."""
        return (self.decode(index) for index in range(len(self.raws)))

    def decode(self, index: int) -> Json:
        """Parse one item; raises JsonFault with ``index``. About 2 µs for 250 bytes."""
        try:
            return parse(bytes(self.raws[index]), max_depth=self.max_depth)
        except JsonFault as fault:
            raise JsonFault(fault.reason, fault.position, self._field(index, fault.field), index) from None

    def decode_object(self, index: int) -> dict[str, Json]:
        """Parse one item that must be an object; raises JsonFault with ``index``."""
        value = self.decode(index)
        if not isinstance(value, dict):
            raise JsonFault("not_an_object", 0, self._field(index, None), index)
        return value

    def _field(self, index: int, inner: str | None) -> str | None:
        if self.bare:
            return inner
        separator = "" if not inner or inner.startswith("[") else "."
        return f"{self.prefix}[{index}]{separator}{inner or ''}"


@lru_cache(maxsize=16)
def _window(limit: int) -> msgspec.json.Decoder[Any]:
    """A window of ``limit`` slots instead of a list: the decoder stops at the first item too many.

    So eight million zeros cost nothing (as list[Raw]: 500 MB). A type of so many slots is never given back by the
    decoder's library, so there is one a limit.
    """
    slots = [(f"item{index}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for index in range(limit)]
    return msgspec.json.Decoder(msgspec.defstruct("Window", slots, array_like=True, forbid_unknown_fields=True))


class Splitter:
    """Cuts arrays of at most ``limit`` items. What that takes is prepared once a limit: 40 ms for 10,000."""

    def __init__(self, limit: int, *, max_depth: int = MAX_DEPTH) -> None:
        self.limit = limit
        self.max_depth = max_depth
        self._window = _window(limit)

    def split(self, raw: bytes) -> Items:
        """The items of the array that ``raw`` spells; a bare object counts as an array of one.

        Raises JsonFault for text that is no JSON (its strictness is judged item by item) or neither array nor object,
        and TooManyItems.
        """
        first = raw.lstrip(_SPACE)[:1]
        if first == b"{":
            return Items((self._whole(raw),), "", self.max_depth, bare=True)
        if first != b"[":
            self._whole(raw)
            raise JsonFault("not_an_array", 0)
        return Items(self._cut(raw), "", self.max_depth - 1)

    def split_member(self, raw: bytes, member: str) -> tuple[dict[str, Json], Items | None]:
        """The members of the object that ``raw`` spells, apart from the array ``member``, and that array's items.

        The other members are judged strictly; None and everything in the first part if ``member`` is not an array.
        Raises JsonFault and TooManyItems.
        """
        if raw.lstrip(_SPACE)[:1] != b"{":
            self._whole(raw)
            raise JsonFault("not_an_object", 0)
        try:
            array = bytes(_MEMBERS.decode(raw).get(member, b""))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _explain(raw, self.max_depth, error) from None
        if not array.startswith(b"["):
            return self._members(raw), None
        # Blanked, not cut out, so that places stay true. The same text elsewhere too: it is at most half of the body.
        blank = b"[" + b" " * (len(array) - 2) + b"]"
        rest = self._members(raw.replace(array, blank) if raw.count(array) == 1 else raw)
        del rest[member]
        return rest, Items(self._cut(array), member, self.max_depth - 2)

    def _members(self, raw: bytes) -> dict[str, Json]:
        value = parse(raw, max_depth=self.max_depth)
        assert isinstance(value, dict)
        return value

    def _whole(self, raw: bytes) -> msgspec.Raw:
        try:
            whole: msgspec.Raw = _RAW.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _explain(raw, self.max_depth, error) from None
        return whole

    def _cut(self, raw: bytes) -> tuple[msgspec.Raw, ...]:
        try:
            slots = msgspec.structs.astuple(self._window.decode(raw))
        except msgspec.ValidationError:
            self._whole(raw)  # malformed further on comes before too many
            raise TooManyItems(self.limit) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _explain(raw, self.max_depth, error) from None
        return slots[: slots.index(msgspec.UNSET)] if slots and slots[-1] is msgspec.UNSET else slots


class _Unfit(Exception):
    """Valid JSON that strictness refuses; ``args[0]`` is the reason."""


def _count_members(value: Json, depth_left: int) -> int:
    """How many members all objects in ``value`` hold, after the decoder has dropped repeated keys."""
    if isinstance(value, dict):
        count, children = len(value), list(value.values())
    elif isinstance(value, list):
        count, children = 0, value
    else:
        count, children = 0, [value]
        depth_left += 1
    if depth_left <= 0:
        raise _Unfit("too_deep")
    for child in children:
        kind = type(child)
        if kind is str:
            continue
        if kind is dict or kind is list:
            count += _count_members(child, depth_left - 1)
        elif kind is int and not -(2**63) <= child < 2**63:  # type: ignore[operator]
            raise _Unfit("integer_out_of_range")
    return count


def _holds_nul(raw: bytes) -> bool:
    return b"\\u0000" in raw and _NUL_ESCAPE.search(raw) is not None


def _repeats_a_key(raw: bytes, members: int) -> bool:
    """Whether an object repeats a key, given how many members were left of them all.

    Each member has one colon, behind a quote or white space. If no more of those than members can be found, nothing was
    dropped. Otherwise (a colon inside a string) an exact parser decides.
    """
    if raw.count(b":") == members:
        return False
    if sum(map(raw.count, (b'":', b" :", b"\t:", b"\n:", b"\r:"))) == members:
        return False
    try:
        json.loads(raw, object_pairs_hook=_refuse_repeated)
    except _Unfit:
        return True
    return False


def _refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _Unfit("duplicate_key")


def _explain(raw: bytes, max_depth: int, error: Exception) -> JsonFault:
    """The fault with its place; without it if it lies beyond what ``locate`` reads."""
    spot = locate.first_fault(raw, max_depth)
    if spot is not None:
        return JsonFault(spot.reason, spot.position, spot.field or None)
    if isinstance(error, _Unfit):
        return JsonFault(error.args[0])
    if isinstance(error, RecursionError):
        return JsonFault("too_deep")
    place = _PLACE.search(str(error))
    return JsonFault("syntax", int(place[1]) if place else None)
