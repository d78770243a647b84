"""The records of what was asked for and what became of it (apollo 8.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core.chronicle import ENTITY, RELATIONSHIP
from app.core.errors import JobMissing
from app.core.identity import read_uuid, space_name
from app.core.queue import About, Search
from app.facades.apollo import headers, render, translate
from app.facades.apollo.desk import Desk
from app.facades.apollo.headers import STATUS_PATH, QueryMalformed
from app.facades.apollo.records import Place, Question, list_records
from app.facades.apollo.render import OK

if TYPE_CHECKING:
    from app.core.access import Caller
    from app.core.queue import Jobs
    from app.facades.apollo.headers import Reading
    from app.facades.context import Context

FILTERS: Final = ("transactionId", "correlationId", "startTime", "endTime", "entityId", "relationshipId")
STATES: Final = ("Requested", "Processing", "Completed", "Failed", "Canceled", "Created")
PATHS: Final = {
    f"{STATUS_PATH}/transactionid/{{id}}/logs": "transactionId",
    f"{STATUS_PATH}/correlationid/{{id}}/logs": "correlationId",
    f"{STATUS_PATH}/entity/{{id}}/logs": "entityId",
    f"{STATUS_PATH}/relationship/{{id}}/logs": "relationshipId",
    f"{STATUS_PATH}/ercollection/logs": "",
}


def route(context: Context, jobs: Jobs) -> APIRouter:
    """The reads with their paths."""
    router, logs = APIRouter(tags=["tracking"]), _Logs(context, jobs)
    router.add_api_route(f"{STATUS_PATH}/logs", logs.search, methods=["GET"], summary="Search the records of requests")
    for path in PATHS:
        router.add_api_route(path, logs.look_up, methods=["GET"], summary=f"List the records of {_say(path)}")
    return router


def _say(path: str) -> str:
    noun = path.split("/")[3]
    return {
        "transactionid": "a transaction",
        "correlationid": "a chain of requests",
        "ercollection": "a collection",
    }.get(noun, f"{'an' if noun == 'entity' else 'a'} {noun}")


class _Logs:
    def __init__(self, context: Context, jobs: Jobs) -> None:
        self._desk = Desk(context)
        self._jobs = jobs

    async def search(self, request: Request) -> Response:
        """Records that meet all filters of the query, of which there must be one."""
        caller = self._identify(request)
        reading = headers.read_reading(request, *FILTERS, "state", "limit")
        if not any(name in reading.query for name in FILTERS):
            raise QueryMalformed(f"One of the parameters {', '.join(FILTERS)} must be sent")
        return await self._answer(request, caller, reading)

    async def look_up(self, request: Request) -> Response:
        """Records that meet the one filter of the path."""
        caller = self._identify(request)
        reading = headers.read_reading(request, "limit")
        name = PATHS[request.scope["route"].path]
        named = {name: request.path_params["id"]} if name else {}
        return await self._answer(request, caller, reading._replace(query={**reading.query, **named}))

    def _identify(self, request: Request) -> Caller:
        caller = self._desk.identify(request, "listLogs")
        caller.require_any("apollo_read", "apollo_write")
        return caller

    async def _answer(self, request: Request, caller: Caller, reading: Reading) -> Response:
        question, paging = read_question(reading), headers.read_paging(request)
        limit = headers.read_limit(reading.query, paging.limit)
        said = [reading.query.get(name) for name in (*FILTERS, "state")]
        walk = await self._desk.walk(request, reading.collection, *said)
        place = walk.read(paging.token)
        await self._desk.look(caller, reading)
        after = None if place is None else Place(*place)
        run = await list_records(self._jobs, question, after=after, limit=limit)
        if not run.found and run.reached is None and after is None:
            raise JobMissing
        return render.answer_found(request, run.found, walk.write(run.reached), code=OK)


def read_question(reading: Reading) -> Question:
    """What is asked of the records; raises QueryMalformed."""
    query, about = reading.query, _read_about(reading)
    empty = next((name for name in (*FILTERS, "state") if query.get(name) == ""), None)
    if empty is not None or query.get("state", STATES[0]) not in STATES:
        raise QueryMalformed(f"The parameter {empty or 'state'} has no value that it may have")
    transaction = query.get("transactionId")
    return Question(
        Search(
            space=reading.collection,
            # A text that is no GUID names no transaction.
            transaction_id=None if transaction is None else read_uuid(transaction) or transaction,
            correlation_id=query.get("correlationId"),
            about=about,
            since=headers.read_instant(query, "startTime"),
            until=headers.read_instant(query, "endTime"),
        ),
        query.get("state"),
        both="entityId" in query and "relationshipId" in query,
    )


def _read_about(reading: Reading) -> About | None:
    query, name = reading.query, space_name(reading.collection)
    if "relationshipId" in query:
        id = query["relationshipId"]
        return About(RELATIONSHIP, name.relationship_id(id), id)
    if "entityId" in query:
        id = query["entityId"]
        entity = translate.read_entity(id)
        return About(ENTITY, "" if entity is None else name.entity_id(entity), id)
    return None
