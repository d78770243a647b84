"""The paths of the analysts' API, and the application that answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.facades.analyst import entities, render, spaces, wire
from app.facades.analyst.desk import Desk
from app.facades.analyst.openapi import MANUAL
from app.facades.mount import Edge, build
from app.facades.paths import MATCH_THEN_DECODE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.facades.context import Context

NOUNS = (spaces, entities)


def mount(context: Context) -> FastAPI:
    """The application that answers everything below ``/graph/v1``."""
    edge = Edge(
        paths=MATCH_THEN_DECODE,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render.render_error,
        headers=(("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")),
    )
    desk = Desk(context)
    return build("Questions to the graph", [noun.route(desk) for noun in NOUNS], edge, MANUAL)
