"""The compose file, as far as it can be judged without an engine."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {item.metadata["variable"] for item in fields(Settings)}


def _compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_every_setting_it_names_exists() -> None:
    named = set(_compose()["services"]["tercet"]["environment"])
    assert named
    assert named <= SETTINGS


def test_the_service_waits_for_a_healthy_database_and_runs_as_nobody_special() -> None:
    service = _compose()["services"]["tercet"]
    assert service["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert "USER tercet" in service["build"]["dockerfile_inline"]


def test_what_the_image_copies_is_in_the_tree() -> None:
    dockerfile = _compose()["services"]["tercet"]["build"]["dockerfile_inline"]
    copied = [name for line in re.findall(r"^COPY (.+)$", dockerfile, re.MULTILINE) for name in line.split()[:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_settings_that_the_service_needs_outside_loopback_are_there() -> None:
    environment = dict(_compose()["services"]["tercet"]["environment"])
    variables = {
        name: re.sub(r"\$\{[^}]*\}", "https://tercet.example", str(value)) for name, value in environment.items()
    }
    settings = Settings.from_environment(variables)
    assert settings.auth == "jwt"
    assert settings.jwt_issuer
    assert settings.jwt_audience
    assert settings.jwt_jwks
    assert settings.neo4j_uri == "bolt://neo4j:7687"


def test_the_readme_tells_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    assert {name for name in SETTINGS if f"`{name}`" not in readme} == set()
