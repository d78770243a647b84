"""Ends are looked up only where the judge may ask for them: what is sent again costs no more than what it names."""

from __future__ import annotations

import pytest

from app.core.facts import Facts
from app.core.identity import space_name
from app.core.model import Created, Entity, Mention, Proposal, Refused, Replaced, Unchanged
from app.core.rules import APOLLO, SAS_IGNORE
from app.core.store import Batch
from app.graph import writer
from app.graph.foresight import Foreseen
from app.graph.writer import Writers
from tests.graph.test_foresight import Counted, write_behind
from tests.store.writing import contain, end, new_id, proposal, recording, relate, upsert

ID = new_id()
REPEATS = {
    "apollo": (upsert(ID), upsert(ID)),
    "autodesk": (relate("a", "b"), relate("a", "b")),
    "sas": (contain("a", "b"), recording(SAS_IGNORE, proposal("a", "b", type="Contains"))),
}


@pytest.mark.parametrize("policy", REPEATS)
async def test_a_repeat_looks_up_no_end(writers: Writers, space: str, known: list[Facts], policy: str) -> None:
    first, again = REPEATS[policy]
    assert isinstance((await writers.submit(space, first)).outcomes[0], Created)
    assert isinstance((await writers.submit(space, again)).outcomes[0], Unchanged)
    assert (len(known[1].entities), known[1].looked) == (0, set())


async def test_an_end_that_something_new_shares_is_looked_up(writers: Writers, space: str, known: list[Facts]) -> None:
    first, id = new_id(), new_id()
    await writers.submit(space, upsert(first))
    both = recording(APOLLO, *upsert(first).proposals(), *upsert(id, "b", "c").proposals())
    receipt = await writers.submit(space, both)
    assert [type(outcome) for outcome in receipt.outcomes] == [Unchanged, Created]
    assert [record.entity.id for record in known[1].entities.values()] == ["b"]
    assert known[1].looked == {space_name(space).entity_key(Entity("plant", "Pump", id)) for id in "bc"}


async def test_ends_that_the_judge_asks_for_are_read_and_everything_decided_anew(
    writers: Writers, space: str, known: list[Facts]
) -> None:
    id = new_id()
    await writers.submit(space, upsert(id))
    await writers.submit(space, upsert(new_id(), "b", "c"))
    moved = Counted(upsert(id, "c", "a"))
    (outcome,) = (await writers.submit(space, moved)).outcomes
    assert isinstance(outcome, Replaced)
    assert (outcome.relationship.source.entity.id, outcome.relationship.target.entity.id) == ("c", "a")
    assert (known[2].looked, moved.decided) == (set(), 2)
    new = (await writers.submit(space, upsert(id, "d", "e"))).outcomes[0]
    assert isinstance(new, Replaced)
    assert new.relationship.source.recorded_at == new.relationship.modified.at


async def test_a_reference_must_name_something_whatever_is_stored(
    writers: Writers, space: str, known: list[Facts]
) -> None:
    await writers.submit(space, REPEATS["sas"][0])
    key = space_name(space).entity_key(Entity("plant", "Pump", "a"))
    for reference, told in ((key.partition(":")[2], Unchanged), (new_id(), Refused)):
        source = Mention(None, reference, None, {})
        again = Counted(recording(SAS_IGNORE, Proposal(None, "Dependent", source, end("b"))))
        assert isinstance((await writers.submit(space, again)).outcomes[0], told)
        assert again.decided == 1
    assert list(known[1].entities) == [key]


async def test_what_is_decided_ahead_asks_for_them_as_well(
    writers: Writers, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_BESIDE_OTHERS", 0)
    id = new_id()
    await writers.submit(space, upsert(id))
    moved: Batch = Counted(upsert(id, "x", "y"))
    foreseen, receipt = await write_behind(writers, space, upsert(new_id(), "x", "c"), moved)
    assert isinstance(foreseen, Foreseen)
    (outcome,) = receipt.outcomes
    assert isinstance(outcome, Replaced)
    assert outcome.relationship.source.entity.id == "x"
