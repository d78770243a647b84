"""``Graph``: the questions of ``/graph/v1`` about one space, as methods."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

import httpx2

from app.client.answers import Answer, Card, Entity, Link, Rows, Subgraph
from app.client.connect import ClientError, Connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

URL: Final = "http://127.0.0.1:8080"
PAGE: Final = 1_000
MOST_SHOWN: Final = 10

Direction = Literal["out", "in", "both"]
Who = Entity | str
"""An entity, its ref, ``domain/type/id``, its id, or words that only one entity has."""


class Ambiguous(ClientError):
    """Words that no entity has, or several: ``candidates`` are the first of them."""

    def __init__(self, words: str, candidates: list[Entity]) -> None:
        self.candidates = candidates
        named = "; ".join(f"{each.label} ({each.kind}, {each.ref})" for each in candidates)
        super().__init__(
            f"Several entities are meant by {words!r}: {named}" if named else f"Nothing is called {words!r}"
        )


class Graph:
    """One space of the service at ``url``, asked with a token (by default what TERCET_TOKEN holds).

    Entities are named as ``Who`` says. Every method raises Refused for what the service refuses, in its words, and
    Unreachable when it does not answer; what only reads is tried again for ``patience`` seconds. Use it in a ``with``,
    or ``close`` it.
    """

    def __init__(
        self,
        url: str = URL,
        token: str | None = None,
        space: str | None = None,
        *,
        patience: float = 30.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        bearer = os.environ.get("TERCET_TOKEN", "") if token is None else token
        client = httpx2.Client(base_url=url, timeout=60, transport=transport)
        self.connection = Connection(client, bearer, patience=patience)
        self.space = space

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self.connection.close()

    def spaces(self) -> Rows:
        """The spaces that the token may read."""
        found = list(self._list("/graph/v1/spaces", "spaces", {}))
        return Rows({}, ("id", "entities", "relationships", "right"), found)

    def facets(self) -> Answer:
        """What the space holds: its counts by kind and type, hubs and orphans, in ``document``."""
        return Answer(self._ask("", {}))

    def find(self, words: str | None = None, *, limit: int = 50, **filters: str) -> list[Entity]:
        """Entities that have these words, or beginnings of words; ``filters``: id, name, domain, type, kind."""
        query = {"q": words, **filters}
        page = self._ask("/entities", {**query, "limit": limit})
        found = page["entities"]
        if "after" in page and len(found) < limit:
            # What the index of words does not know, as far as one page looks.
            rest = {"limit": limit - len(found), "after": page["after"]}
            found += self._ask("/entities", {**query, **rest})["entities"]
        return list(map(Entity.read, found))

    def pick(self, who: Who) -> Entity:
        """The one entity that is meant. Raises Ambiguous, with candidates, if words don't tell."""
        if isinstance(who, Entity):
            return who
        if _is_ref(who):
            return self.entity(who).entity
        domain, _, rest = who.partition("/")
        type, _, id = rest.partition("/")
        if id and (exact := self.find(domain=domain, type=type, id=id)):
            return exact[0]
        found = self.find(id=who, limit=MOST_SHOWN) or self.find(who, limit=MOST_SHOWN)
        if len(found) == 1:
            return found[0]
        spelled = [each for each in found if each.label == who]
        if len(spelled) == 1:
            return spelled[0]
        raise Ambiguous(who, found)

    def entity(self, who: Who) -> Card:
        """One entity with what is known of it."""
        document = self._ask(f"/entities/{self._name(who)}", {})
        rest = {name: document[name] for name in ("fields", "degree", "total")}
        return Card(document, Entity.read(document["entity"]), **rest)

    def neighbourhood(
        self,
        *starts: Who,
        steps: int = 1,
        types: Iterable[str] = (),
        direction: Direction = "both",
        kinds: Iterable[str] = (),
        limit: int | None = None,
        group: int | None = None,
    ) -> Subgraph:
        """What is around some entities; ``["groups"]`` tells of hubs that were shown in part."""
        query = {"from": self._names(starts), "steps": steps, "types": types, "direction": direction}
        return self._draw("/neighbourhood", {**query, "kinds": kinds, "limit": limit, "group": group})

    def paths(
        self,
        start: Who,
        end: Who,
        *,
        mode: Literal["shortest", "k", "all"] = "shortest",
        most: int | None = None,
        steps: int | None = None,
        types: Iterable[str] = (),
        direction: Direction = "both",
    ) -> Subgraph:
        """Paths between two entities, in ``["paths"]``; ``most`` of them, of at most ``steps``."""
        query = {"from": self._name(start), "to": self._name(end), "mode": mode, "most": most, "steps": steps}
        return self._draw("/paths", {**query, "types": types, "direction": direction})

    def impact(
        self,
        start: Who,
        *,
        direction: Literal["out", "in"] = "out",
        types: Iterable[str] = (),
        steps: int | None = None,
        limit: int | None = None,
    ) -> Subgraph:
        """All that is reached from an entity, with one path each: ``["reached"]``, ``["byDistance"]``, ``["byKind"]``."""
        query = {"from": self._name(start), "direction": direction, "types": types, "steps": steps, "limit": limit}
        return self._draw("/impact", query)

    def intersect(
        self, *of: Who, types: Iterable[str] = (), direction: Direction = "both", limit: int | None = None
    ) -> Subgraph:
        """What all of these entities are related with, in ``["common"]``."""
        query = {"of": self._names(of), "types": types, "direction": direction, "limit": limit}
        return self._draw("/intersect", query)

    def cycles(self, *types: str, longest: int | None = None, limit: int | None = None) -> Subgraph:
        """Cycles along relationships of these types, in ``["cycles"]``."""
        return self._draw("/cycles", {"type": types, "longest": longest, "limit": limit})

    def islands(self, *, types: Iterable[str] = (), limit: int | None = None) -> Answer:
        """The parts of the space that nothing connects, largest first, in ``document["islands"]``."""
        return Answer(self._ask("/islands", {"types": types, "limit": limit}))

    def changes(self, after: int, until: int | None = None, *, limit: int | None = None) -> Answer:
        """What differs between two change numbers: ``created``, ``updated`` and ``deleted`` in ``document``."""
        return Answer(self._ask("/changes", {"after": after, "until": until, "limit": limit}))

    def cypher(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
        seconds: float | None = None,
    ) -> Rows:
        """The rows of a read-only query over all spaces; the token must have the scope ``graph.cypher``."""
        bounds = {"limit": limit, "timeoutMs": None if seconds is None else round(seconds * 1000)}
        given = {name: value for name, value in bounds.items() if value is not None}
        document = self.connection.post("/graph/v1/cypher", {"query": query, "parameters": parameters or {}, **given})
        columns = document["columns"]
        return Rows(document, columns, [dict(zip(columns, row, strict=True)) for row in document["rows"]])

    def entities(self, **filters: str) -> Iterator[Entity]:
        """All entities of the space, or those that ``filters`` (as of ``find``) admit; pages are read as they are needed."""
        return map(Entity.read, self._list(self._path("/entities"), "entities", filters))

    def relationships(self, type: str | None = None) -> Iterator[Link]:
        """All relationships of the space, or those of one type; pages are read as they are needed."""
        given = {} if type is None else {"type": type}
        return map(Link.read, self._list(self._path("/relationships"), "relationships", given))

    def rows(self, noun: Literal["entities", "relationships"] = "relationships") -> Iterator[dict[str, Any]]:
        """The whole space as one stream of rows, with what the ends of relationships are. Nothing is kept in memory."""
        query = _spell({"all": "true", "format": "ndjson"})
        with self.connection.stream(self._path(f"/{noun}"), query) as lines:
            yield from map(json.loads, filter(None, lines))

    def export(self, path: str, format: str, **query: Any) -> bytes:
        """Any question below the space, such as ``/neighbourhood``, in another format, such as ``graphml``."""
        return self.connection.read(self._path(path), _spell({**query, "format": format}), "*/*")

    def _list(self, path: str, name: str, filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        query = _spell({**filters, "limit": PAGE})
        while True:
            page = self.connection.get(path, query)
            yield from page[name]
            if "after" not in page:
                return
            query = {**query, "after": quote(page["after"], safe="")}

    def _draw(self, path: str, query: Mapping[str, Any]) -> Subgraph:
        return Subgraph.read(self._ask(path, query))

    def _ask(self, path: str, query: Mapping[str, Any]) -> Any:
        return self.connection.get(self._path(path), _spell(query))

    def _path(self, rest: str) -> str:
        if self.space is None:
            raise ClientError("Say which space to ask; spaces lists them")
        return f"/graph/v1/spaces/{quote(self.space, safe='')}{rest}"

    def _name(self, who: Who) -> str:
        return who if isinstance(who, str) and _is_ref(who) else self.pick(who).ref

    def _names(self, many: Iterable[Who]) -> list[str]:
        return [self._name(who) for who in many]


def _spell(query: Mapping[str, Any]) -> dict[str, str]:
    """A query as texts, percent-encoded; lists have commas between their elements. What is empty is left out."""
    spelled: dict[str, str] = {}
    for name, value in query.items():
        if isinstance(value, str):
            spelled[name] = quote(value, safe="")
        elif isinstance(value, int):
            spelled[name] = str(value)
        elif value is not None and (elements := [quote(each, safe="") for each in value]):
            spelled[name] = ",".join(elements)
    return spelled


def _is_ref(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
