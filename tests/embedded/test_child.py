"""What is made of the last words of a database that ended by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.embedded import child, disk, memory
from app.embedded.errors import DiskFull, EmbeddedError, FolderInUse, MemoryTooSmall, PortTaken, StartFailed
from app.embedded.server import EmbeddedNeo4j, Phase
from app.settings import Settings


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Caused by: java.io.IOException: No space left on device", DiskFull),
        ("java.net.BindException: Address already in use", PortTaken),
        (
            "Error occurred during initialization of VM\nCould not reserve enough space for 9GB object heap",
            MemoryTooSmall,
        ),
        ("There is insufficient memory for the Java Runtime Environment to continue.", MemoryTooSmall),
        ("Caused by: org.neo4j.kernel.internal.locker.FileLockException: Lock file has been locked", FolderInUse),
        ("Error: Could not find or load main class org.neo4j.server.Neo4jCommunity", child.JarUnreadable),
        ("Caused by: java.util.zip.ZipException: zip END header not found", child.JarUnreadable),
        ("# A fatal error has been detected by the Java Runtime Environment:", child.ArchiveUnusable),
    ],
)
def test_last_words_become_the_error_that_says_what_to_do(
    tmp_path: Path, words: str, kind: type[EmbeddedError]
) -> None:
    child.console(tmp_path).write_text(f"INFO  Starting...\n{words}\n")
    assert type(child.why(tmp_path, Settings(), 7687)) is kind


def test_a_disk_without_room_for_a_log_file_is_told_before_the_database_tries(tmp_path: Path) -> None:
    disk.demand_room(tmp_path)
    with pytest.raises(DiskFull, match=r"is full.*TERCET_DATA_DIR.*make room"):
        disk.demand_room(tmp_path, least=1 << 60)


def test_words_that_nobody_foresaw_are_passed_on_with_the_place_of_the_rest(tmp_path: Path) -> None:
    child.console(tmp_path).write_text("INFO  Starting...\nERROR Unrecognized setting 'server.blot'\nINFO  Stopped.\n")
    error = child.why(tmp_path, Settings(), 7687)
    assert type(error) is StartFailed
    assert "Unrecognized setting 'server.blot'" in str(error)
    assert str(child.console(tmp_path)) in str(error)


def test_more_memory_than_the_machine_has_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    settings = Settings(heap_mb=65_536, page_cache_mb=1_048_576, cache_dir=tmp_path)
    with pytest.raises(MemoryTooSmall, match=r"Too little memory: .* TERCET_NEO4J_HEAP_MB"):
        memory.demand(settings)


async def test_a_start_that_fails_says_why_and_lets_the_folder_go(tmp_path: Path) -> None:
    settings = Settings(page_cache_mb=1_048_576, heap_mb=65_536, cache_dir=tmp_path, data_dir=tmp_path)
    embedded = EmbeddedNeo4j(settings)
    with pytest.raises(MemoryTooSmall):
        await embedded.start()
    assert embedded.state.phase is Phase.STOPPED
    assert "Too little memory" in embedded.state.reason
    assert embedded.pid is None
    await embedded.stop()
