"""Rows as data frames, subgraphs as networkx graphs; the libraries are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import networkx
    import pandas
    import polars

    from app.client.answers import Entity, Link

Row = dict[str, Any]


class ExtraMissing(ImportError):
    """A library that only notebooks need is not installed."""


def to_polars(columns: Sequence[str], rows: Sequence[Row]) -> polars.DataFrame:
    """A polars frame with these columns, also where there are no rows. Raises ExtraMissing."""
    frame: polars.DataFrame = _bring("polars").DataFrame(
        {name: [row.get(name) for row in rows] for name in columns}, strict=False
    )
    return frame


def to_pandas(columns: Sequence[str], rows: Sequence[Row]) -> pandas.DataFrame:
    """A pandas frame with these columns, also where there are no rows. Raises ExtraMissing."""
    frame: pandas.DataFrame = _bring("pandas").DataFrame(
        {name: [row.get(name) for row in rows] for name in columns}, columns=list(columns)
    )
    return frame


def to_networkx(entities: Iterable[Entity], links: Iterable[Link]) -> networkx.MultiDiGraph:
    """Nodes by their refs, edges by the ids of their relationships; the attributes are those of the exported files.

    Relationships without direction have ``directed`` False. Raises ExtraMissing.
    """
    graph: networkx.MultiDiGraph = _bring("networkx").MultiDiGraph()
    for entity in entities:
        optional = {"name": entity.name, "space": entity.space}
        graph.add_node(
            entity.ref,
            domain=entity.domain,
            entityType=entity.type,
            entityId=entity.id,
            kind=entity.kind,
            declared=entity.declared,
            **{name: text for name, text in optional.items() if text is not None},
        )
    for link in links:
        graph.add_edge(link.source, link.target, key=link.id, relationshipType=link.type, directed=link.directed)
    return graph


def _bring(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ExtraMissing(
            f"{name} is not installed; it comes with the extra: pip install 'tercet[notebook]'"
        ) from error
