"""Which charts a program gets, and what they contain."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from tests.programs import DIVERGES, LINE
from viz.drawing.charts import charts, series
from viz.drawing.figures import surface_axis
from viz.language import surface
from viz.writing.numbers import flat
from viz.writing.series import points


def _charts(source: str, iterations: int = 20) -> dict[str, dict[str, Any]]:
    tape = viz.run(source, iterations=iterations)
    return {chart["id"]: chart for chart in charts(tape, partial(surface, tape.program))}


TWO_WEIGHTS = LINE.replace("[0.5]", "[0.5, 0.25]").replace("y_hat = W * x + b", "y_hat = W * x + b * x")


def test_the_linear_model_gets_all_four_charts() -> None:
    assert list(_charts(LINE)) == ["fit", "loss", "surface", "parameters"]


def test_a_model_on_a_column_of_data_is_fitted_to_its_targets() -> None:
    source = """\
import torch
from torch import nn, optim
torch.manual_seed(0)
x = torch.linspace(-1, 1, 5).unsqueeze(1)
y = x ** 2
model = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
optimizer = optim.SGD(model.parameters(), lr=0.1)
for i in range(3):
    y_hat = model(x)
    loss = nn.functional.mse_loss(y_hat, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    fit = _charts(source)["fit"]
    assert fit["data"][1]["x"] == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert fit["data"][1]["y"] == [1.0, 0.25, 0.0, 0.25, 1.0]
    assert fit["bind"][1]["y"] == "y_hat"
    plain: dict[str, Any] = {}
    exec(source, plain)
    sent = json.loads(points(["y_hat"], None, viz.run(source).iteration(2)))
    assert sent["y_hat"] == pytest.approx(plain["y_hat"].flatten().tolist(), rel=1e-6)


def test_without_data_there_is_no_fit_chart_and_with_one_parameter_no_surface() -> None:
    assert list(_charts(DIVERGES, 5)) == ["loss", "parameters"]


def test_with_more_than_two_numbers_there_is_no_surface_but_a_line_for_each() -> None:
    found = _charts(TWO_WEIGHTS)
    assert "surface" not in found
    names = [trace.get("name") for trace in found["parameters"]["data"]]
    assert names[1:] == ["W[0]", "W[0].grad", "W[1]", "W[1].grad", "b", "b.grad"]


def test_a_loss_that_is_a_local_variable_of_a_function_has_a_chart_and_no_surface() -> None:
    source = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
v = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w, v], lr=0.1)
def step():
    opt.zero_grad()
    loss = (w - 1) ** 2 + v ** 2
    loss.backward()
    opt.step()
for i in range(3):
    step()
