"""The data folder's owner, version and password."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.embedded import folder
from app.embedded.errors import FolderInUse, FolderNewer


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    holder = folder.own(tmp_path)
    with pytest.raises(FolderInUse, match=f"in use by process {os.getpid()}.*TERCET_DATA_DIR"):
        folder.own(tmp_path)
    os.close(holder)
    os.close(folder.own(tmp_path))


def test_a_folder_stays_owned_until_the_database_of_a_dead_owner_has_ended(tmp_path: Path) -> None:
    owner = (
        "import subprocess, sys; from pathlib import Path; from app.embedded import folder;"
        "holder = folder.own(Path(sys.argv[1]));"
        "subprocess.Popen(['sleep', '1.5'], pass_fds=(holder,))"
    )
    subprocess.run([sys.executable, "-c", owner, str(tmp_path)], check=True, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    os.close(folder.own(tmp_path))
    assert time.monotonic() - began > 0.5


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    folder.claim_version(tmp_path, "2026.10.0")
    with pytest.raises(FolderNewer, match=r"written by Neo4j 2026\.10\.0, and this Tercet brings 2026\.9\.0"):
        folder.claim_version(tmp_path, "2026.9.0")


def test_a_folder_of_an_older_version_is_taken_and_then_no_longer_the_older_ones(tmp_path: Path) -> None:
    folder.claim_version(tmp_path, "2026.09.0")
    folder.claim_version(tmp_path, "2026.10.0")
    with pytest.raises(FolderNewer):
        folder.claim_version(tmp_path, "2026.09.0")


def test_the_password_is_kept_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    password = folder.password(tmp_path)
    assert len(password) >= 32
    assert folder.password(tmp_path) == password
    assert folder.password_file(tmp_path).stat().st_mode & 0o777 == 0o600
