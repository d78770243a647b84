"""What the README shows of the client runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from app.client import Graph
from tests.client.conftest import Site

README = Path(__file__).parents[2] / "README.md"


def find(sign: str) -> str:
    """The Python of the README that has this in it."""
    [found] = [text for text in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S) if sign in text]
    return str(found)


async def test_the_client_is_used_as_the_readme_shows(site: Site) -> None:
    def run(_: Graph) -> dict[str, Any]:
        known: dict[str, Any] = {"token": site.token(), "space": site.space}
        exec(find("app.client").replace("http://127.0.0.1:8080", site.base), known)
        return known

    known = await site.ask(run)
    assert known["kinds"] == {"Brick__AHU", "Brick__VAV", "Brick__HVAC_Zone"}
    assert known["frame"].height == known["drawing"].number_of_edges() == 4
