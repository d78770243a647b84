"""The keys of what clients carry for us: where they come from, who may read them, how they are changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.access.seals import KEY_FILE, seal_keys
from app.core.signing import SealBroken, Signer
from app.settings import SettingInvalid, Settings

LONG = "k" * 32


def test_a_start_with_a_database_of_its_own_keeps_one_key_beside_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    [key] = seal_keys(settings)
    assert key is not None
    assert len(key) >= 32
    assert seal_keys(settings) == (key,)
    assert stat.S_IMODE((settings.data_dir / KEY_FILE).stat().st_mode) == 0o600


def test_replicas_on_one_server_share_the_key_that_is_kept_in_the_graph(tmp_path: Path) -> None:
    assert seal_keys(Settings(neo4j_uri="neo4j://cluster", data_dir=tmp_path)) == (None,)
    assert not list(tmp_path.iterdir())


def test_keys_of_the_environment_come_before_all_others_in_their_order(tmp_path: Path) -> None:
    environment = {"TERCET_TOKEN_KEYS": f"{LONG}, graph", "TERCET_DATA_DIR": str(tmp_path)}
    assert seal_keys(Settings.from_environment(environment)) == (LONG.encode(), None)


@pytest.mark.parametrize("text", ["short", f"{LONG},", f"{LONG},short", ","])
def test_a_key_that_is_too_short_stops_the_start(text: str) -> None:
    with pytest.raises(SettingInvalid, match="TERCET_TOKEN_KEYS"):
        Settings.from_environment({"TERCET_TOKEN_KEYS": text})


def test_the_first_key_seals_and_every_key_in_use_opens() -> None:
    sealed = Signer(b"old").seal("test", b"here", b"content")
    assert Signer(b"new", b"old").unseal("test", b"here", sealed) == b"content"
    assert Signer(b"new", b"old").seal("test", b"here", b"content") == Signer(b"new").seal("test", b"here", b"content")
    with pytest.raises(SealBroken):
        Signer(b"new").unseal("test", b"here", sealed)
