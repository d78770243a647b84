"""Checklist 61, 63 to 67 and the order of checks (autodesk 2.1), on the operations that are here."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from app.core.bookmarks import write_states
from app.core.identity import Minter
from tests.autodesk.conftest import now
from tests.autodesk.speak import check_error, container, get, item, list_faults, post, put, put_raw, search, send
from tests.memory import MemoryStore

MALFORMED = "b.9c1e4f70-52ab-4d19-8a6e-3f0b7d2c6a51"


def fresh() -> str:
    return str(uuid.uuid4())


async def test_checklist_61_without_a_token_nothing_is_answered(service):
    for answer in (
        await put(service, service.space(), item("a", "b"), token=""),
        await get(service, service.space(), fresh(), token=""),
        await get(service, service.space(), fresh(), token="", headers={"Authorization": "Basic YTpi"}),
    ):
        check_error(answer, 401, "Unauthorized")
        assert answer.headers["www-authenticate"] == 'Bearer realm="tercet"'


async def test_checklist_61_the_scheme_may_be_spelled_in_any_case(service):
    space = service.space()
    [made] = (await put(service, space, item("a", "b"))).json()
    for scheme in ("bearer", "BEARER"):
        answer = await get(service, space, made["id"], headers={"Authorization": f"{scheme} {service.token()}"})
        assert answer.status_code == 200


async def test_checklist_61_an_expired_or_broken_token_is_called_invalid(service):
    for token in (service.token(minutes=-5), "nonsense", service.token()[:-4]):
        answer = await get(service, service.space(), fresh(), token=token)
        check_error(answer, 401, "Unauthorized")
        assert answer.headers["www-authenticate"] == 'Bearer realm="tercet", error="invalid_token"'


async def test_a_token_in_the_query_is_ignored(service):
    path = f"{container(service.space())}/relationships/{fresh()}?access_token={service.token()}"
    check_error(await send(service, "GET", path, token=""), 401, "Unauthorized")


@pytest.mark.parametrize("who", [{"sub": None, "client_id": "app"}, {"sub": "app", "client_id": "app"}])
async def test_a_service_is_refused_where_only_persons_are_taken(build, who):
    service = await build(autodesk_three_legged_only=True)
    answer = await get(service, service.space(), fresh(), token=service.token("", **who))
    check_error(answer, 403, "UserTokenRequired")
    answer = await put(service, service.space(), item("a", "b"), token=service.token(client_id="app"))
    assert answer.status_code == 200


async def test_checklist_63_the_prefix_of_a_project_id_is_refused_with_a_hint(service):
    for answer in (await put(service, MALFORMED, item("a", "b")), await get(service, MALFORMED, fresh())):
        body = check_error(answer, 400, "BadInput")
        assert list_faults(body) == [("containerId", "Invalid value")]
        assert "drop the 'b.' prefix" in body["errors"][0]["detail"]
        assert MALFORMED in body["errors"][0]["detail"]


async def test_checklist_63_an_unknown_container_is_not_found_unless_spaces_are_made_on_the_way(build):
    closed, open = await build(auto_spaces=False), await build(auto_spaces=True)
    check_error(await put(closed, closed.space(), item("a", "b")), 404, "ContainerNotFound")
    check_error(await get(closed, closed.space(), fresh()), 404, "ContainerNotFound")
    check_error(await get(open, open.space(), fresh()), 404, "RelationshipNotFound")
    assert (await put(open, open.space(), item("a", "b"))).status_code == 200


async def test_checklist_63_a_space_belongs_to_who_first_stored_something_and_a_failed_call_makes_none(build):
    service = await build(auto_spaces=True)
    space = service.space()
    await put(service, space, {})
    await get(service, space, fresh())
    assert not (await service.store.view(space, ())).exists
    assert (await put(service, space.upper(), item("a", "b"), token=service.token(sub="ann"))).status_code == 200
    check_error(await put(service, space, item("a", "b")), 403, "Forbidden")
    assert (await put(service, space, item("c", "d"), token=service.token(sub="ann"))).status_code == 200


@pytest.mark.parametrize("region", ["EMEA", "emea", "us", "GBR", ""])
async def test_checklist_64_a_known_region_changes_nothing(service, region):
    answer = await put(service, service.space(), item("a", "b"), headers={"x-ads-region": region})
    assert answer.status_code == 200


async def test_checklist_64_an_empty_region_counts_as_none(service):
    answer = await service.client.get(
        f"{container(service.space())}/relationships/{fresh()}",
        headers={"Authorization": f"Bearer {service.token()}", "x-ads-region": ""},
    )
    check_error(answer, 404, "RelationshipNotFound")


async def test_checklist_64_an_unknown_region_is_refused(service):
    body = check_error(await get(service, service.space(), fresh(), headers={"x-ads-region": "MARS"}), 400, "BadInput")
    assert list_faults(body) == [("x-ads-region", "Invalid value")]


async def test_faults_of_path_query_and_headers_are_reported_together(service):
    path = f"{container(MALFORMED)}/relationships/x?a=%zz"
    answer = await send(service, "GET", path, headers={"x-ads-region": "MARS", "X-Consistency-Token": "{}"})
    body = check_error(answer, 400, "BadInput")
    fields = [field for field, _ in list_faults(body)]
    assert fields == ["containerId", "relationshipId", "a", "x-ads-region", "X-Consistency-Token"]
    assert body["detail"].startswith("5 values")


ID = "c40a91de-17f3-4b62-9d08-5e6f7a8b9c01"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", f"{container(ID)}/relationships", {"PUT"}),
        ("POST", f"{container(ID)}/relationships", {"PUT"}),
        ("OPTIONS", f"{container(ID)}/relationships", {"PUT"}),
        ("DELETE", f"{container(ID)}/relationships/{ID}", {"GET", "HEAD"}),
        ("PATCH", f"{container(ID)}/relationships/{ID}", {"GET", "HEAD"}),
    ],
)
async def test_checklist_65_another_method_is_refused_with_those_allowed(service, method, path, allow):
    answer = await send(service, method, path, token="")
    check_error(answer, 405, "MethodNotAllowed")
    assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize(
    "path",
    [
        "/bim360",
        "/bim360/",
        "/bim360/relationship/v1/x",
        f"/bim360/relationship/v1/containers/{ID}/relationships",
        f"/bim360/relationships/v2/containers/{ID}/relationships",
        f"/bim360/relationship/v2/projects/{ID}/relationships",
        f"/bim360/relationship/v2/Containers/{ID}/relationships",
        f"{container(ID)}/relationships/",
        f"{container(ID)}//relationships",
        f"{container(ID)}/relationships/{ID}/",
        f"{container(ID)}/relationships/{ID}/x",
        f"{container(ID)}/relationships:restore",
        f"{container(ID)}/relationships%3Arestore",
        "/bim360/relationship/v2/utility/relationships:register",
        "/bim360/relationship/v2/openapi.json",
        "/bim360/relationship/v2/docs",
    ],
)
async def test_checklist_65_an_unknown_path_is_not_found_in_this_shape_and_needs_no_token(service, path):
    for method in ("GET", "PUT", "POST"):
        check_error(await send(service, method, path, token=""), 404, "NotFound")


async def test_an_encoded_slash_is_decoded_before_routing(service):
    path = f"{container(service.space())}%2Frelationships%2f{fresh()}"
    check_error(await send(service, "GET", path), 404, "RelationshipNotFound")


async def test_checklist_66_a_sound_request_id_is_echoed_and_another_replaced(service):
    for path in (f"{container(service.space())}/relationships/{fresh()}", "/bim360/nowhere"):
        assert (await send(service, "GET", path, headers={"X-Request-Id": "abc.1"})).headers["x-request-id"] == "abc.1"
        long = (await send(service, "GET", path, headers={"X-Request-Id": "x" * 65})).headers["x-request-id"]
        assert str(uuid.UUID(long)) == long


async def test_checklist_67_what_a_write_stored_is_read_with_its_consistency_token(service):
    space = service.space()
    written = await put(service, space, item("a", "b"))
    token = written.headers["x-consistency-token"]
    [made] = written.json()
    answer = await get(service, space, made["id"], headers={"X-Consistency-Token": token})
    assert answer.status_code == 200
    assert answer.json() == made


async def test_checklist_67_an_unreadable_consistency_token_is_refused_on_a_read(service):
    answer = await get(service, service.space(), fresh(), headers={"X-Consistency-Token": "not one!"})
    assert list_faults(check_error(answer, 400, "BadInput")) == [("X-Consistency-Token", "Invalid token")]


class Replica(MemoryStore):
    """A member of a cluster that has not heard of any space yet, unless it must wait for the news."""

    async def view(self, space, grantees, *, bookmark=None):
        view = await super().view(space, grantees)
        return view if bookmark else replace(view, exists=False, right=None)


async def test_checklist_67_a_replica_waits_for_the_news_before_it_says_that_a_container_is_not_there(make_memory):
    service = make_memory(Replica(clock=now, mint=Minter().mint), auto_spaces=False)
    space = await service.found()
    check_error(await search(service, space), 404, "ContainerNotFound")
    token = {"X-Consistency-Token": write_states(["a state"])}
    answers = [
        await search(service, space, headers=token),
        await post(service, space, "batch", [fresh()], headers=token),
        await post(service, space, "sync", {"filters": {"domains": ["d"]}}, headers=token),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize("text", ["AAAA", "a" * 5000, write_states(["a"])[:-1] + "."])
async def test_an_unreadable_consistency_token_is_found_with_the_other_headers_before_rights_and_body(service, text):
    """Step 6 of the order of checks (autodesk 2.1): before the media type, the container and the body."""
    space = await service.found()
    headers = {"X-Consistency-Token": text, "Content-Type": "text/plain", "x-ads-region": "MARS"}
    answer = await post(service, space, "batch", b"no body", headers=headers, token=service.token(sub="stranger"))
    faults = list_faults(check_error(answer, 400, "BadInput"))
    assert faults == [("x-ads-region", "Invalid value"), ("X-Consistency-Token", "Invalid token")]


async def test_head_answers_like_get_without_a_body(service):
    space = service.space()
    [made] = (await put(service, space, item("a", "b"))).json()
    path = f"{container(space)}/relationships"
    got, head = await send(service, "GET", f"{path}/{made['id']}"), await send(service, "HEAD", f"{path}/{made['id']}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await send(service, "HEAD", f"{path}/{fresh()}")).status_code == 404


async def test_a_read_ignores_a_body_and_its_label(service):
    headers = {"Content-Type": "application/vnd.api+json", "Content-Encoding": "gzip"}
    path = f"{container(service.space())}/relationships/{fresh()}"
    check_error(await send(service, "GET", path, b"{", headers=headers), 404, "RelationshipNotFound")


async def test_a_target_beyond_32768_bytes_is_refused(service):
    path = f"{container(service.space())}/relationships/{fresh()}?x="
    answer = await send(service, "GET", path + "y" * (32_769 - len(path)), token="")
    check_error(answer, 414, "UriTooLong")
    answer = await send(service, "GET", path + "y" * (32_768 - len(path)))
    check_error(answer, 404, "RelationshipNotFound")


async def test_the_first_failing_check_answers(build):
    """Every fault of this call at once; each is answered when those before it are mended."""
    service = await build(auto_spaces=False, autodesk_three_legged_only=True, autodesk_max_body_bytes=2048)
    known = await service.found()
    long, broken, wrong = b" " * 2049, b"[", b"[{}]"
    person, app = service.token(), service.token("", sub="app", client_id="app")
    region, label = {"x-ads-region": "MARS"}, {"Content-Type": "text/plain"}
    steps = [
        (401, (MALFORMED, long, {"token": "x", "headers": region | label})),
        (403, (MALFORMED, long, {"token": app, "headers": region | label})),
        (403, (MALFORMED, long, {"token": service.token("data:read"), "headers": region | label})),
        (400, (MALFORMED, long, {"token": person, "headers": region | label})),
        (415, (service.space(), long, {"token": person, "headers": label})),
        (404, (service.space(), long, {"token": person})),
        (403, (known, long, {"token": service.token(sub="stranger")})),
        (413, (known, long, {"token": person})),
        (400, (known, broken, {"token": person})),
        (400, (known, wrong, {"token": person})),
    ]
    for status, (space, body, how) in steps:
        answer = await put_raw(service, space, body, **how)
        assert answer.status_code == status, (status, answer.text)
