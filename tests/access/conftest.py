"""A real issuer: keys, tokens, and a server of its key set on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

NAME = "https://issuer.example"
AUDIENCE = "tercet-tests"
KINDS = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


class Signer:
    """An issuer that signs whatever a test asks it to."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, PrivateKey]] = {
            "rsa": ("RS256", rsa.generate_private_key(65537, 2048)),
            "ec": ("ES256", ec.generate_private_key(ec.SECP256R1())),
            "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
        }

    def rotate(self, old: str, new: str) -> None:
        del self.keys[old]
        self.keys[new] = ("ES256", ec.generate_private_key(ec.SECP256R1()))

    def claims(self, **changes: object) -> dict[str, object]:
        """Those of a good token; a change to None leaves the claim out."""
        now = int(time.time())
        good = {"iss": NAME, "aud": AUDIENCE, "exp": now + 600, "nbf": now - 1, "sub": "ann", "scope": "data:read"}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def sign(self, key: str = "ec", *, header: dict[str, object] | None = None, **changes: object) -> str:
        algorithm, private = self.keys[key]
        # As bytes: the library refuses to sign some of the claims that must be refused on arrival.
        payload = json.dumps(self.claims(**changes)).encode()
        return jwt.PyJWS().encode(payload, private, algorithm, {"kid": key, **(header or {})})

    def public(self, key: str) -> dict[str, object]:
        algorithm, private = self.keys[key]
        return {**KINDS[algorithm].to_jwk(private.public_key(), as_dict=True), "kid": key, "alg": algorithm}

    def key_set(self) -> bytes:
        return json.dumps({"keys": [self.public(key) for key in self.keys]}).encode()


class KeyServer:
    """Answers every GET with ``status`` and ``body``, and counts."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status = 200
        self.delay = 0.0
        self.asked = 0
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                time.sleep(outer.delay)
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/keys"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def key_server(signer: Signer) -> Iterator[KeyServer]:
    server = KeyServer(signer.key_set())
    yield server
    server.close()
