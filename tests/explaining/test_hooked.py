"""A gradient that a hook changed is told from the sum of what was sent."""

from __future__ import annotations

import pytest

import viz
from viz.explaining.blocks import Text
from viz.explaining.chain import explain_chain
from viz.explaining.check import Checks
from viz.explaining.nodes import explain_node
from viz.frames.frame import Frame
from viz.frames.hooked import changed_by_hooks, led_from
from viz.language import Program
from viz.language.compiler.parsing import parse
from viz.writing.sentences import sentence

HEAD = """\
import torch
w = torch.tensor([0.5, -1.0], requires_grad=True)
x = torch.tensor([1.0, 2.0])
y = w * x
"""
#: A hook multiplies the gradient of y by ten.
CHANGED = f"{HEAD}y.register_hook(lambda grad: grad * 10)\ny.pow(2).sum().backward()\n"


def last(source: str) -> Frame:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    return tape[-1]


def names(frame: Frame, nodes: frozenset[int]) -> set[str | None]:
    return {frame.graph.nodes[one].variable for one in nodes}


def test_the_node_whose_gradient_a_hook_changed_is_found() -> None:
    frame = last(CHANGED)
    changed = changed_by_hooks(frame.graph)
    assert names(frame, changed) == {"y"}
    assert names(frame, led_from(frame.graph, changed)) == {"y", "w"}


@pytest.mark.parametrize(
    "lines",
    [
        "y.pow(2).sum().backward()",
        "y.register_hook(lambda grad: print(grad))\ny.pow(2).sum().backward()",
        "z = (w * 0.1).sum() + (y * 0.3).sum() + y.exp().sum()\nz.backward()",
        "z = w.expand(3, 2).sum() + w[0] * 1e8\nz.backward()",
        "z = (y / 0).sum() + y.sum()\nz.backward()",
        "z = w.half().sum() + w.double().sum()\nz.backward()",
        "torch.autograd.grad(y.sum() + w.sum(), w)",
    ],
)
def test_rounding_is_no_hook(lines: str) -> None:
    assert changed_by_hooks(last(HEAD + lines).graph) == frozenset()


def test_a_hook_on_a_sum_and_one_in_place_are_found() -> None:
    added = last(f"{HEAD}w.register_hook(lambda grad: grad + 1)\n(y.sum() + w.sum()).backward()")
    assert names(added, changed_by_hooks(added.graph)) == {"w"}
    in_place = last(f"{HEAD}y.register_hook(lambda grad: grad.mul_(2))\ny.pow(2).sum().backward()")
    assert names(in_place, changed_by_hooks(in_place.graph)) == {"y"}


def test_the_page_says_that_a_hook_changed_it() -> None:
    frame = last(CHANGED)
    y, w = (next(one for one in frame.graph.nodes if one.variable == name) for name in ("y", "w"))
    received = next(one for one in explain_node(frame, y.id) if one.heading == "Received")
    assert received.blocks[0] == Text(
        "A hook of the program changed the gradient that arrived, so [10.00, −40.00] went on."
    )
    said = explain_chain(frame, w.id)[-1].blocks[0]
    assert isinstance(said, Text)
    assert said.text.startswith("A hook of the program changed the gradient at `y` during the backward.")


def test_a_line_says_that_backward_will_call_the_hook() -> None:
    tape = viz.run(f"{HEAD}y.register_hook(lambda grad: None)\n")
    said = "From here on, backward calls a hook with the gradient of y, and goes on with what it returns"
    assert sentence(tape[-1]) == f"{said}, if anything."
    bound = viz.run(f"{HEAD}handle = y.register_hook(lambda grad: None)\n")
    assert sentence(bound[-1]) == "handle is an object of the class RemovableHandle."


def test_the_check_leaves_open_what_a_hook_changed() -> None:
    program: Program = parse(CHANGED)
    frames = list(viz.run(CHANGED))
    checks = Checks(program, frames, frames[-1])
    verdicts = {
        one.variable or one.name: checks.of(one.id).agrees for one in frames[-1].graph.nodes if one.received
    }
    assert verdicts == {"w": None, "y": None, "PowBackward0": True, "SumBackward0": True}
    y = next(one.id for one in frames[-1].graph.nodes if one.variable == "y")
    assert checks.of(y).text.startswith("A hook of the program changed a gradient on the way here")
