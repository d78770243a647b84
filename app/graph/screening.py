"""What the text of a query of one's own may say: the first of two guards; the second judges the database's plan.

What a plan shows is judged there. Here is refused what a plan does not show (which function is called, which graph is
used), and what the database can't stop once it has begun: it looks at a transaction's time between rows, not while it
plans (a text of forty nested subqueries occupies it for days) and not within one expression (a sum over a long range, a
regular expression that tries everything, a text that is doubled until memory ends).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from app.core.adhoc import LONGEST_TEXT
from app.core.errors import QueryBarred, QueryFaulty
from app.graph import tokens
from app.graph.documents import OWN_LABELS
from app.graph.tokens import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.core.model import Fields

READABLE: Final = frozenset({"Entity", "Relationship", "Version", "Term", "Space"})
"""Labels of ours that queries may read; any other label is a type of entities, which only entities have."""
BARRED: Final = OWN_LABELS - READABLE

BEGINNINGS: Final = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL", "LET", "FILTER", "WHEN"})
SUBQUERIES: Final = frozenset({"EXISTS", "COUNT", "COLLECT"})
DEEPEST: Final = 30
DEEPEST_SUBQUERY: Final = 4
MOST_TOKENS: Final = 2_000
MOST_SUMS: Final = 16
LONGEST_RANGE: Final = 10_000
# What the database plans in no time so often, and for longer than anybody waits ten times as often.
MOST: Final = {"NOT": 30, "UNION": 20, "WITH": 40, "CASE": 30, "CALL": 20, "MATCH": 30, "OR": 60, "XOR": 10}
MOST_SIGNS: Final = {".": 300, "-": 200}
LONGEST_CHAIN: Final = 10
"""Members behind each other, as in ``a.b.c``."""

# Every function of the database that reads nothing but its arguments, that takes time in proportion to them, and whose
# result is not longer than they are. Functions of plugins are not among them.
_FUNCTIONS: Final = """
abs acos all any asin atan atan2 avg btrim cardinality ceil ceiling char_length character_length coalesce collect
collect_list cos cosh cot coth count date datetime degrees duration duration_between e elementid endnode exists exp
floor format haversin head id isempty isnan keys labels last left length ln local_datetime local_time localdatetime
localtime log log10 lower ltrim max min none nodes normalize nullif path_length percentilecont percentiledisc
percentile_cont percentile_disc pi point properties property_exists radians rand randomuuid range relationships
replace reverse right round rtrim shortestpath allshortestpaths sign sin single sinh size split sqrt startnode stdev
stdevp stdev_pop stdev_samp substring sum tail tan tanh time timestamp toboolean tobooleanlist tobooleanornull tofloat
tofloatlist tofloatornull tointeger tointegerlist tointegerornull tolower tostring tostringlist tostringornull
toupper trim type upper valuetype zoned_datetime zoned_time
coll.distinct coll.indexof coll.insert coll.max coll.min coll.remove coll.sort string.indexof
date.realtime date.statement date.transaction date.truncate datetime.fromepoch datetime.fromepochmillis
datetime.realtime datetime.statement datetime.transaction datetime.truncate duration.between duration.indays
duration.inmonths duration.inseconds localdatetime.realtime localdatetime.statement localdatetime.transaction
localdatetime.truncate localtime.realtime localtime.statement localtime.transaction localtime.truncate
time.realtime time.statement time.transaction time.truncate point.distance point.withinbbox
vector.similarity.cosine vector.similarity.euclidean
"""
FUNCTIONS: Final = frozenset(_FUNCTIONS.split())
PROCEDURES: Final = frozenset({"db.labels", "db.relationshiptypes", "db.propertykeys"})
# Words of the language that a parenthesis may follow.
_WORDS: Final = """
MATCH WHERE AND OR XOR NOT IN WITH RETURN DISTINCT UNWIND CALL CASE WHEN THEN ELSE BY ON AS LIMIT SKIP OFFSET FILTER
SHORTEST ANY ALL PATH PATHS GROUP GROUPS WALK TRAIL ACYCLIC SIMPLE REPEATABLE DIFFERENT ELEMENTS ELEMENT
RELATIONSHIP RELATIONSHIPS BINDINGS STARTS ENDS CONTAINS LIKE IS EXISTS OPTIONAL
"""
_BEFORE_PARENTHESIS: Final = frozenset(_WORDS.split())
_ITERATIONS: Final = frozenset({"ALL", "ANY", "NONE", "SINGLE"})
_OF_ITSELF: Final = frozenset({"nodes", "relationships", "keys", "labels"})
_WHOLE: Final = re.compile(r"\d{1,6}")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class _Level:
    """An open bracket, or CASE. ``iterates``: the variable that runs through a list in it."""

    closing: str
    word: str = ""
    iterates: str | None = None


@dataclass(slots=True)
class _Text:
    """The tokens of a query, and how it is nested."""

    words: list[Token]
    parameters: Fields
    levels: list[_Level] = field(default_factory=list)

    def at(self, index: int) -> Token:
        """The token at a place; a sign that means nothing beyond the ends."""
        return self.words[index] if 0 <= index < len(self.words) else Token(Kind.SIGN, "", -1)


def screen(text: str, parameters: Fields) -> str:
    """The text as it may go to the database, without a semicolon at its end. Raises QueryBarred and QueryFaulty."""
    if len(text) > LONGEST_TEXT:
        raise QueryFaulty(f"A query may have {LONGEST_TEXT} characters.")
    words = tokens.cut(text)
    if words and words[-1].is_sign(";"):
        text = text[: words.pop().at]
    if not words:
        raise QueryFaulty("There is no query.")
    _judge_whole(words)
    read = _Text(words, parameters)
    for index, token in enumerate(words):
        _judge_token(read, index, token)
        _nest(read, index, token)
    return text


def _judge_whole(words: Sequence[Token]) -> None:
    if words[0].upper not in BEGINNINGS:
        raise QueryBarred(f"A query begins with one of {', '.join(sorted(BEGINNINGS))}.")
    if len(words) > MOST_TOKENS:
        raise QueryFaulty(f"A query may have {MOST_TOKENS} words and signs.")
    spoken = [token.upper for token in words]
    for word, most in MOST.items():
        if spoken.count(word) > most:
            raise QueryBarred(f"A query may say {word} {most} times.")
    for sign, most in MOST_SIGNS.items():
        if sum(token.is_sign(sign) for token in words) > most:
            raise QueryBarred(f"A query may have {most} of the sign {sign}.")
    if _measure_chain(words) > LONGEST_CHAIN:
        raise QueryBarred(f"A member may stand {LONGEST_CHAIN} deep, as in a.b.c.")
    if sum(token.is_sign("+", "||") for token in words) > MOST_SUMS:
        raise QueryBarred(f"A query may join or add {MOST_SUMS} times; sum() and collect() know no such limit.")
    if any(one.upper == other.upper == "NOT" for one, other in pairwise(words)):
        raise QueryBarred("NOT NOT is not taken.")


def _measure_chain(words: Sequence[Token]) -> int:
    """The most dots that stand behind each other with one name between."""
    longest = chain = 0
    for before, token in pairwise(words):
        chain = chain + 1 if token.is_sign(".") else chain if before.is_sign(".") else 0
        longest = max(longest, chain)
    return longest


def _judge_token(read: _Text, index: int, token: Token) -> None:
    if token.is_sign(";"):
        raise QueryBarred("One query at a time is taken.")
    if token.is_sign("=~"):
        raise QueryBarred("Regular expressions are not taken; use STARTS WITH, ENDS WITH, CONTAINS.")
    if token.upper == "USE" and not read.at(index - 1).is_sign(".", ":"):
        raise QueryBarred("USE is not taken: a query reads the graph of this service.")
    if token.is_name and token.value in BARRED:
        raise QueryBarred(f"The label {token.value} is not open to queries.")
    if token.is_name and read.at(index + 1).is_sign("("):
        _judge_call(read, index)


def _judge_call(read: _Text, index: int) -> None:
    """A name with a parenthesis behind it: a function, a procedure, a word of the language, or a label of a hint."""
    name = _name_call(read, index)
    if read.words[index].upper in _BEFORE_PARENTHESIS and name.isidentifier():
        return
    if name in PROCEDURES and read.at(index - 2 * name.count(".") - 1).upper == "CALL":
        return
    if read.at(index - 1).is_sign(":") and read.at(index - 3).upper in ("INDEX", "SEEK", "SCAN"):
        return
    if name not in FUNCTIONS:
        raise QueryBarred(f"{_shorten(name)} is not open to queries.")
    if name == "range":
        _judge_range(read, index)
    if name == "replace":
        _judge_replacement(read, index)


def _name_call(read: _Text, index: int) -> str:
    parts = [read.words[index].value]
    while read.at(index - 1).is_sign(".") and read.at(index - 2).is_name:
        index -= 2
        parts.append(read.words[index].value)
    return ".".join(reversed(parts)).lower()


def _shorten(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"


def _list_arguments(read: _Text, index: int) -> Iterator[list[Token]]:
    """The arguments of the call at a place, cut at the commas of the outermost level."""
    depth, argument = 0, list[Token]()
    for token in read.words[index + 1 :]:
        depth += token.is_sign(*"([{") - token.is_sign(*")]}")
        if depth == 0 or (depth == 1 and token.is_sign(",")):
            yield argument
            argument = []
            if depth == 0:
                return
        elif depth > 1 or argument or not token.is_sign("("):
            argument.append(token)


def _judge_range(read: _Text, index: int) -> None:
    """An expression that goes through a range can't be stopped: its bounds must be known to be small."""
    for argument in _list_arguments(read, index):
        if not _is_small(read, argument):
            raise QueryBarred(
                f"range() takes numbers up to {LONGEST_RANGE}, parameters with such, and size() or length() of something."
            )


