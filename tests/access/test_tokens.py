from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.access.keys import FixedKeys, read_key_set
from app.access.tokens import MAX_TOKEN_CHARACTERS, Issuer, Verifier
from app.core.access import Right
from app.core.errors import NotAuthenticated, TokenExpired, TokenInvalid, TokenMissing

NAME, AUDIENCE = "https://issuer.example", "tercet-tests"


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def verifier(signer):
    return Verifier(Issuer(NAME, AUDIENCE), FixedKeys(read_key_set(signer.key_set())))


def verify(verifier, token):
    return verifier.verify(f"Bearer {token}")


@pytest.mark.parametrize("key", ["rsa", "ec", "ed"])
def test_a_good_token_of_each_algorithm_is_taken(verifier, signer, key):
    assert verify(verifier, signer.sign(key)).subject == "ann"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", None])
def test_an_access_token_is_known_by_its_typ_or_by_none(verifier, signer, kind):
    assert verify(verifier, signer.sign(header={"typ": kind})).subject == "ann"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " bearer ", "bEaReR  "])
def test_the_scheme_is_taken_in_any_letter_case(verifier, signer, scheme):
    assert verifier.verify(f"{scheme} {signer.sign()}").subject == "ann"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearertoken", "Token x"])
def test_without_a_bearer_token_it_is_missing(verifier, header):
    with pytest.raises(TokenMissing):
        verifier.verify(header)


BAD_CLAIMS = {
    "another issuer": {"iss": "https://other.example"},
    "no issuer": {"iss": None},
    "an issuer that is a list": {"iss": [NAME]},
    "another audience": {"aud": "somebody-else"},
    "no audience": {"aud": None},
    "audiences without ours": {"aud": ["a", "b"]},
    "no expiry": {"exp": None},
    "an expiry in words": {"exp": "tomorrow"},
    "an expiry of digits in a text": {"exp": "99999999999"},
    "an expiry that is true": {"exp": True},
    "an endless expiry": {"exp": float("inf")},
    "an expiry that is no number": {"exp": float("nan")},
    "an enormous expiry": {"exp": 10**400},
    "an expiry before time began": {"exp": -5},
    "a start in the future": {"nbf": int(time.time()) + 3600},
    "an endless start": {"nbf": float("inf")},
    "issued in the future": {"iat": int(time.time()) + 3600},
    "nobody at all": {"sub": None},
    "a subject that is a number": {"sub": 7},
    "an empty subject": {"sub": ""},
    "a subject with a line end": {"sub": "ann\nsub:user:bob"},
    "a subject with half a character": {"sub": "\ud800"},
    "a subject that fits no access list": {"sub": "a" * 257},
    "a client that is a list": {"client_id": ["x"]},
    "an org that is a number": {"org": 5},
}


@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_a_token_with_a_bad_claim_is_invalid(verifier, signer, changes):
    with pytest.raises(TokenInvalid):
        verify(verifier, signer.sign(**changes))


@pytest.mark.parametrize("kind", ["logout+jwt", "id+jwt", "secevent+jwt", "dpop+jwt", "JOSE"])
def test_a_token_of_another_typ_is_invalid(verifier, signer, kind):
    algorithm, private = signer.keys["ec"]
    token = jwt.encode(signer.claims(), private, algorithm, {"kid": "ec", "typ": kind})
    with pytest.raises(TokenInvalid):
        verify(verifier, token)


