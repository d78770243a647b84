"""What is served below ``/docs``: each format's document, and Swagger UI over it from our own origin.

No page loads anything from anywhere else, and no script stands inside a page: the policy that is sent with them forbids
both. Swagger UI comes from the WebJar that ``tercet fetch`` brings; without it the pages say so, the documents are
served all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.docs import files
from app.embedded import web
from app.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from app.settings import Settings

ROOT: Final = "/docs"
ARTIFACT: Final = "swagger-ui"
THEIRS: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
OURS: Final = {"start.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8"}

Document = Callable[[], Mapping[str, object]]


@dataclass(slots=True)
class Site:
    """The documents by the name of their format, and the settings that say where the fetched parts are."""

    documents: Mapping[str, Document]
    settings: Settings

    async def list_formats(self) -> Response:
        """A page that names every format, with its pages."""
        rows = "".join(
            f'<li><a href="{ROOT}/{name}">{escape(_title(document))}</a> '
            f'(<a href="{ROOT}/{name}/openapi.json">openapi.json</a>)</li>'
            for name, document in self.documents.items()
        )
        return _show("Tercet", f"<main><h1>Tercet: the formats</h1><ul>{rows}</ul></main>")

    async def show_format(self, format: str) -> Response:
        """Swagger UI over the document of one format, or how to get it."""
        title, place = _title(self._find(format)), f"{ROOT}/{format}/openapi.json"
        if await self._read_theirs() is None:
            body = (
                f"<main><h1>{escape(title)}</h1><p>The parts of this page have not been fetched. Run "
                "<code>tercet fetch</code> where the service runs (with the same TERCET_CACHE_DIR), then load the page "
                f'again. The document is here all the same: <a href="{place}">openapi.json</a>.</p></main>'
            )
            return _show(title, body)
        scripts = "".join(f'<script src="{ROOT}/ui/{name}"></script>' for name in ("swagger-ui-bundle.js", "start.js"))
        return _show(title, f'<div id="ui" data-document="{place}"></div>{scripts}', "swagger-ui.css")

    async def give_document(self, request: Request, format: str) -> Response:
        """The OpenAPI document of one format."""
        body = msgspec.json.encode(self._find(format)())
        return files.answer(request, body, "application/json")

    async def give_file(self, request: Request, name: str) -> Response:
        """A file that a page is made of."""
        if name in OURS:
            return files.answer(request, _read_ours(name), OURS[name])
        theirs = await self._read_theirs(name) if name in THEIRS else None
        if theirs is None:
            raise HTTPException(404)
        return files.answer(request, theirs[name], THEIRS[name])

    def _find(self, format: str) -> Document:
        if format not in self.documents:
            raise HTTPException(404)
        return self.documents[format]

    async def _read_theirs(self, *names: str) -> Mapping[str, bytes] | None:
        try:
            return await asyncio.to_thread(web.read, self.settings, ARTIFACT, names)
        except EmbeddedError:
            return None


def route(documents: Mapping[str, Document], settings: Settings) -> APIRouter:
    """The routes below ``/docs``; what they don't know they raise as HTTPException."""
    site, router = Site(documents, settings), APIRouter(default_response_class=Response)
    places: tuple[tuple[str, Callable[..., Awaitable[Response]], str], ...] = (
        (ROOT, site.list_formats, "The formats and their documents"),
        (f"{ROOT}/ui/{{name}}", site.give_file, "What the pages are made of"),
        (f"{ROOT}/{{format}}/openapi.json", site.give_document, "The OpenAPI document of a format"),
        (f"{ROOT}/{{format}}", site.show_format, "Read and try the operations of a format"),
    )
    for path, endpoint, summary in places:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], summary=summary)
    return router


def _title(document: Document) -> str:
    info = document()["info"]
    assert isinstance(info, dict)
    return str(info["title"])


@cache
def _read_ours(name: str) -> bytes:
    return Path(__file__).with_name(name).read_bytes()


def _show(title: str, body: str, style: str = "") -> Response:
    styles = "".join(f'<link rel="stylesheet" href="{ROOT}/ui/{name}">' for name in (style, "page.css") if name)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{styles}<link rel="icon" href="{ROOT}/ui/favicon-32x32.png">'
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
    return Response(page, headers=files.HEADERS, media_type="text/html")
