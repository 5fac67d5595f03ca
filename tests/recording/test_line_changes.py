"""An in-place change is recorded under the name that holds the tensor, with torch's own values."""

from __future__ import annotations

import torch

import viz
from viz.frames.frame import Frame


def last(program: str) -> Frame:
    """Return the last frame of a program that runs without an error."""
    tape = viz.run(program)
    assert tape.error is None, tape.error
    return tape[-1]


def test_a_leaf_that_one_line_makes_stop_requiring_a_gradient_and_changes_has_a_node() -> None:
    program = """\
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
v = torch.tensor([3.0, 4.0], requires_grad=True)
w.requires_grad_(False).mul_(v)
"""
    frame = last(program)
    variable = frame.variables["w"]
    assert (variable.is_leaf, variable.requires_grad, variable.grad_fn) == (False, True, "MulBackward0")
    assert variable.node in {node.id for node in frame.graph.nodes}


FUNCTION = """\
import torch
def f(a):
    return a
"""


def test_a_change_before_a_call_is_under_another_name_of_the_tensor_if_the_line_rebinds_the_first() -> None:
    frame = last(FUNCTION + "w = torch.tensor([0.25, 0.5])\nu = w\nw = f(w.mul_(2)) + 1\n")
    changed = [(one.name, one.what, one.before, one.after) for one in frame.changes]
    assert changed == [("u", "value", [0.25, 0.5], [0.5, 1.0])]


def test_changes_before_two_calls_join_into_the_difference_in_the_tensors_dtype() -> None:
    start = torch.tensor(0.1, dtype=torch.float16)
    end = start.add(500.0).add(500.0)
    program = (
        "w = torch.tensor(0.1, dtype=torch.float16, requires_grad=True)\n"
        "with torch.no_grad():\n    y = f(w.add_(500.)) + f(w.add_(500.))\n"
    )
    (change,) = last(FUNCTION + program).changes
    assert (change.before, change.after) == (start.item(), end.item())
    assert change.difference == (end - start).item() == 1000.0
