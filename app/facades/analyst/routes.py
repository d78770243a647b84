"""The paths of the analysts' API, and the application that answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.facades.analyst import entities, exports, queries, render, routings, spaces, statements, walks, wire
from app.facades.analyst.desk import Desk
from app.facades.analyst.openapi import MANUAL
from app.facades.mount import Edge, build
from app.facades.paths import MATCH_THEN_DECODE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.core.adhoc import Inquiries
    from app.facades.context import Context

NOUNS = (spaces, entities, exports, walks, routings)


def mount(context: Context, inquiries: Inquiries) -> FastAPI:
    """The application that answers everything below ``/graph/v1``."""
    edge = Edge(
        paths=MATCH_THEN_DECODE,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render.render_error,
        headers=(("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")),
    )
    desk = Desk(context)
    asked = [statements.route(desk, inquiries), queries.route(desk, inquiries)]
    return build("Questions to the graph", [*(noun.route(desk) for noun in NOUNS), *asked], edge, MANUAL)
