"""An explained step shows the update rule with the numbers of the step, and ends with torch's own value."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

import viz
from tests.explaining.optimizer_steps import NAMES, NOT_TORCHS, SOURCE, last_step, maths, texts
from viz.explaining.blocks import Table
from viz.explaining.optimizers import explain_step
from viz.explaining.tex import symbol
from viz.frames.events import Stepped
from viz.writing.numbers import flat, number

BUFFER = (
    r"\mathrm{momentum\_buffer} \leftarrow \mathrm{momentum} \cdot \mathrm{momentum\_buffer} "
    r"+ \left(1 - \mathrm{dampening}\right) \cdot g"
)


def test_a_step_of_sgd_with_momentum_is_written_out_with_its_numbers() -> None:
    source = """\
import torch
from torch import optim
b = torch.tensor([2.0], requires_grad=True)
optimizer = optim.SGD([b], lr=0.5, momentum=0.5, weight_decay=0.25)
for iteration in range(2):
    optimizer.zero_grad()
    loss = (b * 3).sum()
    loss.backward()
    optimizer.step()
"""
    tape = viz.run(source)
    # By hand: g = 3 + 0.25 * 2 = 3.5, b = 2 - 0.5 * 3.5 = 0.25;
    # then g = 3 + 0.25 * 0.25 = 3.0625, the buffer 0.5 * 3.5 + 3.0625 = 4.8125, b = 0.25 - 2.40625 = -2.15625.
    assert maths(tape.iteration(1)[-1], "b") == [
        r"g \leftarrow \mathrm{b.grad}",
        r"g \leftarrow 3",
        r"g \leftarrow g + \mathrm{weight\_decay} \cdot \mathrm{b}",
        r"g \leftarrow 3 + 0.25 \cdot 0.2500 = 3.062",
        BUFFER,
        r"\mathrm{momentum\_buffer} \leftarrow 0.5 \cdot 3.500 + \left(1 - 0\right) \cdot 3.062 = 4.812",
        r"g \leftarrow \mathrm{momentum\_buffer}",
        r"g \leftarrow 4.812",
        r"\mathrm{b} \leftarrow \mathrm{b} - \mathrm{lr} \cdot g",
        r"\mathrm{b} \leftarrow 0.2500 - 0.5 \cdot 4.812 = -2.156",
        r"\mathrm{b[0]} \leftarrow 0.2500 -2.406 = -2.156",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_with_a_float32_tensor_as_lr_torch_rounds_what_it_computes_from_it(name: str) -> None:
    """torch computes `1 - lr * weight_decay` in float32, even if the parameters are float64."""
    decay = "" if name == "Rprop" else ", weight_decay=0.1"
    frame = last_step(name, f", lr=torch.tensor(0.01){decay}", ", dtype=torch.float64")
    for parameter in ("W", "v", "b"):
        assert NOT_TORCHS not in " ".join(texts(frame, parameter))


def test_an_error_beyond_float32_rounding_is_reported_for_such_an_lr_too() -> None:
    frame = last_step("AdamW", ", lr=torch.tensor(0.01)", ", dtype=torch.float64")
    assert isinstance(frame.event, Stepped)
    updates = [
        replace(one, after=flat(one.after)[0] * (1 + 1e-5)) if one.name == "b" else one
        for one in frame.event.updates
    ]
    planted = replace(frame, event=replace(frame.event, updates=tuple(updates)))
    assert NOT_TORCHS in " ".join(texts(planted, "b"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["", ", dtype=torch.float64"])
def test_an_explanation_ends_with_torchs_own_value_and_finds_no_difference(name: str, dtype: str) -> None:
    frame = last_step(name, dtype=dtype)
    for parameter in ("W", "v", "b"):
        sections = explain_step(frame, parameter)
        assert sections[-1].heading == "The new value"
        assert not any(NOT_TORCHS in text for text in texts(frame, parameter))
        assert json.dumps([section.to_json() for section in sections]).count("<math") == len(
            maths(frame, parameter)
        )


def test_several_elements_are_in_a_table_with_torchs_values() -> None:
    frame = last_step("Adam")
    (table,) = [block for part in explain_step(frame, "W") for block in part.blocks if isinstance(block, Table)]
    assert table.head == ("", "W before", "W.grad", "g", "exp_avg", "exp_avg_sq", "denom", "W")
    assert [row[0] for row in table.rows] == ["W[0, 0]", "W[0, 1]", "W[0, 2]", "W[1, 0]", "W[1, 1]", "W[1, 2]"]
    value = frame.variables["W"].value
    assert value is not None
    assert [row[-1] for row in table.rows] == [number(one) for one in flat(value)]
    assert not any(isinstance(block, Table) for part in explain_step(frame, "b") for block in part.blocks)


def test_a_large_parameter_has_the_first_rows_and_says_so() -> None:
    source = SOURCE.format(name="SGD", arguments=", lr=0.1", dtype="").replace("[0.5, -0.5]", str([0.5] * 30))
    frame = viz.run(source)[-1]
    (table,) = [block for part in explain_step(frame, "v") for block in part.blocks if isinstance(block, Table)]
    assert len(table.rows) == 24
    assert "The first 24 of 30 elements." in texts(frame, "v")


def test_a_parameter_without_a_gradient_is_skipped() -> None:
    source = SOURCE.format(name="Adam", arguments=", lr=0.1", dtype="").replace("(v * v * v).sum()", "0")
    frame = viz.run(source)[-1]
    assert texts(frame, "v") == ["v.grad is None, so the optimizer skips v."]


def test_a_number_that_the_dtype_cannot_hold_is_named_on_its_line() -> None:
    source = SOURCE.format(name="Adam", arguments=", lr=0.1, eps=1e-12", dtype=", dtype=torch.float16")
    source = source.replace("(W * W).sum() + (v * v * v).sum() + (b - 1) ** 2", "(v * 1e-5).sum() + (W * 0).sum()")
    said = texts(viz.run(source).iteration(0)[-1], "v")
    # The mean of the square is 1e-13, and the smallest positive float16 is 6e-8.
    named = "float16 cannot hold this number; torch goes on with the nearest that it can, 0."
    assert said[said.index(named) - 1] == "`exp_avg_sq` is the running mean of the squared gradient."
    assert not any(NOT_TORCHS in text for text in said)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("Adam", "exp_avg_sq"), ("NAdam", "exp_avg_sq"), ("RMSprop", "square_avg"), ("Adagrad", "sum")],
)
def test_a_line_ends_with_torchs_number_if_the_exact_one_underflows(name: str, entry: str) -> None:
    source = SOURCE.format(name=name, arguments="", dtype="")
    source = source.replace("(W * W).sum() + (v * v * v).sum() + (b - 1) ** 2", "(W.sum() + v.sum() + b) * 1e-30")
    frame = viz.run(source).iteration(0)[-1]
    assert isinstance(frame.event, Stepped)
    assert all(flat(one.state_after[entry])[0] == 0 for one in frame.event.updates)
    *_, line = [one for one in maths(frame, "b") if one.startswith(f"{symbol(entry).latex} \\leftarrow")]
    assert re.search(r"= 1\.00 \\cdot 10\^\{-6[0-3]\} \\to 0$", line), line


def test_an_underscore_in_a_name_is_shown_as_an_underscore() -> None:
    source = SOURCE.format(name="SGD", arguments=", lr=0.1", dtype="").replace("b", "b_0")
    frame = viz.run(source.replace("b_0ackward", "backward"))[-1]
    assert maths(frame, "b_0")[-2].startswith(r"\mathrm{b\_0} \leftarrow")


def test_frames_without_a_step_and_names_of_no_parameter_are_refused() -> None:
    tape = viz.run(SOURCE.format(name="SGD", arguments=", lr=0.1", dtype=""))
    with pytest.raises(ValueError, match="not an optimizer's step"):
        explain_step(tape[-2], "W")
    with pytest.raises(ValueError, match="no parameter of this name"):
        explain_step(tape[-1], "loss")


def test_an_option_that_is_not_a_number_is_named_and_torchs_value_is_still_shown() -> None:
    betas = ", betas=(torch.tensor(0.9), torch.tensor(0.99))"
    frame = last_step("Adam", betas)
    assert texts(frame, "b")[0] == "The option betas was not given as numbers, so no formulas are shown."
    value = frame.variables["b"].value
    assert isinstance(value, float)
    assert maths(frame, "b")[-1].endswith(f"= {value:.4f}")


def test_an_lr_that_is_a_tensor_is_a_number_like_any_other() -> None:
    assert maths(last_step("Adam", ", lr=torch.tensor(0.1)"), "W") == maths(last_step("Adam", ", lr=0.1"), "W")


def test_each_group_of_parameters_is_explained_with_its_own_options() -> None:
    source = SOURCE.format(name="SGD", arguments="", dtype="").replace(
        "[W, v, b]", "[{'params': [W], 'lr': 0.1}, {'params': [v, b], 'lr': 0.25, 'momentum': 0.5}]"
    )
    frame = viz.run(source)[-1]
    assert r"\mathrm{momentum\_buffer}" not in "".join(maths(frame, "W"))
    assert r"\mathrm{momentum\_buffer}" in "".join(maths(frame, "b"))
    assert any("0.25 \\cdot" in line for line in maths(frame, "b"))
    assert not any(NOT_TORCHS in text for name in "Wvb" for text in texts(frame, name))
