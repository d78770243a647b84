"""Holds a service against a format's document: schemathesis makes requests that fit it, and requests that don't.

Each operation is held once for every media type of its body, with the parameters that mean something beside it. What a
document can't say (tokens that can't be invented, parameters that need others) stands in ``straighten``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as held

from app.facades.openapi import ONLY_WITH
from tests.conftest import OWNER
from tests.openapi.documents import FORMATS, get_document

SEED = 20260304
MODES = tuple(GenerationMode)
WITHIN_64_BITS = 2**63
# The server refuses a head of more than 64 KiB before any format sees it.
LONGEST_TARGET = 30_000
# What a request may meet that fits the document: things that are not there, or not as the caller thought.
POSITIVE = ["2xx", "304", "404", "409", "412", "428"]
NEGATIVE = ["400", "403", "404", "406", "409", "412", "413", "414", "415", "428"]
# Where nobody may learn which collections there are, one that is not there is forbidden (apollo 10, 11).
COLLECTIONS = ("/apollo/collections/", "/apollo/ercollections/")
CHECKS = (
    schemathesis.checks.not_a_server_error,
    held.status_code_conformance,
    held.content_type_conformance,
    held.response_headers_conformance,
    held.response_schema_conformance,
    held.positive_data_acceptance,
)


class Variant(NamedTuple):
    """One operation with one media type of its body ("" where it takes none)."""

    format: str
    method: str
    path: str
    media: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.path, self.media)))


@dataclass(frozen=True)
class Ground:
    """Where requests go, as whom, and what is there: values that stand in for some of the generated ones, by name."""

    url: str
    headers: dict[str, dict[str, str]]
    known: dict[str, list[Any]] = field(default_factory=dict)


def list_variants(*, whole: bool) -> Iterator[tuple[Variant, GenerationMode]]:
    """Every operation of every format, by the media types of its body, with what fits its document and what doesn't.

    Without ``whole`` other spellings of what is there anyway are left out: aliases of paths, and application/json where it
    says the same as the vendor's own type.
    """
    for name in FORMATS:
        for path, methods in get_document(name)["paths"].items():
            for method, operation in methods.items():
                if not whole and operation["operationId"].endswith(("ByAlias", "UnderEr")):
                    continue
                content = operation.get("requestBody", {}).get("content", {"": None})
                for media in list(content)[: None if whole or method == "post" else 1]:
                    variant = Variant(name, method.upper(), path, media)
                    yield from ((variant, mode) for mode in MODES if mode.is_positive or demands_something(operation))


def demands_something(operation: dict[str, Any]) -> bool:
    """Whether there are requests that don't fit: any text fits a header or a filter without limits."""
    parameters = operation.get("parameters", ())
    limited = (parameter["schema"] for parameter in parameters if parameter["in"] != "cookie")
    return "requestBody" in operation or any(schema.keys() - {"default"} != {"type"} for schema in limited)


@cache
def get_components(name: str, *, closed: bool) -> dict[str, Any]:
    """The shapes of a format; ``closed``: its objects have no members but the known, which are drawn in no time."""
    schemas = deepcopy(get_document(name)["components"])
    return close(schemas) if closed else schemas


