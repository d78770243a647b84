"""What questions are answered with: entities, links, subgraphs and rows. Each can be looked at and taken further."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.client import convert, picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import networkx
    import pandas
    import polars


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing. ``ref`` names it in questions; ``space`` is set for things of another space."""

    ref: str
    domain: str
    type: str
    id: str
    kind: str
    name: str | None = None
    declared: bool = False
    space: str | None = None

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name or self.id

    def show(self) -> dict[str, Any]:
        """As the service spells it."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def read(cls, member: Mapping[str, Any]) -> Entity:
        """The entity of a document; members that this client does not know are left out."""
        return cls(**{name: member[name] for name in cls.__slots__ if name in member})


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship; its ends by their refs."""

    id: str
    type: str
    source: str
    target: str
    directed: bool = True

    @classmethod
    def read(cls, member: Mapping[str, Any]) -> Link:
        """The link of a document or a row; members that this client does not know are left out."""
        return cls(**{name: member[name] for name in cls.__slots__ if name in member})


@dataclass(frozen=True, slots=True)
class Answer:
    """What every answer has: the whole document, and whether and by which of its limits it was cut."""

    document: Mapping[str, Any] = field(repr=False)

    @property
    def truncated(self) -> bool:
        """Whether there is more than this."""
        return bool(self.document.get("truncated", False))

    @property
    def reason(self) -> str | None:
        """Which limit has cut it."""
        return self.document.get("reason")

    @property
    def limits(self) -> Mapping[str, float]:
        """The limits that were in force."""
        limits: Mapping[str, float] = self.document.get("limits", {})
        return limits


@dataclass(frozen=True, slots=True)
class Card(Answer):
    """One entity with what was written about it and its relationships counted by type and direction."""

    entity: Entity
    fields: Mapping[str, Any]
    degree: Sequence[Mapping[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Rows(Answer):
    """A table. Iterate for its rows, each by the names of its columns."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]] = field(repr=False)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_polars(self) -> polars.DataFrame:
        """A polars frame. Raises ExtraMissing."""
        return convert.to_polars(self.columns, list(map(dict, self.rows)))

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas frame. Raises ExtraMissing."""
        return convert.to_pandas(self.columns, list(map(dict, self.rows)))

    def _repr_html_(self) -> str:
        return picture.tabulate(self.columns, self.rows)


ENTITY_COLUMNS = ("ref", "domain", "type", "id", "kind", "name", "declared", "space")
LINK_COLUMNS = (
    *("id", "type", "directed", "source", "sourceId", "sourceKind", "sourceName"),
    *("target", "targetId", "targetKind", "targetName"),
)


@dataclass(frozen=True, slots=True)
class Subgraph(Answer):
    """Entities by their refs and the relationships among them. What a question adds stands in ``extra``."""

    entities: Mapping[str, Entity]
    links: Sequence[Link]
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Subgraph:
        """The subgraph of a document."""
        entities = {each.ref: each for each in map(Entity.read, document["entities"])}
        plain = {"entities", "relationships", "truncated", "reason", "limits"}
        extra = {name: value for name, value in document.items() if name not in plain}
        return cls(document, entities, [Link.read(each) for each in document["relationships"]], extra)

    def __repr__(self) -> str:
        cut = f", cut by {self.reason}" if self.truncated else ""
        return f"<{len(self.entities):,} entities, {len(self.links):,} relationships{cut}>"

    def __getitem__(self, name: str) -> Any:
        """What the question adds, such as ``paths`` or ``reached``."""
        return self.extra[name]

    def relationships(self) -> Rows:
        """The relationships as rows, with what their ends are."""
        rows = [
            {
                **{name: getattr(link, name) for name in ("id", "type", "directed")},
                **self._show_end("source", link.source),
                **self._show_end("target", link.target),
            }
            for link in self.links
        ]
        return Rows(self.document, LINK_COLUMNS, rows)

    def things(self) -> Rows:
        """The entities as rows."""
        rows = [{name: getattr(each, name) for name in ENTITY_COLUMNS} for each in self.entities.values()]
        return Rows(self.document, ENTITY_COLUMNS, rows)

    def _show_end(self, side: str, ref: str) -> dict[str, Any]:
        end = self.entities.get(ref)
        found = (end.id, end.kind, end.name) if end is not None else (None, None, None)
        return {side: ref, **dict(zip((f"{side}Id", f"{side}Kind", f"{side}Name"), found, strict=True))}

    def to_polars(self) -> polars.DataFrame:
        """The relationships as a polars frame. Raises ExtraMissing."""
        return self.relationships().to_polars()

    def to_pandas(self) -> pandas.DataFrame:
        """The relationships as a pandas frame. Raises ExtraMissing."""
        return self.relationships().to_pandas()

    def to_networkx(self) -> networkx.MultiDiGraph:
        """A networkx graph: see ``convert.to_networkx``. Raises ExtraMissing."""
        return convert.to_networkx(self.entities.values(), self.links)

    def _repr_html_(self) -> str:
        return picture.draw(list(self.entities.values()), self.links, repr(self)[1:-1])
