"""The charts hold plain PyTorch's numbers, follow the cursor, and keep what the viewer did to them."""

from __future__ import annotations

import torch
from playwright.sync_api import Page, expect

from tests.browser.plain import each_iteration, names_at
from tests.browser.plots import (
    Point,
    axis_range,
    expect_arrow,
    expect_dots,
    expect_line,
    history,
    on_screen,
    plot,
    show_charts,
    visible,
)
from tests.browser.settings import type_number
from tests.browser.stage import READY, at, click, hold, open_stage, press
from tests.browser.test_numbers import SOURCE, STEP
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of

#: Presses → `times` times, as fast as a held key, and returns how often Plotly drew meanwhile.
_STEP_AND_COUNT = """async (times) => {
    window.drawings = 0;
    const count = () => { window.drawings += 1; };
    for (const box of document.querySelectorAll(".viz-plot")) box.on("plotly_restyle", count);
    for (let press = 0; press < times; press += 1) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 40));
    }
    return window.drawings;
}"""

_SHAPES = "all => all.map((path) => path.getAttribute('d'))"


def test_the_default_program_has_four_charts(stage: Page) -> None:
    show_charts(stage)
    titles = stage.locator(f"{READY} .viz-chart h3").all_text_contents()
    assert titles == ["Data and prediction", "Loss", "Loss surface and path", "Parameters and gradients"]
    offered = stage.locator(f"{READY} .modebar-btn").evaluate_all("all => all.map((one) => one.dataset.title)")
    assert offered and not any("share" in (title or "").lower() for title in offered)


def test_the_histories_are_plain_pytorchs_to_the_last_bit(stage: Page) -> None:
    show_charts(stage)
    click(stage, "run", 100)
    at(stage, 99, STEP)
    ends = each_iteration(SOURCE, 100)
    starts = [names_at(SOURCE, 0, -1), *ends[:-1]]
    show_charts(stage)
    expected = {
        ("loss", "loss"): [end["loss"] for end in ends],
        ("parameters", "W"): [start["W"] for start in starts],
        ("parameters", "b"): [start["b"] for start in starts],
        ("parameters", "W.grad"): [end["W.grad"] for end in ends],
        ("parameters", "b.grad"): [end["b.grad"] for end in ends],
    }
    for (chart, trace), tensors in expected.items():
        drawn = torch.tensor(history(stage, chart, trace, 100), dtype=torch.float32)
        assert torch.equal(drawn, torch.stack([tensor.detach().reshape(()) for tensor in tensors])), trace


def test_the_marks_the_path_and_the_arrow_follow_the_cursor(stage: Page) -> None:
    ends = each_iteration(SOURCE, 31)
    origin = names_at(SOURCE, 0, -1)
    for iteration in (3, 30, 12):
        stage.locator(f"{READY} .viz-slider").fill(str(iteration))
        at(stage, iteration, STEP)
        show_charts(stage)
        start, end = ends[iteration - 1], ends[iteration]
        expect_dots(stage, "loss", [(iteration, end["loss"].item())])
        values = [start["W"], end["W.grad"], start["b"], end["b.grad"]]
        expect_dots(stage, "parameters", [(iteration, value.item()) for value in values])
        path = [(names["W"].item(), names["b"].item()) for names in (origin, *ends[: iteration + 1])]
        expect_dots(stage, "surface", path[:-1])
        if iteration < 20:  # later steps are shorter than a pixel
            expect_arrow(stage, "surface", path[-2], path[-1])


def test_the_line_through_the_data_is_the_prediction(stage: Page) -> None:
    click(stage, "run", 10)
    at(stage, 9, STEP)
    show_charts(stage)
    names = names_at(SOURCE, 9, STEP)
    expect_line(stage, "fit", sorted(zip(names["x"].tolist(), names["y_hat"].tolist(), strict=True)))


