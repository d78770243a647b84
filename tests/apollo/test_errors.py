"""Every error in both envelopes: apollo 3, and items 70 and 13 of apollo 15."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.core import errors
from app.core.model import Author, End, Entity, Finding, Relationship, Stamp
from app.facades import faults, strict
from app.facades.apollo import render
from tests.apollo.speak import Service, head, is_legacy, read_error

STORED = Relationship("id", "t", *[End("a", "b", "c", 0)] * 2, "apollo", {}, 1, 1, 1, *[Stamp(0, Author())] * 2)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ScopeMissing": (["apollo_read"],),
    "SpaceUnknown": ("space",),
    "RightMissing": ("space",),
    "SpaceGone": ("space",),
    "GrantMissing": ("sub:user:u",),
    "SpaceTaken": ("space",),
    "SpaceBusy": ("space",),
    "OwnerMissing": ("space",),
    "GrantsFull": ("space",),
    "PairNotWritable": ([0],),
    "RelationshipMissing": ("id",),
    "ReferenceMissing": ("id",),
    "EntityMissing": ([(0, 0, Entity("a", "b", "c"))],),
    "IdTaken": (STORED,),
    "PairTaken": (STORED,),
    "WrittenBefore": (STORED,),
    "FieldFrozen": ("type",),
    "ReferenceTaken": (Entity("a", "b", "c"), "id"),
    "TypeNotOffered": ("t",),
    "TooManyTypes": ("relationship", 3),
    "ApolloItemInvalid": ("InvalidProperty", "id", "no"),
    "FindingEnforced": (Finding("OntologyViolation", "target", "no"),),
    "MethodNotAllowed": (["GET", "HEAD"],),
    "TargetTooLong": (10,),
    "BodyTooLarge": (10,),
    "TooManyItems": (10,),
    "JsonFault": ("syntax", 3, "[1].a", 1),
}
ANSWERS = {
    "TokenMissing": (401, "Unauthorized"),
    "TokenInvalid": (401, "Unauthorized"),
    "TokenExpired": (401, "Unauthorized"),
    "ScopeMissing": (403, "InsufficientScope"),
    "PersonRequired": (403, "CollectionForbidden"),
    "SpaceUnknown": (403, "CollectionForbidden"),
    "RightMissing": (403, "CollectionForbidden"),
    "PairNotWritable": (403, "CollectionForbidden"),
    "RelationshipMissing": (404, "NotFound"),
    "ReferenceMissing": (404, "NotFound"),
    "ReferenceMismatch": (404, "NotFound"),
    "EntityMissing": (404, "NotFound"),
    "JobMissing": (404, "NotFound"),
    "SpaceGone": (404, "NotFound"),
    "GrantMissing": (404, "NotFound"),
    "SpaceTaken": (409, "Conflict"),
    "SpaceBusy": (409, "Conflict"),
    "OwnerMissing": (400, "LastOwner"),
    "GrantsFull": (400, "MalformedBody"),
    "BodyUnusable": (400, "MalformedBody"),
    "IdTaken": (409, "Conflict"),
    "PairTaken": (409, "Conflict"),
    "WrittenBefore": (409, "Conflict"),
    "FieldFrozen": (409, "Conflict"),
    "EndsFrozen": (409, "Conflict"),
    "NotRevivable": (409, "Conflict"),
    "ReferenceRenamed": (409, "Conflict"),
    "ReferenceForeign": (409, "Conflict"),
    "ReferenceTaken": (409, "Conflict"),
    "ReferenceInUse": (409, "EntityInUse"),
    "PreconditionMissing": (409, "Conflict"),
    "PreconditionFailed": (409, "Conflict"),
    "TypeNotOffered": (400, "NotOffered"),
    "TooManyTypes": (400, "NotOffered"),
    "ItemInvalid": (400, "MalformedBody"),
    "ApolloItemInvalid": (400, "MalformedBody"),
    "ItemFailed": (500, "Internal"),
    "FindingEnforced": (400, "MalformedBody"),
    "KeyReused": (400, "OperationIdReused"),
    "RateExceeded": (429, "RateLimited"),
    "QueueFull": (503, "Unavailable"),
    "StoreAway": (503, "Unavailable"),
    "StoreBehind": (503, "Unavailable"),
    "OutOfTime": (503, "Unavailable"),
    "StoreDefect": (500, "Internal"),
    "BookmarkInvalid": (400, "MalformedHeader"),
    "SpaceAppeared": (500, "Internal"),
    "FactsShort": (500, "Internal"),
    "ClaimLost": (500, "Internal"),
    "PartChanged": (500, "Internal"),
    "PathUnknown": (404, "NotFound"),
    "MethodNotAllowed": (405, "MethodNotAllowed"),
    "TargetTooLong": (400, "MalformedQuery"),
    "BodyTooLarge": (413, "TooLarge"),
    "TooManyItems": (413, "TooManyItems"),
    "MediaTypeUnusable": (415, "UnsupportedMediaType"),
    "NotAcceptable": (400, "MalformedHeader"),
    "PathUnreadable": (400, "MalformedQuery"),
    "HeaderMalformed": (400, "MalformedHeader"),
    "QueryMalformed": (400, "MalformedQuery"),
    "BodyEmpty": (400, "MalformedBody"),
    "FormNotOffered": (400, "NotOffered"),
    "JsonFault": (400, "MalformedBody"),
    "Defect": (500, "Internal"),
}
IN_OWN_WORDS = (faults.BadRequest, faults.MediaTypeUnusable, errors.ItemInvalid)
OF_OTHER_FORMATS = (
    *("app.facades.autodesk", "app.facades.sas", "app.facades.analyst"),
    *("app.graph", "app.embedded", "app.client", "tests"),
)


def list_leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    """The classes that are raised: those below ``kind`` without any of ours below them."""
    below = [sub for sub in kind.__subclasses__() if not sub.__module__.startswith(OF_OTHER_FORMATS)]
    if not below or kind in (errors.ItemInvalid, errors.StoreAway):
        yield kind
    for sub in below:
        yield from list_leaves(sub)


# Queries of one's own are sent to analysts' paths only.
RAISED = {*list_leaves(errors.TercetError), *list_leaves(faults.Fault)} - {*list_leaves(errors.QueryRefusal)}
LEAVES = sorted(RAISED, key=lambda leaf: leaf.__name__)


def render_error(error: Exception, *, legacy: bool) -> Response:
    query = b"" if legacy else b"v=1.1"
    path = "/apollo/er/relationships"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query, "headers": [], "state": {}}
    return render.render_error(error, Request(scope))


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "platform"])
@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_error_has_a_status_a_code_and_an_envelope(leaf: type[Exception], legacy: bool) -> None:
    error = leaf(*ARGUMENTS.get(leaf.__name__, ("too bad",) if issubclass(leaf, IN_OWN_WORDS) else ()))
    answer = render_error(error, legacy=legacy)
    told = msgspec.json.decode(answer.body)
    (info,) = told["errorInfo"] if legacy else told["data"]["errorInfo"]
    assert (answer.status_code, info["code"]) == ANSWERS[leaf.__name__]
    assert info["message"] == (told["message"] if legacy else told["status"]["message"]) != ""
    assert list(info) == ["index", "id", "code", "property", "message"]
    assert told.get("result", 0) == 0
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0


def test_no_leaf_is_listed_that_is_not_there() -> None:
    assert {leaf.__name__ for leaf in LEAVES} == ANSWERS.keys()


def test_a_defect_says_nothing_about_its_cause() -> None:
    defect = faults.Defect("secret")
    defect.__cause__ = ValueError("secret")
    assert b"secret" not in render_error(defect, legacy=True).body


def test_a_fault_that_echoes_a_long_text_stays_short() -> None:
    answer = render_error(strict.JsonFault("duplicate_key", 1, "k" * 100_000, 3), legacy=False)
    (info,) = msgspec.json.decode(answer.body)["data"]["errorInfo"]
    assert len(info["property"]) == 200
    assert info["index"] == 3


@pytest.mark.parametrize(
    "path",
    [
        "/apollo/schema/entitytypes",
        "/apollo/graphql",
        "/apollo/nothing",
        "/apollo",
        "/apollo/",
        "/apollo/er/relationshipS",
        "/apollo/er/relationships/a/b",
        "/apollo/er%2Frelationships",
        "/apollo/graph/entities(a,b)",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_70_an_unknown_path_is_told_before_the_token_is_asked_for(
    service: Service, path: str, method: str
) -> None:
    answer = await service.client.request(method, path)
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")
    assert not is_legacy(answer)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "OPTIONS"])
async def test_70_a_method_that_a_path_does_not_take_is_told(service: Service, method: str) -> None:
    answer = await service.client.request(method, "/apollo/er/relationships", headers=head(service))
    assert (answer.status_code, read_error(answer)["code"]) == (405, "MethodNotAllowed")
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert not is_legacy(answer)


async def test_a_target_of_any_length_is_no_defect(service: Service) -> None:
    answer = await service.client.get(f"/apollo/er/relationships/{'x' * 60_000}", headers=head(service))
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")