def _is_small(read: _Text, argument: Sequence[Token]) -> bool:
    words = [token for token in argument if not token.is_sign("-", "+")]
    if words and words[0].value.lower() in ("size", "length") and words[0].kind is Kind.WORD:
        closing = next((n for n, token in enumerate(words) if token.is_sign(")")), 0)
        nested = sum(token.is_sign("(") for token in words[:closing]) > 1
        return not nested and all(map(_is_small_number, words[closing + 1 :]))
    if len(words) != 1:
        return False
    value = read.parameters.get(words[0].value) if words[0].kind is Kind.PARAMETER else None
    small = isinstance(value, int) and abs(value) <= LONGEST_RANGE
    return small or _is_small_number(words[0])


def _is_small_number(token: Token) -> bool:
    return bool(token.kind is Kind.NUMBER and _WHOLE.fullmatch(token.value)) and int(token.value) <= LONGEST_RANGE


def _judge_replacement(read: _Text, index: int) -> None:
    """One call may turn a text into its square: what replaces must be no longer than what is replaced."""
    arguments = list(_list_arguments(read, index))
    literal = [each[0] for each in arguments[1:] if len(each) == 1 and each[0].kind is Kind.TEXT]
    if len(arguments) < 3 or len(literal) != len(arguments) - 1 or len(literal[1].value) > len(literal[0].value):
        raise QueryBarred("replace() takes two texts as they stand, the second no longer than the first.")


