"""The service as one object: built from settings, opened, closed, and an application for any ASGI server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Self

import structlog

from app import docs, explorer, ops
from app.access import DevelopmentIssuer, Rates, limit, seal_keys, verifier_from
from app.core.access import EVERYBODY, Right
from app.core.errors import StoreError
from app.core.identity import Minter
from app.embedded import fetch
from app.embedded.server import EmbeddedNeo4j
from app.facades.analyst import routes as analyst
from app.facades.apollo import routes as apollo
from app.facades.apollo.carry import list_carriers
from app.facades.autodesk import routes as autodesk
from app.facades.context import Context
from app.facades.mount import dispatch
from app.facades.sas import routes as sas
from app.facades.sas import standins
from app.graph import migrate
from app.graph.adhoc import GraphInquiries
from app.graph.connection import Connection
from app.graph.jobs import Bounds, GraphJobs, News
from app.graph.jobsteps import ignore
from app.graph.library import Library
from app.graph.migrate import MigrationRefused
from app.graph.queue import GraphQueue
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from app.ops import Readiness
from app.telemetry import LoopWatch, Telemetry, observed
from app.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp

    from app.core.access import Caller
    from app.graph.jobsteps import Watch
    from app.settings import Settings

SERVICE = "sub:app:tercet"
READY_SECONDS = 2.0
HAND_BACK_SECONDS = 15.0
# Folders of statements, planned while the first requests are served: what every write needs comes first.
PLANNED_FIRST = ("space/view", "space/facts", "space/write", "jobs/")
PLANNED = ("space/", "relationship/", "entity/", "version/", "secret/", "ask/")
CALM_SECONDS = 0.3
_log = structlog.stdlib.get_logger(__name__)


def now() -> int:
    """Microseconds since 1970, by this machine's clock."""
    return time.time_ns() // 1000


