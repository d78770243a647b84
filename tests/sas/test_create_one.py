"""POST of one relationship, and reading it: checklist 31 to 36, 53, 72."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from app.core.identity import name_uuid, space_name
from tests.sas.client import RELATIONSHIP, Client, R, check_error, edge, new_uri


@pytest.fixture
def client(service) -> Client:
    return Client(service)


async def test_31_a_relationship_is_created_with_all_that_a_client_needs(client):
    answer = await client.post({**edge("/a", "/b"), "source": "survey", "id": "ignored", "version": "x"})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/vnd.sas.relationship+json;charset=utf-8;version=1"
    body = answer.json()
    id = body["id"]
    assert str(uuid.UUID(id)) == id
    assert answer.headers["location"] == f"{R}/{id}"
    assert answer.headers["etag"].startswith('W/"')
    assert answer.headers["etag"].endswith('000"')
    assert answer.headers["last-modified"].endswith(" GMT")
    namespace = space_name(client.space).namespace
    assert body["referenceId"] == name_uuid(namespace, "/a")
    assert body["relatedReferenceId"] == name_uuid(namespace, "/b")
    assert body["creationTimeStamp"] == body["modifiedTimeStamp"]
    assert body["createdBy"] == body["modifiedBy"] == "developer"
    assert (body["version"], body["type"], body["source"]) == (1, "Contains", "survey")
    href = f"{R}/{id}"
    assert body["links"] == [
        {"method": "GET", "rel": "self", "href": href, "uri": href, "type": "application/vnd.sas.relationship"},
        {"method": "DELETE", "rel": "delete", "href": href, "uri": href},
        {
            "method": "PUT",
            "rel": "update",
            "href": href,
            "uri": href,
            "type": "application/vnd.sas.relationship",
            "responseType": "application/vnd.sas.relationship",
        },
        {
            "method": "GET",
            "rel": "up",
            "href": R,
            "uri": R,
            "type": "application/vnd.sas.collection",
            "itemType": "application/vnd.sas.relationship",
        },
    ]


async def test_31_a_member_without_value_is_left_out_not_null(client):
    body = await client.create("/a", "/b")
    assert "source" not in body
    assert None not in body.values()


async def test_32_a_stored_pair_conflicts_whatever_the_type_and_stays_as_it_is(client):
    stored = await client.create("/a", "/b", source="first")
    body = check_error(await client.post(edge("/a", "/b", "Dependent")), 409, 10610)
    assert body["details"][0] == f"The two ends are already related: {stored['id']}"
    assert await client.read(stored["id"]) == stored


async def test_33_the_reversed_pair_is_another_pair(client):
    first, second = await client.create("/a", "/b"), await client.create("/b", "/a")
    assert first["id"] != second["id"]
    assert (second["referenceId"], second["relatedReferenceId"]) == (first["relatedReferenceId"], first["referenceId"])


async def test_33_an_end_may_be_related_to_itself(client):
    assert (await client.create("/a", "/a"))["relatedResourceUri"] == "/a"
    check_error(await client.post(edge("/a", "/a")), 409, 10610)


UNKNOWN = "00000000-0000-4000-8000-00000000beef"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"resourceUri": None, "referenceId": UNKNOWN}, 404, 10602, id="34-unknown-reference"),
        pytest.param({"resourceUri": None, "referenceId": "x" * 5000}, 404, 10602, id="34-reference-no-uuid"),
        pytest.param({"relatedReferenceId": UNKNOWN}, 404, 10602, id="34-unknown-reference-beside-uri"),
        pytest.param({"type": None}, 400, 10601, id="34-no-type"),
        pytest.param({"type": ""}, 400, 10601, id="34-empty-type"),
        pytest.param({"type": 7}, 400, 10601, id="34-type-a-number"),
        pytest.param({"type": "x" * 257}, 400, 10601, id="34-type-too-long"),
        pytest.param({"resourceUri": None}, 400, 10601, id="34-no-resource"),
        pytest.param({"resourceUri": ""}, 400, 10601, id="34-empty-resource"),
        pytest.param({"resourceUri": "x" * 2049}, 400, 10601, id="34-resource-too-long"),
        pytest.param({"relatedResourceUri": None}, 400, 10601, id="34-no-related-resource"),
        pytest.param({"referenceId": ""}, 400, 10601, id="34-empty-reference"),
        pytest.param({"source": "x" * 2049}, 400, 10601, id="34-source-too-long"),
        pytest.param({"source": ["a"]}, 400, 10601, id="34-source-a-list"),
        pytest.param({"reference": "a"}, 400, 10601, id="34-details-no-object"),
        pytest.param({"reference": {"name": 1}}, 400, 10601, id="34-detail-a-number"),
        pytest.param({"reference": {"contentType": "x" * 257}}, 400, 10601, id="34-content-type-too-long"),
        pytest.param({"reference": {"analysisTimeStamp": "soon"}}, 400, 10601, id="34-no-time-stamp"),
        pytest.param({"resourceUri": "/tercet/entities/a/b/%zz"}, 400, 10601, id="34-broken-foreign-uri"),
        pytest.param({"resourceUri": f"/tercet/entities/a/{'b' * 129}/c"}, 400, 10601, id="34-foreign-type-too-long"),
        pytest.param(
            {"resourceUri": "/tercet/entities/apollo/entity/urn%3Atercet%3Aa%3Ab%3Ac"},
            400,
            10601,
            id="34-two-identities",
        ),
        pytest.param({"type": "Likes"}, 400, 10614, id="34-type-not-offered"),
        pytest.param({"type": "contains"}, 400, 10614, id="34-type-in-lower-case"),
        pytest.param({"type": "related"}, 400, 10614, id="34-type-of-another-format"),
    ],
)
async def test_34_what_one_relationship_is_refused_for(client, change, status, code):
    check_error(await client.post({**edge("/a", "/b"), **change}), status, code)


async def test_34_members_come_before_references_and_references_before_the_type(client):
    unknown = {"resourceUri": None, "referenceId": UNKNOWN}
    check_error(await client.post({**edge("/a", "/b", "Likes"), **unknown, "source": 1}), 400, 10601)
    check_error(await client.post({**edge("/a", "/b", "Likes"), **unknown}), 404, 10602)
    await client.create("/a", "/b")
    check_error(await client.post(edge("/a", "/b", "Likes")), 400, 10614)


async def test_34_a_reference_id_names_an_end_and_must_agree_with_its_uri(client):
    stored = await client.create("/a", "/b")
    by_id = {"referenceId": stored["referenceId"].upper(), "type": "Parent", "relatedResourceUri": "/c"}
    made = await client.post(by_id)
    assert made.status_code == 201
    assert made.json()["resourceUri"] == "/a"
    both = edge("/a", "/d", referenceId=stored["referenceId"])
    assert (await client.post(both)).status_code == 201
    check_error(await client.post(edge("/a", "/e", referenceId=stored["relatedReferenceId"])), 400, 10601)


@pytest.mark.parametrize(
    "type",
    [
        pytest.param("application/json", id="35-json"),
        pytest.param(None, id="35-none"),
        pytest.param("application/json;charset=utf-8", id="35-charset"),
        pytest.param('APPLICATION/VND.SAS.RELATIONSHIP; version=7; charset="UTF-8"', id="35-vendor-without-suffix"),
        pytest.param(RELATIONSHIP + ";charset=us-ascii", id="35-ascii"),
    ],
)
async def test_35_usable_media_types(client, type):
    assert (await client.post(edge("/a", "/b"), type)).status_code == 201


@pytest.mark.parametrize(
    ("type", "encoding"),
    [
        pytest.param("application/xml", None, id="35-xml"),
        pytest.param("text/plain", None, id="35-text"),
        pytest.param("application/vnd.sas.relationship.reference+json", None, id="35-reference"),
        pytest.param("application/json;charset=latin-1", None, id="35-charset-latin-1"),
        pytest.param("application/json", "gzip", id="35-gzip"),
    ],
)
async def test_35_unusable_media_types(client, type, encoding):
    check_error(await client.post(edge("/a", "/b"), type, Content_Encoding=encoding), 415, 10619)


async def test_35_the_encoding_identity_is_none(client):
    assert (await client.post(edge("/a", "/b"), Content_Encoding="identity")).status_code == 201


async def test_35_content_without_a_telling_member_is_refused(client):
    check_error(await client.post({"resourceUri": "/a"}, "application/json"), 400, 10601)
    check_error(await client.post({}, None), 400, 10601)


@pytest.mark.parametrize("uri", ["file://host/a b", "name@user", " ", "/ä\u0301%2f", "\U0001f600" * 2048])
async def test_36_a_uri_is_kept_as_it_is(client, uri):
    body = await client.create(uri, "/b")
    assert (await client.read(body["id"]))["resourceUri"] == uri


async def test_36_a_foreign_uri_means_the_entity_in_every_correct_encoding(client):
    made = await client.create("/tercet/entities/apollo/%65ntity/a b", "/tercet/entities/sas/resource/%2Fb")
    assert made["resourceUri"] == "/tercet/entities/apollo/entity/a%20b"
    assert made["relatedResourceUri"] == "/b"
    check_error(await client.post(edge("/tercet/entities/apollo/entity/a%20b", "/b")), 409, 10610)
    assert (await client.create("/tercet/entities/a/b", "/b"))["resourceUri"] == "/tercet/entities/a/b"


async def test_36_a_long_foreign_uri_that_is_shown_can_be_sent_back(client):
    uri = "/tercet/entities/apollo/entity/" + "%C3%A4" * 2048
    assert (await client.create(uri, "/b"))["resourceUri"] == uri


async def test_53_a_relationship_is_read_with_its_conditions(client):
    made = await client.post(edge("/a", "/b"))
    url = made.headers["location"]
    read = await client.get(url)
    head = await client.call("HEAD", url)
    assert read.json() == made.json()
    assert head.content == b""
    for answer in (read, head):
        assert answer.status_code == 200
        for name in ("etag", "last-modified", "content-type"):
            assert answer.headers[name] == made.headers[name]
    assert head.headers["content-length"] == read.headers["content-length"]


@pytest.mark.parametrize("form", ["{}", "{bare}", "{strong}", '"x", {}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_53_a_known_state_is_not_sent_again(client, form, method):
    made = await client.post(edge("/a", "/b"))
    tag = made.headers["etag"]
    strong = tag.removeprefix("W/")
    known = form.format(tag, bare=strong.strip('"'), strong=strong)
    answer = await client.call(method, made.headers["location"], If_None_Match=known)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    other = await client.call(method, made.headers["location"], If_None_Match='W/"1000"')
    assert other.status_code == 200


@pytest.mark.parametrize("id", ["not-a-uuid", UNKNOWN, "%00", "x" * 9000])
async def test_53_what_does_not_exist_is_not_found(client, id):
    check_error(await client.get(f"{R}/{id}"), 404, 10611)


async def test_53_an_id_is_read_in_any_letter_case_and_with_a_slash(client):
    made = await client.create("/a", "/b")
    assert await client.read(made["id"].upper()) == made
    assert await client.read(made["id"] + "/") == made


async def test_53_a_body_on_get_is_ignored(client):
    made = await client.create("/a", "/b")
    answer = await client.call("GET", f"{R}/{made['id']}", b"{", Content_Type="nonsense", Content_Encoding="gzip")
    assert answer.json() == made


async def test_72_of_two_racing_writers_one_wins(client):
    source, target = new_uri(), new_uri()
    answers = await asyncio.gather(*(client.post(edge(source, target)) for _ in range(2)))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 201
    body = check_error(lost, 409, 10610)
    assert body["details"][0].endswith(won.json()["id"])
