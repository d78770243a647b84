"""What is kept about spaces themselves, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.access import Right
from app.core.administer import Kept, Sheet
from app.core.errors import SpaceTaken, SpaceUnknown

if TYPE_CHECKING:
    from tests.memory import MemorySpace


class MemoryRegistry:
    """``unfinished`` tells how many jobs of a space are not done; whoever keeps jobs puts their count here."""

    spaces: dict[str, MemorySpace]
    _clock: Callable[[], int]
    unfinished: Callable[[str], int] = staticmethod(lambda _: 0)

    def found(self, space: str, grants: dict[str, Right]) -> MemorySpace:
        raise NotImplementedError

    async def sheet(self, space: str, *, bookmark: str | None = None) -> Sheet | None:
        held = self.spaces.get(space)
        if held is None:
            return None
        return Sheet(space, held.details, held.state.settings, dict(held.grants), held.deleted_at)

    async def sheets(
        self,
        grantees: Collection[str],
        least: Right | None,
        *,
        after: str,
        limit: int,
        bookmark: str | None = None,
    ) -> list[Sheet]:
        found = list[Sheet]()
        for space in sorted(self.spaces):
            sheet = await self.sheet(space)
            assert sheet is not None
            held = {name: right for name, right in sheet.grants.items() if name in grantees}
            reached = least is None or any(right >= least for right in held.values())
            if space > after and sheet.deleted_at is None and reached:
                found.append(replace(sheet, grants=held))
        return found[:limit]

    async def register(self, sheet: Sheet) -> Kept:
        if sheet.id in self.spaces:
            raise SpaceTaken(sheet.id)
        self.found(sheet.id, dict(sheet.grants))
        return self._keep(sheet)

    async def revise(self, space: str, change: Callable[[Sheet], Sheet]) -> Kept:
        sheet = await self.sheet(space)
        if sheet is None:
            raise SpaceUnknown(space)
        return self._keep(change(replace(sheet, unfinished=self.unfinished(space), at=self._clock())))

    def _keep(self, sheet: Sheet) -> Kept:
        held = self.spaces[sheet.id]
        held.state = replace(held.state, settings=sheet.settings)
        held.details, held.grants, held.deleted_at = sheet.details, dict(sheet.grants), sheet.deleted_at
        return Kept(sheet, bookmark="")
