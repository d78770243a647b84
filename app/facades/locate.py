"""Where strict JSON first breaks, and why. Slow and exact: run only on text that is already known to be bad."""

from __future__ import annotations

import json
import math
import re
from typing import NamedTuple

MAX_TOKENS = 50_000  # about 50 ms; a fault further on is reported without its place

_SPACE = re.compile(rb"[ \t\n\r]*")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERAL = re.compile(rb"true|false|null")
_NOT_A_NUMBER = re.compile(rb"NaN|-?Infinity")
_CHARACTERS = re.compile(rb'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)")


class Spot(NamedTuple):
    """A fault: the reason as one word, the byte offset, and the path of the value it lies in (``a[3].b``)."""

    reason: str
    position: int
    field: str


class _Broken(Exception):
    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class _OutOfTokens(Exception):
    pass


def first_fault(raw: bytes, max_depth: int) -> Spot | None:
    """The first fault of ``raw`` in reading order; None if it has none within the first MAX_TOKENS tokens."""
    reader = _Reader(raw, max_depth)
    try:
        reader.read_document()
    except _Broken as broken:
        return Spot(broken.reason, broken.position, "".join(reader.path).removeprefix("."))
    except _OutOfTokens:
        return None
    return None


class _Reader:
    def __init__(self, raw: bytes, max_depth: int) -> None:
        self.raw = raw
        self.max_depth = max_depth
        self.at = 0
        self.tokens = MAX_TOKENS
        self.path: list[str] = []  # left as it is when a fault is raised: it then names the faulty value

    def read_document(self) -> None:
        if self.raw.startswith(b"\xef\xbb\xbf"):
            raise _Broken("byte_order_mark", 0)
        if not self.peek():
            raise _Broken("empty", 0)
        self.read_value(0)
        if self.peek():
            raise _Broken("trailing_text", self.at)

    def peek(self) -> bytes:
        match = _SPACE.match(self.raw, self.at)
        assert match is not None
        self.at = match.end()
        return self.raw[self.at : self.at + 1]

    def read_value(self, depth: int) -> None:
        self.tokens -= 1
        if self.tokens < 0:
            raise _OutOfTokens
        first = self.peek()
        if first in (b"{", b"["):
            if depth >= self.max_depth:
                raise _Broken("too_deep", self.at)
            self.read_object(depth + 1) if first == b"{" else self.read_array(depth + 1)
        elif first == b'"':
            self.read_string()
        elif match := _NUMBER.match(self.raw, self.at):
            self.judge_number(match)
        elif match := _LITERAL.match(self.raw, self.at):
            self.at = match.end()
        else:
            raise _Broken("not_a_number" if _NOT_A_NUMBER.match(self.raw, self.at) else self.unexpected(), self.at)

    def unexpected(self) -> str:
        return "syntax" if self.at < len(self.raw) else "truncated"

    def expect(self, character: bytes) -> None:
        if self.peek() != character:
            raise _Broken(self.unexpected(), self.at)
        self.at += 1

    def read_array(self, depth: int) -> None:
        self.at += 1
        if self.peek() == b"]":
            self.at += 1
            return
        index = 0
        while True:
            self.path.append(f"[{index}]")
            self.read_value(depth)
            self.path.pop()
            if self.peek() == b"]":
                self.at += 1
                return
            self.expect(b",")
            index += 1

    def read_object(self, depth: int) -> None:
        self.at += 1
        if self.peek() == b"}":
            self.at += 1
            return
        seen: set[str] = set()
        while True:
            self.read_key(seen)
            self.expect(b":")
            self.read_value(depth)
            self.path.pop()
            if self.peek() == b"}":
                self.at += 1
                return
            self.expect(b",")

    def read_key(self, seen: set[str]) -> None:
        if self.peek() != b'"':
            raise _Broken(self.unexpected(), self.at)
        start = self.at
        self.read_string()
        key = json.loads(self.raw[start : self.at])
        self.path.append(f".{key}")
        if key in seen:
            raise _Broken("duplicate_key", start)
        seen.add(key)

    def read_string(self) -> None:
        match = _CHARACTERS.match(self.raw, self.at + 1)
        assert match is not None
        end = match.end()
        following = self.raw[end : end + 1]
        if following != b'"':
            reasons = {b"": "truncated", b"\\": "bad_escape", b"\x00": "nul"}
            raise _Broken(reasons.get(following, "control_character"), end)
        try:
            match.group().decode()
        except UnicodeDecodeError as error:
            raise _Broken("invalid_utf8", match.start() + error.start) from None
        self.judge_escapes(match.start(), end)
        self.at = end + 1

    def judge_escapes(self, start: int, end: int) -> None:
        high: int | None = None  # where an unpaired high surrogate ends, and must be followed by its low one
        for match in _ESCAPE.finditer(self.raw, start, end):
            code = int(match.group(1) or b"20", 16)
            if high is not None and (match.start() != high or not 0xDC00 <= code <= 0xDFFF):
                raise _Broken("lone_surrogate", high - 6)
            if high is None and 0xDC00 <= code <= 0xDFFF:
                raise _Broken("lone_surrogate", match.start())
            if code == 0:
                raise _Broken("nul", match.start())
            high = match.end() if 0xD800 <= code <= 0xDBFF else None
        if high is not None:
            raise _Broken("lone_surrogate", high - 6)

    def judge_number(self, match: re.Match[bytes]) -> None:
        self.at = match.end()
        digits = match.group()
        if match.group(1) or match.group(2):
            if math.isinf(float(digits)):
                raise _Broken("number_out_of_range", match.start())
        elif len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
            raise _Broken("integer_out_of_range", match.start())