def close(schema: Any) -> Any:
    """The same schema with every object closed that may have unknown members."""
    if isinstance(schema, list):
        return [close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    below = {key: close(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema and "allOf" not in schema and "if" not in schema:
        below.setdefault("additionalProperties", False)
    return below


def narrow(variant: Variant, *, closed: bool) -> dict[str, Any]:
    """The document of one variant."""
    document = get_document(variant.format)
    operation = deepcopy(document["paths"][variant.path][variant.method.lower()])
    if variant.media:
        body = operation["requestBody"]
        body["content"] = {variant.media: body["content"][variant.media]}
    parameters = []
    for parameter in operation.get("parameters", ()):
        only = parameter.pop(ONLY_WITH, None)
        if only is None or variant.media in only["media"]:
            parameters.append(parameter | ({"required": True} if only and only["required"] else {}))
    operation["parameters"] = parameters
    components = get_components(variant.format, closed=closed)
    return {**document, "components": components, "paths": {variant.path: {variant.method.lower(): operation}}}


_NAMES = st.sampled_from(["id", "type", "name", "source", "contentType", "label", "nope.deep"])
_CONSTANTS = st.sampled_from(["Contains", "'O''Hara'", '"a, b"', "''"])
_CALLS = st.builds(
    "{}({},{})".format, st.sampled_from(["eq", "NE", "contains", "startsWith", "in"]), _NAMES, _CONSTANTS
)
FILTERS = st.recursive(
    _CALLS | st.builds("isNull({})".format, _NAMES),
    lambda inner: st.builds("not( {})".format, inner) | st.builds("or({} , {})".format, inner, inner),
    max_leaves=4,
)


@cache
def prepare() -> None:
    """Loads what schemathesis loads late, and tells it how filters of the SAS format are spelled."""
    load_all_checks()
    schemathesis.openapi.format("sas-filter", FILTERS)


def configure(variant: Variant) -> SchemathesisConfig:
    """What counts as fitting, and how requests are made."""
    hidden = ["403"] if variant.path.startswith(COLLECTIONS) else []
    checks = {
        "positive_data_acceptance": {"expected-statuses": POSITIVE + hidden},
        "negative_data_rejection": {"expected-statuses": NEGATIVE},
    }
    generation = {"allow-x00": False, "with-security-parameters": False, "allow-extra-parameters": False}
    return SchemathesisConfig.from_dict({"generation": generation, "checks": checks})


def hold(
    variant: Variant, mode: GenerationMode, ground: Ground, *, examples: int, key: int = SEED, closed: bool = False
) -> None:
    """Sends ``examples`` requests that fit the document, or don't; raises for the first answer that it doesn't allow."""
    prepare()
    schema = schemathesis.openapi.from_dict(narrow(variant, closed=closed), config=configure(variant))
    operation = schema[variant.path][variant.method]
    session = requests.Session()

    @seed(key)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(case=operation.as_strategy(generation_mode=mode), pick=st.integers(0, 7))
    def run(case: Case, pick: int) -> None:
        if mode.is_positive:
            straighten(case, variant, ground.known, pick)
        else:
            assume(not leaves_something_empty(case, variant))
        assume(measure_target(case, ground.url) < LONGEST_TARGET)
        own = {name.lower() for name in case.headers or {}} if mode.is_negative else set()
        headers = {name: value for name, value in ground.headers[variant.format].items() if name.lower() not in own}
        checks = list(CHECKS)
        if mode.is_negative and not is_judged_by_item(case, variant):
            checks.append(held.negative_data_rejection)
        case.call_and_validate(base_url=ground.url, headers=headers, session=session, checks=checks)

    with session:
        run()


def leaves_something_empty(case: Case, variant: Variant) -> bool:
    """Whether a parameter is sent without a value where that counts as absent."""
    if variant.format == "autodesk":
        return (case.headers or {}).get("x-ads-region") == ""
    if variant.format == "sas":
        asked = (case.query or {}).values()
        empty = any(value == "" or (isinstance(value, list) and "" in value) for value in asked)
        return empty or (case.headers or {}).get("Accept-Item") == ""
    return False


def measure_target(case: Case, url: str) -> int:
    """How long the target of a request is, encoded."""
    sent = case.as_transport_kwargs(base_url=url)
    return len(requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url or "")


def is_judged_by_item(case: Case, variant: Variant) -> bool:
    """Whether the body is at fault, and is one whose items are refused each for itself, within a success."""
    assert case.meta is not None
    body = case.meta.components.get(ParameterLocation.BODY)
    bulk = variant.format == "apollo" and variant.method == "POST" and "erstatus" not in variant.path
    many = "collection" in variant.media or (isinstance(case.body, dict) and "items" in case.body)
    return body is not None and body.mode.is_negative and (bulk or many)


def straighten(case: Case, variant: Variant, known: dict[str, list[Any]], pick: int) -> None:
    """Makes of a request that fits the schemas one that fits the words beside them as well."""
    assume(case.body is NOT_SET or is_within_bounds(case.body))
    for name in ("X-Consistency-Token", "continuationToken", "after"):
        (case.headers or {}).pop(name, None)
        (case.query or {}).pop(name, None)
    if variant.path.startswith(COLLECTIONS):
        known = {**known, "id": known["expendable"]}
    for values in (case.path_parameters, case.query, case.headers):
        for name in (values or {}).keys() & known.keys():
            if name in ("containerId", "collection") or pick < len(known[name]):
                values[name] = known[name][pick % len(known[name])]
    RULES[variant.format](case, known)


def is_within_bounds(value: Any) -> bool:
    """Whether no number of a body is beyond what strict JSON takes, in members too that nobody reads."""
    if isinstance(value, dict):
        return all(map(is_within_bounds, value.values()))
    if isinstance(value, list):
        return all(map(is_within_bounds, value))
    return not isinstance(value, int) or -WITHIN_64_BITS <= value < WITHIN_64_BITS


def _straighten_autodesk(case: Case, known: dict[str, list[Any]]) -> None:
    query = case.query or {}
    for needs, needed in (
        ("withId", "withType"),
        ("withType", "withDomain"),
        ("withDomain", "domain"),
        ("id", "type"),
        ("type", "domain"),
    ):
        if needs in query:
            query.setdefault(needed, "asset")
    if "onlyDeleted" in query:
        query["includeDeleted"] = True
    if isinstance(case.body, dict) and case.body.get("syncToken"):
        case.body["syncToken"] = known["syncToken"][0]
    for item in case.body if isinstance(case.body, list) else ():
        if isinstance(item, dict) and "entities" in item:
            one, other = ([end[name] for name in ("domain", "type", "id")] for end in item["entities"])
            assume(one != other)


def _straighten_apollo(case: Case, known: dict[str, list[Any]]) -> None:
    if "Operation-Id" in (case.headers or {}):
        case.headers["Operation-Id"] = str(uuid.uuid4())
    query = case.query or {}
    if "id" in query:
        for name in ("$filter", "$orderby"):
            query.pop(name, None)
    if case.path == "/apollo/status/logs" and not query.keys() - {"limit", "state", "v", "includeSystemData"}:
        case.query = {**query, "correlationId": "c-42"}
    if isinstance(case.body, dict) and "accesscontrolitems" in case.body:
        named = {"objectId": known["expendable"][0]}
        case.body = {**named, "accesscontrolitems": {**case.body["accesscontrolitems"], OWNER: "owner"}}


def _straighten_sas(case: Case, _known: dict[str, list[Any]]) -> None:
    body = case.body
    if not isinstance(body, dict):
        return
    if case.operation.method.upper() == "PUT":
        fixed = {"id", "resourceUri"} if "/references/" in case.path else body.keys() - {"type"}
        for name in fixed & body.keys():  # to be sent, if at all, as they are stored
            del body[name]
        if "type" in body:
            body["type"] = "Associated"  # of other types only the stored one is taken
    elif "depth" in body or (case.media_type == "application/json" and not {"items", "resourceUri"} & body.keys()):
        body["depth"] = int(body.get("depth") or 1)  # no 2.0; and what tells a query apart


def _straighten_graph(case: Case, _known: dict[str, list[Any]]) -> None:
    """A query must be one, and have time to run; the format one that every answer has, with rows of its own."""
    query = case.query or {}
    for name in ("rows", "all"):
        query.pop(name, None)
    if query.get("format") in ("graphml", "gexf", "nodelink"):
        query["format"] = "csv"
    if isinstance(case.body, dict):
        if case.path.endswith("/cypher"):
            case.body["query"] = "RETURN 1 AS one"
        case.body.pop("timeoutMs", None)
        declared = case.body.get("parameters", ()) if case.operation.method.upper() == "PUT" else ()
        for index, parameter in enumerate(declared):  # each name once, and defaults of their types
            parameter["name"] = f"p{index}"
            parameter.pop("default", None)


RULES: dict[str, Callable[[Case, dict[str, list[Any]]], None]] = {
    "autodesk": _straighten_autodesk,
    "apollo": _straighten_apollo,
    "sas": _straighten_sas,
    "graph": _straighten_graph,
}
