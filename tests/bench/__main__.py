"""``uv run python -m tests.bench NAME``: measures one thing, prints a table with ratios, and writes JSON by ``--json``.

Without a name it tells the names; ``NAME --help`` tells the options.
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

NAMES: Final = (
    *("bulk", "small", "repeats", "reads", "growth", "fairness", "start", "profile"),
    *("company", "pages", "lists", "questions", "exports"),
)


def main() -> None:
    """Runs the bench that is named, with the options behind its name."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.stderr.write(f"{__doc__}\n" + "".join(f"  {name:<10}{_describe(name)}\n" for name in NAMES))
        sys.exit(2 if len(sys.argv) > 1 else 0)
    name = sys.argv.pop(1)
    importlib.import_module(f"tests.bench.{name}").main()


def _describe(name: str) -> str:
    first = (importlib.import_module(f"tests.bench.{name}").__doc__ or "").partition("\n")[0]
    return first.partition("``: ")[2]


if __name__ == "__main__":
    main()
