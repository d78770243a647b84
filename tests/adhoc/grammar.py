"""Texts of Cypher as a grammar makes them: nearly all are right, most would like to see or do what they may not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

OPEN = ("FuzzA", "FuzzB", "FuzzA|FuzzB", "Entity&FuzzA", "FuzzA&!FuzzB")
BARRED = ("Secret", "Grant", "Job", "JobOutcome", "Commit", "SavedQuery", "Secret|FuzzA", "!FuzzA", "%", "$($label)")
PROPERTIES = ("id", "key", "x", "named", "principal", "job", "index", "text", "space")
STRANGE = ("`Secret{}`", "`a{}:FuzzA`", "`UNIQUE n{}:FuzzA(id)`", "`COUNT {{ (s{}) }}`")
WRITES = (
    "CREATE (:FuzzA)",
    "SET {v}.x = 1",
    "SET {v}:FuzzB",
    "REMOVE {v}.x",
    "DETACH DELETE {v}",
    "MERGE (:FuzzA {{x: 1}})",
    "FOREACH (i IN [1] | CREATE (:FuzzA))",
    "CALL (*) {{ CREATE (:FuzzA) }}",
    "LOAD CSV FROM $address AS row",
    "CALL db.createLabel('FuzzC')",
    "CALL dbms.listConfig() YIELD name",
    "CALL tx.setMetaData({{tercet: 'x'}})",
)


class _Writer:
    """One text: draws its parts, and knows which variables are there."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self._fresh = count()

    def pick(self, choices: Sequence[Any]) -> Any:
        return self._draw(st.sampled_from(choices))

    def chance(self, one_in: int) -> bool:
        return self.pick(range(one_in)) == one_in - 1

    def name(self) -> str:
        spelled = self.pick(STRANGE) if self.chance(5) else "n{}"
        return str(spelled.format(next(self._fresh)))

    def query(self, depth: int) -> str:
        match self.pick(range(8)):
            case 0:
                return f"{self.single([], depth)} UNION {self.single([], depth)}"
            case 1:
                return f"CALL () {{ {self.single([], depth)} }} RETURN x"
            case 2:
                return f"{self.single([], depth)} NEXT RETURN x AS x"
            case _:
                return self.single([], depth)

    def single(self, scope: list[str], depth: int) -> str:
        """Clauses and RETURN; what they introduce is added to ``scope``."""
        scope = list(scope)
        clauses = [self.match(scope, depth)] + [self.clause(scope, depth) for _ in range(self.pick((0, 0, 1, 2)))]
        if not depth and self.chance(4):
            clauses.append(self.pick(WRITES).format(v=scope[0]))
        value = self.value(scope, depth)
        gathered = self.pick(("{}", "{}", "count({})", "collect({})", "max({})")).format(value)
        tail = self.pick(("", "", " ORDER BY x", " LIMIT 3"))
        return f"{' '.join(clauses)} RETURN {gathered} AS x{tail}"

    def clause(self, scope: list[str], depth: int) -> str:
        kind, value = self.pick(range(7)), self.value(scope, depth)
        if kind < 3:
            return self.match(scope, depth)
        if kind == 3 and self.chance(2):
            return str(self.pick(WRITES).format(v=scope[0]))
        name = self.name()
        texts = (f"WITH *, {value} AS {name}", f"UNWIND [{value}] AS {name}", f"LET {name} = {value}")
        return texts[kind % 3] if kind < 6 else f"FILTER {self.predicate(scope, depth)}"

    def match(self, scope: list[str], depth: int) -> str:
        word, comment = self.pick(("MATCH", "MATCH", "OPTIONAL MATCH")), self.pick(("", "", "/* :Entity */ ", "// x\n"))
        pattern = self.pattern(scope, depth)
        where = f" WHERE {self.predicate(scope, depth)}" if self.chance(2) else ""
        return f"{word} {comment}{pattern}{where}"

    def pattern(self, scope: list[str], depth: int) -> str:
        known = list(scope)
        text = self.node(scope, known, depth)
        if self.chance(2):
            links = (
                "-->",
                "<--",
                "--",
                "-[:FUZZ]->",
                "-[:FUZZ*0..2]->",
                "-[*0..0]-",
                "-[:$($label)]->",
                "-[:FUZZ]->{0,1}",
            )
            text += self.pick(links) + self.node(scope, known, depth)
        return f"{text}, {self.node(scope, known, depth)}" if self.chance(6) else text

    def node(self, scope: list[str], known: list[str], depth: int) -> str:
        if known and self.chance(3):
            return f"({self.pick(known)})"
        label = self.pick((*BARRED, "")) if self.chance(9) else self.pick(OPEN)
        spelled = self.pick((":{}", " IS {}")).format(label) if label else ""
        inner = f" {{id: {self.value(known, depth - 1)}}}" if self.chance(8) else ""
        name = self.name()
        scope.append(name)
        return f"({name}{spelled}{inner})"

    def predicate(self, scope: list[str], depth: int) -> str:
        match self.pick(range(9 if depth > 0 else 4)):
            case 0:
                return f"{self.pick(scope)}:$($label)"
            case 1:
                return f"{self.pick(scope)}:{self.pick(('Secret', 'FuzzA', '!FuzzB'))}"
            case 2:
                return f"{self.value(scope, depth - 1)} IS NOT NULL"
            case 3:
                return f"{self.value(scope, depth - 1)} = {self.value(scope, depth - 1)}"
            case 4:
                return f"({self.predicate(scope, depth - 1)} {self.pick(('AND', 'OR'))} {self.predicate(scope, depth - 1)})"
            case 5:
                return f"NOT ({self.predicate(scope, depth - 1)})"
            case 6:
                return f"any(i IN [1] WHERE {self.predicate(scope, depth - 1)})"
            case 7:
                return f"EXISTS {{ {self.pattern(list(scope), depth - 1)} }}"
            case _:
                return f"EXISTS {{ {self.single(scope, depth - 1)} }}"

    def value(self, scope: Sequence[str], depth: int) -> str:
        if depth <= 0 or self.chance(3):
            return self._plain(scope)
        below = list(scope)
        match self.pick(range(10)):
            case 9:
                unseen = self.pick(("[i IN [1] | {}]", "CASE WHEN true THEN {} END", "any(i IN [1] WHERE {} > 3)"))
                return str(unseen).format(f"COUNT {{ ({self.name()}{self.pick((':Secret', ':FuzzA', ''))}) }}")
            case 0:
                return f"[i IN [1, 2] | {self.value(scope, depth - 1)}]"
            case 1:
                return f"CASE WHEN {self._test(below, depth)} THEN {self.value(scope, depth - 1)} ELSE 1 END"
            case 2:
                return f"coalesce({self.value(scope, depth - 1)}, 0)"
            case 3:
                return f"{{a: {self.value(scope, depth - 1)}}}"
            case 4:
                return f"reduce(s = null, i IN [1] | {self.value(scope, depth - 1)})"
            case 5:
                return f"[({self.name()}{self.pick((':Secret', ':FuzzA', ''))})-[*0..1]->() | 1]"
            case 6:
                return f"COUNT {{ {self.pattern(below, depth - 1)} }}"
            case 7:
                return f"COUNT {{ {self.single(below, depth - 1)} }}"
            case _:
                return f"COLLECT {{ {self.single(below, depth - 1)} }}"

    def _test(self, scope: list[str], depth: int) -> str:
        return self.predicate(scope, depth - 1) if scope else "true"

    def _plain(self, scope: Sequence[str]) -> str:
        if not scope or self.chance(4):
            return str(self.pick(("1", "'a'", "null", "$label", "$xs", "$key")))
        shapes = ("{v}.{p}", "{v}.{p}", "{v}.{p}", "labels({v})", "properties({v})", "{v}[$key]", "elementId({v})")
        return str(self.pick(shapes).format(v=self.pick(scope), p=self.pick(PROPERTIES)))


@st.composite
def queries(draw: DrawFn) -> str:
    """A whole query."""
    return _Writer(draw).query(draw(st.sampled_from((0, 1, 2, 3))))
