"""A large plan in pieces: together they say what the whole says."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.graph import pieces

KINDS = ("types", "guests", "adopted", "declared", "promoted", "redeclared", "commits", "noticed")


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Rows as a plan lists them; each names itself by its last member."""
    entities = [[f"new {n}"] for n in range(draw(st.integers(0, 9)))]
    ends = [f"old {n}" for n in range(draw(st.integers(1, 4)))]
    place = st.integers(0, len(entities) + len(ends) - 1)

    def rows(*before: Any) -> list[list[Any]]:
        return [
            [*(draw(place) if each is place else each for each in before), f"row {n}"]
            for n in range(draw(st.integers(0, 9)))
        ]

    return {
        "space": "s",
        "write": "w",
        "state": {"seq": 7},
        **{kind: [[kind]] for kind in KINDS},
        "entities": entities,
        "ends": ends,
        "created": rows(place, place),
        "replaced": rows(place, place),
        "parted": rows(),
        "joined": rows(place, place),
        "versions": rows(),
    }


def spell(rows: dict[str, Any]) -> dict[str, list[Any]]:
    """The rows with the keys of their ends in place of places."""
    keys = [row[0] for row in rows["entities"]] + rows["ends"]

    def named(row: list[Any], *members: int) -> list[Any]:
        return [keys[each] if place in members else each for place, each in enumerate(row)]

    return {
        "created": [named(row, 0, 1) for row in rows["created"]],
        "replaced": [named(row, 0, 1) for row in rows["replaced"]],
        "joined": [named(row, 0, 1) for row in rows["joined"]],
        "parted": rows["parted"],
        "versions": rows["versions"],
        **{kind: rows[kind] for kind in KINDS},
    }


@given(plan=plans(), most=st.integers(1, 5))
def test_pieces_are_small_and_say_together_what_the_plan_says(plan: dict[str, Any], most: int) -> None:
    whole = spell(plan)
    told: dict[str, list[Any]] = {kind: [] for kind in whole}
    created: list[str] = []
    cut = list(pieces.cut(copy.deepcopy(plan), most))
    assert len(cut) == 1 or len(cut[0]["created"]) <= max(1, most // 4)
    for piece in cut:
        assert (piece["space"], piece["write"], piece["state"]) == ("s", "w", {"seq": 7})
        assert all(len(piece[kind]) <= most for kind in ("created", "replaced", "parted", "joined", "versions"))
        # Who is looked up is there: of old, or created by an earlier piece.
        assert all(key.startswith("old") or key in created for key in piece["ends"])
        created += [key for (key,) in piece["entities"]]
        for kind, rows in spell(piece).items():
            told[kind] += rows
    assert told == whole
    assert sorted(created) == sorted(key for (key,) in plan["entities"])
