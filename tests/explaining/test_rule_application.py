"""Explanations follow torch for parameters that are in an optimizer twice, state in float32, and nan."""

from __future__ import annotations

import pytest
import torch

import viz
from tests.explaining.optimizer_steps import NAMES, NOT_TORCHS, maths, texts
from viz.explaining.optimizer_rules import RULES
from viz.explaining.optimizers import explain_step
from viz.explaining.rule_application import applications
from viz.frames.events import Scheduled, Stepped, Update
from viz.frames.frame import Frame
from viz.writing.numbers import flat
from viz.writing.sentences import sentence

#: A parameter twice, one that shares its memory with another, and one that is a part of another.
TWICE = """\
import torch
from torch import nn, optim
W = torch.tensor([[0.5, -1.0, 1.5], [2.0, 0.25, -0.75]], dtype=torch.float64, requires_grad=True)
v = torch.tensor([[0.5, 1.0], [-0.5, 2.0]], dtype=torch.float64, requires_grad=True)
u = nn.Parameter(v.detach())
optimizer = optim.{name}([W, v, {more}], lr=0.1{arguments})
for iteration in range(4):
    optimizer.zero_grad()
    loss = (W * W).sum() + (v * v * v).sum() + (u * 3 - 1).pow(2).sum()
    loss.backward()
    optimizer.step()
"""
#: Options that change how the state and the repeated updates depend on each other.
ARGUMENTS = {
    "SGD": ("", ", momentum=0.9, weight_decay=0.1", ", momentum=0.9, nesterov=True, maximize=True"),
    "Adam": ("", ", amsgrad=True, weight_decay=0.1"),
    "AdamW": ("", ", amsgrad=True"),
    "RMSprop": ("", ", centered=True, momentum=0.5"),
    "ASGD": ("", ", t0=1.0, lambd=0.1, weight_decay=0.1"),
}


def stepped(frame: Frame) -> Stepped:
    assert isinstance(frame.event, Stepped)
    return frame.event


def steps(source: str) -> list[Frame]:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    return [frame for frame in tape if isinstance(frame.event, Stepped)]


def update_of(frame: Frame, name: str) -> Update:
    return next(one for one in stepped(frame).updates if one.name == name)


@pytest.mark.parametrize("more", ["W", "u, W, W"])
@pytest.mark.parametrize(
    ("name", "arguments"), [(name, one) for name in NAMES for one in ARGUMENTS.get(name, ("",))]
)
def test_the_updates_of_a_parameter_end_with_torchs_value(name: str, arguments: str, more: str) -> None:
    source = TWICE.format(name=name, arguments=arguments, more=more)
    for frame in steps(source):
        for update in stepped(frame).updates:
            made = applications(RULES[name], stepped(frame), update)
            wanted = {"W": 1 + more.count("W"), "v": 1 + more.count("u"), "u": 2}
            assert len(made) == wanted[update.name]
            after = torch.tensor(update.after, dtype=torch.float64)
            torch.testing.assert_close(made[-1].after, after, rtol=1e-10, atol=1e-13)
            assert not any(NOT_TORCHS in text for text in texts(frame, update.name))


def test_a_parameter_that_is_listed_twice_is_explained_step_by_step() -> None:
    source = """\
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.SGD([w, w], lr=0.1)
loss = (w * w).sum()
loss.backward()
opt.step()
"""
    (frame,) = steps(source)
    (update,) = stepped(frame).updates
    # By hand: 1 - 0.1 * 2 = 0.8, and again 0.8 - 0.1 * 2 = 0.6.
    assert update.after == pytest.approx([0.6, 1.2])
    assert update.change == pytest.approx([-0.4, -0.8])
    assert update.places == (0, 1)
    assert [part.heading for part in explain_step(frame, "w")] == [
        "SGD: the step of w",
        "SGD: update 1 of 2, of w",
        "Every element",
        "SGD: update 2 of 2, of w",
        "Every element",
        "The new value",
    ]
    numbers = [one for one in maths(frame, "w") if "0.1" in one]
    assert numbers == [
        r"\mathrm{w} \leftarrow 1 - 0.1 \cdot 2 = 0.8000",
        r"\mathrm{w} \leftarrow 0.8000 - 0.1 \cdot 2 = 0.6000",
    ]
    assert "w is in the optimizer twice. torch updates it each time, from the last result." in texts(frame, "w")
    assert sentence(frame) == "SGD moved w from [1.000, 2.000] to [0.6000, 1.200] with lr 0.1."


def test_parameters_with_the_same_memory_are_moved_by_each_others_updates() -> None:
    frame = steps(TWICE.format(name="SGD", arguments="", more="u"))[0]
    assert update_of(frame, "v").shares == ("u",)
    assert update_of(frame, "v").after == update_of(frame, "u").after
    assert (
        texts(frame, "u")[1]
        == "u and v share the same memory. torch updates it twice, each time from the last result."
    )
    assert [part.heading for part in explain_step(frame, "u")][1:4:2] == [
        "SGD: update 1 of 2, of v",
        "SGD: update 2 of 2, of u",
    ]


def test_for_parameters_that_overlap_the_result_is_shown_without_a_rule() -> None:
    source = TWICE.format(name="SGD", arguments="", more="part").replace(
        "optimizer =", "part = nn.Parameter(v.detach()[0])\noptimizer =", 1
    )
    frame = steps(source.replace("(u * 3", "(part * 3"))[0]
    said = texts(frame, "v")
    assert said[0] == (
        "v shares part of its memory with part, and a step of one moves both, so no formulas are shown."
    )
    assert maths(frame, "v")[-1].endswith(f"= {update_of(frame, 'v').after[0][0]:.4f}")  # type: ignore[index]


def test_a_parameter_without_a_gradient_is_moved_by_the_update_of_the_one_that_shares_its_memory() -> None:
    source = TWICE.format(name="SGD", arguments="", more="u").replace("(v * v * v)", "(W * 2)")
    frame = steps(source)[0]
    assert update_of(frame, "v").grad is None
    assert update_of(frame, "v").before != update_of(frame, "v").after
    assert not any("skips v" in text for text in texts(frame, "v"))
    made = applications(RULES["SGD"], stepped(frame), update_of(frame, "v"))
    assert [applied.update.name for applied in made] == ["u"]
    assert flat(made[-1].after.tolist()) == pytest.approx(flat(update_of(frame, "v").after))


def test_state_that_torch_keeps_in_float32_is_in_float32_in_the_explanation() -> None:
    source = """\
import torch
w = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
opt = torch.optim.{name}([w], lr=0.1)
for k in range(3):
    opt.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    opt.step()
"""
    for name, kept in {"ASGD": "eta", "NAdam": "mu_product"}.items():
        for frame in steps(source.format(name=name)):
            (update,) = stepped(frame).updates
            (turn,) = applications(RULES[name], stepped(frame), update)
            made = next(float(one.value) for one in turn.lines if one.line.name == kept)
            assert made == update.state_after[kept] == float(torch.tensor(made, dtype=torch.float32))
            assert not any(NOT_TORCHS in text for text in texts(frame, "w"))
            assert any("torch keeps in float32" in text for text in texts(frame, "w"))


def test_the_step_size_of_rprop_is_not_lr_and_the_sentences_say_so() -> None:
    source = """\
import torch
w = torch.tensor([3.0], requires_grad=True)
opt = torch.optim.{name}([w], lr=0.1)
sch = torch.optim.lr_scheduler.StepLR(opt, step_size=1, gamma=0.1)
for k in range(2):
    opt.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    opt.step()
    sch.step()
"""
    said = {}
    for name in ("Rprop", "ASGD", "Adafactor", "Adam"):
        tape = viz.run(source.format(name=name))
        said[name] = [sentence(one) for one in tape if isinstance(one.event, (Stepped, Scheduled))][:3]
    # By hand: Rprop's first step is 0.1, the second one 1.2 times as long, whatever lr is.
    assert said["Rprop"] == [
        "Rprop moved w from 3.000 to 2.900.",
        "StepLR changed lr from 0.1 to 0.01; Rprop reads lr at a parameter's first step only.",
        "Rprop moved w from 2.900 to 2.780.",
    ]
    assert said["ASGD"][1].endswith("; ASGD sets the size of a step from lr at the end of the step before.")
    assert said["Adafactor"][1].endswith("; Adafactor takes lr or 1/√step, whichever is smaller.")
    assert said["Adam"][1] == "StepLR changed lr from 0.1 to 0.01 for the following steps."
    assert said["Adam"][0].endswith("with lr 0.1.")


def test_a_new_lr_for_asgd_takes_effect_in_the_step_after_the_next() -> None:
    """The sentence about ASGD says this."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.ASGD([w], lr=0.1, lambd=0.0)
    moved = []
    for lr in (0.1, 0.5, 0.5):
        optimizer.param_groups[0]["lr"] = lr
        w.grad = torch.ones(1)
        before = w.item()
        optimizer.step()
        moved.append(before - w.item())
    assert moved == pytest.approx([0.1, 0.1, 0.5], rel=1e-4)


#: Gradients that torch treats in a special way.
STRANGE = {
    "nan": "float('nan')",
    "inf": "1e400",
    "-inf": "-1e400",
    "0": "0.0",
    "tiny": "1e-30",
    "huge": "1e30",
}
DTYPES = ("float64", "float32", "float16", "bfloat16")


#: Optimizers in which the step of each element depends on the others.
NOT_POINTWISE = ("Adafactor", "Muon")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_at_nan_inf_and_0_the_lines_have_torchs_value(name: str, dtype: str) -> None:
    half = {"tiny": "1e-5", "huge": "3e4"} if "16" in dtype else {}
    factors = list((STRANGE | half).values())
    rows = [[one, "1.0"] for one in factors] if name in NOT_POINTWISE else [[*factors, "1.0"]]
    for row in rows:
        for arguments in ARGUMENTS.get(name, ("",)):
            source = f"""\
import torch
factor = torch.tensor([[{", ".join(row)}], [{", ".join(["1.0"] * len(row))}]], dtype=torch.{dtype})
W = torch.linspace(-1.0, 2.0, {2 * len(row)}, dtype=torch.{dtype}).reshape(2, {len(row)}).requires_grad_()
optimizer = torch.optim.{name}([W], lr=0.1{arguments})
for iteration in range(4):
    W.grad = (factor if iteration > 0 else torch.ones_like(W)) * (iteration - 1.5)
    optimizer.step()
"""
            for frame in steps(source):
                said = [text for text in texts(frame, "W") if NOT_TORCHS in text]
                assert said == [], (row, arguments, frame.iteration, stepped(frame).updates, said)


def test_nan_in_the_state_of_adamax_is_written_as_nan() -> None:
    source = """\
import torch
w = torch.tensor([2.0], requires_grad=True)
opt = torch.optim.Adamax([w], lr=0.1)
loss = (w * float("nan")).sum()
loss.backward()
opt.step()
"""
    (frame,) = steps(source)
    written = maths(frame, "w")
    assert update_of(frame, "w").state_after["exp_inf"] == pytest.approx([float("nan")], nan_ok=True)
    assert any(
        one.startswith(r"\mathrm{exp\_inf} \leftarrow") and one.endswith(r"= \mathrm{nan}") for one in written
    )
    assert not any(r"{0}" in one for one in written if "frac" in one)
