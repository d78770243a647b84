"""A client that only ever syncs with its last token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.autodesk.speak import post, walk

DOMAIN = {"domains": ["d"]}


async def sync(
    service: Any, space: str, token: str | None = None, filters: Mapping[str, Any] = DOMAIN
) -> dict[str, Any]:
    """One answer, in the shape that every answer has."""
    answer = await post(service, space, "sync", {"filters": filters} if token is None else {"syncToken": token})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert list(body) == ["current", "deleted", "moreData", "overwrite", "nextSyncToken"]
    assert list(body["current"]) == list(body["deleted"]) == ["data"]
    assert re.fullmatch("[A-Za-z0-9_-]+", body["nextSyncToken"])
    assert all(not row["isDeleted"] for row in body["current"]["data"])
    assert all(row["isDeleted"] and row["deletedOn"] for row in body["deleted"]["data"])
    return body


def told(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Ids of live and of deleted rows."""
    return [row["id"] for row in body["current"]["data"]], [row["id"] for row in body["deleted"]["data"]]


@dataclass
class Mirror:
    """Holds what it was told of. ``overwritten``: how often it had to begin anew."""

    service: Any
    space: str
    token: str | None = None
    rows: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    overwritten: int = 0

    async def catch_up(self) -> None:
        """Syncs until there is no more."""
        while True:
            body = await sync(self.service, self.space, self.token)
            assert not body["moreData"] or body["nextSyncToken"] != self.token
            self.apply(body)
            if not body["moreData"]:
                break

    def apply(self, body: Mapping[str, Any]) -> None:
        """Does what an answer says."""
        if body["overwrite"]:
            self.rows.clear()
            self.overwritten += 1
        live, deleted = told(body)
        assert not set(live) & set(deleted)
        self.told += live + deleted
        self.rows |= {row["id"]: row for row in body["current"]["data"]}
        for id in deleted:
            self.rows.pop(id, None)
        self.token = body["nextSyncToken"]


async def list_live(service: Any, space: str, query: str = "") -> list[str]:
    """The ids of a full search."""
    return sorted(id for page in await walk(service, space, query) for id in page)


async def foresee(service: Any, space: str, token: str | None) -> tuple[bool, bool]:
    """What ``:syncStatus`` says of one token: more data, overwrite."""
    [result] = (await post(service, space, "syncStatus", [{"syncToken": token}])).json()["results"]
    return result["moreData"], result["overwrite"]
