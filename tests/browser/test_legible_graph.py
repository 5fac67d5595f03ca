"""Every text of a graph can be read when a program opens, and Fit shows the whole graph."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.stage import READY, click, open_stage
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.presets import presets

GRAPH = f"{READY} .viz-graph"

#: The height of each text of the graph, in pixels.
_TEXT_HEIGHTS = """svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text, tspan")]
        .filter((text) => text.textContent.trim())
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
}"""


def test_every_preset_opens_with_text_of_at_least_ten_pixels(
    server: str, page: Page, without_charts: None
) -> None:
    for preset in presets():
        open_stage(page, f"{server}/?{query_of(Moment(preset.source, Cursor(0, 0)))}")
        heights = page.locator(f"{GRAPH} svg").evaluate(_TEXT_HEIGHTS)
        assert heights
        assert min(heights) >= 10, preset.title


def test_a_large_graph_is_larger_than_its_place_until_fit(server: str, page: Page, without_charts: None) -> None:
    network = next(one for one in presets() if one.title == "A 2-8-1 network")
    open_stage(page, f"{server}/?{query_of(Moment(network.source, Cursor(0, 0)))}")
    sizes = (
        "svg => [svg.clientWidth, svg.parentElement.clientWidth, svg.clientHeight, svg.parentElement.clientHeight]"
    )
    drawing = page.locator(f"{GRAPH} svg")
    width, room, height, space = drawing.evaluate(sizes)
    assert width > room or height > space
    page.set_viewport_size({"width": 1280, "height": 640})
    page.wait_for_function(
        "([place, room]) => document.querySelector(place).clientHeight < room", arg=[GRAPH, space]
    )
    assert min(drawing.evaluate(_TEXT_HEIGHTS)) >= 10
    click(page, "fit")
    width, room, height, space = drawing.evaluate(sizes)
    assert width <= room and height <= space
