"""The tour: load the building, link some of its parts in the other formats, read each through another, ask a question."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2

from app.core.identity import space_name
from app.core.model import Entity
from app.demo import building

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    Body = list[Any] | dict[str, Any]

# One space for all three formats: an Autodesk container needs a UUID for a name.
SPACE = "0b3f6c1e-5d0a-4b7e-9a55-eb03b0de0001"
PATIENCE_SECONDS = 120
AHU = "EBU3B_AHU_1"
FLOOR = "EBU3B_Basement"
ASSET = {"domain": "autodesk-bim360-asset", "type": "asset", "id": "air-handler-1"}
PHOTO = {"domain": "autodesk-construction-photo", "type": "photo", "id": "ph-0091"}


class DemoFailed(RuntimeError):
    """The service answered something that the tour did not expect."""


class Visitor:
    """A client of the running service with a token of the development issuer."""

    def __init__(self, base: str, token: str, console: Console) -> None:
        self.base = base
        self.console = console
        self.client = httpx2.AsyncClient(
            base_url=base, timeout=60, headers={"Authorization": f"Bearer {token}", "X-Tercet-Space": SPACE}
        )

    async def send(
        self, method: str, path: str, expected: int, body: Body | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, float]:
        """The answer's JSON and the milliseconds it took. Raises DemoFailed unless the status is the expected one."""
        started = time.perf_counter()
        answer = await self.client.request(method, path, json=body, headers=headers)
        elapsed = (time.perf_counter() - started) * 1000
        if answer.status_code != expected:
            raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json(), elapsed

    def tell(self, text: str) -> None:
        """One line of the tour."""
        self.console.print(text, highlight=False, soft_wrap=True)


async def show(base: str, mint: Callable[..., str], console: Console, *, stays: bool) -> None:
    """Takes the tour and prints it; ``stays``: ends with what a visitor can paste."""
    visitor = Visitor(base, mint(), console)
    try:
        await _load(visitor)
        await _relate_with_autodesk(visitor)
        await _relate_with_sas(visitor)
        await _ask(visitor)
    finally:
        await visitor.client.aclose()
    if stays:
        _invite(visitor, mint(minutes=24 * 60))
    else:
        visitor.tell(f"[bold]5. The explorer[/bold] shows a floor with what feeds it: {link(base)}")


def link(base: str, token: str = "") -> str:
    """Where the explorer shows a floor of the building, its zones and the units that feed them, without their points.

    A ``token`` stands in the fragment: browsers send that to nobody.
    """
    floor = space_name(SPACE).entity_id(Entity("apollo", "entity", FLOOR))
    view = f"space={SPACE}&around={floor}~3~in&without=Brick__isPointOf&pick={floor}"
    return f"{base}/explorer#{view}" + (f"&token={token}" if token else "")


async def _load(visitor: Visitor) -> None:
    """The building through the Apollo format: two asynchronous requests, each with its status until it is done."""
    entities, relationships = building.read("entities"), building.read("relationships")
    visitor.tell(f"[bold]1. Building EBU3B[/bold]: {len(entities):,} entities, {len(relationships):,} relationships")
    await _upload(visitor, "entities", entities)
    await _upload(visitor, "relationships", relationships)


async def _upload(visitor: Visitor, kind: str, items: list[dict[str, Any]]) -> None:
    started = time.perf_counter()
    headers = {"ercollectionid": SPACE}
    answer = await visitor.client.post(f"/apollo/er/{kind}", json=items, headers=headers)
    if answer.status_code != 202:
        raise DemoFailed(f"the upload answered {answer.status_code}: {answer.text[:500]}")
    accepted_ms = (time.perf_counter() - started) * 1000
    path = answer.headers["location"].removeprefix(visitor.base)
    while True:
        status, _ = await visitor.send("GET", path, 200, headers={**headers, "Prefer": "wait=10"})
        state = status.get("data", status)
        if state["state"] in ("Completed", "Failed", "Canceled"):
            break
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise DemoFailed(f"the upload is still {state['state']}")
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - started
    counts = state["counts"]
    if state["outcome"] != "Succeeded":
        raise DemoFailed(f"the upload ended {state['outcome']}: {counts}")
    visitor.tell(
        f"   POST /apollo/er/{kind}  202 after {accepted_ms:,.0f} ms, done after {seconds:.2f} s "
        f"({len(items) / seconds:,.0f} a second): {counts['created']:,} created, {counts['unchanged']:,} unchanged"
    )


