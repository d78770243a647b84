"""The paths of the SAS format, and which operation each of them is (sas 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.responses import Response

from app.facades import mount as mounting
from app.facades.paths import SPLIT_THEN_DECODE
from app.facades.sas import wire
from app.facades.sas.catalogue import Catalogue
from app.facades.sas.relationships import Relationships
from app.facades.sas.render import render_error

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.facades.context import Context

HEADERS: Final = (
    ("Cache-Control", "no-cache, no-store, must-revalidate"),
    ("Vary", "Accept, Accept-Item, Accept-Language, Origin, X-Tercet-Space"),
    ("Sas-Service-Response-Flag", "true"),
)


def mount(context: Context) -> ASGIApp:
    """The application of the SAS format, below ``/relationships``."""
    edge = mounting.Edge(
        paths=SPLIT_THEN_DECODE,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render_error,
        headers=HEADERS,
        offers_options=True,
    )
    routers = [list_catalogue(Catalogue(context)), list_relationships(Relationships(context))]
    return mounting.build("SAS Viya relationships", routers, edge)


def list_catalogue(desk: Catalogue) -> APIRouter:
    """What the service is and offers."""
    router = APIRouter(default_response_class=Response)
    router.add_api_route(wire.ROOT, desk.show_root, methods=["GET"], summary="What the service offers")
    return router


def list_relationships(desk: Relationships) -> APIRouter:
    """The operations on relationships."""
    router, one = APIRouter(default_response_class=Response), f"{wire.RELATIONSHIPS}/{{id}}"
    add = router.add_api_route
    add(wire.RELATIONSHIPS, desk.show_list, methods=["GET"], summary="List relationships, or walk from subjects")
    add(wire.RELATIONSHIPS, desk.post, methods=["POST"], summary="Create one or many relationships")
    add(one, desk.get, methods=["GET"], summary="Read a relationship")
    return router
