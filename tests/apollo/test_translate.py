"""Reading items: quick for good ones, exact for bad ones, and the two never disagree."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Created, Proposal, Refused, Unchanged
from app.facades.apollo import translate, wire
from tests.apollo.speak import item

NAMES = [*wire.Relationship.__struct_fields__, "foo"]
TEXTS = st.sampled_from(
    ["", "a", "erstatus", "urn:tercet:a:b:c", "urn:tercet:a", "x" * 256, "x" * 513, "a\x00", "\x9f", " a"]
)
VALUES = TEXTS | st.sampled_from([None, True, False, 0, 1, 1.5, [], {}, {"a": [1]}, {"a": "x" * 65_536}])


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5), st.sets(st.sampled_from(wire.REQUIRED), max_size=1))
def test_an_item_is_proposed_or_refused_for_a_reason(more: dict[str, Any], left_out: set[str]) -> None:
    sent = {name: value for name, value in (item() | more).items() if name not in left_out}
    reader = translate.RelationshipReader("here")
    parsed = reader.parse(json.dumps(sent).encode())
    read = parsed if isinstance(parsed, Refused) else reader.propose(parsed, {"a"})
    if isinstance(read, Proposal):
        assert sent["id"] in (read.id, read.name)
        assert set(sent) <= set(wire.Relationship.__struct_fields__)
        return
    code, property, message = translate.describe_refusal(read.error)
    assert code in ("MissingProperty", "UnknownProperty", "InvalidProperty", "CrossCollectionForbidden")
    assert property in sent or property in wire.REQUIRED
    assert str(property) in message or code == "CrossCollectionForbidden"


def test_the_rules_name_every_property_that_can_be_at_fault() -> None:
    ignored = {"sysData", "version", "schemaMetadata"}
    assert list(translate.RULES) == [n for n in wire.Relationship.__struct_fields__ if n not in ignored]


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_ten_thousand_items_are_read_in_a_moment(kind: str) -> None:
    raws = [json.dumps(item(f"rel-{n}") | ({"foo": 1} if kind == "bad" else {})).encode() for n in range(10_000)]
    best = min(_time_reading(raws) for _ in range(3))
    # Generous against a busy machine; idle it takes a tenth of this.
    assert best < 1.0


def _time_reading(raws: list[bytes]) -> float:
    reader, started = translate.RelationshipReader("here"), time.perf_counter()
    for raw in raws:
        parsed = reader.parse(raw)
        if not isinstance(parsed, Refused):
            reader.propose(parsed, ())
    return time.perf_counter() - started


def test_an_account_has_a_result_for_every_item() -> None:
    stored: Any = object()
    refused = Refused(translate.ApolloItemInvalid("InvalidProperty", "id", "no"))
    kept = translate.account(5, [b'{"id":"a"}', b'{"id":1}', b"{}"], [Created(stored), refused, Unchanged(stored)])
    assert [(one.index, one.id, one.code) for one in kept.refused] == [(6, None, "InvalidProperty")]
    assert json.loads(kept.results) == [
        ["a", "created", None, None, None, []],
        [None, None, "InvalidProperty", "id", "no", []],
        [None, "unchanged", None, None, None, []],
    ]
    assert (kept.counts.created, kept.counts.refused, kept.counts.unchanged) == (1, 1, 1)
