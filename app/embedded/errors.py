"""What can go wrong with the embedded database, in words that say what happened and what to do.

EmbeddedError
├── LockInvalid         the list of parts is not usable: the installation is damaged
├── FetchError          the parts could not be brought
│   ├── NoNetwork       the repository can't be reached
│   ├── PartRefused     the repository was reached and does not give a part
│   └── PartDamaged     a part is not what the list says, again after a second fetch
├── PartMissing         a given folder of jars lacks a part
├── DiskFull            no room for the parts or for the data
├── JavaMissing         there is no Java to run, or it doesn't run
├── JavaTooOld          there is one, older than the database takes
├── MemoryTooSmall      the machine has less than the settings ask for
├── FolderInUse         another process owns the data folder
├── FolderNewer         a newer version wrote the data folder
├── FolderNotWritable   the data or cache folder can't be written
├── PasswordLost        the data folder has a password that is not the kept one
├── PortTaken           something else listens on the port
└── StartFailed         anything else; carries the last words of the database
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


class EmbeddedError(StoreError):
    """The embedded database can't be had; the message is meant for the operator, as it stands."""


class LockInvalid(EmbeddedError):
    """The committed list of parts can't be read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The list of the embedded database's parts is not usable ({why}). Install Tercet again.")


class FetchError(EmbeddedError):
    """The parts could not be brought; what has arrived is kept, the next try goes on from there."""


class NoNetwork(FetchError):
    """The Maven repository can't be reached; ``done`` of ``total`` parts are there."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(
            f"The embedded database's parts can't be fetched: the Maven repository is not reachable "
            f"({done} of {total} parts are here). Only the first start needs a network. "
            f"Check the network and HTTPS_PROXY and start again: what has arrived is kept. "
            f"Without a network, run 'tercet fetch' on another machine, copy its folder of jars here and name it "
            f"in TERCET_JARS; or use a server of your own with TERCET_NEO4J_URI."
        )


class PartRefused(FetchError):
    """The repository answers and does not give ``part``."""

    def __init__(self, part: str) -> None:
        super().__init__(
            f"The Maven repository does not give {part}. If a mirror stands between, see whether it is complete "
            f"and start again: what has arrived is kept."
        )


class PartDamaged(FetchError):
    """``part`` is not what the list says, also after it was fetched again."""

    def __init__(self, part: str) -> None:
        super().__init__(
            f"{part} was damaged, was fetched again, and is still not what its SHA-256 says. Something on the way "
            f"changes it: check the proxy or mirror."
        )


class PartMissing(EmbeddedError):
    """The folder that TERCET_JARS names lacks ``part`` or holds a damaged one."""

    def __init__(self, folder: Path, part: str) -> None:
        super().__init__(
            f"{folder} (TERCET_JARS) has no sound {part}. Copy everything that is in the folders that 'tercet fetch' of "
            f"the same Tercet version names on another machine into this one."
        )


class DiskFull(EmbeddedError):
    """There is no room on the disk of ``folder``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The disk of {folder} is full. The parts need 300 MB (TERCET_CACHE_DIR), an empty database 600 MB "
            f"(TERCET_DATA_DIR): make room, or name folders on another disk, and start again."
        )


class JavaMissing(EmbeddedError):
    """No Java at ``where``, or it doesn't run."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"No working Java at {where}. Unset TERCET_JAVA to use the one that is installed with Tercet, "
            f"or let it name the java command of Java 21 or 25."
        )


class JavaTooOld(EmbeddedError):
    """``where`` is Java ``version``, below 21."""

    def __init__(self, where: str, version: str) -> None:
        super().__init__(
            f"{where} is Java {version}; the embedded database needs 21 or 25. Unset TERCET_JAVA to use the one "
            f"that is installed with Tercet, or let it name a newer one."
        )


class MemoryTooSmall(EmbeddedError):
    """The settings ask for ``wanted`` MiB, the machine or its container has ``there``."""

    def __init__(self, wanted: int, there: int) -> None:
        super().__init__(
            f"Too little memory: the embedded database is set to take about {wanted} MiB, and {there} MiB are there. "
            f"Lower TERCET_NEO4J_HEAP_MB and TERCET_NEO4J_PAGE_CACHE_MB, or give the machine more."
        )


class FolderInUse(EmbeddedError):
    """Process ``owner`` (0: unknown) has the data folder open."""

    def __init__(self, folder: Path, owner: int) -> None:
        by = f"process {owner}" if owner else "another process"
        super().__init__(
            f"{folder} is in use by {by}. One data folder has one owner: stop the other, or name another folder "
            f"in TERCET_DATA_DIR."
        )


class FolderNewer(EmbeddedError):
    """Version ``theirs`` wrote the folder, ``ours`` is older."""

    def __init__(self, folder: Path, theirs: str, ours: str) -> None:
        super().__init__(
            f"{folder} was written by Neo4j {theirs}, and this Tercet brings {ours}, which can't read it. "
            f"Use the newer Tercet, or name another folder in TERCET_DATA_DIR."
        )


class FolderNotWritable(EmbeddedError):
    """``path`` can't be made or written."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} can't be written ({why}). Give this user the right, or name another folder in TERCET_DATA_DIR "
            f"or TERCET_CACHE_DIR."
        )


class PasswordLost(EmbeddedError):
    """The database does not take the kept password."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The embedded database does not take the password in {file}. Put back the file that belongs to this "
            f"data folder, or name another folder in TERCET_DATA_DIR."
        )


class PortTaken(EmbeddedError):
    """Something else listens on ``port`` of the loopback address."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is taken by another program. Stop it and start again.")


class StartFailed(EmbeddedError):
    """The database did not start; ``said`` are its last words, ``log`` is where the rest stands."""

    def __init__(self, said: str, log: Path) -> None:
        super().__init__(f"The embedded database did not start: {said} The whole story is in {log}.")
