"""GET on the relationships: pages, links and walks (sas 6, 9.1, 9.2), lines 6 to 28 of the checklist."""

from __future__ import annotations

import re

import httpx2

from tests.sas.client import Client, R, check_error, edge, new_uri


async def ids_of(client: Client, query: str) -> list[str]:
    answer = await client.get(R + query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def make_graph(client: Client) -> dict[str, str]:
    """The graph of sas 9.2; ids by the names of its table."""
    rows = {
        "e1": ("/R", "Dependent", "/T"),
        "e2": ("/T", "Dependent", "/S"),
        "e3": ("/D", "Dependent", "/R"),
        "e4": ("/S", "Associated", "/R"),
    }
    return {
        (await client.create(resource, related, type))["id"]: name for name, (resource, type, related) in rows.items()
    }


async def test_06_the_plain_list_begins_at_0_with_10_sorted_by_id(service):
    client = Client(service)
    await client.bulk(*(edge("/hub", f"/x/{n}") for n in range(12)))
    body = (await client.get(R)).json()
    assert (body["start"], body["limit"], body["count"], len(body["items"])) == (0, 10, 12, 10)
    assert body["items"] == sorted(body["items"], key=lambda item: item["id"])
    assert body["links"][0]["href"] == f"{R}?start=0&limit=10&sortBy=id"
    assert [link["rel"] for link in body["links"]] == ["self", "collection", "up", "create", "next"]


async def test_09_a_page_past_the_end_is_empty_and_tells_the_true_count(service):
    client = Client(service)
    await client.create("/a", "/b")
    body = (await client.get(f"{R}?start=9999999")).json()
    rels = [link["rel"] for link in body["links"]]
    assert (body["items"], body["count"]) == ([], 1)
    assert "first" in rels
    assert "next" not in rels


async def test_10_a_page_of_nothing_tells_the_true_count(service):
    client = Client(service)
    await client.create("/a", "/b")
    body = (await client.get(f"{R}?limit=0")).json()
    assert (body["items"], body["count"]) == ([], 1)
    assert [link["rel"] for link in body["links"]] == ["self", "collection", "up", "create"]


async def test_11_a_page_that_is_no_number_is_refused(service):
    client = Client(service)
    for query in ("limit=-1", "start=x", "start=9223372036854775808", "limit=1.0", "start=%2B1", "limit=%D9%A1"):
        check_error(await client.get(f"{R}?{query}"), 400, 10620)


async def test_12_following_next_meets_every_relationship_once(service):
    client = Client(service)
    await client.bulk(*(edge("/hub", f"/x/{n}") for n in range(25)))
    seen, href = [], f"{R}?resourceUri=/hub"
    while href:
        body = (await client.get(href)).json()
        seen += [item["id"] for item in body["items"]]
        href = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
        if href:
            assert re.search(r"\?start=\d+&limit=\d+&sortBy=id", href)
            assert "resourceUri=%2Fhub" in href
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen)


async def test_13_of_a_repeated_parameter_the_first_counts(service):
    assert (await Client(service).get(f"{R}?start=20&start=0")).json()["start"] == 20


async def test_22_23_24_a_walk_finds_what_the_table_says(service):
    client = Client(service)
    names = await make_graph(client)
    table = {
        "to": ("e2", "e2 e4", "e1 e2 e4"),
        "from": ("e1", "e1 e3 e4", "e1 e2 e3 e4"),
        "both": ("e1 e2", "e1 e2 e3 e4", "e1 e2 e3 e4"),
    }
    for direction, cells in table.items():
        for depth, cell in enumerate(cells, 1):
            found = await ids_of(client, f"?resourceUri=/T&direction={direction}&depth={depth}")
            assert sorted(names[id] for id in found) == cell.split(), (direction, depth)
    assert [names[id] for id in await ids_of(client, "?resourceUri=/T")] == ["e2"]


async def test_25_depth_has_bounds_and_no_effect_without_subject(service):
    client = Client(service)
    await client.create("/a", "/b")
    for depth in ("51", "0", "x", "-1"):
        error = check_error(await client.get(f"{R}?resourceUri=/a&depth={depth}"), 400, 10630, remedy=True)
        assert "50" in error["details"][0]
    body = (await client.get(f"{R}?depth=50&limit=100000")).json()
    assert (len(body["items"]), body["links"][0]["href"]) == (1, f"{R}?start=0&limit=100000&sortBy=id")
    check_error(await client.get(f"{R}?direction=sideways"), 400, 10620)


async def test_26_a_walk_over_a_cycle_ends(service):
    client = Client(service)
    for pair in (("/a", "/b"), ("/b", "/c"), ("/c", "/a"), ("/a", "/a")):
        await client.create(*pair)
    for direction in ("to", "from", "both"):
        assert len(await ids_of(client, f"?resourceUri=/a&depth=50&direction={direction}")) == 4


