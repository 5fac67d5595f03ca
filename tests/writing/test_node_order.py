"""The order of the Nodes inside a statement: forward inputs first, backward as in PyTorch's engine."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

import viz
from tests.programs import LINE
from viz.frames.graph import Graph
from viz.writing.node_order import node_order

SETUP = "import torch\nw = torch.tensor([2.0], requires_grad=True)\n"


def _steps(source: str, statement: int) -> list[list[str]]:
    """The steps inside a statement of the first iteration, each with the names of its Nodes."""
    frames = viz.run(source, 1).iteration(0)
    graph = frames[statement].graph
    before = frames[statement - 1].graph if statement else Graph()
    steps = node_order(frames[statement], before)
    return [[graph.nodes[node].name or graph.nodes[node].variable or "" for node in step] for step in steps]


def _note(order: list[str], name: str, *_: object) -> None:
    order.append(name)


def test_a_forward_line_builds_inputs_before_their_users() -> None:
    assert _steps(LINE, 1) == [["MulBackward0", "AccumulateGrad", "x"], ["AddBackward0", "AccumulateGrad"]]
    assert _steps(LINE, 2) == [["MseLossBackward0", "y"]]


def test_a_backward_visits_in_the_engines_order() -> None:
    order: list[str] = []
    w = torch.tensor([2.0], requires_grad=True)
    square: Any = w * w
    loss: Any = (square + w.exp()).sum()
    nodes = [loss.grad_fn, loss.grad_fn.next_functions[0][0]]
    nodes += [function for function, _ in nodes[1].next_functions]
    nodes.append(square.grad_fn.next_functions[0][0])
    for node in nodes:
        node.register_hook(partial(_note, order, type(node).__name__))
    loss.backward()
    source = SETUP + "square = w * w\nloss = (square + w.exp()).sum()\nloss.backward()\n"
    assert [name for (name,) in _steps(source, 4)] == order


def test_a_statement_that_builds_and_visits_nothing_has_no_steps() -> None:
    assert _steps(LINE, 0) == []
    assert _steps(LINE, 4) == []


def test_a_long_chain_is_built_from_its_beginning() -> None:
    source = SETUP + "z = " + " + ".join(["w"] * 90) + "\n"
    steps = _steps(source, 2)
    assert len(steps) == 89
    assert steps[0] == ["AddBackward0", "AccumulateGrad"]
    assert all(step == ["AddBackward0"] for step in steps[1:])
