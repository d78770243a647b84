"""Lists and their pages: apollo 15, items 34-39, 41, 42, 44; apollo 6.1, 6.2."""

from __future__ import annotations

import random
from typing import Any

import pytest

from app.core.access import Right
from tests.apollo.conftest import MakeMemory
from tests.apollo.speak import UPLOAD, Service, ask, follow, head, item, read_error, store_all
from tests.apollo.test_entities import ALIAS, ENTITIES, thing
from tests.conftest import RunningService

TYPES = "/apollo/er/relationshiptypes"
ENTITY_TYPES = "/apollo/er/entitytypes"


def spot(*places: tuple[float, float]) -> dict[str, Any]:
    """A FeatureCollection of points."""
    points = [{"type": "Point", "coordinates": list(place)} for place in places]
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": each} for each in points]}


def area(*rings: list[tuple[float, float]]) -> dict[str, Any]:
    """A FeatureCollection of one polygon."""
    polygon = {"type": "Polygon", "coordinates": [[list(place) for place in ring] for ring in rings]}
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": polygon}]}


def name_all(pages: list[list[dict[str, Any]]]) -> list[str]:
    return [each["id"] for page in pages for each in page]


async def test_35_five_relationships_come_in_pages_of_two(service: Service) -> None:
    space = service.space()
    await store_all(service, space, *(item(f"rel-{n}") for n in range(5)))
    pages = await follow(service, UPLOAD, space, PageSize="2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(name_all(pages)) == [f"rel-{n}" for n in range(5)]


@pytest.mark.parametrize("size", ["1", "3", "5", "1000", None])
async def test_35_paging_changes_nothing(service: Service, size: str | None) -> None:
    space = service.space()
    await store_all(service, space, *(item(f"rel-{n}") for n in range(5)))
    await store_all(service, space, *(thing(f"e-{n}") for n in range(5)), path=ENTITIES)
    sent = {} if size is None else {"PageSize": size}
    whole = name_all(await follow(service, UPLOAD, space))
    assert name_all(await follow(service, UPLOAD, space, **sent)) == whole
    assert len(whole) == 5
    entities = name_all(await follow(service, ENTITIES, space))
    assert name_all(await follow(service, ENTITIES, space, **sent)) == entities
    assert sorted(entities) == [f"e-{n}" for n in range(5)]


async def test_35_the_page_size_may_change_between_pages(service: Service) -> None:
    space = service.space()
    await store_all(service, space, *(item(f"rel-{n}") for n in range(5)))
    first = (await ask(service, UPLOAD, space, PageSize="1")).json()
    token = first["paging"]["continuationToken"]
    (rest,) = await follow(service, UPLOAD, space, PageSize="1000", continuationToken=token)
    assert len(rest) == 4
    assert first["data"][0] not in rest


@pytest.mark.parametrize("path", [UPLOAD, ENTITIES])
async def test_35_what_lives_throughout_is_listed_exactly_once(service: RunningService, path: str) -> None:
    space, chance = service.space(), random.Random(7)
    make = item if path == UPLOAD else thing
    await store_all(service, space, *(make(f"stays-{n}") for n in range(20)), path=path)
    await store_all(service, space, *(make(f"goes-{n}") for n in range(20)), path=path)
    seen: list[str] = []
    sent, round = {"PageSize": "3"}, 0
    while True:
        told = (await ask(service, path, space, **sent)).json()
        seen += [each["id"] for each in told["data"]]
        if told["paging"]["continuationToken"] is None:
            break
        sent["continuationToken"] = told["paging"]["continuationToken"]
        gone, round = chance.randrange(20), round + 1
        await service.client.delete(f"{path}/goes-{gone}", headers=head(service, space))
        changed = make(f"stays-{chance.randrange(20)}", customData={"round": round})
        await store_all(service, space, make(f"comes-{round}"), changed, path=path)
    stayed = [id for id in seen if id.startswith("stays")]
    assert sorted(stayed) == sorted(f"stays-{n}" for n in range(20))
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("size", ["0", "1001", "-1", "x", "", "1.0"])
async def test_36_a_page_has_1_to_1000_elements(service: Service, size: str) -> None:
    answer = await ask(service, UPLOAD, service.space(), PageSize=size)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader")


async def test_36_a_token_is_good_for_its_list_only(service: Service) -> None:
    space, other = service.space(), service.space()
    for each in (space, other):
        await store_all(service, each, item("a"), item("b"))
        await store_all(service, each, thing("a"), thing("b"), path=ENTITIES)
    token = (await ask(service, UPLOAD, space, PageSize="1")).json()["paging"]["continuationToken"]
    assert (await ask(service, UPLOAD, space, continuationToken=token)).status_code == 200
    for path, where, sent in (
        (UPLOAD, other, token),
        (ENTITIES, space, token),
        (f"{TYPES}/site_beside/relationships", space, token),
        (UPLOAD, space, f"{token}A"),
        (UPLOAD, space, token[:-2] + ("AA" if token[-2:] != "AA" else "BB")),
        (UPLOAD, space, "=" + token),
        (UPLOAD, space, ""),
        (UPLOAD, space, "not a token"),
    ):
        answer = await ask(service, path, where, continuationToken=sent)
        assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedHeader"), (path, sent)


async def test_37_an_empty_collection_has_an_empty_list(service: Service) -> None:
    space = service.space()
    for path in (ENTITIES, UPLOAD, f"{TYPES}/x/relationships", f"{ENTITY_TYPES}/x/entities"):
        told = (await ask(service, path, space)).json()
        assert (told["data"], told["paging"]) == ([], {"totalCount": 0, "continuationToken": None})
        assert told["status"] == {"message": "Success", "code": "200"}


async def test_37_ends_that_nobody_declared_and_deleted_entities_are_not_listed(service: RunningService) -> None:
    space = service.space()
    await store_all(service, space, item())
    await store_all(service, space, thing("a"), thing("b"), path=ENTITIES)
    await service.client.delete(f"{ENTITIES}/b", headers=head(service, space))
    assert name_all(await follow(service, ENTITIES, space)) == ["a"]


async def test_38_a_type_lists_and_finds_its_own_relationships_only(service: Service) -> None:
    space = service.space()
    odd = "Brick__hasPart_Location_Location"
    await store_all(service, space, *(item(f"rel-{n}") for n in range(8)), item("odd", relationshipType=odd))
    assert name_all(await follow(service, f"{TYPES}/{odd}/relationships", space, PageSize="1")) == ["odd"]
    assert len(name_all(await follow(service, f"{TYPES}/site_beside/relationships", space, PageSize="3"))) == 8
    assert name_all(await follow(service, f"{TYPES}/SITE_beside/relationships", space)) == []
    assert (await ask(service, f"{TYPES}/{odd}/relationships/odd", space)).json()["data"][0]["id"] == "odd"
    answer = await ask(service, f"{TYPES}/{odd}/relationships/rel-1", space)
    assert (answer.status_code, read_error(answer)["code"]) == (404, "NotFound")


async def test_38_a_type_that_was_given_up_is_an_empty_list(service: RunningService) -> None:
    space = service.space()
    await store_all(service, space, item("a", relationshipType="gone"), item("b"))
    await service.client.delete(f"{UPLOAD}/a", headers=head(service, space))
    assert await follow(service, f"{TYPES}/gone/relationships", space, PageSize="1") == [[]]


async def test_39_a_type_lists_its_own_entities_only(service: Service) -> None:
    space, other = service.space(), service.space()
    await store_all(service, space, *(thing(f"b-{n}") for n in range(6)), path=ENTITIES)
    await store_all(
        service, space, thing("a", entityType="Brick__Space"), thing("s", entityType="Space"), path=ENTITIES
    )
    await store_all(service, other, thing("x", entityType="Brick__Space"), path=ENTITIES)
    assert name_all(await follow(service, f"{ENTITY_TYPES}/Brick__Space/entities", space, PageSize="1")) == ["a"]
    assert name_all(await follow(service, f"{ENTITY_TYPES}/Space/entities", space)) == ["s"]
    assert len(name_all(await follow(service, f"{ENTITY_TYPES}/Brick__Building/entities", space, PageSize="4"))) == 6
    assert name_all(await follow(service, f"{ENTITY_TYPES}/Brick__Location/entities", space)) == []


async def test_a_rare_type_is_found_among_many_page_by_page(service: Service) -> None:
    space = service.space()
    many = [thing(f"m-{n}") for n in range(60)]
    await store_all(
        service, space, *many, *(thing(f"r-{n}", entityType=f"rare {space}") for n in range(5)), path=ENTITIES
    )
    pages = await follow(service, f"{ENTITY_TYPES}/rare {space}/entities", space, PageSize="2")
    assert sorted(name_all(pages)) == [f"r-{n}" for n in range(5)]


LABELLED = {"one": ["a"], "two": ["b", "c"], "both": ["a", "b"], "quoted": ["it's"], "none": None}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("labels/any(d:d eq 'a') or labels/any(d:d eq 'b')", ["both", "one", "two"]),
        ("labels/any(d:d eq 'a')", ["both", "one"]),
        ("LABELS/Any( Lab : Lab EQ 'it''s' )", ["quoted"]),
        ("labels/any(d:d eq 'A')", []),
        ("labels/any(d:d eq 'it')", []),
    ],
)
async def test_41_labels_choose_entities(service: Service, filter: str, found: list[str]) -> None:
    space = service.space()
    await store_all(service, space, *(thing(id, labels=labels) for id, labels in LABELLED.items()), path=ENTITIES)
    for size in ("1", "100"):
        pages = await follow(service, ENTITIES, space, {"$filter": filter}, PageSize=size)
        assert sorted(name_all(pages)) == found


SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
HOLE = [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("geolocation eq Point((2, 0.5))", ["near", "pair"]),
        ("geoLocation eq point(2.0, 5e-1)", ["near", "pair"]),
        ("geolocation eq Point(0.5, 2)", []),
        ("intersects(geoBoundary, Point(0.5, 2))", ["ring"]),
        ("intersects(geoBoundary, Point((2, 2)))", []),
        ("intersects(geoBoundary, Point(1, 2))", ["ring"]),
        ("intersects(geoBoundary, Point(4, 4))", ["ring"]),
        ("intersects(geoBoundary, Point(5, 5))", []),
        ("intersects(geoLocation, Polygon((0, 0), (3, 0), (3, 1), (0, 0)))", ["near", "pair"]),
        ("intersects(geolocation, Polygon(((2, 0), (3, 0), (2, 1), (2, 0))))", ["near", "pair"]),
        ("intersects(geoLocation, Polygon((-90, -80), (-91, -80), (-91, -81), (-90, -80)))", []),
    ],
)
async def test_41_places_choose_entities(service: Service, filter: str, found: list[str]) -> None:
    space = service.space()
    await store_all(
        service,
        space,
        thing("near", geoLocation=spot((2, 0.5))),
        thing("pair", geoLocation=spot((100, 10), (2, 0.5))),
        thing("ring", geoBoundary=area(SQUARE, HOLE)),
        thing("nowhere"),
        path=ENTITIES,
    )
    pages = await follow(service, ENTITIES, space, {"$filter": filter})
    assert sorted(name_all(pages)) == found


