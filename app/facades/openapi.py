"""What a façade says about its operations, and the OpenAPI document that follows from it.

Each façade has a ``Manual``: for every route one ``Operation``, found by method and path (``"GET /apollo/er/entities"``;
HEAD goes without saying where GET is). A shape of a body is a type of ``wire``, whose schema msgspec derives, or a
schema written with ``text``, ``whole``, ``record`` and the like. ``words`` adds to derived schemas what types don't
say: the description, limits and an example of each member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args, get_type_hints

import msgspec
from msgspec import Struct, UnsetType
from msgspec.inspect import StructType, Type, multi_type_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.routing import APIRoute

Schema: TypeAlias = Mapping[str, object]
Shape: TypeAlias = "Schema | type[object]"

SECURITY: Final = "token"
ONLY_WITH: Final = "x-only-with"
TEMPLATE: Final = "#/components/schemas/{name}"
_CONTRACT = re.compile(r" \((?:autodesk|apollo|sas) [^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the path, the query or the headers (``place``: path, query or header).

    ``repeats``: it may come several times; its schema is then that of the array. ``may_be_empty``: in a
    query no value counts as absent. ``only_with``: the media types of the
    body beside which it means something, where a path takes several; ``required`` then counts for those.
    """

    name: str
    place: str
    schema: Schema
    required: bool = False
    repeats: bool = False
    may_be_empty: bool = False
    only_with: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A body in one media type, with examples by name."""

    shape: Shape
    examples: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body of a request, by media type."""

    about: str
    content: Mapping[str, Media]
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: what it means, its body by media type (none: it has no body), and its headers."""

    about: str
    content: Mapping[str, Media] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the caller of one route must know. ``id`` names it in generated clients; ``scopes``: what the token needs."""

    id: str
    tag: str
    about: str
    scopes: Sequence[str]
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter] = ()
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """What a façade says about itself. ``shapes``: schemas by name; ``words``: what derived schemas lack, by type.

    ``headers`` are on every answer.
    """

    title: str
    about: str
    token: str
    tags: Mapping[str, str]
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Schema] = field(default_factory=dict)
    words: Mapping[type[Struct], Mapping[str, Schema]] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)


def list_gaps(manual: Manual, routes: Sequence[APIRoute]) -> list[str]:
    """Routes that the manual doesn't describe, and operations that no route answers."""
    served = {key for route in routes for key in _name_operations(route)}
    missing = [f"{key}: no operation of the manual describes it" for key in sorted(served - manual.operations.keys())]
    return missing + [f"{key}: there is no such route" for key in sorted(manual.operations.keys() - served)]


def write(manual: Manual, routes: Sequence[APIRoute], version: str) -> dict[str, object]:
    """The OpenAPI 3.1 document of the routes that the manual describes (``list_gaps`` tells of others)."""
    schemas = _Schemas(manual)
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        for key in _name_operations(route):
            if operation := manual.operations.get(key):
                method, path = key.split(" ")
                paths.setdefault(path, {})[method.lower()] = _write_operation(operation, route, manual, schemas)
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": manual.token}
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": manual.title,
            "version": version,
            "description": manual.about,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The service that serves this document"}],
        "tags": [{"name": name, "description": about} for name, about in manual.tags.items()],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": {SECURITY: bearer}},
    }
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(document))
    return plain


def _name_operations(route: APIRoute) -> list[str]:
    return [f"{method} {route.path_format}" for method in sorted(route.methods or ())]


