"""Clients that upload, are cut off, and repeat what was not answered; and watch that progress never goes back."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

STATES: Final = ("Requested", "Processing", "Completed", "Failed", "Canceled")
FINAL: Final = STATES[2:]
PATIENCE_SECONDS: Final = 600.0
PAUSE_SECONDS: Final = 0.05


class Broken(AssertionError):
    """A promise that was not kept."""


def demand(kept: bool, promise: str, *found: object) -> None:
    """Raises Broken unless the promise is kept."""
    if not kept:
        raise Broken(f"{promise}: {', '.join(map(repr, found))}")


@dataclass
class Upload:
    """A request of a client. ``turn``: the how-manieth of its space; each names the same ``names`` twice."""

    space: str
    turn: int
    names: int
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    request: str = ""
    status: dict[str, Any] = field(default_factory=dict)

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every relationship first and then once more with other words, one that can't be stored between."""
        first, second = ([self._write(n, half) for n in range(self.names)] for half in ("first", "second"))
        return [*first, {"id": "bad", "relationshipName": "lacks everything"}, *second]

    def _write(self, n: int, half: str) -> dict[str, Any]:
        return {
            "id": f"r{n}",
            "sourceEntityId": "hub",
            "destinationEntityId": f"e{n}",
            "relationshipType": "feeds",
            "relationshipName": f"{self.turn} {half}",
        }

    @property
    def counts(self) -> dict[str, int]:
        """What its items must have become."""
        created = self.names if self.turn == 0 else 0
        updated = 2 * self.names - created
        return {"total": 2 * self.names + 1, "created": created, "updated": updated, "unchanged": 0, "failed": 1}


@dataclass
class Client:
    """Talks to one address, whoever answers there by then."""

    http: httpx2.AsyncClient

    async def insist(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """The first answer that is one: what breaks off, and what the service can't do now, is sent again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await self.http.request(method, path, **how)
            except httpx2.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if answer.status_code < 500:
                return answer
            demand(answer.status_code == 503, "nothing but 'not now' is answered in trouble", answer.status_code, path)
            await asyncio.sleep(PAUSE_SECONDS)
        raise Broken(f"no answer to {method} {path} for {PATIENCE_SECONDS} s")

    async def send(self, upload: Upload) -> None:
        """Until it is accepted; then the same again, and the same key with another body."""
        for _ in range(2):
            answer = await self._post(upload, upload.items)
            demand(answer.status_code == 202, "an upload is accepted", answer.status_code, answer.text)
            request = answer.json()["message"].split()[1]
            demand(upload.request in ("", request), "a repeat gets the same request", upload.request, request)
            upload.request = request
        other = await self._post(upload, upload.items[1:])
        demand(
            (other.status_code, other.json()["errorInfo"][0]["code"]) == (400, "OperationIdReused"),
            "the same key with another body is refused",
            other.status_code,
            other.text,
        )

    async def _post(self, upload: Upload, items: list[dict[str, Any]]) -> httpx2.Response:
        headers = {"ercollectionid": upload.space, "Operation-Id": upload.key, "async": "true"}
        return await self.insist("POST", "/apollo/er/relationships", json=items, headers=headers)

    async def follow(self, upload: Upload) -> None:
        """Until it is final; what is told never goes back."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while upload.status.get("state") not in FINAL:
            answer = await self.insist("GET", f"/relationships/erstatus?RequestId={upload.request}")
            demand(answer.status_code == 200, "an accepted request is known", answer.status_code, answer.text)
            status = answer.json()
            demand(goes_on(upload.status, status), "progress never goes back", upload.status, status)
            upload.status = status
            demand(time.monotonic() < deadline, "every 202 reaches a final state", status)
            await asyncio.sleep(PAUSE_SECONDS)


def goes_on(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a status may follow another."""
    if not before:
        return True
    history = len(before["stateHistory"])
    grown = all(
        after["counts"][name] >= before["counts"][name] for name in ("created", "updated", "unchanged", "failed")
    )
    return (
        grown
        and STATES.index(after["state"]) >= STATES.index(before["state"])
        and after["stateHistory"][:history] == before["stateHistory"]
        and after["retryCount"] >= before["retryCount"]
    )


async def upload_all(client: Client, spaces: int, turns: int, names: int) -> list[Upload]:
    """So many new spaces at once; in each, so many uploads one after the other, followed to their ends."""

    async def fill(space: str) -> list[Upload]:
        uploads = [Upload(space, turn, names) for turn in range(turns)]
        following = []
        for upload in uploads:
            await client.send(upload)
            following.append(asyncio.create_task(client.follow(upload)))
        await asyncio.gather(*following)
        return uploads

    filled = await asyncio.gather(*(fill(str(uuid.uuid4())) for _ in range(spaces)))
    return [upload for uploads in filled for upload in uploads]
