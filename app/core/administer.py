"""Verbs that administer spaces: found one, name it, set its checks, say who may do what in it, give it up (apollo 10, 11).

Each is a function from what is kept about a space to what is to be kept; the store calls it under the lock of the
space, so rights are judged on what is true at that moment, and no two callers remove the last two owners.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from app.core.access import EVERYBODY, Right
from app.core.errors import GrantMissing, GrantsFull, OwnerMissing, RightMissing, SpaceBusy, SpaceGone, SpaceUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from app.core.access import Caller
    from app.core.model import Fields

MOST_GRANTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is kept about a space for itself.

    ``details`` are names that a format gave it, ``unfinished`` is the number of its jobs that are not done, ``at`` the
    instant at which it was read to be changed.
    """

    id: str
    details: Fields = field(default_factory=dict)
    settings: Fields = field(default_factory=dict)
    grants: Mapping[str, Right] = field(default_factory=dict)
    deleted_at: int | None = None
    unfinished: int = 0
    at: int = field(default=0, compare=False)


class Kept(NamedTuple):
    """A sheet as it is now, and the state of the store that holds it."""

    sheet: Sheet
    bookmark: str


class Registry(Protocol):
    """What the core asks of a graph about spaces themselves; errors as for ``core.store.Store``."""

    async def sheet(self, space: str, *, bookmark: str | None = None) -> Sheet | None:
        """What is kept about a space, a deleted one too; None where there never was one. ``unfinished`` stays 0."""
        ...

    async def sheets(
        self, grantees: Collection[str], least: Right | None, *, after: str, limit: int, bookmark: str | None = None
    ) -> list[Sheet]:
        """Spaces with an id behind ``after``, in the order of ids, where any of ``grantees`` holds at least ``least``.

        All spaces for None; no deleted ones. Of the grants of a space, those of ``grantees``; ``unfinished`` stays 0.
        """
        ...

    async def register(self, sheet: Sheet) -> Kept:
        """Creates a space; its first grant is its founder. Raises SpaceTaken for an id that any space has or had."""
        ...

    async def revise(self, space: str, change: Callable[[Sheet], Sheet]) -> Kept:
        """Replaces what is kept about a space by what ``change`` makes of it, under the lock of the space.

        Jobs are neither accepted nor finished meanwhile. What ``change`` raises leaves everything as it was. Raises
        SpaceUnknown where there never was such a space. Views of the space are looked up anew afterwards.
        """
        ...


def demand(caller: Caller, sheet: Sheet | None, right: Right, space: str) -> Sheet:
    """The sheet of a space that is there, for a caller with that right; raises SpaceUnknown or RightMissing."""
    if sheet is None or sheet.deleted_at is not None:
        raise SpaceUnknown(space)
    caller.require_right(right, space, sheet.grants)
    return sheet


def tell(caller: Caller, sheet: Sheet | None, space: str) -> Sheet:
    """As ``demand``, for a reader; one who owned a space that was deleted learns that it is SpaceGone (apollo 10)."""
    if sheet is not None and sheet.deleted_at is not None and caller.right_among(sheet.grants) == Right.OWNER:
        raise SpaceGone(space)
    return demand(caller, sheet, Right.READONLY, space)


def amend(sheet: Sheet, caller: Caller, details: Fields, settings: Fields | None) -> Sheet:
    """Other names and settings; those not given stay. ``settings`` other than None need the right to administer."""
    demand(caller, sheet, Right.READWRITE if settings is None else Right.ADMIN, sheet.id)
    changed = {**sheet.settings, **(settings or {})}
    return replace(sheet, details={**sheet.details, **details}, settings=changed)


def configure(sheet: Sheet, settings: Fields) -> Sheet:
    """What an operator sets, who needs no right on the space; None gives a setting back to the service's default.

    Raises SpaceUnknown for a deleted space.
    """
    if sheet.deleted_at is not None:
        raise SpaceUnknown(sheet.id)
    changed = {**sheet.settings, **settings}
    return replace(sheet, settings={name: value for name, value in changed.items() if value is not None})


def close(sheet: Sheet, caller: Caller, *, kept: str) -> Sheet:
    """Deleted softly: from now on nobody may use it, and its id stays taken.

    Raises SpaceBusy while jobs are unfinished, and for ``kept``, the space that is always there.
    """
    demand(caller, sheet, Right.OWNER, sheet.id)
    if sheet.unfinished or sheet.id == kept:
        raise SpaceBusy(sheet.id)
    return replace(sheet, deleted_at=sheet.at)


def grant(sheet: Sheet, caller: Caller, entries: Mapping[str, Right]) -> Sheet:
    """Adds entries, or overwrites those of the same principals."""
    return _regrant(sheet, caller, {**sheet.grants, **entries})


def replace_grants(sheet: Sheet, caller: Caller, entries: Mapping[str, Right]) -> Sheet:
    """These entries and no others; what a space grants to everybody is no entry of its list."""
    everybody = {name: right for name, right in sheet.grants.items() if name == EVERYBODY}
    return _regrant(sheet, caller, {**everybody, **entries})


def revoke(sheet: Sheet, caller: Caller, principal: str, right: Right | None) -> Sheet:
    """Without the entry of one principal. Raises GrantMissing where it has none, or another right than that named."""
    demand(caller, sheet, Right.ADMIN, sheet.id)
    held = sheet.grants.get(principal)
    if held is None or principal == EVERYBODY or right not in (None, held):
        raise GrantMissing(principal)
    return _regrant(sheet, caller, {name: held for name, held in sheet.grants.items() if name != principal})


def _regrant(sheet: Sheet, caller: Caller, grants: Mapping[str, Right]) -> Sheet:
    """Apollo 11: admins change the list, but only owners the entries of owners, and one of them stays."""
    demand(caller, sheet, Right.ADMIN, sheet.id)
    held = caller.right_among(sheet.grants)
    if _owners(grants) != _owners(sheet.grants) and held != Right.OWNER:
        raise RightMissing(sheet.id)
    if not _owners(grants):
        raise OwnerMissing(sheet.id)
    if len(grants) > MOST_GRANTS:
        raise GrantsFull(sheet.id)
    return replace(sheet, grants=grants)


def _owners(grants: Mapping[str, Right]) -> set[str]:
    return {name for name, right in grants.items() if right is Right.OWNER}
