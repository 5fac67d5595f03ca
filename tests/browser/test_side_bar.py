"""The side bar holds still: nothing in it moves while someone types or clicks there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.settings import open_group, press_button, put_on_stage, side_bar, text_of_program
from tests.browser.stage import open_stage
from viz.catalog import DEFAULT_PROGRAM

SOURCE = DEFAULT_PROGRAM.read_text(encoding="utf-8")

_WATCH_HEIGHTS = """() => {
    window.heights = [];
    const group = document.querySelector('[data-testid="stSidebar"] .st-key-group-Program details');
    const look = () => {
        window.heights.push(Math.round(group.getBoundingClientRect().height));
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_group_opens_at_once_and_never_becomes_smaller_while_it_fills(
    server: str, page: Page, without_charts: None
) -> None:
    open_stage(page, server)
    page.evaluate(_WATCH_HEIGHTS)
    open_group(page, "Program")
    text_of_program(page).wait_for()
    page.wait_for_timeout(1000)
    heights = page.evaluate("window.heights")
    assert heights == sorted(heights)
    assert len(set(heights)) <= 6, "its parts arrive one by one, but nothing is moved frame by frame"
    open_group(page, "Program")  # the same click closes it
    page.wait_for_timeout(100)
    assert page.evaluate("window.heights.at(-1)") == heights[0]


def test_another_program_leaves_the_box_and_the_place_that_the_side_bar_is_scrolled_to(
    server: str, page: Page, without_charts: None
) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    box = text_of_program(page).element_handle()
    about = side_bar(page).locator("p").get_by_text("In 1929")  # what the list says about the program
    expect(about).to_have_count(1)
    put_on_stage(page, SOURCE.replace("    optimizer.zero_grad()\n", ""))
    expect(about).to_have_count(0)
    assert box.evaluate("box => box.isConnected")
    apply = side_bar(page).get_by_role("button", name="Apply", exact=True).bounding_box()
    assert apply is not None and 0 < apply["y"] < 720
    press_button(page, "Undo")
    expect(about).to_have_count(1)
    assert box.evaluate("box => box.isConnected")
