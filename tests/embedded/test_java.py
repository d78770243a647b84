"""Which Java runs the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.embedded import java
from app.embedded.errors import JavaMissing, JavaTooOld


def write_java(path: Path, says: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_the_installed_java_is_new_enough() -> None:
    found = java.find(None)
    assert found.feature >= java.OLDEST
    assert found.command.exists()


@pytest.mark.parametrize(
    ("says", "feature"),
    [
        ('openjdk version "21.0.4" 2024-07-16', 21),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "25-ea"', 25),
    ],
)
def test_a_named_java_is_taken(tmp_path: Path, says: str, feature: int) -> None:
    assert java.find(write_java(tmp_path / "java", says)).feature == feature


def test_a_java_home_can_be_named(tmp_path: Path) -> None:
    command = write_java(tmp_path / "bin" / "java", 'openjdk version "21.0.4"')
    assert java.find(tmp_path).command == command


@pytest.mark.parametrize(("says", "old"), [('openjdk version "17.0.15"', "17"), ('java version "1.8.0_292"', "1.8")])
def test_a_java_that_is_too_old_says_so_and_what_to_do(tmp_path: Path, says: str, old: str) -> None:
    with pytest.raises(JavaTooOld, match=rf"is Java {old}.*needs 21 or 25. Unset TERCET_JAVA"):
        java.find(write_java(tmp_path / "java", says))


def test_a_missing_or_broken_java_says_so_and_what_to_do(tmp_path: Path) -> None:
    silent = write_java(tmp_path / "silent", "nothing of use")
    failing = write_java(tmp_path / "failing", 'openjdk version "25"', code=1)
    for path in (tmp_path / "nowhere", silent, failing):
        with pytest.raises(JavaMissing, match=r"No working Java at .*TERCET_JAVA"):
            java.find(path)
