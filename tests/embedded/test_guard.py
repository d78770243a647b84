"""What the guard runs never outlives the service, however that ends. (A sleeping command stands for the database.)"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import child

SERVICE = """
import os, subprocess, sys, time
guard = subprocess.Popen(
    [sys.executable, "-I", "-S", sys.argv[1], str(os.getpid()), "", "", "sleep", "600"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
)
print(guard.pid, guard.stdout.readline().decode().strip(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def service() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVICE, str(child.GUARD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def pids(service: subprocess.Popen[str]) -> tuple[int, int]:
    assert service.stdout is not None
    guard, database = service.stdout.readline().split()
    return int(guard), int(database)


def sleeps(pid: int) -> bool:
    try:
        name, state = Path(f"/proc/{pid}/stat").read_text().split()[1:3]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name == "(sleep)" and state != "Z"


def is_gone_soon(pid: int) -> bool:
    until = time.monotonic() + 15
    while sleeps(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not sleeps(pid)


pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")


def test_a_service_that_is_killed_takes_the_database_with_it(service: subprocess.Popen[str]) -> None:
    _, database = pids(service)
    assert sleeps(database)
    service.kill()
    assert is_gone_soon(database)


def test_a_guard_that_is_killed_takes_the_database_with_it(service: subprocess.Popen[str]) -> None:
    guard, database = pids(service)
    assert sleeps(database)
    os.kill(guard, signal.SIGKILL)
    assert is_gone_soon(database)


def test_a_guard_that_is_asked_to_stop_ends_the_database(service: subprocess.Popen[str]) -> None:
    guard, database = pids(service)
    os.kill(guard, signal.SIGTERM)
    assert is_gone_soon(database)
