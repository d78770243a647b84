"""The document of each format says everything that a caller must know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app.facades.openapi import list_gaps
from tests.openapi.documents import FORMATS, get_document, list_operations, list_routes, mount

formats = pytest.mark.parametrize("name", FORMATS)
Found = tuple[str, dict[str, Any]]


def find_members(place: str, schema: Any) -> Iterator[Found]:
    """Every member of every object below a schema, with the place where it stands; conditions have no type."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from find_members(f"{place}[{index}]", item)
    if not isinstance(schema, dict):
        return
    for name, member in schema.get("properties", {}).items() if schema.get("type") == "object" else ():
        yield f"{place}.{name}", member
    for key, below in schema.items():
        if key not in ("examples", "example", "default", "enum"):
            yield from find_members(f"{place}/{key}", below)


def find_examples(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example of the document with the schema that it must fit."""
    for name, schema in document["components"]["schemas"].items():
        for place, member in find_members(name, schema):
            yield from ((place, member, example) for example in member.get("examples", ()))
    for key, operation in list_operations(document):
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                yield f"{key} {parameter['name']}", parameter["schema"], parameter["example"]
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            for title, example in content.get("examples", {}).items():
                yield f"{key} {media} {title}", content["schema"], example["value"]


@formats
def test_every_route_is_described_and_every_description_has_a_route(name: str) -> None:
    manual = mount(name).manual  # type: ignore[attr-defined]
    assert list_gaps(manual, list_routes(name)) == []


@formats
def test_a_document_is_openapi(name: str) -> None:
    validate(get_document(name))


@formats
def test_every_operation_says_what_it_does_who_may_and_how_it_fails(name: str) -> None:
    operations = dict(list_operations(get_document(name)))
    for key, operation in operations.items():
        assert operation["summary"], key
        assert len(operation["description"]) > 20, key
        assert operation["security"][0]["token"], key
        assert {"400", "401", "403", "500", "503"} <= operation["responses"].keys(), key
        assert any(status < "300" for status in operation["responses"]), key
        for status, answer in operation["responses"].items():
            assert answer["headers"]["X-Request-Id"], key
            assert ("content" in answer) or status in ("204", "304"), key
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)


@formats
def test_every_parameter_and_every_member_is_described(name: str) -> None:
    document = get_document(name)
    silent = [
        place for place, member in find_members("", document) if not member.get("description", member.get("$ref"))
    ]
    for key, operation in list_operations(document):
        parameters = operation.get("parameters", ())
        silent += [f"{key} {parameter['name']}" for parameter in parameters if not parameter["description"]]
    assert silent == []


@formats
def test_every_example_fits_its_schema(name: str) -> None:
    document = get_document(name)
    registry = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    examples = list(find_examples(document))
    assert len(examples) > 10
    for place, schema, example in examples:
        whole = {"$id": "urn:document", "$ref": "#/here", "here": schema, **document}
        faults = [error.message for error in Draft202012Validator(whole, registry=registry).iter_errors(example)]
        assert faults == [], place


@formats
def test_a_body_of_json_has_an_example(name: str) -> None:
    bare = [
        f"{key} {media}"
        for key, operation in list_operations(get_document(name))
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if not content.get("examples")
    ]
    assert bare == []