@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_invalid(verifier, signer, name):
    token = f"{segment({'alg': name, 'typ': 'JWT', 'kid': 'ec'})}.{segment(signer.claims())}."
    with pytest.raises(TokenInvalid):
        verify(verifier, token)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_public_key_used_as_a_shared_secret_signs_nothing(verifier, signer, encoding):
    public = signer.keys["rsa"][1].public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'rsa'})}.{segment(signer.claims())}"
    digest = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    with pytest.raises(TokenInvalid):
        verify(verifier, f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")


def test_an_algorithm_that_is_not_the_keys_is_invalid(verifier, signer):
    token = jwt.encode(signer.claims(), signer.keys["rsa"][1], "PS256", {"kid": "rsa"})
    other = jwt.encode(signer.claims(), signer.keys["ec"][1], "ES256", {"kid": "rsa"})
    for bad in (token, other):
        with pytest.raises(TokenInvalid):
            verify(verifier, bad)


def test_an_issuer_may_allow_fewer_algorithms(signer):
    verifier = Verifier(Issuer(NAME, AUDIENCE, algorithms=("ES256",)), FixedKeys(read_key_set(signer.key_set())))
    assert verify(verifier, signer.sign("ec")).subject == "ann"
    with pytest.raises(TokenInvalid):
        verify(verifier, signer.sign("rsa"))


def test_a_key_that_came_with_the_token_is_not_used(verifier, signer):
    own = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(own.public_key(), as_dict=True)
    with pytest.raises(TokenInvalid):
        verify(verifier, jwt.encode(signer.claims(), own, "ES256", {"kid": "ec", "jwk": public, "jku": "http://x"}))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"kid": "nobody's"}])
def test_an_unknown_extension_or_key_is_invalid(verifier, signer, header):
    with pytest.raises(TokenInvalid):
        verify(verifier, signer.sign(header=header))


def test_a_changed_token_is_invalid(verifier, signer):
    head, _, signature = signer.sign().split(".")
    with pytest.raises(TokenInvalid):
        verify(verifier, f"{head}.{segment(signer.claims(sub='bob'))}.{signature}")


def test_a_huge_token_is_invalid_though_its_signature_is_good(verifier, signer):
    fits = signer.sign(note="x" * 8000)
    assert verify(verifier, fits).subject == "ann"
    huge = signer.sign(note="x" * 13_000)
    assert len(huge) > MAX_TOKEN_CHARACTERS
    with pytest.raises(TokenInvalid):
        verify(verifier, huge)


def test_a_token_is_expired_once_the_leeway_is_over(verifier, signer):
    now = int(time.time())
    assert verify(verifier, signer.sign(exp=now - 20)).subject == "ann"
    with pytest.raises(TokenExpired):
        verify(verifier, signer.sign(exp=now - 31))


def test_only_a_token_that_is_good_otherwise_is_called_expired(verifier, signer):
    old = int(time.time()) - 3600
    head, body, _ = signer.sign(exp=old).split(".")
    for bad in (signer.sign(exp=old, aud="somebody-else"), signer.sign(exp=old, iss="x"), f"{head}.{body}.AAAA"):
        with pytest.raises(TokenInvalid):
            verify(verifier, bad)


def test_a_remembered_token_expires_on_time(signer):
    verifier = Verifier(Issuer(NAME, AUDIENCE, leeway=0.0), FixedKeys(read_key_set(signer.key_set())))
    token = signer.sign(exp=time.time() + 0.3)
    # PyJWT compares whole seconds in nothing but exp, which is ours: fractions count.
    assert verify(verifier, token) is verify(verifier, token)
    time.sleep(0.35)
    with pytest.raises(TokenExpired):
        verify(verifier, token)


def test_a_remembered_token_is_refused_when_its_key_is_withdrawn(signer):
    keys = FixedKeys(read_key_set(signer.key_set()))
    verifier = Verifier(Issuer(NAME, AUDIENCE), keys)
    token = signer.sign("ec")
    verify(verifier, token)
    left = {"keys": [signer.public("rsa")]}
    keys.current = read_key_set(json.dumps(left).encode())
    with pytest.raises(TokenInvalid):
        verify(verifier, token)


def test_no_more_tokens_are_remembered_than_the_bound(signer):
    verifier = Verifier(Issuer(NAME, AUDIENCE), FixedKeys(read_key_set(signer.key_set())), remembered=3)
    tokens = [signer.sign(sub=f"user-{number}") for number in range(8)]
    assert [verify(verifier, token).subject for token in tokens] == [f"user-{number}" for number in range(8)]
    first, last = verify(verifier, tokens[7]), verify(verifier, tokens[7])
    assert first is last
    assert len(verifier._known) == 3


