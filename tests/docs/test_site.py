"""The pages and documents below ``/docs``, as browsers and generators get them."""

from __future__ import annotations

import asyncio
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pytest_asyncio

from app.docs.site import THEIRS
from app.embedded import fetch
from app.settings import Settings
from tests.conftest import MakeService, RunningService
from tests.openapi.documents import FORMATS, get_document

formats = pytest.mark.parametrize("name", FORMATS)


class Page(HTMLParser):
    """What a page loads and links to, and what of it is script or style in place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places += [str(given[name]) for name in ("src", "href", "data-document") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


@pytest_asyncio.fixture(scope="session")
async def fetched() -> Path:
    """The folder of the WebJar, which ``tercet fetch`` and the first start bring."""
    return await asyncio.to_thread(fetch.fetch_web, Settings.from_environment())


async def test_the_front_page_and_the_root_name_the_documents(service: RunningService) -> None:
    assert (await service.client.get("/")).json()["places"]["docs"] == "/docs"
    front = await service.client.get("/docs")
    places = Page(front.text).places
    for name in FORMATS:
        assert {f"/docs/{name}", f"/docs/{name}/openapi.json"} <= set(places)


@formats
async def test_a_document_is_served_to_anybody_and_again_only_when_it_has_changed(
    service: RunningService, name: str
) -> None:
    answer = await service.client.get(f"/docs/{name}/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == get_document(name)
    again = await service.client.get(f"/docs/{name}/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@formats
@pytest.mark.usefixtures("fetched")
async def test_a_page_loads_swagger_ui_from_our_own_origin_and_nothing_else(service: RunningService, name: str) -> None:
    answer = await service.client.get(f"/docs/{name}")
    page = Page(answer.text)
    assert page.inline == []
    assert f"/docs/{name}/openapi.json" in page.places
    for place in page.places:
        assert place.startswith("/docs/")
        assert (await service.client.get(place)).status_code == 200
    policy = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[kind] for kind in ("script-src", "style-src", "connect-src")} == {"'self'"}


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize("name", [*THEIRS, "start.js", "page.css"])
async def test_what_a_page_is_made_of_says_what_it_is(service: RunningService, name: str) -> None:
    answer = await service.client.get(f"/docs/ui/{name}")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    kinds = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
    assert answer.headers["content-type"].startswith(kinds[name.rpartition(".")[2]])
    assert len(answer.content) > 20


@pytest.mark.parametrize("damaged", [False, True], ids=["nothing fetched", "a damaged jar"])
async def test_without_the_webjar_the_page_says_what_to_run_and_the_document_is_served(
    make_service: MakeService, fetched: Path, tmp_path: Path, damaged: bool
) -> None:
    cache = tmp_path / "cache"
    if damaged:
        shutil.copytree(fetched, cache / fetched.name)
        (jar,) = (cache / fetched.name).glob("swagger-ui-*.jar")
        jar.write_bytes(jar.read_bytes()[:-1] + b"!")
    service = await make_service(cache_dir=cache)
    page = await service.client.get("/docs/autodesk")
    assert page.status_code == 200
    assert "tercet fetch" in page.text
    assert Page(page.text).places.count("/docs/autodesk/openapi.json") == 1
    assert (await service.client.get("/docs/ui/swagger-ui-bundle.js")).status_code == 404
    assert (await service.client.get("/docs/autodesk/openapi.json")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/docs/nope", "/docs/nope/openapi.json", "/docs/ui", "/docs/ui/index.html", "/docs/ui/..%2F..%2Fsettings.py"],
)
async def test_what_is_not_there_is_a_problem_in_words(service: RunningService, path: str) -> None:
    answer = await service.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await service.client.post("/docs")).status_code == 405


@pytest.mark.parametrize(
    "path", ["/bim360/docs", "/bim360/openapi.json", "/apollo/docs", "/relationships/openapi.json"]
)
async def test_the_paths_of_the_formats_have_no_documents_of_their_own(service: RunningService, path: str) -> None:
    answer = await service.client.get(path)
    assert answer.status_code == 404
    assert "problem" not in answer.headers["content-type"]
