"""What a backward adds to each `.grad` is right at its moment, even if several `.grad` share memory."""

from __future__ import annotations

import pytest

import viz
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.writing.ledger import ledger_texts
from viz.writing.sentences import sentence

LEAVES = """\
import torch
import numpy as np
W = torch.tensor([1.0, 2.0], requires_grad=True)
V = torch.tensor([3.0, 4.0], requires_grad=True)
"""
LOSS = "loss = (W * 2 + V * 5).sum()\nloss.backward()\n"
ONE = LEAVES + "g = torch.zeros(2)\nW.grad = g\nV.grad = g\n"


def backward_of(source: str) -> tuple[Frame, Backward]:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    frame = next(frame for frame in tape if isinstance(frame.event, Backward))
    assert isinstance(frame.event, Backward)
    return frame, frame.event


def rows_of(event: Backward) -> dict[str, tuple[object, object, object]]:
    return {one.name: (one.before, one.contribution, one.after) for one in event.accumulations}


def test_two_leaves_that_share_a_grad_add_to_it_one_after_the_other() -> None:
    frame, event = backward_of(ONE + LOSS)
    # The engine reaches V first, which was built last.
    assert rows_of(event) == {
        "V": ([0.0, 0.0], [5.0, 5.0], [5.0, 5.0]),
        "W": ([5.0, 5.0], [2.0, 2.0], [7.0, 7.0]),
    }
    assert frame.variables["W"].grad == frame.variables["V"].grad == frame.variables["g"].value == [7.0, 7.0]
    assert sentence(frame) == (
        "loss.backward() added [5.000, 5.000] to V.grad, which was [0, 0], and [2.000, 2.000] to W.grad, "
        "which was [5.000, 5.000]. These .grad tensors share memory: each also holds what was added to the "
        "others. It also changed g from [0, 0] to [7.000, 7.000] in place and set V.grad from [5.000, 5.000] to "
        "[7.000, 7.000]."
    )


def test_the_sums_of_the_ledger_and_the_inspector_hold() -> None:
    frame, _ = backward_of(ONE + LOSS)
    cells = ledger_texts(frame, {"W": 0, "V": 1})
    assert [cells[f"l1.{column}"] for column in ("before", "contribution", "after")] == [
        "[0, 0]", "[5.000, 5.000]", "[5.000, 5.000]"
    ]  # fmt: skip
    assert [cells[f"l0.{column}"] for column in ("before", "contribution", "after")] == [
        "[5.000, 5.000]", "[2.000, 2.000]", "[7.000, 7.000]"
    ]  # fmt: skip
    node = next(node for node in frame.graph.nodes if node.variable == "V" and node.kind == "leaf")
    assert (node.grad_before, node.contribution, node.grad_after) == ([0.0, 0.0], [5.0, 5.0], [5.0, 5.0])


@pytest.mark.parametrize(
    ("shared", "together", "v_before"),
    [
        ("g = torch.zeros(2)\nW.grad = g[:]\nV.grad = g.view(2)", True, [0.0, 0.0]),
        ("g = torch.zeros(4)\nW.grad = g[:2]\nV.grad = g[2:]", False, [0.0, 0.0]),
        ("g = torch.zeros(4)\nW.grad = g[::2]\nV.grad = g[1::2]", False, [0.0, 0.0]),
        ("gs = [torch.zeros(2)]\nW.grad = gs[0]\nV.grad = gs[0]", True, [0.0, 0.0]),
        ("W.grad = torch.zeros(2)\nV.grad = W.grad", True, [0.0, 0.0]),
        ("a = np.zeros(2, dtype=np.float32)\nW.grad = torch.from_numpy(a)\nV.grad = torch.from_numpy(a)", True,
         [0.0, 0.0]),
        ("W.grad = torch.zeros(2)\nV.grad = torch.zeros(2)", False, [0.0, 0.0]),
        ("W.grad = None", False, None),
    ],
)  # fmt: skip
def test_the_sums_hold_for_every_way_to_share_memory(shared: str, together: bool, v_before: object) -> None:
    frame, event = backward_of(f"{LEAVES}{shared}\n{LOSS}")
    assert event.shared is together
    rows = rows_of(event)
    for before, contribution, after in rows.values():
        assert isinstance(contribution, list) and isinstance(after, list)
        start = before if isinstance(before, list) else [0.0, 0.0]
        assert [one + other for one, other in zip(start, contribution, strict=True)] == after
    assert rows["V"][0] == v_before
    total = [7.0, 7.0] if together else [5.0, 5.0]
    assert frame.variables["V"].grad == total
    assert ("tensors share memory" in sentence(frame)) is together