def test_a_token_without_a_key_id_is_verified_by_the_only_key(signer):
    keys = read_key_set(json.dumps({"keys": [signer.public("ec")]}).encode())
    token = jwt.encode(signer.claims(), signer.keys["ec"][1], "ES256")
    assert verify(Verifier(Issuer(NAME, AUDIENCE), FixedKeys(keys)), token).subject == "ann"
    several = Verifier(Issuer(NAME, AUDIENCE), FixedKeys(read_key_set(signer.key_set())))
    with pytest.raises(TokenInvalid):
        verify(several, token)


@pytest.mark.parametrize("scope", ["data:read data:write", ["data:read", "data:write"], "  data:read   data:write "])
def test_scopes_are_a_text_or_an_array(verifier, signer, scope):
    assert verify(verifier, signer.sign(scope=scope)).scopes == {"data:read", "data:write"}


@pytest.mark.parametrize("scope", [None, "", 7, {"data:read": True}, [7, None]])
def test_scopes_of_another_form_allow_nothing(verifier, signer, scope):
    assert verify(verifier, signer.sign(scope=scope)).scopes == frozenset()


def test_every_claim_that_names_somebody_is_a_principal_and_the_user_comes_first(verifier, signer):
    caller = verify(
        verifier, signer.sign(client_id="app-1", device_id="d-2", org="acme", groups=["red", 7, "blue:green"])
    )
    assert caller.principals == (
        "sub:user:ann",
        "sub:app:app-1",
        "sub:dev:d-2",
        "org:acme",
        "group:acme:red",
        "group:acme:blue:green",
    )
    assert caller.principal == "sub:user:ann"
    assert caller.grantees[-1] == "*"


def test_the_groups_of_an_org_with_a_colon_name_nobody_elses(verifier, signer):
    caller = verify(verifier, signer.sign(org="acme:blue", groups=["green"]))
    assert caller.principals == ("sub:user:ann", "org:acme:blue")


@pytest.mark.parametrize("changes", [{"sub": None, "client_id": "app-1"}, {"sub": "app-1", "client_id": "app-1"}])
def test_a_token_of_a_client_alone_is_a_services(verifier, signer, changes):
    caller = verify(verifier, signer.sign(**changes))
    assert caller.is_service
    assert caller.principals == ("sub:app:app-1",)


def test_the_user_is_user_name_and_else_the_subject(verifier, signer):
    assert verify(verifier, signer.sign(user_name="Ann B")).user == "Ann B"
    assert verify(verifier, signer.sign()).user == "ann"


def test_a_right_on_every_space_is_believed_of_our_own_issuer_only(verifier, signer):
    token = signer.sign(tercet_right="owner")
    assert verify(verifier, token).blanket is None
    ours = Verifier(Issuer(NAME, AUDIENCE, gives_rights=True), FixedKeys(read_key_set(signer.key_set())))
    assert verify(ours, token).blanket is Right.OWNER
    with pytest.raises(TokenInvalid):
        verify(ours, signer.sign(tercet_right="emperor"))


@given(st.one_of(st.text(), st.from_regex(r"\A[A-Za-z0-9_\-]{0,40}(\.[A-Za-z0-9_\-=]{0,40}){0,4}\Z")))
def test_no_text_whatever_raises_anything_but_a_refusal(signer, text):
    verifier = Verifier(Issuer(NAME, AUDIENCE), FixedKeys(read_key_set(signer.key_set())))
    with pytest.raises(NotAuthenticated):
        verifier.verify(f"Bearer {text}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_header_whatever_raises_anything_but_a_refusal(signer, value):
    verifier = Verifier(Issuer(NAME, AUDIENCE), FixedKeys(read_key_set(signer.key_set())))
    for header in (value, {"alg": value}, {"alg": "ES256", "typ": value, "kid": value}, {"alg": "ES256", "kid": value}):
        with pytest.raises(NotAuthenticated):
            verifier.verify(f"Bearer {segment(header)}.{segment(signer.claims())}.AAAA")


def test_deeply_nested_headers_are_refused(verifier):
    deep = base64.urlsafe_b64encode(b"[" * 5000 + b"]" * 5000).rstrip(b"=").decode()
    with pytest.raises(TokenInvalid):
        verify(verifier, f"{deep}.e30.AAAA")
