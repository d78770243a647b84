"""The façades and their documents, made without a database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.core.access import Caller
from app.core.adhoc import Inquiries
from app.core.errors import TokenMissing
from app.core.queue import Jobs
from app.core.store import Store
from app.facades.analyst import routes as analyst
from app.facades.apollo import routes as apollo
from app.facades.autodesk import routes as autodesk
from app.facades.context import Context
from app.facades.sas import routes as sas
from app.settings import Settings

FORMATS = ("autodesk", "apollo", "sas", "graph")


def _refuse(_authorization: str | None) -> Caller:
    raise TokenMissing


@cache
def mount(name: str) -> FastAPI:
    """A façade on no store at all: good for its document and nothing else."""
    context = Context(cast("Store", None), _refuse, Settings(), "http://tercet.test")
    match name:
        case "autodesk":
            return autodesk.mount(context)
        case "apollo":
            return apollo.mount(context, cast("Jobs", None))
        case "sas":
            return sas.mount(context)
        case "graph":
            return analyst.mount(context, cast("Inquiries", None))
    raise ValueError(name)


def list_routes(name: str) -> list[APIRoute]:
    """The routes of a façade."""
    return [route for route in mount(name).routes if isinstance(route, APIRoute)]


def get_document(name: str) -> dict[str, Any]:
    """Its document."""
    return mount(name).openapi()


def list_operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Its operations by method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation
