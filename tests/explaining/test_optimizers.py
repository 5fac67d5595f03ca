"""The update rules give what torch.optim made: every state entry and every new value, for every option."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
import torch

import viz
from viz.catalog import ALL_OPTIMIZERS
from viz.explaining.blocks import Math, Table, Text
from viz.explaining.optimizer_rules import RULES
from viz.explaining.optimizers import explain_step
from viz.explaining.rule_application import computed_lines
from viz.explaining.rule_lines import UpdateRule
from viz.explaining.tex import symbol
from viz.frames.events import Stepped, Update
from viz.frames.frame import Frame
from viz.writing.numbers import flat, number

#: What an explanation says where its lines do not come to torch's number.
NOT_TORCHS = "do not give the value that torch computed"
#: LBFGS has no rule of lines: what it did is said in words.
NAMES = [entry.name for entry in ALL_OPTIMIZERS if entry.name != "LBFGS"]

SOURCE = """\
import torch
from torch import optim
W = torch.tensor([[0.5, -1.0, 1.5], [2.0, 0.25, -0.75]], requires_grad=True{dtype})
v = torch.tensor([0.5, -0.5], requires_grad=True{dtype})
b = torch.tensor(0.25, requires_grad=True{dtype})
optimizer = optim.{name}([W, v, b]{arguments})
for iteration in range(7):
    optimizer.zero_grad()
    loss = (W * W).sum() + (v * v * v).sum() + (b - 1) ** 2
    loss.backward()
    optimizer.step()
"""

#: What each argument is set to besides its default, by optimizer and name, or by name alone.
OTHERS = {
    "momentum": "0.9",
    "dampening": "0.3",
    "weight_decay": "0.1",
    "nesterov": "True",
    "maximize": "True",
    "amsgrad": "True",
    "centered": "True",
    "decoupled_weight_decay": "True",
    "betas": "(0.7, 0.8)",
    "eps": "0.1",
    "momentum_decay": "0.5",
    "alpha": "0.6",
    "etas": "(0.3, 1.5)",
    "step_sizes": "(0.05, 0.4)",
    "lr_decay": "0.2",
    "initial_accumulator_value": "0.5",
    "rho": "0.6",
    "lambd": "0.2",
    "t0": "2.0",
    "beta2_decay": "-0.4",
    "d": "1.5",
    "Adafactor eps": "(0.5, 0.8)",
    "lr": "0.3",
    "Muon nesterov": "False",
    "Muon eps": "2.0",
    "ns_steps": "3",
    "ns_coefficients": "(3.0, -4.0, 2.0)",
    "adjust_lr_fn": '"match_rms_adamw"',
}

#: Muon moves matrices only: wide, tall and square ones.
MATRICES = """\
import torch
from torch import optim
W = torch.tensor([[0.5, -1.0, 1.5], [2.0, 0.25, -0.75]], requires_grad=True{dtype})
v = torch.tensor([[0.5], [-0.5], [0.75]], requires_grad=True{dtype})
b = torch.tensor([[0.25]], requires_grad=True{dtype})
optimizer = optim.{name}([W, v, b]{arguments})
for iteration in range(7):
    optimizer.zero_grad()
    loss = (W * W).sum() + (v * v * v).sum() + (b - 1).pow(2).sum()
    loss.backward()
    optimizer.step()
