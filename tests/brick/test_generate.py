"""The catalogues are what the task makes of the ontology, to the byte, and hold what the contract counts (apollo 13.4)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.catalogue import FOLDER, VERSIONS, read_catalogue

pytest.importorskip("pyoxigraph", reason="the development package that reads Turtle is not installed")
generate = pytest.importorskip("tests.brick.generate")

PACKAGED = generate.list_packaged()
LITTLE = """
@prefix b: <https://brickschema.org/schema/Brick#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
b:Fan a owl:Class ; rdfs:label "Fan", "Ventilator" ; rdfs:subClassOf b:Equipment , b:Absent , <http://else/where#Asset> .
b:Old_Fan a owl:Class ; rdfs:label "Old fan" ; owl:deprecated true ; b:isReplacedBy b:Fan ; rdfs:subClassOf b:Fan .
b:Equipment a owl:Class ; rdfs:label "Equipment" .
<http://else/where#Asset> a owl:Class .
b:Absent rdfs:label "declared nowhere" .
"""


def test_a_line_holds_a_class_its_parents_of_the_same_namespace_and_what_replaces_it(tmp_path: Path) -> None:
    (tmp_path / "little.ttl").write_text(LITTLE)
    header, *lines = generate.generate("9.9", tmp_path / "little.ttl").decode().splitlines()
    assert header.startswith("# Brick 9.9: ")
    assert lines == ["Equipment", "Fan\tEquipment", "Old_Fan\tFan\tOld fan\tdeprecated\tFan"]


@pytest.mark.parametrize("version", ["1.2.1", "1.5.0"])
def test_generating_a_catalogue_again_gives_the_same_bytes(version: str) -> None:
    if version not in PACKAGED:
        pytest.skip("the ontology's development package is not installed")
    assert generate.generate(version, PACKAGED[version]) == (FOLDER / f"{version}.tsv").read_bytes()


@pytest.mark.parametrize(("version", "classes"), [*zip(VERSIONS, (2044, 1161, 1460), strict=True)])
def test_a_catalogue_holds_as_many_classes_as_the_contract_says(version: str, classes: int) -> None:
    text = (FOLDER / f"{version}.tsv").read_text()
    assert len(text.splitlines()) - 1 == classes
    assert set(read_catalogue(version).classes) >= {line.split("\t")[0] for line in text.splitlines()[1:]}


def test_nothing_that_serves_requests_knows_rdf_or_shapes() -> None:
    sources = [path.read_text() for path in FOLDER.parents[1].rglob("*.py")]
    assert not [
        text for text in sources if re.search(r"^\s*(?:import|from) (?:rdflib|pyoxigraph|pyshacl|brick)", text, re.M)
    ]


def test_the_notice_of_the_ontology_stands_beside_the_catalogues() -> None:
    notice = (FOLDER / "LICENSE").read_text()
    assert "Copyright (c) 2016" in notice
    assert "Redistributions in binary form must reproduce" in notice
