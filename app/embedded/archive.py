"""The class-data archive: what Java learnt when it loaded the classes, kept so that the next start need not."""

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


@dataclass(frozen=True, slots=True)
class Plan:
    """Options for Java; the file ``new`` that it will make, to be named ``archive`` (both empty: it makes none)."""

    options: tuple[str, ...]
    new: str = ""
    archive: str = ""


def plan(cache: Path, java: Java, jars: Path) -> Plan:
    """Uses the archive of this Java and these jars, or has it made at the end of this run."""
    return Plan(())


def discard(cache: Path, java: Java, jars: Path) -> None:
    """Removes the archive of this Java and these jars: the next run makes a new one."""
