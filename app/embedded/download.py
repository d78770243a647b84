"""How jgo brings one file.

jgo 3.2 asks for a SHA-1 after each file, which the lock's SHA-256 makes needless, leaves connections open when a file
is not there, and refuses to write over what a run that was killed left behind. Everything else (coordinates,
repositories, waiting when a repository says that it is asked too often) is jgo's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jgo.maven import PythonResolver
from jgo.util import http

if TYPE_CHECKING:
    from pathlib import Path

    from jgo.maven import Artifact

CHUNK_BYTES = 1 << 16
NOT_NOW = 500


class Downloads(PythonResolver):
    """Brings a file from the first repository that has it."""

    def download(self, artifact: Artifact) -> Path | None:
        """Where the file is now, or None when no repository has it.

        Raises requests.RequestException for a repository that can't be reached or says that it can't answer now.
        """
        path = artifact.cached_path
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        for repository in artifact.context.remote_repos.values():
            address = f"{repository}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
            with http.get(address, stream=True, timeout=artifact.context.timeout) as response:
                if response.status_code >= NOT_NOW:
                    response.raise_for_status()
                if response.ok:
                    with path.open("wb") as file:
                        file.writelines(response.iter_content(CHUNK_BYTES))
                    return path
        return None
