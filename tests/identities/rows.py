"""Every operation of every façade, as a request about one space; a route without a row fails a test.

``{space}`` is the space asked about, ``{mine}`` one of the caller's own; ``{link}``, ``{thing}`` and ``{reference}`` are
a relationship, an entity and its reference id in it, ``{beside}`` the reference id of another one, ``{request}`` and
``{transaction}`` an upload of its owner, and ``{token}`` is where its owner has synchronised to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.access import Right

APOLLO = {"ercollectionid": "{space}"}
MINE = {"ercollectionid": "{mine}"}
AT_ONCE = {**APOLLO, "async": "false"}
SAS = {"X-Tercet-Space": "{space}"}
CONTAINER = "/bim360/relationship/v2/containers/{space}/relationships"
ER = "/apollo/er"
PAIR = [{"domain": "d", "type": "t", "id": id} for id in ("one", "two")]
ITEM = {
    "id": "{link}",
    "sourceEntityId": "{thing}",
    "destinationEntityId": "other",
    "relationshipType": "site_beside",
    "relationshipName": "written by somebody else",
}
THING = {"id": "{thing}", "entityType": "Brick__AHU", "entityName": "written by somebody else"}
EDGE = {"resourceUri": "/a", "type": "Contains", "relatedResourceUri": "/b"}


class Row(NamedTuple):
    """One request. ``right``: the least that lets it pass; ``route``: as the façade names it."""

    route: str
    right: Right | None
    path: str
    headers: Mapping[str, str] = {}
    body: Any = None

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (" from elsewhere" if "{mine}" in self.headers.values() else "")


def _autodesk() -> list[Row]:
    route = "/bim360/relationship/v2/containers/{containerId}/relationships"
    ids = ["{link}"]
    criteria: dict[str, Any] = {"entities": PAIR[:1], "withEntities": PAIR[1:]}
    return [
        Row(f"GET {route}/{{relationshipId}}", Right.READONLY, f"{CONTAINER}/{{link}}"),
        Row(f"GET {route}:search", Right.READONLY, f"{CONTAINER}:search"),
        Row(f"POST {route}:batch", Right.READONLY, f"{CONTAINER}:batch", body=ids),
        Row(f"POST {route}:intersect", Right.READONLY, f"{CONTAINER}:intersect", body=criteria),
        Row(f"POST {route}:sync", Right.READONLY, f"{CONTAINER}:sync", body={"syncToken": "{token}"}),
        Row(f"POST {route}:syncStatus", Right.READONLY, f"{CONTAINER}:syncStatus", body=[{"syncToken": "{token}"}]),
        Row(f"PUT {route}", Right.READWRITE, CONTAINER, body=[{"entities": PAIR}]),
        Row(f"POST {route}:delete", Right.READWRITE, f"{CONTAINER}:delete", body=ids),
    ]


def _apollo_reads() -> list[Row]:
    objects = {"relationships": "{link}", "entities": "{thing}"}
    rows = [Row(f"GET {ER}/{noun}", Right.READONLY, f"{ER}/{noun}?id={id}", APOLLO) for noun, id in objects.items()]
    paths = {f"{ER}/relationships": "{link}", f"{ER}/entities": "{thing}", "/apollo/entities": "{thing}"}
    for path, id in paths.items():
        rows += [
            Row(f"GET {path}", Right.READONLY, path, APOLLO),
            Row(f"GET {path}/{{id}}", Right.READONLY, f"{path}/{id}", APOLLO),
            Row(f"GET {path}/{{id}}/versions", Right.READONLY, f"{path}/{id}/versions", APOLLO),
        ]
    typed, things = f"{ER}/relationshiptypes/{{type}}/relationships", f"{ER}/entitytypes/{{type}}/entities"
    of_type = f"{ER}/relationshiptypes/site_beside/relationships"
    stats, graph = f"{ER}/ercollections/{{collection}}/stats", "/apollo/graph/entities({id})"
    return [
        *rows,
        Row(f"GET {typed}", Right.READONLY, of_type, APOLLO),
        Row(f"GET {typed}/{{id}}", Right.READONLY, f"{of_type}/{{link}}", APOLLO),
        Row(f"GET {things}", Right.READONLY, f"{ER}/entitytypes/Brick__AHU/entities", APOLLO),
        Row(f"GET {stats}", Right.READONLY, f"{ER}/ercollections/{{space}}/stats"),
        Row("GET /apollo/changefeed/logs", Right.READONLY, "/apollo/changefeed/logs", APOLLO),
        Row(f"GET {graph}", Right.READONLY, "/apollo/graph/entities({thing})?$expand=rType:ALL", APOLLO),
    ]


def _apollo_status() -> list[Row]:
    logs = "/apollo/status/logs?transactionId={transaction}"
    by = {"transactionid": "{transaction}", "correlationid": "chain-1", "entity": "{thing}", "relationship": "{link}"}
    rows = [
        Row("GET /apollo/status/{transaction}", Right.READONLY, "/apollo/status/{transaction}"),
        Row("GET /apollo/status/logs", Right.READONLY, logs, APOLLO),
        Row("GET /apollo/status/logs", None, logs, MINE),
        Row("GET /apollo/status/ercollection/logs", Right.READONLY, "/apollo/status/ercollection/logs", APOLLO),
    ]
    for word, id in by.items():
        route, path = f"GET /apollo/status/{word}/{{id}}/logs", f"/apollo/status/{word}/{id}/logs"
        rows += [Row(route, Right.READONLY, path, APOLLO), Row(route, None, path, MINE)]
    for path in ("/relationships/erstatus", f"{ER}/relationships/erstatus"):
        query = "?RequestId={request}"
        rows += [
            Row(f"GET {path}", Right.READONLY, f"{path}{query}"),
            Row(f"POST {path}/cancel", Right.READWRITE, f"{path}/cancel{query}"),
        ]
    return rows


def _apollo_writes() -> list[Row]:
    paths = {f"{ER}/relationships": ITEM, f"{ER}/entities": THING, "/apollo/entities": THING}
    rows = [Row(f"POST {path}", Right.READWRITE, path, AT_ONCE, [item]) for path, item in paths.items()]
    rows += [Row(f"POST {path}", Right.READWRITE, path, APOLLO, [item]) for path, item in paths.items()]
    reaching = {**ITEM, "id": "reaching", "destinationERCollectionId": "{space}"}
    rows.append(Row(f"POST {ER}/relationships", None, f"{ER}/relationships", {**MINE, "async": "false"}, [reaching]))
    for path, item in paths.items():
        rows += [
            Row(f"DELETE {path}", Right.READWRITE, f"{path}?id={item['id']}", APOLLO),
            Row(f"DELETE {path}/{{id}}", Right.READWRITE, f"{path}/{item['id']}", APOLLO),
        ]
    return rows


def _collections() -> list[Row]:
    one, permissions = "/apollo/collections/{id}", "/apollo/ercollections/{id}/permissions"
    entries = {"accesscontrolitems": {"sub:user:ann": "owner", "sub:user:eve": "owner"}}
    grants = "/apollo/ercollections/{space}/permissions"
    return [
        Row(f"GET {one}", Right.READONLY, "/apollo/collections/{space}"),
        Row(f"PUT {one}", Right.READWRITE, "/apollo/collections/{space}", body={"collectionName": "Eve's"}),
        Row(f"GET {permissions}", Right.ADMIN, grants),
        Row(f"PUT {permissions}", Right.ADMIN, grants, body=entries),
        Row(
            "POST /apollo/ercollections/permissions",
            Right.ADMIN,
            "/apollo/ercollections/permissions",
            body={**entries, "id": "{space}"},
        ),
        Row(f"DELETE {permissions}/{{entry}}", Right.ADMIN, f"{grants}/sub:user:guest"),
        Row(f"DELETE {one}", Right.OWNER, "/apollo/collections/{space}"),
    ]


def _sas() -> list[Row]:
    links, things = "/relationships/relationships", "/relationships/references"
    bulk = {"Content-Type": "application/vnd.sas.collection+json"}
    uri = {"resourceUri": "/tercet/entities/apollo/entity/{thing}"}
    late = {**SAS, "If-Unmodified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}
    edge = {"id": "{link}", **EDGE}
    patch = {"Content-Type": "application/json-patch+json"}
    return [
        Row(f"GET {links}", Right.READONLY, links, SAS),
        Row(f"GET {links}", Right.READONLY, f"{links}?resourceUri={uri['resourceUri']}&direction=both", SAS),
        Row(f"GET {links}/{{id}}", Right.READONLY, f"{links}/{{link}}", SAS),
        Row(f"GET {things}", Right.READONLY, things, SAS),
        Row(f"GET {things}/referenceSources", Right.READONLY, f"{things}/referenceSources", SAS),
        Row(f"GET {things}/{{id}}", Right.READONLY, f"{things}/{{reference}}", SAS),
        Row(f"POST {links}", Right.READWRITE, links, SAS, EDGE),
        Row(f"POST {links}", Right.READWRITE, links, {**SAS, **bulk}, {"items": [EDGE]}),
        Row(f"PATCH {links}", Right.READWRITE, links, {**SAS, **patch}, [{"op": "remove", "path": "/{link}"}]),
        Row(f"PUT {links}/{{id}}", Right.READWRITE, f"{links}/{{link}}", late, edge),
        Row(f"POST {things}", Right.READWRITE, things, SAS, {"resourceUri": "/a/new/one"}),
        Row(f"PATCH {things}", Right.READWRITE, things, {**SAS, **patch}, [{"op": "remove", "path": "/{reference}"}]),
        Row(f"PUT {things}/{{id}}", Right.READWRITE, f"{things}/{{reference}}", late, {"id": "{reference}", **uri}),
        Row(f"DELETE {things}/{{id}}", Right.READWRITE, f"{things}/{{reference}}", SAS),
        Row(f"DELETE {links}/{{id}}", Right.READWRITE, f"{links}/{{link}}", SAS),
    ]


def _graph() -> list[Row]:
    space, one = "/graph/v1/spaces/{space}", "/graph/v1/spaces/{space}/entities"
    return [
        Row(f"GET {space}", Right.READONLY, space),
        Row(f"GET {one}", Right.READONLY, f"{one}?q=ahu"),
        Row(f"GET {space}/relationships", Right.READONLY, f"{space}/relationships"),
        Row(f"GET {one}/{{ref}}", Right.READONLY, f"{space}/entities/{{reference}}"),
        Row(f"GET {space}/neighbourhood", Right.READONLY, f"{space}/neighbourhood?from={{reference}}"),
        Row(f"GET {space}/paths", Right.READONLY, f"{space}/paths?from={{reference}}&to={{reference}}"),
        Row(f"GET {space}/impact", Right.READONLY, f"{space}/impact?from={{reference}}"),
        Row(
            f"GET {space}/intersect",
            Right.READONLY,
            f"{space}/intersect?of={{reference}},{{beside}}",
        ),
        Row(f"GET {space}/cycles", Right.READONLY, f"{space}/cycles?type=site_beside"),
        Row(f"GET {space}/islands", Right.READONLY, f"{space}/islands"),
        Row(f"GET {space}/changes", Right.READONLY, f"{space}/changes"),
        Row(f"GET {space}/more", Right.READONLY, f"{space}/more?entity={{reference}}&type=x&direction=out"),
    ]


# Nothing of any space is in their answers but what the caller may see; each has a test of its own.
OPEN = {
    "GET /bim360/relationship/v2/utility/relationships:writable",
    "POST /apollo/collections",
    "GET /apollo/collections",
    "GET /relationships",
    "GET /relationships/apiMeta",
    "GET /relationships/types",
    "GET /relationships/types/{name}",
    "GET /graph/v1/spaces",
    "POST /graph/v1/cypher",
    "DELETE /graph/v1/cypher/{id}",
    "GET /graph/v1/queries",
    "GET /graph/v1/queries/{name}",
    "PUT /graph/v1/queries/{name}",
    "DELETE /graph/v1/queries/{name}",
    "POST /graph/v1/queries/{name}/run",
}
ROWS = [*_autodesk(), *_sas(), *_graph(), *_apollo_reads(), *_apollo_status(), *_apollo_writes(), *_collections()]
