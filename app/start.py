"""``tercet``, begun without what nobody asked for.

The database's driver imports numpy, pandas and pyarrow wherever they are installed, to read values of theirs. The
service has none, and they would cost three seconds of every start and 100 MB: they stay away while the driver is
imported, and can be had afterwards.
"""

from __future__ import annotations

import sys

FRAMES = ("numpy", "pandas", "pyarrow")


def main() -> None:
    """Runs the command line."""
    import_driver()
    from app.cli import main as run

    run()


def import_driver() -> None:
    """Imports the driver as if there were no data frames, unless they are there already."""
    hidden = [name for name in FRAMES if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None there: not to be imported
    try:
        import neo4j  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]
