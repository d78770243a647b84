"""What Java learnt: its classes loaded and linked, and which methods ran hot, kept so that the next start need not learn it.

A third less processor time for a start, and the first thousands of statements run as if the server had been warm. The
first run learns, and keeps it while it ends, which takes some seconds; later runs use it. Java itself checks that an
archive fits and goes on without one that doesn't. Java 25 is the first that can (JEP 514, JEP 515).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.embedded.java import Java
    from app.settings import Settings

FIRST_THAT_CAN = 25
# A run that is longer goes on; another may learn beside it, and the last one to end is kept.
STALE_SECONDS = 3600
# Classes that can't be kept are normal, and thousands of lines.
QUIET = "-Xlog:aot*=error"


@dataclass(frozen=True, slots=True)
class Plan:
    """Options for Java; the file ``new`` that it will make, to be named ``archive`` (both empty: it makes none)."""

    options: tuple[str, ...] = ()
    new: str = ""
    archive: str = ""


def plan(settings: Settings, java: Java, jars: Path) -> Plan:
    """Uses the archive of this Java and these jars, or has it made in this run if the settings allow; never fails."""
    if java.feature < FIRST_THAT_CAN:
        return Plan()
    try:
        return _plan(settings.cache_dir / "archives", _name(settings, java, jars), makes=settings.java_learns)
    except OSError:
        return Plan()


def discard(settings: Settings, java: Java, jars: Path) -> None:
    """Removes the archive of this Java and these jars: a later run makes a new one."""
    (settings.cache_dir / "archives" / _name(settings, java, jars)).unlink(missing_ok=True)


def _plan(archives: Path, name: str, *, makes: bool) -> Plan:
    whole = archives / name
    if whole.exists():
        return Plan((f"-XX:AOTCache={whole}", QUIET))
    if not makes:
        return Plan()
    archives.mkdir(parents=True, exist_ok=True)
    _remove_stale(archives)
    if any(archives.glob(f"{name}.new-*")):
        # Another run is making it: that is dear enough once.
        return Plan()
    # A file of its own: should two start at the very same time, they never write into each other's.
    new = archives / f"{name}.new-{secrets.token_hex(8)}"
    new.touch()
    return Plan((f"-XX:AOTCacheOutput={new}", QUIET), str(new), str(whole))


def _remove_stale(archives: Path) -> None:
    for new in archives.glob("*.new-*"):
        with suppress(OSError):
            if time.time() - new.stat().st_mtime > STALE_SECONDS:
                new.unlink()


def _name(settings: Settings, java: Java, jars: Path) -> str:
    """Changes with the Java, the jars' place, and any jar's size or time: Java refuses an archive of other jars.

    A Java in a hurry learns which classes there are, but not which methods run hot: what it keeps is for its like.
    """
    seen = hashlib.sha256(f"{java.command}\n{java.version}\n{jars}\n".encode())
    for jar in sorted(jars.glob("*.jar")):
        status = jar.stat()
        seen.update(f"{jar.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    pace = "-hurry" if settings.java_hurries else ""
    return f"java{java.feature}-{seen.hexdigest()[:16]}{pace}.aot"
