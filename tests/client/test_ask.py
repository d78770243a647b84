"""``tercet ask``, against the real service."""

from __future__ import annotations

import asyncio
import json
import uuid
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from app import ask, cli
from app.client import Ambiguous
from tests.client.conftest import Site


async def run(site: Site, *words: str, as_json: bool = False) -> tuple[int, str]:
    """The exit code and the output."""
    token = site.wide_token() if "cypher" in words else site.token()
    options = [
        "--url",
        site.base,
        "--token",
        token,
        "--space",
        site.space,
    ]
    behind = ["--json"] * as_json
    found = await asyncio.to_thread(CliRunner().invoke, ask.app, [*options, *words, *behind], obj=lambda: ("", ""))
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.output


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["spaces"], ["right"]),
        (["find", "vav"], ["VAV 1", "<b>VAV & 2</b>", "Brick__VAV"]),
        (["entity", "AHU 7"], ["AHU 7 (Brick__AHU) apollo/entity/ahu-7", "feeds", "out"]),
        (["neighbours", "ahu-7"], ["VAV 1", "3 entities, 2 relationships"]),
        (["path", "VAV 1", "ahu-7"], ["steps", "AHU 7", "1 paths"]),
        (["impact", "ahu-7"], ["distance", "VAV 1"]),
        (["intersect", "ahu-7", "VAV 1"], ["in common"]),
        (["cycles", "feeds"], ["0 cycles"]),
        (["islands"], ["among them", "islands"]),
        (["changes", "0"], ["created", "entity"]),
        (["cypher", "RETURN $n AS n", "--parameter", "n=3"], ["3", "1 rows"]),
    ],
)
async def test_people_get_tables_and_programs_get_documents(site: Site, words: list[str], lines: list[str]) -> None:
    code, told = await run(site, *words)
    assert code == 0
    for line in lines:
        assert line in told
    code, told = await run(site, *words, as_json=True)
    assert code == 0
    document = next(
        line for line in told.splitlines() if line.startswith("{")
    )  # the service, in this process, logs too
    assert isinstance(json.loads(document), dict)


async def test_words_that_mean_several_things_are_told_with_candidates(site: Site) -> None:
    with pytest.raises(Ambiguous, match="VAV 1"):
        await run(site, "neighbours", "vav")


async def test_what_is_said_wrongly_exits_2(site: Site) -> None:
    assert (await run(site, "impact", "ahu-7", "--direction", "both"))[0] == 2
    assert (await run(site, "cypher", "RETURN 1", "--parameter", "n"))[0] == 2


async def test_who_runs_the_service_needs_neither_address_nor_token(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = urlsplit(site.base)
    monkeypatch.delenv("TERCET_TOKEN", raising=False)
    monkeypatch.setenv("TERCET_DATA_DIR", str(site.service.settings.data_dir))
    monkeypatch.setenv("TERCET_HOST", str(place.hostname))
    monkeypatch.setenv("TERCET_PORT", str(place.port))

    def ask_for(*words: str) -> object:
        monkeypatch.setattr("sys.argv", ["tercet", "ask", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    assert await asyncio.to_thread(ask_for, "spaces") == 0
    default = site.service.settings.default_space
    assert any(default in line and "readwrite" in line for line in capsys.readouterr().out.splitlines())
    # The developer has no right in a space of somebody else.
    assert await asyncio.to_thread(ask_for, "--space", str(uuid.uuid4()), "islands") == 1
    assert "tercet: " in capsys.readouterr().err
