"""Every number of a tape is the one that plain Python gets from the same source, to the last bit."""

from __future__ import annotations

import pytest

import viz
from tests.language.reference import frame_snapshot, python_snapshots
from viz.catalog import DEFAULT_PROGRAM, LOSSES, OPTIMIZERS

LINEAR = """\
import torch
from torch import nn, optim

x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([0.0, 1.0, 0.25, 0.75])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = {loss}
optimizer = {optimizer}

for iteration in range(50):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y){after}
    loss.backward()
    optimizer.step()
"""

#: Arguments that take each optimizer down its other paths.
OTHER_ARGUMENTS = {
    "SGD": "lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True",
    "Adam": "lr=0.1, betas=(0.8, 0.99), weight_decay=0.01, amsgrad=True",
    "AdamW": "lr=0.1, weight_decay=0.1, maximize=True",
    "Adamax": "lr=0.1, weight_decay=0.01",
    "NAdam": "lr=0.1, momentum_decay=0.01, decoupled_weight_decay=True, weight_decay=0.01",
    "RAdam": "lr=0.1, weight_decay=0.01, decoupled_weight_decay=True",
    "RMSprop": "lr=0.05, alpha=0.9, momentum=0.5, centered=True",
    "Rprop": "lr=0.05, etas=(0.4, 1.3), step_sizes=(1e-4, 1.0)",
    "Adagrad": "lr=0.2, lr_decay=0.01, initial_accumulator_value=0.1",
    "Adadelta": "lr=2.0, rho=0.8, weight_decay=0.01",
    "ASGD": "lr=0.1, lambd=0.01, t0=10.0",
    "Adafactor": "lr=0.1, d=2.0, weight_decay=0.01",
}


def same_as_python(source: str) -> int:
    """Compare a program's tape with Python, frame by frame; the number of frames."""
    tape = viz.run(source)
    assert tape.error is None, tape.error
    expected = list(python_snapshots(source))
    assert [frame.line for frame in tape] == [line for line, _ in expected]
    for frame, (_, snapshot) in zip(tape, expected, strict=True):
        assert frame_snapshot(frame) == snapshot
    return len(tape)


def linear(loss: str = "nn.MSELoss()", optimizer: str = "optim.SGD([W, b], lr=0.1)", after: str = "") -> str:
    """The linear model with another loss or optimizer."""
    return LINEAR.format(loss=loss, optimizer=optimizer, after=after)


def test_the_program_that_the_page_opens_on() -> None:
    assert same_as_python(DEFAULT_PROGRAM.read_text(encoding="utf-8")) > 500


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer_steps_as_in_python(name: str) -> None:
    assert same_as_python(linear(optimizer=f"optim.{name}([W, b])")) == 258


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer_steps_as_in_python_with_other_arguments(name: str) -> None:
    assert same_as_python(linear(optimizer=f"optim.{name}([W, b], {OTHER_ARGUMENTS[name]})")) == 258


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", [entry.name for entry in LOSSES])
def test_every_loss_is_as_in_python(name: str, reduction: str) -> None:
    after = ".mean()" if reduction == "none" else ""
    assert same_as_python(linear(loss=f"nn.{name}(reduction='{reduction}')", after=after)) == 258


@pytest.mark.parametrize(
    "loss", ["nn.SmoothL1Loss(beta=0.1)", "nn.SmoothL1Loss(beta=0.0)", "nn.HuberLoss(delta=0.2)"]
)
def test_the_losses_own_arguments_are_as_in_python(loss: str) -> None:
    assert same_as_python(linear(loss=loss)) == 258


def test_float64_stays_float64() -> None:
    source = linear().replace("1.5]", "1.5], dtype=torch.float64").replace("[0.5],", "[0.5], dtype=torch.float64,")
    assert same_as_python(source) == 258
    assert viz.run(source, 1)[-1].variables["W"].dtype == "float64"


def test_a_diverging_run_goes_on_through_inf_and_nan() -> None:
    source = linear(optimizer="optim.SGD([W, b], lr=1e9)")
    assert same_as_python(source) == 258
    assert repr(viz.run(source)[-1].variables["loss"].value) == "nan"
