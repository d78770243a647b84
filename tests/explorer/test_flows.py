"""What a visitor does, by keyboard and by mouse; the picture and the table always say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.analyst import speak

if TYPE_CHECKING:
    from tests.explorer.conftest import House, Visit

AHU = "EBU3B_AHU_1"
BASEMENT = "EBU3B_Basement"
FEEDS = "Brick__feeds"
POINTS = "Brick__isPointOf"
VAV = "EBU3B_VAV_Rm_B210"


async def in_step(visit: Visit) -> dict[str, list[str]]:
    """What the picture holds, which is what the table lists."""
    drawn = await visit.drawn()
    listed = await visit.listed()
    assert listed == {"entities": drawn["entities"], "links": drawn["links"]}
    return drawn


async def test_by_keyboard_alone_an_entity_is_found_opened_and_its_hub_unfolded(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link())
    assert await page.locator("#overview h2").inner_text() == "Where to begin"
    await page.keyboard.press("/")
    await page.keyboard.type("ebu3b ahu 1")
    await page.locator("#found li").first.wait_for()
    await page.keyboard.press("ArrowDown")
    chosen = page.locator("#found [aria-selected=true] .id")
    while await chosen.inner_text() != AHU:
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.locator("#card h2", has_text="EBU3B AHU 1").wait_for()
    await page.locator(".degree").wait_for()
    await visit.settle()
    # Two hubs of 238 and 234: the first fifty of each are shown, the rest is counted.
    assert (await visit.counts()).startswith("101 entities · 100 relationships")
    drawn = await in_step(visit)
    assert len(drawn["groups"]) == 2
    await page.locator(f'[data-key="group {house.ref(AHU)}|out|{FEEDS}"]').focus()
    await page.keyboard.press("Enter")
    await visit.until("document.getElementById('counts').textContent.startsWith('201 entities')")
    await visit.settle()
    assert len((await in_step(visit))["entities"]) == 201


async def test_arrow_keys_walk_the_picture_and_enter_opens(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link(("around", f"{house.ref(BASEMENT)}~1")))
    before = len((await visit.drawn())["entities"])
    await page.locator("#picture").focus()
    await page.keyboard.press("ArrowRight")
    await page.locator("#card h2", has_text="EBU3B Basement").wait_for()
    await page.keyboard.press("ArrowRight")
    await page.locator("#card h2", has_text="HVAC Zone").wait_for()
    assert "HVAC Zone" in await page.locator("#said").inner_text()
    picked = await page.locator("#table-area tr.pick").get_attribute("data-ref")
    await page.keyboard.press("Enter")
    await page.locator("#card").get_by_role("button", name="Fold").wait_for()
    await visit.settle()
    drawn = await in_step(visit)
    assert len(drawn["entities"]) > before
    assert f"pick={picked}" in page.url


async def test_by_mouse_on_the_canvas_a_node_is_picked_opened_and_a_group_brought(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link(("around", f"{house.ref(VAV)}~1"), panel="picture"))

    async def place(id: str) -> tuple[float, float]:
        point = await page.evaluate(
            """id => { const box = document.getElementById('picture').getBoundingClientRect();
                       const at = document.getElementById('picture')._cyreg.cy.getElementById(id).renderedPosition();
                       return [box.x + at.x, box.y + at.y]; }""",
            id,
        )
        return point[0], point[1]

    await page.mouse.click(*await place(house.ref(AHU)))
    await page.locator("#card h2", has_text="EBU3B AHU 1").wait_for()
    await page.mouse.dblclick(*await place(house.ref(AHU)))
    await page.locator("#card").get_by_role("button", name="Fold").wait_for()
    await visit.settle()
    group = f"{house.ref(AHU)}|in|{POINTS}"
    before = await visit.drawn()
    assert group in before["groups"]
    await page.mouse.click(*await place(group))
    await visit.until("document.querySelectorAll('#shown .ask').length === 3")
    await visit.settle()
    assert len((await visit.drawn())["entities"]) == len(before["entities"]) + 100


async def test_types_and_kinds_are_filtered_in_picture_and_table_alike(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link(("around", f"{house.ref(VAV)}~1")))
    before = len((await visit.drawn())["entities"])
    await page.locator(f'[data-key="check {POINTS}"]').focus()
    await page.keyboard.press("Space")
    await visit.until("location.hash.includes('without=')")
    await visit.settle()
    drawn = await in_step(visit)
    assert len(drawn["entities"]) < before
    assert house.ref(AHU) in drawn["entities"]
    await page.locator('[data-key="check Brick__HVAC_Zone"]').uncheck()
    await visit.settle()
    assert len((await in_step(visit))["entities"]) == len(drawn["entities"]) - 1


async def test_a_deep_link_restores_the_view_and_back_undoes(visit: Visit, house: House) -> None:
    page = visit.page
    await visit.open(house.link(("around", f"{house.ref(BASEMENT)}~1"), layout="clusters"))
    assert "token" not in page.url
    await page.locator(f'tr[data-ref="{house.ref("EBU3B")}"] button').click()
    await page.locator("#card").get_by_role("button", name="Open", exact=True).click()
    await visit.until("document.querySelectorAll('#shown .ask').length === 2")
    await visit.settle()
    drawn, address = await in_step(visit), page.url
    await page.goto("about:blank")
    await visit.open(address)
    assert await visit.drawn() == drawn
    assert await page.locator("#card h2").inner_text() == "EBU3B"
    assert await page.locator("#layout").input_value() == "clusters"
    await page.reload()
    await visit.settle()
    assert await visit.drawn() == drawn
    await page.locator('[data-key="drop 1"]').click()
    await visit.until("document.querySelectorAll('#shown .ask').length === 1")
    await page.go_back()
    await visit.until("document.querySelectorAll('#shown .ask').length === 2")
    await visit.settle()
    assert await visit.drawn() == drawn


async def test_what_the_graph_says_is_shown_as_text_whatever_it_says(visit: Visit, house: House) -> None:
    page = visit.page
    space = house.service.space()
    name = '<img src=x onerror="document.title=1"><b>bold</b>'
    await speak.relate(house.service, space, ("a<script>", "<i>type</i>", "b"))
    await speak.declare(house.service, space, ("a<script>", "<u>kind</u>", name))
    token = house.service.token()
    start = speak.ref(space, "a<script>")
    await visit.open(f"{house.origin}/explorer#space={space}&around={start}~1&pick={start}&token={token}")
    await page.locator("#card dl").wait_for()
    assert await page.locator("#card h2").inner_text() == name
    assert await page.locator("main img, main b, main i, main u, main script").count() == 0
    assert await page.title() == "Tercet Explorer"
    await in_step(visit)
