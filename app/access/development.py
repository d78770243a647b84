"""Our own issuer, for a service that listens on loopback only: one key, made once, and tokens for anybody."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.access.files import keep_secret
from app.access.keys import FixedKeys, read_key_set
from app.access.tokens import RIGHT_CLAIM, Issuer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.core.access import Right

ISSUER: Final = Issuer("tercet:development", "tercet", algorithms=("ES256",), gives_rights=True)
KEY_FILE: Final = "development-key.pem"
DEFAULT_SCOPES: Final = (
    "data:read data:write data:create apollo_read apollo_write apollo_admin "
    "relationships.read relationships.write graph.read graph.cypher"
)


class KeyFileUnusable(ValueError):
    """The file of the development key holds something else."""


class DevelopmentIssuer:
    """Mints the tokens that a development start takes; whoever can read the key file can do the same."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._id = _name_key(key.public_key())

    @classmethod
    def open(cls, data_dir: Path) -> DevelopmentIssuer:
        """The issuer of the key in ``data_dir``, which is made, readable by its owner only, the first time.

        Raises OSError when the folder can't be used, KeyFileUnusable when the file holds no key of ours.
        """
        path = data_dir / KEY_FILE
        kept = keep_secret(path, _make_key)
        try:
            key = serialization.load_pem_private_key(kept, None)
        except (ValueError, TypeError) as error:
            raise KeyFileUnusable(f"{path} holds no private key; remove it to get a new one") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeyFileUnusable(f"{path} holds no key of curve P-256; remove it to get a new one")
        return cls(key)

    def mint(
        self,
        sub: str | None = "developer",
        scope: str = DEFAULT_SCOPES,
        minutes: float = 60,
        client_id: str | None = None,
        *,
        user_name: str | None = None,
        org: str | None = None,
        groups: Sequence[str] = (),
        device_id: str | None = None,
        right: Right | None = None,
    ) -> str:
        """A token good for ``minutes`` from now; ``right`` is one on every space."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": ISSUER.name,
            "aud": ISSUER.audience,
            "iat": now,
            "nbf": now,
            "exp": now + round(minutes * 60),
            "jti": secrets.token_urlsafe(12),
            "scope": scope,
        }
        optional = {
            "sub": sub,
            "client_id": client_id,
            "user_name": user_name,
            "org": org,
            "groups": list(groups) or None,
            "device_id": device_id,
            RIGHT_CLAIM: None if right is None else right.wire,
        }
        claims.update({name: value for name, value in optional.items() if value is not None})
        return jwt.encode(claims, self._key, "ES256", {"kid": self._id, "typ": "at+jwt"})

    def keys(self) -> FixedKeys:
        """The public half, for a verifier."""
        listed = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        document = {"keys": [{**listed, "kid": self._id, "alg": "ES256", "use": "sig"}]}
        return FixedKeys(read_key_set(json.dumps(document).encode()))


def _name_key(key: ec.EllipticCurvePublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:12]).decode()


def _make_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