class Service:
    """Everything that one process of the service holds.

    ``app`` may be served at once: until ``open`` has returned, formats answer that the store is away and
    ``/ops/ready`` says why. ``progress`` hears of the fetch of the embedded database's parts. Without ``works`` jobs are
    accepted and left to workers elsewhere. ``watch`` hears of points at which a crash must do no harm to jobs.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        public_url: str,
        progress: Callable[[int, int], None] | None = None,
        works: bool = True,
        watch: Watch = ignore,
    ) -> None:
        self.settings = settings
        self.telemetry = Telemetry()
        self._loop_watch = LoopWatch(self.telemetry.metrics)
        self.verifier = verifier_from(settings)
        self.connection = Connection(Library.load())
        minter = Minter()
        gathering = Gathering(
            settings.gather_items, settings.gather_ms, settings.request_seconds, settings.max_entity_types
        )
        self.writers = Writers(self.connection, gathering, clock=now, mint=minter.mint, metrics=self.telemetry.metrics)
        self.store = GraphStore(self.connection, self.writers)
        self.inquiries = GraphInquiries(self.connection, at_once=settings.cypher_at_once)
        carriers = list_carriers(self.store, settings)
        news = News()
        bounds = Bounds(settings.apollo_open_items_per_principal, settings.apollo_open_items)
        self.jobs = GraphJobs(self.connection, self.writers, carriers, bounds, news, watch)
        self.worker = Worker(GraphQueue(self.connection, self.writers, news, watch), carriers, minter.mint())
        self._works = works
        self._working: asyncio.Task[None] | None = None
        self._planning: asyncio.Task[None] | None = None
        self._bringing: asyncio.Task[None] | None = None
        self.embedded = None if settings.neo4j_uri else EmbeddedNeo4j(settings, progress=progress)
        self._opened = False
        identify: Callable[[str | None], Caller] = self.verifier.verify
        if settings.rate_per_second:
            identify = limit(identify, Rates(settings.rate_per_second, settings.rate_burst))
        self.app = self._build(Context(self.store, identify, settings, public_url, seal_keys(settings)))

    def _build(self, context: Context) -> ASGIApp:
        root = ops.build(self.readiness, self.metrics)
        tracked, related, linked = apollo.mount(context, self.jobs), autodesk.mount(context), sas.mount(context)
        asked = analyst.mount(context, self.inquiries)
        described = {
            "autodesk": related.openapi,
            "apollo": tracked.openapi,
            "sas": linked.openapi,
            "graph": asked.openapi,
        }
        root.include_router(docs.route(described, self.settings))
        root.include_router(explorer.route(self.settings))
        formats: list[tuple[str, ASGIApp]] = [
            ("/bim360", related),
            ("/apollo", tracked),
            ("/relationships/erstatus", tracked),
            ("/relationships", linked),
            ("/graph", asked),
        ]
        if self.settings.sas_standins:
            development = self.settings.auth == "development"
            issuer = DevelopmentIssuer.open(self.settings.data_dir) if development else None
            stand_in = standins.mount(context, issuer)
            formats += [(prefix, stand_in) for prefix in standins.PREFIXES]
        return observed(dispatch(formats, root), self.telemetry)

    async def open(self) -> None:
        """Starts or reaches the database, brings an embedded one up to date, and begins to work.

        Raises the StoreError that says what is in the way, a server without its migrations too; then ``close`` has run.
        """
        self._loop_watch.begin()
        try:
            await self.verifier.start()
            await self._attach()
            await self._found_default_space()
            self._planning = asyncio.create_task(self._plan(), name="plan statements")
            if self.embedded is not None:
                self._bringing = asyncio.create_task(self._bring_pages(), name="bring the parts of the pages")
        except BaseException:
            await self.close()
            raise
        if self._works:
            self._working = asyncio.create_task(self.worker.run(), name="worker")
        self._opened = True

    async def _bring_pages(self) -> None:
        """Fetches what pages need, unless it is there; without a network the pages say what to do."""
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(fetch.fetch_web, self.settings)

    async def _plan(self) -> None:
        """Statements of requests, before somebody waits for them, in moments in which nobody asks for anything."""
        names = [statement.name for statement in self.connection.library if statement.name.startswith(PLANNED)]
        first = [statement.name for statement in self.connection.library if statement.name.startswith(PLANNED_FIRST)]
        with contextlib.suppress(StoreError):
            for name in dict.fromkeys([*first, *names]):
                await self.connection.await_calm(CALM_SECONDS)
                await self.connection.plan(name)

    async def _attach(self) -> None:
        """Lets requests have the database, once its constraints stand."""
        login = await self._find_database()
        first = Connection(self.connection.library)
        try:
            first.attach(*login)
            await first.verify()
            await self._migrate(first)
        finally:
            await first.close()
        self.connection.attach(*login)
        self.connection.learn_from(first)

    async def _find_database(self) -> tuple[str, str, str, str]:
        settings = self.settings
        if self.embedded is None:
            return str(settings.neo4j_uri), settings.neo4j_user, settings.neo4j_password, settings.neo4j_database
        endpoint = await self.embedded.start()
        return endpoint.uri, endpoint.user, endpoint.password, "neo4j"

    async def _migrate(self, connection: Connection) -> None:
        """An embedded database is brought up to date; a server of the operator's own has to be."""
        if self.embedded is not None:
            await migrate.up(connection)
        elif pending := await migrate.pending(connection):
            raise MigrationRefused(_name_pending(pending))

    async def _found_default_space(self) -> None:
        """The default space always exists (sas 1.1); in a development start everybody may write in it."""
        grants = {SERVICE: Right.OWNER}
        if self.settings.auth == "development":
            grants[EVERYBODY] = Right.READWRITE
        await self.store.found(self.settings.default_space, grants)

    async def close(self) -> None:
        """Finishes what was accepted for now, then lets go of everything."""
        self._opened = False
        self._loop_watch.end()
        if self._working is not None:
            self.worker.stop()
            await asyncio.wait([self._working], timeout=HAND_BACK_SECONDS)
            self._working.cancel()  # a claim that could not be handed back in time ends with its lease
            self._working = None
        for task in (self._planning, self._bringing):
            if task is not None:
                task.cancel()
        await self.inquiries.close()
        await self.writers.close()
        await self.connection.close()
        if self.embedded is not None:
            await self.embedded.stop()
        await self.verifier.stop()

    async def readiness(self) -> Readiness:
        """Whether requests can be served now, asked of the database itself."""
        if not self._opened:
            return Readiness(False, self.embedded.state.reason if self.embedded else "the service is starting")
        if not self.verifier.ready:
            return Readiness(False, "the token issuer's keys are not here yet")
        try:
            async with asyncio.timeout(READY_SECONDS):
                pending = await migrate.pending(self.connection)
        except (StoreError, TimeoutError) as error:
            reason = str(error) or "the database does not answer"
            return Readiness(False, self.embedded.state.reason if self.embedded else reason)
        if pending:
            return Readiness(False, _name_pending(pending))
        return Readiness(True)

    async def metrics(self) -> bytes:
        """The figures for Prometheus. The open items of jobs are asked of the database, if it answers."""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                _, unfinished = await self.jobs.open_items(SERVICE)
                self.telemetry.metrics.job_items.set(unfinished)
        return self.telemetry.metrics_text()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _name_pending(versions: list[int]) -> str:
    return f"Migrations {versions} are not applied to the database: run 'tercet migrate up'."
