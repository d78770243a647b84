"""The explorer in a real browser: Debian's Chromium, the real service on a port of its own, the building EBU3B."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from app import server
from app.core.identity import space_name
from app.core.model import Entity
from app.demo import building
from app.embedded import fetch, lock
from app.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

    from tests.conftest import RunningService

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).with_name("axe.lock.json")
PATIENCE_SECONDS = 20
PAUSE_SECONDS = 0.03
LOOKS = 60
# Notes the longest time for which the page did not answer.
WATCH = (
    "window.longest = 0; new PerformanceObserver(list => list.getEntries().forEach(one => "
    "{ window.longest = Math.max(window.longest, one.duration); })).observe({ type: 'longtask', buffered: true });"
)
WIDE = {"width": 1440, "height": 900}


@dataclass
class House:
    """The building in a space of its own, and where the explorer shows it."""

    origin: str
    space: str
    service: RunningService

    def ref(self, id: str) -> str:
        """The ref of one of its entities."""
        return space_name(self.space).entity_id(Entity("apollo", "entity", id))

    def link(self, *asks: tuple[str, str], token: str | None = "", **view: str) -> str:
        """A deep link: questions as (name, their parts with ~ between), then the rest of the view; with a good token."""
        pairs = [("space", self.space), *asks, *view.items()]
        if token is not None:
            pairs.append(("token", token or self.service.token()))
        return f"{self.origin}/explorer#{urlencode(pairs, quote_via=quote, safe='~')}"


@dataclass
class Visit:
    """One page, and everything it complained of or asked for since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    async def until(self, condition: str) -> None:
        """Waits for a condition in the page. Asked from here: the page's policy lets nobody wait in it by a text."""
        for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
            if await self.page.evaluate(condition):
                return
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError(condition)

    async def settle(self) -> None:
        """Waits until the page has shown what it was last asked for, and has drawn it."""
        await self.until("document.getElementById('main').getAttribute('aria-busy') === 'false'")

    async def open(self, address: str) -> None:
        await self.page.goto(address)
        await self.settle()

    async def counts(self) -> str:
        """What the status line says is shown."""
        return await self.page.locator("#counts").inner_text()

    async def drawn(self) -> dict[str, list[str]]:
        """The ids of the entities, groups and links that the picture holds."""
        return await self.page.evaluate(
            """() => { const { cy } = document.getElementById('picture')._cyreg;
                 const ids = (some) => some.map((one) => one.id()).sort();
                 return { entities: ids(cy.nodes().not('.group')), groups: ids(cy.nodes('.group')),
                          links: ids(cy.edges().not('.rest')) }; }"""
        )

    async def listed(self) -> dict[str, list[str]]:
        """The ids of the entities and links of every page of the table."""
        return {"entities": await self._list("tab entities", "ref"), "links": await self._list("tab links", "link")}

    async def _list(self, tab: str, name: str) -> list[str]:
        await self.page.locator(f'[data-key="{tab}"]').click()
        back, onwards = (self.page.locator(f'[data-key="{way} rows"]') for way in ("Previous", "Next"))
        while await back.count() and await back.is_enabled():
            await back.click()
        rows = self.page.locator(f"#table-area tr[data-{name}]")
        found: list[str] = await rows.evaluate_all(f"rows => rows.map(row => row.dataset.{name})")
        while await onwards.count() and await onwards.is_enabled():
            await onwards.click()
            found += await rows.evaluate_all(f"rows => rows.map(row => row.dataset.{name})")
        return sorted(found)


OpenVisit = Callable[..., Any]


@pytest.fixture(scope="session")
def fetched() -> Path:
    """The WebJars of the pages."""
    return fetch.fetch_web(Settings.from_environment())


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core: fetched and verified like the parts of the pages, for tests only."""
    parts = lock.read(AXE)
    (part,) = parts.parts
    with zipfile.ZipFile(fetch.bring(parts, Settings.from_environment().cache_dir) / part.name) as jar:
        return jar.read(f"META-INF/resources/webjars/axe-core/{part.version}/axe.min.js").decode()


@asynccontextmanager
async def served(service: RunningService) -> AsyncIterator[str]:
    """The service on a port of its own; yields the origin."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        server.serve(service.service.app, host="127.0.0.1", port=0, on_ready=ready.set_result, shutdown_grace=1)
    )
    try:
        yield await ready
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


async def load(service: RunningService, space: str) -> None:
    """The building through the Apollo format."""
    headers = {"Authorization": f"Bearer {service.token()}", "ercollectionid": space}
    for kind in ("entities", "relationships"):
        body = json.dumps(building.read(kind)).encode()
        answer = await service.client.post(
            f"/apollo/er/{kind}", content=body, headers={**headers, "Content-Type": "application/json"}
        )
        assert answer.status_code == 202, answer.text
        state: dict[str, Any] = {}
        for _ in range(LOOKS):
            status = await service.client.get(answer.headers["location"], headers={**headers, "Prefer": "wait=10"})
            if status.status_code == 200:  # a busy machine may answer 503 and go on all the same
                state = status.json().get("data", status.json())
            if state.get("state") in ("Completed", "Failed"):
                break
        assert state.get("outcome") == "Succeeded", status.text


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window; where there is none the tests say so."""
    from playwright.async_api import async_playwright

    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no Chromium at {CHROMIUM}: the explorer was not tried in a browser (apt-get install chromium)")
    async with async_playwright() as play:
        # As root Chromium refuses its sandbox; the only pages it sees are ours.
        chromium = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="session")
async def house(browser: Browser, fetched: Path, service: RunningService) -> AsyncIterator[House]:
    """The building, loaded once, where there is a browser to look at it."""
    assert browser.is_connected()
    assert fetched
    space = service.space()
    await load(service, space)
    async with served(service) as origin:
        yield House(origin, space, service)


@asynccontextmanager
async def visiting(browser: Browser, **chosen: Any) -> AsyncIterator[Visit]:
    """A page of a visitor of its own: nothing of another's is kept."""
    options = {"viewport": WIDE, "reduced_motion": "reduce", "accept_downloads": True, **chosen}
    context: BrowserContext = await browser.new_context(**options)
    context.set_default_timeout(30_000)
    try:
        visit = Visit(await context.new_page())
        visit.listen()
        yield visit
    finally:
        await context.close()


@pytest_asyncio.fixture
async def visit(browser: Browser, house: House) -> AsyncIterator[Visit]:
    """A visitor at a wide screen: complains of nothing, and asks nobody but us."""
    async with visiting(browser) as one:
        yield one
    assert one.complaints == []
    assert [url for url in one.asked if not url.startswith((f"{house.origin}/", "data:", "blob:"))] == []
