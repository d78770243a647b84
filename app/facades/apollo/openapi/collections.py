"""Collections and who may do what in them (apollo 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.core import administer
from app.facades.apollo import collections, grants, wire
from app.facades.apollo.openapi.parts import (
    COMMON,
    CONSISTENCY,
    CONTINUATION,
    EMPTY,
    JSON,
    PAGE_SIZE,
    WRITTEN,
    answer,
    envelope,
    listing,
    refuse,
)
from app.facades.apollo.openapi.words import say
from app.facades.openapi import Body, Media, Operation, Parameter, refer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from app.facades.openapi import Answer, Schema

_TAG: Final = "collections"
_LIST_TAG: Final = "permissions"
_ONE: Final = envelope("CollectionAnswer", refer(wire.Collection.__name__))
_LIST: Final = envelope("AccessListAnswer", refer(wire.AccessList.__name__))
_GONE: Final = envelope("CollectionDeleted", EMPTY)
_ID: Final = Parameter(
    name="id", place="path", required=True, schema=text("The id of the collection.", "campus-north", least=1)
)
_ENTRY: Final = Parameter(
    name="entry",
    place="path",
    required=True,
    schema=text(
        "A principal; `::` and a permission behind it: only if that is the permission held.",
        "sub:user:u-17::readonly",
        least=1,
    ),
)
_LEAST: Final = Parameter(
    name="minPermission",
    place="query",
    schema=text(
        "The least permission that the caller must hold.",
        "admin",
        choices=("readonly", "readwrite", "admin", "owner"),
        default="readonly",
    ),
)


def _name(name: str, about: str) -> Parameter:
    printed = text(about, least=1, most=255, pattern="^[!-~]([ -~]*[!-~])?$")
    return Parameter(name=name, place="header", required=True, schema=printed)


def _say(about: str, shape: type[object], example: Mapping[str, object]) -> Body:
    return Body(about=about, content={JSON: Media(shape=shape, examples={"usual": example})})


def _answers(shape: Schema, *statuses: int, about: str = "As it is now.", writes: bool = True) -> Mapping[int, Answer]:
    return {200: answer(about, shape, WRITTEN if writes else None), **refuse(*statuses)}


_SETTINGS: Final = {"references": "warn", "ontology": "off"}
OPERATIONS: Final[Mapping[str, Operation]] = {
    f"POST {collections.PATH}": Operation(
        id="createCollection",
        tag=_TAG,
        about="Makes a collection that the caller owns. Without `collectionId` it gets a GUID; an id that any collection "
        "has or had is refused.",
        scopes=("apollo_write",),
        parameters=(
            _name("vaultId", "The vault that the collection belongs to."),
            _name("accountId", "The account that the collection belongs to."),
            *COMMON,
        ),
        body=_say(
            "The collection.",
            wire.NewCollection,
            {"collectionId": "campus-north", "collectionName": "North campus", "settings": _SETTINGS},
        ),
        answers=_answers(_ONE, 409, 413, 415, about="Made."),
    ),
    f"GET {collections.PATH}": Operation(
        id="listCollections",
        tag=_TAG,
        about="The collections in which the caller holds a permission, in the order of their ids.",
        scopes=("apollo_read",),
        parameters=(_LEAST, PAGE_SIZE, CONTINUATION, *COMMON, CONSISTENCY),
        answers=_answers(listing(wire.Collection.__name__), about="A page of them.", writes=False),
    ),
    f"GET {collections.PATH}/{{id}}": Operation(
        id="readCollection",
        tag=_TAG,
        about="One collection. A former owner learns that it was deleted (404); to anybody else it is as one that never was.",
        scopes=("apollo_read",),
        parameters=(_ID, *COMMON, CONSISTENCY),
        answers=_answers(_ONE, 404, writes=False),
    ),
    f"PUT {collections.PATH}/{{id}}": Operation(
        id="updateCollection",
        tag=_TAG,
        about="Other names and settings; what is not sent stays. Settings need the permission `admin`, the rest `readwrite`.",
        scopes=("apollo_write",),
        parameters=(_ID, *COMMON),
        body=_say("What changes.", wire.AmendedCollection, {"collectionName": "North", "settings": _SETTINGS}),
        answers=_answers(_ONE, 413, 415),
    ),
    f"DELETE {collections.PATH}/{{id}}": Operation(
        id="deleteCollection",
        tag=_TAG,
        about="Gives the collection up: from now on it is there for nobody, and its id stays taken. Refused while requests "
        "are unfinished, and always for the default space.",
        scopes=("apollo_admin",),
        parameters=(_ID, *COMMON),
        answers=_answers(_GONE, 409, about="Deleted."),
    ),
    f"POST {grants.PATH}/permissions": Operation(
        id="addPermissions",
        tag=_LIST_TAG,
        about="Adds the entries, or overwrites those of the same principals. Only owners touch the entries of owners, and "
        "one owner stays.",
        scopes=("apollo_admin",),
        parameters=COMMON,
        body=_say(
            "The entries; `objectId` or `id` names the collection.",
            wire.SentAccessList,
            {"objectId": "campus-north", "accesscontrolitems": {"sub:app:reporter": "readonly"}},
        ),
        answers=_answers(_LIST, 413, 415),
    ),
    f"GET {grants.PATH}/{{id}}/permissions": Operation(
        id="readPermissions",
        tag=_LIST_TAG,
        about="Who may do what in a collection.",
        scopes=("apollo_admin",),
        parameters=(_ID, *COMMON, CONSISTENCY),
        answers=_answers(_LIST, writes=False),
    ),
    f"PUT {grants.PATH}/{{id}}/permissions": Operation(
        id="replacePermissions",
        tag=_LIST_TAG,
        about="These entries and no others. A list without an owner is refused.",
        scopes=("apollo_admin",),
        parameters=(_ID, *COMMON),
        body=_say(
            "All entries.",
            wire.SentAccessList,
            {"id": "campus-north", "accesscontrolitems": {"sub:user:u-17": "owner"}},
        ),
        answers=_answers(_LIST, 413, 415),
    ),
    f"DELETE {grants.PATH}/{{id}}/permissions/{{entry}}": Operation(
        id="removePermission",
        tag=_LIST_TAG,
        about="Removes the entry of one principal; the last owner stays.",
        scopes=("apollo_admin",),
        parameters=(_ID, _ENTRY, *COMMON),
        answers=_answers(_LIST, 404),
    ),
}

_NAME: Final = "1 to 255 characters; not unique."
_MODES: Final = (
    "What happens to an item with a finding: nothing is checked, it is stored with a warning, or it is refused."
)
_ID_SHOWN: Final = say("The id of the collection.", "campus-north")
_ENTRIES: Final = {
    "description": "A permission for each principal: `sub:user:ID`, `sub:dev:ID`, `sub:app:ID`, `org:ID` or "
    "`group:ORGID:NAME`, at most 1,000 of them.",
    "examples": [{"sub:user:u-17": "owner", "sub:app:reporter": "readonly"}],
    "propertyNames": {"pattern": f"^{grants.PRINCIPAL}$"},
    "maxProperties": administer.MOST_GRANTS,
}
_AMENDED: Final[Mapping[str, Schema]] = {
    "collectionName": say(f"What people call it. {_NAME}", "North campus"),
    "vaultName": say(f"What people call the vault. {_NAME}", "Vault 3"),
    "accountName": say(f"What people call the account. {_NAME}", "Account 9"),
    "settings": say("How strict the collection is."),
}
WORDS: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    wire.CollectionSettings: {
        "brickVersion": say("Whose classes and relations count as known.", "1.2.1"),
        "types": say(f"Types that are not known. {_MODES}", "off"),
        "references": say(f"Ends that are not declared. {_MODES}", "warn"),
        "ontology": say(f"Relationships that the ontology does not allow. {_MODES}", "warn"),
    },
    wire.AmendedCollection: _AMENDED,
    wire.NewCollection: {
        **_AMENDED,
        "collectionId": text(
            "Its id; without one it gets a GUID.",
            "campus-north",
            least=1,
            most=128,
            pattern="^[!-~]([ -~]*[!-~])?$",
        ),
    },
    wire.Collection: {
        **_AMENDED,
        "id": _ID_SHOWN,
        "collectionId": _ID_SHOWN,
        "vaultId": say("The vault; null where another format made the collection.", "v-3"),
        "accountId": say("The account; null where another format made the collection.", "a-9"),
        "permission": say("The highest that the caller holds.", "owner"),
    },
    wire.SentAccessList: {"objectId": _ID_SHOWN, "id": _ID_SHOWN, "accesscontrolitems": _ENTRIES},
    wire.AccessList: {"objectId": _ID_SHOWN, "id": _ID_SHOWN, "accesscontrolitems": _ENTRIES},
}
