"""The first words with a database that has just started: is it there, and does it take our password?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from neo4j import AsyncGraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from app.embedded.errors import PasswordLost

if TYPE_CHECKING:
    from neo4j import AsyncDriver

USER = "neo4j"
# Every new data folder starts with this one; it is replaced before anybody else is told where the database is.
FIRST_PASSWORD = "neo4j"
SET_PASSWORD = Path(__file__).parents[2] / "cypher" / "embedded" / "set_password.cypher"
LOOK_SECONDS = 0.05


async def log_in(uri: str, port: int, password: str, kept_in: Path) -> None:
    """Returns when the database on ``port`` answers to ``password``, which a new one is given first.

    Waits for as long as it takes. Raises PasswordLost when it takes neither ``password`` nor the first one.
    """
    await _until_open(port)
    while True:
        try:
            await _log_in(uri, password)
        except (DriverError, Neo4jError, OSError) as error:
            if isinstance(error, AuthError):
                raise PasswordLost(kept_in) from error
            # It listens before it can serve.
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return


async def _until_open(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            writer.close()
            return


async def _log_in(uri: str, password: str) -> None:
    async with _driver(uri, password) as driver:
        try:
            await driver.verify_connectivity()
        except AuthError:
            async with _driver(uri, FIRST_PASSWORD) as first:
                await first.execute_query(_statement(), {"old": FIRST_PASSWORD, "new": password}, database_="system")


def _driver(uri: str, password: str) -> AsyncDriver:
    return AsyncGraphDatabase.driver(uri, auth=(USER, password), connection_timeout=5, max_connection_pool_size=1)


def _statement() -> str:
    lines = SET_PASSWORD.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//"))
