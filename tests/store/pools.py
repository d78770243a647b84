"""Small pools of everything a proposal is made of, so that what a machine draws collides all the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from app.core.identity import SpaceName
from app.core.model import Author, Entity, Mention, Proposal
from app.core.rules import APOLLO, AUTODESK, SAS, SAS_IGNORE, SAS_UPDATE, Policy

SECOND = 1_000_000
THINGS = (
    Entity("sas", "resource", "/a"),
    Entity("sas", "resource", "/b"),
    Entity("apollo", "entity", "c"),
    Entity("plant", "Space", "d"),
)
# Below and above every minted id, so that ties in creation time are broken both ways.
CHOSEN_IDS = (
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "ffffffff-0000-4000-8000-000000000001",
)
NOBODY = Entity("sas", "resource", "/nobody")
AUTHORS = (Author(user="u1", subject="s1", client="c1"), Author(client="c2", service=True, correlation="k"))
TYPES = ("related", "Contains", "Derived", "Brick__feeds", "Brick__hasPart_Location_Location", "odd", "odder", "oddest")


@dataclass(frozen=True)
class End:
    """One end of an item: a thing, named by identity, by reference or by both; or by a wrong pair of them."""

    thing: Entity
    how: str = "identity"
    abroad: bool = False
    described: bool = False

    def mention(self, name: SpaceName, other: str) -> Mention:
        fields = {"name": self.thing.id} if self.described else {}
        reference = name.entity_key(self.thing).partition(":")[2]
        if self.how == "reference":
            return Mention(None, reference, None, fields)
        if self.how == "both":
            return Mention(self.thing, reference, None, fields)
        if self.how == "mismatch":
            return Mention(NOBODY, reference, None, fields)
        return Mention(self.thing, None, other if self.abroad else None, fields)


@dataclass(frozen=True)
class Item:
    """A proposal before anybody knows which ids exist: ``id`` is None, a chosen id, or the place of a stored one."""

    id: str | int | None
    type: str
    source: End
    target: End
    fields: tuple[tuple[str, Any], ...]
    named: bool

    def proposal(self, name: SpaceName, other: str, known: list[str]) -> Proposal:
        id = resolve(self.id, known)
        spelled = f"spelled {id}" if self.named and isinstance(self.id, str) else None
        source, target = self.source.mention(name, other), self.target.mention(name, other)
        return Proposal(id, self.type, source, target, dict(self.fields), spelled)


def resolve(id: str | int | None, known: list[str]) -> str | None:
    """The id itself, or that of the stored relationship in this place."""
    if not isinstance(id, int):
        return id
    return known[id % len(known)] if known else CHOSEN_IDS[0]


@dataclass(frozen=True)
class Recorded:
    """A batch of proposals to come."""

    policy: Policy
    items: tuple[Item, ...]
    by: Author
    seen: int | None
    type_limit: int
    ends_must_exist: bool


@dataclass(frozen=True)
class Retired:
    """A batch of deletions to come."""

    ids: tuple[str | int, ...]
    by: Author


chosen = st.sampled_from(CHOSEN_IDS)
stored = st.integers(0, 9)
things = st.sampled_from(THINGS)
authors = st.sampled_from(AUTHORS)
plain_ends = st.builds(End, things, described=st.booleans())
sas_ends = st.builds(
    End, things, how=st.sampled_from(["identity"] * 5 + ["reference", "both", "mismatch"]), described=st.booleans()
)
apollo_targets = st.builds(End, things, abroad=st.sampled_from([False, False, True]))
brick = st.sampled_from(["feeds", "Brick__Location", "x"])
apollo_fields = st.fixed_dictionaries(
    {},
    optional={
        "relationshipName": st.sampled_from(["related", "Contains", "n"]),
        "brickRelationshipName": brick,
        "brickSourceEntityType": brick,
        "customData": st.sampled_from([{}, {"a": [1, True]}, {"a": [1.0, 1]}]),
    },
).map(lambda found: tuple(found.items()))
sas_fields = st.fixed_dictionaries({}, optional={"assertedBy": st.sampled_from(["me", "you"])}).map(
    lambda found: tuple(found.items())
)


def _items(ids: Any, types: Any, source: Any, target: Any, fields: Any, size: int = 4) -> Any:
    made = st.builds(Item, ids, types, source, target, fields, st.booleans())
    return st.lists(made, min_size=1, max_size=size).map(tuple)


def _recorded(policy: Any, items: Any) -> Any:
    return st.builds(
        Recorded,
        policy,
        items,
        authors,
        st.sampled_from([None, None, 0, -1, -3]),
        st.sampled_from([1000, 1000, 3]),
        st.booleans(),
    )


autodesk = _recorded(
    st.just(AUTODESK), _items(st.none() | chosen | stored, st.just("related"), plain_ends, plain_ends, st.just(()))
)
apollo = _recorded(
    st.just(APOLLO), _items(chosen | stored, st.sampled_from(TYPES), plain_ends, apollo_targets, apollo_fields)
)
sas = _recorded(
    st.sampled_from([SAS, SAS_IGNORE, SAS_UPDATE]),
    _items(
        st.none() | st.none() | chosen | stored,
        st.sampled_from(["Contains", "Derived", "related", "Brick__feeds", "odd"]),
        sas_ends,
        sas_ends,
        sas_fields,
    ),
)
retired = st.builds(Retired, st.lists(stored | chosen, min_size=1, max_size=3).map(tuple), authors)
batches = autodesk | apollo | sas | sas | retired


def upsert(id: str, source: Entity, target: Entity) -> Recorded:
    """An Apollo item that joins these two under this id."""
    item = Item(id, "odd", End(source), End(target), (("relationshipName", "n"),), False)
    return Recorded(APOLLO, (item,), AUTHORS[0], None, 1000, False)


def ask(policy: Policy, source: Entity, target: Entity) -> Recorded:
    """An item without id: its answer tells who owns the pair."""
    type = "related" if policy is AUTODESK else "Contains"
    return Recorded(policy, (Item(None, type, End(source), End(target), (), False),), AUTHORS[1], None, 1000, False)
