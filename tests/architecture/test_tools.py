"""The checks that a pull request has to pass, as tests: layers, style, types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        [sys.executable, "-m", "ruff", "check", "--no-fix", "app", "tests"],
        [sys.executable, "-m", "ruff", "format", "--check", "app", "tests"],
        [sys.executable, "-m", "mypy"],
    ],
    ids=["the layers hold", "the style is kept", "the format is kept", "the types fit"],
)
def test_the_code_passes(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
