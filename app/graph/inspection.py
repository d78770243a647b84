"""What the database's plan of a query of one's own may hold: the second of two guards, and the one that decides.

Every node that a query can see comes from a start of its plan, or over an edge. Edges join entities only. So a query
that starts at labels which are open, and whose operators are known, reads what is open and nothing else, whatever its
text looks like: a text of other words that means the same is planned the same.

One thing is not an operator of the plan: a subquery inside of an expression (in a list, in CASE) runs unseen. It is
printed in the details of the operator that runs it, and refused there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import QueryBarred, QueryFaulty
from app.graph import tokens
from app.graph.screening import BARRED, PROCEDURES, SUBQUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from app.graph.tokens import Token

_PLAIN: Final = """
AntiConditionalApply AntiSemiApply Apply Argument AssertSameNode AssertSameRelationship CacheProperties CartesianProduct
ConditionalApply Distinct Eager EagerAggregation EmptyRow ExhaustiveLimit Filter LeftOuterHashJoin LetAntiSemiApply
LetSelectOrAntiSemiApply LetSelectOrSemiApply LetSemiApply Limit NodeHashJoin Optional OrderedAggregation OrderedDistinct
OrderedUnion PartialSort PartialTop PreserveOrder ProduceResults ProjectEndpoints Projection
RelationshipCountFromCountStore RightOuterHashJoin RollUpApply SelectOrAntiSemiApply SelectOrSemiApply SemiApply
ShortestPath Skip Sort Top Top1WithTies TriadicBuild TriadicFilter TriadicSelection Union Unwind ValueHashJoin
Expand OptionalExpand VarLengthExpand Repeat BidirectionalRepeat StatefulShortestPath
DirectedAllRelationshipsScan DirectedRelationshipByElementIdSeek DirectedRelationshipTypeScan
DirectedUnionRelationshipTypesScan UndirectedAllRelationshipsScan UndirectedRelationshipByElementIdSeek
UndirectedRelationshipTypeScan UndirectedUnionRelationshipTypesScan DynamicDirectedRelationshipTypeLookup
DynamicUndirectedRelationshipTypeLookup
"""
PLAIN: Final = frozenset(_PLAIN.split())
"""Operators that see no node but those that their children, or edges, give them."""

_INDEXED: Final = """
NodeIndexContainsScan NodeIndexEndsWithScan NodeIndexScan NodeIndexSeek NodeIndexSeekByRange NodeUniqueIndexSeek
NodeUniqueIndexSeekByRange
"""
_UNLABELLED: Final = frozenset({"AllNodesScan", "NodeByElementIdSeek", "NodeByIdSeek", "DynamicLabelNodeLookup"})


def inspect(plan: Mapping[str, Any], database: str) -> None:
    """Raises QueryBarred unless the plan can't change anything and sees what is open only."""
    for operator in _walk(plan):
        name, _, where = operator["operatorType"].partition("@")
        if where != database:
            raise QueryBarred("A query reads the graph of this service.")
        details = _list_details(operator)
        for words in details:
            _judge_hidden(words)
        judge = JUDGES.get(name.partition("(")[0])
        if judge is None:
            raise QueryBarred(_explain(name))
        if not judge(_read_details(operator)):
            raise QueryBarred("A query starts at labels that are open to it: Entity, or the type of an entity.")


def _explain(name: str) -> str:
    if name in _UNLABELLED:
        return f"{name}: name a label where a node is first met, (n:Entity) for any entity."
    return f"{name} is not open to queries."


def _walk(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [plan]
    while waiting:
        operator = waiting.pop()
        yield operator
        waiting.extend(operator.get("children", ()))


def _list_details(operator: Mapping[str, Any]) -> list[list[Token]]:
    """Everything that is said of an operator; the whole plan as text repeats it."""
    said = {name: value for name, value in operator["args"].items() if name != "string-representation"}
    return [_cut(value) for value in said.values() if isinstance(value, str)]


def _read_details(operator: Mapping[str, Any]) -> list[Token]:
    return _cut(operator["args"].get("Details") or "")


def _cut(text: str) -> list[Token]:
    try:
        return tokens.cut(text)
    except QueryFaulty:
        raise QueryBarred("The database's plan of this query can't be judged.") from None


def _judge_hidden(words: Sequence[Token]) -> None:
    for word, behind in pairwise(words):
        if word.upper in SUBQUERIES and behind.is_sign("{"):
            raise QueryBarred(
                f"{word.upper} {{…}} stands where the database runs it unseen; use CALL or WITH before it."
            )


def _is_any(_details: Sequence[Token]) -> bool:
    return True


def _is_open(label: Token) -> bool:
    return label.is_name and label.value not in BARRED


def _starts_at_label(details: Sequence[Token]) -> bool:
    """``n:A``, ``n:A|B``, ``n:A&B``, ``n:A&!B``: the first label is demanded, or one of those that are all open."""
    match details:
        case [variable, colon, *rest] if variable.is_name and colon.is_sign(":"):
            return bool(rest) and _is_open(rest[0]) and all(_is_open(each) for each in rest if each.is_name)
        case _:
            return False


def _starts_at_index(details: Sequence[Token]) -> bool:
    """``RANGE INDEX n:A(p, q) WHERE …``, ``UNIQUE n:A(p) WHERE …``."""
    colon = next((place for place, each in enumerate(details) if each.is_sign(":")), 0)
    if not 2 <= colon <= 3 or colon + 2 >= len(details) or not all(each.is_name for each in details[:colon]):
        return False
    return _is_open(details[colon + 1]) and details[colon + 2].is_sign("(")


def _counts_labels(details: Sequence[Token]) -> bool:
    """``count( (:A), (:B) ) AS c``."""
    inner = [each.value for each in details[:2]] == ["count", "("] and list(details[2:])
    while inner:
        match inner:
            case [opens, colon, label, closes, comma, *rest] if (
                opens.is_sign("(") and colon.is_sign(":") and _is_open(label) and closes.is_sign(")")
            ):
                if comma.is_sign(")"):
                    return True
                inner = rest
            case _:
                return False
    return False


def _is_procedure(details: Sequence[Token]) -> bool:
    """``db.labels() :: (label :: STRING)``."""
    name = ""
    for each in details:
        if each.is_sign("("):
            break
        name += each.value.lower()
    return name in PROCEDURES


JUDGES: Final[Mapping[str, Callable[[Sequence[Token]], bool]]] = {
    **dict.fromkeys(PLAIN, _is_any),
    **dict.fromkeys(_INDEXED.split(), _starts_at_index),
    "NodeByLabelScan": _starts_at_label,
    "UnionNodeByLabelsScan": _starts_at_label,
    "IntersectionNodeByLabelsScan": _starts_at_label,
    "SubtractionNodeByLabelsScan": _starts_at_label,
    "NodeCountFromCountStore": _counts_labels,
    "ProcedureCall": _is_procedure,
}
