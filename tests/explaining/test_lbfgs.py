"""A step of LBFGS is explained by its closure calls and its last direction."""

from __future__ import annotations

import pytest

import viz
from tests.explaining.optimizer_steps import maths, texts

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


def test_the_first_move_of_lbfgs_goes_against_the_gradient_as_far_as_in_torch() -> None:
    frame = viz.run(LBFGS.format(most=1))[-1]
    said = texts(frame, "b")
    assert said[1:4] == [
        "This step ran the closure once and computed a direction once.",
        "The first direction is opposite to the gradient g: d is -g.",
        "The last direction d and the length t of the move along it, for b:",
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


def test_with_a_zero_gradient_lbfgs_moves_nothing() -> None:
    frame = viz.run(LBFGS.format(most=4).replace("(W * W).sum() + b * b", "(W * 0).sum() + b * 0"))[-1]
    assert texts(frame, "W")[2] == "No element of a gradient exceeds tolerance_grad, so no parameter moves."


@pytest.mark.parametrize("most", ["0", "0.0", "-1"])
def test_lbfgs_without_an_iteration_moves_nothing(most: str) -> None:
    frame = viz.run(LBFGS.format(most=most))[-1]
    assert texts(frame, "W")[2] == f"max_iter is {most}, so no parameter moves."


def test_lbfgs_with_a_part_of_an_iteration_has_one() -> None:
    frame = viz.run(LBFGS.format(most="0.5"))[-1]
    assert "computed a direction once" in texts(frame, "W")[1]