"""


def source_of(name: str, arguments: str, dtype: str) -> str:
    """A program with this optimizer and three parameters that it takes."""
    return (MATRICES if name == "Muon" else SOURCE).format(name=name, arguments=arguments, dtype=dtype)


def arguments_of(name: str) -> Iterator[str]:
    """The defaults, every one and every two other values, and all of them, as a program writes it."""
    entry = next(entry for entry in ALL_OPTIMIZERS if entry.name == name)
    others = [
        f", {one}={OTHERS.get(f'{name} {one}') or OTHERS[one]}"
        for one in (*(argument.name for argument in entry.arguments), *entry.others)
        if one != "lr"
    ]
    chosen = [(), *combinations(others, 1), *combinations(others, 2), tuple(others)]
    yield from dict.fromkeys(f", lr={OTHERS['lr']}{''.join(one)}" for one in chosen)


@cache
def steps_of(name: str) -> list[tuple[str, Stepped]]:
    """The steps of every combination that torch takes, in float64."""
    steps = []
    for arguments in arguments_of(name):
        tape = viz.run(source_of(name, arguments, ", dtype=torch.float64"))
        if "nesterov" in arguments and tape.error is not None:
            assert tape.error.message.startswith("Nesterov momentum requires"), tape.error.message
            continue
        assert tape.error is None, (arguments, tape.error)
        steps += [(arguments, frame.event) for frame in tape if isinstance(frame.event, Stepped)]
    return steps


def differences(rule: UpdateRule, step: Stepped, update: Update) -> list[str]:
    """The names of what the rule computes otherwise than torch."""
    made = {one.line.name: one.value for one in computed_lines(rule, step, update)}
    expected = {**update.state_after, "param": update.after}
    assert expected.keys() <= made.keys() | update.state_before.keys(), "the rule leaves out a part of the state"
    return [
        name
        for name, value in expected.items()
        if name not in made
        or not torch.allclose(
            made[name].broadcast_to(torch.tensor(value).shape),
            torch.tensor(value, dtype=torch.float64),
            rtol=1e-10,
            atol=1e-13,
            equal_nan=True,
        )
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_gives_torchs_state_and_value_at_every_step_for_every_combination_of_options(name: str) -> None:
    steps = steps_of(name)
    assert len(steps) >= 7 * 8, "too few combinations to say anything"
    for arguments, step in steps:
        for update in step.updates:
            assert differences(RULES[name], step, update) == [], (arguments, update)


def test_every_optimizer_that_the_language_offers_has_a_rule() -> None:
    assert set(RULES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_line_of_a_rule_is_found_out(name: str) -> None:
    rule = RULES[name]
    for place, line in enumerate(rule.lines):
        wrong = replace(line, formula=f"({line.formula}) * 1.01 + 0.001")
        planted = replace(rule, lines=(*rule.lines[:place], wrong, *rule.lines[place + 1 :]))
        assert any(differences(planted, step, update) for _, step in steps_of(name) for update in step.updates), (
            f"no step of {name} needs the line {line.name} = {line.formula}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_state_that_a_rule_begins_with_is_torchs(name: str) -> None:
    """A first step is explained although nothing was recorded before it, so the beginning must be right."""
    wrong = {key: (0.5 if isinstance(value, str) else value + 0.5) for key, value in RULES[name].initial.items()}
    # Adafactor's means take in the whole of the first square, and ASGD's average begins as the parameter itself.
    for unused in {"Adafactor": ("row_var", "col_var", "variance"), "ASGD": ("ax",)}.get(name, ()):
        del wrong[unused]
    updates = [(step, update) for _, step in steps_of(name) for update in step.updates]
    for key, value in wrong.items():
        planted = replace(RULES[name], initial={**RULES[name].initial, key: value})
        # Adagrad makes its state before the first step, so that it is always recorded.
        recorded = all(key in update.state_before for _, update in updates)
        assert recorded or any(differences(planted, step, update) for step, update in updates), key


def last_step(name: str, arguments: str = ", lr=0.1", dtype: str = "") -> Frame:
    """The frame of the seventh step."""
    frame = viz.run(source_of(name, arguments, dtype))[-1]
    assert isinstance(frame.event, Stepped)
    return frame


def maths(frame: Frame, parameter: str) -> list[str]:
    return [
        block.latex for part in explain_step(frame, parameter) for block in part.blocks if isinstance(block, Math)
    ]


def texts(frame: Frame, parameter: str) -> list[str]:
    return [
        block.text for part in explain_step(frame, parameter) for block in part.blocks if isinstance(block, Text)
    ]


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
@pytest.mark.parametrize("dtype", ["", ", dtype=torch.float64"])
def test_an_explanation_ends_in_torchs_own_value_and_finds_no_difference(name: str, dtype: str) -> None:
    frame = last_step(name, dtype=dtype)
    for parameter in ("W", "v", "b"):
        sections = explain_step(frame, parameter)
        assert sections[-1].heading == "The new value"
        assert not any(NOT_TORCHS in text for text in texts(frame, parameter))
        assert json.dumps([section.to_json() for section in sections]).count("<math") == len(
            maths(frame, parameter)
        )


def test_several_elements_stand_in_a_table_with_torchs_values() -> None:
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


def test_a_parameter_without_a_gradient_is_passed_over() -> None:
    source = SOURCE.format(name="Adam", arguments=", lr=0.1", dtype="").replace("(v * v * v).sum()", "0")
    frame = viz.run(source)[-1]
    assert texts(frame, "v") == ["v.grad is None, so the optimizer skips v."]


def test_a_number_that_the_dtype_does_not_have_is_named_on_its_line() -> None:
    source = SOURCE.format(name="Adam", arguments=", lr=0.1, eps=1e-12", dtype=", dtype=torch.float16")
    source = source.replace("(W * W).sum() + (v * v * v).sum() + (b - 1) ** 2", "(v * 1e-5).sum() + (W * 0).sum()")
    said = texts(viz.run(source).iteration(0)[-1], "v")
    # The mean of the square is 1e-13, and the least number of float16 is 6e-8.
    named = "float16 has no such number; torch goes on with the nearest that it has, 0."
    assert said[said.index(named) - 1] == "`exp_avg_sq` is the running mean of the squared gradient."
    assert not any(NOT_TORCHS in text for text in said)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("Adam", "exp_avg_sq"), ("NAdam", "exp_avg_sq"), ("RMSprop", "square_avg"), ("Adagrad", "sum")],
)
def test_a_line_ends_with_the_number_that_torch_keeps_where_the_exact_one_underflows(
    name: str, entry: str
) -> None:
    source = SOURCE.format(name=name, arguments="", dtype="")
    source = source.replace("(W * W).sum() + (v * v * v).sum() + (b - 1) ** 2", "(W.sum() + v.sum() + b) * 1e-30")
    frame = viz.run(source).iteration(0)[-1]
    assert isinstance(frame.event, Stepped)
    assert all(flat(one.state_after[entry])[0] == 0 for one in frame.event.updates)
    *_, line = [one for one in maths(frame, "b") if one.startswith(f"{symbol(entry).latex} \\leftarrow")]
    assert re.search(r"= 1\.00 \\cdot 10\^\{-6[0-3]\} \\to 0$", line), line


def test_an_underscore_in_a_name_is_shown_as_one() -> None:
    source = SOURCE.format(name="SGD", arguments=", lr=0.1", dtype="").replace("b", "b_0")
    frame = viz.run(source.replace("b_0ackward", "backward"))[-1]
    assert maths(frame, "b_0")[-2].startswith(r"\mathrm{b\_0} \leftarrow")


def test_what_is_no_step_and_what_is_no_parameter_is_refused() -> None:
    tape = viz.run(SOURCE.format(name="SGD", arguments=", lr=0.1", dtype=""))
    with pytest.raises(ValueError, match="no optimizer's step"):
        explain_step(tape[-2], "W")
    with pytest.raises(ValueError, match="no parameter of this name"):
        explain_step(tape[-1], "loss")


def test_an_option_that_is_no_number_is_named_and_torchs_value_is_shown_all_the_same() -> None:
    betas = ", betas=(torch.tensor(0.9), torch.tensor(0.99))"
    frame = last_step("Adam", betas)
    assert texts(frame, "b")[0] == "The option betas was not given as numbers. torch computed this value:"
    value = frame.variables["b"].value
    assert isinstance(value, float)
    assert maths(frame, "b")[-1].endswith(f"= {value:.4f}")


def test_an_lr_that_is_a_tensor_is_a_number_like_any_other() -> None:
    assert maths(last_step("Adam", ", lr=torch.tensor(0.1)"), "W") == maths(last_step("Adam", ", lr=0.1"), "W")


LBFGS = """\
import torch
from torch import optim
W = torch.tensor([1.0, -2.0], requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
optimizer = optim.LBFGS([W, b], lr=0.5, max_iter={most})
def closure():
    optimizer.zero_grad()
    loss = (W * W).sum() + b * b
    loss.backward()
    return loss
optimizer.step(closure)
"""


def test_the_first_move_of_lbfgs_goes_against_the_gradient_as_far_as_torch_says() -> None:
    frame = viz.run(LBFGS.format(most=1))[-1]
    said = texts(frame, "b")
    assert said[1:4] == [
        "This step ran the closure once and looked for a direction once.",
        "The first move goes against the gradient g: d is -g.",
        "The last direction and the last length of a move along it, for b:",
    ]
    # By hand: g = (2, -4, 6), so t = 0.5 * 1 / (2 + 4 + 6) and d = (-2, 4, -6): b = 3 - 6 / 24.
    assert maths(frame, "b") == [
        r"t \cdot d = 0.04167 \cdot \left(-6.000\right) = -0.2500",
        r"\mathrm{b} \leftarrow 3.000 -0.2500 = 2.750",
    ]
    assert maths(frame, "W")[0] == r"t \cdot d = 0.04167 \cdot \left(-2.000\right) = -0.08333"
    assert texts(frame, "W")[3].endswith("for the first element of W:")


def test_a_step_of_lbfgs_says_how_often_it_ran_the_closure() -> None:
    runs = LBFGS.format(most=4).replace("    return loss", "    counts.append(1)\n    return loss")
    counts: list[int] = []
    exec(runs, {"counts": counts})
    said = texts(viz.run(LBFGS.format(most=4))[-1], "W")
    assert f"ran the closure {len(counts)} times" in said[1]
    assert said[2].endswith("last moves, at most 100 of them.")


def test_where_the_gradient_is_zero_lbfgs_moves_nothing() -> None:
    frame = viz.run(LBFGS.format(most=4).replace("(W * W).sum() + b * b", "(W * 0).sum() + b * 0"))[-1]
    assert texts(frame, "W")[2] == "No element of a gradient exceeds tolerance_grad, so no parameter moves."


def test_each_group_of_parameters_is_explained_with_its_own_options() -> None:
    source = SOURCE.format(name="SGD", arguments="", dtype="").replace(
        "[W, v, b]", "[{'params': [W], 'lr': 0.1}, {'params': [v, b], 'lr': 0.25, 'momentum': 0.5}]"
    )
    frame = viz.run(source)[-1]
    assert r"\mathrm{momentum\_buffer}" not in "".join(maths(frame, "W"))
    assert r"\mathrm{momentum\_buffer}" in "".join(maths(frame, "b"))
    assert any("0.25 \\cdot" in line for line in maths(frame, "b"))
    assert not any(NOT_TORCHS in text for name in "Wvb" for text in texts(frame, name))
