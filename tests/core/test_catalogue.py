"""Classes and their roots (apollo 13.1)."""

from __future__ import annotations

import pytest

from app.core.catalogue import VERSIONS, read_catalogue


@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_of_a_catalogue_has_one_root_but_the_ontologys_own_top(version: str) -> None:
    catalogue = read_catalogue(version)
    rootless = {name for name in catalogue.classes if catalogue.root(name) is None}
    assert rootless <= {"Class", "Entity"}
    assert all(
        catalogue.root(name) in {*catalogue.ancestors(name), name} for name in catalogue.classes.keys() - rootless
    )


@pytest.mark.parametrize(
    ("version", "name", "root"),
    [
        ("1.0.2", "AHU", "Equipment"),
        ("1.0.2", "Humidity_Sensor", "Point"),
        ("1.0.2", "MeasurementProperty", "MeasurementProperty"),
        ("1.2.1", "Building", "Location"),
        ("1.2.1", "Zone_Air_Temperature_Sensor", "Point"),
        ("1.2.1", "HVAC_System", "Collection"),
        ("1.2.1", "Air_Temperature", None),
        ("1.2.1", "Tag", "Tag"),
        ("1.5.0", "HVAC_System", "System"),
        ("1.5.0", "Architecture", "Location"),
        ("1.5.0", "Level", "Location"),
        ("1.2.1", "Level", None),
        ("1.2.1", "Device", "Device"),
        ("1.5.0", "Timeseries", "Timeseries"),
        ("1.2.1", "Class", None),
        ("1.5.0", "Entity", None),
        ("1.5.0", "Ablutions_Room", "Location"),
    ],
)
def test_the_root_of_a_class(version: str, name: str, root: str | None) -> None:
    assert read_catalogue(version).root(name) == root


def test_what_is_equipment_and_a_point_at_once_counts_as_equipment() -> None:
    catalogue = read_catalogue("1.0.2")
    both = [name for name in catalogue.classes if {"Equipment", "Point"} <= catalogue.ancestors(name)]
    assert both
    assert {catalogue.root(name) for name in both} == {"Equipment"}


def test_the_ontologys_own_top_is_never_listed() -> None:
    assert read_catalogue("1.2.1").ancestors("Building") == {"Location"}
    assert read_catalogue("1.5.0").ancestors("Location") == frozenset()


def test_a_name_that_a_version_lacks_matches_nothing() -> None:
    catalogue = read_catalogue("1.0.2")
    assert not catalogue.is_kind("Controller", "Equipment")
    assert not catalogue.is_kind("AHU", "Controller")
    assert catalogue.is_kind("AHU", "AHU")
