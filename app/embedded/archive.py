"""The class-data archive: what Java learnt when it loaded the classes, kept so that the next start need not learn it.

It takes a third off the processor time of a start. Making it takes a third more on one start and some seconds on one
stop, so the first start, which somebody is waiting for, only leaves a note; the second makes it; from the third on it
is used. Java itself checks that an archive fits and goes on without one that doesn't.
"""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.embedded import folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.embedded.java import Java

BASE_SECONDS = 60
STALE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Plan:
    """Options for Java; the file ``new`` that it will make, to be named ``archive`` (both empty: it makes none)."""

    options: tuple[str, ...] = ()
    new: str = ""
    archive: str = ""


def plan(cache: Path, java: Java, jars: Path, opens: Sequence[str]) -> Plan:
    """Uses the archive of this Java and these jars, or has it made in this run; never fails.

    ``opens`` are the module options of the run: an archive fits only a run with the same. Blocks for some seconds when
    it makes the lower half.
    """
    try:
        return _plan(cache / "archives", java, _name(java, jars), opens)
    except (OSError, subprocess.SubprocessError):
        return Plan()


def discard(cache: Path, java: Java, jars: Path) -> None:
    """Removes the archive of this Java and these jars: a later run makes a new one."""
    for half in _halves(cache / "archives", _name(java, jars)):
        half.unlink(missing_ok=True)


def _plan(archives: Path, java: Java, name: str, opens: Sequence[str]) -> Plan:
    base, whole = _halves(archives, name)
    if whole.exists() and base.exists():
        return Plan((f"-XX:SharedArchiveFile={whole}",))
    archives.mkdir(parents=True, exist_ok=True)
    wanted = archives / f"{name}.wanted"
    if not wanted.exists():
        wanted.touch()
        return Plan()
    _remove_stale(archives)
    if any(archives.glob(f"{name}.new-*")):
        # Another run is making it: that is dear enough once.
        return Plan()
    # A file of its own: should two start at the very same time, they never write into each other's.
    new = archives / f"{name}.new-{secrets.token_hex(8)}"
    new.touch()
    _make_base(base, java, opens)
    return Plan((f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={new}"), str(new), str(whole))


def _make_base(base: Path, java: Java, opens: Sequence[str]) -> None:
    # Java's own classes; a Java as small as the installed one comes without. The upper half fits this very file, so
    # it is made once and never replaced.
    with folder.taken(base.with_suffix(".lock")):
        if base.exists():
            return
        new = base.with_name(f"{base.name}.new-{secrets.token_hex(8)}")
        subprocess.run(
            [java.command, "-Xshare:dump", f"-XX:SharedArchiveFile={new}", *opens],
            check=True,
            timeout=BASE_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        new.replace(base)


def _remove_stale(archives: Path) -> None:
    for new in archives.glob("*.new-*"):
        with suppress(OSError):
            if time.time() - new.stat().st_mtime > STALE_SECONDS:
                new.unlink()


def _halves(archives: Path, name: str) -> tuple[Path, Path]:
    return archives / f"{name}.base", archives / f"{name}.jsa"


def _name(java: Java, jars: Path) -> str:
    """Changes with the Java, the jars' place, and any jar's size or time: Java refuses an archive of other jars."""
    seen = hashlib.sha256(f"{java.command}\n{java.version}\n{jars}\n".encode())
    for jar in sorted(jars.glob("*.jar")):
        status = jar.stat()
        seen.update(f"{jar.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return f"java{java.feature}-{seen.hexdigest()[:16]}"
