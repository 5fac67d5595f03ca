"""The effects of a backward: gradients at each Node in the engine's order, and three kinds of `.grad`."""

from __future__ import annotations

from functools import partial

import pytest
import torch

import viz
from viz.frames.changes import Change
from viz.frames.events import Backward, Cleared
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.language import Program
from viz.pytorch.graph import unseen
from viz.recording import Tape

HEAD = """\
import torch
from torch import nn, optim
x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([1.0, 0.0, 1.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor(0.25, requires_grad=True)
unused = torch.tensor([1.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b, unused], lr=0.1)
"""


def run(lines: str) -> Tape[Program]:
    """The tape of a program without a loop, which must not stop early."""
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return tape


def nodes_by_name(frame: Frame) -> dict[str, Node]:
    """The Nodes by their variable, or by their name if no variable holds them."""
    return {node.variable or node.name: node for node in frame.graph.nodes}


def test_the_gradients_on_the_nodes_are_those_of_torch_autograd_grad() -> None:
    nodes = nodes_by_name(run("u = W * x\ny_hat = u + b\nloss = criterion(y_hat, y)\nloss.backward()")[-1])
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, 1.0])
    w, b = torch.tensor([0.5], requires_grad=True), torch.tensor(0.25, requires_grad=True)
    u = w * x
    y_hat = u + b
    loss = torch.nn.MSELoss()(y_hat, y)
    of_loss, of_y_hat, of_u, of_w, of_b = torch.autograd.grad(loss, [loss, y_hat, u, w, b])
    assert nodes["loss"].received == (of_loss.tolist(),)
    assert nodes["y_hat"].received == (of_y_hat.tolist(),)
    assert nodes["u"].received == (of_u.tolist(),)
    assert nodes["W"].contribution == of_w.tolist()
    assert nodes["b"].contribution == of_b.tolist()


def test_a_broadcast_is_reversed_inside_the_operation() -> None:
    nodes = nodes_by_name(run("loss = (W * x + b).sum()\nloss.backward()")[-1])
    assert nodes["AddBackward0"].received == ([1.0, 1.0, 1.0],)
    assert nodes["AddBackward0"].sent == ([1.0, 1.0, 1.0], 3.0)
    assert nodes["MulBackward0"].sent == ([6.0], None)


def test_the_order_is_the_engines() -> None:
    frame = run("u = W * x\nv = u + b\nloss = v.sum()\nloss.backward()")[-1]
    assert isinstance(frame.event, Backward)
    names = [frame.graph.nodes[number].variable for number in frame.event.order]
    assert names[:3] == ["loss", "v", "u"] or names[:4] == ["loss", "v", "b", "u"]
    assert set(names) == {"loss", "v", "u", "W", "b"}
    assert [frame.graph.nodes[number].order for number in frame.event.order] == list(range(5))
    assert frame.event.root == frame.variables["loss"].node


def test_the_order_is_the_one_in_which_hooks_fire() -> None:
    """The reference registers its own hooks on the same graph, in plain PyTorch."""
    x = torch.tensor([1.0, 2.0, 3.0])
    w, b = torch.tensor([0.5], requires_grad=True), torch.tensor(0.25, requires_grad=True)
    loss = (torch.sin(w * x) * torch.exp(w + b)).sum() + (b * b)
    fired: list[str] = []
    root = loss.grad_fn
    for function in unseen(root, ()) if root is not None else ():
        function.register_hook(partial(lambda name, _sent, _received: fired.append(name), type(function).__name__))
    torch.autograd.backward(loss)
    frame = run("loss = (torch.sin(W * x) * torch.exp(W + b)).sum() + (b * b)\nloss.backward()")[-1]
    assert isinstance(frame.event, Backward)
    assert [frame.graph.nodes[number].name for number in frame.event.order] == fired