async def _relate_with_autodesk(visitor: Visitor) -> None:
    """Two links of the air handling unit in the Autodesk format, one of which conflicts; read back as SAS sees it."""
    path = f"/bim360/relationship/v2/containers/{SPACE}/relationships"
    unit = {"domain": "apollo", "type": "entity", "id": AHU}
    first = [{"entities": [unit, ASSET]}, {"entities": [unit, PHOTO]}]
    stored, elapsed = await visitor.send("PUT", path, 200, first)
    visitor.tell(f"[bold]2. Autodesk[/bold]: PUT relates {AHU} to an asset and a photo: {elapsed:.0f} ms")
    proposed = [{"id": "5f1d7a52-3f4e-4a0e-9d0a-7a1c2b3d4e5f", "entities": [ASSET, unit]}]
    answer, elapsed = await visitor.send("PUT", path, 409, proposed)
    actual = answer["conflict"][0]["actual"]["id"]
    visitor.tell(f"   the same pair again under another id conflicts with {actual}: {elapsed:.0f} ms")
    seen, elapsed = await visitor.send("GET", f"/relationships/relationships/{stored[0]['id']}", 200)
    visitor.tell(f"   read as SAS: {seen['resourceUri']} → {seen['relatedResourceUri']}: {elapsed:.0f} ms")


async def _relate_with_sas(visitor: Visitor) -> None:
    """A report on the unit in the SAS format, in bulk with one bad item; read back as Apollo and Autodesk see it."""
    unit = f"/tercet/entities/apollo/entity/{AHU}"
    items = [
        {"resourceUri": "/reports/energy/ebu3b", "type": "Dependent", "relatedResourceUri": unit},
        {"resourceUri": "/reports/energy/ebu3b", "type": "Likes", "relatedResourceUri": unit},
    ]
    headers = {"Content-Type": "application/vnd.sas.collection+json"}
    path = "/relationships/relationships?onConflict=ignore"
    answer, elapsed = await visitor.send("POST", path, 200, {"version": 2, "items": items}, headers)
    error, made = answer["items"]
    visitor.tell(f"[bold]3. SAS[/bold]: bulk POST of 2: {elapsed:.0f} ms")
    visitor.tell(f"   stored {made['id']}; refused with {error['errorCode']}: {error['details'][0]}")
    apollo = {"ercollectionid": SPACE}
    seen, elapsed = await visitor.send("GET", f"/apollo/er/relationships/{made['id']}", 200, headers=apollo)
    item = seen["data"][0]
    visitor.tell(
        f"   read as Apollo: {item['sourceEntityId']} {item['relationshipType']} {item['destinationEntityId']}"
    )
    path = f"/bim360/relationship/v2/containers/{SPACE}/relationships/{made['id']}"
    seen, elapsed = await visitor.send("GET", path, 200)
    visitor.tell(f"   read as Autodesk: {' – '.join(end['id'] for end in seen['entities'])}: {elapsed:.0f} ms")


async def _ask(visitor: Visitor) -> None:
    """What is around the air handling unit, whichever format said so."""
    path = f"/relationships/relationships?resourceUri=/tercet/entities/apollo/entity/{AHU}&direction=both&limit=1000"
    answer, elapsed = await visitor.send("GET", path, 200)
    kinds = Counter(item["type"] for item in answer["items"])
    visitor.tell(f"[bold]4. Around {AHU}[/bold]: {answer['count']:,} relationships in {elapsed:.0f} ms")
    visitor.tell("   " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()))


def _invite(visitor: Visitor, token: str) -> None:
    base = visitor.base
    visitor.tell(f"\n[bold]Now you.[/bold] The service listens at {base}; stop it with Ctrl-C. A token for a day:\n")
    visitor.console.print(f"TOKEN={token}", highlight=False, soft_wrap=True, markup=False)
    lines = (
        f"curl -s '{base}/bim360/relationship/v2/containers/{SPACE}/relationships' -X PUT "
        "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' "
        f'-d \'[{{"entities":[{json.dumps(ASSET)},{{"domain":"mine","type":"note","id":"1"}}]}}]\'',
        f"curl -s '{base}/relationships/relationships?resourceUri=/tercet/entities/apollo/entity/{AHU}&limit=3' "
        f"-H \"Authorization: Bearer $TOKEN\" -H 'X-Tercet-Space: {SPACE}'",
        f"curl -s '{base}/apollo/er/relationships' -H \"Authorization: Bearer $TOKEN\" "
        f"-H 'ercollectionid: {SPACE}' -H 'Content-Type: application/json' "
        f'-d \'[{{"id":"mine-1","sourceEntityId":"{AHU}","destinationEntityId":"my-meter",'
        '"relationshipType":"Brick__hasPart","relationshipName":"has meter"}]\'',
    )
    for line in lines:
        visitor.console.print(f"\n{line}", highlight=False, soft_wrap=True, markup=False)
    visitor.tell("\n[bold]See it[/bold]: a floor of the building with the units that feed it, in your browser:\n")
    visitor.console.print(link(base, token), highlight=False, soft_wrap=True, markup=False)