@pytest.mark.parametrize("size", ["1", "2", "100"])
async def test_41_the_nearest_come_first_and_those_without_a_place_never(service: Service, size: str) -> None:
    space = service.space()
    places = {"far": (170, 0), "near": (8.5, 47.3), "across": (-179, 0), "middle": (100, 10)}
    things = [thing(id, geoLocation=spot(place), labels=["x"]) for id, place in places.items()]
    await store_all(service, space, *things, thing("nowhere", labels=["x"]), path=ENTITIES)
    order = {"$orderby": "distanceto(geoLocation, Point(179, 0))"}
    assert name_all(await follow(service, ENTITIES, space, order, PageSize=size)) == ["across", "far", "middle", "near"]
    both = order | {
        "$filter": "intersects(geoLocation, Polygon((90, -10), (179, -10), (179, 20), (90, 20), (90, -10)))"
    }
    assert name_all(await follow(service, ENTITIES, space, both, PageSize=size)) == ["far", "middle"]


async def test_41_equal_distances_come_in_the_order_of_the_list(service: Service) -> None:
    space = service.space()
    await store_all(service, space, *(thing(f"e-{n}", geoLocation=spot((1, 1))) for n in range(6)), path=ENTITIES)
    order = {"$orderby": "distanceto(geoLocation, Point(0, 0))"}
    assert name_all(await follow(service, ENTITIES, space, order, PageSize="2")) == name_all(
        await follow(service, ENTITIES, space)
    )


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "foo"},
        {"$filter": ""},
        {"$filter": "labels/any(d:e eq 'a')"},
        {"$filter": "labels/any(d:d eq 'a') and labels/any(d:d eq 'b')"},
        {"$filter": " or ".join(["labels/any(d:d eq 'a')"] * 21)},
        {"$filter": "geolocation eq Point(181, 0)"},
        {"$filter": "geolocation eq Point(0, 91)"},
        {"$filter": "geolocation eq Point(0)"},
        {"$filter": "geolocation eq Point(0, 1) or labels/any(d:d eq 'a')"},
        {"$filter": "intersects(geoLocation, Polygon((0, 0), (1, 0), (0, 0)))"},
        {"$filter": "intersects(geoLocation, Polygon((0, 0), (1, 0), (1, 1), (2, 2)))"},
        {"$filter": "intersects(geoBoundary, Polygon((0, 0), (1, 0), (1, 1), (0, 0)))"},
        {"$filter": "entityName eq 'a'"},
        {"$orderby": "entityName"},
        {"$orderby": "distanceto(geoLocation, Point(0, 0)) desc"},
        {"$filter": "labels/any(d:d eq 'a')", "id": "x"},
        {"$top": "1"},
    ],
)
async def test_41_any_other_filter_is_refused(service: Service, query: dict[str, str]) -> None:
    answer = await ask(service, ENTITIES, service.space(), query)
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


