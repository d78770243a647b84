"""Every numbered line of the contract's checklist has a test here that names its number."""

from __future__ import annotations

import re
from pathlib import Path

LINES = 74


def test_every_line_of_the_checklist_has_a_test_that_names_it():
    sources = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = re.findall(r"^(?:async )?def test_((?:\d+_)+)", sources, re.MULTILINE)
    named = {int(number) for name in names for number in name.split("_") if number}
    assert set(range(1, LINES + 1)) - named == set()