def test_a_click_on_a_point_goes_to_its_iteration(stage: Page) -> None:
    show_charts(stage)
    click(stage, "run", 10)
    click(stage, "run", 10)
    at(stage, 19, STEP)
    show_charts(stage)
    ends = each_iteration(SOURCE, 20)
    history(stage, "loss", "loss", len(_reached(stage)))
    _click(stage, "loss", (4, ends[4]["loss"].item()))
    at(stage, 4, STEP)
    _click(stage, "surface", (ends[1]["W"].item(), ends[1]["b"].item()))
    at(stage, 2, STEP)


def _reached(page: Page) -> list[float]:
    """The losses of all iterations so far; other tests may have gone further on the shared page."""
    values: list[float] = plot(page, "loss").evaluate("(chart) => Array.from(chart.data[1].y)")
    return values


def _click(page: Page, chart: str, point: Point) -> None:
    x, y = on_screen(page, chart, point)
    page.mouse.move(x, y)
    page.mouse.move(x + 1, y)  # Plotly looks for the point under the pointer when it moves
    page.mouse.click(x + 1, y)


def test_zoom_and_hidden_traces_survive_steps_and_another_learning_rate(server: str, page: Page) -> None:
    open_stage(page, server)
    click(page, "run", 100)
    show_charts(page)
    history(page, "loss", "loss", 100)
    before = [plot(page, chart).element_handle() for chart in ("fit", "loss", "surface", "parameters")]
    _zoom(page, "loss")
    zoomed = axis_range(page, "loss")
    assert 10 < zoomed[0] < zoomed[1] < 90
    plot(page, "parameters").locator(".traces", has_text="W.grad").locator(".legendtoggle").click()
    page.wait_for_function(
        "(place) => document.querySelector(place)._fullData.some((one) => one.visible === 'legendonly')",
        arg=f'{READY} [data-chart="parameters"]',
    )
    hidden = visible(page, "parameters")
    assert hidden["W.grad"] == "legendonly" and hidden["W"] is True
    hold(page, "ArrowLeft", 12)
    hold(page, "Shift+ArrowLeft", 12)
    assert (axis_range(page, "loss"), visible(page, "parameters")) == (zoomed, hidden)
    old = history(page, "loss", "loss", 100)
    type_number(page, "lr", "0.02")
    ends = each_iteration(SOURCE.replace("lr=0.1", "lr=0.02"), 100)
    expect_line(page, "loss", [(at, end["loss"].item()) for at, end in enumerate(ends)])
    plot(page, "loss").hover()
    new = torch.tensor(_changed(page, old), dtype=torch.float32)
    assert torch.equal(new, torch.stack([end["loss"] for end in ends]))
    assert (axis_range(page, "loss"), visible(page, "parameters")) == (zoomed, hidden)
    for chart, element in zip(("fit", "loss", "surface", "parameters"), before, strict=True):
        assert plot(page, chart).evaluate("(now, before) => now === before", element), f"{chart} was mounted again"


def _zoom(page: Page, chart: str) -> None:
    """Drag across the middle half of a chart, from left to right."""
    area = plot(page, chart).locator(".nsewdrag").first.bounding_box()
    assert area is not None
    height = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] / 4, height)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, height, steps=3)
    page.mouse.move(area["x"] + area["width"] * 3 / 4, height, steps=3)
    page.mouse.up()
    page.wait_for_function(
        "(place) => document.querySelector(place)._fullLayout.xaxis.range[0] > 5",
        arg=f'{READY} [data-chart="{chart}"]',
    )


def _changed(page: Page, old: list[float | None]) -> list[float]:
    """The loss's history once it is not the old one."""
    page.wait_for_function(
        "([place, last]) => { const { y } = document.querySelector(place).data[1];"
        " return y.length === 100 && y[99] !== last; }",
        arg=[f'{READY} [data-chart="loss"]', old[99]],
    )
    values: list[float] = plot(page, "loss").evaluate("(chart) => Array.from(chart.data[1].y)")
    return values