def test_a_parameter_used_twice_receives_the_sum() -> None:
    nodes = nodes_by_name(run("loss = W * W * 3\nloss.backward()")[-1])
    assert nodes["W"].received == ([3.0],)
    assert nodes["W"].contribution == [3.0]
    assert ([1.5], [1.5]) in [node.sent for node in nodes.values()]


def test_none_zero_and_a_value_are_three_different_grads() -> None:
    tape = run(
        "optimizer.zero_grad()\nloss = W.sum() + b * 0\nloss.backward()\noptimizer.zero_grad(set_to_none=False)\n"
        "optimizer.zero_grad()"
    )
    cleared, _, backward, zeroed, emptied = tape[-5:]
    assert [cleared.variables[name].grad for name in ("W", "b", "unused")] == [None, None, None]
    assert [backward.variables[name].grad for name in ("W", "b", "unused")] == [[1.0], 0.0, None]
    assert [zeroed.variables[name].grad for name in ("W", "b", "unused")] == [[0.0], 0.0, None]
    assert [emptied.variables[name].grad for name in ("W", "b", "unused")] == [None, None, None]
    assert zeroed.event == Cleared({"W": ([1.0], [0.0]), "b": (0.0, 0.0), "unused": (None, None)})
    assert emptied.event == Cleared({"W": ([0.0], None), "b": (0.0, None), "unused": (None, None)})


def test_setting_grad_to_none_clears_it() -> None:
    frame = run("loss = W.sum()\nloss.backward()\nW.grad = None")[-1]
    assert frame.changes == (Change("W", "grad", [1.0], None),)
    assert frame.variables["W"].grad is None


def test_backward_adds_to_the_existing_grad() -> None:
    tape = run("loss = (W * x).sum()\nloss.backward()\nloss = (W * x).sum()\nloss.backward()")
    first, second = tape[-3], tape[-1]
    assert isinstance(first.event, Backward) and isinstance(second.event, Backward)
    (once,), (twice,) = first.event.accumulations, second.event.accumulations
    assert (once.before, once.contribution, once.after) == (None, [6.0], [6.0])
    assert (twice.before, twice.contribution, twice.after) == ([6.0], [6.0], [12.0])
    leaf = nodes_by_name(second)["W"]
    assert (leaf.grad_before, leaf.contribution, leaf.grad_after) == ([6.0], [6.0], [12.0])


def test_a_leaf_that_the_loss_does_not_use_has_no_gradient() -> None:
    frame = run("loss = (W * x).sum()\nother = b * 2\nloss.backward()")[-1]
    nodes = nodes_by_name(frame)
    assert nodes["b"].order is None and nodes["b"].contribution is None
    assert nodes["other"].received == ()
    assert frame.variables["b"].grad is None


def test_a_non_leaf_has_no_grad() -> None:
    frame = run("u = W * x\nloss = u.sum()\nloss.backward()")[-1]
    assert frame.variables["u"].grad is None
    assert nodes_by_name(frame)["u"].received == ([1.0, 1.0, 1.0],)


def test_backward_frees_what_it_does_not_need_to_keep() -> None:
    nodes = nodes_by_name(run("u = W * x\nloss = u.sum()\nloss.backward()")[-1])
    assert nodes["u"].freed
    assert not nodes["loss"].freed  # the sum saved a shape but no tensor
    assert not nodes["W"].freed
    assert nodes["u"].saved  # values that were read before stay


def test_the_freed_saved_tensors_are_those_that_torch_refuses_to_show() -> None:
    u = torch.tensor([0.5], requires_grad=True) * torch.tensor([1.0, 2.0, 3.0])
    torch.autograd.backward(u.sum())
    assert u.grad_fn is not None
    with pytest.raises(RuntimeError, match="second time"):
        u.grad_fn._saved_other  # type: ignore[attr-defined]  # noqa: B018


