"""The ledger: what gathered batches see of each other, what it counts, when it has to say that it knows too little."""

from __future__ import annotations

import gc
import itertools
import weakref
from typing import Any

import pytest

from app.core.declare import Declaring, Statement, Withdrawing
from app.core.facts import Facts, FactsShort, Link
from app.core.identity import space_name
from app.core.ledger import Ledger
from app.core.model import (
    Author,
    Created,
    Entity,
    EntityRecord,
    Mention,
    Proposal,
    Refused,
    Relationship,
    SpaceState,
    Unchanged,
)
from app.core.relate import Origin, Recording, Retiring
from app.core.rules import APOLLO, AUTODESK, SAS, Pairs
from tests.core.judging import ALICE, BOB, ID, NOON, OTHER_ID, Court, apollo, autodesk, end, sas, thing

NAME = space_name("campus-north")


def origin(by: Author = ALICE, request: str = "r") -> Origin:
    return Origin(by=by, principal="owner", request_id=request, transaction_id=None)


def ledger(
    stored: tuple[Relationship, ...] = (),
    now: int = NOON,
    more: bool = False,
    known: tuple[EntityRecord, ...] = (),
    **state: Any,
) -> Ledger:
    """A ledger over these stored relationships; the first owns its pair, and ``more`` says that it has company."""
    numbers = itertools.count()
    links = {}
    if stored:
        keys = NAME.entity_key(stored[0].source.entity), NAME.entity_key(stored[0].target.entity)
        links[keys] = Link(stored[0], more=more)
    space = SpaceState("campus-north", exists=True, number=3, **state)
    recorded = {NAME.entity_key(record.entity): record for record in known}
    facts = Facts(space, {r.id: r for r in stored}, recorded, links, frozenset(r.type for r in stored))
    return Ledger(facts, now=now, mint=lambda: f"minted-{next(numbers)}")


def decide(ledger: Ledger, batch: Recording | Retiring | Declaring) -> list[Any]:
    outcomes = batch.decide(ledger)
    ledger.close(batch.by, batch.request_id, batch.transaction_id)
    return outcomes


def recording(*items: Proposal, policy: Any = AUTODESK, by: Author = ALICE, request: str = "r") -> Recording:
    return Recording(policy=policy, items=items, origin=origin(by, request))


async def stored(policy: Any, item: Proposal) -> Relationship:
    return await Court().create(policy, item)


def test_gathered_batches_see_each_other() -> None:
    book = ledger()
    (made,) = decide(book, recording(autodesk("a", "b")))
    (again,) = decide(book, recording(autodesk("b", "a"), by=BOB))
    (taken,) = decide(book, recording(sas("a", "b"), policy=SAS))
    assert again == Unchanged(made.relationship)
    assert isinstance(taken, Refused)


@pytest.mark.parametrize(
    "batch",
    [
        recording(autodesk("a", "b")),
        recording(sas("a", "b"), policy=SAS),
        recording(apollo(ID), policy=APOLLO),
    ],
)
def test_what_was_decided_is_let_go_at_once(batch: Recording) -> None:
    """What ten thousand items are decided on must not wait for the garbage collector."""
    gc.disable()
    try:
        book = ledger()
        known = weakref.ref(book)
        assert decide(book, batch)
        del book
        assert known() is None
    finally:
        gc.enable()


def test_each_batch_that_changed_something_becomes_one_commit_with_its_author() -> None:
    book = ledger(seq=10)
    decide(book, recording(autodesk("a", "b"), autodesk("c", "d"), request="one"))
    decide(book, recording(autodesk("a", "b"), request="nothing new"))
    decide(book, recording(autodesk("e", "f"), by=BOB, request="two"))
    commits = book.plan().commits
    assert [(c.request_id, c.by, [change.seq for change in c.changes]) for c in commits] == [
        ("one", ALICE, [11, 12]),
        ("two", BOB, [13]),
    ]
    assert book.plan().space.seq == 13