def test_a_grad_that_shares_memory_with_another_leaf_changes_that_leaf() -> None:
    frame, event = backward_of(LEAVES + "W.grad = V.detach()\n(W * 2).sum().backward()\n")
    assert rows_of(event) == {"W": ([3.0, 4.0], [2.0, 2.0], [5.0, 6.0])}
    assert not event.shared
    assert [(one.name, one.before, one.after) for one in frame.changes] == [("V", [3.0, 4.0], [5.0, 6.0])]


def test_with_create_graph_one_contribution_makes_two_grads() -> None:
    _, event = backward_of(LEAVES + "(W + V).sum().backward(create_graph=True)\n")
    assert rows_of(event) == {name: (None, [1.0, 1.0], [1.0, 1.0]) for name in "WV"}
    assert not event.shared


def test_a_leaf_that_is_used_twice_is_added_to_once() -> None:
    _, event = backward_of(ONE + "(W * 2 + W * 3).sum().backward()\n")
    assert rows_of(event) == {"W": ([0.0, 0.0], [5.0, 5.0], [5.0, 5.0])}


def test_leaves_in_a_list_are_named_by_their_places_and_a_leaf_without_a_name_is_called_unnamed() -> None:
    _, event = backward_of(LEAVES + "ws = [torch.ones(1, requires_grad=True)]\n(ws[0] * 2).sum().backward()\n")
    assert list(rows_of(event)) == ["ws[0]"]
    source = LEAVES + "for k in range(2):\n    loss = (W * W).sum()\n    loss.backward()\n    W = W - 0.1\n"
    said = [sentence(frame) for frame in viz.run(source).iteration(1)]
    assert said[1] == (
        "loss.backward() added [1.800, 3.800] to the .grad of an unnamed leaf, which was [2.000, 4.000]."
    )


RETAINED = """\
import torch
W = torch.tensor([1.0, 2.0], requires_grad=True)
x = torch.tensor([1.0, 2.0])
y_hat = W * x
y_hat.retain_grad()
loss = y_hat.sum()
loss.backward()
(W * 3).sum().backward()
"""


def test_a_tensor_that_retains_its_grad_says_so_and_its_node_keeps_it() -> None:
    tape = viz.run(RETAINED)
    retained, _, backward, later = tape[-4:]
    assert sentence(retained) == "y_hat is not a leaf; from here on, backward stores y_hat.grad too."
    assert "[1.000, 1.000] to y_hat.grad" in sentence(backward)
    for frame in (backward, later):  # the second backward does not reach it
        (node,) = [node for node in frame.graph.nodes if node.variable == "y_hat"]
        assert node.retains and node.grad == [1.0, 1.0] == frame.variables["y_hat"].grad
    (node,) = [node for node in tape[3].graph.nodes if node.variable == "y_hat"]
    assert not node.retains


def test_a_tensor_in_a_chain_that_retains_its_grad_is_named_by_its_code() -> None:
    frame = viz.run(RETAINED + "(W * x + 1).retain_grad()\n")[-1]
    assert sentence(frame) == "(W * x + 1) is not a leaf; from here on, backward stores (W * x + 1).grad too."
