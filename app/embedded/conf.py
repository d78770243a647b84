"""What the database is told: its configuration file and its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.embedded.java import Java
    from app.settings import Settings

MAIN = "org.neo4j.server.Neo4jCommunity"
# The packages that the database reaches into: without them it starts and is slower.
OPENS = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.util.concurrent")
# Without the optimising compiler Java is warm within seconds, and reaches about two thirds of its best.
HURRY = ("-XX:TieredStopAtLevel=1",)
# Neo4j counts its indexes in virtual threads. While a page is written they read it again and again; the writer waited for
# one of them that had no thread of the system to go on with, since both cores had one that read: for good (2026.09.0).
CARRIERS = 16
# What the database itself holds on to is a hundred MiB and some: half of a heap from here on can be for what is young.
ROOMY_MB = 512
MARKED_FROM_PERCENT = 25
REGIONS = 128
LARGEST_REGION_MB = 32
MODULE_OPTIONS = (*(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS), "--enable-native-access=ALL-UNNAMED")


def write(home: Path, settings: Settings, port: int) -> None:
    """Writes ``home``/conf/neo4j.conf for a database that listens on ``port`` of the loopback address."""
    folder = home / "conf"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"{name}={value}" for name, value in _values(settings, port).items()]
    (folder / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _values(settings: Settings, port: int) -> dict[str, str]:
    heap = settings.heap_mb
    return {
        # Nothing but Bolt, nowhere but here.
        "server.default_listen_address": "127.0.0.1",
        "server.default_advertised_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        # Nothing that calls home.
        "dbms.usage_report.enabled": "false",
        "dbms.fleet_manager.enabled": "false",
        "server.fleet_discovery.enabled": "false",
        "db.query.default_language": "CYPHER_25",
        # Our statements name their indexes, so that their plans don't change as data grows. By default all of them are
        # planned anew every ten seconds while it does, and somebody waits for each.
        "dbms.cypher.min_replan_interval": "1h",
        # Plans don't hang on how exactly it knows its indexes: a growing space had all of them counted every twentieth.
        "db.index_sampling.update_percentage": "20",
        # One statement never takes the whole heap, and all together leave room for the server itself.
        "server.memory.pagecache.size": f"{settings.page_cache_mb}m",
        "dbms.memory.transaction.total.max": f"{heap * 6 // 10}m",
        "db.memory.transaction.max": f"{heap * 4 // 10}m",
        "db.lock.acquisition.timeout": "30s",
        # Log files are made at their full size: the default of 256 MiB would make an empty folder 512 MiB.
        "db.tx_log.rotation.size": "64m",
        "db.tx_log.rotation.retention_policy": "2 days 1G",
        # When the data is safe on disk, Bolt would still wait 10 s for what clients may say: stop in 0.4 s, not 10.4.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
    }


def command(java: Java, settings: Settings, home: Path, jars: Path, archive: Sequence[str]) -> list[str]:
    """The command that runs the database in the foreground; ``archive`` are the options about what Java learnt."""
    arguments = home / "conf" / "java.args"
    # In a file, sorted: too long for a process list, and an archive fits only the class path that it was made with.
    path = ":".join(str(jar) for jar in sorted(jars.glob("*.jar")))
    arguments.write_text(f"-cp\n{_quote(path)}\n", encoding="utf-8")
    return [
        str(java.command),
        f"@{arguments}",
        *archive,
        f"-Xms{settings.heap_mb}m",
        f"-Xmx{settings.heap_mb}m",
        *_collection(settings.heap_mb),
        *(HURRY if settings.java_hurries else ()),
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+DisableExplicitGC",
        *MODULE_OPTIONS,
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Dlog4j2.disable.jmx=true",
        "-Dfile.encoding=UTF-8",
        "-Djava.awt.headless=true",
        f"-Djdk.virtualThreadScheduler.parallelism={CARRIERS}",
        MAIN,
        f"--home-dir={home}",
        f"--config-dir={home / 'conf'}",
        "--console-mode",
    ]


def _collection(heap_mb: int) -> list[str]:
    """How garbage is collected: transactions of thousands of items are to die young.

    Their arrays are larger than half of G1's usual regions: each counts as old at once, and so does what outlives a
    usual young generation. G1 then marks and moves the heap all the time, a quarter of all that a write costs. What
    grows old beside a young half is looked for early: at the usual mark the heap is full first, and all of it is moved.
    """
    region = min(LARGEST_REGION_MB, 1 << (heap_mb // REGIONS).bit_length() - 1)
    roomy = [f"-XX:NewSize={heap_mb // 2}m", f"-XX:InitiatingHeapOccupancyPercent={MARKED_FROM_PERCENT}"]
    return [f"-XX:G1HeapRegionSize={region}m", *(roomy if heap_mb >= ROOMY_MB else [])]


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
