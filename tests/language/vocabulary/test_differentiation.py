"""`torch.autograd.grad`, `create_graph`, `retain_grad`: the rest of autograd besides `backward()`."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch

import viz
from tests.language.traced import told, traced
from viz.explaining.chain import explain_chain
from viz.explaining.check import CannotCheck, Checks
from viz.explaining.nodes import explain_node
from viz.frames.events import Backward, Retained
from viz.frames.frame import Frame
from viz.language.interpreter import Interpreter
from viz.watching.silent import Silent
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence

NEWTON = """\
import torch
W = torch.tensor([2.0, -1.5], dtype=torch.float64, requires_grad=True)
for iteration in range(6):
    loss = (W**4 / 4 - W).sum()
    (slope,) = torch.autograd.grad(loss, W, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), W)
    with torch.no_grad():
        W -= slope / curvature
"""

PENALTY = """\
import torch
x = torch.tensor([1.0, -2.0, 0.5])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.25], requires_grad=True)
for iteration in range(4):
    W.grad = None
    b.grad = None
    y = W * x + b
    y.retain_grad()
    loss = (torch.tanh(y) ** 2).mean()
    loss.backward(create_graph=True)
    penalty = (W.grad ** 2).sum() + b.grad.exp().sum()
    penalty.backward()
    g = y.grad
    with torch.no_grad():
        W -= 0.1 * W.grad
        b -= 0.1 * b.grad