@pytest.mark.parametrize("path", [UPLOAD, f"{ENTITIES}/x", f"{ENTITY_TYPES}/x/entities", f"{TYPES}/x/relationships"])
async def test_41_filters_belong_to_the_list_of_entities(service: Service, path: str) -> None:
    answer = await ask(service, path, service.space(), {"$filter": "labels/any(d:d eq 'a')"})
    assert (answer.status_code, read_error(answer)["code"]) == (400, "MalformedQuery")


async def test_42_the_alias_lists_the_same(service: Service) -> None:
    space = service.space()
    await store_all(service, space, thing("a"), thing("b"), path=ENTITIES)
    one, other = await follow(service, ENTITIES, space), await follow(service, ALIAS, space)
    assert one == other
    for path in (f"{ALIAS}/filename", f"{ALIAS}/filename/versions", f"{ALIAS}/filename/x", f"{ALIAS}/%66ilename"):
        assert (await ask(service, path, space)).status_code == 404
    gone = await service.client.delete(f"{ALIAS}/filename", headers=head(service, space))
    assert (gone.status_code, read_error(gone)["message"]) == (404, "No such path")


async def test_44_a_list_shows_what_other_formats_wrote(service: Service) -> None:
    space = service.space()
    ends = [{"id": id, "domain": "plant", "type": "Pump"} for id in ("p 1", "p2")]
    path = f"/bim360/relationship/v2/containers/{space}/relationships"
    made = await service.client.put(path, json=[{"entities": ends}], headers=head(service))
    assert made.status_code in (200, 201), made.text
    await store_all(service, space, item())
    ((shown,),) = await follow(service, f"{TYPES}/related/relationships", space)
    assert (shown["sourceEntityId"], shown["relationshipType"]) == ("urn:tercet:plant:Pump:p%201", "related")
    assert len(name_all(await follow(service, UPLOAD, space))) == 2


@pytest.mark.parametrize("query", [{"includeSystemData": "true"}, {"v": "1.2"}, {}])
async def test_lists_show_what_single_reads_show(service: Service, query: dict[str, str]) -> None:
    space = service.space()
    await store_all(service, space, item())
    await store_all(service, space, thing("a", labels=["x"]), path=ENTITIES)
    for path, one in ((UPLOAD, f"{UPLOAD}/rel-1"), (ENTITIES, f"{ENTITIES}/a"), (ALIAS, f"{ALIAS}/a")):
        listed = (await ask(service, path, space, query)).json()["data"]
        assert listed == (await ask(service, one, space, query)).json()["data"]


async def test_a_list_needs_its_scope_and_a_right(make_memory: MakeMemory) -> None:
    service = make_memory(auto_spaces=False)
    space = await service.found(reader=Right.READONLY)
    for path in (UPLOAD, ENTITIES, f"{TYPES}/x/relationships", f"{ENTITY_TYPES}/x/entities"):
        assert (await ask(service, path, space, token=service.token(sub="reader"))).status_code == 200
        assert (await ask(service, path, space, token=service.token("apollo_write"))).status_code == 403
        foreign = await ask(service, path, space, token=service.token(sub="stranger"))
        unknown = await ask(service, path, "nowhere", token=service.token(sub="stranger"))
        assert (foreign.status_code, read_error(foreign)) == (unknown.status_code, read_error(unknown))
        assert read_error(foreign)["code"] == "CollectionForbidden"
        assert (await ask(service, path, None)).status_code == 400
