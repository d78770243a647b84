"""Queries that people keep: by name, with typed parameters, for themselves or for everybody who may query.

Verbs that change one are functions from what is kept to what is to be kept; the store calls them under a lock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from app.core.errors import QueriesFull, QueryChanged, QueryFaulty, QueryMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.core.model import Fields, Json

MOST_SAVED: Final = 100
"""Queries that one principal may keep."""
MOST_PARAMETERS: Final = 50


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


TYPES: Final[Mapping[str, Callable[[Json], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "texts": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "any": lambda _: True,
}
"""What a parameter may be declared to take; null is taken by those that are not required, and by ``any``."""


class Parameter(NamedTuple):
    """A parameter of a kept query. One that is not required is ``default`` where it is not given."""

    name: str
    type: str
    required: bool = True
    default: Json = None

    @property
    def is_sound(self) -> bool:
        """Whether its default, if there is one, is of its type."""
        return self.default is None or TYPES[self.type](self.default)


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that ``owner`` keeps under ``name``. ``shared``: others may read and run it; instants as in ``model``."""

    owner: str
    name: str
    text: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    shared: bool = False
    version: int = 1
    created_at: int = field(default=0, compare=False)
    modified_at: int = field(default=0, compare=False)

    @property
    def tag(self) -> str:
        """Names this state of it."""
        return f"{self.created_at:x}-{self.version}"

    def bind(self, given: Fields) -> Fields:
        """The parameters to run it with. Raises QueryFaulty for one that is unknown, missing or of another type."""
        known = {parameter.name for parameter in self.parameters}
        if given.keys() - known:
            raise QueryFaulty(f"The query takes {', '.join(sorted(known)) or 'no parameters'} and nothing else.")
        return {each.name: _take(each, given) for each in self.parameters}


def _take(parameter: Parameter, given: Fields) -> Json:
    value = given.get(parameter.name)
    if value is None:
        if parameter.required and parameter.type != "any":
            raise QueryFaulty(f"The parameter {parameter.name} is required.")
        return parameter.default
    if not TYPES[parameter.type](value):
        raise QueryFaulty(f"The parameter {parameter.name} takes a value of the type {parameter.type}.")
    return value


class Place(NamedTuple):
    """Where a kept query stands in lists: by owner, then by name."""

    owner: str
    name: str


class Drawer(NamedTuple):
    """What a change of a kept query is judged on: what is kept under its name, how many (``holds``) its owner keeps, and when."""

    kept: SavedQuery | None
    holds: int
    at: int


class SavedQueries(Protocol):
    """What the core asks of a store about kept queries; errors as for ``core.store.Store``."""

    async def saved(self, owner: str, name: str, *, bookmark: str | None = None) -> SavedQuery | None:
        """The query that ``owner`` keeps under that name."""
        ...

    async def saved_page(
        self, reader: str, after: Place, *, limit: int, bookmark: str | None = None
    ) -> list[SavedQuery]:
        """The reader's own queries and those that others share, behind a place, in the order of places."""
        ...

    async def rework(self, owner: str, name: str, change: Callable[[Drawer], SavedQuery | None]) -> SavedQuery | None:
        """Keeps what ``change`` makes of what is kept under a name, nothing for None; one change at a time.

        ``change`` may be called again, and raises what it refuses: then nothing has changed.
        """
        ...


def show(kept: SavedQuery | None, reader: str) -> SavedQuery:
    """A query for who asks for it. Raises QueryMissing where there is none, or it is another's who doesn't share it."""
    if kept is None or not (kept.shared or kept.owner == reader):
        raise QueryMissing("no such query")
    return kept


def keep(drawer: Drawer, wanted: SavedQuery, seen: Seen) -> SavedQuery:
    """The state to be kept: the next version, unless nothing differs. Raises QueryChanged and QueriesFull."""
    kept = drawer.kept
    seen.require(kept)
    if kept is None:
        if drawer.holds >= MOST_SAVED:
            raise QueriesFull(f"{MOST_SAVED} queries are kept")
        return replace(wanted, version=1, created_at=drawer.at, modified_at=drawer.at)
    if replace(wanted, version=kept.version) == kept:
        return kept
    return replace(wanted, version=kept.version + 1, created_at=kept.created_at, modified_at=drawer.at)


def discard(drawer: Drawer, seen: Seen) -> None:
    """Nothing is to be kept. Raises QueryMissing and QueryChanged."""
    if drawer.kept is None:
        raise QueryMissing("no such query")
    seen.require(drawer.kept)


class Seen(NamedTuple):
    """What a caller says to have seen: one of some ``tags`` (None: says nothing), or ``nothing`` at all."""

    tags: frozenset[str] | None = None
    nothing: bool = False

    def require(self, kept: SavedQuery | None) -> None:
        """Raises QueryChanged unless what is kept is what was seen; the tag ``*`` is any."""
        if self.nothing and kept is not None:
            raise QueryChanged("there is one already")
        if self.tags is not None and (kept is None or not self.tags & {kept.tag, "*"}):
            raise QueryChanged("it is not what was seen")
