"""What is served below ``/explorer``: one page, its scripts and styles, and Cytoscape from our own origin.

The page holds no data and needs no token: what it shows it asks of ``/graph/v1`` with the token of whoever looks. Its
policy forbids scripts and styles in place, any other origin, and every way of turning text into HTML. Cytoscape comes
from the WebJar that ``tercet fetch`` brings; without it the page says so, and its table works all the same.
"""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.docs import files
from app.embedded import web
from app.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.settings import Settings

ROOT: Final = "/explorer"
ARTIFACT: Final = "cytoscape"
THEIRS: Final = {"cytoscape.mjs": "dist/cytoscape.esm.min.mjs"}
PAGE: Final = "index.html"
MEDIA: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS: Final = {
    **files.HEADERS,
    "Content-Security-Policy": f"{files.HEADERS['Content-Security-Policy']}; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def route(settings: Settings) -> APIRouter:
    """The routes below ``/explorer``; ``settings`` say where the fetched parts are. 404 is raised as HTTPException."""
    router = APIRouter(default_response_class=Response)

    async def show_page(request: Request) -> Response:
        """The explorer: a page that asks the graph in the name of whoever's token it is given."""
        return _answer(request, PAGE, _read_ours()[PAGE])

    async def give_file(request: Request, name: str) -> Response:
        """A file that the explorer is made of."""
        if name in _read_ours():
            return _answer(request, name, _read_ours()[name])
        if name in THEIRS and (theirs := await _read_theirs(settings, THEIRS[name])) is not None:
            return _answer(request, name, theirs)
        raise HTTPException(404)

    for path, endpoint, summary in (
        (ROOT, show_page, "The graph in the browser"),
        (f"{ROOT}/ui/{{name}}", give_file, "What the explorer is made of"),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], summary=summary)
    return router


def _answer(request: Request, name: str, body: bytes) -> Response:
    return files.answer(request, body, MEDIA[Path(name).suffix], HEADERS)


@cache
def _read_ours() -> Mapping[str, bytes]:
    return {file.name: file.read_bytes() for file in (Path(__file__).parent / "ui").iterdir() if file.suffix in MEDIA}


async def _read_theirs(settings: Settings, inside: str) -> bytes | None:
    try:
        return (await asyncio.to_thread(web.read, settings, ARTIFACT, (inside,)))[inside]
    except EmbeddedError:
        return None
