"""What is seen of a process from outside is told by what it is for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench import watch

STACKS = """\
<module> (tercet:10);main (app/start.py:20);run (neo4j/_async/work/session.py:320);pack (neo4j/_codec/packer.py:70) 3
<module> (tercet:10);run (app/process.py:37);decide (app/core/relate.py:12);__eq__ (<string>:2) 4
<module> (tercet:10);run (app/process.py:37);run_asgi (uvicorn/protocols/http/impl.py:42);call (asyncio/tasks.py:9) 2
<module> (tercet:10);wait (threading.py:300) 1
"""
SAFEPOINTS = """\
[1.5s][info][safepoint] Safepoint "G1CollectForAllocation", Time since last: 9 ns, At safepoint: 8 ns, Total: 49046442 ns, …
[1.6s][info][safepoint] Safepoint "ICBufferFull", Time since last: 9 ns, At safepoint: 8 ns, Total: 1000 ns, Threads: …
[1.7s][info][safepoint] Safepoint "G1PauseRemark", Time since last: 9 ns, At safepoint: 8 ns, Total: 2000000 ns, …
"""


def test_who_holds_the_interpreter_is_told_by_the_module_of_ours_or_the_library_that_called_last() -> None:
    told = watch.read_stacks(STACKS)
    assert told == {watch.DRIVER: 3, "app.core.relate": 4, watch.FRAMEWORK: 2, watch.ELSEWHERE: 1}


def test_pauses_are_those_of_garbage_collection(tmp_path: Path) -> None:
    log = tmp_path / "safepoints"
    assert watch.read_pauses(log) == []
    log.write_text(SAFEPOINTS)
    assert watch.read_pauses(log) == [49.046442, 2.0]


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="threads are counted by Linux")
def test_what_threads_spend_is_counted_from_the_beginning_on() -> None:
    threads = watch.Threads(os.getpid())
    sum(range(3_000_000))
    spent = threads.tell_database()
    assert 0.005 < spent[watch.OTHERS] < 30
    assert 0 <= threads.tell_wait() < 30