"""

OTHERS = """\
import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
c = torch.tensor([3.0, -1.0], requires_grad=True)
unused = torch.tensor([1.0], requires_grad=True)
y = a * c
z = y.sin()
u, v = torch.autograd.grad(z, [a, y], torch.tensor([1.0, 0.5]), retain_graph=True)
(w,) = torch.autograd.grad(outputs=z.sum(), inputs=c, retain_graph=True)
given = torch.autograd.grad(z.sum(), (a, unused), allow_unused=True, retain_graph=True)
p, q = torch.autograd.grad([z.sum()], (a, unused), materialize_grads=True, allow_unused=True)
"""


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("source", [NEWTON, PENALTY, OTHERS])
def test_every_line_has_the_same_effect_as_in_python(source: str) -> None:
    expected, error = traced(source)
    tape = viz.run(source)
    assert error is None and tape.error is None
    lines = [one for one in expected if not source.splitlines()[one[0] - 1].startswith("for")]
    assert [frame.line for frame in tape] == [line for line, _ in lines]
    for frame, (line, held) in zip(tape, lines, strict=True):
        assert told(frame) == held, f"line {line}"


def test_newtons_step_doubles_the_number_of_correct_digits() -> None:
    """W**4 / 4 - W has slope W**3 - 1 and curvature 3 * W**2, both of which torch finds; the minimum is at 1."""
    tape = viz.run(NEWTON)
    for number in range(6):
        frames = tape.iteration(number)
        held = frames[2].variables
        for w, slope, curvature in zip(
            *(torch.tensor(held[name].value, dtype=torch.float64) for name in ("W", "slope", "curvature")),
            strict=True,
        ):
            assert slope.item() == pytest.approx(w.item() ** 3 - 1)
            assert curvature.item() == pytest.approx(3 * w.item() ** 2)
    assert isinstance(tape[-1].variables["W"].value, list)
    assert tape[-1].variables["W"].value[0] == pytest.approx(1.0, abs=1e-12)


def statement(tape: viz.Tape[Any], line: int) -> Frame:
    """The last frame of a line."""
    frames: list[Frame] = list(tape)
    return next(frame for frame in reversed(frames) if frame.line == line)


def test_the_result_of_autograd_grad_is_reported_and_added_to_no_grad() -> None:
    tape = viz.run("import torch\nW = torch.tensor([3.0], requires_grad=True)\nloss = (W * W).sum()\n"
                   "(slope,) = torch.autograd.grad(loss, W)\n")  # fmt: skip
    frame = tape[-1]
    event = frame.event
    assert isinstance(event, Backward) and event.derivatives is not None
    assert [(one.name, one.value) for one in event.derivatives] == [("W", [6.0])]
    assert event.accumulations == ()
    assert frame.variables["W"].grad is None
    assert frame.variables["slope"].value == [6.0]
    assert sentence(frame) == "torch.autograd.grad returned the gradient of loss: 6.000 for W; no .grad changed."
    assert code_text(frame) == ("6.000", "gradient")
    leaf = next(node for node in frame.graph.nodes if node.kind == "leaf")
    assert leaf.received == ([6.0],) and leaf.contribution is None
    assert event.order[-1] == leaf.id == frame.graph.nodes[event.order[-1]].id
    said = " ".join(str(section) for section in explain_node(frame, leaf.id))
    assert "returned 6.000 to the program and changed no .grad" in said
    assert "The sum equals torch's gradient" in str(explain_chain(frame, leaf.id)[-1])


def test_an_inner_tensor_ends_the_backward_pass() -> None:
    tape = viz.run(OTHERS)
    frame = statement(tape, 7)
    y = frame.graph.nodes[frame.variables["y"].node or 0]
    cos = torch.tensor([1.0, 0.5]) * torch.cos(torch.tensor([3.0, -2.0]))
    assert y.received == (cos.tolist(),)
    assert frame.variables["v"].value == cos.tolist()
    assert sentence(statement(tape, 9)).count("None for unused, on which it does not depend") == 1


def test_a_graph_is_freed_unless_it_is_kept() -> None:
    source = "import torch\nW = torch.tensor([3.0], requires_grad=True)\nloss = (W * W).sum()\n"
    for options, freed in (("", True), (", retain_graph=True", False), (", create_graph=True", False),
                           (", create_graph=True, retain_graph=False", True)):  # fmt: skip
        tape = viz.run(f"{source}(slope,) = torch.autograd.grad(loss, W{options})\n")
        product = next(node for node in tape[-1].graph.nodes if node.name == "MulBackward0")
        assert product.freed == freed, options
        again = viz.run(f"{source}(slope,) = torch.autograd.grad(loss, W{options})\nloss.backward()\n")
        assert (again.error is not None) == freed, options


@pytest.mark.parametrize("given", ["None, W", "retain_graph=W * 2", "None, None, x", "create_graph=W.detach()"])
def test_a_flag_that_is_not_a_bool_is_refused_by_torch(given: str) -> None:
    head = "import torch\nx = torch.ones(3)\nW = torch.ones(3, requires_grad=True)\nloss = (W * x).sum()\n"
    _, expected = traced(f"{head}loss.backward({given})\n")
    error = viz.run(f"{head}loss.backward({given})\n").error
    assert error is not None
    assert (error.kind, error.message) == (type(expected).__name__, str(expected))


def test_create_graph_makes_the_gradient_part_of_the_graph() -> None:
    frame = statement(viz.run(NEWTON), 5)
    slope = frame.graph.nodes[frame.variables["slope"].node or 0]
    assert slope.variable == "slope" and slope.value == frame.variables["slope"].value
    call = "torch.autograd.grad(loss, W, create_graph=True)"
    made = {node.id for node in frame.graph.nodes if node.expression and node.expression.text == call}
    assert slope.id == max(made) == len(frame.graph.nodes) - 1
    leaf = next(node.id for node in frame.graph.nodes if node.kind == "leaf")
    assert any(edge.input == leaf and edge.node in made for edge in frame.graph.edges)


@pytest.mark.filterwarnings("ignore:Using backward")
def test_the_graph_of_a_grad_begins_at_the_line_of_the_backward() -> None:
    tape = viz.run(PENALTY)
    before, after = statement(tape, 11), statement(tape, 12)
    made = [node for node in before.graph.nodes if node.expression and "create_graph" in node.expression.text]
    assert made and all(node.kind == "operation" for node in made)
    assert before.variables["W"].grad is not None
    square = next(node for node in after.graph.nodes if node.expression and node.expression.text == "W.grad ** 2")
    inputs = {edge.input for edge in after.graph.edges if edge.node == square.id}
    assert inputs <= {node.id for node in made}


def test_a_retained_grad_is_kept_and_accumulated() -> None:
    tape = viz.run("import torch\nW = torch.tensor([3.0], requires_grad=True)\ny = W * 2\ny.retain_grad()\n"
                   "W.retain_grad()\nz = y * y\nz.backward(retain_graph=True)\nz.backward()\n")  # fmt: skip
    frames = {frame.line: frame for frame in tape}
    assert frames[4].event == Retained("y", False)
    assert sentence(frames[4]) == "y is not a leaf; from here on, backward stores y.grad too."
    assert sentence(frames[5]) == "W is a leaf, so backward stores W.grad anyway."
    assert [frames[line].variables["y"].grad for line in (4, 7, 8)] == [None, [12.0], [24.0]]
    assert [frames[line].variables["z"].grad for line in (7, 8)] == [None, None]
    y = frames[8].graph.nodes[frames[8].variables["y"].node or 0]
    assert (y.grad_before, y.contribution, y.grad_after) == ([12.0], [12.0], [24.0])
    assert "y.grad, which was 12.00" in sentence(frames[8])
    assert any(section.heading == "Added to .grad" for section in explain_node(frames[8], y.id))


def test_the_second_derivative_is_checked_against_the_slope() -> None:
    tape = viz.run(NEWTON)
    frame = statement(tape, 6)
    checks = Checks(tape.program, tape, frame)
    leaf = next(node for node in frame.graph.nodes if node.kind == "leaf")
    found = checks.of(leaf.id)
    assert found.agrees
    assert found.numeric == pytest.approx(tuple(frame.variables["curvature"].value or ()), rel=1e-6)  # type: ignore[arg-type]  # a list of numbers


@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_gradient_through_a_stored_grad_is_not_checked_and_the_check_says_so() -> None:
    tape = viz.run(PENALTY)
    with pytest.raises(CannotCheck, match=r"a `\.grad` that a backward stored"):
        Checks(tape.program, tape, statement(tape, 13))


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("torch.autograd.grad([z, z], W)", "Refused", "one tensor here; add several, as in `a.sum() + b.sum()`"),
        ("torch.autograd.grad(z, x)", "RuntimeError", "does not require grad"),
        ("torch.autograd.grad(z, unused)", "RuntimeError", "allow_unused=True"),
        ("torch.autograd.grad(W * x, W)", "RuntimeError", "only for scalar outputs"),
        ("torch.autograd.grad(z)", "TypeError", "missing 1 required positional argument: 'inputs'"),
        ("torch.autograd.grad(z, W, is_grads_batched=True)", "Refused", "takes no `is_grads_batched`"),
        ("x.retain_grad()", "RuntimeError", "requires_grad=False"),
    ],
)  # fmt: skip
def test_an_error_of_differentiation_is_reported_on_its_line(line: str, kind: str, said: str) -> None:
    source = ("import torch\nx = torch.tensor([1.0, 2.0])\nW = torch.tensor([1.0, 2.0], requires_grad=True)\n"
              f"unused = torch.tensor([1.0], requires_grad=True)\nz = (W * x).sum()\nout = {line}\n")  # fmt: skip
    try:
        problem = viz.run(source).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    assert (problem.kind, problem.line) == (kind, 6)
    assert said in problem.message, problem.message


def test_a_surface_is_drawn_for_a_loop_that_uses_autograd_grad() -> None:
    source = """\
