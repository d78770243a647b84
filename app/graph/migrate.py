"""Migrations: what turns an empty or older database into the shape that this code expects.

A migration is a file ``V0001__words_of_its_purpose.cypher``, its statements separated by ``;`` at line ends. Versions
count 1, 2, 3 … without gaps. A file that was applied never changes again; the database keeps its checksum.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import socket
import time
import uuid
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.core.errors import StoreAway, StoreError
from app.graph.library import FOLDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from app.graph.connection import Connection

MIGRATIONS = FOLDER / "migrations"
LEASE_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.25
INDEX_SECONDS = 3600
SCHEMA_TRIES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds, about, between the tries of a schema command."""

_NAME = re.compile(r"V(\d{4})__([a-z0-9_]+)\.cypher\Z")
_SCHEMA = re.compile(r"(CREATE|DROP)\s+(\w+\s+)?(CONSTRAINT|INDEX)\b", re.IGNORECASE)
_REPEATABLE = re.compile(r"\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE)


class MigrationRefused(StoreError):
    """The database or the files are in a state that nobody should migrate from; the message says what to do."""


class MigrationLocked(MigrationRefused):
    """Another process has been migrating this database for longer than we wait."""


class State(StrEnum):
    """What a migration is to a database. CHANGED: its file is not what was applied; UNKNOWN: it has no file here."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its version, the words of its name, its statements, and the checksum of its text."""

    version: int
    name: str
    statements: tuple[str, ...]
    checksum: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What the database keeps of a migration. ``at``: microseconds when it was finished; None: only begun.

    ``statements`` is the number of those carried out.
    """

    version: int
    name: str
    checksum: str
    statements: int
    at: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the status. ``statements`` are those still to be carried out: what ``up`` would do."""

    version: int
    name: str
    state: State
    statements: tuple[str, ...] = ()
    at: int | None = None


def read_files(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """The migrations of the code in order. Raises MigrationRefused for a file that can't be one, or a gap."""
    found = tuple(_read_file(path) for path in sorted(folder.glob("*.cypher")))
    for expected, migration in enumerate(found, 1):
        if migration.version != expected:
            raise MigrationRefused(f"The migrations have no V{expected:04}, but a V{migration.version:04}.")
    return found


def _read_file(path: Path) -> Migration:
    match = _NAME.match(path.name)
    if match is None:
        raise MigrationRefused(f"{path.name} is not named like V0001__words.cypher.")
    text = path.read_text()
    statements = tuple(split(text))
    if not statements:
        raise MigrationRefused(f"{path.name} has no statement.")
    for statement in statements:
        if _SCHEMA.match(statement) and not _REPEATABLE.search(statement):
            raise MigrationRefused(
                f"{path.name}: a schema statement needs IF NOT EXISTS or IF EXISTS, so that a crash can be resumed."
            )
    return Migration(int(match[1]), match[2], statements, hashlib.sha256(text.encode()).hexdigest())


def split(text: str) -> list[str]:
    """The statements of a migration: separated by ``;`` at line ends, without lines that are only comments."""
    lines = (line.rstrip() for line in text.splitlines() if not line.lstrip().startswith("//"))
    pieces = re.split(r";$", "\n".join(lines), flags=re.MULTILINE)
    return [piece.strip() for piece in pieces if piece.strip()]


async def status(connection: Connection, files: Sequence[Migration] | None = None) -> list[Row]:
    """Every migration of the code and of the database, in order, with the statements that ``up`` would carry out."""
    noted = await _noted(connection)
    known = read_files() if files is None else files
    rows = [_row(migration, noted.pop(migration.version, None)) for migration in known]
    return rows + [Row(late.version, late.name, State.UNKNOWN, at=late.at) for late in noted.values()]


def _row(migration: Migration, noted: Noted | None) -> Row:
    if noted is None:
        return Row(migration.version, migration.name, State.PENDING, migration.statements)
    if noted.checksum != migration.checksum:
        return Row(migration.version, migration.name, State.CHANGED, at=noted.at)
    if noted.at is None:
        return Row(migration.version, migration.name, State.PENDING, migration.statements[noted.statements :])
    return Row(migration.version, migration.name, State.APPLIED, at=noted.at)


async def pending(connection: Connection, files: Sequence[Migration] | None = None) -> list[int]:
    """The versions that ``up`` would apply; empty when the database is as this code wants it.

    Raises MigrationRefused where ``up`` would.
    """
    return _demand_sound(await status(connection, files))


def _demand_sound(rows: Sequence[Row]) -> list[int]:
    unknown = [row.version for row in rows if row.state is State.UNKNOWN]
    if unknown:
        raise MigrationRefused(
            f"The database is at V{max(unknown):04}, newer than this version of Tercet knows. Run the newer Tercet, "
            "or restore a backup from before its migration."
        )
    for row in rows:
        if row.state is State.CHANGED:
            raise MigrationRefused(
                f"V{row.version:04} was applied to the database with another content than its file has now. Put the "
                "file back as it was, and make the change in a new migration."
            )
    return [row.version for row in rows if row.state is State.PENDING]


async def up(
    connection: Connection,
    files: Sequence[Migration] | None = None,
    *,
    lease_seconds: float = LEASE_SECONDS,
    patience_seconds: float = PATIENCE_SECONDS,
) -> list[Row]:
    """Applies what is pending, in order, and says what it applied, each with the statements carried out now.

    One process migrates at a time: another waits up to ``patience_seconds`` for it, then raises MigrationLocked. What
    a crash has left undone is resumed, at the latest ``lease_seconds`` after it. Raises MigrationRefused when the
    database is newer than the code or a migration was changed after it was applied.
    """
    known = read_files() if files is None else files
    if not await pending(connection, known):
        return []
    await _guard(connection)
    async with _lock(connection, lease_seconds, patience_seconds) as holder:
        rows = await status(connection, known)
        wanted = _demand_sound(rows)
        for migration in known:
            if migration.version in wanted:
                await _apply(connection, holder, migration)
        await connection.write("migrate/await_indexes", seconds=INDEX_SECONDS)
    return [row for row in rows if row.version in wanted]


async def _guard(connection: Connection) -> None:
    """The constraints that the lock and the notes themselves need; two processes may make them at once."""
    for name in ("migrate/guard_versions", "migrate/guard_lock"):
        await _change_schema(connection, connection.library[name].text)


async def _change_schema(connection: Connection, statement: str) -> None:
    """Carries out a schema command, again when it met another one or a writer: they deadlock readily."""
    for patience in SCHEMA_TRIES:
        with suppress(StoreAway):
            await _run_alone(connection, statement)
            return
        await asyncio.sleep(patience * random.uniform(0.5, 1.5))  # two that met don't meet again
    await _run_alone(connection, statement)


async def _run_alone(connection: Connection, statement: str) -> None:
    async with connection.session("write") as session:
        await (await session.run(statement)).consume()


async def _noted(connection: Connection) -> dict[int, Noted]:
    # Asked of the writable member of a cluster: the others may not know yet what a lock's last holder did.
    return {row["version"]: Noted(**row.data()) for row in await connection.write("migrate/noted")}


async def _apply(connection: Connection, holder: str, migration: Migration) -> None:
    noted = (await _noted(connection)).get(migration.version)
    for done in range(noted.statements if noted else 0, len(migration.statements)):
        await _carry_out(connection, holder, migration, done)


async def _carry_out(connection: Connection, holder: str, migration: Migration, index: int) -> None:
    """One statement, and the note of it: in one transaction where the database allows that, which is not for schema."""
    statement = migration.statements[index]
    if _SCHEMA.match(statement):
        await _change_schema(connection, statement)
    async with connection.transaction() as transaction:
        if not _SCHEMA.match(statement):
            await (await transaction.run(statement)).consume()
        noted = await connection.run(
            transaction,
            "migrate/note",
            holder=holder,
            version=migration.version,
            title=migration.name,
            checksum=migration.checksum,
            statements=index + 1,
            finished=index + 1 == len(migration.statements),
        )
        if await noted.single() is None:
            raise MigrationLocked("The lock was lost to another process, which resumes this migration.")
        await connection.commit(transaction)


@asynccontextmanager
async def _lock(connection: Connection, lease_seconds: float, patience_seconds: float) -> AsyncIterator[str]:
    """Holds the lock, renewed while the block runs; a holder that dies loses it when the lease ends."""
    holder = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex[:8]}"
    await _take(connection, holder, lease_seconds, patience_seconds)
    renewal = asyncio.create_task(_renew(connection, holder, lease_seconds), name="lock of migrations")
    try:
        yield holder
    finally:
        renewal.cancel()
        await asyncio.wait([renewal])
        with suppress(StoreAway):  # it expires by itself
            await connection.write("migrate/free_lock", holder=holder)


async def _take(connection: Connection, holder: str, lease_seconds: float, patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    while (other := await _other_holder(connection, holder, lease_seconds)) is not None:
        if time.monotonic() > deadline:
            raise MigrationLocked(f"Another process ({other}) is migrating this database. Try again when it has ended.")
        await asyncio.sleep(POLL_SECONDS)


async def _other_holder(connection: Connection, holder: str, lease_seconds: float) -> str | None:
    """Takes or renews the lock; who has it instead, if somebody does."""
    rows = await connection.write("migrate/take_lock", holder=holder, lease=int(lease_seconds * 1_000_000))
    return None if rows[0]["taken"] else str(rows[0]["holder"])


async def _renew(connection: Connection, holder: str, lease_seconds: float) -> None:
    """Keeps the lock. A renewal that fails is left to the next; a lock that is lost is noticed by the next note."""
    while True:
        await asyncio.sleep(lease_seconds / 3)
        with suppress(StoreAway):
            if await _other_holder(connection, holder, lease_seconds) is not None:
                return
