"""The classes of the schema as objects, as the README shows them, on a part of the demo's building."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from app.demo import building
from app.demo.tour import AHU, SPACE
from app.embedded.server import Endpoint
from tests.apollo.speak import post
from tests.client.test_readme import find
from tests.conftest import RunningService

SHOWN = "bolt://neo4j:PASSWORD@127.0.0.1:7687"
TELL = """
for title, (points, feeds) in found.items():
    print(title, sorted(each.name for each in points), sorted(each.name for each in feeds), sep="|")
"""


def part() -> tuple[list[Any], list[Any], list[str], list[str]]:
    """The unit with three of its points and two of its boxes: entities, relationships, ids of those and of these."""
    links = building.read("relationships")
    points = [
        each for each in links if (each["destinationEntityId"], each["relationshipType"][7:]) == (AHU, "isPointOf")
    ]
    feeds = [each for each in links if (each["sourceEntityId"], each["relationshipType"][7:]) == (AHU, "feeds")]
    sources = sorted(each["sourceEntityId"] for each in points[:3])
    targets = sorted(each["destinationEntityId"] for each in feeds[:2])
    entities = [each for each in building.read("entities") if each["id"] in {AHU, *sources, *targets}]
    return entities, points[:3] + feeds[:2], sources, targets


async def test_entities_are_objects_as_the_readme_shows(
    service: RunningService, database: Endpoint, tmp_path: Path
) -> None:
    space = service.space()
    entities, links, points, boxes = part()
    for path, items in (("/apollo/er/entities", entities), ("/apollo/er/relationships", links)):
        answer = await post(service, space, items, path=path, **{"async": "false"})
        assert answer.status_code == 207, answer.text
    url = database.uri.replace("://", f"://{database.user}:{database.password}@")
    snippet = find("app.graph.schema")
    assert SHOWN in snippet
    assert SPACE in snippet
    script = tmp_path / "objects.py"
    script.write_text(snippet.replace(SHOWN, url).replace(SPACE, space) + TELL)
    # A process of its own: neomodel's connection belongs to the whole process, and here it is the service's.
    running = await asyncio.create_subprocess_exec(
        sys.executable, str(script), cwd=Path(__file__).parents[2], env={"PYTHONPATH": "."}, stdout=-1, stderr=-1
    )
    told, complaints = await running.communicate()
    assert running.returncode == 0, complaints.decode()
    assert told.decode().splitlines() == [f"EBU3B AHU 1|{points}|{boxes}"]
