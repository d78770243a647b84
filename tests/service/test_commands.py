"""The commands, run as a person would: as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import jwt
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.embedded.server import Endpoint
from tests.conftest import RunningService

CACHE = "TERCET_CACHE_DIR"
TERCET = str(Path(sys.executable).with_name("tercet"))


def _environment(folder: Path, database: Endpoint | None = None) -> dict[str, str]:
    chosen = {"TERCET_DATA_DIR": str(folder)}
    if database is not None:
        chosen |= {"TERCET_NEO4J_URI": database.uri, "TERCET_NEO4J_PASSWORD": database.password}
        chosen |= {"TERCET_AUTO_SPACES": "true"}
    # What has been fetched is not fetched again.
    kept = {name: value for name, value in os.environ.items() if name == CACHE or not name.startswith("TERCET_")}
    return kept | chosen


async def _run(*words: str, environment: dict[str, str]) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        TERCET, *words, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_token_prints_a_token_and_nothing_else(tmp_path: Path) -> None:
    code, out, err = await _run("token", "--sub", "ann", "--minutes", "5", environment=_environment(tmp_path))
    assert (code, err) == (0, "")
    claims = jwt.decode(out.strip(), options={"verify_signature": False})
    assert claims["sub"] == "ann"
    assert 0 < claims["exp"] - time.time() <= 300


def test_a_command_begins_without_data_frames_and_can_have_them_afterwards() -> None:
    begun = "import sys, app.start; app.start.import_driver(); import app.cli; print(set(app.start.FRAMES) & set(sys.modules))"
    words = [sys.executable, "-c", f"{begun}; import pandas, pyarrow; print(pandas.DataFrame([1]).shape)"]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout == "set()\n(1, 1)\n"


async def test_a_bad_setting_is_told_in_words(tmp_path: Path) -> None:
    environment = _environment(tmp_path) | {"TERCET_PORT": "eighty"}
    code, _, err = await _run("serve", environment=environment)
    assert code == 1
    assert err == "tercet: TERCET_PORT is not usable: it takes a whole number from 0 to 65535.\n"


async def test_development_tokens_are_not_served_beyond_loopback(tmp_path: Path) -> None:
    code, _, err = await _run("serve", "--host", "0.0.0.0", environment=_environment(tmp_path))
    assert code == 1
    assert err.startswith("tercet: ")
    assert "Traceback" not in err


async def test_a_database_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    environment = _environment(tmp_path) | {"TERCET_NEO4J_URI": "bolt://127.0.0.1:9"}
    code, _, err = await _run("migrate", "status", environment=environment)
    assert code == 1
    assert err.startswith("tercet: ")
    assert "Traceback" not in err


async def test_fetch_names_the_folders_of_the_database_and_of_the_pages(tmp_path: Path) -> None:
    code, out, err = await _run("fetch", environment=_environment(tmp_path))
    assert code == 0, err
    folders = [Path(name) for name in out.removeprefix("All parts are in ").strip().split(" and ")]
    neo4j, pages = [folder.name for folder in folders]
    assert neo4j.startswith("neo4j-")
    assert pages.startswith("swagger-ui-")
    assert "+cytoscape-" in pages
    assert all(any(folder.glob("*.jar")) for folder in folders)


@pytest.mark.usefixtures("graph")
async def test_migrate_status_names_every_migration(tmp_path: Path, database: Endpoint) -> None:
    code, out, _ = await _run("migrate", "status", environment=_environment(tmp_path, database))
    assert code == 0
    assert "V0001  applied   the_graph" in out
    code, out, _ = await _run("migrate", "up", environment=_environment(tmp_path, database))
    assert (code, out) == (0, "nothing to apply\n")


async def test_space_shows_its_settings_and_gives_it_a_mode_of_its_own(
    tmp_path: Path, database: Endpoint, service: RunningService
) -> None:
    space, environment = await service.found(), _environment(tmp_path, database)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, ["space", *words], env=environment)

    told = await run(space, "--writable", "strict")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[0].split() == ["writable", "strict"]
    kept = await service.store.sheet(space)
    assert kept is not None
    assert kept.settings == {"writable": "strict"}
    assert (await run(space)).stdout == told.stdout
    told = await run(space, "--writable", "default")
    assert told.stdout.splitlines()[0].split() == ["writable", "permissive", "(default)"]
    for words in (["nowhere"], ["nowhere", "--writable", "strict"]):
        told = await run(*words)
        assert (told.exit_code, str(told.exception)) == (1, "unknown space: nowhere")


@pytest.mark.usefixtures("graph")
async def test_serve_says_when_it_is_ready_and_ends_cleanly(tmp_path: Path, database: Endpoint) -> None:
    process = await asyncio.create_subprocess_exec(
        TERCET,
        "serve",
        "--port",
        "0",
        env=_environment(tmp_path, database),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    assert line.startswith("Tercet is ready at http://127.0.0.1:")
    base = line.split()[-1]
    async with httpx2.AsyncClient(base_url=base) as client:
        assert (await client.get("/ops/ready")).json() == {"ready": True}
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.wait(), 30)
    assert process.returncode == 0
    assert time.monotonic() - started < 30


@pytest.mark.usefixtures("graph")
async def test_work_says_what_it_works_on_and_ends_cleanly(tmp_path: Path, database: Endpoint) -> None:
    process = await asyncio.create_subprocess_exec(
        TERCET,
        "work",
        env=_environment(tmp_path, database),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    assert line == f"Tercet works on {database.uri}\n"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_work_needs_a_database_that_services_share(tmp_path: Path) -> None:
    code, _, err = await _run("work", environment=_environment(tmp_path))
    assert code == 1
    assert err.startswith("tercet: TERCET_NEO4J_URI is not usable: it takes the server whose jobs to carry out")


@pytest.mark.usefixtures("graph")
async def test_the_demo_takes_its_tour_through_all_three_formats(tmp_path: Path, database: Endpoint) -> None:
    environment = _environment(tmp_path, database)
    code, out, err = await _run("demo", "--exit", "--port", "0", environment=environment)
    assert (code, err) == (0, "")
    for sign in ("7,577 relationships", "conflicts with", "refused with 10614", "read as SAS", "read as Apollo"):
        assert sign in out
    assert "Around EBU3B_AHU_1" in out
