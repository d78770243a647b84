"""What the service offers, and the operations on one and on many relationships and references (sas 2, 9 to 12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.facades.openapi import Answer, Body, Media, Operation, Parameter, array, record, refer, text, whole
from app.facades.sas import criteria, listing, wire
from app.facades.sas.openapi.parts import (
    CONSISTENCY,
    ENGLISH,
    ID,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_UNMODIFIED,
    LANGUAGE,
    OTHER_ID,
    PLACED,
    READS,
    REQUEST_ID,
    TAGGED,
    WRITES,
    WRITTEN,
    accept_item,
    answer,
    collect,
    list_filters,
    page,
    refuse,
    spell,
)
from app.facades.sas.openapi.words import EXAMPLE, REFERENCE_EXAMPLE, TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.facades.openapi import Schema

_READ: Final = (wire.READ_SCOPE,)
_WRITE: Final = (wire.WRITE_SCOPE,)
_PATCH: Final = (spell(wire.JSON_PATCH),)
_MANY: Final = (spell(wire.COLLECTION),)
_QUERY: Final = (spell(wire.QUERY),)
_TEXT: Final = (wire.TEXT,)
_SUBJECTS: Final = ("resourceUri", "referenceId")

_METHOD: Final = Parameter(
    name="_method",
    place="query",
    required=True,
    schema=text(
        "`PATCH`, in any letter case: the call is a bulk deletion whatever else it says.", "PATCH", choices=["PATCH"]
    ),
    only_with=_PATCH,
)
_CONFLICT: Final = Parameter(
    name="onConflict",
    place="query",
    may_be_empty=True,
    schema=text(
        "What becomes of an item that is stored already: `ignore` returns the stored one, `update` replaces it; absent: the "
        "item is refused.",
        "ignore",
        choices=("update", "ignore"),
    ),
    only_with=_MANY,
)
_REMOVALS: Final = {
    spell(wire.JSON_PATCH): Media(shape=refer("Removals"), examples={"one": [{"op": "remove", "path": f"/{ID}"}]})
}
_GONE: Final = Answer(about="All of them are deleted.", headers=WRITTEN)
_KNOWN: Final = Answer(about="`If-None-Match` names the stored one; no body.", headers={"ETag": TAGGED["ETag"]})


def walk(only_with: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """Where a list of relationships begins, and how far it goes."""
    subject = text("A subject; one that is longer than any URI contributes nothing.")
    return (
        Parameter(
            name="resourceUri",
            place="query",
            schema=array(
                subject, "Walk from these resources; unknown ones contribute nothing.", most=listing.MAX_SUBJECTS
            ),
            repeats=True,
            only_with=only_with,
        ),
        Parameter(
            name="referenceId",
            place="query",
            schema=array(subject, "Walk from these references as well.", most=listing.MAX_SUBJECTS),
            repeats=True,
            only_with=only_with,
        ),
        Parameter(
            name="depth",
            place="query",
            may_be_empty=True,
            schema=whole("How far to walk.", 2, least=1, most=listing.MAX_DEPTH, default=1),
            only_with=only_with,
        ),
        Parameter(
            name="direction",
            place="query",
            may_be_empty=True,
            schema=text(
                "`to`: what the subjects lead to; `from`: what leads to them; `both`.",
                "from",
                choices=list(listing.DIRECTIONS),
                default="to",
            ),
            only_with=only_with,
        ),
    )


_RELATIONSHIP_LIST: Final = (*walk(), *page(criteria.RELATIONSHIP), *list_filters(criteria.RELATIONSHIP, _SUBJECTS))
_RELATIONSHIP_QUERY: Final = (
    *walk(_QUERY),
    *page(criteria.RELATIONSHIP, _QUERY),
    *list_filters(criteria.RELATIONSHIP, _SUBJECTS, _QUERY),
)
_REFERENCE_LIST: Final = (*page(criteria.REFERENCE), *list_filters(criteria.REFERENCE))
_REFERENCE_QUERY: Final = (*page(criteria.REFERENCE, _TEXT), *list_filters(criteria.REFERENCE, (), _TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noun:
    """What differs between relationships and references."""

    one: str
    media: str
    create: Schema
    example: Mapping[str, object]
    missing: tuple[int, ...]

    @property
    def many(self) -> str:
        return f"{self.one}s"

    @property
    def tag(self) -> str:
        return self.many.lower()

    @property
    def page(self) -> Schema:
        return collect(f"{self.one}Collection", refer(self.one), self.media)

    @property
    def outcomes(self) -> Schema:
        either = {"anyOf": [dict(refer("Error")), dict(refer(self.one))]}
        return collect(f"{self.one}Outcomes", either, f"{spell(self.media)} {wire.ERROR}")

    def name(self) -> Parameter:
        example = ID if self.one == "Relationship" else OTHER_ID
        schema = text(f"The id of the {self.one.lower()}, a UUID in either letter case.", example, format="uuid")
        return Parameter(name="id", place="path", required=True, schema=schema)

    def list_all(self, parameters: Sequence[Parameter], about: str) -> Operation:
        return Operation(
            id=f"list{self.many}",
            tag=self.tag,
            about=about,
            scopes=_READ,
            parameters=(*READS, accept_item(self.media), *parameters),
            answers={200: answer("A page; past the end it is empty.", wire.COLLECTION, self.page), **refuse(406)},
        )

    def post(self, content: Mapping[str, Media], parameters: Sequence[Parameter], about: str) -> Operation:
        created = answer("Created (one).", self.media, refer(self.one), {**TAGGED, **PLACED, **WRITTEN})
        either = {"anyOf": [dict(self.outcomes), dict(self.page)]}
        told = "Many: what became of each, the errors first. A query: a page."
        # A body of PATCH is taken here as well; generators of clients stumble over an array beside objects.
        return Operation(
            id=f"post{self.many}",
            tag=self.tag,
            about=about,
            scopes=_WRITE,
            parameters=(*WRITES, CONSISTENCY, IF_UNMODIFIED, _METHOD, _CONFLICT, *parameters),
            body=Body(
                about="What the media type says. `application/json` and none are told apart by content: `items` says many, "
                "else `type`, `relatedResourceUri` and `relatedReferenceId` (of references `resourceUri`) say one, else it "
                "is a query. With `_method=PATCH` the body is that of PATCH.",
                content=content,
            ),
            answers={
                200: answer(told, wire.COLLECTION, either, WRITTEN),
                201: created,
                204: replace(_GONE, about="With `_method=PATCH`: all of them are deleted."),
                **refuse(404, 406, 409, 412, 413, 415, 428),
            },
        )

    def patch(self) -> Operation:
        return Operation(
            id=f"delete{self.many}",
            tag=self.tag,
            about="Deletes many, all or none; a repeated id counts once. POST with `_method=PATCH` does the same.",
            scopes=_WRITE,
            parameters=WRITES,
            body=Body(
                about="What is to be deleted.", content={**_REMOVALS, wire.JSON: _REMOVALS[spell(wire.JSON_PATCH)]}
            ),
            answers={204: _GONE, **refuse(404, 409, 413, 415)},
        )

    def get(self) -> Operation:
        return Operation(
            id=f"get{self.one}",
            tag=self.tag,
            about="One, with the ETag that a change needs.",
            scopes=_READ,
            parameters=(self.name(), *READS, IF_NONE_MATCH),
            answers={
                200: answer("It is here.", self.media, refer(self.one), TAGGED),
                304: _KNOWN,
                **refuse(404, 406),
            },
        )

    def put(self, change: str, example: Mapping[str, object], about: str) -> Operation:
        media = Media(shape=refer(change), examples={"a change": example})
        return Operation(
            id=f"put{self.one}",
            tag=self.tag,
            about=about,
            scopes=_WRITE,
            parameters=(self.name(), *WRITES, IF_MATCH, IF_UNMODIFIED),
            body=Body(about="What it shall be.", content={spell(self.media): media, wire.JSON: media}),
            answers={
                200: answer("As it is now.", self.media, refer(self.one), {**TAGGED, **WRITTEN}),
                **refuse(404, 406, 409, 412, 413, 415),
            },
        )

    def delete(self, about: str) -> Operation:
        return Operation(
            id=f"delete{self.one}",
            tag=self.tag,
            about=about,
            scopes=_WRITE,
            parameters=(self.name(), *WRITES, IF_MATCH, IF_UNMODIFIED),
            answers={204: Answer(about="It is deleted.", headers=WRITTEN), **refuse(404, 409, 412)},
        )


_RELATIONSHIP: Final = _Noun(
    one="Relationship", media=wire.RELATIONSHIP, create=refer("NewRelationship"), example=EXAMPLE, missing=(404,)
)
_REFERENCE: Final = _Noun(
    one="Reference", media=wire.REFERENCE, create=refer("NewReference"), example=REFERENCE_EXAMPLE, missing=(404,)
)

_RELATIONSHIP_BODIES: Final = {
    spell(wire.RELATIONSHIP): Media(shape=refer("NewRelationship"), examples={"one": EXAMPLE}),
    spell(wire.COLLECTION): Media(shape=refer("RelationshipItems"), examples={"many": {"items": [EXAMPLE]}}),
    spell(wire.QUERY): Media(
        shape=refer("RelationshipQuery"),
        examples={"impact": {"resourceURI": ["/models/berth-forecast"], "direction": "from"}},
    ),
    wire.JSON: Media(
        shape={
            "anyOf": [
                dict(refer("RelationshipItems")),
                dict(refer("NewRelationship")),
                dict(refer("RelationshipQuery")),
            ]
        },
        examples={"one": EXAMPLE},
    ),
}
_REFERENCE_BODIES: Final = {
    spell(wire.REFERENCE): Media(shape=refer("NewReference"), examples={"one": REFERENCE_EXAMPLE}),
    spell(wire.COLLECTION): Media(shape=refer("ReferenceItems"), examples={"many": {"items": [REFERENCE_EXAMPLE]}}),
    wire.TEXT: Media(
        shape=text("A filter.", most=wire.MAX_TEXT_BYTES, format="sas-filter"),
        examples={"motors": "eq(contentType, 'motor')"},
    ),
    wire.JSON: Media(
        shape={
            "anyOf": [
                dict(refer("ReferenceItems")),
                dict(refer("NewReference")),
                dict(text("A filter.", format="sas-filter")),
            ]
        },
        examples={"one": REFERENCE_EXAMPLE},
    ),
}


def _show(
    id: str, about: str, shape: Schema | type[object], media: str, parameters: Sequence[Parameter] = ()
) -> Operation:
    return Operation(
        id=id,
        tag="service",
        about=about,
        scopes=_READ,
        parameters=(REQUEST_ID, *parameters),
        answers={200: answer("It.", media, shape, ENGLISH if LANGUAGE in parameters else None), **refuse(404, 406)},
    )


_META: Final = record(
    "What is running.",
    {
        "version": whole("Of this shape.", 1),
        "serviceId": text("Always `relationships`.", "relationships"),
        "serviceName": text("For people.", "Relationships"),
        "build": record(
            "Which build.",
            {"buildVersion": text("Version.", "0.1.0"), "sourceRevision": text("Commit, or `unknown`.", "unknown")},
            required=("buildVersion", "sourceRevision"),
        ),
        "links": array({}, "Always empty.", most=0),
    },
    required=("version", "serviceId", "serviceName", "build", "links"),
    closed=True,
)
_TYPE_NAME: Final = Parameter(
    name="name", place="path", required=True, schema=text("Its name, letter by letter.", "Dependent", choices=TYPES)
)
_SOURCES: Final = Operation(
    id="listReferenceSources",
    tag="references",
    about="The distinct sources of all references, as bare texts in order.",
    scopes=_READ,
    parameters=(*READS, accept_item(wire.JSON), *page(criteria.SOURCE), *list_filters(criteria.SOURCE)),
    answers={
        200: answer("A page.", wire.COLLECTION, collect("SourceCollection", text("A source.", "survey-12"), wire.JSON)),
        **refuse(406),
    },
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    f"GET {wire.ROOT}": _show("getRoot", "What the service offers, as links.", wire.Root, wire.API),
    f"GET {wire.API_META}": _show("getApiMeta", "Which build of the service answers.", _META, wire.API),
    f"GET {wire.TYPES}": _show(
        "listTypes",
        "The seven types that relationships are written with.",
        collect("TypeCollection", refer("Type"), wire.TYPE),
        wire.COLLECTION,
        (LANGUAGE, accept_item(wire.TYPE), *page(criteria.TYPE), *list_filters(criteria.TYPE)),
    ),
    f"GET {wire.TYPES}/{{name}}": _show(
        "getType", "One of the seven types, by its name.", refer("Type"), wire.TYPE, (LANGUAGE, _TYPE_NAME)
    ),
    f"GET {wire.RELATIONSHIPS}": _RELATIONSHIP.list_all(
        _RELATIONSHIP_LIST,
        "The live relationships of the space, or those that a walk from subjects reaches, each once. Filters choose from "
        "what the walk has reached.",
    ),
    f"POST {wire.RELATIONSHIPS}": _RELATIONSHIP.post(
        _RELATIONSHIP_BODIES,
        (accept_item(wire.RELATIONSHIP, (*_MANY, *_QUERY)), *_RELATIONSHIP_QUERY),
        "Creates one relationship, creates or replaces many, or asks for those around subjects, as the media type says. At "
        "most one live relationship joins an ordered pair; in bulk every item gets its own answer and good items persist. A "
        f"query needs the scope `{wire.READ_SCOPE}` instead.",
    ),
    f"PATCH {wire.RELATIONSHIPS}": _RELATIONSHIP.patch(),
    f"GET {wire.RELATIONSHIPS}/{{id}}": _RELATIONSHIP.get(),
    f"PUT {wire.RELATIONSHIPS}/{{id}}": _RELATIONSHIP.put(
        "RelationshipChange",
        {"id": ID, "type": "Associated"},
        "Changes the type of a relationship; nothing else can change.",
    ),
    f"DELETE {wire.RELATIONSHIPS}/{{id}}": _RELATIONSHIP.delete(
        "Deletes a relationship; its references stay, its pair may be related again."
    ),
    f"GET {wire.REFERENCES}": _REFERENCE.list_all(
        _REFERENCE_LIST,
        "The references of the space: one for every entity that lives or is an end of something that does.",
    ),
    f"POST {wire.REFERENCES}": _REFERENCE.post(
        _REFERENCE_BODIES,
        (accept_item(wire.REFERENCE, (*_MANY, *_TEXT)), *_REFERENCE_QUERY),
        "Creates one reference, creates or replaces many, or asks for those that a filter chooses, as the media type says. "
        f"A query needs the scope `{wire.READ_SCOPE}` instead.",
    ),
    f"PATCH {wire.REFERENCES}": _REFERENCE.patch(),
    f"GET {wire.REFERENCE_SOURCES}": _SOURCES,
    f"GET {wire.REFERENCES}/{{id}}": _REFERENCE.get(),
    f"PUT {wire.REFERENCES}/{{id}}": _REFERENCE.put(
        "ReferenceChange", {"name": "Grid", "contentType": "network"}, "Replaces the details of a reference."
    ),
    f"DELETE {wire.REFERENCES}/{{id}}": _REFERENCE.delete(
        "Deletes a reference that no live relationship has as an end."
    ),
}
