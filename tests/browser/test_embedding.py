"""In a frame of a course page, 800 pixels wide, the page is complete, steps, and is not in the reader's way."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Frame, Locator, expect

from tests.browser.course import HEIGHT, WIDTH
from tests.browser.reading import read
from tests.browser.settings import side_bar, type_number
from tests.browser.stage import READY, at, click

BACKWARD = 3

#: The boxes that matter, as [left, top, right, bottom].
_BOXES = """stage => {
    const of = (selector) => {
        const { left, top, right, bottom } = stage.querySelector(selector).getBoundingClientRect();
        return [left, top, right, bottom];
    };
    return {
        first: of(".viz-start"), last: of('.viz-run[data-argument="100"]'), slider: of(".viz-slider"),
        sentence: of(".viz-sentence"), code: of(".viz-code"), line: of(".viz-line-row[aria-current]"),
        place: of(".viz-graph"), graph: of(".viz-graph svg"), tools: of(".viz-tools"),
    };
}"""

#: By how much the page, and each scrolling part of the stage, is wider than its visible part.
_SIDEWAYS = """stage => ["html", ".stMain", ".viz-stage", ".viz-code"].map((part) => document.querySelector(part))
    .map((part) => part.scrollWidth - part.clientWidth)"""

#: Whether the page in the frame is scrolled down.
_SCROLLED = "() => document.querySelector('.stMain').scrollTop > 100"


def after_backward(frame: Frame) -> Locator:
    """The stage after the first backward."""
    for statement in range(BACKWARD + 1):
        click(frame, "next")
        at(frame, 0, statement)
    return frame.locator(READY)


def inside(inner: list[float], outer: list[float]) -> bool:
    """Whether a box lies inside another one, give or take a pixel for rounding."""
    return all(inner[at] >= outer[at] - 1 for at in (0, 1)) and all(inner[at] <= outer[at] + 1 for at in (2, 3))


@pytest.mark.parametrize("height", [400, HEIGHT, 700])
def test_transport_sentence_code_and_the_whole_graph_are_in_sight(frame: Frame, height: int) -> None:
    frame.page.locator("iframe").evaluate("(frame, height) => { frame.style.height = `${height}px`; }", height)
    stage = after_backward(frame)
    frame.wait_for_function("height => innerHeight === height", arg=height)
    expect(side_bar(frame)).not_to_be_in_viewport()
    boxes: dict[str, list[float]] = stage.evaluate(_BOXES)
    for name, box in boxes.items():
        assert inside(box, [0, 0, WIDTH, height]), name
    assert inside(boxes["graph"], boxes["place"])
    assert inside(boxes["line"], boxes["code"])
    assert boxes["first"][1] == boxes["last"][1], "the buttons stand in one row"
    assert stage.evaluate(_SIDEWAYS) == [0, 0, 0, 0]


def test_a_button_steps_and_then_the_keys_do(frame: Frame) -> None:
    after_backward(frame)
    frame.page.keyboard.press("ArrowLeft")
    at(frame, 0, BACKWARD - 1)
    frame.page.keyboard.press("Shift+ArrowRight")
    at(frame, 1, BACKWARD - 1)


def test_the_wheel_scrolls_on_over_the_graph(frame: Frame) -> None:
    graph = after_backward(frame).locator(".viz-graph svg")
    box = graph.bounding_box()
    assert box is not None
    frame.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    frame.page.mouse.wheel(0, -200)  # there is nothing above: a graph that took it would be larger now
    frame.page.mouse.wheel(0, 200)
    frame.wait_for_function(_SCROLLED, timeout=5_000)
    frame.evaluate("() => document.querySelector('.stMain').scrollTo(0, 0)")
    assert graph.bounding_box() == box


def test_past_its_end_the_wheel_scrolls_the_course_page(frame: Frame) -> None:
    frame.evaluate("() => document.querySelector('.stMain').scrollTo(0, 1e6)")
    frame.page.mouse.move(WIDTH / 2, HEIGHT / 2)
    frame.page.mouse.wheel(0, 300)
    frame.page.wait_for_function("() => document.documentElement.scrollTop > 100")
    frame.page.evaluate("() => scrollTo(0, 0)")
    frame.evaluate("() => document.querySelector('.stMain').scrollTo(0, 0)")


def test_full_screen_is_not_offered_where_the_frame_may_not_use_it(frame: Frame) -> None:
    expect(after_backward(frame).locator("[data-command=fullScreen]")).to_be_hidden()
    frame.page.keyboard.press("f")
    frame.page.keyboard.press("ArrowRight")
    at(frame, 0, BACKWARD + 1)
    assert not frame.evaluate("Boolean(document.fullscreenElement)")


def test_a_copied_link_leads_out_of_the_frame(frame: Frame) -> None:
    after_backward(frame)
    click(frame, "copy")
    link = urlsplit(frame.locator(f"{READY} .viz-link input").input_value())
    assert set(parse_qs(link.query)) == {"p", "at"}
    frame.locator(f"{READY} .viz-link button").click()


def test_the_side_bar_is_a_click_away_and_what_is_typed_there_counts(frame: Frame) -> None:
    frame.get_by_test_id("stExpandSidebarButton").click()
    type_number(frame, "W", "0.25")
    assert "0.2500" in read(frame).beside.values()
    type_number(frame, "W", "-0.5")
    side_bar(frame).get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(side_bar(frame)).not_to_be_in_viewport()
