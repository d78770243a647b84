"""Cypher cut into tokens, as far as is needed to judge a text: by its own rules, stricter than the database's.

A text that two readers could cut differently is refused: escapes like ``\\u0041``, which the database resolves before it
reads anything else, and characters outside of strings that are neither letters nor signs of the language.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from app.core.errors import QueryBarred, QueryFaulty


class Kind(Enum):
    """What a token is. QUOTED is a name between backticks."""

    WORD = "word"
    QUOTED = "quoted"
    TEXT = "text"
    NUMBER = "number"
    PARAMETER = "parameter"
    SIGN = "sign"


class Token(NamedTuple):
    """``value``: a name or text without its quotes, a parameter's name, else as written. ``at``: where it begins."""

    kind: Kind
    value: str
    at: int

    @property
    def upper(self) -> str:
        """The word of the language that a bare word may be; empty for any other token."""
        return self.value.upper() if self.kind is Kind.WORD else ""

    @property
    def is_name(self) -> bool:
        """Whether it may name something, as a label."""
        return self.kind in (Kind.WORD, Kind.QUOTED)

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind is Kind.SIGN and self.value in signs


_BREAKS: Final = {"'": "string", '"': "string", "`": "name between backticks", "/": "comment"}
_TOKEN: Final = re.compile(
    r"""
      (?P<skip>    [ \t\r\n]+ | //[^\n\r]* | /\*.*?\*/ )
    | (?P<text>    '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
    | (?P<quoted>  `(?:[^`]|``)+` )
    | (?P<parameter> \$ (?: [^\W]\w* | `(?:[^`]|``)+` ) (?! \w | \s*\( ) )
    | (?P<word>    [^\W\d]\w* )
    | (?P<number>  0[xo][0-9a-fA-F]+ | \d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)? )
    | (?P<sign>    =~ | \|\| | \.\. | :: | <= | >= | <> | [-+*/%^=<>()\[\]{},.:;|&!?$] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\[uU]")


def cut(text: str) -> list[Token]:
    """The tokens of a text. Raises QueryBarred for escapes, QueryFaulty where no token can be read."""
    if _ESCAPE.search(text):
        raise QueryBarred("Escapes by number are not taken; write the character itself, or send it as a parameter.")
    return list(_cut(text))


def _cut(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (match.lastgroup == "sign" and text.startswith("/*", at)):
            raise _explain(text, at)
        if match.lastgroup != "skip":
            found.append(_read(str(match.lastgroup), match[0], at))
        at = match.end()
    return found


def _read(group: str, text: str, at: int) -> Token:
    kind = Kind(group)
    if kind is Kind.TEXT:
        return Token(kind, text[1:-1], at)
    if kind is Kind.QUOTED:
        return Token(kind, _unquote(text), at)
    if kind is Kind.PARAMETER:
        return Token(kind, _unquote(text[1:]) if text[1] == "`" else text[1:], at)
    return Token(kind, text, at)


def _unquote(text: str) -> str:
    return text[1:-1].replace("``", "`")


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column of a place in a text, from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _explain(text: str, at: int) -> QueryFaulty:
    line, column = place(text, at)
    if text[at] in _BREAKS:
        return QueryFaulty(f"A {_BREAKS[text[at]]} begins here and does not end.", line, column)
    return QueryFaulty("This character belongs into a string or between backticks.", line, column)
