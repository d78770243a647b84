"""Every error that can reach this façade, as an RFC 9457 problem."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from app.core import errors, ledger, queue, store
from app.core.model import Author, End, Entity, Finding, Relationship, Stamp
from app.facades import faults, strict
from app.facades.analyst import formats, render
from app.facades.analyst.parameters import Unusable

SECRET = "what-the-caller-sent"
STORED = Relationship(
    "c40a91de-17f3-4b62-9d08-5e6f7a8b9c01",
    "related",
    *[End("d", "t", SECRET, 1)] * 2,
    "autodesk",
    {},
    *[1] * 3,
    *[Stamp(1, Author())] * 2,
)

# An error, its status here, and the word of its type ("": about:blank).
EXPECTED = [
    (errors.TokenMissing(), 401, ""),
    (errors.TokenInvalid(), 401, ""),
    (errors.TokenExpired(), 401, ""),
    (errors.ScopeMissing(["graph.read"]), 403, "scope-missing"),
    (errors.PersonRequired(), 403, ""),
    (errors.SpaceUnknown(SECRET), 404, "space-unknown"),
    (errors.RightMissing(SECRET), 404, "space-unknown"),
    (errors.PairNotWritable([0]), 500, ""),
    (errors.RelationshipMissing(SECRET), 404, ""),
    (errors.ReferenceMissing(SECRET), 404, ""),
    (errors.ReferenceMismatch(), 404, ""),
    (errors.EntityMissing([]), 404, "entity-unknown"),
    (errors.JobMissing(), 404, ""),
    (errors.SpaceGone(SECRET), 404, "space-unknown"),
    (errors.GrantMissing(SECRET), 404, ""),
    (errors.SpaceTaken(SECRET), 500, ""),
    (errors.SpaceBusy(SECRET), 500, ""),
    (errors.OwnerMissing(SECRET), 500, ""),
    (errors.GrantsFull(SECRET), 500, ""),
    (errors.IdTaken(STORED), 500, ""),
    (errors.PairTaken(STORED), 500, ""),
    (errors.WrittenBefore(STORED), 500, ""),
    (errors.FieldFrozen("type"), 500, ""),
    (errors.EndsFrozen(), 500, ""),
    (errors.NotRevivable(), 500, ""),
    (errors.ReferenceRenamed(), 500, ""),
    (errors.ReferenceForeign(), 500, ""),
    (errors.ReferenceInUse(), 500, ""),
    (errors.ReferenceTaken(Entity("a", "b", SECRET), "id"), 500, ""),
    (errors.PreconditionMissing(), 500, ""),
    (errors.PreconditionFailed(), 500, ""),
    (errors.TypeNotOffered(SECRET), 500, ""),
    (errors.TooManyTypes("entity", 1), 500, ""),
    (errors.ItemInvalid(), 500, ""),
    (errors.FindingEnforced(Finding("c", "f", SECRET)), 500, ""),
    (errors.ItemFailed(), 500, ""),
    (errors.KeyReused(), 500, ""),
    (errors.SpacesUnreadable(SECRET), 403, "spaces-unreadable"),
    (errors.QueryBarred("No query may do that."), 403, "query-barred"),
    (errors.QueryFaulty("Invalid input", 1, 2), 400, "query-faulty"),
    (errors.QueryMissing(SECRET), 404, "query-unknown"),
    (errors.QueryTaken(SECRET), 409, "query-taken"),
    (errors.QueryCancelled(SECRET), 409, "query-cancelled"),
    (errors.QueriesFull(SECRET), 409, "queries-full"),
    (errors.QueryChanged(SECRET), 412, "query-changed"),
    (errors.QueryOversized(SECRET), 422, "query-oversized"),
    (errors.QueryOverdue(SECRET), 504, "query-overdue"),
    (errors.RateExceeded(7), 429, ""),
    (errors.QueueFull(7), 503, ""),
    (errors.StoreAway(retry_after=7), 503, ""),
    (errors.StoreBehind(retry_after=7), 503, ""),
    (errors.OutOfTime(), 503, "out-of-time"),
    (errors.StoreDefect(SECRET), 500, ""),
    (errors.BookmarkInvalid(), 400, ""),
    (ledger.FactsShort(), 500, ""),
    (store.SpaceAppeared(), 500, ""),
    (queue.ClaimLost(), 500, ""),
    (queue.PartChanged(), 500, ""),
    (faults.PathUnknown(), 404, ""),
    (faults.MethodNotAllowed(["GET", "HEAD"]), 405, ""),
    (faults.TargetTooLong(1), 414, ""),
    (faults.BodyTooLarge(1), 413, ""),
    (faults.TooManyItems(20), 400, ""),
    (faults.MediaTypeUnusable(SECRET), 415, ""),
    (faults.NotAcceptable(SECRET), 406, ""),
    (formats.FormatAbsent(formats.FORMATS["arrow"]), 406, ""),
    (formats.FormatUnfit(formats.FORMATS["gexf"]), 406, ""),
    (faults.PathUnreadable(SECRET), 400, ""),
    (strict.JsonFault("syntax", 3, SECRET), 400, ""),
    (Unusable([("limit", "takes a whole number from 1 to 10")]), 400, ""),
    (faults.Defect(SECRET), 500, ""),
]
HOMES = ("app.core", "app.facades.faults", "app.facades.strict", "app.facades.analyst")


def list_leaves(kind: type[Exception]) -> set[type[Exception]]:
    """The classes below ``kind`` that this façade can meet and that have no such classes below them."""
    children = [child for child in kind.__subclasses__() if child.__module__.startswith(HOMES)]
    return set().union(*map(list_leaves, children)) if children else {kind}


@pytest.mark.parametrize("root", [errors.TercetError, faults.Fault], ids=lambda root: root.__name__)
def test_the_table_names_every_leaf_of_the_tree(root: type[Exception]) -> None:
    assert list_leaves(root) - {type(error) for error, *_ in EXPECTED} == set()


@pytest.mark.parametrize(("error", "status", "word"), EXPECTED, ids=lambda value: type(value).__name__)
def test_an_error_is_a_problem_that_repeats_nothing_of_what_was_sent(error: Exception, status: int, word: str) -> None:
    answer = render.render_error(error, Request({"type": "http", "headers": [], "state": {"request_id": "r-1"}}))
    body = json.loads(answer.body)
    assert answer.status_code == body["status"] == status
    assert list(body) == ["type", "title", "status", "detail", "requestId"]
    assert body["type"] == (f"urn:tercet:{word}" if word else "about:blank")
    assert body["title"]
    assert body["detail"]
    assert body["requestId"] == "r-1"
    assert SECRET not in bytes(answer.body).decode()
    headers = dict(answer.headers)
    assert headers["content-type"] == "application/problem+json"
    assert ("retry-after" in headers) == (status in (429, 503))
    assert ("www-authenticate" in headers) == (status == 401 or word == "scope-missing")
    assert ("allow" in headers) == (status == 405)
