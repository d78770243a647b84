"""One entity with its links: apollo 15, item 65; apollo 12."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from app.core.access import Right
from tests.apollo.conftest import MakeMemory
from tests.apollo.speak import Service, ask, head, item, read_error, read_object, store_all
from tests.apollo.test_entities import ENTITIES, find, thing

EVERY = {"$expand": "rType:ALL"}
PART = "Brick__hasPart_Location_Location"


def graph(id: str) -> str:
    return f"/apollo/graph/entities({quote(id, safe='')})"


async def furnish(service: Service) -> str:
    """A building with two floors, of which one is declared, a neighbour, and itself."""
    space = service.space()
    floor = thing("floor-1", entityType="Brick__Floor", entityName="Floor 1")
    await store_all(service, space, thing("bldg"), floor, path=ENTITIES)
    links = {"p1": ("bldg", "floor-1", PART), "p2": ("bldg", "floor-2", PART), "n": ("other", "bldg", "near")}
    await store_all(
        service,
        space,
        *(item(id, sourceEntityId=s, destinationEntityId=d, relationshipType=t) for id, (s, d, t) in links.items()),
        item("self", sourceEntityId="bldg", destinationEntityId="bldg", relationshipType="near"),
        item("not ours", relationshipType="near"),
    )
    return space


async def test_65_an_entity_alone_has_no_links(service: Service) -> None:
    space = await furnish(service)
    told = (await ask(service, graph("bldg"), space)).json()
    assert told["data"] == [await find(service, space, "bldg")]
    assert told["status"]["code"] == "200"
    assert told["paging"] == {"totalCount": 1, "continuationToken": None}


async def test_65_links_are_nested_under_their_types_and_far_entities_under_theirs(service: Service) -> None:
    space = await furnish(service)
    told = (await ask(service, graph("bldg"), space, EVERY)).json()
    (shown,) = told["data"]
    links = {name: {each["id"]: each for each in shown[name]} for name in (PART, "near")}
    assert shown.keys() - links.keys() == (await find(service, space, "bldg")).keys()
    assert {name: set(each) for name, each in links.items()} == {PART: {"p1", "p2"}, "near": {"n", "self"}}
    assert links[PART]["p1"].pop("Brick__Floor") == await find(service, space, "floor-1")
    assert links[PART]["p1"] == await read_object(service, space, "p1")
    assert links[PART]["p2"]["entity"] == {"id": "floor-2"}
    assert links["near"]["n"]["entity"] == {"id": "other"}
    assert links["near"]["self"]["Brick__Building"]["id"] == "bldg"


async def test_65_types_choose_links(service: Service) -> None:
    space = await furnish(service)
    (one,) = (await ask(service, graph("bldg"), space, {"$expand": f"rType:{PART}"})).json()["data"]
    assert "near" not in one
    assert len(one[PART]) == 2
    (both,) = (await ask(service, graph("bldg"), space, {"$expand": f"rType:none, rType:near,rType:{PART}"})).json()[
        "data"
    ]
    assert len(both[PART]) == len(both["near"]) == 2
    assert "none" not in both


@pytest.mark.parametrize("size", ["1", "2", "3", "4", None])
async def test_65_links_are_paged_in_the_order_of_lists(service: Service, size: str | None) -> None:
    space = await furnish(service)
    seen, sent = [], {} if size is None else {"first": size}
    while True:
        told = (await ask(service, graph("bldg"), space, EVERY, **sent)).json()
        page = [each["id"] for name in (PART, "near") for each in told["data"][0].get(name, [])]
        assert len(page) <= int(size or 100)
        seen += page
        if told["paging"]["continuationToken"] is None:
            break
        sent["after"] = told["paging"]["continuationToken"]
    assert sorted(seen) == ["n", "p1", "p2", "self"]


async def test_65_a_page_of_links_begins_where_the_last_one_ended(service: Service) -> None:
    space = service.space()
    await store_all(service, space, thing("hub"), path=ENTITIES)
    links = [item(f"l{n}", sourceEntityId="hub", destinationEntityId=f"e{n}") for n in range(9)]
    await store_all(service, space, *links)
    listed = [each["id"] for each in (await ask(service, "/apollo/er/relationships", space)).json()["data"]]
    token, seen = None, []
    while not seen or token:
        sent = {"first": "4"} | ({"after": token} if token else {})
        told = (await ask(service, graph("hub"), space, EVERY, **sent)).json()
        seen += [each["id"] for each in told["data"][0]["site_beside"]]
        token = told["paging"]["continuationToken"]
    assert seen == listed


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (graph("bldg"), {"$expand": "rType:near($expand=rType:ALL)"}, 400),
        (graph("bldg"), {"$expand": "eType:Brick__Floor"}, 400),
        (graph("bldg"), {"$expand": ""}, 400),
        (graph("bldg"), {"$expand": ",".join(["rType:x"] * 11)}, 400),
        (graph("bldg"), {"$expand": "rType:"}, 400),
        (graph("bldg"), {"$select": "id"}, 400),
        (graph("bldg"), {"$filter": "x"}, 400),
        (graph("floor-2"), EVERY, 404),
        (graph("nobody"), {}, 404),
        ("/apollo/graph/entities(bldg,floor-1)", {}, 404),
        ("/apollo/graph/entities()", {}, 404),
        ("/apollo/graph/entities", {}, 404),
        ("/apollo/graph/relationships(p1)", {}, 404),
    ],
)
async def test_65_other_forms_are_not_offered(service: Service, path: str, query: dict[str, str], status: int) -> None:
    answer = await ask(service, path, await furnish(service), query)
    assert answer.status_code == status
    read_error(answer)


@pytest.mark.parametrize(("name", "value"), [("first", "0"), ("first", "1001"), ("after", "x")])
async def test_65_pages_are_bounded(service: Service, name: str, value: str) -> None:
    answer = await ask(service, graph("bldg"), await furnish(service), EVERY, **{name: value})
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


async def test_65_an_id_with_a_comma_or_a_slash_is_percent_encoded(service: Service) -> None:
    space = service.space()
    await store_all(service, space, thing("a,b/(c)"), path=ENTITIES)
    (shown,) = (await ask(service, graph("a,b/(c)"), space)).json()["data"]
    assert shown["id"] == "a,b/(c)"


async def test_65_a_type_named_as_a_member_is_prefixed(service: Service) -> None:
    space = service.space()
    await store_all(service, space, thing("a"), thing("b", entityType="relationshipName"), path=ENTITIES)
    link = item("l", sourceEntityId="a", destinationEntityId="b", relationshipType="entityName")
    await store_all(service, space, link)
    (shown,) = (await ask(service, graph("a"), space, EVERY)).json()["data"]
    assert shown["entityName"] == "Building 7"
    (nested,) = shown["rType:entityName"]
    assert nested["relationshipName"] == "beside"
    assert nested["eType:relationshipName"]["id"] == "b"


async def test_65_far_entities_elsewhere_are_shown_to_who_may_read_them(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    here, there = await service.found(guest=Right.READONLY), await service.found()
    await store_all(service, here, thing("a"), path=ENTITIES)
    await store_all(service, there, thing("a", entityName="Over there"), path=ENTITIES)
    link = item("l", sourceEntityId="a", destinationEntityId="a", destinationERCollectionId=there)
    await store_all(service, here, link)
    (mine,) = (await ask(service, graph("a"), here, EVERY)).json()["data"]
    assert mine["site_beside"][0]["Brick__Building"]["entityName"] == "Over there"
    (guests,) = (await ask(service, graph("a"), here, EVERY, service.token(sub="guest"))).json()["data"]
    assert guests["site_beside"][0]["entity"] == {"id": "a"}
    (theirs,) = (await ask(service, graph("a"), there, EVERY)).json()["data"]
    assert "site_beside" not in theirs


async def test_65_links_into_a_collection_are_not_its_own_on_the_service(service: Service) -> None:
    here, there = service.space(), service.space()
    await store_all(service, here, thing("a"), path=ENTITIES)
    await store_all(service, there, thing("b"), path=ENTITIES)
    link = item("l", sourceEntityId="a", destinationEntityId="b", destinationERCollectionId=there)
    await store_all(service, here, link)
    (mine,) = (await ask(service, graph("a"), here, EVERY)).json()["data"]
    assert mine["site_beside"][0]["Brick__Building"]["id"] == "b"
    (theirs,) = (await ask(service, graph("b"), there, EVERY)).json()["data"]
    assert "site_beside" not in theirs


async def test_65_deleted_links_are_gone(service: Service) -> None:
    space = await furnish(service)
    await service.client.delete("/apollo/er/relationships/p1", headers=head(service, space))
    (shown,) = (await ask(service, graph("bldg"), space, EVERY)).json()["data"]
    assert [each["id"] for each in shown[PART]] == ["p2"]
