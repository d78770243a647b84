"""Verbs that change: ``record``, ``retire``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import EntityMissing, RelationshipMissing, RightMissing, SpaceUnknown
from app.core.facts import Needs
from app.core.model import Deleted, Proposal, Refused
from app.core.rules import Judge, Pairs
from app.core.store import SpaceAppeared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.core.access import Caller, Right
    from app.core.identity import SpaceName
    from app.core.ledger import Ledger
    from app.core.model import Author, Outcome, Relationship
    from app.core.rules import Policy
    from app.core.store import Batch, Receipt, SpaceView, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request comes from: who, and the ids by which it is found again."""

    by: Author
    principal: str
    request_id: str | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """What all batches have in common: where they come from."""

    origin: Origin

    @property
    def by(self) -> Author:
        """The author of everything it writes."""
        return self.origin.by

    @property
    def request_id(self) -> str | None:
        """Names the exchange."""
        return self.origin.request_id

    @property
    def transaction_id(self) -> str | None:
        """Names the upload that it belongs to."""
        return self.origin.transaction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Authored):
    """Proposals of one request under one policy; items that a format refused already stand among them in order.

    ``ends_must_exist``: a space with ``references=enforce`` refuses the whole batch when an end is not recorded
    (autodesk 3); other policies answer item by item.
    """

    policy: Policy
    items: Sequence[Proposal | Refused]
    seen_until: int | None = None
    type_limit: int = 1000
    ends_must_exist: bool = False

    @property
    def size(self) -> int:
        """The number of items."""
        return len(self.items)

    def needs(self, space: SpaceName) -> Needs:
        """Named relationships, both ends, the links between them where the policy has a pair rule, and the types."""
        needs, proposals = Needs(), self.proposals()
        needs.propose(space, proposals)
        if self.policy.pairs is not Pairs.FREE:
            needs.link(space, proposals, self.policy.pairs)
        return needs

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Judges item by item, each seeing the effects of those before it."""
        if self.ends_must_exist and ledger.checks.references == "enforce":
            self._demand_ends(ledger)
        judge = Judge(self.policy, ledger, self.by, seen_until=self.seen_until, type_limit=self.type_limit)
        return [item if isinstance(item, Refused) else judge.judge(item) for item in self.items]

    def proposals(self) -> list[Proposal]:
        """The items that are still to be judged."""
        return [item for item in self.items if isinstance(item, Proposal)]

    def _demand_ends(self, ledger: Ledger) -> None:
        missing = []
        for index, item in enumerate(self.items):
            ends = () if isinstance(item, Refused) else (item.source, item.target)
            for place, mention in enumerate(ends):
                known = ledger.entity(ledger.mention_key(mention))
                # autodesk 3: what only another space's relationships have named is not recorded here.
                recorded = known is not None and known.recorded_at is not None and known.deleted_at is None
                if mention.entity is not None and not recorded:
                    missing.append((index, place, mention.entity))
        if missing:
            raise EntityMissing(missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retiring(Authored):
    """Ids to delete softly. An id that is unknown or already deleted is refused as missing, the others go.

    ``guard`` sees those that would go before any does, and may raise a Refusal for the whole batch.
    """

    ids: Sequence[str]
    guard: Callable[[Sequence[Relationship]], None] | None = None

    @property
    def size(self) -> int:
        """The number of ids."""
        return len(self.ids)

    def needs(self, space: SpaceName) -> Needs:
        """The relationships named."""
        return Needs(relationships=set(self.ids))

    def decide(self, ledger: Ledger) -> list[Outcome]:
        """Deletes what is live."""
        if self.guard is not None:
            self.guard([stored for id in self.ids if (stored := ledger.relationship(id)) is not None and stored.live])
        return [self._retire(ledger, id) for id in self.ids]

    def _retire(self, ledger: Ledger, id: str) -> Outcome:
        stored = ledger.relationship(id)
        if stored is None or not stored.live:
            return Refused(RelationshipMissing(id))
        return Deleted(ledger.retire(stored, self.by))


async def enter(
    store: Store, caller: Caller, space: str, right: Right, *, found: bool, bookmark: str | None = None
) -> SpaceView:
    """The space as the caller may use it, in a state at least as new as ``bookmark``.

    Raises SpaceUnknown where there is none, unless ``found``: then the answer says ``exists`` False, and the caller's
    first write may found it. Raises RightMissing where the caller's right is below ``right``.
    """
    view = await store.view(space, caller.grantees, bookmark=bookmark)
    if not view.exists:
        if not found:
            raise SpaceUnknown(space)
        return view
    held = max(view.right or 0, caller.blanket or 0)
    if held < right:
        raise RightMissing(space)
    return view


async def write(store: Store, caller: Caller, view: SpaceView, right: Right, batch: Batch) -> Receipt:
    """Stores a batch in a space that the caller has entered; a space that is not there yet becomes the caller's.

    A space that somebody else founded in the meantime is entered anew, so that its owner's grants decide.
    """
    try:
        return await store.write(view.id, batch, founder=None if view.exists else caller.principal)
    except SpaceAppeared:
        await enter(store, caller, view.id, right, found=False)
        return await store.write(view.id, batch)
