"""Rules of the house that no linter knows, held by reading the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.rules import POLICIES

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
MODULES = sorted(APP.rglob("*.py"))
BANNED = {"utils", "util", "helpers", "helper", "common", "base", "services", "managers", "handlers", "misc"}
LONGEST_FUNCTION = 50
LONGEST_FILE = 450
CYPHER = re.compile(r"\b(?:MATCH|MERGE|UNWIND|CREATE|DETACH)\b\s*\(|\b(?:CREATE|DROP)\s+(?:CONSTRAINT|INDEX)\b")
FORMATS = frozenset(POLICIES)

modules = pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every string of a module but its docstrings."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node


def find_cypher(tree: ast.AST) -> list[int]:
    """The lines on which a statement stands in a string."""
    return [node.lineno for node in strings(tree) if CYPHER.search(str(node.value))]


def find_comparisons(tree: ast.AST) -> list[int]:
    """The lines on which something other than an entity's domain is compared with the name of a format."""

    def names_format(node: ast.AST) -> bool:
        return any(isinstance(part, ast.Constant) and part.value in FORMATS for part in ast.walk(node))

    def is_domain(node: ast.AST) -> bool:
        return getattr(node, "attr", getattr(node, "id", None)) == "domain"

    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare) and not is_domain(node.left)]
    found = [node.lineno for node in compared if any(map(names_format, (node.left, *node.comparators)))]
    cases = [node for node in ast.walk(tree) if isinstance(node, ast.MatchValue) and names_format(node)]
    return sorted(found + [node.value.lineno for node in cases])


@modules
def test_no_statement_stands_in_a_string(path: Path) -> None:
    assert find_cypher(read(path)) == []


@modules
def test_a_module_says_by_its_name_what_it_is_for(path: Path) -> None:
    assert BANNED.isdisjoint(path.relative_to(APP).with_suffix("").parts)


@modules
def test_functions_and_files_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {node.name: node.end_lineno - node.lineno + 1 for node in functions if node.end_lineno is not None}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


# The demonstration speaks all three formats, each in its turn: it is their client.
ABOVE_THE_FORMATS = ("facades", "demo")


@modules
def test_only_a_formats_own_folder_asks_which_format_it_is(path: Path) -> None:
    parts = path.relative_to(APP).parts
    own = parts[0] in ABOVE_THE_FORMATS and len(parts) > 1 and (parts[1] in FORMATS or parts[0] == "demo")
    if not own:
        assert find_comparisons(read(path)) == []


def test_a_statement_in_a_string_is_found() -> None:
    assert find_cypher(ast.parse('run("MATCH (n) RETURN n")')) == [1]
    assert find_cypher(ast.parse('"""MATCH (n) in a docstring."""\nx = f"UNWIND $rows AS row MERGE (n:{kind})"')) == [2]
    assert find_cypher(ast.parse('log("the MATCH failed")')) == []


def test_a_question_for_the_format_is_found() -> None:
    assert find_comparisons(ast.parse('if policy.name == "sas": pass')) == [1]
    assert find_comparisons(ast.parse('if name in ("sas", "apollo"): pass')) == [1]
    assert find_comparisons(ast.parse('match name:\n case "apollo": pass')) == [2]
    assert find_comparisons(ast.parse('if entity.domain == "sas": pass')) == []
