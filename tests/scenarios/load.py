"""Scenarios as files say them: what is true in core words, and what each format says and hears about it.

A file has ``title``; ``truth`` with ``entities`` (name: [domain, type, id]), ``relationships`` as the core holds them
after the last step, and ``outcome``, a sentence; ``steps``; and ``cannot``, which says for a format why it can't
express the case, or a part of it. A step has ``does`` (a sentence), ``format``, ``request`` (``method``, ``path``,
``headers``, ``body``), ``response`` and, for an upload carried out later, ``settled``: what its tracking says at last.
An answer has ``status``, ``headers``, and ``body`` (the whole of it) or ``holds`` (members that it has among others).
How texts are filled in and compared: see ``compare``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FORMATS = ("autodesk", "apollo", "sas")
FOLDER = Path(__file__).parent

_FILE = {"title", "truth", "steps", "cannot"}
_TRUTH = {"entities", "relationships", "outcome"}
_RELATIONSHIP = {"id", "policy", "type", "ends", "direction", "live"}
_STEP = {"does", "format", "caller", "request", "response", "settled"}
_REQUEST = {"method", "path", "headers", "body"}
_ANSWER = {"status", "headers", "body", "holds"}
_DIRECTIONS = ("first to second", "none")


class ScenarioInvalid(ValueError):
    """A file that doesn't say what a scenario must say."""


def list_files() -> list[Path]:
    """The files of all scenarios."""
    return sorted(FOLDER.glob("*.yaml"))


def load(path: Path) -> dict[str, Any]:
    """The scenario in a file. Raises ScenarioInvalid."""
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    check(scenario)
    return dict(scenario)


def check(scenario: Any) -> None:
    """Raises ScenarioInvalid where a scenario lacks something, has what nobody reads, or is silent about a format."""
    _check_members("a scenario", scenario, needed=_FILE - {"cannot"}, known=_FILE)
    _check_truth(scenario["truth"])
    for step in scenario["steps"]:
        _check_step(step)
    _check_formats({step["format"] for step in scenario["steps"]}, scenario.get("cannot", {}))


def _check_members(what: str, given: Any, *, needed: set[str], known: set[str]) -> None:
    if not isinstance(given, dict):
        raise ScenarioInvalid(f"{what} is an object: {given!r}")
    if missing := needed - given.keys():
        raise ScenarioInvalid(f"{what} lacks {sorted(missing)}: {given!r}")
    if unknown := given.keys() - known:
        raise ScenarioInvalid(f"{what} has {sorted(unknown)}, which nobody reads")


def _check_truth(truth: Any) -> None:
    _check_members("the truth", truth, needed=_TRUTH, known=_TRUTH)
    for relationship in truth["relationships"]:
        _check_members("a relationship", relationship, needed=_RELATIONSHIP, known=_RELATIONSHIP)
        if unknown := set(relationship["ends"]) - truth["entities"].keys():
            raise ScenarioInvalid(f"an end that is no entity of the scenario: {sorted(unknown)}")
        if relationship["direction"] not in _DIRECTIONS:
            raise ScenarioInvalid(f"a direction is one of {_DIRECTIONS}")


def _check_step(step: Any) -> None:
    _check_members("a step", step, needed={"does", "format", "request", "response"}, known=_STEP)
    if step["format"] not in FORMATS:
        raise ScenarioInvalid(f"no format: {step['format']!r}")
    _check_members("a request", step["request"], needed={"method", "path"}, known=_REQUEST)
    for name in ("response", "settled"):
        if name in step:
            _check_members(f"a {name}", step[name], needed={"status"}, known=_ANSWER)


def _check_formats(spoken: set[str], cannot: Any) -> None:
    for format, why in cannot.items():
        if format not in FORMATS or not isinstance(why, str) or len(why.split()) < 4:
            raise ScenarioInvalid(f"cannot: a format, and a sentence that says why: {format!r}: {why!r}")
    if silent := [format for format in FORMATS if format not in spoken and format not in cannot]:
        raise ScenarioInvalid(f"neither a step nor a reason for {silent}")
