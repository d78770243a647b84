"""Verbs that tell what happened in a space: its changes in the order of their numbers, the versions of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from app.core.identity import id_of, space_name
from app.core.runs import Run

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from app.core.model import Change, Commit, Declaration, Entity, EntityRecord, Relationship
    from app.core.store import Vantage

RELATIONSHIP: Final = "r"
ENTITY: Final = "e"


class Named(NamedTuple):
    """One version of a relationship or an entity: its kind, its id, the number of the version."""

    kind: str
    id: str
    version: int


State: TypeAlias = "Relationship | Declaration"


class Told(NamedTuple):
    """A change, when it was committed and by which upload, and what it made of the thing that it names.

    ``entity`` is whom a Declaration is about; None for relationships.
    """

    change: Change
    at: int
    transaction_id: str | None
    state: State
    entity: Entity | None = None


class Span(NamedTuple):
    """Which changes are meant: numbers from ``first`` to ``last``, both included, and ``since`` ≤ instant < ``until``."""

    first: int = 1
    last: int | None = None
    since: int | None = None
    until: int | None = None


class Chronicles(Protocol):
    """What these verbs ask of a store. An unknown space has no history."""

    async def position(self, space: str, *, bookmark: str | None = None) -> Vantage:
        """How far the space has come, and the bookmark under which a read holds every change up to there."""
        ...

    async def commits(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Commit]:
        """The commits that hold changes with numbers in (after, until], in their order, each whole."""
        ...

    async def instant(self, space: str, seq: int, *, bookmark: str | None = None) -> int | None:
        """When the change with this number was committed: never before a smaller one. None where there is none."""
        ...

    async def states(self, space: str, named: Collection[Named], *, bookmark: str | None = None) -> dict[Named, State]:
        """Those of the named versions that a later one has replaced."""
        ...

    async def versions(
        self, space: str, kind: str, id: str, *, before: int, limit: int, bookmark: str | None = None
    ) -> Sequence[State]:
        """The replaced versions of one thing, those before the version ``before``, the newest first."""
        ...

    async def relationships(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """The relationships among those with these ids, live or deleted."""
        ...

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        """The recorded entities among those with these keys."""
        ...


async def tell(store: Chronicles, space: str, span: Span, *, limit: int, bookmark: str | None = None) -> list[Told]:
    """The first ``limit`` changes of a span, in the order of their numbers and without a gap.

    A number is told only when all smaller ones can be: what was counted before this began.
    """
    now, bookmark = await store.position(space, bookmark=bookmark)
    first = max(span.first, 1)
    last = now.seq if span.last is None else min(span.last, now.seq)
    if span.since is not None:
        first = await _find_first(store, space, span.since, first, last + 1, bookmark)
    last = min(last, first + limit - 1)
    if last < first:
        return []
    commits = await store.commits(space, first - 1, last, bookmark=bookmark)
    listed = [
        (change, commit)
        for commit in commits
        if span.until is None or commit.at < span.until
        for change in commit.changes
        if first <= change.seq <= last
    ]
    whole = [pair for place, pair in enumerate(listed) if pair[0].seq == first + place]
    return await _join_states(store, space, whole, bookmark)


async def _find_first(store: Chronicles, space: str, since: int, low: int, high: int, bookmark: str | None) -> int:
    """The smallest number in [low, high) that was committed at ``since`` or later; ``high`` if there is none.

    Instants never run backwards, so that about twenty seeks find it among a million.
    """
    while low < high:
        middle = (low + high) // 2
        at = await store.instant(space, middle, bookmark=bookmark)
        if at is None or at >= since:
            high = middle
        else:
            low = middle + 1
    return low


async def _join_states(
    store: Chronicles, space: str, listed: Sequence[tuple[Change, Commit]], bookmark: str | None
) -> list[Told]:
    """What the changes made. Present states are read first: what has been replaced by then is kept as a version."""
    name = space_name(space)
    ids = {change.id for change, _ in listed if change.kind == RELATIONSHIP}
    keys = {name.record_key(change.id) for change, _ in listed if change.kind == ENTITY}
    relationships = await store.relationships(space, ids, bookmark=bookmark) if ids else {}
    records = await store.entities(space, keys, bookmark=bookmark) if keys else {}
    things = {id_of(key): record for key, record in records.items()}
    states: dict[Named, State] = {Named(RELATIONSHIP, id, r.version): r for id, r in relationships.items()}
    for id, record in things.items():
        if record.declaration is not None:
            states[Named(ENTITY, id, record.declaration.version)] = record.declaration
    names = [Named(change.kind, change.id, change.version) for change, _ in listed]
    replaced = {each for each in names if each not in states}
    if replaced:
        states |= await _find_replaced(store, space, replaced, bookmark)
    return [
        Told(change, commit.at, commit.transaction_id, states[each], _get_entity(things, change))
        for each, (change, commit) in zip(names, listed, strict=True)
    ]


async def _find_replaced(store: Chronicles, space: str, wanted: set[Named], bookmark: str | None) -> dict[Named, State]:
    """Versions that were replaced. What is replaced at this moment may be seen before its version can be found."""
    found = await store.states(space, wanted, bookmark=bookmark)
    missing = wanted - found.keys()
    if missing:
        _, now = await store.position(space, bookmark=bookmark)
        found |= await store.states(space, missing, bookmark=now)
    return found


def _get_entity(things: dict[str, EntityRecord], change: Change) -> Entity | None:
    return things[change.id].entity if change.kind == ENTITY else None


async def list_versions(
    store: Chronicles,
    space: str,
    kind: str,
    id: str,
    present: State,
    *,
    before: int | None,
    limit: int,
    bookmark: str | None = None,
) -> Run[State, int]:
    """A page of the versions of one thing, the newest first: from ``present`` on, or those before the version ``before``."""
    found = [present] if before is None else []
    low = present.version if before is None else before
    most = limit + 1 - len(found)
    earlier = await store.versions(space, kind, id, before=low, limit=most, bookmark=bookmark)
    if [each.version for each in earlier] != list(range(low - 1, max(0, low - 1 - most), -1)):
        # The one that is replaced at this moment can't be found yet: see ``_find_replaced``.
        _, now = await store.position(space, bookmark=bookmark)
        earlier = await store.versions(space, kind, id, before=low, limit=most, bookmark=now)
    found += earlier
    return Run(found[:limit], found[limit - 1].version if len(found) > limit else None)
