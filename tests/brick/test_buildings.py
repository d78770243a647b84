"""Real buildings through the Apollo format, in every mode, with the counts that the contract's rules imply (apollo 13).

Rice Hall is loaded always. ``TERCET_TEST_BUILDINGS`` names a folder with more of them, as ``NAME.entities.jsonl.gz`` and
``NAME.relationships.jsonl.gz``.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.demo import building
from tests.apollo.speak import call, carry_out, make_collection, post, read_error
from tests.brick.predict import Prediction
from tests.conftest import RunningService

OWN = Path(__file__).parent / "data"
FOLDER = Path(os.environ["TERCET_TEST_BUILDINGS"]) if "TERCET_TEST_BUILDINGS" in os.environ else OWN
BUILDINGS = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.entities.jsonl.gz"))
ENTITIES, RELATIONSHIPS = "/apollo/er/entities", "/apollo/er/relationships"
LONGEST = 10_000


def read(name: str, kind: str) -> list[dict[str, Any]]:
    with gzip.open(FOLDER / f"{name}.{kind}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


async def upload(service: RunningService, space: str, path: str, items: list[dict[str, Any]]) -> dict[str, int]:
    """What became of the items, in as many pieces as it takes."""
    words = ("created", "updated", "unchanged", "failed")
    counts = dict.fromkeys((*words, "warned"), 0)
    if len(items) > LONGEST:
        refused = await post(service, space, items, path=path)
        assert (refused.status_code, read_error(refused)["code"]) == (413, "TooManyItems")
    for start in range(0, len(items), LONGEST):
        told = await carry_out(service, space, items[start : start + LONGEST], path=path)
        counts = {word: counts[word] + told["counts"].get(word, 0) for word in counts} | {
            "warned": counts["warned"] + told["warningCount"]
        }
    return counts


@pytest.mark.parametrize("mode", ["off", "warn", "enforce"])
@pytest.mark.parametrize("name", BUILDINGS)
async def test_a_real_building_loads_with_the_counts_that_the_rules_imply(
    service: RunningService, name: str, mode: str
) -> None:
    space = service.space()
    settings = {"types": mode, "references": mode, "ontology": mode, "brickVersion": "1.2.1"}
    await make_collection(service, collectionId=space, settings=settings)
    prediction = Prediction(mode)
    for path, kind in ((ENTITIES, "entities"), (RELATIONSHIPS, "relationships")):
        items = read(name, kind)
        found = await upload(service, space, path, items)
        assert found == dict.fromkeys(found, 0) | getattr(prediction, kind)(items), kind
    stats = await call(service, "GET", f"/apollo/er/ercollections/{space}/stats")
    if stats.status_code == 200:
        assert stats.json()["data"][0]["Summary"]["Entities"] == len(prediction.declared)


def test_the_counts_of_the_buildings_are_these() -> None:
    """So that prediction and service can't be wrong together."""
    ebu3b = [building.read(kind) for kind in ("entities", "relationships")]
    rice_hall = [read("rice_hall", kind) for kind in ("entities", "relationships")] if FOLDER == OWN else None
    warned = Prediction("warn")
    assert warned.entities(ebu3b[0]) == {"created": 6176, "warned": 14}
    assert warned.relationships(ebu3b[1]) == {"created": 7577, "warned": 2}
    enforced = Prediction("enforce")
    assert enforced.entities(ebu3b[0]) == {"created": 6162, "failed": 14}
    if rice_hall is not None:
        told = Prediction("off").entities(rice_hall[0])
        assert (told["created"], sum(told.values())) == (748, 751)