def test_ordinals_begin_with_the_number_of_the_space_and_go_on_where_they_stopped() -> None:
    book = ledger(ordinal=5)
    decide(book, recording(autodesk("a", "b")))
    plan = book.plan()
    given = sorted([r.n for r in plan.created] + [record.n for _, record in plan.new_entities])
    assert given == [3 * 2**40 + n for n in (6, 7, 8)]
    assert plan.space.ordinal == 8


async def test_live_counts_follow_creation_update_and_deletion() -> None:
    one = await stored(APOLLO, apollo(ID))
    book = ledger((one,), relationships=1, relationship_types=1)
    decide(book, recording(autodesk("x", "y")))
    decide(book, Retiring(ids=[ID, ID], origin=origin()))
    plan = book.plan()
    assert plan.types == {"related": 1, "site_beside": -1}
    assert plan.new_types == {"related"}
    assert (plan.space.relationships, plan.space.relationship_types) == (1, 2)


async def test_a_type_that_came_and_went_in_one_transaction_is_known_for_ever() -> None:
    one = await stored(SAS, sas("a", "b"))
    book = ledger((one,), relationships=1, relationship_types=1)
    decide(book, recording(sas("a", "b", "Derived", id=one.id), policy=SAS))
    decide(book, recording(sas("a", "b", "Parent", id=one.id), policy=SAS))
    plan = book.plan()
    assert plan.new_types == {"Derived", "Parent"}
    assert plan.types == {"Contains": -1, "Parent": 1, "Derived": 0}
    assert len(plan.replaced) == 1
    assert [version.type for version in plan.versions] == ["Contains", "Derived"]


def test_a_space_goes_by_the_pair_rule_that_all_it_ever_stored_go_by() -> None:
    assert ledger().plan().space.pairs is None
    items = {AUTODESK: autodesk("a", "b"), SAS: sas("a", "b"), APOLLO: apollo(ID)}
    for policy, item in items.items():
        batch, rule, fresh = recording(item, policy=policy), policy.pairs, ledger()
        decide(fresh, batch)
        assert fresh.plan().space.pairs is rule
        for known in (rule, *({None, *Pairs} - {rule})):
            later = ledger(relationship_types=1, pairs=known)
            assert later.plan().space.pairs is known
            decide(later, batch)
            assert later.plan().space.pairs is (rule if known is rule else None)


def test_entities_are_counted_where_they_are_recorded_and_not_where_they_are_named() -> None:
    book = ledger(entities=7)
    far = Mention(Entity("apollo", "entity", "far"), None, "campus-south")
    decide(book, recording(apollo(ID)._replace(target=far), policy=APOLLO))
    plan = book.plan()
    assert plan.space.entities == 8
    assert {key.partition(":")[0] for key, _ in plan.new_entities} == {NAME.prefix, space_name("campus-south").prefix}


def test_no_instant_of_a_space_runs_backwards() -> None:
    book = ledger(now=NOON, last_at=NOON + 50)
    (made,) = decide(book, recording(autodesk("a", "b")))
    assert made.relationship.created.at == NOON + 50
    assert book.plan().space.last_at == NOON + 50


async def test_nothing_decided_is_nothing_to_write() -> None:
    one = await stored(AUTODESK, autodesk("a", "b", ID))
    book = ledger((one,))
    decide(book, recording(autodesk("a", "b"), autodesk("x", "y", ID)))
    assert book.plan().empty
    assert not book.touched


def test_something_decided_touches_the_ledger_until_its_commit_is_closed() -> None:
    book = ledger(seq=4)
    recording(autodesk("a", "b")).decide(book)
    assert book.touched
    book.close(ALICE, None, None)
    assert not book.touched


async def test_the_owner_of_a_pair_that_others_share_is_unknown_once_the_stored_one_has_left() -> None:
    one = await stored(APOLLO, apollo(ID))
    book = ledger((one,), more=True)
    assert book.owner(NAME.entity_key(thing("a")), NAME.entity_key(thing("b"))) == one
    decide(book, Retiring(ids=[ID], origin=origin()))
    with pytest.raises(FactsShort):
        book.owner(NAME.entity_key(thing("a")), NAME.entity_key(thing("b")))


