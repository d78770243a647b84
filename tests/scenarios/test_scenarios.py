"""The same truth in three formats: every scenario of this folder, played on the whole service."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import RunningService
from tests.scenarios.compare import Kept, hold
from tests.scenarios.load import ScenarioInvalid, check, list_files, load

_SPACE_HEADERS = {"autodesk": {}, "apollo": {"ercollectionid": "{space}"}, "sas": {"X-Tercet-Space": "{space}"}}
_CALLERS: dict[str, dict[str, str | None]] = {
    "person": {"sub": "developer", "client_id": "scenario-reader"},
    "program": {"sub": "night-loader", "client_id": "night-loader"},
}
_FINAL = ("Completed", "Failed", "Canceled")


@pytest.mark.parametrize("path", list_files(), ids=lambda path: path.stem)
async def test_a_scenario_is_true(service: RunningService, path: Path) -> None:
    scenario = load(path)
    kept = Kept(space=service.space(), other=service.space())
    for step in scenario["steps"]:
        try:
            await _play(service, step, kept)
        except AssertionError as error:
            error.add_note(f"in the step: {step['format']} {step['does']}")
            raise
    await _check_truth(service, scenario["truth"], kept)


async def _play(service: RunningService, step: dict[str, Any], kept: Kept) -> None:
    answer = await _send(service, step, kept)
    _check_answer(step["response"], answer, kept)
    if "settled" in step:
        _check_answer(step["settled"], await _follow(service, answer.headers["location"]), kept)


async def _send(service: RunningService, step: dict[str, Any], kept: Kept) -> httpx2.Response:
    request = step["request"]
    headers = kept.fill(_SPACE_HEADERS[step["format"]] | request.get("headers", {}))
    headers["Authorization"] = f"Bearer {service.token(**_CALLERS[step.get('caller', 'person')])}"
    return await service.client.request(
        request["method"], kept.fill(request["path"]), headers=headers, json=kept.fill(request.get("body"))
    )


async def _follow(service: RunningService, location: str) -> httpx2.Response:
    """What the tracking of an upload says once its state is final."""
    headers = {"Authorization": f"Bearer {service.token(**_CALLERS['person'])}", "Prefer": "wait=10"}
    for _ in range(3):
        answer = await service.client.get(location, headers=headers)
        if answer.status_code != 200 or answer.json()["state"] in _FINAL:
            return answer
    raise AssertionError(f"not final after thirty seconds: {answer.text}")


def _check_answer(expected: dict[str, Any], answer: httpx2.Response, kept: Kept) -> None:
    assert answer.status_code == expected["status"], answer.text
    hold(expected.get("headers", {}), answer.headers, kept, whole=False, where="headers")
    for name in ("body", "holds"):
        if name in expected:
            hold(expected[name], answer.json() if answer.content else None, kept, whole=name == "body", where=name)


async def _check_truth(service: RunningService, truth: dict[str, Any], kept: Kept) -> None:
    """What the core holds is what the file calls true."""
    for expected in kept.fill(truth["relationships"]):
        stored = await service.store.relationship(kept["space"], expected["id"])
        assert stored is not None, f"the core knows no relationship {expected['id']}"
        ends = [kept.fill(truth["entities"][name]) for name in expected["ends"]]
        found = {
            "id": stored.id,
            "policy": stored.policy,
            "type": stored.type,
            "ends": [list(stored.source.entity), list(stored.target.entity)],
            "direction": "none" if stored.type == "related" else "first to second",
            "live": stored.live,
        }
        assert found == {**expected, "ends": ends}


GOOD: dict[str, Any] = {
    "title": "Good",
    "truth": {
        "entities": {"pump": ["sas", "resource", "/pump"]},
        "relationships": [
            {"id": "x", "policy": "sas", "type": "T", "ends": ["pump", "pump"], "direction": "none", "live": True}
        ],
        "outcome": "Nothing happens.",
    },
    "steps": [
        {"does": "reads", "format": each, "request": {"method": "GET", "path": "/"}, "response": {"status": 200}}
        for each in ("autodesk", "sas")
    ],
    "cannot": {"apollo": "It has no such thing at all."},
}


def _spoil(scenario: dict[str, Any], case: str) -> None:
    if case == "a format neither spoken nor excused":
        del scenario["cannot"]
    if case == "an excuse that says nothing":
        scenario["cannot"]["apollo"] = "no"
    if case == "no truth":
        del scenario["truth"]
    if case == "an end that is no entity":
        scenario["truth"]["relationships"][0]["ends"][0] = "tank"
    if case == "an unknown format":
        scenario["steps"][0]["format"] = "soap"
    if case == "a member that nobody reads":
        scenario["steps"][0]["response"]["bodi"] = {}
    if case == "an answer without status":
        scenario["steps"][0]["response"] = {}


@pytest.mark.parametrize(
    "case",
    [
        "a format neither spoken nor excused",
        "an excuse that says nothing",
        "no truth",
        "an end that is no entity",
        "an unknown format",
        "a member that nobody reads",
        "an answer without status",
    ],
)
def test_the_loader_refuses(case: str) -> None:
    scenario = deepcopy(GOOD)
    check(scenario)
    _spoil(scenario, case)
    with pytest.raises(ScenarioInvalid):
        check(scenario)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1], [1, 2]),
        (True, 1),
        ("{id}", "2"),
        ("<uuid>", "A" * 36),
        ("<text other than id>", "1"),
        ({"a": "<absent>"}, {"a": None}),
        ({"a": "<any>"}, {}),
    ],
)
def test_a_comparison_can_fail(expected: Any, found: Any) -> None:
    with pytest.raises(AssertionError):
        hold(expected, found, Kept(id="1"), whole=True)


def test_what_was_never_kept_is_no_name() -> None:
    with pytest.raises(KeyError):
        Kept().fill("{typo}")


def test_a_file_is_named_as_its_title() -> None:
    for path in list_files():
        words = "".join(each if each.isalnum() else " " for each in load(path)["title"].lower()).split()
        assert path.stem == "_".join(words)
