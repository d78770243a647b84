"""The driver under us: all its errors mean something to the core, its packing is compiled, bookmarks travel."""

from __future__ import annotations

import hashlib
import inspect
import time
import uuid
from base64 import urlsafe_b64encode
from contextlib import suppress

import neo4j.exceptions as driver_errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j import Bookmarks

from app.core.bookmarks import MOST_STATES
from app.core.errors import BookmarkInvalid, OutOfTime, StoreAway, StoreBehind, StoreDefect, StoreError, TercetError
from app.embedded.server import Endpoint
from app.graph import connection as connections
from app.graph.connection import (
    MEANINGS,
    CommitUnknown,
    Connection,
    ConstraintRefused,
    meaning,
    read_bookmark,
    write_bookmark,
)
from app.graph.library import Library, Statement

RAISED = [
    kind
    for _, kind in inspect.getmembers(driver_errors, inspect.isclass)
    if issubclass(kind, Exception) and not issubclass(kind, Warning) and kind.__module__ == driver_errors.__name__
]


@pytest.mark.parametrize("kind", RAISED, ids=[kind.__name__ for kind in RAISED])
def test_every_error_of_the_driver_has_a_meaning_of_its_own(kind: type[Exception]) -> None:
    assert kind in MEANINGS
    assert issubclass(MEANINGS[kind], StoreError)


def test_nothing_is_given_a_meaning_that_the_driver_does_not_raise() -> None:
    assert set(MEANINGS) == set(RAISED)


def server_error(code: str) -> Exception:
    return driver_errors.Neo4jError._hydrate_neo4j(code=code, message="as the database says it")


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("Neo.TransientError.Transaction.DeadlockDetected", StoreAway),
        ("Neo.TransientError.General.DatabaseUnavailable", StoreAway),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", StoreAway),
        ("Neo.ClientError.Cluster.NotALeader", StoreAway),
        ("Neo.ClientError.Security.Unauthorized", StoreAway),
        ("Neo.ClientError.Transaction.TransactionTimedOut", StoreAway),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", OutOfTime),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", ConstraintRefused),
        ("Neo.ClientError.Statement.SyntaxError", StoreDefect),
        ("Neo.DatabaseError.Statement.ExecutionFailed", StoreDefect),
        ("Neo.ClientError.Transaction.InvalidBookmark", BookmarkInvalid),
        ("Neo.ClientError.Transaction.InvalidBookmarkMixture", BookmarkInvalid),
    ],
)
def test_a_code_of_the_database_means(code: str, means: type[TercetError]) -> None:
    assert type(meaning(server_error(code))) is means


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (driver_errors.ServiceUnavailable(), StoreAway),
        (driver_errors.SessionExpired(), StoreAway),
        (driver_errors.IncompleteCommit(), CommitUnknown),
        (ConnectionResetError(), StoreAway),
        (TimeoutError(), StoreAway),
        (driver_errors.ResultConsumedError(None, "used up"), StoreDefect),
        (RuntimeError("a bug"), StoreDefect),
    ],
)
def test_an_error_of_the_connection_means(error: Exception, means: type[TercetError]) -> None:
    assert type(meaning(error)) is means


def test_a_class_that_the_driver_gains_means_what_its_nearest_known_parent_means() -> None:
    class Gained(driver_errors.SessionExpired):
        pass

    assert type(meaning(Gained())) is StoreAway


def test_nothing_of_the_cause_but_its_code_is_told() -> None:
    assert "as the database says it" not in str(meaning(server_error("Neo.ClientError.Statement.SyntaxError")))


async def test_no_driver_is_made_without_its_compiled_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neo4j._codec.packstream.RUST_AVAILABLE", False)
    made = Connection(Library.load())
    with pytest.raises(StoreDefect, match="neo4j-rust-ext"):
        made.attach("bolt://127.0.0.1:1", "neo4j", "secret")
    with pytest.raises(StoreAway):
        _ = made.driver


async def test_without_a_driver_everything_is_away_and_says_why() -> None:
    made = Connection(Library.load(), away="the jars are being fetched")
    for use in (made.read("space/latest"), made.verify(), made.latest_bookmark(), made.plan("space/latest")):
        with pytest.raises(StoreAway, match="the jars are being fetched"):
            await use


