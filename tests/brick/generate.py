"""From an ontology in Turtle to a catalogue: a line for each class, whatever order the file has."""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import pyoxigraph
from pyoxigraph import Literal, NamedNode, RdfFormat

from app.core.catalogue import HEADER

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
CLASS = "http://www.w3.org/2002/07/owl#Class"
PARENT = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
DEPRECATED = "http://www.w3.org/2002/07/owl#deprecated"
REPLACEMENT = "https://brickschema.org/schema/Brick#isReplacedBy"
_FOLDERS = {"1.2.1": "1.2", "1.5.0": "1.5"}


class Told(NamedTuple):
    """What an ontology says of one class."""

    parents: set[str]
    labels: set[str]
    deprecated: set[str]
    replacements: set[str]


def list_packaged() -> dict[str, Path]:
    """The ontology files of the development package by version; none where it is not installed."""
    try:
        package = distribution("brickschema")
    except PackageNotFoundError:
        return {}
    paths = {
        version: Path(str(package.locate_file(f"brickschema/ontologies/{folder}/Brick.ttl")))
        for version, folder in _FOLDERS.items()
    }
    return {version: path for version, path in paths.items() if path.exists()}


def generate(version: str, ontology: Path) -> bytes:
    """The catalogue of the classes that are declared in Brick's own namespace."""
    classes, told = _read(ontology)
    lines = [HEADER.format(version=version)]
    lines += [_write(name, told[name], classes) for name in sorted(classes)]
    return "".join(f"{line}\n" for line in lines).encode()


def _read(ontology: Path) -> tuple[set[str], dict[str, Told]]:
    classes: set[str] = set()
    told: defaultdict[str, Told] = defaultdict(lambda: Told(set(), set(), set(), set()))
    for triple in pyoxigraph.parse(path=str(ontology), format=RdfFormat.TURTLE):
        name = _name(triple.subject)
        if name is None or not isinstance(triple.predicate, NamedNode):
            continue
        predicate, object = triple.predicate.value, triple.object
        if predicate == TYPE and isinstance(object, NamedNode) and object.value == CLASS:
            classes.add(name)
        elif predicate == PARENT and (parent := _name(object)) is not None:
            told[name].parents.add(parent)
        elif predicate == REPLACEMENT and (replacement := _name(object)) is not None:
            told[name].replacements.add(replacement)
        elif predicate == LABEL and isinstance(object, Literal):
            told[name].labels.add(object.value)
        elif predicate == DEPRECATED and isinstance(object, Literal):
            told[name].deprecated.add(object.value)
    return classes, told


def _name(node: object) -> str | None:
    """The name of a class in Brick's own namespace, whose address had the version in it at first."""
    if not isinstance(node, NamedNode):
        return None
    space, _, name = node.value.partition("#")
    own = space.startswith("https://brickschema.org/schema/") and space.endswith("/Brick")
    return name if own and name else None


def _write(name: str, told: Told, classes: set[str]) -> str:
    label = min(told.labels, default="")
    columns = (
        name,
        " ".join(sorted(told.parents & classes)),
        "" if label == name.replace("_", " ") else label,
        "deprecated" if "true" in told.deprecated else "",
        min(told.replacements, default=""),
    )
    return "\t".join(columns).rstrip("\t")
