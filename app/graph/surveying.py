"""``core.survey.Surveys`` on Neo4j."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from app.core.declare import is_live
from app.core.identity import id_of, space_name
from app.core.runs import Run
from app.core.survey import Tally
from app.graph import documents
from app.graph.facts import ENTITY, RELATIONSHIP, term_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.core.model import Entity, EntityRecord, Relationship
    from app.core.survey import Sieve
    from app.graph.connection import Connection

FEW: Final = 2_000
"""So many entities of a rare type are looked at wherever they are, before a space is walked."""


class Surveying:
    """Runs over keys.

    An entity type that hardly anybody uses is looked up by its label, which costs no index. Relationships have no such
    look-up: an index by type would be paid for by every write, so a rare type is found by a walk, and none at all by its
    count.
    """

    _connection: Connection

    async def live_run(
        self, space: str, type: str | None, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[Relationship, str]:
        """See ``Surveys.live_run``. A second look, which is longer than what it shall find, asks whether there is any."""
        if type is not None and look > limit and not await self._has(space, type, bookmark):
            return Run([], None)
        want: dict[str, object] = {
            "space": space,
            **space_name(space).keys_behind(after),
            "live": True,
            "type": type,
            "mentions": [],
        }
        rows = await self._connection.read("relationship/scan", bookmark=bookmark, want=want, look=look, limit=limit)
        if not rows:
            return Run([], None)
        row = rows[0]
        # Beside the event loop: a thousand documents take longer than others should wait.
        found = await asyncio.to_thread(lambda: list(map(documents.read_relationship, row["records"])))
        return Run(found, found[-1].id if len(found) == limit else row["reached"] and id_of(row["reached"]))

    async def _has(self, space: str, type: str, bookmark: str | None) -> bool:
        """Whether any live relationship of the space is of this type."""
        key = term_key(space_name(space), RELATIONSHIP, type)
        rows = await self._connection.read("relationship/live_of_type", bookmark=bookmark, term=key)
        return bool(rows) and rows[0]["live"] > 0

    async def declared_run(
        self, space: str, sieve: Sieve, *, after: str, look: int, limit: int, bookmark: str | None = None
    ) -> Run[EntityRecord, str]:
        """See ``Surveys.declared_run``. A second look asks whether the type is rare.

        Words are looked for in the documents, as these spell them.
        """
        label = None if sieve.type is None else documents.label(sieve.type)
        if sieve.type is not None and look > limit:
            rare = await self._find_rare_entities(space, sieve.type, bookmark)
            if rare is not None:
                keys = sorted(key for key in rare if key > space_name(space).record_key(after))
                return Run([rare[key] for key in keys[:limit]], id_of(keys[limit - 1]) if len(keys) >= limit else None)
        words = None if sieve.words is None else [msgspec.json.encode(word).decode()[1:-1] for word in sieve.words]
        want = {**space_name(space).keys_behind(after), "label": label, "words": words}
        [row] = await self._connection.read("entity/declared_run", bookmark=bookmark, want=want, look=look, limit=limit)
        found = [documents.read_entity(each) for each in row["entities"]]
        place = row["entities"][-1][0] if len(found) == limit else row["reached"]
        return Run(found, place and id_of(place))

    async def _find_rare_entities(self, space: str, type: str, bookmark: str | None) -> dict[str, EntityRecord] | None:
        """All declared, live entities of the type by their keys; None for a type that is not rare."""
        name = space_name(space)
        want = {"term": term_key(name, ENTITY, type), "label": documents.label(type)}
        [row] = await self._connection.read("entity/keys_of_type", bookmark=bookmark, want=want, few=FEW)
        if len(row["keys"]) > FEW:
            return None
        keys = [key for key in row["keys"] if key.startswith(f"{name.prefix}:")]
        [row] = await self._connection.read("entity/by_keys", bookmark=bookmark, keys=keys)
        found = ((each[0], documents.read_entity(each)) for each in row["entities"])
        return {key: record for key, record in found if is_live(record) and record.kind == type}

    async def linked_run(
        self,
        space: str,
        entity: Entity,
        types: Collection[str] | None,
        *,
        after: str,
        look: int,
        bookmark: str | None = None,
    ) -> Run[Relationship, str]:
        """See ``Surveys.linked_run``."""
        name = space_name(space)
        want = {
            "key": name.entity_key(entity),
            "types": None if types is None else list(types),
            "after": after,
            "prefix": name.record_key(""),
        }
        rows = await self._connection.read("relationship/linked", bookmark=bookmark, want=want, look=look)
        if not rows:
            return Run([], None)
        found = map(documents.read_relationship, rows[0]["records"])
        return Run(sorted(found, key=lambda each: each.id), rows[0]["reached"])

    async def tally(self, space: str, *, bookmark: str | None = None) -> Tally:
        """See ``Surveys.tally``."""
        rows = await self._connection.read("space/tally", bookmark=bookmark, space=space)
        if not rows:
            return Tally({}, {})
        return Tally(
            dict(rows[0]["relationships"]),
            {documents.read_label(names[0]): live for names, live in rows[0]["entities"]},
        )
