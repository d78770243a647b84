"""The reading half of ``core.store.Store`` on Neo4j: records by id, in runs of an order, and by change."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, TypeVar

from app.core.access import Right
from app.core.criteria import Life
from app.core.identity import id_of, space_name
from app.core.store import Position, Stretch, Vantage
from app.graph import documents
from app.graph.connection import write_bookmark
from app.graph.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from app.core.criteria import Criteria
    from app.core.identity import SpaceName
    from app.core.model import Entity, Fields, Relationship
    from app.core.store import Kind
    from app.graph.connection import Connection

K = TypeVar("K")
V = TypeVar("V")
MOST_REMEMBERED = 10_000
_LIVE: Mapping[Life, bool | None] = {Life.LIVE: True, Life.DELETED: False, Life.ALL: None}


class GraphReads(Telling):
    """Every read is one statement, but those that say otherwise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # The foreign spaces whose entities are ends in a space; wrong guesses are noticed (see around).
        self._guests: dict[str, list[str]] = {}
        # Where spaces stood, and whether they stood there already when they were looked at before.
        self._seen: dict[str, tuple[Vantage, bool]] = {}
        self._secret: bytes | None = None

    async def relationship(self, space: str, id: str, *, bookmark: str | None = None) -> Relationship | None:
        """See ``Store.relationship``."""
        key = space_name(space).record_key(id)
        rows = await self._connection.read("relationship/by_key", bookmark=bookmark, key=key)
        return documents.read_relationship(rows[0]["record"]) if rows else None

    async def relationships(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, Relationship]:
        """See ``Store.relationships``."""
        needs = {"keys": [space_name(space).record_key(id) for id in ids]}
        rows = await self._connection.read("relationship/by_keys", bookmark=bookmark, needs=needs)
        return {found.id: found for found in map(documents.read_relationship, rows[0]["records"])}

    async def position(self, space: str, *, bookmark: str | None = None) -> Vantage:
        """See ``Store.position``. A second statement where the latest commit is seen before it can be found."""
        rows, state = await self._connection.look("space/position", bookmark=bookmark, space=space)
        seen = write_bookmark(state)
        if not rows:
            return Vantage(Position(), seen)
        seq, epoch, write = rows[0].values()
        if seq and not write:
            write = await self.write_of(space, seq, bookmark=seen)
        vantage = Vantage(Position(seq, epoch, write), seen)
        before, _ = self._seen.get(space, (vantage, True))
        remember(self._seen, space, (vantage, before.position == vantage.position))
        return vantage

    async def write_of(self, space: str, seq: int, *, bookmark: str | None = None) -> str:
        """See ``Store.write_of``."""
        rows = await self._connection.read("space/write_of", bookmark=bookmark, space=space, seq=seq)
        return str(rows[0]["write"]) if rows else ""

    async def scan(
        self, space: str, criteria: Criteria, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Stretch[str]:
        """See ``Store.scan``."""
        # Who wants all that is looked at takes most of it: to search every document first costs more than it spares.
        sieve = _sieve(criteria, search=look > limit)
        want = {"space": space, **space_name(space).keys_behind(after), **sieve}
        rows = await self._connection.read("relationship/scan", bookmark=bookmark, want=want, look=look, limit=limit)
        if not rows:
            return Stretch([], None)
        position, reached, records = rows[0].values()
        found = list(map(documents.read_relationship, records))
        place = found[-1].id if len(found) == limit else reached and id_of(reached)
        return Stretch(found, place, Position(*position))

    async def around(
        self,
        space: str,
        entities: Collection[Entity],
        criteria: Criteria,
        *,
        after: int,
        look: int,
        limit: int,
        bookmark: str | None = None,
    ) -> Stretch[int]:
        """See ``Store.around``. A second statement where the space has a foreign end that was not known of."""
        while True:
            guests = self._guests.get(space, [])
            names = [space_name(each) for each in (space, *guests)]
            want = {"space": space, "keys": _list_keys(names, entities), "after": after, **_sieve(criteria)}
            rows = await self._connection.read(
                "relationship/around", bookmark=bookmark, want=want, look=look, limit=limit
            )
            if not rows:
                return Stretch([], None)
            if rows[0]["guests"] == guests:
                break
            remember(self._guests, space, rows[0]["guests"])
        found = list(map(documents.read_relationship, rows[0]["records"]))
        reached = found[-1].n if len(found) == limit else rows[0]["reached"]
        return Stretch(found, reached, Position(*rows[0]["position"]))

    async def changes(self, space: str, after: int, until: int, *, bookmark: str | None = None) -> list[Relationship]:
        """See ``Store.changes``. Two statements: the commits, then the records that they tell of."""
        if until <= after:
            return []
        told = [
            change for commit in await self.commits(space, after, until, bookmark=bookmark) for change in commit.changes
        ]
        latest = {change.id: change.seq for change in told if change.kind == "r" and after < change.seq <= until}
        found = await self.relationships(space, latest, bookmark=bookmark)
        # What has changed once more is told at its later place.
        told_here = (found[id] for id, seq in latest.items() if id in found and found[id].seq == seq)
        return sorted(told_here, key=lambda relationship: relationship.seq)

    async def earlier(
        self, space: str, ids: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, list[Relationship]]:
        """See ``Store.earlier``."""
        needs = {"keys": [space_name(space).record_key(id) for id in ids]}
        rows = await self._connection.read("version/of_records", bookmark=bookmark, needs=needs)
        states: dict[str, list[Relationship]] = {}
        for key, version, document in rows[0]["versions"]:
            id = id_of(key)
            states.setdefault(id, []).append(documents.read_version(id, version, document))
        return states

    async def pairs(
        self,
        grantees: Collection[str] | None,
        right: Right,
        admits: Callable[[Fields], bool],
        *,
        bookmark: str | None = None,
    ) -> set[tuple[Kind, Kind]]:
        """See ``Store.pairs``."""
        if grantees is None:
            rows = await self._connection.read("space/pairs", bookmark=bookmark)
        else:
            rights = [each.wire for each in Right if each >= right]
            needs = {"principals": list(grantees), "rights": rights}
            rows = await self._connection.read("space/pairs_granted", bookmark=bookmark, needs=needs)
        admitted = [row for row in rows if admits(json.loads(row["settings"]))]
        return {documents.read_pair(name) for row in admitted for name in row["pairs"]}

    async def secret(self) -> bytes:
        """See ``Store.secret``. It is kept in the graph, so that replicas need nothing else in common."""
        if self._secret is None:
            fresh = b64encode(secrets.token_bytes(32)).decode()
            [row] = await self._connection.write("secret/keep", secret="tokens", fresh=fresh, at=time.time_ns() // 1000)
            self._secret = b64decode(row["key"])
        return self._secret


def remember(kept: dict[K, V], key: K, value: V) -> None:
    """Keeps what was read, for at most 10,000 keys: before there are more, all others are forgotten."""
    if len(kept) >= MOST_REMEMBERED and key not in kept:
        kept.clear()
    kept[key] = value


def _list_keys(names: Iterable[SpaceName], entities: Collection[Entity]) -> list[str]:
    return [name.entity_key(entity) for name in names for entity in entities]


def _sieve(criteria: Criteria, *, search: bool = True) -> dict[str, Any]:
    """What the database can tell of a record without taking its document apart: it lets through what the core refuses.

    ``search``: documents are searched for the ends that are meant.
    """
    sides = (criteria.near, criteria.far) if search else ()
    mentions = [sorted({documents.spell(*pattern.said) for pattern in side}) for side in sides]
    return {
        "live": _LIVE[criteria.life],
        "createdAfter": criteria.created_after,
        "createdBefore": criteria.created_before,
        "mentions": [side for side in mentions if side],
    }
