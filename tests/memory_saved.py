"""Queries that people keep, in memory."""

from __future__ import annotations

from collections.abc import Callable

from app.core.saved import Drawer, Place, SavedQuery


class MemorySaved:
    """A dictionary by owner and name, made when it is first needed."""

    _clock: Callable[[], int]

    @property
    def _kept(self) -> dict[Place, SavedQuery]:
        kept: dict[Place, SavedQuery] = self.__dict__.setdefault("saved queries", {})
        return kept

    async def saved(self, owner: str, name: str, *, bookmark: str | None = None) -> SavedQuery | None:
        return self._kept.get(Place(owner, name))

    async def saved_page(
        self, reader: str, after: Place, *, limit: int, bookmark: str | None = None
    ) -> list[SavedQuery]:
        found = [kept for place, kept in sorted(self._kept.items()) if place > after]
        return [kept for kept in found if kept.shared or kept.owner == reader][:limit]

    async def rework(self, owner: str, name: str, change: Callable[[Drawer], SavedQuery | None]) -> SavedQuery | None:
        place, count = Place(owner, name), sum(kept.owner == owner for kept in self._kept.values())
        wanted = change(Drawer(self._kept.get(place), count, self._clock()))
        if wanted is None:
            self._kept.pop(place, None)
        else:
            self._kept[place] = wanted
        return wanted
