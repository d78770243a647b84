"""The keys of an issuer: read from a JSON Web Key Set, kept fresh in the background, served stale when it is down."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

import httpx2
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 262_144
MAX_KEYS: Final = 100
MIN_RSA_BITS: Final = 2048
REFRESH_SECONDS: Final = 300.0
PAUSE_SECONDS: Final = 10.0
TIMEOUT_SECONDS: Final = 5.0

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""All that any issuer may sign with; never ``none``, never a shared secret."""


class KeysUnusable(ValueError):
    """A key set could not be fetched, or what came is none; the message says why."""


class KeySet:
    """Public keys by id, and which content they came from; never changes."""

    __slots__ = ("_by_id", "content")

    def __init__(self, by_id: Mapping[str, jwt.PyJWK], content: bytes) -> None:
        self._by_id = MappingProxyType(dict(by_id))
        self.content = content

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key of that id; without an id, the only key of a set of one."""
        if key_id is not None:
            return self._by_id.get(key_id)
        return next(iter(self._by_id.values())) if len(self._by_id) == 1 else None


NO_KEYS: Final = KeySet({}, b"")


def read_key_set(content: bytes) -> KeySet:
    """The keys of a JWKS document that can sign for us; keys of other uses, kinds or sizes are passed over.

    Raises KeysUnusable when the document is none, is too large, or holds no usable key.
    """
    try:
        document = json.loads(content)
        listed = document["keys"]
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise KeysUnusable("not a JSON Web Key Set") from error
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise KeysUnusable(f"keys is not a list of at most {MAX_KEYS}")
    found: dict[str, jwt.PyJWK] = {}
    for number, item in enumerate(listed):
        key = _read_key(item)
        if key is not None:
            # A key without an id is found by tokens without one, as the only key of its set.
            found.setdefault(key.key_id or f"\0{number}", key)
    if not found:
        raise KeysUnusable("no key in it can verify our tokens")
    return KeySet(found, content)


def _read_key(item: object) -> jwt.PyJWK | None:
    if not isinstance(item, dict) or item.get("use", "sig") != "sig":
        return None
    if not isinstance(item.get("kid", ""), str) or not isinstance(item.get("alg", ""), str):
        return None
    try:
        # Only the public half is ever needed: a set that leaks its private one is not made worse by us.
        key = jwt.PyJWK({name: value for name, value in item.items() if name != "d"})
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if key.algorithm_name not in ALGORITHMS:
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
        return None
    return key


class KeySource(Protocol):
    """Where a verifier finds keys, without ever waiting for them."""

    @property
    def current(self) -> KeySet:
        """The keys known now; an equal ``content`` means equal keys."""

    def miss(self) -> None:
        """Told that a token named a key which is not among ``current``; may fetch, later."""

    async def start(self) -> None:
        """Brings the first keys; raises KeysUnusable when they can never come."""

    async def stop(self) -> None:
        """Ends what ``start`` began."""


class FixedKeys:
    """Keys that never change: those of our own issuer."""

    def __init__(self, keys: KeySet) -> None:
        self.current = keys

    def miss(self) -> None:
        """Nothing newer will come."""

    async def start(self) -> None:
        """The keys are here already."""

    async def stop(self) -> None:
        """Nothing runs."""


class RefreshedKeys:
    """Keys of a file or URL, read again every ``refresh`` seconds and, at most once in ``pause`` seconds, on a miss.

    A failed read changes nothing: the last good keys stay in use. ``start`` fails only for an unreadable file; an
    issuer that is down at our start is asked again every ``pause`` seconds, and until then no token is good.
    Belongs to one event loop: ``miss`` must be called there.
    """

    def __init__(self, place: str, *, refresh: float = REFRESH_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        self.current: KeySet = NO_KEYS
        self._place = place
        self._refresh = refresh
        self._pause = pause
        self._missed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("tercet.access")

    def miss(self) -> None:
        self._missed.set()

    async def start(self) -> None:
        if not await self.read_again() and not _is_url(self._place):
            raise KeysUnusable(f"{self._place} holds no keys")
        self._task = asyncio.create_task(self._keep_fresh(), name="issuer-keys")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def read_again(self) -> bool:
        """Reads the place once; False, and a line in the log, when the last good keys had to stay."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS * 2):
                content = await (fetch(self._place) if _is_url(self._place) else read_file(Path(self._place)))
            if not len(self.current) or content != self.current.content:
                self.current = read_key_set(content)
                self._log.info("keys of the issuer read", place=self._place, keys=len(self.current))
        except (KeysUnusable, TimeoutError) as error:
            reason = str(error) or "no answer in time"
            self._log.warning("keys of the issuer kept", place=self._place, keys=len(self.current), reason=reason)
            return False
        return True

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            if len(self.current):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, self._refresh - self._pause)):
                        await self._missed.wait()
            self._missed.clear()
            await self.read_again()


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


async def read_file(path: Path) -> bytes:
    """The bytes of ``path``; raises KeysUnusable when it can't be read or has more than 256 KiB."""

    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)

    try:
        content = await asyncio.to_thread(read)
    except OSError as error:
        raise KeysUnusable(f"{path}: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise KeysUnusable(f"larger than {MAX_BYTES} bytes")
    return content


async def fetch(url: str) -> bytes:
    """The bytes behind ``url``, within 5 s a step; raises KeysUnusable, also for more than 256 KiB or a redirect."""
    plain = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    content = bytearray()
    try:
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
            client.stream("GET", url, headers=plain) as answer,
        ):
            if answer.status_code != 200:
                raise KeysUnusable(f"answered {answer.status_code}")
            # Raw: nothing is inflated, so that a small answer can't become a large one.
            async for part in answer.aiter_raw():
                content += part
                if len(content) > MAX_BYTES:
                    raise KeysUnusable(f"larger than {MAX_BYTES} bytes")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise KeysUnusable(f"{type(error).__name__}: {error}") from error
    return bytes(content)
