"""Brings the parts that the lock names into the cache folder, and proves that they are what it says.

A second run with everything there reads one small file and 240 sizes and times; a jar whose size or time differs from
what was noted when its SHA-256 was right is hashed again, and fetched again when it is wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from app.embedded import disk, folder, lock
from app.embedded.errors import NoNetwork, PartDamaged, PartMissing, PartRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from jgo.maven import MavenContext

    from app.embedded.lock import Lock, Part
    from app.settings import Settings

    Progress = Callable[[int, int], None]

THREADS = 16
TRIES = 3
PAUSE_SECONDS = 0.5
TIMEOUT_SECONDS = 30


def fetch(settings: Settings, progress: Progress | None = None) -> Path:
    """The folder of all jars, complete and verified; blocks for as long as the network takes on a first run.

    ``progress`` hears (bytes done, bytes in all), from any thread, one call at a time. One process fetches, others
    wait for it. Raises an EmbeddedError that says what to do.
    """
    parts = lock.read()
    if settings.jars is not None:
        return check_given(parts, settings.jars, settings.cache_dir)
    return bring(parts, settings.cache_dir, progress)


def fetch_web(settings: Settings, progress: Progress | None = None) -> Path:
    """Like ``fetch``, for the parts of the pages; where a given folder of jars lacks them they are not asked for."""
    parts = lock.read(lock.WEB_FILE)
    if settings.jars is not None:
        return check_given(parts, settings.jars, settings.cache_dir)
    return bring(parts, settings.cache_dir, progress)


def find_web(settings: Settings) -> Path:
    """The folder of the parts of the pages, verified; raises PartMissing where they have not been fetched."""
    parts = lock.read(lock.WEB_FILE)
    return check_given(parts, settings.jars or _jars(parts, settings.cache_dir), settings.cache_dir)


def verify(settings: Settings) -> Path:
    """Like ``fetch``, and every jar is hashed whatever was noted: for when the database finds one unreadable."""
    parts = lock.read()
    with disk.refusals_in_words(settings.cache_dir):
        _notes(parts, settings.jars or _jars(parts, settings.cache_dir), settings.cache_dir).unlink(missing_ok=True)
    return fetch(settings)


def bring(parts: Lock, cache: Path, progress: Progress | None = None, context: MavenContext | None = None) -> Path:
    """Makes ``cache`` hold every part; ``context`` says where from (unset: jgo's own configuration)."""
    jars = _jars(parts, cache)
    with disk.refusals_in_words(cache):
        jars.mkdir(parents=True, exist_ok=True)
        with folder.taken(cache / "fetch.lock"):
            notes = _notes(parts, jars, cache)
            sound = _sound(parts, jars, notes)
            missing = [part for part in parts.parts if part.name not in sound]
            if missing:
                _Fetching(parts, jars, context or _context(cache), progress).run(missing)
                _note(notes, jars, parts.parts)
    return jars


def check_given(parts: Lock, jars: Path, cache: Path) -> Path:
    """``jars`` when it holds every part, else PartMissing; nothing in it is changed."""
    notes = _notes(parts, jars, cache)
    sound = _sound(parts, jars, notes)
    doubtful = [part for part in parts.parts if part.name not in sound]
    with ThreadPoolExecutor(THREADS) as pool:
        for part, good in zip(
            doubtful, pool.map(lambda part: _is_sound(jars / part.name, part), doubtful), strict=True
        ):
            if not good:
                raise PartMissing(jars, part.name)
    if doubtful:
        with disk.refusals_in_words(cache):
            cache.mkdir(parents=True, exist_ok=True)
            _note(notes, jars, parts.parts)
    return jars


class _Fetching:
    """One run: what is missing, who brings it, how far it is."""

    def __init__(self, parts: Lock, jars: Path, context: MavenContext, progress: Progress | None) -> None:
        self._total = parts.size
        self._all = len(parts.parts)
        self._jars = jars
        self._context = context
        self._progress = progress or (lambda _done, _total: None)
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._done = 0

    def run(self, missing: Iterable[Part]) -> None:
        todo = list(missing)
        self._todo = len(todo)
        self._done = self._total - sum(part.size for part in todo)
        self._progress(self._done, self._total)
        with ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(self._secure, part) for part in todo]
            try:
                for future in running:
                    future.result()
            except BaseException:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _secure(self, part: Part) -> None:
        """Keeps the jar that is there when its hash is right; else fetches it, and once more when it came damaged."""
        kept = self._jars / part.name
        if not _is_sound(kept, part):
            arrived = self._download(part)
            if not _is_sound(arrived, part):
                arrived = self._download(part)
                if not _is_sound(arrived, part):
                    arrived.unlink()
                    raise PartDamaged(part.name)
            # Whole or not at all: a reader of the folder never sees half a jar.
            arrived.replace(kept)
        with self._guard:
            self._done += part.size
            self._todo -= 1
            self._progress(self._done, self._total)

    def _download(self, part: Part) -> Path:
        from requests import RequestException  # jgo's transport; imported here so that a warm start never pays for it

        component = self._context.project(part.group, part.artifact).at_version(part.version)
        artifact = component.artifact(part.classifier)
        for rest in reversed(range(TRIES)):
            try:
                arrived = self._context.resolver.download(artifact)
            except RequestException as error:
                if rest == 0 or self._stopped.is_set():
                    raise NoNetwork(self._all - self._todo, self._all) from error
                self._stopped.wait(PAUSE_SECONDS * 2 ** (TRIES - rest))
            else:
                if arrived is None:
                    raise PartRefused(part.name)
                return arrived
        raise AssertionError("the last try returns or raises")


def _context(cache: Path) -> MavenContext:
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    from app.embedded.download import Downloads

    ours = MavenContext(Downloads(), repo_cache=cache / "arriving", timeout=TIMEOUT_SECONDS)
    ours.remote_repos.update(GlobalSettings.load().repositories)
    return ours


def _jars(parts: Lock, cache: Path) -> Path:
    return cache / f"{parts.name}-{parts.digest}"


def _notes(parts: Lock, jars: Path, cache: Path) -> Path:
    where = hashlib.sha256(str(jars.absolute()).encode()).hexdigest()[:8]
    return cache / f"verified-{parts.digest}-{where}.json"


def _note(notes: Path, jars: Path, parts: Iterable[Part]) -> None:
    seen = {part.name: _stamp(jars / part.name) for part in parts}
    fresh = notes.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
    fresh.write_text(json.dumps(seen), encoding="utf-8")
    fresh.replace(notes)


def _sound(parts: Lock, jars: Path, notes: Path) -> frozenset[str]:
    """Names of the jars that are as they were when they were last found right."""
    try:
        seen = json.loads(notes.read_bytes())
        return frozenset(part.name for part in parts.parts if seen.get(part.name) == _stamp(jars / part.name))
    except (OSError, ValueError, AttributeError):
        return frozenset()


def _stamp(file: Path) -> list[int]:
    try:
        status = file.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _is_sound(file: Path, part: Part) -> bool:
    try:
        if file.stat().st_size != part.size:
            return False
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == part.sha256
    except FileNotFoundError:
        return False
