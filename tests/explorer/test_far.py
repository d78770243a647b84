"""Paths and impacts in the explorer: what the picture marks and colours is what the service answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.analyst import speak
from tests.explorer.test_flows import BASEMENT, VAV, in_step

if TYPE_CHECKING:
    from tests.explorer.conftest import House, Visit


async def test_the_shortest_path_between_two_picked_entities_is_shown_and_told(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link(("around", f"{house.ref(BASEMENT)}~1"), ("around", f"{house.ref(VAV)}~1")))
    await page.locator(f'tr[data-ref="{house.ref("EBU3B")}"] button').click()
    await page.get_by_role("button", name="Path from here").click()
    await visit.settle()
    await page.locator(f'tr[data-ref="{house.ref(VAV)}"] button').click()
    await page.get_by_role("button", name="Path to here").click()
    await page.locator(".trace").wait_for()
    await visit.settle()
    asked = {"from_": house.ref("EBU3B"), "to": house.ref(VAV), "direction": "both"}
    found = await speak.get(house.service, speak.path_of(house.space, "/paths"), **asked)
    steps = await page.locator(".trace li .name").all_inner_texts()
    names = {entity["ref"]: entity["name"] for entity in found["entities"]}
    assert steps == [names[ref] for ref in found["paths"][0]["entities"]]
    on = await page.evaluate("document.getElementById('picture')._cyreg.cy.nodes('.on').map(one => one.id())")
    assert set(on) == set(found["paths"][0]["entities"])
    await in_step(visit)


async def test_an_impact_is_coloured_by_distance_with_a_legend_that_counts(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(
        house.link(("around", f"{house.ref(BASEMENT)}~1"), ("around", f"{house.ref(VAV)}~1"), pick=house.ref(VAV))
    )
    await page.get_by_role("button", name="Impact downstream").click()
    await page.locator("#distances li").first.wait_for()
    await visit.settle()
    found = await speak.get(
        house.service, speak.path_of(house.space, "/impact"), from_=house.ref(VAV), direction="out", limit=2000
    )
    counts = {row["distance"]: row["count"] for row in found["byDistance"]}
    assert len(counts) >= 3
    legend = await page.locator("#distances .row").all_inner_texts()
    told = {line.split("\n")[0]: line.split("\n")[-1] for line in legend}
    assert told["Here"] == "1"
    for distance, count in counts.items():
        if distance:
            assert told[f"{distance} step{'s' * (distance > 1)}"] == f"{count:,}"
    colours = await page.evaluate(
        """() => { const found = {};
             for (const one of document.getElementById('picture')._cyreg.cy.nodes().not('.group')) {
               found[one.data('colour')] = (found[one.data('colour')] ?? 0) + 1;
             }
             return Object.values(found).sort(); }"""
    )
    assert sorted(int(figure.replace(",", "")) for figure in told.values()) == sorted(colours)
    await in_step(visit)