def test_retain_graph_keeps_saved_tensors_and_a_second_backward_accumulates() -> None:
    tape = run("u = W * x\nloss = u.sum()\nloss.backward(retain_graph=True)\nloss.backward()")
    assert not nodes_by_name(tape[-2])["u"].freed
    assert nodes_by_name(tape[-1])["u"].freed
    assert tape[-1].variables["W"].grad == [12.0]


def test_a_gradient_passed_to_backward_arrives_at_the_root() -> None:
    nodes = nodes_by_name(run("u = W * x\nu.backward(gradient=torch.tensor([1.0, 10.0, 100.0]))")[-1])
    assert nodes["u"].received == ([1.0, 10.0, 100.0],)
    assert nodes["W"].contribution == [321.0]


def test_a_later_backward_removes_the_gradients_of_an_earlier_one() -> None:
    frame = run("first = W * 2\nsecond = b * 3\nfirst.backward()\nsecond.backward()")[-1]
    nodes = nodes_by_name(frame)
    assert nodes["first"].order is None and nodes["first"].received == () and nodes["first"].sent == ()
    assert nodes["W"].grad_after is None and frame.variables["W"].grad == [2.0]
    assert nodes["second"].received == (1.0,)


def test_backward_from_a_leaf_reaches_the_leaf() -> None:
    frame = run("b.backward()")[-1]
    assert isinstance(frame.event, Backward)
    (one,) = frame.event.accumulations
    assert (one.name, one.before, one.contribution, one.after) == ("b", None, 1.0, 1.0)


def test_a_gradient_sent_along_an_edge_is_stored_once() -> None:
    nodes = nodes_by_name(run("u = W * x\nv = torch.sin(u)\nloss = v.sum()\nloss.backward()")[-1])
    assert nodes["loss"].sent[0] is nodes["v"].received[0]
    assert nodes["v"].sent[0] is nodes["u"].received[0]


@pytest.mark.parametrize(
    ("lines", "kind", "said"),
    [
        (
            "u = W.sum()\nu.backward()\nu = W * W\nu.backward()\nu.backward()",
            "RuntimeError",
            "graph a second time",
        ),
        ("u = W * x\nu.backward()", "RuntimeError", "grad can be implicitly created only for scalar outputs"),
        ("u = x.sum()\nu.backward()", "RuntimeError", "element 0 of tensors does not require grad and"),
        ("W += 1", "RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation."),
        (
            "W.add_(1)",
            "RuntimeError",
            "a leaf Variable that requires grad is being used in an in-place operation.",
        ),
        ("u = torch.exp(W)\nu += 1\nu.backward()", "RuntimeError", "modified by an inplace operation"),
        ("u = x + torch.tensor([1.0, 2.0])", "RuntimeError", "The size of tensor a (3) must match the size"),
        ("u = W * W.grad", "TypeError", "unsupported operand type(s) for *: 'Tensor' and 'NoneType'"),
        ("u = x.item()", "RuntimeError", "a Tensor with 3 elements cannot be converted to Scalar"),
        ("u = 1 / 0", "ZeroDivisionError", "division by zero"),
        ("o = optim.SGD([W], lr=-1.0)", "ValueError", "Invalid learning rate: -1.0"),
    ],
)
def test_an_error_of_torch_has_torchs_own_message_on_its_line(lines: str, kind: str, said: str) -> None:
    tape = viz.run(HEAD + lines)
    error = tape[-1].error
    assert error is not None
    assert (error.kind, error.line) == (kind, 9 + len(lines.splitlines()))
    assert said in error.message
    assert all(frame.error is None for frame in tape[:-1])
    assert len(tape) == 9 + len(lines.splitlines())


def test_the_frame_of_an_error_keeps_the_graph_and_points_at_the_expression() -> None:
    tape = viz.run(HEAD + "loss = (W * x).sum()\nloss.backward()\nz = 1 + loss.backward()")
    error = tape[-1].error
    assert error is not None and error.column == 8
    assert tape[-1].graph == tape[-2].graph
    assert tape[-1].variables["W"].grad == [6.0]
