"""The reads that a bench asks for, in the words of each format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from app.bench import send
from app.core.identity import space_name
from app.core.model import Entity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.bench.lines import Lines

BY_ID: Final = "GET by id"
LIST: Final = "SAS list of 10"
SEARCH: Final = "Autodesk search around one"
SYNC: Final = "Autodesk :sync of 1,000"
AROUND: Final = "neighbourhood, 2 steps"
READS: Final = (BY_ID, LIST, SEARCH, SYNC, AROUND)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read: a space, one of its Apollo relationships, an entity of few links and one of more than a page."""

    client: Lines
    space: str
    stored: str
    near: Entity
    hub: Entity

    def list_reads(self) -> dict[str, Callable[[], Awaitable[float]]]:
        """Each read by its name; it answers the seconds it took."""
        around, container = space_name(self.space).entity_id(self.near), f"{send.AUTODESK}/{self.space}"
        search = urlencode(self.hub._asdict())
        graph = f"/graph/v1/spaces/{self.space}/neighbourhood?from={around}&steps=2"
        sas = {"x-tercet-space": self.space}
        return {
            BY_ID: lambda: send.get(self.client, f"{container}/relationships/{self.stored}"),
            LIST: lambda: send.get(self.client, "/relationships/relationships?limit=10", sas),
            SEARCH: lambda: send.get(self.client, f"{container}/relationships:search?{search}"),
            SYNC: lambda: send.sync(self.client, self.space, self.near.domain),
            AROUND: lambda: send.get(self.client, graph),
        }
