"""A bearer token becomes a caller, here and nowhere else."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import jwt

from app.access.keys import ALGORITHMS
from app.core.access import Caller, Right, list_principals
from app.core.errors import TokenExpired, TokenInvalid, TokenMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.access.keys import KeySet, KeySource

MAX_TOKEN_CHARACTERS: Final = 16_384
MAX_NAME_CHARACTERS: Final = 256
LEEWAY_SECONDS: Final = 30.0
REMEMBERED: Final = 1024
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
MAX_SECONDS: Final = 1e12
RIGHT_CLAIM: Final = "tercet_right"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken and what they must say.

    ``gives_rights``: the claim ``tercet_right`` is believed, as a right on every space; our own issuer's only.
    """

    name: str
    audience: str
    algorithms: tuple[str, ...] = ALGORITHMS
    leeway: float = LEEWAY_SECONDS
    gives_rights: bool = False


class Verifier:
    """Verifies tokens of one issuer, without ever waiting.

    A token that was good is remembered until its ``exp`` or until the issuer's keys change, whichever is first.
    """

    def __init__(self, issuer: Issuer, keys: KeySource, *, remembered: int = REMEMBERED) -> None:
        self._issuer = issuer
        self._keys = keys
        self._limit = remembered
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._known_by: KeySet = keys.current

    @property
    def ready(self) -> bool:
        """Whether there are keys to verify with."""
        return len(self._keys.current) > 0

    async def start(self) -> None:
        """Brings the issuer's keys and keeps them fresh until ``stop``; raises KeysUnusable if they can't come."""
        await self._keys.start()

    async def stop(self) -> None:
        """Ends what ``start`` began."""
        await self._keys.stop()

    def verify(self, authorization: str | None) -> Caller:
        """The caller that an ``Authorization`` header stands for.

        Raises TokenMissing without a header of the scheme Bearer (any letter case), TokenExpired for a token that is
        good but for its age, TokenInvalid for every other fault. The errors' texts are for logs.
        """
        token = _token_of(authorization)
        keys = self._keys.current
        if keys is not self._known_by:
            self._known.clear()
            self._known_by = keys
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None and time.time() < known[1]:
            return known[0]
        claims = self._claims_of(token, keys)
        caller = _caller_of(claims, self._issuer)
        self._remember(digest, caller, _expiry_of(claims))
        return caller

    def _remember(self, digest: bytes, caller: Caller, until: float) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= self._limit:
            self._known.pop(next(iter(self._known)), None)
        self._known[digest] = (caller, until)

    def _claims_of(self, token: str, keys: KeySet) -> Mapping[str, object]:
        try:
            key = self._key_of(jwt.get_unverified_header(token), keys)
            claims: dict[str, object] = jwt.decode(
                token,
                key,
                algorithms=list(self._issuer.algorithms),
                audience=self._issuer.audience,
                issuer=self._issuer.name,
                leeway=self._issuer.leeway,
                # Age is judged last and by ourselves: "expired" must only be said of a token that is good otherwise.
                options={"require": ["exp", "iss", "aud"], "verify_exp": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TokenInvalid(f"{type(error).__name__}: {error}") from error
        if _expiry_of(claims) + self._issuer.leeway <= time.time():
            raise TokenExpired("exp has passed")
        return claims

    def _key_of(self, header: Mapping[str, object], keys: KeySet) -> jwt.PyJWK:
        algorithm, kind, key_id = header.get("alg"), header.get("typ", "JWT"), header.get("kid")
        if algorithm not in self._issuer.algorithms:
            raise TokenInvalid("algorithm not allowed")
        if not isinstance(kind, str) or kind.lower() not in TYPES:
            raise TokenInvalid("not an access token by its typ")
        if "crit" in header or "b64" in header:
            raise TokenInvalid("asks for an extension")
        key = keys.find(key_id if isinstance(key_id, str) else None)
        if key is None:
            self._keys.miss()
            raise TokenInvalid("signed with an unknown key")
        if key.algorithm_name != algorithm:
            raise TokenInvalid("algorithm is not its key's")
        return key


def _token_of(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing("no bearer token")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenInvalid(f"longer than {MAX_TOKEN_CHARACTERS} characters")
    return token


def _expiry_of(claims: Mapping[str, object]) -> float:
    value = claims["exp"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MAX_SECONDS:
        raise TokenInvalid("exp is not a number of seconds")
    return float(value)


def _caller_of(claims: Mapping[str, object], issuer: Issuer) -> Caller:
    subject, client = _name(claims, "sub"), _name(claims, "client_id")
    if subject is None and client is None:
        raise TokenInvalid("names neither a user nor an app")
    principals = list_principals(
        subject=subject,
        client=client,
        device=_name(claims, "device_id"),
        org=_name(claims, "org"),
        groups=_words(claims.get("groups")),
    )
    user = _name(claims, "user_name") or subject
    blanket = _blanket_of(claims) if issuer.gives_rights else None
    scopes = _scopes_of(claims.get("scope"))
    return Caller(subject, client, user, scopes, principals, blanket)


def _name(claims: Mapping[str, object], claim: str) -> str | None:
    """A claim that names somebody; a value that could never stand in an access list makes the token invalid."""
    value = claims.get(claim)
    if value is None:
        return None
    if not isinstance(value, str) or not _is_name(value):
        raise TokenInvalid(f"{claim} is not 1 to {MAX_NAME_CHARACTERS} printable characters")
    return value


def _is_name(value: str) -> bool:
    return 0 < len(value) <= MAX_NAME_CHARACTERS and value.isprintable()


def _words(value: object) -> tuple[str, ...]:
    """The usable texts of an array; what else stands there gives nobody anything."""
    return tuple(item for item in value if isinstance(item, str) and _is_name(item)) if isinstance(value, list) else ()


def _scopes_of(value: object) -> frozenset[str]:
    """autodesk 2.2: a text with spaces between the scopes, or an array of texts."""
    return frozenset(value.split(" ") if isinstance(value, str) else _words(value)) - {""}


def _blanket_of(claims: Mapping[str, object]) -> Right | None:
    word = claims.get(RIGHT_CLAIM)
    if word is None:
        return None
    try:
        return Right.read(str(word))
    except ValueError as error:
        raise TokenInvalid(f"{RIGHT_CLAIM} is no right") from error
