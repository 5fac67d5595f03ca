"""A screen reader says what each control and each box is, and no two have the same name."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from tests.browser.names import AT_REST, Control, controls
from tests.browser.plots import show_charts
from tests.browser.settings import open_group
from tests.browser.stage import READY, click, moment, open_stage, press
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.presets import Preset, presets

#: Streamlit's button inside each list; the list itself has the name.
STREAMLITS = "Open"
_BOXES = """all => all.map((box) => [
    box.ariaLabel,
    box.querySelector(".viz-title").textContent,
    box.querySelector(".viz-number.value").textContent,
    box.querySelector(".viz-number.gradient")?.textContent ?? "",
])"""
#: A label up to the kind of its box: the whole name that the title of the box may shorten.
_CALLED = re.compile(
    r"(?P<called>.+?), ("
    r"(leaf|data|parameter)( of shape \[[0-9, ]*\])?(,|$)|"
    r"(Node|operation) |"
    r"(line \d+, )?\d+ (Nodes|operations), folded)"
)
_STOPS = "all => all.filter((one) => one.tabIndex >= 0 && one.offsetParent).map((one) => one.ariaLabel)"


def assert_each_is_called_something_of_its_own(found: list[Control]) -> None:
    assert [one for one in found if not one.name] == []
    assert [one for one, count in Counter(found).items() if count > 1] == []
    assert [one for one in found if one.name.endswith(",") or ", ," in one.name] == []


def assert_each_box_is_read_out_as_it_is_drawn(page: Page) -> None:
    page.wait_for_timeout(AT_REST)
    boxes = page.locator(f"{READY} .viz-graph .viz-node").evaluate_all(_BOXES)
    assert boxes
    for label, title, value, gradient in boxes:
        named = _CALLED.match(label)
        assert named, label
        assert title.strip("… ") in named["called"] if "…" in title else title == named["called"]
        assert (f", value {value}" in label) is bool(value)
        assert (f" {gradient}" in label.partition(", gradient ")[2]) is bool(gradient)


@pytest.mark.usefixtures("without_charts")
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_each_box_and_each_control_of_a_preset_has_a_name_of_its_own(
    server: str, page: Page, preset: Preset
) -> None:
    open_stage(page, f"{server}/?{query_of(Moment(preset.source, Cursor(1, 0)))}")
    _run_on(page)
    assert_each_is_called_something_of_its_own(controls(page))
    assert_each_box_is_read_out_as_it_is_drawn(page)
    page.locator(f"{READY} [data-argument=concept]").click()
    assert_each_box_is_read_out_as_it_is_drawn(page)


def _run_on(page: Page) -> None:
    """Go a hundred iterations further, or to the end."""
    before = str(moment(page)[0])
    click(page, "run", 100)
    page.wait_for_function(
        "([ready, before]) => document.querySelector(ready).dataset.iteration !== before", arg=[READY, before]
    )


def test_a_box_is_called_by_its_variable_its_node_its_value_and_its_gradient(stage: Page) -> None:
    click(stage, "iterationNext")
    names = [one.name for one in controls(stage) if one.regions[-1:] == ("The autograd graph",)]
    beginnings = [
        "W, leaf of shape [1], Node AccumulateGrad, value −",
        "x, data of shape [24], value [",
        "W * x, Node MulBackward0, value [",
        "b, leaf of shape [1], Node AccumulateGrad, value ",
        "y_hat, Node AddBackward0, made by W * x + b, value [",
        "y, data of shape [24], value [",
        "loss, Node MseLossBackward0, made by criterion(y_hat, y), value ",
    ]
    assert all(any(name.startswith(beginning) for name in names) for beginning in beginnings)
    assert all(", gradient in .grad " in name for name in names if "leaf" in name)
    assert len(names) == len(beginnings)


def test_the_side_bar_and_the_charts_have_names_too_and_each_chart_is_one_tab_stop(
    server: str, page: Page
) -> None:
    open_stage(page, server)
    for group in ("Data", "Loss", "Optimizer", "Program"):
        open_group(page, group)
    press(page, "Shift+ArrowRight")
    show_charts(page)
    expect(page.locator(f"{READY} .viz-chart .modebar")).to_have_count(4)
    assert_each_is_called_something_of_its_own([one for one in controls(page) if one.name != STREAMLITS])
    for chart in page.locator(f"{READY} .viz-plot").all():
        buttons = chart.locator(".modebar button")
        assert buttons.evaluate_all(_STOPS) == ["Zoom"]
        assert chart.locator(".main-svg:not([aria-hidden=true])").count() == 0
    first = page.locator(f"{READY} .viz-plot").first
    first.get_by_role("button", name="Zoom", exact=True).focus()
    here = page.locator(READY).get_attribute("data-statement")
    page.keyboard.press("ArrowRight")
    expect(first.get_by_role("button", name="Pan", exact=True)).to_be_focused()
    assert page.locator(READY).get_attribute("data-statement") == here, "in the row an arrow does not step"
    assert first.locator(".modebar button").evaluate_all(_STOPS) == ["Pan"]


def test_a_chart_says_in_words_what_it_shows(stage: Page) -> None:
    click(stage, "iterationNext")
    show_charts(stage)
    loss = stage.get_by_role("region", name="Loss", exact=True).locator(".viz-said")
    expect(loss).to_contain_text("loss is 2.205 in iteration 0")
    fit = stage.get_by_role("region", name="Data and prediction").locator(".viz-said")
    expect(fit).to_contain_text("24 points from −1.598 to 1.931. The line of y_hat goes from 1.181 at −1.362 to")


def test_a_run_that_diverges_is_drawn_while_it_is_finite_and_each_chart_says_where_it_is_not(
    server: str, page: Page
) -> None:
    source = presets()[0].source.replace("lr=0.1", "lr=1000.0")
    double = source.replace("requires_grad", "dtype=torch.float64, requires_grad")
    for program in (source, double, double.replace("[-0.5]", "[1e300]")):
        open_stage(page, f"{server}/?{query_of(Moment(program, Cursor(0, 0)))}")
        show_charts(page)
        for _ in range(2):
            click(page, "run", 10)
            page.wait_for_timeout(AT_REST)
            assert_each_chart_draws_or_says_why_not(page)
        page.get_by_role("checkbox", name="log scale").check()
        _run_on(page)
        page.wait_for_timeout(AT_REST)
        assert_each_chart_draws_or_says_why_not(page)


def assert_each_chart_draws_or_says_why_not(page: Page) -> None:
    charts = page.locator(f"{READY} .viz-chart").evaluate_all(
        """all => all.map((one) => [
            [...one.querySelectorAll(".viz-overlay path")].map((path) => path.getAttribute("d") ?? "").join(""),
            one.querySelector(".viz-lacks").textContent,
        ])"""
    )
    assert len(charts) >= 3
    for drawn, lacks in charts:
        assert drawn or lacks.startswith("NaN or infinite here: ")
        assert "e" not in drawn
