"""The operations on relationships (sas 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from app.core import browse
from app.core.access import Right
from app.core.amend import Amending, Removing
from app.core.browse import TooFar
from app.core.errors import RelationshipMissing
from app.core.identity import read_uuid
from app.core.model import Refused
from app.core.relate import Recording
from app.core.rules import SAS
from app.facades.body import check_declared_size, read_body
from app.facades.sas import listing, media, pages, parameters, translate, wire
from app.facades.sas.criteria import RELATIONSHIP, read_criteria
from app.facades.sas.desk import MANY_BYTES, MANY_ITEMS, Desk, answer, answer_known, answer_one
from app.facades.sas.faults import WalkTooWide
from app.facades.sas.listing import Paging
from app.facades.sas.media import Operation
from app.facades.sas.translate import Ask, Many
from app.facades.turns import aside
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.amend import Guard
    from app.core.browse import Window
    from app.core.model import Proposal, Relationship
    from app.core.rules import Policy
    from app.core.store import Batch, Receipt, SpaceView
    from app.facades.sas.criteria import Criteria
    from app.facades.sas.desk import Call
    from app.facades.sas.listing import Subjects
    from app.facades.sas.parameters import Query
    from app.facades.sas.translate import One


class Relationships(Desk):
    """One path with four kinds of POST, and the path of one relationship."""

    async def show_list(self, request: Request) -> Response:
        """A page of all relationships, or of those around subjects (sas 9.1)."""
        call, label, query = self.begin_list(request, "list", wire.RELATIONSHIP)
        window, subjects = listing.read_window(query), listing.read_subjects(query)
        return await self._answer_list(call, window, subjects, _read_criteria(query), label)

    async def _answer_list(
        self, call: Call, window: Window, subjects: Subjects, criteria: Criteria, label: str
    ) -> Response:
        view = await self.enter(call, wire.READ_SCOPE, Right.READONLY)
        told = (*criteria.first, *subjects.told, *criteria.last)
        paging = Paging(listing.RELATIONSHIPS, window, told, subjects.posts)
        store, bookmark = self.context.store, call.bookmark
        async with self.in_time():
            try:
                selection = await browse.pick_relationships(
                    store,
                    view.id,
                    subjects.around(view.id),
                    window,
                    translate.choose(criteria, view.id),
                    bookmark=bookmark,
                )
            except TooFar:
                raise WalkTooWide(f"The traversal reaches more than {browse.MOST_REACHED} relationships.") from None
            found = browse.fetch_relationships(store, view.id, selection, window, bookmark=bookmark)
            show = translate.Shower(view.id).show_some
            return await pages.answer_page(paging, selection.count, found, show, label)

    async def get(self, request: Request) -> Response:
        """One relationship with its ETag, or 304 (sas 9.7)."""
        id = request.path_params["id"]
        call, label = self.begin_get(request, "get", wire.RELATIONSHIP)
        view = await self.enter(call, wire.READ_SCOPE, Right.READONLY)
        stored = await self._find(call, view, id)
        return answer_known(call, lambda: translate.show_relationship(view.id, stored), stored.modified.at, label)

    async def put(self, request: Request) -> Response:
        """Another type for one relationship, under the caller's condition (sas 9.7)."""
        id = request.path_params["id"]
        call, label = self.begin_put(request, "amend", media.RELATIONSHIP_PUTS, wire.RELATIONSHIP)
        known = read_uuid(id)
        wanted = translate.read_amendment(await read_body(request, wire.MAX_BODY_BYTES), known or id)
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        if known is None:
            raise RelationshipMissing(id)
        guard = parameters.read_guard(request.headers)
        receipt = await self._change(
            call, view, Amending(id=known, wanted=wanted, guard=guard, origin=call.origin), known
        )
        stored = receipt.outcomes[0].relationship  # type: ignore[union-attr]
        return answer_one(translate.show_relationship(view.id, stored), stored.modified.at, label, receipt.bookmark)

    async def delete(self, request: Request) -> Response:
        """One relationship deleted, under the caller's condition (sas 9.7)."""
        id = request.path_params["id"]
        call = self.admit(request, "delete")
        parameters.read_query(request.scope)
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        return await self._remove(call, view, [id], parameters.read_guard(request.headers))

    async def patch(self, request: Request) -> Response:
        """Many deleted, all or none (sas 9.6)."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        return await self._patch(request, self.admit(request, "delete many"))

    async def _patch(self, request: Request, call: Call) -> Response:
        view, ids = await self.begin_removal(request, call)
        if not ids:
            return Response(status_code=204)
        return await self._remove(call, view, ids, lambda _: True)

    async def _remove(self, call: Call, view: SpaceView, ids: list[str], guard: Guard) -> Response:
        named = [read_uuid(id) or id for id in ids]
        receipt = await self._change(call, view, Removing(ids=named, guard=guard, origin=call.origin), *named)
        return Response(status_code=204, headers={"X-Consistency-Token": receipt.bookmark})

    async def _change(self, call: Call, view: SpaceView, batch: Batch, *ids: str) -> Receipt:
        """Changes what is stored: in a space that is not there yet nothing is. Raises RelationshipMissing."""
        if not view.exists:
            raise RelationshipMissing(*ids)
        return await self.write(call, view, Right.READWRITE, batch)

    async def post(self, request: Request) -> Response:
        """One relationship or many, a query, or a bulk delete, as method, media type and content tell (sas 3.5)."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        call = self.admit(request, "create")
        if parameters.stands_for_patch(request.scope):
            current().operation = "delete many"
            return await self._patch(request, call)
        operations = media.read_content_type(request.headers, media.RELATIONSHIP_POSTS)
        labels = media.choose_answers(request.headers, operations, wire.RELATIONSHIP)
        query = parameters.read_query(request.scope)
        _check_parameters(query, operations)
        raw = await read_body(request, wire.MAX_BODY_BYTES)
        async with self.take_turn(raw):
            wanted = await self._read_post(raw, operations)
            if isinstance(wanted, Many):
                return await self._create_many(call, wanted, translate.choose_policy(query), labels)
            if isinstance(wanted, Ask):
                return await self._query(call, wanted, query, media.settle(labels, Operation.QUERY))
            return await self._create_one(call, wanted, labels)

    async def _query(self, call: Call, wanted: Ask, query: Query, label: str) -> Response:
        """As a list; what the body says counts before the query string (sas 9.5)."""
        current().operation = "query"
        window, criteria = listing.read_window(query), _read_criteria(query)
        call.caller.require(wire.READ_SCOPE)
        return await self._answer_list(call, window, listing.read_subjects(query, wanted.members), criteria, label)

    async def _create_one(self, call: Call, wanted: One, labels: dict[Operation, str]) -> Response:
        label = media.settle(labels, Operation.CREATE_ONE)
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        receipt = await self._record(call, view, SAS, [translate.read_relationship(wanted.members)], None)
        (outcome,) = receipt.outcomes
        if isinstance(outcome, Refused):
            raise outcome.error
        made = outcome.relationship
        body = translate.show_relationship(view.id, made)
        response = answer_one(body, made.modified.at, label, receipt.bookmark, status=201)
        response.headers["Location"] = f"{wire.RELATIONSHIPS}/{made.id}"
        return response

    async def _create_many(self, call: Call, wanted: Many, policy: Policy, labels: dict[Operation, str]) -> Response:
        label = media.settle(labels, Operation.CREATE_MANY)
        current().operation = "create many"
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        size = len(wanted.items)
        items = await aside(size > MANY_ITEMS, lambda: translate.read_each(wanted.items, translate.read_item))
        seen_until = parameters.read_date(call.request.headers.get("if-unmodified-since"))
        receipt = await self._record(call, view, policy, items, seen_until)
        body = await aside(size > MANY_ITEMS, lambda: translate.show_outcomes(view.id, receipt.outcomes))
        return answer(body, label, receipt.bookmark)

    async def _find(self, call: Call, view: SpaceView, id: str) -> Relationship:
        """A live relationship; raises RelationshipMissing."""
        known = read_uuid(id)
        if known is None:
            raise RelationshipMissing(id)
        stored = await self.context.store.relationship(view.id, known, bookmark=call.bookmark)
        if stored is None or not stored.live:
            raise RelationshipMissing(known)
        return stored

    async def _read_post(self, raw: bytes, operations: Sequence[Operation]) -> One | Many | Ask:
        with current().timed("parse"):
            large = len(raw) > MANY_BYTES
            return await aside(large, lambda: translate.read_post(raw, operations, self.splitter))

    async def _record(
        self, call: Call, view: SpaceView, policy: Policy, items: Sequence[Proposal | Refused], seen_until: int | None
    ) -> Receipt:
        recording = Recording(
            policy=policy,
            items=items,
            origin=call.origin,
            seen_until=seen_until,
            type_limit=self.context.settings.max_relationship_types,
        )
        return await self.write(call, view, Right.READWRITE, recording)


def _read_criteria(query: Query) -> Criteria:
    """Subjects are no basic filters here (sas 7.1.6)."""
    return read_criteria(query, RELATIONSHIP, selectors=("resourceUri", "referenceId"))


def _check_parameters(query: Query, operations: Sequence[Operation]) -> None:
    """What the media type alone tells to be read is refused before the body is (sas 2, order)."""
    if operations == (Operation.CREATE_MANY,):
        translate.choose_policy(query)
    if operations == (Operation.QUERY,):
        listing.read_window(query)
        _read_criteria(query)
