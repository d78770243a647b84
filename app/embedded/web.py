"""Files of other people's that our pages are made of, read from the verified jars that the lock names."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from app.embedded import fetch, lock

if TYPE_CHECKING:
    from app.settings import Settings


def read(settings: Settings, artifact: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """The files with these names of the WebJar ``artifact``; raises PartMissing where it has not been fetched."""
    folder = fetch.find_web(settings)
    (part,) = (part for part in lock.read(lock.WEB_FILE).parts if part.artifact == artifact)
    inside = f"META-INF/resources/webjars/{artifact}/{part.version}"
    with zipfile.ZipFile(folder / part.name) as jar:
        return {name: jar.read(f"{inside}/{name}") for name in names}
