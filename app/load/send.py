"""Uploads in the right sizes, one after the other, each followed until its items are done."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx2

from app.load.source import KINDS, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from app.load.journal import Journal
    from app.load.source import Source

MOST_ITEMS: Final = 10_000
MOST_BYTES: Final = 16_777_216
LONGEST_PAUSE: Final = 30.0
FINAL: Final = ("Completed", "Failed", "Canceled")
TRACK: Final = "/relationships/erstatus"
LOGS: Final = "/apollo/status/logs"


class LoadFailed(RuntimeError):
    """The load can't go on; what was done so far is kept, and the same command goes on from there."""


@dataclass(slots=True)
class Report:
    """What became of the items of a load, by kind: total, created, updated, unchanged, failed."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in KINDS})
    unusable: int = 0

    @property
    def refused(self) -> int:
        """How many items are not stored as they stand in the files."""
        return self.unusable + sum(counts["failed"] for counts in self.counts.values())


@dataclass(slots=True)
class _Pile:
    """Items that fit into one upload."""

    items: list[Item] = field(default_factory=list)
    size: int = 1

    def fits(self, item: Item, most_items: int, most_bytes: int) -> bool:
        return len(self.items) < most_items and self.size + len(item.raw) + 1 <= most_bytes

    def add(self, item: Item) -> None:
        self.items.append(item)
        self.size += len(item.raw) + 1


class Loader:
    """Loads a source into one collection over ``client``, whose headers carry the token.

    ``refused`` is the file that tells of refused items, a line each; ``advance`` hears how many items are done.
    ``patience`` is for how many seconds a service that does not answer, or asks to wait, is tried again.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        space: str,
        journal: Journal,
        refused: Path,
        *,
        advance: Callable[[int], None] = lambda _: None,
        most_items: int = MOST_ITEMS,
        most_bytes: int = MOST_BYTES,
        patience: float = 120,
    ) -> None:
        self._client = client
        self._space = space
        self._journal = journal
        self._refused = refused
        self._advance = advance
        self._most_items = most_items
        self._most_bytes = most_bytes
        self._patience = patience
        self._report = Report()
        self._told = set[str]()

    async def load(self, source: Source) -> Report:
        """Sends everything that is not done yet. Raises LoadFailed; the journal then tells where to go on."""
        if self._journal.resumed:
            self._told = _list_told(self._refused)
        else:
            self._refused.unlink(missing_ok=True)
        for item in source.items(None):
            self._report.unusable += 1
            self._tell(item, "Unreadable", None, "Neither an entity nor a relationship in JSON")
            self._advance(1)
        for kind in KINDS:
            for items in self._pile_up(source.items(kind)):
                await self._upload(kind, items)
        self._journal.close()
        return self._report

    def _pile_up(self, items: Iterator[Item]) -> Iterator[list[Item]]:
        pile = _Pile()
        for item in items:
            if pile.items and not pile.fits(item, self._most_items, self._most_bytes):
                yield pile.items
                pile = _Pile()
            pile.add(item)
        if pile.items:
            yield pile.items

    async def _upload(self, kind: str, items: Sequence[Item]) -> None:
        """One upload to its end. One that is too large is halved; an unsound item is taken out, for it sinks the rest."""
        body = b"[" + b",".join(item.raw for item in items) + b"]"
        upload = f"{self._journal.run}-{kind[:3]}-{hashlib.sha256(body).hexdigest()[:32]}"
        counts = self._journal.find(upload)
        if counts is None:
            answer = await self._post(kind, upload, body)
            if answer.status_code == 413 and len(items) > 1:
                half = len(items) // 2
                await self._upload(kind, items[:half])
                await self._upload(kind, items[half:])
                return
            unsound = _find_unsound(answer, items)
            if unsound is not None:
                self._refuse_unsound(kind, items[unsound], answer)
                rest = [*items[:unsound], *items[unsound + 1 :]]
                if rest:
                    await self._upload(kind, rest)
                return
            counts = await self._follow(answer, items)
            self._journal.note(upload, counts)
        self._report.counts[kind] += counts
        self._advance(len(items))

    def _refuse_unsound(self, kind: str, item: Item, answer: httpx2.Response) -> None:
        fault = _read_fault(answer)
        property = fault["property"] and (fault["property"].partition("].")[2] or None)  # behind the item's index
        self._tell(item, fault["code"], property, fault["message"])
        self._report.counts[kind] += Counter(total=1, failed=1)
        self._advance(1)

    async def _post(self, kind: str, upload: str, body: bytes) -> httpx2.Response:
        headers = {"Content-Type": "application/json", "async": "true", "Operation-Id": upload}
        return await self._ask("POST", f"/apollo/er/{kind}", content=body, headers=headers)

    async def _follow(self, accepted: httpx2.Response, items: Sequence[Item]) -> Counter[str]:
        """Waits until every item was tried, and tells of the refused ones."""
        if accepted.status_code not in (200, 202):
            raise LoadFailed(_explain(accepted))
        request = _read_request_id(accepted)
        while True:
            answer = await self._ask("GET", TRACK, params={"RequestId": request}, headers={"Prefer": "wait=10"})
            if answer.status_code != 200:
                raise LoadFailed(_explain(answer))
            told = answer.json()
            if told["state"] in FINAL:
                break
        if told["state"] != "Completed":
            raise LoadFailed(f"The upload {request} ended {told['state']}: {told['message']}")
        await self._tell_refused(told, items)
        counts = told["counts"]
        return Counter({name: counts[name] for name in ("total", "created", "updated", "unchanged", "failed")})

    async def _tell_refused(self, told: dict[str, Any], items: Sequence[Item]) -> None:
        faults: list[dict[str, Any]] = told["errorInfo"]
        if told["errorCount"] > len(faults):
            faults = await self._list_failed(told["transactionId"])
        for fault in faults:
            self._tell(items[fault["index"]], fault["code"], fault["property"], fault["message"])

    async def _list_failed(self, transaction: str) -> list[dict[str, Any]]:
        """All refused items of an upload, page by page: its status shows the first thousand only."""
        found: list[dict[str, Any]] = []
        headers: dict[str, str] = {}
        while True:
            params = {"transactionId": transaction, "state": "Failed", "limit": "1000"}
            answer = await self._ask("GET", LOGS, params=params, headers=headers)
            if answer.status_code != 200:
                raise LoadFailed(_explain(answer))
            page = answer.json()
            found += [record for record in page["data"] if record["index"] is not None]
            token = page["paging"]["continuationToken"]
            if token is None:
                return found
            headers = {"continuationToken": token}

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> httpx2.Response:
        """Any answer but one that asks to come back later: that is done, and so it is with a lost connection."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self._patience, 0.25
        while True:
            try:
                sent = {"ercollectionid": self._space, **headers}
                answer = await self._client.request(method, path, headers=sent, **more)
            except httpx2.TransportError as error:
                if loop.time() + pause > deadline:
                    raise LoadFailed(f"The service does not answer: {type(error).__name__} {error}") from error
            else:
                if answer.status_code not in (429, 503):
                    return answer
                if loop.time() + pause > deadline:
                    raise LoadFailed(_explain(answer))
                pause = max(pause, min(float(answer.headers.get("retry-after", "1")), LONGEST_PAUSE))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _tell(self, item: Item, code: str, property: str | None, message: str) -> None:
        if item.place in self._told:
            return
        self._told.add(item.place)
        line = {"place": item.place, "code": code, "property": property, "message": message}
        text = item.raw.decode("utf-8", "replace")
        with self._refused.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps({**line, 'item': text}, ensure_ascii=False)}\n")


def _list_told(refused: Path) -> set[str]:
    """The places of the items that an interrupted run has told of."""
    if not refused.exists():
        return set()
    return {json.loads(line)["place"] for line in refused.read_text(encoding="utf-8").splitlines() if line}


def _find_unsound(answer: httpx2.Response, items: Sequence[Item]) -> int | None:
    """The item for which a whole upload was refused, where the service names one."""
    if answer.status_code == 413:
        return 0
    index = _read_fault(answer)["index"] if answer.status_code == 400 else None
    return index if index is not None and index < len(items) else None


def _read_fault(answer: httpx2.Response) -> dict[str, Any]:
    told = answer.json()
    infos: list[dict[str, Any]] = told["errorInfo"] if "errorInfo" in told else told["data"]["errorInfo"]
    return infos[0]


def _explain(answer: httpx2.Response) -> str:
    try:
        fault = _read_fault(answer)
        return f"The service answered {answer.status_code} {fault['code']}: {fault['message']}"
    except (ValueError, LookupError):
        return f"The service answered {answer.status_code}: {answer.text[:200]}"


def _read_request_id(accepted: httpx2.Response) -> str:
    """The GUID in ``Request {guid} is processed …``, in whichever envelope."""
    told = accepted.json()
    message: str = told["message"] if "message" in told else told["status"]["message"]
    return message.split(" ", 2)[1]
