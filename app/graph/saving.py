"""``core.saved.SavedQueries`` on Neo4j: kept queries are few, so the classes of ``schema`` write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.core.saved import Drawer, Parameter, SavedQuery
from app.graph import jobsteps, schema
from app.graph.schema import modelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.core.saved import Place
    from app.graph.connection import Connection
    from app.graph.writer import Writers


class Saving:
    """Queries that people keep."""

    _connection: Connection
    _writers: Writers

    async def saved(self, owner: str, name: str, *, bookmark: str | None = None) -> SavedQuery | None:
        """See ``SavedQueries.saved``."""
        rows = await self._connection.read("saved/one", bookmark=bookmark, owner=owner, title=name)
        return _read(rows[0]) if rows else None

    async def saved_page(
        self, reader: str, after: Place, *, limit: int, bookmark: str | None = None
    ) -> list[SavedQuery]:
        """See ``SavedQueries.saved_page``."""
        rows = await self._connection.read(
            "saved/page", bookmark=bookmark, reader=reader, owner=after.owner, title=after.name, limit=limit
        )
        return [_read(row) for row in rows]

    async def rework(self, owner: str, name: str, change: Callable[[Drawer], SavedQuery | None]) -> SavedQuery | None:
        """See ``SavedQueries.rework``."""
        return await jobsteps.insist(lambda: self._rework(owner, name, change))

    async def _rework(self, owner: str, name: str, change: Callable[[Drawer], SavedQuery | None]) -> SavedQuery | None:
        connection = self._connection
        async with connection.transaction() as transaction, modelled(connection, transaction):
            held = await (await connection.run(transaction, "saved/hold", owner=owner)).single(strict=True)
            node = await schema.SavedQuery.nodes.get_or_none(owner=owner, name=name)
            kept = None if node is None else _read_node(node)
            wanted = change(Drawer(kept, held["count"], self._writers.terms.clock()))
            if wanted is not None and wanted.version != (kept and kept.version):
                await _fill(node or schema.SavedQuery(), wanted).save()
            elif wanted is None and node is not None:
                await node.delete()
            await connection.commit(transaction)
        return wanted


def _read(row: Mapping[str, Any]) -> SavedQuery:
    parameters = tuple(Parameter(*each) for each in json.loads(row["parameters"]))
    owner, name, text, description = (row[member] for member in ("owner", "name", "text", "description"))
    version, created_at, modified_at = row["version"], row["createdAt"], row["modifiedAt"]
    return SavedQuery(owner, name, text, description, parameters, row["shared"], version, created_at, modified_at)


def _read_node(node: schema.SavedQuery) -> SavedQuery:
    stored = {"createdAt": node.created_at, "modifiedAt": node.modified_at}
    plain = ("owner", "name", "text", "description", "parameters", "shared", "version")
    return _read(stored | {member: getattr(node, member) for member in plain})


def _fill(node: schema.SavedQuery, query: SavedQuery) -> schema.SavedQuery:
    node.owner, node.name, node.text, node.description = query.owner, query.name, query.text, query.description
    node.parameters = json.dumps(list(query.parameters), ensure_ascii=False, separators=(",", ":"))
    node.shared, node.version = query.shared, query.version
    node.created_at, node.modified_at = query.created_at, query.modified_at
    return node
