"""When the class-data archive is made and used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded import archive, child
from app.embedded.java import Java

MAKES_BASE = """#!/bin/sh
for word; do case "$word" in -XX:SharedArchiveFile=*) echo base > "${word#*=}";; esac; done
"""


@pytest.fixture
def java(tmp_path: Path) -> Java:
    command = tmp_path / "java"
    command.write_text(MAKES_BASE)
    command.chmod(0o755)
    return Java(command, "25.0.2")


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "a.jar").write_bytes(b"a")
    return tmp_path / "jars"


def run(plan: archive.Plan, command: list[str]) -> int:
    """One life of a database that is ``command``, through the real guard."""
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", str(child.GUARD), str(os.getpid()), plan.new, plan.archive, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    with guard:
        return guard.wait(30)


def test_the_first_run_goes_without_the_second_makes_it_and_the_third_uses_it(
    tmp_path: Path, java: Java, jars: Path
) -> None:
    assert archive.plan(tmp_path, java, jars, ()) == archive.Plan()
    making = archive.plan(tmp_path, java, jars, ())
    assert making.options[-1] == f"-XX:ArchiveClassesAtExit={making.new}"
    assert archive.plan(tmp_path, java, jars, ()) == archive.Plan(), "only one run makes it"
    assert run(making, ["sh", "-c", f"echo classes > {making.new}"]) == 0
    assert archive.plan(tmp_path, java, jars, ()).options == (f"-XX:SharedArchiveFile={making.archive}",)


def test_an_archive_that_a_killed_run_left_half_made_is_never_used(tmp_path: Path, java: Java, jars: Path) -> None:
    archive.plan(tmp_path, java, jars, ())
    making = archive.plan(tmp_path, java, jars, ())
    assert run(making, ["sh", "-c", f"echo half > {making.new}; kill -9 $$"]) == 137
    assert not Path(making.archive).exists()
    assert archive.plan(tmp_path, java, jars, ()).new not in ("", making.new)


def test_other_jars_or_a_discarded_archive_begin_anew(tmp_path: Path, java: Java, jars: Path) -> None:
    archive.plan(tmp_path, java, jars, ())
    making = archive.plan(tmp_path, java, jars, ())
    run(making, ["sh", "-c", f"echo classes > {making.new}"])
    archive.discard(tmp_path, java, jars)
    assert archive.plan(tmp_path, java, jars, ()).new
    (jars / "a.jar").write_bytes(b"another")
    assert archive.plan(tmp_path, java, jars, ()) == archive.Plan()


def test_an_archive_that_cannot_be_made_stops_nothing(tmp_path: Path, jars: Path) -> None:
    java = Java(tmp_path / "nowhere", "25.0.2")
    archive.plan(tmp_path, java, jars, ())
    assert archive.plan(tmp_path, java, jars, ()) == archive.Plan()
    (tmp_path / "file").write_text("in the way")
    assert archive.plan(tmp_path / "file", java, jars, ()) == archive.Plan()
