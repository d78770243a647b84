"""Every error that can reach this format has its status, code and shape (sas 4.6, 5)."""

from __future__ import annotations

import msgspec
import pytest
from starlette.requests import Request

from app.core import errors
from app.core.facts import FactsShort
from app.core.model import Author, End, Entity, Finding, Relationship, Stamp
from app.core.queue import ClaimLost, PartChanged
from app.core.store import SpaceAppeared
from app.facades import faults
from app.facades.sas import faults as own
from app.facades.sas.render import VERDICTS, judge, render_error, show_item_error
from app.facades.strict import JsonFault

LONG = "x" * 100_000
STAMP = Stamp(0, Author())
END = End("sas", "resource", "/a", 0)
STORED = Relationship("5d1c9f3e-0000-4000-8000-000000000001", "Contains", END, END, "sas", {}, 1, 1, 1, STAMP, STAMP)

LEAVES = [
    (errors.TokenMissing(), 401, 10624),
    (errors.TokenInvalid(LONG), 401, 10624),
    (errors.TokenExpired(), 401, 10624),
    (errors.ScopeMissing(["relationships.read"]), 403, 10625),
    (errors.PersonRequired(), 403, 10625),
    (errors.SpaceUnknown(LONG), 403, 10625),
    (errors.RightMissing(LONG), 403, 10625),
    (errors.PairNotWritable([1]), 403, 10625),
    (errors.RelationshipMissing(LONG), 404, 10611),
    (errors.ReferenceMissing(LONG), 404, 10602),
    (errors.ReferenceMismatch(), 400, 10601),
    (errors.EntityMissing([(0, 0, Entity("a", "b", LONG))]), 404, 10602),
    (errors.JobMissing(), 404, 10622),
    (errors.SpaceGone(LONG), 403, 10625),
    (errors.GrantMissing(LONG), 404, 10622),
    (errors.SpaceTaken(LONG), 409, 10607),
    (errors.SpaceBusy(LONG), 409, 10607),
    (errors.OwnerMissing(LONG), 409, 10607),
    (errors.GrantsFull(LONG), 409, 10607),
    (errors.IdTaken(STORED), 409, 10610),
    (errors.PairTaken(STORED), 409, 10610),
    (errors.WrittenBefore(STORED), 409, 10610),
    (errors.FieldFrozen("type"), 400, 10612),
    (errors.EndsFrozen(), 400, 10612),
    (errors.NotRevivable(), 400, 10612),
    (errors.ReferenceRenamed(), 400, 10604),
    (errors.ReferenceForeign(), 409, 10607),
    (errors.ReferenceInUse(), 409, 10605),
    (errors.ReferenceTaken(Entity("sas", "resource", LONG), "id"), 409, 10603),
    (errors.PreconditionMissing(), 428, 10617),
    (errors.PreconditionFailed(), 412, 10616),
    (errors.TypeNotOffered(LONG), 400, 10614),
    (errors.TooManyTypes("relationship", 1000), 400, 10614),
    (own.MemberInvalid(LONG), 400, 10601),
    (errors.FindingEnforced(Finding("UnknownType", "type", LONG)), 400, 10601),
    (errors.ItemFailed(LONG), 500, 10628),
    (errors.KeyReused(), 400, 10620),
    (errors.RateExceeded(7), 429, 10626),
    (errors.QueueFull(7), 429, 10626),
    (errors.StoreBehind(retry_after=7), 503, 10627),
    (errors.OutOfTime(retry_after=7), 503, 10627),
    (own.ListTooSlow(LONG, 7), 503, 10627),
    (errors.StoreDefect(LONG), 500, 10628),
    (errors.BookmarkInvalid(), 400, 10620),
    (FactsShort(), 500, 10628),
    (SpaceAppeared(), 500, 10628),
    (ClaimLost(), 500, 10628),
    (PartChanged(), 500, 10628),
    (faults.PathUnknown(), 404, 10622),
    (faults.MethodNotAllowed(["GET", "OPTIONS"]), 405, 10623),
    (faults.TargetTooLong(16_384), 414, 10618),
    (faults.BodyTooLarge(1), 413, 10618),
    (faults.TooManyItems(1), 413, 10618),
    (faults.MediaTypeUnusable(LONG), 415, 10619),
    (faults.NotAcceptable(LONG), 406, 10640),
    (faults.PathUnreadable(), 400, 10620),
    (faults.Defect(LONG), 500, 10628),
    (JsonFault("duplicate_key", 7, LONG), 400, 10600),
    (own.IdMismatch(LONG), 400, 10613),
    (own.PatchInvalid(LONG), 400, 10606),
    (own.TypeMissing(LONG), 404, 10608),
    (own.FilterFunctionUnknown(LONG), 400, 5024),
    (own.FilterArgumentsInvalid(LONG), 400, 5025),
    (own.FilterMalformed(LONG), 400, 5026),
    (own.SortOptionUnknown(LONG), 400, 5028),
    (own.SortMalformed(LONG), 400, 5029),
    (own.SortKeyUnknown(LONG), 400, 5030),
    (own.SortKeyUnsortable(LONG), 400, 5031),
    (own.DepthInvalid(LONG), 400, 10630),
    (own.WalkTooWide(LONG), 400, 10630),
    (own.ParameterInvalid(LONG), 400, 10620),
    (own.OperationUnclear(LONG), 400, 10601),
]
INNER = [
    (errors.StoreAway(LONG, retry_after=7), 503, 10627),
    (errors.ItemInvalid(LONG), 400, 10601),
    (faults.BadRequest(LONG), 400, 10600),
]
CASES = [pytest.param(*case, id=type(case[0]).__name__) for case in (*LEAVES, *INNER)]
HOMES = ("app.core", "app.facades.faults", "app.facades.strict", "app.facades.sas")


