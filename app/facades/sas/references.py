"""The operations on references (sas 10)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.core import browse
from app.core.access import Right
from app.core.browse import Picker
from app.core.describe import Describing, Forgetting, Redescribing, read_outcomes
from app.core.errors import ReferenceMissing
from app.core.filters import TEXT, Member
from app.core.identity import read_uuid, space_name
from app.core.model import Refused
from app.core.rules import Repeat
from app.facades.body import check_declared_size, read_body
from app.facades.sas import listing, media, pages, parameters, refer, translate, wire
from app.facades.sas.criteria import REFERENCE, SOURCE, read_criteria, read_filter
from app.facades.sas.desk import MANY_BYTES, MANY_ITEMS, Desk, answer, answer_known, answer_one
from app.facades.sas.listing import Paging, Told
from app.facades.sas.media import Operation
from app.facades.sas.translate import Many, One
from app.facades.turns import aside
from app.telemetry.exchange import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.amend import Guard
    from app.core.describe import Described, Description
    from app.core.model import EntityRecord
    from app.core.store import Batch, SpaceView
    from app.facades.sas.criteria import Criteria
    from app.facades.sas.desk import Call


class References(Desk):
    """One path with four kinds of POST, the path of one reference, and the list of their sources."""

    async def show_list(self, request: Request) -> Response:
        """A page of the references of the space (sas 10.1)."""
        call, label, query = self.begin_list(request, "list references", wire.REFERENCE)
        window, criteria = listing.read_window(query), read_criteria(query, REFERENCE)
        paging = Paging(listing.REFERENCES, window, (*criteria.first, *criteria.last))
        return await self._answer_list(call, paging, criteria, label)

    async def _answer_list(self, call: Call, paging: Paging, criteria: Criteria, label: str) -> Response:
        view = await self.enter(call, wire.READ_SCOPE, Right.READONLY)
        choice = criteria.choose(refer.list_members(view.id))
        store, window, bookmark = self.context.store, paging.window, call.bookmark
        async with self.in_time():
            ids = refer.find_ids(criteria.tree, view.id)
            selection = await browse.pick_references(store, view.id, window, choice, ids=ids, bookmark=bookmark)
            found = browse.fetch_references(store, view.id, selection, window, bookmark=bookmark)
            return await pages.answer_page(paging, selection.count, found, partial(refer.show_some, view.id), label)

    async def list_sources(self, request: Request) -> Response:
        """The distinct sources of all references, as bare strings (sas 10.7)."""
        call, label, query = self.begin_list(request, "list sources", wire.JSON)
        window, criteria = listing.read_window(query), read_criteria(query, SOURCE, default="name")
        view = await self.enter(call, wire.READ_SCOPE, Right.READONLY)
        found: set[str] = set()
        async with self.in_time():
            async for some in browse.list_references(self.context.store, view.id, bookmark=call.bookmark):
                found.update(source for source in map(refer.get_source, some) if source)
        picker = Picker(window, str, criteria.choose({"name": Member(TEXT, str)}))
        picker.take(sorted(found))
        picked = picker.finish()
        paging = Paging(listing.SOURCES, window, (*criteria.first, *criteria.last))
        return await pages.answer_page(paging, picked.count, browse.once(picked.ids or ()), _show_texts, label)

    async def get(self, request: Request) -> Response:
        """One reference with its ETag, or 304 (sas 10.5)."""
        id = request.path_params["id"]
        call, label = self.begin_get(request, "get reference", wire.REFERENCE)
        view = await self.enter(call, wire.READ_SCOPE, Right.READONLY)
        record = await self._find(call, view, id)
        return answer_known(call, lambda: refer.show_reference(view.id, record), record.modified.at, label)

    async def _find(self, call: Call, view: SpaceView, id: str) -> EntityRecord:
        known = read_uuid(id)
        if known is None:
            raise ReferenceMissing(id)
        key = space_name(view.id).record_key(known)
        record = (await self.context.store.entities(view.id, [key], bookmark=call.bookmark)).get(key)
        if record is None or not record.is_reference:
            raise ReferenceMissing(known)
        return record

    async def put(self, request: Request) -> Response:
        """Other details for one reference, under the caller's condition (sas 10.5)."""
        id = request.path_params["id"]
        call, label = self.begin_put(request, "describe", media.REFERENCE_PUTS, wire.REFERENCE)
        known = read_uuid(id)
        wanted = refer.read_change(await read_body(request, wire.MAX_BODY_BYTES), known or id)
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        if known is None or not view.exists:
            raise ReferenceMissing(id)
        guard = parameters.read_guard(request.headers)
        batch = Redescribing(id=known, wanted=wanted, guard=guard, origin=call.origin)
        return await self._answer_one(call, view, batch, label, 200)

    async def _answer_one(self, call: Call, view: SpaceView, batch: Batch, label: str, status: int) -> Response:
        receipt = await self.write(call, view, Right.READWRITE, batch)
        (outcome,) = read_outcomes(receipt)
        if isinstance(outcome, Refused):
            raise outcome.error
        record = outcome.record
        body = refer.show_reference(view.id, record)
        response = answer_one(body, record.modified.at, label, receipt.bookmark, status=status)
        if status == 201:
            response.headers["Location"] = f"{wire.REFERENCES}/{space_name(view.id).entity_id(record.entity)}"
        return response

    async def delete(self, request: Request) -> Response:
        """One reference deleted that no relationship has as an end (sas 10.5)."""
        id = request.path_params["id"]
        call = self.admit(request, "delete reference")
        parameters.read_query(request.scope)
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        return await self._forget(call, view, [id], parameters.read_guard(request.headers))

    async def _forget(self, call: Call, view: SpaceView, ids: Sequence[str], guard: Guard) -> Response:
        named = [read_uuid(id) or id for id in ids]
        if not view.exists:
            raise ReferenceMissing(named[0])
        batch = Forgetting(ids=named, guard=guard, origin=call.origin)
        receipt = await self.write(call, view, Right.READWRITE, batch)
        return Response(status_code=204, headers={"X-Consistency-Token": receipt.bookmark})

    async def patch(self, request: Request) -> Response:
        """Many deleted, all or none (sas 10.6)."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        return await self._patch(request, self.admit(request, "delete references"))

    async def _patch(self, request: Request, call: Call) -> Response:
        view, ids = await self.begin_removal(request, call)
        if not ids:
            return Response(status_code=204)
        return await self._forget(call, view, ids, lambda _: True)

    async def post(self, request: Request) -> Response:
        """One reference or many, a query by filter, or a bulk delete (sas 3.5)."""
        check_declared_size(request, wire.MAX_BODY_BYTES)
        call = self.admit(request, "create reference")
        if parameters.stands_for_patch(request.scope):
            return await self._patch(request, call)
        operations = media.read_content_type(request.headers, media.REFERENCE_POSTS)
        labels = media.choose_answers(request.headers, operations, wire.REFERENCE)
        query = parameters.read_query(request.scope)
        most = wire.MAX_TEXT_BYTES if operations == (Operation.QUERY,) else wire.MAX_BODY_BYTES
        raw = await read_body(request, most)
        async with self.take_turn(raw):
            wanted = await aside(len(raw) > MANY_BYTES, lambda: refer.read_post(raw, operations, self.splitter))
            if isinstance(wanted, str):
                return await self._query(call, wanted, query, media.settle(labels, Operation.QUERY))
            if isinstance(wanted, Many):
                repeat = translate.choose_policy(query).repeat
                return await self._create_many(call, wanted, repeat, media.settle(labels, Operation.CREATE_MANY))
            return await self._create_one(call, wanted, media.settle(labels, Operation.CREATE_ONE))

    async def _query(self, call: Call, text: str, query: parameters.Query, label: str) -> Response:
        """The references that a filter chooses (sas 10.4)."""
        current().operation = "query references"
        window, criteria = listing.read_window(query), read_criteria(query, REFERENCE)
        tree = read_filter(query.first("filter"), REFERENCE, criteria.basic, text, wire.MAX_TEXT_BYTES)
        sent = (Told("filter", text, sent=True),) if text.strip() else ()
        # One parameter can't say two filters: then the caller sends the body again.
        posts = bool(sent) and query.first("filter") is not None
        paging = Paging(listing.REFERENCES, window, (*criteria.first, *sent, *criteria.last), posts)
        return await self._answer_list(call, paging, criteria.over(tree), label)

    async def _create_one(self, call: Call, wanted: One, label: str) -> Response:
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        items = [refer.read_reference(wanted.members)]
        batch = Describing(items=items, repeat=Repeat.REFUSE, origin=call.origin)
        return await self._answer_one(call, view, batch, label, 201)

    async def _create_many(self, call: Call, wanted: Many, repeat: Repeat, label: str) -> Response:
        current().operation = "create references"
        view = await self.enter(call, wire.WRITE_SCOPE, Right.READWRITE)
        large = len(wanted.items) > MANY_ITEMS
        items: list[Description | Refused] = await aside(
            large, lambda: translate.read_each(wanted.items, refer.read_item)
        )
        seen_until = parameters.read_date(call.request.headers.get("if-unmodified-since"))
        batch = Describing(items=items, repeat=repeat, seen_until=seen_until, origin=call.origin)
        receipt = await self.write(call, view, Right.READWRITE, batch)
        outcomes: list[Described | Refused] = read_outcomes(receipt)
        body = await aside(large, lambda: refer.show_outcomes(view.id, outcomes))
        return answer(body, label, receipt.bookmark)


def _show_texts(texts: Sequence[str]) -> bytes:
    return msgspec.json.encode(texts)[1:-1]