async def test_a_database_that_does_not_answer_is_away() -> None:
    made = Connection(Library.load())
    made.attach("bolt://127.0.0.1:9", "neo4j", "secret")
    for use in (made.read("space/latest"), made.verify(), made.latest_bookmark()):
        with pytest.raises(StoreAway):
            await use
    await made.close()
    await made.close()
    with pytest.raises(StoreAway, match="stopping"):
        await made.verify()


@given(st.sets(st.text(st.characters(codec="ascii"), max_size=40), min_size=1, max_size=MOST_STATES))
def test_a_bookmark_is_read_as_it_was_written(values: set[str]) -> None:
    token = write_bookmark(Bookmarks.from_raw_values(values))
    assert read_bookmark(token).raw_values == values
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=200))
def test_any_other_text_is_no_bookmark(text: str) -> None:
    with pytest.raises(BookmarkInvalid):
        read_bookmark(text)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_bookmark_that_was_tampered_with_is_none(place: int, other: str) -> None:
    token = write_bookmark(Bookmarks.from_raw_values({"FB:kcwQ" + "x" * 30}))
    place %= len(token)
    if token[place] != other:
        changed = token[:place] + other + token[place + 1 :]
        try:
            values = read_bookmark(changed).raw_values
        except BookmarkInvalid:
            return
        # The last letter carries bits that mean nothing.
        assert values == read_bookmark(token).raw_values


@pytest.mark.parametrize("forged", [b"7", b"null", b'{"a": 1}', b"[1]", b'["\\u00e4"]', b"[[]]", b"{", b"[" * 3000])
def test_a_forged_bookmark_of_another_shape_is_none(forged: bytes) -> None:
    token = urlsafe_b64encode(hashlib.blake2b(forged, digest_size=4).digest() + forged).decode().rstrip("=")
    with pytest.raises(BookmarkInvalid):
        read_bookmark(token)


def test_more_bookmarks_than_anybody_needs_are_refused() -> None:
    token = write_bookmark(Bookmarks.from_raw_values({f"b{n}" for n in range(MOST_STATES + 1)}))
    with pytest.raises(BookmarkInvalid):
        read_bookmark(token)


async def test_a_read_sees_the_state_that_its_bookmark_names(graph: Connection) -> None:
    rows = await graph.read("space/latest", bookmark=await graph.latest_bookmark())
    assert rows[0]["present"] == 1


async def test_a_bookmark_that_the_database_can_not_read_is_invalid(graph: Connection) -> None:
    forged = write_bookmark(Bookmarks.from_raw_values({"no bookmark at all"}))
    with pytest.raises(BookmarkInvalid):
        await graph.read("space/latest", bookmark=forged)


async def test_a_state_that_is_not_reached_in_time_is_told_as_behind(
    graph: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CATCH_UP_SECONDS", 0.0)
    bookmark = await graph.latest_bookmark()
    with pytest.raises(StoreBehind):
        await graph.read("space/latest", bookmark=bookmark)


async def test_to_begin_takes_no_way_to_the_database_of_its_own(graph: Connection, ways: list[str]) -> None:
    async with graph.transaction() as transaction:
        await (await transaction.run("RETURN 1 AS one")).consume()
        assert len(ways) == 1
        await graph.commit(transaction)
    assert len(ways) == 2


async def test_a_transaction_that_nobody_commits_leaves_nothing(graph: Connection) -> None:
    space = str(uuid.uuid4())
    async with graph.transaction() as transaction:
        await transaction.run("CREATE (:Probe {id: $id})", id=space)
    with suppress(RuntimeError):
        async with graph.transaction() as transaction:
            await transaction.run("CREATE (:Probe {id: $id})", id=space)
            raise RuntimeError
    async with graph.session("read") as session:
        found = await session.run("MATCH (n:Probe {id: $id}) RETURN count(n) AS n", id=space)
        assert (await found.single(strict=True))["n"] == 0


async def test_a_statement_that_takes_longer_than_it_may_is_stopped_by_the_database(database: Endpoint) -> None:
    text = "UNWIND range(1, 2000000000) AS n WITH n WHERE n % 7 = 8 RETURN count(n) AS found"
    slow = Statement("slow", text, "to be slow", "read", frozenset())
    connection = Connection(Library({"slow": slow}))
    connection.attach(database.uri, database.user, database.password)
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        await connection.read("slow", seconds=0.05)
    assert time.monotonic() - began < 15
    await connection.close()
