from __future__ import annotations

import asyncio
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.access.keys import MAX_BYTES, KeysUnusable, RefreshedKeys, fetch, read_key_set
from app.access.tokens import Issuer, Verifier
from app.core.errors import TokenInvalid

ISSUER = Issuer("https://issuer.example", "tercet-tests")


async def eventually(condition, seconds=3.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in the code under test
            await asyncio.sleep(0.01)


async def started(place, **times):
    keys = RefreshedKeys(place, **times)
    await keys.start()
    return keys


async def test_keys_come_from_a_url(signer, key_server):
    keys = await started(key_server.url)
    try:
        assert Verifier(ISSUER, keys).verify(f"Bearer {signer.sign('rsa')}").subject == "ann"
    finally:
        await keys.stop()


async def test_keys_come_from_a_file_and_follow_it(signer, tmp_path):
    path = tmp_path / "keys.json"
    path.write_bytes(json.dumps({"keys": [signer.public("rsa")]}).encode())
    keys = await started(str(path), refresh=0.05, pause=0.02)
    try:
        assert keys.current.find("ec") is None
        path.write_bytes(signer.key_set())
        await eventually(lambda: keys.current.find("ec") is not None)
    finally:
        await keys.stop()


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"keys": []}', b"x" * (MAX_BYTES + 1)])
async def test_a_file_without_keys_stops_the_start(tmp_path, content):
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KeysUnusable):
        await RefreshedKeys(str(path)).start()


async def test_a_new_key_is_fetched_on_its_first_token_and_the_old_one_is_refused_from_then_on(signer, key_server):
    signer.keys["old"] = ("ES256", ec.generate_private_key(ec.SECP256R1()))
    key_server.body = signer.key_set()
    keys = await started(key_server.url, refresh=60, pause=0.02)
    verifier = Verifier(ISSUER, keys)
    try:
        before = signer.sign("old")
        verifier.verify(f"Bearer {before}")
        signer.rotate("old", "new")
        key_server.body = signer.key_set()
        after = signer.sign("new")
        with pytest.raises(TokenInvalid):
            verifier.verify(f"Bearer {after}")
        await eventually(lambda: keys.current.find("new") is not None)
        assert verifier.verify(f"Bearer {after}").subject == "ann"
        with pytest.raises(TokenInvalid):
            verifier.verify(f"Bearer {before}")
    finally:
        await keys.stop()
        signer.keys.pop("new", None)
        signer.keys.pop("old", None)


async def test_unknown_keys_make_us_ask_no_more_often_than_the_pause(key_server):
    keys = await started(key_server.url, refresh=60, pause=0.2)
    try:
        for _ in range(50):
            keys.miss()
            await asyncio.sleep(0.01)
        assert 2 <= key_server.asked <= 4
    finally:
        await keys.stop()


async def test_nothing_is_asked_on_the_path_of_a_request(signer, key_server):
    keys = await started(key_server.url, refresh=60, pause=60)
    try:
        for _ in range(20):
            with pytest.raises(TokenInvalid):
                Verifier(ISSUER, keys).verify(f"Bearer {signer.sign(header={'kid': 'unknown'})}")
        assert key_server.asked == 1
    finally:
        await keys.stop()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b""),
        (200, b"<html>maintenance</html>"),
        (200, b'{"keys": "none"}'),
        (200, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "ec"}]}'),
        (200, b"[" * 100_000),
        (200, b" " * (MAX_BYTES + 1)),
    ],
)
async def test_garbage_from_the_issuer_leaves_the_last_good_keys_in_use(signer, key_server, status, body):
    keys = await started(key_server.url)
    try:
        key_server.status, key_server.body = status, body
        assert await keys.read_again() is False
        assert Verifier(ISSUER, keys).verify(f"Bearer {signer.sign()}").subject == "ann"
    finally:
        await keys.stop()


async def test_an_issuer_that_is_gone_leaves_the_last_good_keys_in_use(signer, key_server):
    keys = await started(key_server.url)
    try:
        key_server.close()
        assert await keys.read_again() is False
        assert Verifier(ISSUER, keys).verify(f"Bearer {signer.sign()}").subject == "ann"
    finally:
        await keys.stop()


async def test_an_issuer_that_is_down_at_our_start_is_asked_again_until_it_answers(signer, key_server):
    key_server.status = 503
    keys = await started(key_server.url, refresh=60, pause=0.02)
    verifier = Verifier(ISSUER, keys)
    try:
        assert not verifier.ready
        with pytest.raises(TokenInvalid):
            verifier.verify(f"Bearer {signer.sign()}")
        key_server.status = 200
        await eventually(lambda: verifier.ready)
        assert verifier.verify(f"Bearer {signer.sign()}").subject == "ann"
    finally:
        await keys.stop()


async def test_an_unchanged_key_set_keeps_what_is_remembered(key_server):
    keys = await started(key_server.url)
    try:
        before = keys.current
        assert await keys.read_again()
        assert keys.current is before
    finally:
        await keys.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/keys", "http://[broken/keys", "http:///keys"])
async def test_an_address_that_answers_nothing_is_told_as_such(url):
    with pytest.raises(KeysUnusable):
        await fetch(url)


def test_keys_that_can_not_sign_for_us_are_passed_over(signer):
    weak = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
    other = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
    document = {
        "keys": [
            {**weak, "kid": "weak"},
            {**other, "kid": "p384"},
            {**signer.public("rsa"), "kid": "for encryption", "use": "enc"},
            {**signer.public("rsa"), "kid": "pss", "alg": "PS256"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"},
            {"kty": "EC", "kid": "half"},
            {**signer.public("ec"), "kid": ["list"]},
            "text",
            None,
            signer.public("ec"),
        ]
    }
    keys = read_key_set(json.dumps(document).encode())
    assert len(keys) == 1
    assert keys.find("ec") is not None


def test_a_set_of_too_many_keys_is_refused(signer):
    with pytest.raises(KeysUnusable):
        read_key_set(json.dumps({"keys": [signer.public("ec")] * 101}).encode())
