"""The references of a space (sas 10), lines 46, 58 and 61 to 67 of the checklist."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2

from app.core.identity import space_name
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import AUTODESK
from tests.sas.client import COLLECTION, Client, F, R, check_error, edge, new_uri
from tests.store.arrange import strike_out_of_graph

REFERENCE = "application/vnd.sas.relationship.reference+json"
PATCH = "application/json-patch+json"
UNKNOWN = "00000000-0000-4000-8000-00000000beef"


async def refer(client: Client, uri: str, type: str | None = REFERENCE, **details: object):
    return await client.call("POST", F, {"resourceUri": uri, **details}, Content_Type=type)


async def make(client: Client, uri: str, **details: object):
    answer = await refer(client, uri, **details)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def bulk(client: Client, *items: object, query: str = "", **headers: str):
    return await client.call("POST", F + query, {"items": items}, Content_Type=COLLECTION, **headers)


async def uris(client: Client, query: str) -> list[str]:
    answer = await client.get(F + query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] >= len(answer.json()["items"])
    return sorted(item["resourceUri"] for item in answer.json()["items"])


async def relate_foreign(client: Client) -> None:
    """A relationship that the Autodesk format wrote."""
    ends = [Mention(Entity("building", "room", "r 1")), Mention(Entity("building", "asset", "a/1"))]
    origin = Origin(by=Author(user="somebody"), principal="sub:user:developer")
    recording = Recording(policy=AUTODESK, items=[Proposal(None, "related", *ends)], origin=origin)
    await client.service.store.write(client.space, recording, founder="sub:user:developer")


async def test_61_a_uri_has_one_reference(service):
    client = Client(service)
    answer = await refer(
        client, "/harbor/grid", name="Grid", contentType="network", source="s", analysisTimeStamp="2026-05-01"
    )
    made = answer.json()
    assert (answer.status_code, made["name"], made["source"]) == (201, "Grid", "s")
    assert made["analysisTimeStamp"] == "2026-05-01T00:00:00.000000Z"
    assert answer.headers["location"] == f"{F}/{made['id']}"
    assert answer.headers["etag"]
    assert answer.headers["last-modified"]
    assert [link["rel"] for link in made["links"]] == ["self", "up", "update", "delete", "getRelationships"]
    error = check_error(await refer(client, "/harbor/grid"), 409, 10603)
    assert error["details"][:2] == [
        'The resource URI "/harbor/grid" already has a reference.',
        f"reference: {made['id']}",
    ]
    await client.create("/a", "/b")
    check_error(await refer(client, "/a"), 409, 10603)
    check_error(await refer(client, "/c", name=1), 400, 10601)
    check_error(await client.call("POST", F, {"name": "x"}, Content_Type=REFERENCE), 400, 10601)
    check_error(await client.call("POST", F, {"name": "x"}, Content_Type="application/json"), 400, 10601)
    check_error(await refer(client, "/c", "application/vnd.sas.relationship+json"), 415, 10619)


async def test_62_bulk_creates_returns_and_overwrites(service):
    client = Client(service)
    made = await make(client, "/a", name="A")
    answer = await bulk(client, {"resourceUri": "/a"}, {"resourceUri": "/b"}, {"resourceUri": "/b"}, {}, 7)
    body = answer.json()
    assert answer.status_code == 200
    assert [item.get("errorCode") for item in body["items"]] == [10603, 10603, 10601, 10601, None]
    assert (body["count"], body["limit"]) == (5, 5)
    assert body["accept"] == "application/vnd.sas.relationship.reference application/vnd.sas.error"
    body = (await bulk(client, {"resourceUri": "/a", "name": "B"}, query="?onConflict=ignore")).json()
    assert body["items"][0]["name"] == "A"
    update = "?onConflict=update"
    check_error(await bulk(client, {"resourceUri": "/new"}, {"resourceUri": "/a"}, query=update), 428, 10617)
    assert await uris(client, "") == ["/a", "/b"]
    now = format_datetime(datetime.now(UTC), usegmt=True)
    past = "Sun, 06 Nov 1994 08:49:37 GMT"
    body = (await bulk(client, {"resourceUri": "/a", "name": "B"}, query=update, If_Unmodified_Since=past)).json()
    assert body["items"][0]["errorCode"] == 10616
    body = (await bulk(client, {"resourceUri": "/a", "name": "B"}, query=update, If_Unmodified_Since=now)).json()
    assert (body["items"][0]["id"], body["items"][0]["name"]) == (made["id"], "B")
    body = (
        await bulk(
            client,
            {"id": made["id"], "contentType": "c"},
            {"id": UNKNOWN},
            {"id": "x"},
            {"id": made["id"], "resourceUri": "/b"},
        )
    ).json()
    assert [item.get("errorCode") for item in body["items"]] == [10602, 10602, 10604, None]
    assert (body["items"][3]["contentType"], "name" in body["items"][3]) == ("c", False)


async def test_63_a_text_chooses_references(service):
    client = Client(service)
    for name in ("m1", "m2"):
        await make(client, f"/{name}", name=name, contentType="motor")
    await make(client, "/c", contentType="crane")
    reader = Client(service, "relationships.read", client.space)
    answer = await reader.call("POST", F, b'eq(contentType, "motor")', Content_Type="text/plain")
    assert sorted(item["name"] for item in answer.json()["items"]) == ["m1", "m2"]
    links = (await reader.call("POST", F + "?limit=1", b"eq(contentType,motor)", Content_Type="text/plain")).json()
    following = (await client.get(next(link["href"] for link in links["links"] if link["rel"] == "next"))).json()
    assert following["count"] == 2
    assert following["items"] != links["items"]
    query = "?" + str(httpx2.QueryParams({"filter": "eq(name,'m1')"}))
    answer = await reader.call("POST", F + query, b"eq(contentType,motor)", Content_Type="text/plain")
    assert [item["name"] for item in answer.json()["items"]] == ["m1"]
    answer = await reader.call("POST", F, "eq(name,'m2')", Content_Type="application/json")
    assert answer.json()["count"] == 1
    assert (await reader.call("POST", F, b"", Content_Type="text/plain")).json()["count"] == 3
    for text, code in ((b"like(a,b)", 5024), (b"eq(a)", 5025), (b"eq(a", 5026), (b"\xff", 10600), (b"\0", 10600)):
        check_error(await reader.call("POST", F, text, Content_Type="text/plain"), 400, code)
    check_error(await reader.call("POST", F, b"x" * 65_537, Content_Type="text/plain"), 413, 10618)
    assert await uris(client, "?contentType=crane") == ["/c"]
    assert await uris(client, "?resourceUri=/c&referenceId=x") == ["/c"]
    items = (await client.get(F + "?sortBy=name:descending&limit=2&start=1")).json()["items"]
    assert [item["name"] for item in items] == ["m2", "m1"]


async def test_64_a_put_replaces_the_details_under_a_condition(service):
    client = Client(service)
    made = await make(client, "/a", name="A", source="s")
    href = f"{F}/{made['id']}"
    answer = await client.get(href)
    assert answer.json() == made
    headers = {"If_Match": answer.headers["etag"], "Content_Type": answer.headers["content-type"]}
    changed = await client.call("PUT", href, {**made, "name": "B", "source": None}, **headers)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json().get("source")) == ("B", None)
    assert changed.headers["etag"] != answer.headers["etag"]
    check_error(await client.call("PUT", href, made, **headers), 412, 10616)
    check_error(await client.call("PUT", href, {"resourceUri": "/other"}), 400, 10604)
    check_error(await client.call("PUT", href, {"id": UNKNOWN}), 400, 10613)
    check_error(await client.call("PUT", f"{F}/{UNKNOWN}", {}), 404, 10602)
    same = await client.call("PUT", href, changed.json())
    assert same.headers["etag"] == changed.headers["etag"]
    assert (await client.get(href, If_None_Match=same.headers["etag"])).status_code == 304


async def test_65_a_reference_in_use_stays(service):
    client = Client(service)
    made_edge = await client.create("/a", "/b")
    href = f"{F}/{made_edge['referenceId']}"
    check_error(await client.call("DELETE", href), 409, 10605)
    await client.call("DELETE", f"{R}/{made_edge['id']}")
    assert (await client.get(href)).status_code == 200
    assert (await client.call("DELETE", href, {}, Content_Type="x/y")).status_code == 204
    check_error(await client.call("DELETE", href), 404, 10602)
    check_error(await client.get(href), 404, 10602)
    assert (await client.get(F)).json()["count"] == 1
    again = await make(client, "/a", name="new")
    assert (again["id"], again["name"]) == (made_edge["referenceId"], "new")
    assert (await client.get(F)).json()["count"] == 2


async def test_a_deletion_and_a_relationship_at_once_never_leave_a_deleted_end(service):
    client = Client(service)
    for _ in range(5):
        uri = new_uri()
        made = await make(client, uri)
        related = client.post(edge(uri, new_uri()))
        deleted, related = await asyncio.gather(client.call("DELETE", f"{F}/{made['id']}"), related)
        assert related.status_code == 201
        assert deleted.status_code in (204, 409)
        assert (await client.get(f"{F}/{made['id']}")).status_code == 200


async def test_a_bulk_delete_of_references_is_all_or_nothing(service):
    client = Client(service)
    made = [await make(client, f"/{n}") for n in range(2)]
    made_edge = await client.create("/a", "/b")

    async def patch(*ids: str):
        body = [{"op": "remove", "path": f"/{id}"} for id in ids]
        return await client.call("PATCH", F, body, Content_Type=PATCH)

    check_error(await patch(made[0]["id"], made_edge["referenceId"], UNKNOWN), 409, 10605)
    check_error(await patch(made[0]["id"], UNKNOWN, made_edge["referenceId"]), 404, 10602)
    assert (await client.get(F)).json()["count"] == 4
    assert (await patch(made[0]["id"], made[1]["id"], made[0]["id"])).status_code == 204
    assert await uris(client, "") == ["/a", "/b"]
    posted = await client.call(
        "POST", F + "?_method=PATCH", [{"op": "remove", "path": f"/{UNKNOWN}"}], Content_Type="application/json"
    )
    check_error(posted, 404, 10602)


async def test_59_60_66_foreign_references_are_shown_and_read_only(service):
    client = Client(service)
    await relate_foreign(client)
    foreign = "/tercet/entities/building/room/r%201"
    (item,) = (await client.get(R)).json()["items"]
    assert (item["resourceUri"], item["type"]) == (foreign, "related")
    assert item["relatedResourceUri"] == "/tercet/entities/building/asset/a%2F1"
    for direction in ("to", "from", "both"):
        found = (await client.get(f"{R}?{httpx2.QueryParams({'resourceUri': foreign, 'direction': direction})}")).json()
        assert [one["id"] for one in found["items"]] == [item["id"]]
    reference = (await client.get(f"{F}/{item['referenceId']}")).json()
    assert (reference["contentType"], reference["source"]) == ("room", "building")
    link = next(link for link in reference["links"] if link["rel"] == "getRelationships")
    assert link["href"] == f"{R}?referenceId={item['referenceId']}"
    assert (await client.get(link["href"])).json()["count"] == 1
    href = f"{F}/{item['referenceId']}"
    check_error(await client.call("PUT", href, {"name": "x"}), 409, 10607)
    check_error(await client.call("DELETE", href), 409, 10607)
    check_error(await client.call("PUT", f"{R}/{item['id']}", {"type": "Contains"}), 400, 10612)
    assert (await client.call("DELETE", f"{R}/{item['id']}")).status_code == 204


async def test_67_sources_are_distinct_bare_strings(service):
    client = Client(service)
    await relate_foreign(client)
    for n in range(3):
        await make(client, f"/{n}", source=f"survey-{n % 2}")
    await make(client, "/none", source="")
    answer = await client.get(f"{F}/referenceSources")
    body = answer.json()
    assert body["items"] == ["building", "survey-0", "survey-1"]
    assert (body["accept"], body["count"]) == ("application/json", 3)
    assert body["links"][0]["href"] == f"{F}/referenceSources?start=0&limit=10&sortBy=name"
    query = "filter=startsWith(name,survey)&sortBy=name:descending&limit=1"
    body = (await client.get(f"{F}/referenceSources?{query}")).json()
    assert (body["items"], body["count"]) == (["survey-1"], 2)


async def test_46_a_refused_relationship_makes_no_reference(service):
    client = Client(service)
    await client.bulk({"resourceUri": "/p", "type": "Likes", "relatedResourceUri": "/q"})
    assert await uris(client, "") == []


async def test_58_references_outlive_their_relationships(service):
    client = Client(service)
    made = await client.create("/a", "/b", relatedReference={"name": "B"})
    await client.call("DELETE", f"{R}/{made['id']}")
    assert (await client.get(f"{F}/{made['relatedReferenceId']}")).json()["name"] == "B"


async def test_63_a_reference_is_found_by_its_uri_without_reading_the_others(service):
    client = Client(service)
    await relate_foreign(client)
    for uri in ("/a", "/b", "/c"):
        await make(client, uri, source="s")
    assert await uris(client, "?resourceUri=/a&resourceUri=/b&resourceUri=/nobody") == ["/a", "/b"]
    assert await uris(client, "?filter=and(eq(resourceUri,/a),eq(source,s))") == ["/a"]
    assert await uris(client, "?filter=and(eq(resourceUri,/a),eq(source,t))") == []
    foreign = "/tercet/entities/building/room/r%25201"
    assert await uris(client, f"?resourceUri={foreign}") == ["/tercet/entities/building/room/r%201"]
    (found,) = (await client.get(f"{F}?resourceUri=/a")).json()["items"]
    for query in (f"?id={found['id']}", f"?id={found['id']}&resourceUri=/a"):
        assert await uris(client, query) == ["/a"]
    assert await uris(client, f"?id={found['id']}&resourceUri=/b") == []
    assert await uris(client, f"?filter=or(eq(id,{found['id']}),eq(source,building))&limit=9") == sorted(
        ["/a", foreign.replace("%25", "%"), "/tercet/entities/building/asset/a%2F1"]
    )
    await client.call("DELETE", f"{F}/{found['id']}")
    assert await uris(client, "?resourceUri=/a") == []


async def test_65_a_deleted_entity_that_is_still_an_end_is_listed_and_counted(service, graph):
    client = Client(service)
    made = await client.create("/a", "/b")
    key = space_name(client.space).record_key(made["referenceId"])
    await strike_out_of_graph(graph, client.space, key, 1)
    body = (await client.get(F)).json()
    assert (body["count"], len(body["items"])) == (2, 2)
    assert (await client.get(f"{F}?limit=0")).json()["count"] == 2
    assert (await client.call("DELETE", f"{R}/{made['id']}")).status_code == 204
    body = (await client.get(F)).json()
    assert (body["count"], [item["resourceUri"] for item in body["items"]]) == (1, ["/b"])