def test_the_loss_can_be_seen_on_a_logarithmic_scale(stage: Page) -> None:
    show_charts(stage)
    click(stage, "run", 10)
    switch = stage.get_by_role("checkbox", name="log scale")
    switch.check()
    scale = "(chart) => chart._fullLayout.yaxis.type"
    expect(switch).to_be_checked()
    stage.wait_for_function(
        "(place) => document.querySelector(place)._fullLayout.yaxis.type === 'log'",
        arg=f'{READY} [data-chart="loss"]',
    )
    end = each_iteration(SOURCE, 10)[9]
    assert plot(stage, "loss").evaluate(scale) == "log"
    expect_dots(stage, "loss", [(9, end["loss"].item())])
    switch.uncheck()


def test_a_log_scale_says_how_many_losses_have_no_place_on_it(server: str, page: Page) -> None:
    source = SOURCE.replace("criterion(y_hat, y)", "criterion(y_hat, y) - 1.0")
    losses = [end["loss"].item() for end in each_iteration(source, 11)]
    below = sum(loss <= 0 for loss in losses)
    assert 0 < below < len(losses)
    open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(0, 0)))}")
    click(page, "run", 10)
    show_charts(page)
    history(page, "loss", "loss", len(losses))
    chart = page.get_by_role("region", name="Loss", exact=True)
    drawn, said = chart.locator(".viz-lacks"), chart.locator(".viz-said")
    sentence = f"loss is ≤ 0 in {below} of {len(losses)} iterations: no logarithm."
    switch = page.get_by_role("checkbox", name="log scale")
    for checked, expected in ((False, ""), (True, sentence), (False, "")):
        switch.set_checked(checked)
        expect(drawn).to_have_text(expected)
        assert (sentence in (said.text_content() or "")) is checked
    switch.check()
    assert drawn.evaluate("one => one.scrollWidth <= one.clientWidth"), "all of it is in sight"


def test_a_line_with_a_nan_says_how_many_of_its_numbers_are_missing(server: str, page: Page) -> None:
    fit = page.get_by_role("region", name="Data and prediction")
    for w, end, lacks in (
        ("[-0.375]", "0.5000 at 2.000", ""),
        ("[-0.75]", "0.5000 at 1.000", "NaN or infinite here: 1 of 3 numbers of y_hat."),
    ):
        source = _program("torch.sqrt(W * x + b)", "[0.0, 1.0, 2.0]", w, "[1.0]")
        open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(0, 4)))}")
        show_charts(page)
        expect(fit.locator(".viz-lacks")).to_have_text(lacks)
        expect(fit.locator(".viz-said")).to_contain_text(f"The line of y_hat goes from 1.000 at 0 to {end}.")
        assert fit.locator(".viz-overlay path").last.get_attribute("d")


def test_a_parameter_that_is_partly_infinite_is_named_by_its_element(server: str, page: Page) -> None:
    source = _program("W * x + b", "[0.0, 1.0]", "[1.0, float('inf')]", "[1.0]")
    open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(0, 4)))}")
    show_charts(page)
    lacks = page.get_by_role("region", name="Parameters and gradients").locator(".viz-lacks")
    expect(lacks).to_have_text("NaN or infinite here: W[1], W[1].grad and b.grad.")


def _program(prediction: str, x: str, w: str, b: str) -> str:
    """Two iterations of a fit of `y_hat` to points, with these literals."""
    return f"""import torch
x = torch.tensor({x})
y = torch.ones_like(x)
W = torch.tensor({w}, requires_grad=True)
b = torch.tensor({b}, requires_grad=True)
criterion = torch.nn.MSELoss()
optimizer = torch.optim.SGD([W, b], lr=0.1)
for iteration in range(2):
    optimizer.zero_grad()
    y_hat = {prediction}
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
"""


def test_while_someone_steps_only_the_marks_move_and_plotly_draws_at_rest(server: str, page: Page) -> None:
    open_stage(page, server)
    press(page, "Shift+ArrowRight")
    show_charts(page)
    history(page, "loss", "loss", 1)
    before = page.locator(f"{READY} [data-chart='loss'] + .viz-overlay path").evaluate_all(_SHAPES)
    assert page.evaluate(_STEP_AND_COUNT, 12) == 0
    assert page.locator(f"{READY} [data-chart='loss'] + .viz-overlay path").evaluate_all(_SHAPES) != before
    page.wait_for_function("() => window.drawings > 0")