"""
    assert list(_charts(source)) == ["loss", "parameters"]


def test_a_surface_ends_where_the_loss_or_a_parameter_is_no_longer_finite() -> None:
    head = "import torch\nw = torch.tensor(2.0, requires_grad=True)\nv = torch.tensor(1.0, requires_grad=True)\n"
    loop = "for i in range(4):\n    loss = (w - 1) ** 2 + v ** 2\n    loss.backward()\n"
    for line in ("loss = torch.zeros(0)", "w = None"):
        found = _charts(f"{head}{loop}    if i > 1:\n        {line}\n")
        assert list(found) == ["loss", "surface", "parameters"]


def test_forward_lines_that_cannot_run_for_other_values_have_no_surface() -> None:
    def refuse(*_: Any) -> list[list[float | None]]:
        raise ValueError("the lines before `.backward()` change a tensor in place")

    assert "surface" not in [chart["id"] for chart in charts(viz.run(LINE), refuse)]


def test_the_surface_is_the_loss_that_torch_computes_there() -> None:
    chart = _charts(LINE)["surface"]
    contour = chart["data"][0]
    column, row = 3, 17
    w, b = contour["x"][column], contour["y"][row]
    moved = LINE.replace("W = torch.tensor([0.5]", f"W = torch.tensor([{w!r}]")
    moved = moved.replace("b = torch.tensor([0.0]", f"b = torch.tensor([{b!r}]")
    frames = viz.run(moved, iterations=1).iteration(0)
    assert contour["z"][row][column] == frames[-1].variables["loss"].value


@pytest.mark.parametrize(
    ("data", "drawn"), [("[0.0 * math.inf, 2.0]", [None, 2.0]), ("[math.inf, math.nan]", [None, None])]
)
def test_data_that_are_not_finite_are_left_out_of_charts_and_do_not_break_the_page(
    data: str, drawn: list[float | None]
) -> None:
    found = _charts(LINE.replace("import torch\n", "import math\nimport torch\n", 1).replace("[1.0, 2.0]", data))
    json.dumps(found, allow_nan=False)
    assert found["fit"]["data"][1]["x"] == drawn
    assert found["fit"]["bind"][0]["at"] == drawn


def test_the_path_of_a_run_lies_on_its_surface() -> None:
    tape = viz.run(LINE)
    contour = _charts(LINE)["surface"]["data"][0]
    for number in range(tape.recorded):
        held = tape.iteration(number)[-1].variables
        for name, axis in (("W", contour["x"]), ("b", contour["y"])):
            (value,) = flat(held[name].value or [])
            assert axis[0] < value < axis[-1]


def test_a_run_that_diverges_still_has_a_surface_that_shows_its_beginning() -> None:
    xs = _charts(LINE.replace("lr=0.1", "lr=2.0"))["surface"]["data"][0]["x"]
    assert xs[-1] - xs[0] < 50


def test_another_learning_rate_keeps_the_surface_where_it_was() -> None:
    one, other = (_charts(LINE.replace("lr=0.1", f"lr={lr}"))["surface"]["data"][0] for lr in (0.1, 0.09))
    assert one == other


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.floats(-1e299, 1e299)), min_size=1))
def test_an_axis_covers_its_path_with_room_on_both_sides_and_its_points_differ_in_float32(
    path: list[float],
) -> None:
    axis = surface_axis(path)
    assert axis[0] < min(path) and max(path) < axis[-1]
    assert axis[-1] - axis[0] <= 5 * max(max(path) - min(path), 2, 1e-5 * max(map(abs, path)))
    gaps = [after - before for before, after in pairwise(axis)]
    assert min(gaps) > 4 * 2**-24 * max(map(abs, axis))


@pytest.mark.parametrize("path", [[math.nan], [math.inf, 1.0], [1.0, math.nan], [-1.7e308, 1.7e308]])
def test_a_path_that_is_not_finite_or_too_long_for_floats_has_no_axis(path: list[float]) -> None:
    with pytest.raises(ValueError, match="no axis"):
        surface_axis(path)


@pytest.mark.parametrize("start", ["1e300", "-1.7e308", "5e-324"])
def test_a_parameter_of_any_size_has_charts_and_a_surface_only_if_some_loss_is_finite(start: str) -> None:
    double = LINE.replace("requires_grad", "dtype=torch.float64, requires_grad")
    found = _charts(re.sub(r"W = torch.tensor\(\[[^]]*\]", f"W = torch.tensor([{start}]", double))
    assert ("surface" in found) == (start == "5e-324")
    assert {"fit", "loss", "parameters"} <= set(found)


@pytest.mark.parametrize("value", [1e16, -3.4e38, 1e300])
def test_the_points_of_an_axis_differ_however_large_the_parameter_is(value: float) -> None:
    axis = surface_axis([value])
    assert axis[0] < value < axis[-1]
    assert len(set(axis)) == len(axis)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e301"])
def test_a_parameter_without_a_place_on_an_axis_has_no_surface(value: str) -> None:
    source = LINE.replace("[0.5]", f'[float("{value}")], dtype=torch.float64')
    assert list(_charts(source)) == ["fit", "loss", "parameters"]


def test_charts_are_plain_json_and_hold_no_number_of_an_iteration() -> None:
    found = _charts(LINE)
    json.dumps(found, allow_nan=False)
    for chart in found.values():
        for binding in chart["bind"]:
            trace = chart["data"][binding["trace"]]
            assert trace.get("x") in (None, [None])


def test_the_series_are_those_that_the_bindings_ask_for() -> None:
    tape = viz.run(LINE)
    asked = {
        name for chart in _charts(LINE).values() for one in chart["bind"] for name in (one["y"], one.get("x"))
    }
    wanted = {name.removesuffix(".grad") for name in asked if name}
    assert wanted == set(series(tape)) == {"loss", "y_hat", "W", "b"}


@pytest.mark.parametrize("source", ["import torch\n", "import torch\nx = torch.tensor([1.0])\n"])
def test_a_program_without_parameters_has_no_charts(source: str) -> None:
    assert _charts(source) == {}


def test_a_program_with_one_iteration_has_no_histories() -> None:
    once = LINE.replace("range(20)", "range(1)")
    assert list(_charts(once)) == ["fit", "surface"]
