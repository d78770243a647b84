"""The statements of `cypher/`, by name: one statement a file, and what its header promises is held to.

A name is the path below `cypher/` without its ending: ``space/facts``. A header line begins with ``//`` and has one of
the five fields: purpose, mode (read or write), params (names, or none), returns, plan. What a map parameter holds may
stand behind it in parentheses. Lists of changing length travel inside one map: a list that is a parameter itself enters
the key of the database's plan cache with its size, and would be planned anew for every order of magnitude.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).resolve().parents[2] / "cypher"
FIELDS = ("purpose", "mode", "params", "returns", "plan")

_HEADER = re.compile(r"//\s*(\w+):\s*(.*)")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)\b(?!\()")  # $any(…) and $all(…) are dynamic names, as $(…) is


class StatementInvalid(ValueError):
    """A file of the library whose header and body don't agree."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its promises. ``text`` is what the database gets."""

    name: str
    text: str
    purpose: str
    mode: str
    params: frozenset[str]


class Library:
    """All statements, loaded and checked once. An unknown name is a KeyError: a bug, never a request's fault."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = dict(statements)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Library:
        """Reads every statement below ``folder`` but the migrations. Raises StatementInvalid for the first bad file."""
        files = (path for path in sorted(folder.rglob("*.cypher")) if path.parent.name != "migrations")
        return cls({name: read_statement(name, path.read_text()) for path in files for name in [_name(folder, path)]})

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def read_statement(name: str, text: str) -> Statement:
    """The statement of one file. Raises StatementInvalid unless the header is whole and tells the parameters used."""
    lines = text.splitlines()
    header = {match[1]: match[2].strip() for line in lines if (match := _HEADER.match(line))}
    body = "\n".join(line for line in lines if not line.lstrip().startswith("//")).strip().rstrip(";")
    if set(header) != set(FIELDS):
        raise StatementInvalid(f"{name}: the header needs exactly {', '.join(FIELDS)}")
    if header["mode"] not in ("read", "write"):
        raise StatementInvalid(f"{name}: mode is read or write")
    names = re.sub(r"\(.*?\)", "", header["params"])
    declared = frozenset(word for word in re.split(r"[,\s]+", names) if word not in ("", "none"))
    used = frozenset(_PARAMETER.findall(_STRING.sub("''", body)))
    if declared != used:
        raise StatementInvalid(f"{name}: declares {sorted(declared)}, uses {sorted(used)}")
    return Statement(name, body, header["purpose"], header["mode"], declared)