def _nest(read: _Text, index: int, token: Token) -> None:
    levels = read.levels
    if levels and (token.value if token.kind is Kind.SIGN else token.upper) == levels[-1].closing:
        levels.pop()
    elif token.is_sign(*_OPENING):
        levels.append(_Level(_OPENING[token.value], read.at(index - 1).upper, _find_iterated(read, index)))
        _judge_nesting(read, index)
    elif token.upper == "CASE" and not read.at(index - 1).is_sign(".", ":"):
        levels.append(_Level("END", "CASE"))


def _find_iterated(read: _Text, index: int) -> str | None:
    """The variable of an iteration that opens at a place: a list comprehension, or all(), any(), none(), single()."""
    opens = read.at(index)
    listed = opens.is_sign("[") or (opens.is_sign("(") and read.at(index - 1).upper in _ITERATIONS)
    variable = read.at(index + 1)
    return variable.value if listed and variable.is_name and read.at(index + 2).upper == "IN" else None


def _judge_nesting(read: _Text, index: int) -> None:
    levels, level = read.levels, read.levels[-1]
    if len(levels) > DEEPEST:
        raise QueryFaulty(f"Brackets may be nested {DEEPEST} deep.")
    if level.closing == "}" and sum(each.closing == "}" for each in levels) > DEEPEST_SUBQUERY:
        raise QueryBarred(f"Subqueries and maps may be nested {DEEPEST_SUBQUERY} deep.")
    if level.closing == "}" and level.word in SUBQUERIES and _is_hidden(levels[:-1]):
        raise QueryBarred(f"{level.word} {{…}} may not stand in a list, in CASE, or in all(), any(), none(), single().")
    if level.iterates is not None:
        _judge_iteration(read, index)


def _is_hidden(levels: Sequence[_Level]) -> bool:
    """Whether the database's plan would not show a subquery in these as operators of its own."""
    return any(each.closing in ("]", "END") or each.word in _ITERATIONS for each in levels)


def _judge_iteration(read: _Text, index: int) -> None:
    """A list gone through for each element of another can't be stopped; the elements' own lists may be gone through."""
    outer = [level.iterates for level in read.levels[:-1] if level.iterates is not None]
    if not outer:
        return
    source = read.at(index + 3)
    if source.value.lower() in _OF_ITSELF and read.at(index + 4).is_sign("("):
        source = read.at(index + 5)
    if source.value != outer[-1]:
        raise QueryBarred("A list may not be gone through for each element of another; use UNWIND.")
