"""Each cell of a picture is an element of torch's own tensor: its place, and its number."""

from __future__ import annotations

import pytest
import torch

import viz
from viz.explaining.shown_tensor import shown_cells
from viz.frames.frame import SETUP
from viz.slots import gradient_slot, value_slot
from viz.writing.numbers import flat, number
from viz.writing.part_drawing import part_drawing

SOURCE = """\
import torch
x = torch.arange(6.0).reshape(2, 3)
W = torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 3.0]], requires_grad=True)
optimizer = torch.optim.SGD([W], lr=0.5)
for iteration in range(3):
    optimizer.zero_grad()
    loss = (x @ W).square().mean()
    loss.backward()
    optimizer.step()
"""
ZERO, LOSS, BACKWARD, STEP = range(4)


def _cells(statement: int, slot: str, iteration: int = 1) -> list[list[str]]:
    tape = viz.run(SOURCE)
    return shown_cells(tape, part_drawing(tape, iteration), statement, slot)


def _weights() -> list[torch.Tensor]:
    """In iteration 1, W before the step, its gradient and W after the step, as plain PyTorch computes them."""
    x = torch.arange(6.0).reshape(2, 3)
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 3.0]], requires_grad=True)
    (grad,) = torch.autograd.grad((x @ w).square().mean(), w)
    after = (w - 0.5 * grad).detach().requires_grad_()
    (grad,) = torch.autograd.grad((x @ after).square().mean(), after)
    return [after.detach(), grad, after.detach() - 0.5 * grad]


def _texts(tensor: torch.Tensor) -> list[list[str]]:
    rows, columns = tensor.shape
    numbers = [number(one) for one in flat(tensor.tolist())]
    places = [f"[{row}, {column}]" for row in range(rows) for column in range(columns)]
    return [list(pair) for pair in zip(places, numbers, strict=True)]


def test_the_cells_of_boxes_and_ledger_are_those_of_plain_pytorch() -> None:
    value, grad, new = _weights()
    leaf = next(one.id for one in viz.run(SOURCE).iteration(1)[-1].graph.nodes if one.variable == "W")
    assert _cells(LOSS, value_slot(leaf)) == _cells(ZERO, "l0.value") == _texts(value)
    assert _cells(BACKWARD, gradient_slot(leaf)) == _cells(BACKWARD, "l0.contribution") == _texts(grad)
    assert _cells(STEP, value_slot(leaf)) == _cells(STEP, "l0.new") == _texts(new)


def test_what_shows_no_tensor_has_no_cells() -> None:
    assert _cells(LOSS, "l0.after") == _cells(BACKWARD, "l0.before") == _cells(STEP, "l7.value") == []
    assert _cells(0, "l0.value", SETUP) == []
    assert _cells(2, "l0.value", SETUP) == _texts(torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 3.0]]))


def test_a_block_is_its_element_of_largest_size() -> None:
    source = "import torch\nw = torch.zeros(40, 2, requires_grad=True)\nv = w + 0\n"
    source = source.replace("v = w", "x = torch.eye(40)[:, :2] * torch.tensor([-3.0, 7.0])\nv = x + w")
    tape = viz.run(source)
    node = next(one.id for one in tape.iteration(0)[-1].graph.nodes if one.name == "AddBackward0")
    cells = shown_cells(tape, part_drawing(tape, 0), 3, value_slot(node))
    assert len(cells) == 40
    assert cells[:2] == [["[0, 0]", number(-3.0)], ["[1, 1]", number(7.0)]]


def test_a_part_without_the_statement_is_refused() -> None:
    with pytest.raises(IndexError):
        _cells(99, "l0.value")
