"""Entities: one of them with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import EntityMissing
from app.core.graphs import name_node
from app.core.identity import space_name
from app.facades.analyst import parameters, render, translate, wire
from app.facades.analyst.desk import Desk

if TYPE_CHECKING:
    from app.core.graphs import Scope
    from app.core.model import EntityRecord, Fields


def route(desk: Desk) -> APIRouter:
    """The questions with their paths."""
    router, asked = APIRouter(), _Entities(desk)
    router.add_api_route(f"{wire.SPACE}/entities/{{ref}}", asked.show, methods=["GET"], summary="Show an entity")
    return router


@dataclass(frozen=True, slots=True)
class _Entities:
    desk: Desk

    async def show(self, request: Request) -> Response:
        call = self.desk.open(request, "entity")
        scope = await self.desk.enter(call)
        ref = parameters.read_ref(request.path_params["ref"])
        record = await self._find(scope, ref)
        degrees = await self.desk.store.degrees(scope, str(ref))
        card = wire.Card(
            entity=translate.show_entity(name_node(str(ref), record)),
            fields=dict(_list_fields(record)),
            degree=translate.show_degrees(degrees),
            total=sum(each.links for each in degrees),
        )
        return render.answer(request, card)

    async def _find(self, scope: Scope, ref: str | None) -> EntityRecord:
        """The entity, if the space has it (sas 1.7)."""
        if ref is not None:
            key = space_name(scope.space).record_key(ref)
            found = (await self.desk.store.entities(scope.space, [key], bookmark=scope.bookmark)).get(key)
            if found is not None and found.is_reference:
                return found
        raise EntityMissing([])


def _list_fields(record: EntityRecord) -> Fields:
    return record.fields if record.declaration is None else {**record.fields, **record.declaration.fields}