def _write_operation(operation: Operation, route: APIRoute, manual: Manual, schemas: _Schemas) -> dict[str, object]:
    written: dict[str, object] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": route.summary,
        "description": operation.about,
        "security": [{SECURITY: list(operation.scopes)}],
    }
    if operation.parameters:
        written["parameters"] = [_write_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        written["requestBody"] = {
            "description": operation.body.about,
            "required": operation.body.required,
            "content": _write_content(operation.body.content, schemas),
        }
    written["responses"] = {
        str(status): _write_answer(answer, manual, schemas) for status, answer in sorted(operation.answers.items())
    }
    return written


def _write_parameter(parameter: Parameter) -> dict[str, object]:
    schema = dict(parameter.schema)
    about = str(schema.pop("description", ""))
    written: dict[str, object] = {"name": parameter.name, "in": parameter.place, "required": parameter.required}
    if parameter.only_with:
        names = " and ".join(f"`{media}`" for media in parameter.only_with)
        written |= {"required": False, ONLY_WITH: {"media": parameter.only_with, "required": parameter.required}}
        about = f"With {names} {'it must be sent' if parameter.required else 'only'}: {about}"
    written |= {"description": about, "schema": schema}
    if parameter.repeats:
        written |= {"style": "form", "explode": True}
    if parameter.may_be_empty:
        written["allowEmptyValue"] = True
    examples = schema.pop("examples", None)
    if examples and not parameter.only_with:  # a page fills examples in: these would be sent with every media type
        assert isinstance(examples, list)
        written["example"] = examples[0]
    return written


def _write_content(content: Mapping[str, Media], schemas: _Schemas) -> dict[str, object]:
    written: dict[str, object] = {}
    for name, media in content.items():
        written[name] = {"schema": schemas.get(media.shape)}
        if media.examples:
            written[name] |= {"examples": {title: {"value": value} for title, value in media.examples.items()}}  # type: ignore[operator]
    return written


def _write_answer(answer: Answer, manual: Manual, schemas: _Schemas) -> dict[str, object]:
    written: dict[str, object] = {"description": answer.about}
    headers = {**manual.headers, **answer.headers}
    if headers:
        written["headers"] = {name: _write_header(schema) for name, schema in headers.items()}
    if answer.content:
        written["content"] = _write_content(answer.content, schemas)
    return written


def _write_header(schema: Schema) -> dict[str, object]:
    rest = {key: value for key, value in schema.items() if key != "description"}
    return {"description": schema["description"], "schema": rest}


class _Schemas:
    """The components of one document: shapes of the manual, and those derived from the types that it uses."""

    def __init__(self, manual: Manual) -> None:
        types = list(dict.fromkeys(_list_types(manual)))
        derived, components = msgspec.json.schema_components(types, ref_template=TEMPLATE)
        self._derived = dict(zip(types, derived, strict=True))
        self.components: dict[str, object] = dict(manual.shapes)
        for struct in _list_structs(types):
            self.components[struct.__name__] = _polish(components[struct.__name__], struct, manual.words)

    def get(self, shape: Shape) -> object:
        return dict(shape) if isinstance(shape, Mapping) else self._derived[shape]


def _list_types(manual: Manual) -> Iterator[type[object]]:
    yield from manual.words
    for operation in manual.operations.values():
        contents = [answer.content for answer in operation.answers.values()]
        contents += [operation.body.content] if operation.body else []
        for content in contents:
            yield from (media.shape for media in content.values() if not isinstance(media.shape, Mapping))


def _list_structs(types: Sequence[type[object]]) -> list[type[Struct]]:
    found: dict[type[Struct], None] = {}
    waiting: list[object] = list(multi_type_info(types))
    while waiting:
        item = waiting.pop()
        if isinstance(item, StructType):
            if item.cls in found:
                continue
            found[item.cls] = None
            waiting += [member.type for member in item.fields]
        elif isinstance(item, Type):
            waiting += [getattr(item, name) for name in item.__struct_fields__]
        elif isinstance(item, tuple):
            waiting += item
    return list(found)


def _polish(schema: Any, struct: type[Struct], words: Mapping[type[Struct], Mapping[str, Schema]]) -> dict[str, object]:
    """A derived schema with the words of the manual; a member that may be UNSET may be left out."""
    names = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    optional = {names[name] for name, hint in get_type_hints(struct).items() if UnsetType in get_args(hint)}
    told = {name: schema for cls in reversed(struct.__mro__) for name, schema in words.get(cls, {}).items()}
    about = _CONTRACT.sub("", schema.get("description", "")).replace("``", "`")
    members = {name: _merge(_even(derived), told.get(name, {})) for name, derived in schema["properties"].items()}
    polished = {**schema, "description": about, "properties": members}
    # What has a default is sent all the same, unless the type says that it is left out.
    always = schema.get("required", ()) if struct.__struct_config__.omit_defaults else names.values()
    polished["required"] = [name for name in always if name not in optional]
    return polished


def _even(schema: Schema) -> Schema:
    """A tuple of one shape as the array that it is: generators don't know ``prefixItems``."""
    items = schema.get("prefixItems", [{}] if schema.get("maxItems") == 0 else [])
    if not isinstance(items, list) or not items or any(item != items[0] for item in items):
        return schema
    return {**{key: value for key, value in schema.items() if key != "prefixItems"}, "items": items[0]}


def _merge(derived: Schema, told: Schema) -> Schema:
    """``told`` says more than ``derived``: for a member that may be null, its limits count for the other case."""
    cases = derived.get("anyOf")
    if not isinstance(cases, list) or told.keys() <= {"description", "examples"}:
        return {**derived, **told}
    limits = {name: value for name, value in told.items() if name not in ("description", "examples")}
    rest = {name: value for name, value in told.items() if name not in limits}
    return {**derived, **rest, "anyOf": [case if case == {"type": "null"} else {**case, **limits} for case in cases]}


def refer(name: str) -> Schema:
    """The shape of that name."""
    return {"$ref": TEMPLATE.format(name=name)}


def text(
    about: str,
    example: str | None = None,
    *,
    least: int = 0,
    most: int | None = None,
    pattern: str = "",
    format: str = "",
    choices: Sequence[str] = (),
    default: str | None = None,
) -> Schema:
    """A string; lengths in code points."""
    limits = {"minLength": least or None, "maxLength": most, "pattern": pattern or None, "format": format or None}
    return _say(about, example, type="string", enum=list(choices) or None, default=default, **limits)


def whole(
    about: str,
    example: int | None = None,
    *,
    least: int | None = None,
    most: int | None = None,
    default: int | None = None,
) -> Schema:
    """A whole number."""
    return _say(about, example, type="integer", minimum=least, maximum=most, default=default)


def flag(about: str, example: bool | None = None, *, default: bool | None = None) -> Schema:
    """A truth value."""
    return _say(about, example, type="boolean", default=default)


def array(
    items: Schema,
    about: str,
    example: object = None,
    *,
    least: int = 0,
    most: int | None = None,
    distinct: bool = False,
) -> Schema:
    """A list of ``items``."""
    limits = {"minItems": least or None, "maxItems": most, "uniqueItems": distinct or None}
    return _say(about, example, type="array", items=dict(items), **limits)


def record(
    about: str,
    members: Mapping[str, Schema],
    *,
    required: Sequence[str] = (),
    example: object = None,
    closed: bool = False,
) -> Schema:
    """An object; ``closed``: with no other members."""
    more = False if closed else None
    shapes = {name: dict(schema) for name, schema in members.items()}
    return _say(
        about, example, type="object", properties=shapes, required=list(required) or None, additionalProperties=more
    )


def or_null(schema: Schema) -> Schema:
    """``schema`` or null, which counts as absent."""
    about = {name: schema[name] for name in ("description", "examples") if name in schema}
    rest = {name: value for name, value in schema.items() if name not in about}
    return {**about, "anyOf": [rest, {"type": "null"}]}


def _say(about: str, example: object, **rest: object) -> Schema:
    said = {"description": about, "examples": None if example is None else [example], **rest}
    return {name: value for name, value in said.items() if value is not None}
