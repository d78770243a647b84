"""``core.store.Store`` on Neo4j."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from app.core.access import Right
from app.core.errors import SpaceUnknown
from app.core.identity import space_name
from app.core.store import SpaceView
from app.graph import documents, facts
from app.graph.asking_far import AskingFar
from app.graph.browsing import Browsing
from app.graph.reads import GraphReads, remember
from app.graph.registry import GraphRegistry
from app.graph.saving import Saving
from app.graph.surveying import Surveying
from app.telemetry import current

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from app.core.model import EntityRecord
    from app.core.store import Batch, Receipt, Vantage
    from app.graph.connection import Connection
    from app.graph.writer import Writers

VIEW_SECONDS = 1.0


class GraphStore(GraphRegistry, Browsing, Surveying, AskingFar, Saving, GraphReads):
    """Reads straight from the graph; writes through the writer of each space.

    What a caller may see of a space is remembered for a second, so that a burst of requests asks once.
    """

    def __init__(
        self, connection: Connection, writers: Writers, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(connection)
        self._writers = writers
        self._clock = clock
        self._views: dict[tuple[str, tuple[str, ...], str | None], tuple[float, SpaceView]] = {}

    async def write(self, space: str, batch: Batch, *, founder: str | None = None) -> Receipt:
        """See ``Store.write``."""
        exchange = current()
        self._writers.note_visit(space)
        receipt = await self._writers.submit(space, batch, founder=founder)
        exchange.spend("wait", receipt.waited_ms / 1000)
        exchange.spend("database", receipt.stored_ms / 1000)
        if founder is not None:
            self.forget_views()
        return receipt

    async def found(self, space: str, grants: Mapping[str, Right]) -> None:
        """Creates a space with these grants, the first its founder, unless it exists."""
        name = space_name(space)
        if (await self.view(space, ())).exists:
            return
        async with self._connection.transaction() as transaction:
            await facts.found_space(
                self._connection,
                transaction,
                name,
                grants=grants,
                at=self._writers.terms.clock(),
                epoch=self._writers.terms.mint(),
            )
            await self._connection.commit(transaction)
        self.forget_views()

    def forget_views(self) -> None:
        """Rights and spaces changed: look again."""
        self._views.clear()

    async def view(self, space: str, grantees: Collection[str], *, bookmark: str | None = None) -> SpaceView:
        """See ``Store.view``."""
        key = (space, tuple(grantees), bookmark)
        remembered = self._views.get(key)
        if remembered is not None and self._clock() - remembered[0] < VIEW_SECONDS:
            return remembered[1]
        asked = self._clock()
        view = await self._look(space, grantees, bookmark)
        if view.exists:  # a space that is missing may be founded by somebody else at any moment
            remember(self._views, key, (asked, view))
        return view

    async def _look(self, space: str, grantees: Collection[str], bookmark: str | None) -> SpaceView:
        rows = await self._connection.read("space/view", bookmark=bookmark, space=space, principals=list(grantees))
        if not rows:
            return SpaceView(space, False, None, {})
        if rows[0]["deleted"]:
            raise SpaceUnknown(space)
        rights = [Right.read(word) for word in rows[0]["rights"]]
        return SpaceView(space, True, max(rights, default=None), json.loads(rows[0]["settings"]))

    def last_seen(self, space: str) -> Vantage | None:
        """See ``Store.last_seen``: a space that has just moved, or in which this process writes, is likely to move on."""
        vantage, still = self._seen.get(space, (None, False))
        return vantage if still and not self._writers.writes_in(space) else None

    async def entities(
        self, space: str, keys: Collection[str], *, bookmark: str | None = None
    ) -> dict[str, EntityRecord]:
        """See ``Store.entities``."""
        rows = await self._connection.read("entity/by_keys", bookmark=bookmark, keys=list(keys))
        return {row[0]: documents.read_entity(row) for row in rows[0]["entities"]}
