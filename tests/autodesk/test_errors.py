"""Every error that can reach this façade, in its one shape."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from app.core import errors, ledger, queue, store
from app.core.identity import Minter
from app.core.model import Author, End, Entity, Finding, Relationship, Stamp
from app.facades import faults, strict
from app.facades.autodesk import render, translate
from app.facades.autodesk.parameters import BadInput, quote
from app.facades.autodesk.wire import FieldFault
from tests.autodesk.speak import check_error, get, item, put
from tests.memory import MemoryStore

STORED = Relationship(
    "c40a91de-17f3-4b62-9d08-5e6f7a8b9c01",
    "related",
    End("d", "t", "a", 1),
    End("d", "t", "b", 1),
    "autodesk",
    {},
    1,
    1,
    1,
    Stamp(1, Author()),
    Stamp(1, Author()),
)
END = Entity("d", "t", "x")

# An error, the status and type it has on this wire, and the fields that it blames.
EXPECTED = [
    (errors.TokenMissing(), 401, "Unauthorized", []),
    (errors.TokenInvalid(), 401, "Unauthorized", []),
    (errors.TokenExpired(), 401, "Unauthorized", []),
    (errors.ScopeMissing(["data:read"]), 403, "InsufficientScope", []),
    (errors.PersonRequired(), 403, "UserTokenRequired", []),
    (errors.SpaceUnknown("s"), 404, "ContainerNotFound", []),
    (errors.RightMissing("s"), 403, "Forbidden", []),
    (errors.PairNotWritable([0]), 403, "NotWritable", []),
    (translate.PairsOutside([(3, END, END)]), 403, "NotWritable", ["[3]"]),
    (errors.RelationshipMissing("x"), 404, "RelationshipNotFound", []),
    (errors.ReferenceMissing("x"), 404, "NotFound", []),
    (errors.ReferenceMismatch(), 404, "NotFound", []),
    (errors.EntityMissing([(2, 1, END)]), 404, "EntityNotFound", ["[2].entities[1]"]),
    (errors.JobMissing(), 404, "NotFound", []),
    (errors.SpaceGone("s"), 404, "NotFound", []),
    (errors.GrantMissing("p"), 404, "NotFound", []),
    (errors.SpaceTaken("s"), 500, "InternalError", []),
    (errors.SpaceBusy("s"), 500, "InternalError", []),
    (errors.OwnerMissing("s"), 500, "InternalError", []),
    (errors.GrantsFull("s"), 500, "InternalError", []),
    (errors.IdTaken(STORED), 409, "Conflict", []),
    (errors.PairTaken(STORED), 409, "Conflict", []),
    (errors.WrittenBefore(STORED), 409, "Conflict", []),
    (errors.FieldFrozen("type"), 500, "InternalError", []),
    (errors.EndsFrozen(), 500, "InternalError", []),
    (errors.NotRevivable(), 500, "InternalError", []),
    (errors.ReferenceRenamed(), 500, "InternalError", []),
    (errors.ReferenceForeign(), 500, "InternalError", []),
    (errors.ReferenceInUse(), 500, "InternalError", []),
    (errors.ReferenceTaken(Entity("a", "b", "c"), "id"), 500, "InternalError", []),
    (errors.PreconditionMissing(), 500, "InternalError", []),
    (errors.PreconditionFailed(), 500, "InternalError", []),
    (errors.TypeNotOffered("x"), 500, "InternalError", []),
    (errors.TooManyTypes("entity", 1), 500, "InternalError", []),
    (errors.ItemInvalid(), 400, "BadInput", []),
    (errors.FindingEnforced(Finding("c", "f", "m")), 500, "InternalError", []),
    (errors.ItemFailed(), 500, "InternalError", []),
    (errors.KeyReused(), 500, "InternalError", []),
    (errors.RateExceeded(7), 429, "TooManyRequests", []),
    (errors.QueueFull(7), 503, "ServiceUnavailable", []),
    (errors.StoreAway(retry_after=7), 503, "ServiceUnavailable", []),
    (errors.StoreBehind(retry_after=7), 503, "ServiceUnavailable", []),
    (errors.OutOfTime(), 503, "ServiceUnavailable", []),
    (errors.StoreDefect("secret"), 500, "InternalError", []),
    (errors.BookmarkInvalid(), 400, "BadInput", ["X-Consistency-Token"]),
    (ledger.FactsShort(), 500, "InternalError", []),
    (store.SpaceAppeared(), 500, "InternalError", []),
    (queue.ClaimLost(), 500, "InternalError", []),
    (queue.PartChanged(), 500, "InternalError", []),
    (faults.PathUnknown(), 404, "NotFound", []),
    (faults.MethodNotAllowed(["GET", "HEAD"]), 405, "MethodNotAllowed", []),
    (faults.TargetTooLong(1), 414, "UriTooLong", []),
    (faults.BodyTooLarge(1), 413, "PayloadTooLarge", []),
    (faults.TooManyItems(20), 400, "BadInput", ["body"]),
    (faults.MediaTypeUnusable(), 415, "UnsupportedMediaType", []),
    (faults.NotAcceptable(), 500, "InternalError", []),
    (faults.PathUnreadable(), 400, "BadInput", []),
    (strict.JsonFault("syntax", 3, "[0].x"), 400, "BadInput", ["[0].x"]),
    (strict.JsonFault("not_an_array", 0), 400, "BadInput", ["body"]),
    (strict.JsonFault("not_an_object", 0), 400, "BadInput", ["body"]),
    (BadInput([FieldFault("a", "Required", "secret")]), 400, "BadInput", ["a"]),
    (faults.Defect("secret"), 500, "InternalError", []),
]

RETRIED = (429, 503)


def render_error(error: Exception) -> tuple[int, dict[str, str], dict[str, object]]:
    answer = render.render_error(error, Request({"type": "http", "headers": []}))
    return answer.status_code, dict(answer.headers), json.loads(answer.body)


def list_leaves(cls: type[Exception]) -> set[type[Exception]]:
    """The leaves of an error tree that this façade can meet."""
    below = [kind for kind in cls.__subclasses__() if kind.__module__.startswith(("app.core", "app.facades"))]
    others = ("app.facades.apollo", "app.facades.sas", "app.facades.analyst")
    ours = [kind for kind in below if not kind.__module__.startswith(others)]
    return set().union(*map(list_leaves, ours)) if ours else {cls}


@pytest.mark.parametrize("root", [errors.TercetError, faults.Fault], ids=lambda root: root.__name__)
def test_the_table_names_every_leaf_of_the_tree(root):
    named = {type(error) for error, *_ in EXPECTED}
    # Queries of one's own are sent to analysts' paths only.
    assert list_leaves(root) - named - list_leaves(errors.QueryRefusal) == set()


@pytest.mark.parametrize(
    ("error", "status", "type", "fields"), EXPECTED, ids=lambda value: type(value).__name__ if value else None
)
def test_an_error_is_rendered_in_the_shape_of_this_format(error, status, type, fields):
    code, headers, body = render_error(error)
    assert (code, body["type"]) == (status, type)
    assert list(body) == ["type", "title", "detail", "errors"]
    assert all(isinstance(body[name], str) and body[name] for name in ("type", "title", "detail"))
    assert [inner["field"] for inner in body["errors"]] == fields
    assert all(inner["type"] == type and inner["title"] and inner["detail"] for inner in body["errors"])
    assert headers["content-type"] == "application/json"
    assert ("retry-after" in headers) == (code in RETRIED)
    assert ("www-authenticate" in headers) == (code == 401 or type == "InsufficientScope")
    assert ("allow" in headers) == (code == 405)


def test_a_call_that_may_be_repeated_says_when():
    assert render_error(errors.StoreAway(retry_after=7))[1]["retry-after"] == "7"
    assert render_error(errors.RateExceeded(9))[1]["retry-after"] == "9"


@pytest.mark.parametrize("error", [errors.StoreDefect("secret"), faults.Defect("secret"), RuntimeError("secret")])
def test_a_defect_tells_nothing_of_its_cause(error):
    assert "secret" not in json.dumps(render_error(error)[2])


def test_one_title_belongs_to_one_type():
    titles = {}
    for verdict in render.VERDICTS.values():
        assert titles.setdefault(verdict.type, verdict.title) == verdict.title


def test_a_lone_surrogate_is_shown_as_the_replacement_character():
    assert quote("a\ud800b") == "'a\ufffdb'"


class BrokenStore(MemoryStore):
    """Fails as a store may: with a bug when it is read, away when it is written."""

    async def relationship(self, space, id, *, bookmark=None):
        raise RuntimeError("secret")

    async def write(self, space, batch, *, founder=None):
        raise errors.StoreAway(retry_after=3)


@pytest.fixture
def broken(make_memory):
    return make_memory(BrokenStore(clock=lambda: 1, mint=Minter().mint))


async def test_a_bug_is_answered_in_this_shape(broken):
    with capture_logs() as logs:
        answer = await get(broken, broken.space(), STORED.id)
    check_error(answer, 500, "InternalError")
    assert "secret" not in answer.text
    assert [line["request_id"] for line in logs] == [answer.headers["x-request-id"]]


async def test_a_store_that_is_away_is_answered_with_a_time_to_retry(broken):
    answer = await put(broken, broken.space(), item("a", "b"))
    check_error(answer, 503, "ServiceUnavailable")
    assert answer.headers["retry-after"] == "3"
