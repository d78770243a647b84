"""The records of requests and of their items in one order: by acceptance, transaction, the request, then its items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from app.core.chronicle import ENTITY
from app.core.identity import APOLLO_FOREIGN, space_name
from app.core.runs import Run
from app.facades.apollo import progress, translate, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from app.core.jobs import Job, Results
    from app.core.queue import Jobs, Search

REQUEST: Final = -1
"""The place of a request before its items."""
BEHIND: Final = 1 << 31
JOBS_AT_ONCE: Final = 100
PARTS_AT_ONCE: Final = 4
MOST_JOBS: Final = 2_000
"""So many requests are looked at for one page; a page that finds too little in them ends there."""

_RESULTS = msgspec.json.Decoder(list[wire.ItemResult])


class Place(NamedTuple):
    """Where a record stands: the acceptance of its request, the transaction, and which item it is."""

    accepted_at: int
    transaction_id: str
    item: int


class Question(NamedTuple):
    """Which records are asked for. ``state``: those in this state. ``both``: an entity and a relationship at once."""

    search: Search
    state: str | None = None
    both: bool = False

    def admits_request(self, job: Job) -> bool:
        """Whether the record of the request itself is asked for: a thing's name matches items only."""
        return self.search.about is None and self.state in (None, progress.show_state(job))

    def may_admit_items(self, job: Job) -> bool:
        """Whether any item of the job can be asked for; reads nothing."""
        about, counts = self.search.about, job.counts
        if about is not None and (about.kind == ENTITY) != (progress.tell_object(job) == "Entity"):
            return False
        found = {None: counts.tried, "Completed": counts.done, "Failed": counts.refused}
        return not self.both and found.get(self.state, 0) > 0

    def admits_item(self, result: wire.ItemResult) -> bool:
        """Whether the record of an item is asked for; what an item did not change is no record of its thing."""
        if self.state not in (None, progress.show_item_state(result)):
            return False
        about = self.search.about
        if about is None:
            return True
        if result.code is not None:
            return result.id == about.name
        return result.result != "unchanged" and result.id is not None and self._names(result.id)

    def _names(self, id: str) -> bool:
        """Whether an item's id means the thing asked for; only foreign spellings and core UUIDs cost a look at the id."""
        about = self.search.about
        if about is None or id == about.name:
            return about is not None
        name = space_name(self.search.space)
        if about.kind != ENTITY:
            return name.relationship_id(id) == about.id if about.name == about.id else id == about.id
        if not id.startswith(APOLLO_FOREIGN) and not about.name.startswith(APOLLO_FOREIGN):
            return False
        entity = translate.read_entity(id)
        return entity is not None and name.entity_id(entity) == about.id


async def list_records(jobs: Jobs, question: Question, *, after: Place | None, limit: int) -> Run[wire.Record, Place]:
    """A page of records behind a place."""
    found: list[tuple[Place, wire.Record]] = []
    looked = 0
    async for job, start, first in _list_jobs(jobs, question.search, after):
        async for place, record in _unfold(jobs, question, job, start, first):
            found.append((place, record))
            if len(found) > limit:
                return Run([each for _, each in found[:limit]], found[limit - 1][0])
        looked += 1
        if looked >= MOST_JOBS:
            return Run([each for _, each in found], Place(job.accepted_at, job.transaction_id, BEHIND))
    return Run([each for _, each in found], None)


async def _list_jobs(jobs: Jobs, search: Search, after: Place | None) -> AsyncIterator[tuple[Job, int, Results | None]]:
    """The jobs behind a place, from which item on each, and the first results of those that have no others."""
    if after is not None:
        again = replace(search, transaction_id=after.transaction_id, limit=1)
        if search.transaction_id in (None, after.transaction_id):
            for job in await jobs.search(again):
                yield job, after.item + 1, None
        search = replace(search, after=(after.accepted_at, after.transaction_id))
    search = replace(search, limit=JOBS_AT_ONCE)
    while True:
        some = await jobs.search(search)
        firsts = await _read_ahead(jobs, some)
        for job in some:
            yield job, REQUEST, firsts.get(job.request_id)
        if len(some) < JOBS_AT_ONCE:
            return
        search = replace(search, after=(some[-1].accepted_at, some[-1].transaction_id))


async def _read_ahead(jobs: Jobs, some: Sequence[Job]) -> Mapping[str, Results]:
    """The results of small jobs, all at once."""
    if len(some) < 2:
        return {}
    return await jobs.first_results([job.request_id for job in some])


async def _unfold(
    jobs: Jobs, question: Question, job: Job, start: int, first: Results | None
) -> AsyncIterator[tuple[Place, wire.Record]]:
    """The records of a job from one item on."""
    if start == REQUEST and question.admits_request(job):
        yield Place(job.accepted_at, job.transaction_id, REQUEST), progress.show_log(job)
    if not question.may_admit_items(job):
        return
    start = max(start, 0)
    parts = [first] if first is not None else await jobs.results(job.request_id, start=start, limit=PARTS_AT_ONCE)
    while parts:
        for part in parts:
            for index, result in enumerate(_RESULTS.decode(part.document), part.first):
                if index >= start and question.admits_item(result):
                    place = Place(job.accepted_at, job.transaction_id, index)
                    yield place, progress.show_item(job, index, result, part.at)
        start = parts[-1].first + parts[-1].count
        if start >= job.total:
            return
        parts = await jobs.results(job.request_id, start=start, limit=PARTS_AT_ONCE)