def list_leaves(kind: type[Exception]) -> set[type[Exception]]:
    """The classes below ``kind`` that this façade can meet and that have no such classes below them."""
    children = [child for child in kind.__subclasses__() if child.__module__.startswith(HOMES)]
    return set().union(*map(list_leaves, children)) if children else {kind}


def list_all() -> set[type[Exception]]:
    """The leaves of both trees; queries of one's own are sent to analysts' paths only."""
    return (list_leaves(errors.TercetError) | list_leaves(faults.Fault)) - list_leaves(errors.QueryRefusal)


def test_every_leaf_of_both_error_trees_has_a_case():
    assert list_all() == {type(error) for error, _, _ in LEAVES}


def test_every_leaf_has_a_verdict_of_its_own():
    assert all(kind in VERDICTS for kind in list_all())


def test_an_error_that_nobody_foresaw_is_a_defect():
    assert judge(errors.TercetError("secret"))[:2] == (500, 10628)


@pytest.mark.parametrize(("error", "status", "code"), CASES)
def test_71_a_whole_call_error_has_the_formats_shape(error, status, code):
    scope = {"type": "http", "method": "GET", "path": "/" + LONG, "headers": [], "state": {"request_id": "r-81"}}
    answer = render_error(error, Request(scope))
    body = msgspec.json.decode(answer.body)
    assert answer.status_code == status
    assert len(answer.body) <= 65_536
    assert (body["version"], body["httpStatusCode"], body["errorCode"], body["links"]) == (2, status, code, [])
    assert body["details"][0]
    assert body["details"][-2].startswith("path: /xxx")
    assert body["details"][-1] == "correlator: r-81"
    assert "x" * 201 not in answer.body.decode()
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert answer.headers.get("retry-after") in (None, "7")
    assert ("www-authenticate" in answer.headers) == (status == 401 or isinstance(error, errors.ScopeMissing))
    assert ("remediation" in body) == (status in (406, 413, 415, 428) or code == 10630)


@pytest.mark.parametrize(("error", "status", "code"), CASES)
def test_71_an_item_error_has_the_formats_shape(error, status, code):
    body = msgspec.to_builtins(show_item_error(error, 3))
    assert (body["httpStatusCode"], body["errorCode"], list(body["links"])) == (status, code, [])
    assert len(body["details"]) == 2
    assert body["details"][1] == "item: 3"


@pytest.mark.parametrize("kind", [errors.StoreDefect, errors.ItemFailed, faults.Defect, errors.TokenInvalid])
def test_71_what_failed_inside_is_never_told(kind):
    error = kind("secret")
    assert "secret" not in judge(error).sentence(error)
