"""Environment -> one frozen object, read once at start.

A bad value stops the start with a ``SettingInvalid`` that names the variable and what it takes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class SettingInvalid(ValueError):
    """A variable of the environment holds what its setting can't take."""

    def __init__(self, name: str, wants: str) -> None:
        super().__init__(f"{name} is not usable: it takes {wants}.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Kind:
    """How the text of one variable becomes a value; raises ValueError when it can't."""

    wants: str
    read: Callable[[str], object]


def _number(low: int, high: int) -> Kind:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Kind(f"a whole number from {low} to {high}", read)


def _choice(*words: str) -> Kind:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return Kind(" or ".join(words), read)


def _switch(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _secrets(text: str) -> tuple[str, ...]:
    found = tuple(word.strip() for word in text.split(","))
    if any(len(word) < SHORTEST_SECRET and word != "graph" for word in found):
        raise ValueError(text)
    return found


def _base_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(text)
    return text.rstrip("/")


SHORTEST_SECRET = 32
TEXT = Kind("a text that is not empty", str)
PATH = Kind("a path", lambda text: Path(text).expanduser())
SWITCH = Kind("true or false", _switch)
URL = Kind("an address that begins http:// or https://", _base_url)


def _setting(variable: str, default: Any, kind: Kind, meaning: str) -> Any:
    return field(default=default, metadata={"variable": variable, "kind": kind, "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the service. ``None`` means not set."""

    neo4j_uri: str | None = _setting(
        "TERCET_NEO4J_URI", None, TEXT, "bolt:// server or neo4j:// cluster; unset: the embedded database"
    )
    neo4j_user: str = _setting("TERCET_NEO4J_USER", "neo4j", TEXT, "user of that server")
    neo4j_password: str = _setting("TERCET_NEO4J_PASSWORD", "", TEXT, "password of that user")
    neo4j_database: str = _setting("TERCET_NEO4J_DATABASE", "neo4j", TEXT, "database of that server")
    data_dir: Path = _setting(
        "TERCET_DATA_DIR", Path("~/.local/share/tercet").expanduser(), PATH, "embedded data, secrets"
    )
    cache_dir: Path = _setting(
        "TERCET_CACHE_DIR", Path("~/.cache/tercet").expanduser(), PATH, "fetched parts of the embedded database"
    )
    java: Path | None = _setting(
        "TERCET_JAVA",
        None,
        PATH,
        "Java 21 or 25 to run the embedded database; unset: the one that is installed with Tercet",
    )
    jars: Path | None = _setting("TERCET_JARS", None, PATH, "folder of jars for sites without a network")
    java_learns: bool = _setting(
        "TERCET_JAVA_LEARNS", True, SWITCH, "keep what Java learnt while a first run ends, for the next start"
    )
    java_hurries: bool = _setting(
        "TERCET_JAVA_HURRIES", False, SWITCH, "compile soon rather than well, for runs of minutes; the demo always does"
    )
    heap_mb: int = _setting("TERCET_NEO4J_HEAP_MB", 1024, _number(256, 65_536), "heap of the embedded database, MiB")
    page_cache_mb: int = _setting(
        "TERCET_NEO4J_PAGE_CACHE_MB", 512, _number(32, 1_048_576), "page cache of the embedded database, MiB"
    )
    host: str = _setting("TERCET_HOST", "127.0.0.1", TEXT, "address to listen on")
    port: int = _setting("TERCET_PORT", 8080, _number(0, 65_535), "port to listen on; 0: any free one")
    public_url: str | None = _setting(
        "TERCET_PUBLIC_URL", None, URL, "base of every link; unset: where the service listens"
    )
    auth: str = _setting(
        "TERCET_AUTH",
        "development",
        _choice("development", "jwt"),
        "whose tokens are taken; development: our own, on loopback only",
    )
    jwt_issuer: str | None = _setting("TERCET_JWT_ISSUER", None, TEXT, "`iss` of tokens")
    jwt_audience: str | None = _setting("TERCET_JWT_AUDIENCE", None, TEXT, "`aud` of tokens")
    jwt_jwks: str | None = _setting("TERCET_JWT_JWKS", None, TEXT, "file or URL of the issuer's keys")
    token_keys: tuple[str, ...] = _setting(
        "TERCET_TOKEN_KEYS",
        (),
        Kind("secrets of 32 or more characters with commas between, `graph` for the one kept in the graph", _secrets),
        "keys of continuation and sync tokens: the first signs, all are taken; unset: one in TERCET_DATA_DIR with the "
        "embedded database, else the one kept in the graph",
    )
    rate_per_second: int = _setting(
        "TERCET_RATE_PER_SECOND",
        0,
        _number(0, 1_000_000),
        "requests a second that one caller may send to one process, on average; 0: any number",
    )
    rate_burst: int = _setting(
        "TERCET_RATE_BURST", 100, _number(1, 1_000_000), "requests that such a caller may send at once after a rest"
    )
    auto_spaces: bool = _setting("TERCET_AUTO_SPACES", True, SWITCH, "unknown spaces are created by the first write")
    default_space: str = _setting("TERCET_DEFAULT_SPACE", "default", TEXT, "the space of requests that name none (SAS)")
    max_relationship_types: int = _setting(
        "TERCET_MAX_RELATIONSHIP_TYPES", 1000, _number(1, 20_000), "distinct relationship types in a space"
    )
    max_entity_types: int = _setting(
        "TERCET_MAX_ENTITY_TYPES", 1000, _number(1, 20_000), "distinct entity types in a space"
    )
    cypher_at_once: int = _setting(
        "TERCET_CYPHER_AT_ONCE", 2, _number(1, 32), "queries of analysts' own that one process runs at once"
    )
    gather_items: int = _setting(
        "TERCET_GATHER_ITEMS", 1000, _number(1, 20_000), "most items that one transaction gathers"
    )
    gather_ms: int = _setting("TERCET_GATHER_MS", 0, _number(0, 50), "milliseconds a writer waits for company")
    request_seconds: int = _setting(
        "TERCET_REQUEST_SECONDS", 30, _number(1, 600), "seconds until a request that the store can't serve is given up"
    )
    autodesk_three_legged_only: bool = _setting(
        "TERCET_AUTODESK_THREE_LEGGED_ONLY", False, SWITCH, "refuse tokens of services"
    )
    autodesk_writable_mode: str = _setting(
        "TERCET_AUTODESK_WRITABLE_MODE",
        "permissive",
        _choice("permissive", "strict"),
        "which pairs of kinds may be written, in spaces without a mode of their own",
    )
    autodesk_writable_file: Path | None = _setting(
        "TERCET_AUTODESK_WRITABLE_FILE", None, PATH, "JSON file that replaces the built-in table of pairs"
    )
    autodesk_sync_page_size: int = _setting(
        "TERCET_AUTODESK_SYNC_PAGE_SIZE", 1000, _number(1, 10_000), "rows of a sync answer"
    )
    autodesk_max_body_bytes: int = _setting(
        "TERCET_AUTODESK_MAX_BODY_BYTES", 1_048_576, _number(1024, 1 << 30), "largest body"
    )
    apollo_async_status: int = _setting(
        "TERCET_APOLLO_ASYNC_STATUS",
        202,
        Kind("202 or 200", lambda text: {"202": 202, "200": 200}[text]),
        "status of an accepted upload",
    )
    apollo_max_body_bytes: int = _setting(
        "TERCET_APOLLO_MAX_BODY_BYTES", 16_777_216, _number(1024, 1 << 30), "largest upload"
    )
    apollo_chunk_items: int = _setting(
        "TERCET_APOLLO_CHUNK_ITEMS",
        500,
        _number(1, 10_000),
        "items of a part of a job; parts that follow each other are joined",
    )
    apollo_retention_hours: int = _setting(
        "TERCET_APOLLO_RETENTION_HOURS", 720, _number(24, 1_000_000), "how long finished requests are kept"
    )
    apollo_open_items_per_principal: int = _setting(
        "TERCET_APOLLO_OPEN_ITEMS_PER_PRINCIPAL", 200_000, _number(1, 1 << 40), "most unfinished items of one caller"
    )
    apollo_open_items: int = _setting(
        "TERCET_APOLLO_OPEN_ITEMS", 1_000_000, _number(1, 1 << 40), "most unfinished items in all"
    )
    sas_standins: bool = _setting(
        "TERCET_SAS_STANDINS", True, SWITCH, "serve the calls that SAS clients make before the first real one"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings that the environment asks for; an empty variable counts as not set.

        Raises SettingInvalid for the first variable whose value can't be used.
        """
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = environment.get(item.metadata["variable"], "")
            if text:
                values[item.name] = _read(item.metadata["variable"], text, item.metadata["kind"])
        for name in ("auto_spaces", "sas_standins"):
            values.setdefault(name, cls.is_local(values))
        return cls(**values)

    @staticmethod
    def is_local(values: Mapping[str, object]) -> bool:
        """Whether settings describe the one-command start: a database and an issuer of our own."""
        return values.get("neo4j_uri") is None and values.get("auth", "development") == "development"


def _read(variable: str, text: str, kind: Kind) -> object:
    try:
        return kind.read(text)
    except (ValueError, KeyError) as error:
        raise SettingInvalid(variable, kind.wants) from error
