"""Logs that a test can read, put back afterwards."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.telemetry import set_up_logs


class Lines(io.StringIO):
    """What was logged."""

    def read_json(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


class Terminal(Lines):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = Lines()
    set_up_logs(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def terminal() -> Terminal:
    stream = Terminal()
    set_up_logs(stream)
    return stream