import torch
x = torch.tensor([1.0, 2.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
for i in range(2):
    loss = ((W * x + b) ** 2).mean()
    dW, db = torch.autograd.grad(loss, [W, b])
    with torch.no_grad():
        W -= 0.1 * dW
        b -= 0.1 * db
"""
    surface = viz.surface(viz.parse(source), "W", "b", [0.0, 1.0], [0.0, 2.0])
    assert surface[0][0] == 0.0
    assert surface[1][1] == pytest.approx(((1 + 2) ** 2 + (2 + 2) ** 2) / 2)


@pytest.mark.parametrize("size", [2, 40])
def test_the_derivative_of_a_sign_is_zeros_which_torch_keeps_without_memory(size: int) -> None:
    """torch raises an error if someone reads such zeros or asks for their address."""
    tape = viz.run(
        f"import torch\nx = torch.linspace(-1.0, 1.0, {size}, requires_grad=True)\n"
        "(sign,) = torch.autograd.grad(x.abs().sum(), x, create_graph=True)\n"
        "(c,) = torch.autograd.grad(sign.sum(), x)\n"
        "ones = torch.ones_like(x)\na = ones.numpy()\nprint(c[0] + 1)\nshown = c.tolist()\n"
    )
    assert tape[-2].variables["c"].value == [0.0] * size
    assert tape[-2].variables["ones"].value == [1.0] * size
    assert tape[-2].printed == "tensor(1.)\n"
    # As in Python.
    assert tape.error is not None and "unallocated storage" in tape.error.message


@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_run_that_ends_releases_gradients_with_graphs() -> None:
    """A leaf and its `.grad` with a graph refer to each other where Python's collector cannot see it."""
    interpreter = Interpreter(
        viz.parse("import torch\nW = torch.tensor([3.0], requires_grad=True)\nloss = (W * W).sum()\n"
                  "loss.backward(create_graph=True)\n"), Silent())  # fmt: skip
    interpreter.setup()
    interpreter.iteration()
    leaf = weakref.ref(interpreter.state.globals["W"])
    assert type(interpreter.state.globals["W"].grad.grad_fn).__name__ == "CopyBackwards"
    del interpreter
    gc.collect()
    assert leaf() is None
