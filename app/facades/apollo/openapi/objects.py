"""Uploads, reads and deletions of relationships and entities (apollo 5, 6, 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.facades.apollo import headers, wire
from app.facades.apollo.openapi.parts import (
    COLLECTION,
    COMMON,
    EMPTY,
    FAILED,
    ID_IN_QUERY,
    JSON,
    LEGACY,
    READS,
    TRANSACTION_LINK,
    WRITTEN,
    answer,
    choose,
    envelope,
    listing,
    refuse,
)
from app.facades.openapi import Body, Media, Operation, Parameter, array, flag, record, refer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.facades.openapi import Schema

_ASYNC: Final = Parameter(
    name="async",
    place="header",
    schema=flag(
        "`false`: the answer waits for what becomes of each item, at most 100 of them; else the upload is accepted and "
        "carried out soon. Wins over `Prefer`.",
        False,
        default=True,
    ),
)
_KEY: Final = Parameter(
    name="Operation-Id",
    place="header",
    schema=text(
        "Names an upload that is accepted: a repeat with the same body gets the first answer again and runs once.",
        "load-2026-03-02-7",
        least=1,
        most=128,
        pattern="^[!-~]+$",
    ),
)
_PREFER: Final = Parameter(
    name="Prefer", place="header", schema=text("`respond-async` asks for what `async: true` does.", "respond-async")
)
_UPLOAD: Final = (COLLECTION, _ASYNC, _KEY, _PREFER, *COMMON)

_RELATIONSHIPS: Final = {
    "two relationships": [
        {
            "id": "rel-0001",
            "sourceEntityId": "bldg-7",
            "destinationEntityId": "floor-7-2",
            "relationshipName": "has floor",
            "relationshipType": "Brick__hasPart_Location_Location",
        },
        {
            "id": "rel-0002",
            "sourceEntityId": "ahu-7-1",
            "destinationEntityId": "urn:tercet:autodesk-bim360-asset:asset:valve-204",
            "relationshipName": "near",
            "relationshipType": "site_beside",
            "customData": {"distance": 4.5},
        },
    ]
}
_ENTITIES: Final = {
    "a building": [
        {"id": "bldg-7", "entityType": "Brick__Building", "entityName": "Building 7", "labels": ["north"]},
    ]
}
_SETTLED: Final = envelope(
    "SettledUpload",
    record("What became of each item.", {"responses": refer("Responses")}, required=("responses",), closed=True),
)
_GONE: Final = envelope(
    "Deletion",
    record(
        "Empty, or what a check of the collection noticed.",
        {"warnings": array(refer("Warning"), "Where `references` is `warn`: the entity is in use.")},
        closed=True,
    ),
)


def _take(noun: str, examples: Mapping[str, object]) -> Body:
    one = refer(noun)
    items = array(one, "The items, in the order in which they are carried out.", least=1, most=wire.MOST_ITEMS)
    return Body(
        about="An array of objects, or one bare object, which equals an array of one; at most 16 MiB. The members that the "
        "server sets may be there, so that what was read can be sent back.",
        content={JSON: Media(shape={"oneOf": [dict(items), dict(one)]}, examples=examples)},
    )


def _upsert(noun: str, plural: str, body: Body, about: str, refused: Schema, accepted: Schema) -> Operation:
    return Operation(
        id=f"upsert{plural}",
        tag=plural.lower(),
        about=about,
        scopes=("apollo_write",),
        parameters=_UPLOAD,
        body=body,
        answers={
            202: answer(
                "Accepted and durably stored: every item will be tried, exactly once in effect. The links tell where to "
                "ask how far it has come.",
                accepted,
                TRANSACTION_LINK,
            ),
            207: answer(
                f"`async: false`: what became of each item; `message` counts those that are as asked now. A {noun.lower()} "
                "that was refused changed nothing and did not touch the others.",
                _SETTLED,
                WRITTEN,
            ),
            **refuse(400, 413, 415, 429, envelopes=refused),
        },
    )


def _read(noun: str, plural: str) -> Operation:
    return Operation(
        id=f"get{noun}",
        tag=plural.lower(),
        about=f"One live {noun.lower()}, in an array of one. The id of its path is percent-decoded once.",
        scopes=("apollo_read",),
        parameters=(_name(noun), *READS),
        answers={200: answer("It is live.", listing(noun)), **refuse(404)},
    )


def _delete(noun: str, plural: str) -> Operation:
    return Operation(
        id=f"delete{noun}",
        tag=plural.lower(),
        about=f"Deletes a {noun.lower()}: it is gone from reads, and stays in versions and in the change feed. An entity's "
        "relationships are not touched.",
        scopes=("apollo_write",),
        parameters=(_name(noun), COLLECTION, *COMMON),
        answers={200: answer("It is deleted.", _GONE, WRITTEN), **refuse(404, 409)},
    )


def _name(noun: str) -> Parameter:
    example = "rel-0001" if noun == "Relationship" else "bldg-7"
    return Parameter(
        name="id", place="path", required=True, schema=text(f"The id of the {noun.lower()}.", example, least=1)
    )


def _ask_by_query(operation: Operation) -> Operation:
    """The same operation for an id that no path can carry."""
    return replace(operation, id=f"{operation.id}ByQuery", parameters=(ID_IN_QUERY, *operation.parameters[1:]))


def _list_operations(path: str, upsert: Operation, read: Operation, delete: Operation) -> dict[str, Operation]:
    return {
        f"POST {path}": upsert,
        f"DELETE {path}": _ask_by_query(delete),
        f"GET {path}/{{id}}": read,
        f"DELETE {path}/{{id}}": delete,
    }


def under_alias(operations: Mapping[str, Operation], path: str, alias: str) -> dict[str, Operation]:
    """The same operations under another spelling of their path."""
    return {
        key.replace(path, alias): replace(operation, id=f"{operation.id}ByAlias")
        for key, operation in operations.items()
    }


_RELATIONSHIP_OPERATIONS: Final = _list_operations(
    headers.UPLOAD_PATH,
    _upsert(
        "Relationship",
        "Relationships",
        _take("Relationship", _RELATIONSHIPS),
        "Creates relationships or replaces them as a whole. Seven properties never change once they are stored: "
        "`relationshipType` and the six `brick…`; one that is left out keeps its value, one that differs refuses its item. "
        "What equals the stored object is `unchanged`. With `v` absent or 1.0 an asynchronous call and its errors answer in "
        "the legacy envelope.",
        choose(LEGACY, FAILED),
        choose(LEGACY, envelope("AcceptedUpload", EMPTY)),
    ),
    _read("Relationship", "Relationships"),
    _delete("Relationship", "Relationships"),
)
_RELATIONSHIP_OPERATIONS[f"POST {headers.UPLOAD_PATH}"] = replace(
    _RELATIONSHIP_OPERATIONS[f"POST {headers.UPLOAD_PATH}"],
    answers={
        **_RELATIONSHIP_OPERATIONS[f"POST {headers.UPLOAD_PATH}"].answers,
        200: answer("As 202, where `TERCET_APOLLO_ASYNC_STATUS` is 200.", LEGACY, TRANSACTION_LINK),
    },
)
_ENTITY_OPERATIONS: Final = _list_operations(
    headers.ENTITY_PATHS[0],
    _upsert(
        "Entity",
        "Entities",
        _take("Entity", _ENTITIES),
        "Declares entities or replaces them as a whole. Four properties never change once they are stored: `entityType` and "
        "the three `brick…`; one that is left out keeps its value, one that differs refuses its item.",
        FAILED,
        envelope("AcceptedUpload", EMPTY),
    ),
    _read("Entity", "Entities"),
    _delete("Entity", "Entities"),
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    **_RELATIONSHIP_OPERATIONS,
    **_ENTITY_OPERATIONS,
    **under_alias(_ENTITY_OPERATIONS, *headers.ENTITY_PATHS),
}
