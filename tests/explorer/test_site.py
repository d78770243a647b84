"""What is served below ``/explorer``, as a browser gets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.explorer.site import MEDIA
from tests.conftest import MakeService, RunningService
from tests.docs.test_site import Page

UI = Path(__file__).parents[2] / "app" / "explorer" / "ui"
FILES = sorted(file.name for file in UI.iterdir())
SCRIPTS = [name for name in FILES if name.endswith(".js")]
# Every way of turning text into elements, or into script.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|\beval\(|"
    r"new Function|setAttribute\(\"style|srcdoc|javascript:"
)


async def test_the_root_names_the_explorer(service: RunningService) -> None:
    assert (await service.client.get("/")).json()["places"]["explorer"] == "/explorer"


async def test_the_page_loads_its_own_files_and_has_no_script_or_style_in_place(service: RunningService) -> None:
    answer = await service.client.get("/explorer")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Page(answer.text)
    assert page.inline == []
    for place in page.places:
        assert place.startswith(("/explorer", "#"))
        if not place.startswith("#"):
            assert (await service.client.get(place)).status_code == 200


@pytest.mark.parametrize("path", ["/explorer", "/explorer/ui/main.js", "/explorer/ui/style.css"])
async def test_the_policy_forbids_other_origins_and_text_that_becomes_script(
    service: RunningService, path: str
) -> None:
    answer = await service.client.get(path)
    policy = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert {policy[kind] for kind in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", FILES)
async def test_a_file_says_what_it_is_and_is_sent_again_only_when_it_has_changed(
    service: RunningService, name: str
) -> None:
    answer = await service.client.get(f"/explorer/ui/{name}")
    assert (answer.status_code, answer.content) == (200, (UI / name).read_bytes())
    assert answer.headers["content-type"] == MEDIA[Path(name).suffix]
    again = await service.client.get(f"/explorer/ui/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_elements_of_text(name: str) -> None:
    assert MARKUP.findall((UI / name).read_text(encoding="utf-8")) == []


def test_every_script_that_is_imported_is_there() -> None:
    for name in SCRIPTS:
        imported = re.findall(r'from "\./([\w.]+)"', (UI / name).read_text(encoding="utf-8"))
        assert set(imported) <= set(SCRIPTS)


@pytest.mark.usefixtures("fetched")
async def test_cytoscape_comes_from_our_own_origin(service: RunningService) -> None:
    answer = await service.client.get("/explorer/ui/cytoscape.mjs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA[".mjs"])
    assert len(answer.content) > 100_000


async def test_without_the_webjar_the_page_is_served_all_the_same(make_service: MakeService, tmp_path: Path) -> None:
    service = await make_service(cache_dir=tmp_path / "cache")
    assert (await service.client.get("/explorer/ui/cytoscape.mjs")).status_code == 404
    page = await service.client.get("/explorer")
    assert (page.status_code, "tercet fetch" in page.text) == (200, True)


@pytest.mark.parametrize("path", ["/explorer/nope", "/explorer/ui/nope.js", "/explorer/ui/..%2Fsite.py"])
async def test_what_is_not_there_is_a_problem_in_words(service: RunningService, path: str) -> None:
    answer = await service.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
