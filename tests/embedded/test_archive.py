"""When what Java learnt is kept and used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.embedded import archive, child
from app.embedded.java import Java
from app.settings import Settings

JAVA = Java(Path("/usr/bin/java"), "25.0.2")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache")


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


def test_the_first_run_learns_and_the_second_uses_it(settings: Settings, jars: Path) -> None:
    learning = archive.plan(settings, JAVA, jars)
    assert learning.options[0] == f"-XX:AOTCacheOutput={learning.new}"
    assert archive.plan(settings, JAVA, jars) == archive.Plan(), "only one run makes it"
    assert run(learning, ["sh", "-c", f"echo classes > {learning.new}"]) == 0
    assert archive.plan(settings, JAVA, jars).options[0] == f"-XX:AOTCache={learning.archive}"


def test_what_a_killed_run_left_half_made_is_never_used(settings: Settings, jars: Path) -> None:
    learning = archive.plan(settings, JAVA, jars)
    assert run(learning, ["sh", "-c", f"echo half > {learning.new}; kill -9 $$"]) == 137
    assert not Path(learning.archive).exists()
    assert archive.plan(settings, JAVA, jars).new not in ("", learning.new)


def test_other_jars_or_a_discarded_archive_begin_anew(settings: Settings, jars: Path) -> None:
    learning = archive.plan(settings, JAVA, jars)
    run(learning, ["sh", "-c", f"echo classes > {learning.new}"])
    archive.discard(settings, JAVA, jars)
    assert archive.plan(settings, JAVA, jars).new
    (jars / "a.jar").write_bytes(b"another")
    assert archive.plan(settings, JAVA, jars).new


def test_what_a_java_in_a_hurry_learnt_is_for_its_like(settings: Settings, jars: Path) -> None:
    hurried = replace(settings, java_hurries=True)
    learning = archive.plan(hurried, JAVA, jars)
    run(learning, ["sh", "-c", f"echo classes > {learning.new}"])
    assert archive.plan(hurried, JAVA, jars).archive == ""
    assert archive.plan(settings, JAVA, jars).new


def test_a_run_that_may_not_learn_uses_what_another_has_learnt(settings: Settings, jars: Path) -> None:
    unwilling = replace(settings, java_learns=False)
    assert archive.plan(unwilling, JAVA, jars) == archive.Plan()
    learning = archive.plan(settings, JAVA, jars)
    run(learning, ["sh", "-c", f"echo classes > {learning.new}"])
    assert archive.plan(unwilling, JAVA, jars).options


def test_a_java_that_cannot_or_a_folder_that_is_none_stops_nothing(
    settings: Settings, jars: Path, tmp_path: Path
) -> None:
    assert archive.plan(settings, Java(JAVA.command, "21.0.8"), jars) == archive.Plan()
    (tmp_path / "file").write_text("in the way")
    assert archive.plan(replace(settings, cache_dir=tmp_path / "file"), JAVA, jars) == archive.Plan()
