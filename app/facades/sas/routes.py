"""The paths of the SAS format, and which operation each of them is (sas 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter

from app.facades import mount as mounting
from app.facades.paths import SPLIT_THEN_DECODE
from app.facades.sas import wire
from app.facades.sas.catalogue import Catalogue
from app.facades.sas.openapi import MANUAL
from app.facades.sas.references import References
from app.facades.sas.relationships import Relationships
from app.facades.sas.render import render_error

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.facades.context import Context

HEADERS: Final = (
    ("Cache-Control", "no-cache, no-store, must-revalidate"),
    ("Vary", "Accept, Accept-Item, Accept-Language, Origin, X-Tercet-Space"),
    ("Sas-Service-Response-Flag", "true"),
)


def mount(context: Context) -> FastAPI:
    """The application of the SAS format, below ``/relationships``."""
    edge = mounting.Edge(
        paths=SPLIT_THEN_DECODE,
        max_target_bytes=wire.MAX_TARGET_BYTES,
        render=render_error,
        headers=HEADERS,
        offers_options=True,
    )
    routers = [
        list_catalogue(Catalogue(context)),
        list_relationships(Relationships(context)),
        list_references(References(context)),
    ]
    return mounting.build("SAS Viya relationships", routers, edge, MANUAL)


def list_catalogue(desk: Catalogue) -> APIRouter:
    """What the service is and offers."""
    router = APIRouter()
    add = router.add_api_route
    add(wire.ROOT, desk.show_root, methods=["GET"], summary="What the service offers")
    add(wire.API_META, desk.show_meta, methods=["GET"], summary="Which build this is")
    add(wire.TYPES, desk.list_types, methods=["GET"], summary="List the relationship types")
    add(f"{wire.TYPES}/{{name}}", desk.get_type, methods=["GET"], summary="Read a relationship type")
    return router


def list_relationships(desk: Relationships) -> APIRouter:
    """The operations on relationships."""
    router, one = APIRouter(), f"{wire.RELATIONSHIPS}/{{id}}"
    add = router.add_api_route
    add(wire.RELATIONSHIPS, desk.show_list, methods=["GET"], summary="List relationships, or walk from subjects")
    add(wire.RELATIONSHIPS, desk.post, methods=["POST"], summary="Create one or many relationships")
    add(wire.RELATIONSHIPS, desk.patch, methods=["PATCH"], summary="Delete many relationships")
    add(one, desk.get, methods=["GET"], summary="Read a relationship")
    add(one, desk.put, methods=["PUT"], summary="Change the type of a relationship")
    add(one, desk.delete, methods=["DELETE"], summary="Delete a relationship")
    return router


def list_references(desk: References) -> APIRouter:
    """The operations on references."""
    router, one = APIRouter(), f"{wire.REFERENCES}/{{id}}"
    add = router.add_api_route
    add(wire.REFERENCES, desk.show_list, methods=["GET"], summary="List references")
    add(wire.REFERENCES, desk.post, methods=["POST"], summary="Create one or many references, or query them")
    add(wire.REFERENCES, desk.patch, methods=["PATCH"], summary="Delete many references")
    add(wire.REFERENCE_SOURCES, desk.list_sources, methods=["GET"], summary="List the sources of references")
    add(one, desk.get, methods=["GET"], summary="Read a reference")
    add(one, desk.put, methods=["PUT"], summary="Replace the details of a reference")
    add(one, desk.delete, methods=["DELETE"], summary="Delete a reference")
    return router
