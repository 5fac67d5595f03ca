"""Presenter mode can be read from the last row, a clicker steps in it, and a link opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.settings import side_bar
from tests.browser.stage import READY, moment, open_stage, press, seek
from viz.catalog import DEFAULT_PROGRAM
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of

#: The least height of a number, in pixels.
LEGIBLE = 16
BACKWARD = 3

_HEIGHTS = """graph => {
    const svg = graph.querySelector("svg");
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...graph.querySelectorAll("[data-slot]")]
        .filter((text) => text.textContent)
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
}"""

#: Where the boxes that matter and the window end.
_PLACES = """stage => {
    const end = (part) => stage.querySelector(`.viz-${part}`).getBoundingClientRect().bottom;
    return { code: end("code"), graph: end("graph"), transport: end("transport"), sentence: end("sentence") };
}"""


@pytest.fixture
def presented(stage: Page) -> Iterator[Page]:
    """The page in presenter mode, which ends with the test."""
    stage.keyboard.press("p")
    yield stage
    if _button(stage).get_attribute("aria-pressed") == "true":
        stage.keyboard.press("p")


def _button(page: Page) -> Locator:
    return page.locator(f"{READY} [data-command=present]")


def _blank(page: Page) -> bool:
    return bool(page.evaluate("getComputedStyle(document.body, '::after').position === 'fixed'"))


def test_every_number_of_the_graph_can_be_read_from_the_last_row(presented: Page) -> None:
    expect(side_bar(presented)).to_be_hidden()
    for statement in range(BACKWARD + 1):
        seek(presented, 0, statement)
        heights = presented.locator(f"{READY} .viz-graph").evaluate(_HEIGHTS)
        assert heights
        assert min(heights) >= LEGIBLE


def test_the_sentence_the_code_and_the_graph_are_in_sight_and_the_transport_is_at_the_bottom(
    presented: Page,
) -> None:
    seek(presented, 0, BACKWARD)
    ends = presented.locator(READY).evaluate(_PLACES)
    assert 0 < ends["sentence"] < min(ends["code"], ends["graph"])
    assert max(ends["code"], ends["graph"]) < ends["transport"] <= 720
    row = presented.locator(f"{READY} .viz-line-row[aria-current]").bounding_box()
    assert row is not None
    assert ends["sentence"] < row["y"] < row["y"] + row["height"] <= ends["code"]


#: The lines of text that a line of the code takes, and the room for its value, in characters.
_LINES = """stage => Object.fromEntries([...stage.querySelectorAll(".viz-line-row")].map((row) => [
    row.querySelector(".viz-line-text").textContent.trim(),
    [row.querySelector(".viz-line-text").getBoundingClientRect().height / 24,
        row.querySelector(".viz-beside").getBoundingClientRect().width / 9],
]))"""


def test_the_value_beside_a_line_is_shortened_before_the_code_is(presented: Page) -> None:
    seek(presented, 0, BACKWARD)
    lines = presented.locator(READY).evaluate(_LINES)
    for code in ("optimizer.zero_grad()", "y_hat = W * x + b", "loss.backward()"):
        assert lines[code][0] == 1, code
        assert lines[code][1] >= 6, code
    # A line that wraps all the same leaves some room for its value.
    wrapped, room = lines["x = (distance - distance.mean()) / distance.std()"]
    assert wrapped > 1
    assert room >= 10


def test_p_leads_back_to_the_page_as_it_was(presented: Page) -> None:
    presented.keyboard.press("p")
    expect(side_bar(presented)).to_be_visible()
    expect(_button(presented)).to_have_attribute("aria-pressed", "false")


def test_a_clicker_steps(presented: Page) -> None:
    assert press(presented, "PageDown") == (0, 0)
    assert press(presented, "PageDown") == (0, 1)
    assert press(presented, "PageUp") == (0, 0)


def test_b_blanks_the_screen_and_any_key_brings_it_back(presented: Page) -> None:
    there = press(presented, "ArrowRight")
    for key in ("b", "ArrowRight", "PageDown"):
        presented.keyboard.press("b")
        assert _blank(presented)
        presented.keyboard.press(key)
        assert not _blank(presented)
        assert moment(presented) == there


def test_outside_presenter_mode_these_keys_are_the_browsers(stage: Page) -> None:
    there = press(stage, "ArrowRight")
    for key in ("PageDown", "PageUp", "b"):
        stage.keyboard.press(key)
        assert moment(stage) == there
        assert not _blank(stage)


@pytest.mark.usefixtures("without_charts")
def test_a_link_opens_presenter_mode_and_the_address_keeps_it(server: str, page: Page) -> None:
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(3, 1), presenting=True))}")
    assert moment(page) == (3, 1)
    expect(side_bar(page)).to_be_hidden()
    page.keyboard.press("p")
    expect(side_bar(page)).to_be_visible()
    page.wait_for_function("() => !new URL(location.href).searchParams.has('present')")
