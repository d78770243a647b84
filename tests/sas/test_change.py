"""PUT, DELETE and PATCH on relationships and their conditions (sas 8, 9.6, 9.7), lines 50 to 59 of the checklist."""

from __future__ import annotations

import asyncio
import json

from tests.sas.client import COLLECTION, Client, R, check_error, new_uri

PATCH = "application/json-patch+json"


def removal(*ids: str) -> list[dict[str, str]]:
    return [{"op": "remove", "path": f"/{id}"} for id in ids]


async def test_50_a_bulk_delete_frees_the_pairs(service):
    client = Client(service)
    made = [await client.create("/a", "/b"), await client.create("/b", "/a")]
    answer = await client.call(
        "PATCH", R, removal(made[0]["id"], made[1]["id"].upper(), made[0]["id"]), Content_Type=PATCH
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-consistency-token"]
    for one in made:
        check_error(await client.get(f"{R}/{one['id']}"), 404, 10611)
    assert (await client.create("/a", "/b"))["id"] != made[0]["id"]


async def test_51_a_bulk_delete_is_all_or_nothing(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    unknown = "00000000-0000-4000-8000-00000000beef"
    answer = await client.call("PATCH", R, removal(made["id"], unknown, "nonsense"), Content_Type=PATCH)
    error = check_error(answer, 404, 10611)
    assert error["details"][0] == f"There is no relationship {unknown}, nonsense."
    assert (await client.read(made["id"]))["id"] == made["id"]


async def test_52_other_patches_are_refused_and_post_may_stand_for_patch(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    path = f"/{made['id']}"
    for body in (
        [{"op": "replace", "path": path}],
        [{"op": "remove"}],
        [{"op": "remove", "path": made["id"]}],
        [{"op": "remove", "path": path + "/x"}],
        [1],
    ):
        check_error(await client.call("PATCH", R, body, Content_Type=PATCH), 400, 10606)
    check_error(await client.call("PATCH", R, {"op": "remove", "path": path}, Content_Type=PATCH), 400, 10600)
    check_error(await client.call("PATCH", R, [], Content_Type="text/plain"), 415, 10619)
    check_error(await client.post([], "application/json", "?_method=DELETE"), 400, 10620)
    check_error(await client.post(removal("x") * 10_001, "application/json", "?_method=PATCH"), 413, 10618)
    assert (await client.call("PATCH", R, [], Content_Type=None)).status_code == 204
    answer = await client.post(removal(made["id"]), "application/json", "?_method=patch")
    assert answer.status_code == 204, answer.text


async def test_53_a_relationship_is_read_with_its_tag(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    answer = await client.get(f"{R}/{made['id']}")
    head = await client.call("HEAD", f"{R}/{made['id']}")
    assert head.content == b""
    for name in ("etag", "last-modified", "content-type"):
        assert head.headers[name] == answer.headers[name]
    assert (await client.get(f"{R}/{made['id']}", If_None_Match=answer.headers["etag"])).status_code == 304
    check_error(await client.get(f"{R}/not-a-uuid"), 404, 10611)


async def test_54_a_tag_is_good_for_one_change(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    href = f"{R}/{made['id']}"
    answer = await client.get(href)
    headers = {"If_Match": answer.headers["etag"], "Content_Type": answer.headers["content-type"]}
    changed = await client.call("PUT", href, {**answer.json(), "type": "Associated"}, **headers)
    assert (changed.status_code, changed.json()["type"]) == (200, "Associated"), changed.text
    assert changed.headers["etag"] != answer.headers["etag"]
    check_error(await client.call("PUT", href, {**answer.json(), "type": "Parent"}, **headers), 412, 10616)
    assert (await client.read(made["id"]))["type"] == "Associated"


async def test_of_two_clients_that_read_and_put_one_wins(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    href = f"{R}/{made['id']}"
    tag = (await client.get(href)).headers["etag"]
    answers = await asyncio.gather(
        *(client.call("PUT", href, {"type": type}, If_Match=tag) for type in ("Parent", "Derived"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_55_56_a_put_needs_no_condition_and_changes_the_type_only(service):
    client = Client(service)
    made = await client.create("/a", "/b", source="survey")
    href = f"{R}/{made['id']}"
    assert (await client.call("PUT", href, {"type": "Parent"})).status_code == 200
    answer = await client.call("PUT", href, {"type": "Derived", "resourceUri": "/a"}, If_Match="*")
    assert (answer.status_code, answer.json()["source"]) == (200, "survey")
    refused = {
        10613: [{"type": "Parent", "id": "00000000-0000-4000-8000-00000000beef"}],
        10612: [
            {"type": "Parent", "resourceUri": "/x"},
            {"type": "Parent", "relatedReferenceId": made["referenceId"]},
            {"type": "Parent", "referenceId": "nonsense"},
            {"type": "Parent", "source": "else"},
        ],
        10601: [{}, {"type": 1}],
        10614: [{"type": "Likes"}],
    }
    for code, bodies in refused.items():
        for body in bodies:
            check_error(await client.call("PUT", href, body), 400, code)
    same = await client.call("PUT", href, answer.json())
    assert (same.status_code, same.headers["etag"]) == (200, answer.headers["etag"])
    check_error(await client.call("PUT", href, b"{", Content_Type=None), 400, 10600)
    check_error(await client.call("PUT", href, {}, Content_Type="text/plain"), 415, 10619)
    check_error(await client.call("PUT", f"{R}/00000000-0000-4000-8000-00000000beef", {}), 404, 10611)


async def test_57_the_stronger_condition_counts(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    href = f"{R}/{made['id']}"
    past = "Sun, 06 Nov 1994 08:49:37 GMT"
    check_error(await client.call("PUT", href, {"type": "Parent"}, If_Unmodified_Since=past), 412, 10616)
    check_error(await client.call("DELETE", href, If_Unmodified_Since=past), 412, 10616)
    tag = (await client.get(href)).headers["etag"]
    answer = await client.call("PUT", href, {"type": "Parent"}, If_Unmodified_Since=past, If_Match=tag)
    assert answer.status_code == 200
    check_error(await client.call("DELETE", href, If_Match=tag), 412, 10616)
    assert (await client.call("DELETE", href, If_Unmodified_Since="nonsense")).status_code == 204


async def test_58_a_deleted_relationship_is_gone_and_its_references_stay(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    href = f"{R}/{made['id']}"
    answer = await client.call("DELETE", href, {}, Content_Type="text/csv")
    assert (answer.status_code, answer.content) == (204, b"")
    check_error(await client.call("DELETE", href), 404, 10611)
    check_error(await client.call("DELETE", f"{R}/nonsense"), 404, 10611)


async def test_a_change_needs_the_write_scope(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    reader = Client(service, "relationships.read", client.space)
    check_error(await reader.call("DELETE", f"{R}/{made['id']}"), 403, 10625)
    check_error(await reader.call("PUT", f"{R}/{made['id']}", {"type": "Parent"}), 403, 10625)
    check_error(await reader.call("PATCH", R, removal(made["id"])), 403, 10625)


async def query(client: Client, body: object, extra: str = "", type: str = "application/vnd.sas.relationship.query"):
    answer = await client.post(body, type, extra)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/vnd.sas.collection+json")
    return answer.json()


async def test_05_47_a_query_finds_what_points_at_its_subjects(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    await client.create("/b", "/c")
    reader = Client(service, "relationships.read", client.space)
    for body in (
        {"resourceURI": ["/b"], "direction": "from"},
        {"resourceUri": "/b", "direction": "from"},
        {"resourceURI": [], "resourceUri": "/b", "direction": "from"},
        {"referenceId": made["relatedReferenceId"], "direction": "from"},
    ):
        assert [item["id"] for item in (await query(reader, body))["items"]] == [made["id"]]
    found = await query(reader, {"resourceUri": ["/b"]}, "?direction=from&limit=5", "application/json")
    assert [item["id"] for item in found["items"]] == [made["id"]]
    for body, code in (({"resourceURI": 1}, 10601), ({"depth": 51}, 10630), ({"depth": "2"}, 10601)):
        check_error(await client.post(body, "application/vnd.sas.relationship.query"), 400, code, remedy=code == 10630)
    check_error(await client.post({"direction": "sideways"}, "application/vnd.sas.relationship.query"), 400, 10620)


async def test_48_an_empty_set_of_subjects_is_not_the_whole_space(service):
    client = Client(service)
    await client.create("/a", "/b")
    for subjects in ([], "", [""]):
        body = await query(client, {"resourceURI": subjects})
        assert (body["items"], body["count"]) == ([], 0)
        assert body["links"][0]["method"] == "POST"
    assert (await query(client, {}))["count"] == 1


async def test_49_following_next_of_a_query_meets_everything_once(service):
    client = Client(service)
    await client.bulk(*({"resourceUri": "/hub", "type": "Parent", "relatedResourceUri": f"/x/{n}"} for n in range(25)))
    body = await query(client, {"resourceURI": ["/hub", "/x/3"], "direction": "both", "depth": 2}, "?limit=10")
    seen = [item["id"] for item in body["items"]]
    while links := [link for link in body["links"] if link["rel"] == "next"]:
        assert links[0]["method"] == "GET"
        body = (await client.get(links[0]["href"])).json()
        seen += [item["id"] for item in body["items"]]
    assert len(seen) == len(set(seen)) == 25
    many = {"resourceURI": ["/hub", *(new_uri("w" * 100) for _ in range(100))]}
    link = next(link for link in (await query(client, many))["links"] if link["rel"] == "next")
    assert (link["method"], link["href"]) == ("POST", f"{R}?start=10&limit=10&sortBy=id")
    assert link["type"] == "application/vnd.sas.relationship.query"


async def test_01_02_68_69_the_service_says_what_it_is_and_offers(service):
    client = Client(service)
    meta = await client.get("/relationships/apiMeta")
    assert (meta.status_code, meta.json()["serviceId"]) == (200, "relationships")
    assert meta.json()["build"]["buildVersion"]
    types = (await client.get("/relationships/types")).json()
    assert (types["count"], [item["name"] for item in types["items"]]) == (
        7,
        ["Dependent", "Contains", "Parent", "Associated", "Equivalent", "Synonymous", "Derived"],
    )
    assert [link["rel"] for link in types["links"]] == ["self", "collection", "up"]
    assert types["links"][0]["href"] == "/relationships/types?start=0&limit=10"
    one = await client.get("/relationships/types/Dependent", Accept_Language="de")
    assert (one.json()["label"], one.json()["partnerLabel"]) == ("Is dependent on", "Impacts")
    assert one.headers["content-language"] == "en"
    check_error(await client.get("/relationships/types/dependent"), 404, 10608)
    refused = await client.call("POST", "/relationships/types")
    check_error(refused, 405, 10623)
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    check_error(await client.get("/relationships/nope"), 404, 10622)
    undirected = (await client.get("/relationships/types?filter=eq(directional,false)&sortBy=name:descending")).json()
    assert [item["name"] for item in undirected["items"]] == ["Synonymous", "Equivalent", "Associated"]
    check_error(await client.get("/relationships/types?filter=eq(directional,maybe)"), 400, 5025)


async def test_a_bulk_body_without_the_query_type_is_still_bulk(service):
    client = Client(service)
    answer = await client.post({"items": [], "resourceURI": []}, COLLECTION)
    assert json.loads(answer.content)["count"] == 0