async def test_a_pair_without_company_is_free_once_its_owner_has_left() -> None:
    one = await stored(AUTODESK, autodesk("a", "b", ID))
    book = ledger((one,))
    decide(book, Retiring(ids=[ID], origin=origin()))
    (made,) = decide(book, recording(autodesk("a", "b", OTHER_ID)))
    assert isinstance(made, Created)


async def test_a_pair_whose_owner_moved_away_belongs_to_who_came_in_the_same_transaction() -> None:
    one = await stored(APOLLO, apollo(ID))
    book = ledger((one,))
    decide(book, recording(apollo(ID, "c", "d"), apollo(OTHER_ID, "a", "b"), policy=APOLLO))
    (taken,) = decide(book, recording(autodesk("a", "b")))
    assert taken.relationship.id == OTHER_ID
    (moved,) = decide(book, recording(autodesk("d", "c")))
    assert moved.relationship.id == ID


def test_what_was_created_in_this_transaction_is_deleted_in_the_next() -> None:
    book = ledger()
    decide(book, recording(autodesk("a", "b", ID)))
    with pytest.raises(FactsShort):
        Retiring(ids=[ID], origin=origin()).decide(book)


async def test_an_id_deleted_twice_in_one_request_is_missing_the_second_time() -> None:
    one = await stored(AUTODESK, autodesk("a", "b", ID))
    first, second = decide(ledger((one,)), Retiring(ids=[ID, ID], origin=origin()))
    assert type(first).__name__ == "Deleted"
    assert isinstance(second, Refused)


def test_an_end_keeps_the_instant_of_its_first_record() -> None:
    book = ledger()
    decide(book, recording(autodesk("a", "b")))
    (later,) = decide(book, recording(autodesk("a", "c")))
    assert later.relationship.source.recorded_at == NOON
    assert len(book.plan().new_entities) == 3
    assert end("a").entity == later.relationship.source.entity


async def relate_deleted(entity: Entity) -> tuple[Relationship, EntityRecord]:
    """A relationship from an entity that was deleted while it is in use."""
    court = Court()
    made = await court.create(APOLLO, apollo(ID))
    record = court.store.entities_by_key[NAME.entity_key(entity)]
    return made, record._replace(deleted_at=NOON, in_use=True)


@pytest.mark.parametrize("leave", ["retired", "moved"])
async def test_whether_a_deleted_entity_is_in_use_is_unknown_once_an_earlier_request_took_a_relationship_away(
    leave: str,
) -> None:
    one, record = await relate_deleted(thing("a"))
    book, key = ledger((one,), known=(record,)), NAME.entity_key(thing("a"))
    assert book.reference(key) == record
    leaving: Any = recording(apollo(ID, "c", "d"), policy=APOLLO)
    if leave == "retired":
        leaving = Retiring(ids=[ID], origin=origin())
    leaving.decide(book)
    assert book.reference(key) == record, "what the present request does counts in the next one"
    book.close(ALICE, None, None)
    with pytest.raises(FactsShort):
        book.reference(key)


async def test_a_deleted_entity_stays_in_use_whatever_happens_elsewhere_in_the_transaction() -> None:
    one, record = await relate_deleted(thing("a"))
    elsewhere = await stored(APOLLO, apollo(OTHER_ID, "x", "y"))
    book = ledger((one, elsewhere), known=(record,))
    decide(book, Retiring(ids=[OTHER_ID], origin=origin()))
    assert book.reference(NAME.entity_key(thing("a"))) == record


def test_whether_an_entity_that_an_earlier_request_deleted_is_in_use_is_unknown() -> None:
    """Where references are not enforced, apollo 7 deletes what is in use."""
    book = ledger()
    decide(book, recording(apollo(ID), policy=APOLLO))
    decide(book, Declaring(items=[Statement(thing("a"), {"entityType": "Pump"})], origin=origin()))
    key = NAME.entity_key(thing("a"))
    assert book.reference(key) == book.entity(key)
    Withdrawing(entity=thing("a"), origin=origin()).decide(book)
    assert book.reference(key) is None
    book.close(ALICE, None, None)
    with pytest.raises(FactsShort):
        book.reference(key)
