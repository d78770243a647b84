"""The calls that clients make before the first real one (sas 13), line 74 of the checklist."""

from __future__ import annotations

from base64 import b64encode

import httpx2

from app.facades.context import Context
from app.facades.sas import standins
from tests.sas.client import R

CLIENT = {
    "Authorization": "Basic " + b64encode(b"sas.ec:").decode(),
    "Content-Type": "application/x-www-form-urlencoded",
}
TOKEN = "/SASLogon/oauth/token"


def connect(service, *, issuer: bool = True, peer: str = "127.0.0.1") -> httpx2.AsyncClient:
    context = Context(service.service.store, service.service.verifier.verify, service.settings, "http://x")
    app = standins.mount(context, service.issuer if issuer else None)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(peer, 1)), base_url="http://x")


async def test_74_a_token_is_good_for_every_space(service):
    client = connect(service)
    answer = await client.post(TOKEN, content="grant_type=password&username=ops&password=x", headers=CLIENT)
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "bearer", 3600)
    assert body["scope"] == "relationships.read relationships.write"
    assert body["refresh_token"]
    assert answer.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    space = await service.found()
    listed = await service.client.get(R, headers={**headers, "X-Tercet-Space": space})
    assert listed.status_code == 200, listed.text
    as_summary = {**headers, "Accept": standins.SUMMARY + "+json"}
    user = await client.get("/identities/users/%40currentUser", headers=as_summary)
    assert (user.status_code, user.json()["id"]) == (200, "ops")
    assert user.headers["content-type"] == "application/vnd.sas.identity.user+json"
    refused = await client.get("/identities/users/@currentUser", headers={**headers, "Accept": "text/csv"})
    assert refused.status_code == 406
    assert (await client.get("/licenses/grants", headers=headers)).json()["release"] == "V04"
    cadence = "/deploymentData/cadenceVersion"
    assert (await client.get(cadence, headers=headers)).json()["cadenceName"] == "stable"
    head = await client.head(cadence, headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert (await client.get("/licenses/grants")).json()["errorCode"] == 10624


async def test_74_other_grants_and_callers_are_refused_in_oauth_words(service):
    client = connect(service)
    answer = await client.post(TOKEN, content="grant_type=magic", headers=CLIENT)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    answer = await client.post(TOKEN, content="grant_type=password")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    answer = await client.post(TOKEN, content="grant_type=client_credentials", headers=CLIENT)
    assert "refresh_token" not in answer.json()
    for closed in (connect(service, issuer=False), connect(service, peer="8.8.8.8")):
        assert (await closed.post(TOKEN, content="grant_type=password", headers=CLIENT)).status_code == 404


CALLS = (
    ("POST", TOKEN, "grant_type=password&username=ops&password=x"),
    ("GET", "/identities/users/@currentUser", ""),
    ("GET", "/identities/users/%40currentUser", ""),
    ("GET", "/licenses/grants", ""),
    ("GET", "/deploymentData/cadenceVersion", ""),
)


async def test_74_the_service_stands_in_where_it_is_told_to_and_knows_nothing_of_it_elsewhere(make_service):
    for standing in (True, False):
        service = await make_service(sas_standins=standing)
        headers = {**CLIENT, "Authorization": f"Bearer {service.token(sub='ops')}"}
        for method, path, content in CALLS:
            sent = {**headers, **(CLIENT if method == "POST" else {})}
            answer = await service.client.request(method, path, content=content, headers=sent)
            assert answer.status_code == (200 if standing else 404), (path, answer.text)
            if standing and "users" in path:
                assert answer.json() == {
                    "version": 1,
                    "id": "ops",
                    "name": "ops",
                    "type": "user",
                    "providerId": "tercet",
                    "state": "active",
                    "links": [],
                }
            if standing and "licenses" in path:
                assert answer.json() == {"version": 1, "release": "V04", "grants": [], "links": []}
            if standing and "cadence" in path:
                assert answer.json() == {
                    "version": 1,
                    "cadenceName": "stable",
                    "cadenceVersion": "2023.10",
                    "links": [],
                }
