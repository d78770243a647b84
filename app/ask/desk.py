"""What all questions of the shell have in common: whom to ask, and how an answer is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.client import Answer, Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.client import Entity, Link

Where = Callable[[], tuple[str, str]]
"""The address of the service and a token, as the settings say."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One call: the graph to ask, and whether programs read the answer."""

    graph: Graph
    as_json: bool
    console: Console

    @classmethod
    def begin(cls, graph: Graph, *, as_json: bool) -> Asking:
        """Answers go to the standard output."""
        return cls(graph, as_json, Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty()))

    def tell(self, answer: Answer, columns: Sequence[str], rows: Iterable[Sequence[Any]], summary: str = "") -> None:
        """The document for programs; for people a table, a line, and what has cut the answer."""
        if self.as_json:
            self.tell_json(answer.document)
            return
        self.tell_rows(columns, rows)
        if summary:
            self.console.print(Text(summary))
        if answer.truncated:
            limit = answer.limits.get(answer.reason or "")
            bound = "" if limit is None else f" ({limit:g})"
            self.console.print(Text(f"There is more: cut by the limit of {answer.reason}{bound}", style="yellow"))

    def tell_rows(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table. What stands in the graph is shown as it is: no mark-up, no control characters."""
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(_show(value)) for value in row))
        self.console.print(table)

    def tell_json(self, document: object) -> None:
        """One JSON document in one line."""
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")


def show_way(entities: Mapping[str, Entity], links: Mapping[str, Link], way: Mapping[str, Any]) -> str:
    """A path or a cycle in one line, with an arrow in the direction of each relationship."""
    refs: list[str] = way["entities"]
    told = [label(entities, refs[0])]
    for n, id in enumerate(way["relationships"]):
        link, near, far = links[id], refs[n], refs[(n + 1) % len(refs)]
        arrow = f"—{link.type}—" if not link.directed else f"—{link.type}→" if link.source == near else f"←{link.type}—"
        told += [arrow, label(entities, far)]
    return " ".join(told)


def label(entities: Mapping[str, Entity], ref: str) -> str:
    """What a person calls an entity."""
    return entities[ref].label if ref in entities else ref


def _show(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
