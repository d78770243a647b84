"""``core.administer.Registry`` on Neo4j: spaces and grants are few, so the classes of ``schema`` read and write them.

A change is one transaction that holds the lock of the space, as its writer's do: the class saves every property of the
node, counters too, and these must be the ones that nobody else is about to change.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.core.access import Right
from app.core.administer import Kept, Sheet
from app.core.errors import SpaceTaken, SpaceUnknown
from app.core.identity import space_name
from app.graph import facts, jobsteps
from app.graph.connection import ConstraintRefused
from app.graph.schema import Grant, Space, modelled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from app.core.model import Fields
    from app.graph.connection import Connection
    from app.graph.writer import Writers


class GraphRegistry:
    """What is kept about spaces themselves."""

    _connection: Connection
    _writers: Writers

    def forget_views(self) -> None:
        """Rights and spaces changed: look again."""
        raise NotImplementedError

    async def sheet(self, space: str, *, bookmark: str | None = None) -> Sheet | None:
        """See ``Registry.sheet``."""
        rows = await self._connection.read("space/sheet", bookmark=bookmark, space=space)
        return _read_row(rows[0]) if rows else None

    async def sheets(
        self, grantees: Collection[str], least: Right | None, *, after: str, limit: int, bookmark: str | None = None
    ) -> list[Sheet]:
        """See ``Registry.sheets``."""
        needs: dict[str, list[str]] = {"principals": list(grantees)}
        name = "space/sheets"
        if least is not None:
            name = "space/sheets_granted"
            needs["rights"] = [right.wire for right in Right if right >= least]
        rows = await self._connection.read(name, bookmark=bookmark, needs=needs, after=after, limit=limit)
        return [_read_row(row) for row in rows]

    async def register(self, sheet: Sheet) -> Kept:
        """See ``Registry.register``."""
        try:
            await jobsteps.insist(lambda: self._register(sheet))
        except ConstraintRefused:
            raise SpaceTaken(sheet.id) from None
        return await self._keep(sheet)

    async def _register(self, sheet: Sheet) -> None:
        connection, writers = self._connection, self._writers
        async with connection.transaction() as transaction, modelled(connection, transaction):
            await facts.found_space(
                connection,
                transaction,
                space_name(sheet.id),
                grants=sheet.grants,
                at=writers.terms.clock(),
                epoch=writers.terms.mint(),
            )
            node = await Space.nodes.get(name=sheet.id)
            node.details, node.settings = _write(sheet.details), _write(sheet.settings)
            await node.save()
            await connection.commit(transaction)

    async def revise(self, space: str, change: Callable[[Sheet], Sheet]) -> Kept:
        """See ``Registry.revise``."""
        return await self._keep(await jobsteps.insist(lambda: self._revise(space, change)))

    async def _revise(self, space: str, change: Callable[[Sheet], Sheet]) -> Sheet:
        connection = self._connection
        async with connection.transaction() as transaction, modelled(connection, transaction):
            held = await (await connection.run(transaction, "space/hold", space=space)).single()
            if held is None:
                raise SpaceUnknown(space)
            node, grants = await Space.nodes.get(name=space), await Grant.nodes.filter(space=space).all()
            before = _read(node, grants, held["unfinished"], self._writers.terms.clock())
            after = change(before)
            await _save(node, before, after)
            await _save_grants(space, grants, after.grants)
            await connection.commit(transaction)
        return after

    async def _keep(self, sheet: Sheet) -> Kept:
        self.forget_views()
        return Kept(sheet, await self._connection.latest_bookmark())


def _read(node: Space, grants: Collection[Grant], unfinished: int, at: int) -> Sheet:
    return Sheet(
        node.name,
        json.loads(node.details or "{}"),
        json.loads(node.settings),
        {grant.principal: Right.read(grant.right) for grant in grants},
        node.deleted_at,
        unfinished,
        at,
    )


def _read_row(row: Mapping[str, Any]) -> Sheet:
    grants = {principal: Right.read(right) for principal, right in row["grants"]}
    return Sheet(row["id"], json.loads(row["details"] or "{}"), json.loads(row["settings"]), grants, row["deletedAt"])


def _write(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


async def _save(node: Space, before: Sheet, after: Sheet) -> None:
    if (before.details, before.settings, before.deleted_at) != (after.details, after.settings, after.deleted_at):
        node.details, node.settings = _write(after.details), _write(after.settings)
        if after.deleted_at is not None:
            node.deleted_at = after.deleted_at
        await node.save()


async def _save_grants(space: str, stored: Collection[Grant], wanted: Mapping[str, Right]) -> None:
    held = {grant.principal: grant for grant in stored}
    for principal, grant in held.items():
        if principal not in wanted:
            await grant.delete()
    for principal, right in wanted.items():
        grant = held.get(principal) or Grant(space=space, principal=principal)
        if grant.right != right.wire:
            grant.right = right.wire
            await grant.save()
