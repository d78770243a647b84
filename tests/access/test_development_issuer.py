from __future__ import annotations

import threading

import jwt
import pytest

from app.access import DEFAULT_SCOPES, DevelopmentIssuer, check_listen, verifier_from
from app.access.development import KeyFileUnusable
from app.core.access import Right
from app.core.errors import TokenExpired, TokenInvalid
from app.settings import SettingInvalid, Settings


@pytest.fixture
def issuer(tmp_path):
    return DevelopmentIssuer.open(tmp_path / "data")


@pytest.fixture
def verifier(tmp_path):
    return verifier_from(Settings(data_dir=tmp_path / "data"))


def test_a_minted_token_is_the_developers_with_every_scope(issuer, verifier):
    caller = verifier.verify(f"Bearer {issuer.mint()}")
    assert caller.principal == "sub:user:developer"
    assert caller.scopes == frozenset(DEFAULT_SCOPES.split())
    assert "graph.cypher" in caller.scopes
    assert caller.blanket is None


def test_a_minted_token_says_what_was_asked_for(issuer, verifier):
    token = issuer.mint(
        "ops", "data:read", 5, "app", user_name="Ops", org="acme", groups=["red"], device_id="d", right=Right.READWRITE
    )
    caller = verifier.verify(f"Bearer {token}")
    assert (caller.subject, caller.client, caller.user) == ("ops", "app", "Ops")
    assert caller.principals == ("sub:user:ops", "sub:app:app", "sub:dev:d", "org:acme", "group:acme:red")
    assert caller.blanket is Right.READWRITE
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 300


def test_a_service_gets_a_token_without_a_user(issuer, verifier):
    assert verifier.verify(f"Bearer {issuer.mint(None, client_id='job')}").is_service


def test_a_token_of_the_past_is_expired(issuer, verifier):
    with pytest.raises(TokenExpired):
        verifier.verify(f"Bearer {issuer.mint(minutes=-5)}")


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path, verifier):
    files = list((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["development-key.pem"]
    assert files[0].stat().st_mode & 0o777 == 0o600
    again = DevelopmentIssuer.open(tmp_path / "data")
    assert verifier.verify(f"Bearer {again.mint()}").subject == "developer"


def test_starts_at_the_same_time_agree_on_one_key(tmp_path):
    made: list[DevelopmentIssuer] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        made.append(DevelopmentIssuer.open(tmp_path / "data"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verifier = verifier_from(Settings(data_dir=tmp_path / "data"))
    assert [verifier.verify(f"Bearer {issuer.mint()}").subject for issuer in made] == ["developer"] * 8


def test_the_token_of_another_machine_is_refused(tmp_path, verifier):
    with pytest.raises(TokenInvalid):
        verifier.verify(f"Bearer {DevelopmentIssuer.open(tmp_path / 'other').mint()}")


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_damaged_key_file_is_told_by_its_name(tmp_path, content):
    (tmp_path / "development-key.pem").write_bytes(content)
    with pytest.raises(KeyFileUnusable, match=r"development-key\.pem"):
        DevelopmentIssuer.open(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"])
def test_development_listens_on_loopback(host):
    check_listen(Settings(host=host))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "10.0.0.1", "example.org", "localhost.example.org", "", "127.1", "[::1]"]
)
def test_development_listens_nowhere_else(tmp_path, host):
    with pytest.raises(SettingInvalid, match="TERCET_HOST"):
        check_listen(Settings(host=host))
    with pytest.raises(SettingInvalid, match="TERCET_HOST"):
        verifier_from(Settings(host=host, data_dir=tmp_path))


GOOD = {"auth": "jwt", "jwt_issuer": "https://i.example", "jwt_audience": "tercet", "jwt_jwks": "/keys.json"}


def test_with_tokens_of_an_issuer_any_address_may_be_listened_on(tmp_path):
    verifier = verifier_from(Settings(**GOOD, host="0.0.0.0", data_dir=tmp_path))
    assert not verifier.ready
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left_out", ["jwt_issuer", "jwt_audience", "jwt_jwks"])
def test_tokens_of_an_issuer_need_its_name_its_audience_and_its_keys(left_out):
    with pytest.raises(SettingInvalid, match=f"TERCET_{left_out.upper()}"):
        verifier_from(Settings(**{**GOOD, left_out: None}))


async def test_a_development_token_is_worth_nothing_to_another_issuers_service(tmp_path, issuer, signer):
    keys = tmp_path / "keys.json"
    keys.write_bytes(signer.key_set())
    verifier = verifier_from(Settings(**{**GOOD, "jwt_jwks": str(keys)}))
    await verifier.start()
    try:
        with pytest.raises(TokenInvalid):
            verifier.verify(f"Bearer {issuer.mint()}")
        good = signer.sign(iss=GOOD["jwt_issuer"], aud=GOOD["jwt_audience"])
        assert verifier.verify(f"Bearer {good}").subject == "ann"
    finally:
        await verifier.stop()
