"""``uv run python -m tests.brick [1.0.2=FILE]``: writes the class catalogues of Brick again.

Versions 1.2.1 and 1.5.0 come from the ontology files in the development package ``brickschema``. No package holds 1.0.2:
its catalogue is written only when its ontology is named, the file ``dist/Brick.ttl`` of Brick's release v1.0.2.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.core.catalogue import FOLDER
from tests.brick.generate import generate, list_packaged


def main(arguments: list[str]) -> None:
    """Writes every catalogue whose ontology is there."""
    named = {version: Path(file) for version, _, file in (argument.partition("=") for argument in arguments)}
    for version, ontology in sorted({**list_packaged(), **named}.items()):
        text = generate(version, ontology)
        (FOLDER / f"{version}.tsv").write_bytes(text)
        sys.stdout.write(f"{version}: {len(text.splitlines()) - 1} classes, {len(text)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
