"""The lists of parts that are fetched: of the embedded database, and of the pages below ``/docs`` and ``/explorer``.

They are read at run time and made by ``python -m app.embedded.lock [neo4j] [web]``: the task resolves the roots of each
with jgo, fetches every jar once and writes down its SHA-256 and size.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.embedded.errors import LockInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = "org.neo4j:neo4j:2026.09.0"
FILE = Path(__file__).with_name("neo4j.lock.json")
WEB_ROOT = "org.webjars:swagger-ui:5.34.1 org.webjars.npm:cytoscape:3.33.1"
WEB_FILE = Path(__file__).with_name("web.lock.json")


@dataclass(frozen=True, slots=True)
class Part:
    """One jar: where Maven has it, and what it must be. ``size`` in bytes."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The jar's file name, unique within a lock."""
        return f"{self.artifact}-{self.version}{'-' if self.classifier else ''}{self.classifier}.jar"


@dataclass(frozen=True, slots=True)
class Lock:
    """Every part of what ``root`` names (coordinates with blanks between); ``digest`` changes when any part does."""

    root: str
    digest: str
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """What the roots are called, and their versions: names the folder of the parts."""
        return "+".join(f"{artifact}-{version}" for _, artifact, version in map(_split, self.root.split()))

    @property
    def version(self) -> str:
        """The version of the last root."""
        return self.root.rpartition(":")[2]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


def _split(coordinate: str) -> tuple[str, str, str]:
    group, artifact, version = coordinate.split(":")
    return group, artifact, version


def read(file: Path = FILE) -> Lock:
    """The lock in ``file``; raises LockInvalid when it can't be used."""
    try:
        content = file.read_bytes()
        document = json.loads(content)
        parts = tuple(_read_part(*row) for row in document["parts"])
        root = str(document["root"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LockInvalid(f"{file.name}: {error}") from error
    if len({part.name for part in parts}) != len(parts):
        raise LockInvalid(f"{file.name}: two parts of one name")
    return Lock(root, hashlib.sha256(content).hexdigest()[:16], parts)


def _read_part(coordinate: str, sha256: str, size: int) -> Part:
    group, artifact, version, *classifier = coordinate.split(":")
    # The name becomes a path: a part of the list must never lead out of its folder.
    if len(sha256) != 64 or size <= 0 or "/" in coordinate or len(classifier) > 1:
        raise ValueError(coordinate)
    return Part(group, artifact, version, classifier[0] if classifier else "", sha256, size)


def make(root: str = ROOT) -> str:
    """The text of a lock for every coordinate in ``root``: needs the network and some minutes."""
    from jgo.maven import MavenContext  # a task's tool: the service reads locks and never makes one

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder))
        inputs, rest = context.resolver.resolve([context.create_dependency(one) for one in root.split()])
        artifacts = sorted({dependency.artifact for dependency in (*inputs, *rest)}, key=lambda artifact: artifact.key)
        with ThreadPoolExecutor(16) as pool:
            files = list(pool.map(lambda artifact: artifact.resolve(), artifacts))
        rows = [
            (
                ":".join(filter(None, (item.groupId, item.artifactId, item.version, item.classifier))),
                hashlib.sha256(file.read_bytes()).hexdigest(),
                file.stat().st_size,
            )
            for item, file in zip(artifacts, files, strict=True)
        ]
    return _write(root, rows)


def _write(root: str, rows: Sequence[tuple[str, str, int]]) -> str:
    lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    return f'{{\n  "root": {json.dumps(root)},\n  "parts": [\n{lines}\n  ]\n}}\n'


if __name__ == "__main__":
    for name, (root, file) in {"neo4j": (ROOT, FILE), "web": (WEB_ROOT, WEB_FILE)}.items():
        if name in sys.argv[1:] or not sys.argv[1:]:
            file.write_text(make(root), encoding="utf-8")
