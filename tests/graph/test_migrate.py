"""Migrations: once, in order, by one process at a time, resumed after a crash, refused in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.core.errors import StoreDefect
from app.embedded.server import EmbeddedNeo4j
from app.graph import migrate, schema
from app.graph.connection import Connection
from app.graph.migrate import Migration, MigrationLocked, MigrationRefused, State
from app.main import Service
from app.settings import Settings
from tests.graph.own import clear, run

FIRST = (
    "// why\nCREATE CONSTRAINT one IF NOT EXISTS FOR (a:A) REQUIRE a.id IS UNIQUE;\nCREATE (:Made {by: 'first;'});\n"
)
SECOND = "CREATE (:Made {by: 'second'});\nCREATE INDEX two IF NOT EXISTS FOR (b:B) ON (b.id);\n"


def files(folder: Path, *texts: str) -> tuple[Migration, ...]:
    """Migrations with these texts."""
    for version, text in enumerate(texts, 1):
        (folder / f"V{version:04}__part_{version}.cypher").write_text(text)
    return migrate.read_files(folder)


async def made(connection: Connection) -> list[str]:
    rows = await run(connection, "MATCH (m:Made) RETURN m.by AS by ORDER BY by")
    return [row["by"] for row in rows]


async def hold_lock(connection: Connection, seconds: float) -> None:
    """Leaves the lock as a holder does that was killed so many seconds before (negative: after) its lease ends."""
    await run(
        connection,
        "MERGE (lock:MigrationLock {id: 'migrations'}) WITH lock, datetime.realtime() AS now "
        "SET lock.holder = 'killed', lock.until = now.epochSeconds * 1000000 + toInteger($seconds * 1000000)",
        seconds=seconds,
    )


async def test_an_empty_database_gets_the_shape_that_the_classes_declare(blank: Connection) -> None:
    versions = [migration.version for migration in migrate.read_files()]
    assert await migrate.pending(blank) == versions
    assert len(await schema.drift(blank)) == len(schema.declared())
    applied = await migrate.up(blank)
    assert [row.version for row in applied] == versions
    assert await schema.drift(blank) == []
    assert await migrate.pending(blank) == []
    assert await migrate.up(blank) == []


async def test_a_service_does_not_start_without_the_constraints(
    blank: Connection, own_neo4j: EmbeddedNeo4j, tmp_path: Path
) -> None:
    endpoint = own_neo4j.endpoint
    settings = Settings(neo4j_uri=endpoint.uri, neo4j_password=endpoint.password, data_dir=tmp_path)
    with pytest.raises(MigrationRefused, match="tercet migrate up"):
        await Service(settings, public_url="http://127.0.0.1").open()
    assert await run(blank, "MATCH (n) RETURN n") == []


async def test_status_shows_what_up_would_do_without_doing_it(blank: Connection, tmp_path: Path) -> None:
    known = files(tmp_path, FIRST, SECOND)
    await migrate.up(blank, known[:1])
    rows = await migrate.status(blank, known)
    assert [(row.version, row.name, row.state) for row in rows] == [
        (1, "part_1", State.APPLIED),
        (2, "part_2", State.PENDING),
    ]
    assert rows[0].at is not None
    assert rows[1].statements == known[1].statements
    assert await made(blank) == ["first;"]


async def test_two_processes_at_once_apply_each_migration_once(blank: Connection, tmp_path: Path) -> None:
    known = files(tmp_path, FIRST, SECOND)
    applied = await asyncio.gather(migrate.up(blank, known), migrate.up(blank, known))
    assert sorted(len(rows) for rows in applied) == [0, 2]
    assert await made(blank) == ["first;", "second"]


async def test_processes_that_meet_at_an_empty_database_step_aside_for_each_other(own_database: Connection) -> None:
    for _ in range(8):  # so many at once deadlock in most rounds
        await clear(own_database)
        await asyncio.gather(*(migrate._guard(own_database) for _ in range(8)))
    names = {row["name"] for row in await run(own_database, "SHOW CONSTRAINTS YIELD name RETURN name")}
    assert names == {"migration_version", "migration_lock"}


async def test_what_a_failure_left_undone_is_resumed_and_nothing_is_repeated(blank: Connection, tmp_path: Path) -> None:
    known = files(
        tmp_path,
        "CREATE (:Made {by: 'before'});\nCREATE CONSTRAINT one IF NOT EXISTS FOR (a:A) REQUIRE a.id IS UNIQUE;\n"
        "CREATE (:Made {by: 'behind'});\n",
    )
    await run(blank, "CREATE (:A {id: 1}), (:A {id: 1})")
    with pytest.raises(StoreDefect):
        await migrate.up(blank, known)
    assert (await migrate.status(blank, known))[0].statements == known[0].statements[1:]
    await run(blank, "MATCH (a:A) WITH a LIMIT 1 DELETE a")
    assert await migrate.pending(blank, known) == [1]
    await migrate.up(blank, known)
    assert await made(blank) == ["before", "behind"]
    assert await migrate.pending(blank, known) == []


async def test_a_migration_that_changed_after_it_was_applied_is_refused(blank: Connection, tmp_path: Path) -> None:
    await migrate.up(blank, files(tmp_path, FIRST))
    changed = files(tmp_path, FIRST + "CREATE (:Made {by: 'late'});\n", SECOND)
    assert (await migrate.status(blank, changed))[0].state is State.CHANGED
    with pytest.raises(MigrationRefused, match="V0001 was applied to the database with another content"):
        await migrate.up(blank, changed)
    assert await made(blank) == ["first;"]


async def test_a_database_newer_than_the_code_is_refused(blank: Connection, tmp_path: Path) -> None:
    known = files(tmp_path, FIRST, SECOND)
    await migrate.up(blank, known)
    for refused in (migrate.up, migrate.pending):
        with pytest.raises(MigrationRefused, match="at V0002, newer than this version of Tercet"):
            await refused(blank, known[:1])
    assert [row.state for row in await migrate.status(blank, known[:1])] == [State.APPLIED, State.UNKNOWN]


async def test_the_lock_of_a_killed_holder_is_waited_for_until_it_expires(blank: Connection, tmp_path: Path) -> None:
    known = files(tmp_path, FIRST)
    await hold_lock(blank, 60)
    with pytest.raises(MigrationLocked, match=r"Another process \(killed\) is migrating"):
        await migrate.up(blank, known, patience_seconds=0.1)
    assert await made(blank) == []
    await hold_lock(blank, 1)
    assert len(await migrate.up(blank, known, patience_seconds=60)) == 1


async def test_a_living_holder_keeps_the_lock_beyond_its_lease(blank: Connection) -> None:
    async with migrate._lock(blank, 1.5, 0):
        await asyncio.sleep(4)
        with pytest.raises(MigrationLocked):
            async with migrate._lock(blank, 1.5, 0):
                pass
    async with migrate._lock(blank, 1.5, 0):
        pass


async def test_who_lost_the_lock_changes_nothing_more(blank: Connection, tmp_path: Path) -> None:
    (migration,) = files(tmp_path, SECOND)
    await hold_lock(blank, 60)
    with pytest.raises(MigrationLocked, match="lost to another process"):
        await migrate._carry_out(blank, "somebody else", migration, 0)
    assert await made(blank) == []
    assert await migrate.pending(blank, [migration]) == [1]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("V1__short.cypher", "RETURN 1;", "not named like"),
        ("V0002__second.cypher", "RETURN 1;", "have no V0001"),
        ("V0001__index.cypher", "CREATE INDEX i FOR (a:A) ON (a.id);", "needs IF NOT EXISTS"),
        ("V0001__nothing.cypher", "// nothing yet\n", "no statement"),
    ],
)
def test_a_file_that_can_be_no_migration_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(MigrationRefused, match=words):
        migrate.read_files(tmp_path)


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    text = "// a comment; of words\nMATCH (a {id: ';'})\n  SET a.b = 'x;y';\n\nRETURN 2 ; \nRETURN 3"
    assert migrate.split(text) == ["MATCH (a {id: ';'})\n  SET a.b = 'x;y'", "RETURN 2", "RETURN 3"]


async def test_the_declared_classes_read_through_the_same_driver(blank: Connection) -> None:
    await run(blank, "CREATE (:Space {id: 'here', number: 7, lastCreatedAt: 5})")
    await schema.share_driver(blank)
    space = await schema.Space.nodes.get(name="here")
    assert (space.number, space.last_created_at) == (7, 5)


async def test_a_constraint_that_somebody_dropped_and_an_index_that_nobody_declared_are_told(blank: Connection) -> None:
    await migrate.up(blank)
    await run(blank, "DROP CONSTRAINT entity_key")
    await run(blank, "CREATE INDEX mine FOR (e:Entity) ON (e.id)")
    await run(blank, "CREATE INDEX theirs FOR (p:Pump) ON (p.id)")
    assert await schema.drift(blank) == ["missing: unique Entity(key)", "not declared: index Entity(id)"]
