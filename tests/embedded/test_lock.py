"""The committed list of parts, and lists that can't be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.embedded import lock
from app.embedded.errors import LockInvalid

GOOD = ["org.example:part:1.0", "a" * 64, 10]


def test_the_committed_lock_names_every_part_of_one_version_and_no_host() -> None:
    parts = lock.read()
    assert parts.root == lock.ROOT
    assert parts.version in {part.version for part in parts.parts if part.artifact == "neo4j"}
    assert len(parts.parts) > 200
    assert 100_000_000 < parts.size < 300_000_000
    assert "://" not in lock.FILE.read_text(encoding="utf-8")


def test_the_committed_lock_of_the_pages_names_one_version_of_each_and_no_host() -> None:
    parts = lock.read(lock.WEB_FILE)
    assert parts.root == lock.WEB_ROOT
    named = {part.artifact: part.version for part in parts.parts}
    assert set(named) == {"swagger-ui", "cytoscape"}
    assert parts.name == f"swagger-ui-{named['swagger-ui']}+cytoscape-{named['cytoscape']}"
    assert "://" not in lock.WEB_FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        json.dumps({"root": "g:a:1"}),
        json.dumps({"root": "g:a:1", "parts": [["g:a", "a" * 64, 10]]}),
        json.dumps({"root": "g:a:1", "parts": [["g:../../a:1", "a" * 64, 10]]}),
        json.dumps({"root": "g:a:1", "parts": [["g:a:1", "short", 10]]}),
        json.dumps({"root": "g:a:1", "parts": [GOOD, ["org.other:part:1.0", "b" * 64, 10]]}),
    ],
)
def test_a_lock_that_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "neo4j.lock.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LockInvalid, match="Install Tercet again"):
        lock.read(file)


def test_another_part_makes_another_digest(tmp_path: Path) -> None:
    digests = []
    for size in (10, 11):
        file = tmp_path / f"{size}.json"
        file.write_text(json.dumps({"root": "g:a:1", "parts": [[*GOOD[:2], size]]}), encoding="utf-8")
        digests.append(lock.read(file).digest)
    assert len(set(digests)) == 2
