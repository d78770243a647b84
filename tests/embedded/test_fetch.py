"""Fetching from a Maven repository of our own on the loopback address."""

from __future__ import annotations

import hashlib
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from app.embedded import fetch
from app.embedded.download import Downloads
from app.embedded.errors import DiskFull, FolderNotWritable, NoNetwork, PartDamaged, PartMissing, PartRefused
from app.embedded.lock import Lock, Part

CONTENTS = {name: hashlib.sha256(name.encode()).digest() * 2_000 for name in ("apple", "pear", "plum")}
PARTS = Lock(
    "org.example:fruit:1.0",
    "0123456789abcdef",
    tuple(
        Part("org.example", name, "1.0", "", hashlib.sha256(content).hexdigest(), len(content))
        for name, content in CONTENTS.items()
    ),
)


def context(cache: Path, port: int) -> MavenContext:
    return MavenContext(Downloads(), cache / "arriving", remote_repos={"here": f"http://127.0.0.1:{port}"})


@dataclass
class Repository:
    """What it serves, by artifact, and what was asked for."""

    port: int
    serves: dict[str, bytes] = field(default_factory=lambda: dict(CONTENTS))
    asked: list[str] = field(default_factory=list)

    def context(self, cache: Path) -> MavenContext:
        return context(cache, self.port)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = repository.serves.get(self.path.split("/")[-3])
            if self.path.endswith(".sha1"):
                content = None
            else:
                repository.asked.append(self.path.split("/")[-3])
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_words: object) -> None:
            """Says nothing: the requests are kept in ``asked``."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        repository = Repository(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield repository
        server.shutdown()
        thread.join()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_every_part_is_fetched_once_and_progress_ends_at_the_total(repository: Repository, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    jars = fetch.bring(PARTS, tmp_path, lambda *now: heard.append(now), repository.context(tmp_path))
    assert {jar.name: jar.read_bytes() for jar in jars.iterdir()} == {
        f"{name}-1.0.jar": content for name, content in CONTENTS.items()
    }
    assert sorted(repository.asked) == sorted(CONTENTS)
    assert heard[0] == (0, PARTS.size)
    assert heard[-1] == (PARTS.size, PARTS.size)
    assert heard == sorted(heard)


def test_a_second_start_asks_nobody(repository: Repository, tmp_path: Path) -> None:
    first = fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    repository.asked.clear()
    assert fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path)) == first
    assert repository.asked == []


def test_a_damaged_jar_is_fetched_again_once(repository: Repository, tmp_path: Path) -> None:
    jars = fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    repository.asked.clear()
    damaged = bytearray(CONTENTS["pear"])
    damaged[100] ^= 1
    (jars / "pear-1.0.jar").write_bytes(damaged)
    fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    assert repository.asked == ["pear"]
    assert (jars / "pear-1.0.jar").read_bytes() == CONTENTS["pear"]


def test_a_jar_that_was_only_touched_is_kept(repository: Repository, tmp_path: Path) -> None:
    jars = fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    repository.asked.clear()
    os.utime(jars / "pear-1.0.jar", (1, 1))
    fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    assert repository.asked == []


def test_a_jar_that_comes_damaged_twice_is_refused_and_not_kept(repository: Repository, tmp_path: Path) -> None:
    repository.serves["plum"] = b"not a plum"
    with pytest.raises(PartDamaged, match=r"plum-1\.0\.jar was damaged, was fetched again"):
        fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    assert repository.asked.count("plum") == 2
    assert not list(tmp_path.rglob("plum-1.0.jar"))


def test_a_fetch_that_was_broken_off_goes_on_from_what_has_arrived(repository: Repository, tmp_path: Path) -> None:
    del repository.serves["plum"]
    with pytest.raises(PartRefused, match=r"does not give plum-1\.0\.jar"):
        fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    # What a killed run leaves: half a jar where jgo puts it.
    half = tmp_path / "arriving" / "org" / "example" / "plum" / "1.0" / "plum-1.0.jar"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(CONTENTS["plum"][:10])
    repository.serves["plum"] = CONTENTS["plum"]
    repository.asked.clear()
    fetch.bring(PARTS, tmp_path, None, repository.context(tmp_path))
    assert repository.asked == ["plum"]


def test_no_network_says_so_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(NoNetwork, match=r"not reachable \(0 of 3 parts are here\).*HTTPS_PROXY.*TERCET_JARS"):
        fetch.bring(PARTS, tmp_path, None, context(tmp_path, 1))


def test_a_full_disk_says_so_and_what_to_do(repository: Repository, tmp_path: Path) -> None:
    big = bytes(3_000_000)
    repository.serves["melon"] = big
    parts = Lock("g:a:1", "d", (Part("org.example", "melon", "1.0", "", hashlib.sha256(big).hexdigest(), len(big)),))
    with largest_file(1_000_000), pytest.raises(DiskFull, match=r"is full.*TERCET_CACHE_DIR.*make room"):
        fetch.bring(parts, tmp_path, None, repository.context(tmp_path))
    assert fetch.bring(parts, tmp_path, None, repository.context(tmp_path)).is_dir()


def test_a_cache_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(FolderNotWritable, match="can't be written"):
        fetch.bring(PARTS, tmp_path / "cache")


def test_a_given_folder_of_jars_needs_no_network(repository: Repository, tmp_path: Path) -> None:
    given = fetch.bring(PARTS, tmp_path / "elsewhere", None, repository.context(tmp_path))
    repository.asked.clear()
    assert fetch.check_given(PARTS, given, tmp_path / "here") == given
    assert repository.asked == []
    (given / "plum-1.0.jar").unlink()
    with pytest.raises(PartMissing, match=r"no sound plum-1\.0\.jar"):
        fetch.check_given(PARTS, given, tmp_path / "here")
