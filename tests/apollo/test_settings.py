"""The settings of this format (apollo 14): names, defaults, and what they take."""

from __future__ import annotations

import pytest

from app.settings import SettingInvalid, Settings

DEFAULTS = {
    "TERCET_PUBLIC_URL": ("public_url", None),
    "TERCET_APOLLO_ASYNC_STATUS": ("apollo_async_status", 202),
    "TERCET_APOLLO_MAX_BODY_BYTES": ("apollo_max_body_bytes", 16_777_216),
    "TERCET_APOLLO_CHUNK_ITEMS": ("apollo_chunk_items", 500),
    "TERCET_APOLLO_RETENTION_HOURS": ("apollo_retention_hours", 720),
    "TERCET_MAX_RELATIONSHIP_TYPES": ("max_relationship_types", 1000),
    "TERCET_MAX_ENTITY_TYPES": ("max_entity_types", 1000),
    "TERCET_APOLLO_OPEN_ITEMS_PER_PRINCIPAL": ("apollo_open_items_per_principal", 200_000),
    "TERCET_APOLLO_OPEN_ITEMS": ("apollo_open_items", 1_000_000),
    "TERCET_AUTO_SPACES": ("auto_spaces", True),
}


@pytest.mark.parametrize("variable", DEFAULTS)
def test_a_setting_has_the_default_of_the_contract(variable: str) -> None:
    name, value = DEFAULTS[variable]
    assert getattr(Settings.from_environment({}), name) == value


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("TERCET_APOLLO_ASYNC_STATUS", "200", 200),
        ("TERCET_APOLLO_RETENTION_HOURS", "24", 24),
        ("TERCET_APOLLO_CHUNK_ITEMS", "1", 1),
        ("TERCET_AUTO_SPACES", "false", False),
    ],
)
def test_a_setting_takes_what_the_contract_allows(variable: str, text: str, value: object) -> None:
    assert getattr(Settings.from_environment({variable: text}), DEFAULTS[variable][0]) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("TERCET_APOLLO_ASYNC_STATUS", "201"),
        ("TERCET_APOLLO_RETENTION_HOURS", "23"),
        ("TERCET_APOLLO_CHUNK_ITEMS", "0"),
        ("TERCET_PUBLIC_URL", "tercet.example"),
    ],
)
def test_a_setting_refuses_what_the_contract_does_not_allow(variable: str, text: str) -> None:
    with pytest.raises(SettingInvalid):
        Settings.from_environment({variable: text})
