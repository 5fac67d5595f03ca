"""A program's own `torch.autograd.Function` is one of torch's: same numbers, same Node, checked like any other."""

from __future__ import annotations

import pytest

import viz
from tests.language.traced import told, traced
from viz.explaining.check import Checks
from viz.frames.plain import Problem

SQUARE = """\
import torch
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, n=2):
        ctx.save_for_backward(x)
        ctx.n = n
        return x * x
    @staticmethod
    def backward(ctx, grad_output):
        x, = ctx.saved_tensors
        needed = ctx.needs_input_grad
        print(needed)
        return grad_output * ctx.n * x, None
W = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
"""


def last_values(source: str) -> None:
    """Check that all names end with Python's values. The lines of a backward make no frames."""
    expected, error = traced(source)
    tape = viz.run(source)
    assert error is None and tape.error is None, (error, tape.error)
    assert told(tape[-1]) == expected[-1][1]


PROGRAMS = {
    "applied": "y = Square.apply(W)\ny.sum().backward()\ng = W.grad * 1",
    "with a number": "y = Square.apply(W, 3)\n(y * y).sum().backward()",
    "under another name": "square = Square.apply\ny = square(square(W))\ny.sum().backward()",
    "in a function and a loop": """\
def f(a):
    return Square.apply(a)
h = W
for i in [1, 2]:
    h = f(h)
h.sum().backward()
""",
    "in the loop of the iterations": """\
for step in range(3):
    W.grad = None
    loss = Square.apply(W).sum()
    loss.backward()
""",
    "without a gradient": "y = Square.apply(W.detach())\nr = y.requires_grad",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_computes_what_python_computes(name: str) -> None:
    last_values(SQUARE + PROGRAMS[name])


def test_its_node_has_its_name_what_it_saved_and_its_gradients() -> None:
    tape = viz.run(SQUARE + "y = Square.apply(W)\ny.sum().backward()")
    node = next(one for one in tape[-1].graph.nodes if one.name == "SquareBackward")
    assert node.variable == "y" and node.value == [1.0, 4.0, 9.0]
    assert [(one.name, one.value, one.variable) for one in node.saved] == [
        ("saved_tensors[0]", [1.0, 2.0, 3.0], "W")
    ]
    assert node.received == ([1.0, 1.0, 1.0],)
    assert node.sent[0] == [2.0, 4.0, 6.0]
    assert node.freed


def test_its_forward_has_frames_and_output_of_its_backward_belongs_to_the_line_that_called_it() -> None:
    tape = viz.run(SQUARE + "y = Square.apply(W)\ny.sum().backward()")
    assert [frame.line for frame in tape] == [1, 2, 14, 5, 6, 7, 15, 16]
    assert tape[-1].printed == "(True,)\n"
    assert "ctx" in tape[3].variables and "ctx" not in tape[-1].variables


def test_a_correct_derivative_agrees_with_the_differences() -> None:
    tape = viz.run(SQUARE + "y = Square.apply(W * 2)\nloss = (y * W).sum()\nloss.backward()")
    checks = Checks(tape.program, tape, tape[-1])
    nodes = [one for one in tape[-1].graph.nodes if one.kind != "data"]
    assert len(nodes) == 5
    for node in nodes:
        assert checks.of(node.id).agrees, node


def test_a_wrong_derivative_is_found() -> None:
    tape = viz.run(SQUARE.replace("ctx.n * x", "3 * x") + "y = Square.apply(W)\ny.sum().backward()")
    one = Checks(tape.program, tape, tape[-1]).of(0)
    assert not one.agrees
    assert one.shown == (3.0, 6.0, 9.0)
    assert one.numeric == pytest.approx([2.0, 4.0, 6.0])


def stops(source: str) -> Problem:
    try:
        problem = viz.run(source).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    return problem


@pytest.mark.parametrize("given", ["ctx", "Square", "2.0, None", "[grad_output]", "grad_output, 'x'"])
def test_a_backward_that_returns_no_gradients_is_told_what_to_return(given: str) -> None:
    source = SQUARE.replace("grad_output * ctx.n * x, None", given) + "Square.apply(W).sum().backward()"
    error = viz.run(source).error
    assert error is not None and error.line == source.count("\n") + 1
    assert error.kind == "Refused"
    assert error.message == "Square.backward returns the gradient of each argument of forward: a tensor, or None."


def test_an_error_in_a_backward_is_shown_on_its_line() -> None:
    wrong = SQUARE.replace("needed = ctx.needs_input_grad", "needed = [1][5]")
    problem = stops(wrong + "Square.apply(W).sum().backward()")
    assert (problem.line, problem.kind, problem.message) == (11, "IndexError", "list index out of range")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("torch.autograd.Function", "torch.autograd.Function, W", "has one base and no decorator"),
        ("torch.autograd.Function", "torch.autograd.Function, metaclass=W", "has one base and no decorator"),
        ("    @staticmethod\n    def forward", "    def forward", "`@staticmethod`"),
        ("    @staticmethod\n    def forward", "    @classmethod\n    def forward", "`@staticmethod`"),
        ("    @staticmethod\n    def forward", "    @staticmethod\n    @W\n    def forward", "`@staticmethod`"),
        ("def forward", "def __init__", "`forward` and `backward`"),
        ("def forward", "def setup_context", "`forward` and `backward`"),
        ("def backward", "def forward", "`backward(ctx, …)`"),
        ("    @staticmethod\n    def forward", "    size = 3\n    @staticmethod\n    def forward", "only"),
        ("forward(ctx, x, n=2)", "forward()", "first argument"),
        ("ctx.n = n", "ctx.__class__ = n", "underscore"),
        ("ctx.n = n", "ctx.n = ctx.saved_tensors = n", "torch's own"),
        ("ctx.n = n", "ctx.mark_dirty(x)", "`.mark_dirty`"),
        ("ctx.n = n", "y = ctx.__dict__", "underscore"),
        ("ctx.n * x", "ctx.m * x", "`.m`"),
        ("ctx.n * x", "ctx.real * x", "`.real`"),
        ("ctx.n * x", "ctx.kept * x", "`.kept`"),
        ("@staticmethod\n    def backward", "@staticmethod\n    @staticmethod\n    def backward", "nothing else"),
    ],
)
def test_unsupported_classes_are_refused(old: str, new: str, named: str) -> None:
    assert named in stops(SQUARE.replace(old, new, 1) + "Square.apply(W).sum().backward()").message


@pytest.mark.parametrize(
    ("line", "named"),
    {
        "Square.forward(W)": "`.forward`",
        "Square.real": "`.real`",
        "Square(W)": "cannot be called",
        "Square.apply(W, f=1)": "`f`",
        "Square.apply(Square)": "takes no `Square`",
        "Square.apply(lambda: 1)": "takes no function",
        "Square.apply = W": "`.apply` cannot be assigned",
        "torch.autograd.Function()": "cannot be called",
        "def f():\n    class A(torch.autograd.Function): pass": "is defined outside of functions here",
    }.items(),
)
def test_unsupported_uses_of_a_class_are_refused(line: str, named: str) -> None:
    assert named in stops(SQUARE + line).message


def test_a_list_that_a_backward_changes_is_read_once_more() -> None:
    source = """\
import torch

seen = []

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        seen.append(1)
        return g * 2

W = torch.tensor([0.5], requires_grad=True)
loss = Double.apply(W).sum()
loss.backward()
"""
    held = [frame.variables["seen"].text for frame in viz.run(source)[-2:]]
    assert held == ["[]", "[1]"]
