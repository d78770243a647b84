"""Queries of one's own, and those that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.core import adhoc, saved
from app.core.adhoc import LONGEST_TEXT
from app.facades.analyst import inquire, queries, wire
from app.facades.analyst.openapi.parts import AFTER, CONSISTENCY, FORMAT, REQUEST_ID, answer, limit, refuse
from app.facades.analyst.render import JSON
from app.facades.openapi import Answer, Body, Media, Operation, Parameter, array, flag, record, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Schema, Shape

QUERY: Final = "OPTIONAL MATCH p = (:Entity {id: $id})-->(:Entity) RETURN p"
SCOPES: Final = (wire.CYPHER,)
_ID: Final = f"^{inquire.ID.pattern}$"
_NAME: Final = f"^{queries.NAME.pattern}$"
NAME: Final = Parameter(
    name="name", place="path", required=True, schema=text("The query's name.", "things-below", pattern=_NAME)
)
OWNER: Final = Parameter(
    name="owner",
    place="query",
    schema=text("Whose query it is, where that is not the caller and it is shared.", "sub:user:ann", least=1, most=512),
)
ID: Final = Parameter(
    name="id", place="path", required=True, schema=text("The id that the query runs under.", "my-1", pattern=_ID)
)
IF_MATCH: Final = Parameter(
    name="If-Match",
    place="header",
    schema=text(
        "Only if the query is the one with this ETag; `*`: only if there is one.", '"5f0c-1"', pattern='^"[^",]*"$'
    ),
)
IF_NEW: Final = Parameter(
    name="If-None-Match", place="header", schema=text("`*`: only if there is no such query yet.", "*", choices=("*",))
)
RUN: Final[Mapping[str, Schema]] = {
    "parameters": record("The parameters: JSON values, integers of 64 bits.", {}, example={"id": "ahu-7"}),
    "limit": whole("Most rows.", 100, least=1, most=adhoc.MOST_ROWS, default=adhoc.ROWS),
    "timeoutMs": whole(
        "Milliseconds that it may run in the database.",
        5_000,
        least=1,
        most=int(adhoc.MOST_SECONDS * 1000),
        default=int(adhoc.SECONDS * 1000),
    ),
    "id": text("Names the query while it runs, for `DELETE`; minted where it is not given.", "my-1", pattern=_ID),
}
_TEXT: Final = text("Read-only Cypher 25.", QUERY, least=1, most=LONGEST_TEXT)
_PARAMETER: Final = record(
    "A parameter.",
    {
        "name": text("Its name, without `$`.", "id", pattern=f"^{queries.PARAMETER.pattern}$"),
        "type": text("What it takes.", "text", choices=tuple(saved.TYPES)),
        "required": flag("Whether it must be given; by default where it has no `default`.", True),
        "default": {"description": "Its value where it is not given.", "examples": ["ahu-7"]},
    },
    required=("name", "type"),
    closed=True,
)
_ASKED: Final = record("A query.", {"query": _TEXT, **RUN}, required=("query",), closed=True)
_RUN: Final = record("How to run it.", RUN, closed=True)
_KEPT: Final = record(
    "What is kept.",
    {
        "query": _TEXT,
        "description": text("What it is for.", "What is linked to one thing.", most=queries.LONGEST_DESCRIPTION),
        "parameters": array(_PARAMETER, "Its parameters, each name once.", most=saved.MOST_PARAMETERS),
        "shared": flag("Whether others may read and run it.", False, default=False),
    },
    required=("query",),
    closed=True,
)
WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.Table: {
        "columns": {"description": "The names of the columns.", "examples": [["id", "type", "other"]]},
        "rows": {
            "description": "The rows, in the order of the query.",
            "examples": [[["ahu-7", "Brick__feeds", "vav-1"]]],
        },
    },
    wire.QueryParameter: {
        "name": text("Its name, without `$`.", "id"),
        "type": text("What it takes.", "text", choices=tuple(saved.TYPES)),
        "required": flag("Whether it must be given.", True),
        "default": {"description": "Its value where it is not given.", "examples": [None]},
    },
    wire.SavedQuery: {
        "name": text("Its name, one of its owner's.", "things-below"),
        "owner": text("The principal that keeps it.", "sub:user:ann"),
        "query": text("Its text.", QUERY),
        "description": text("What it is for.", "What is linked to one thing."),
        "parameters": {"description": "Its parameters."},
        "shared": flag("Whether others may read and run it.", False),
        "version": whole("Counts its states.", 1),
    },
    wire.SavedQueries: {
        "queries": {"description": "The queries, by owner and name."},
        "after": text("Where the next page begins; missing at the end.", "AQAB"),
    },
}


def _body(about: str, shape: Shape, example: object, *, required: bool = True) -> Body:
    return Body(about=about, content={JSON: Media(shape=shape, examples={"one": example})}, required=required)


def _tagged(about: str) -> Answer:
    shown = answer(about, wire.SavedQuery)
    return Answer(about=about, content=shown.content, headers={"ETag": text("Names this state of it.", '"5f0c-1"')})


_EVERY: Final = (FORMAT, REQUEST_ID)
_ROWS: Final = Answer(
    about="The rows.",
    content=answer("The rows.", wire.Table).content,
    headers={wire.QUERY_ID: text("The id that the query ran under.", "my-1")},
)
_RAN: Final = {200: _ROWS, **refuse(409, 413, 415, 422, 504)}
OPERATIONS: Final[Mapping[str, Operation]] = {
    f"POST {wire.ROOT}/cypher": Operation(
        id="runQuery",
        tag="queries",
        about="Runs a query that reads. It sees entities, their relationships, and the nodes `Relationship`, `Version`, "
        "`Term` and `Space`, of every space: so the caller needs a right on each. Every node is first met with a label "
        "(`Entity` for any entity) or over a relationship. The database plans the query before it runs, and what the plan "
        "may not hold is refused. Integers keep 64 bits; `NaN` and infinities are texts; dates, times and durations are "
        "texts of ISO 8601; a node is `{id, labels, properties}`, a relationship `{id, type, start, end, properties}`, a "
        "path `{nodes, relationships}`, a point `{srid, coordinates}`; these ids hold within the answer. `reason` is "
        "`rows` or `bytes`; out of time is a failure. A client that goes away ends its query.",
        scopes=SCOPES,
        parameters=_EVERY,
        body=_body("The query.", _ASKED, {"query": QUERY, "parameters": {"id": "ahu-7"}, "limit": 100}),
        answers=_RAN,
    ),
    f"DELETE {wire.ROOT}/cypher/{{id}}": Operation(
        id="cancelQuery",
        tag="queries",
        about="Ends a running query of the caller's own. It must go to the process that runs it.",
        scopes=SCOPES,
        parameters=(ID, *_EVERY),
        answers={204: Answer(about="It is being ended."), **refuse(404)},
    ),
    f"GET {wire.ROOT}/queries": Operation(
        id="listQueries",
        tag="queries",
        about="The caller's own queries and those that others share, by owner and name.",
        scopes=SCOPES,
        parameters=(limit("Queries of a page.", queries.PAGE, queries.LARGEST_PAGE), AFTER, CONSISTENCY, *_EVERY),
        answers={200: answer("A page of queries.", wire.SavedQueries), **refuse()},
    ),
    f"GET {wire.ROOT}/queries/{{name}}": Operation(
        id="showQuery",
        tag="queries",
        about="A query of the caller's own, or one that its owner shares.",
        scopes=SCOPES,
        parameters=(NAME, OWNER, CONSISTENCY, *_EVERY),
        answers={200: _tagged("The query."), **refuse(404)},
    ),
    f"PUT {wire.ROOT}/queries/{{name}}": Operation(
        id="keepQuery",
        tag="queries",
        about=f"Keeps a query under a name of the caller's own, {saved.MOST_SAVED} at most. Its text is judged when it runs.",
        scopes=SCOPES,
        parameters=(NAME, IF_MATCH, IF_NEW, *_EVERY),
        body=_body("What to keep.", _KEPT, {"query": QUERY, "parameters": [{"name": "id", "type": "text"}]}),
        answers={
            200: _tagged("It was kept before; this is its state now."),
            201: _tagged("It is kept."),
            **refuse(409, 412, 413, 415),
        },
    ),
    f"DELETE {wire.ROOT}/queries/{{name}}": Operation(
        id="removeQuery",
        tag="queries",
        about="Removes a query of the caller's own.",
        scopes=SCOPES,
        parameters=(NAME, IF_MATCH, *_EVERY),
        answers={204: Answer(about="It is gone."), **refuse(404, 412)},
    ),
    f"POST {wire.ROOT}/queries/{{name}}/run": Operation(
        id="runKeptQuery",
        tag="queries",
        about="Runs a kept query with parameters of the types that it declares; everything else is as if it were sent.",
        scopes=SCOPES,
        parameters=(NAME, OWNER, CONSISTENCY, *_EVERY),
        body=_body("How to run it.", _RUN, {"parameters": {"id": "ahu-7"}}, required=False),
        answers=_RAN | refuse(404),
    ),
}