async def test_28_an_unknown_subject_contributes_nothing(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    assert await ids_of(client, f"?resourceUri={new_uri()}") == []
    assert await ids_of(client, "?referenceId=nonsense") == []
    assert await ids_of(client, "?resourceUri=/tercet/entities/a/%25zz/c") == []
    assert await ids_of(client, f"?resourceUri[]={new_uri()}&referenceId={made['referenceId']}") == [made["id"]]


async def test_a_deleted_relationship_leaves_lists_and_walks(service):
    client = Client(service)
    made = await client.create("/a", "/b")
    await service.retire(client.space, made["id"])
    for query in ("", "?resourceUri=/a", "?resourceUri=/a&depth=2"):
        body = (await client.get(R + query)).json()
        assert (body["items"], body["count"]) == ([], 0)


async def fill(client: Client) -> None:
    """Relationships that differ in type, source and ends."""
    await client.bulk(
        edge("/h/1", "/h/2", "Contains", source="O'Hara"),
        edge("/h/1", "/h/3", "Dependent"),
        edge("/h/2", "/h/3", "Contains", source="x"),
        edge("/h/3", "/h/1", "Parent", source='say "hi", (ok)'),
    )


async def count(client: Client, filter: str, **more: str) -> int:
    query = str(httpx2.QueryParams({"filter": filter, **more}))
    answer = await client.get(f"{R}?{query}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["items"])
    return body["count"]


async def test_14_18_nulls_make_everything_but_isnull_false(service):
    client = Client(service)
    await fill(client)
    assert await count(client, 'eq(name, "x")') == 0
    assert await count(client, "") == 4
    assert await count(client, "not(eq(source,'x'))") == 3
    assert await count(client, "ne(source,'x')") == 2
    assert await count(client, "isNull(source)") == 1
    assert await count(client, "and(isNull(links.rel),isNull(name))") == 4


async def test_15_16_19_every_quoting_means_the_same_and_only_primary_folds_case(service):
    client = Client(service)
    await fill(client)
    for spelled in ("eq(type,Contains)", "eq(type,'Contains')", 'eq( type , "Contains" )', "EQ(type, Contains )"):
        assert await count(client, spelled) == 2
    assert await count(client, 'eq(resourceUri,"/h/1")') == 2
    assert await count(client, "eq(source,'O''Hara')") == 1
    assert await count(client, "eq(source,O'Hara)") == 1
    assert await count(client, "eq(source,'say \"hi\", (ok)')") == 1
    assert await count(client, 'eq(source,"say ""hi"", (ok)")') == 1
    assert await count(client, "eq($primary,type,'contains')") == 2
    assert await count(client, "eq(type,'contains')") == 0
    assert await count(client, "in(type,'Parent',Dependent)") == 2
    assert await count(client, "eq(version,1)") == 4
    assert await count(client, "gt(modifiedTimeStamp,2026-05-01)") == 4
    assert await count(client, "startsWith(creationTimeStamp,'20')") == 4


async def test_16_17_what_is_no_filter_is_refused_with_its_place(service):
    client = Client(service)
    cases = {
        "like(type,'C')": 5024,
        "gt(version,abc)": 5025,
        "eq(type)": 5025,
        "eq(type,a,b)": 5025,
        "eq(type,)": 5025,
        "eq($loud,type,x)": 5025,
        "not(eq(type,a),eq(type,b))": 5025,
        "and(type)": 5025,
        "eq(type,eq(type,a))": 5025,
        "eq(modifiedTimeStamp,yesterday)": 5025,
        "eq(source,'O'Hara')": 5026,
        "eq(type,'a'": 5026,
        "eq(type,a)b": 5026,
        "type": 5026,
        "(eq(type,a))": 5026,
        "not(" * 33 + "isNull(type)" + ")" * 33: 5026,
        "or(" + ",".join(["isNull(a)"] * 200) + ")": 5026,
        f"in(type,{','.join('a' * 1001)})": 5026,
        f"eq(type,{'a' * 8192})": 5026,
    }
    for text, code in cases.items():
        error = check_error(await client.get(f"{R}?{httpx2.QueryParams({'filter': text})}"), 400, code)
        assert re.search(r" at character \d+ of the filter\.$", error["details"][0]), error["details"]


async def test_20_basic_filters_and_filter_hold_together(service):
    client = Client(service)
    await fill(client)
    assert await count(client, "startsWith(resourceUri,'/h/1')", type="Contains") == 1
    assert await count(client, "", foo="1") == 4
    body = (await client.get(f"{R}?type=Contains&type[]=Parent&relatedResourceUri=/h/1&limit=1")).json()
    assert body["count"] == 1
    assert body["links"][0]["href"] == (
        f"{R}?start=0&limit=1&sortBy=id&relatedResourceUri=%2Fh%2F1&type=Contains&type=Parent"
    )


async def test_21_lists_come_in_the_order_that_is_asked_for(service):
    client = Client(service)
    await fill(client)
    items = (await client.get(f"{R}?sortBy=type:descending,id")).json()["items"]
    assert [item["type"] for item in items] == ["Parent", "Dependent", "Contains", "Contains"]
    assert items[2]["id"] < items[3]["id"]
    items = (await client.get(f"{R}?sortBy=source")).json()["items"]
    assert [item.get("source") for item in items] == ["O'Hara", 'say "hi", (ok)', "x", None]
    items = (await client.get(f"{R}?sortBy=source:primary:descending")).json()["items"]
    assert [item.get("source") for item in items] == [None, "x", 'say "hi", (ok)', "O'Hara"]
    href = f"{R}?sortBy=source:descending&limit=1&start=1"
    assert [item["source"] for item in (await client.get(href)).json()["items"]] == ["x"]
    cases = {
        "nope": 5030,
        "links": 5031,
        "type:sideways": 5028,
        "type:ascending:descending": 5029,
        "type,,id": 5029,
        "eq(a)": 5029,
        ",".join(["type"] * 9): 5029,
    }
    for text, code in cases.items():
        check_error(await client.get(f"{R}?sortBy={text}"), 400, code)


async def test_12_following_next_keeps_filter_and_order(service):
    client = Client(service)
    await client.bulk(*(edge(f"/x/{n % 7}", f"/y/{n}", "Contains" if n % 2 else "Parent") for n in range(50)))
    seen, href = [], f"{R}?limit=4&filter=eq(type,'Contains')&sortBy=resourceUri:descending"
    while href:
        body = (await client.get(href)).json()
        seen += [(item["resourceUri"], item["id"]) for item in body["items"]]
        href = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
        assert href is None or ("filter=eq%28type%2C%27Contains%27%29" in href and "{" not in href)
    assert len(set(seen)) == 25
    assert [uri for uri, _ in seen] == sorted((uri for uri, _ in seen), reverse=True)


async def test_07_08_a_list_ignores_bodies_and_clamps_its_limit(service):
    client = Client(service)
    await client.create("/a", "/b")
    plain = (await client.get(R)).json()
    for path in (R, f"{R}/"):
        answer = await client.call("GET", path, {}, Content_Type="text/csv")
        assert answer.json()["items"] == plain["items"]
    assert (await client.get(f"{R}?limit=250000")).json()["limit"] == 100_000
    head = await client.call("HEAD", R)
    assert (head.status_code, head.content) == (200, b"")


async def test_29_30_a_list_is_sent_as_the_caller_takes_it(service):
    client = Client(service)
    answer = await client.get(R, Accept="application/vnd.sas.collection;version=2")
    assert answer.headers["content-type"] == "application/vnd.sas.collection+json;charset=utf-8;version=2"
    answer = await client.get(R, Accept="application/json")
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    check_error(await client.get(R, Accept="text/csv"), 406, 10640)
    check_error(await client.get(R, Accept="application/vnd.sas.relationship"), 406, 10640)
    check_error(await client.get(R, Accept_Item="application/vnd.sas.summary"), 406, 10640)
    assert (await client.get(R, Accept_Item="application/vnd.sas.relationship+json")).status_code == 200


async def test_08_a_page_of_thousands_is_streamed_whole_and_in_order(service):
    client = Client(service)
    await client.bulk(*(edge("/hub", f"/x/{n}") for n in range(2500)))
    for query in ("?limit=100000", "?limit=100000&resourceUri=/hub", "?limit=100000&filter=eq(type,Contains)"):
        body = (await client.get(R + query)).json()
        ids = [item["id"] for item in body["items"]]
        assert (len(ids), body["count"]) == (2500, 2500)
        assert ids == sorted(set(ids))
    assert len((await client.get(f"{R}?limit=1200&start=1400")).json()["items"]) == 1100


async def test_03_04_who_sends_no_good_token_is_told_what_is_wrong_with_it(service):
    client = Client(service)
    refused = await client.get(R, Authorization=None)
    check_error(refused, 401, 10624)
    assert refused.headers["www-authenticate"] == 'Bearer realm="tercet"'
    expired = await client.get(R, Authorization=f"Bearer {service.token(minutes=-60)}")
    check_error(expired, 401, 10624)
    assert "access token expired" in expired.headers["www-authenticate"]
    assert (await client.get(R, Authorization=f"bearer {service.token()}")).status_code == 200
