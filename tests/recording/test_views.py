"""A write into a view is recorded with the Node that torch hides, and does not affect the program."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch

import viz
from viz.frames.graph import Saved
from viz.frames.plain import Span, Value
from viz.language.interpreter import Interpreter
from viz.recording import Recorder
from viz.watching.silent import Silent

HEAD = """\
import torch
torch.manual_seed(4)
W = torch.tensor([0.5, 2.0], requires_grad=True)
h = torch.rand(3, 2) * W
"""


def saved_of(lines: str) -> dict[str, Saved]:
    """Return what the last CopySlices of a program has inside."""
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    nodes = [node for node in tape[-1].graph.nodes if node.name == "CopySlices"]
    return {one.name: one for one in nodes[-1].saved}


def values_of(lines: str, *names: str) -> list[Value | None]:
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return [tape[-1].variables[name].value for name in names]


def in_python(lines: str, *names: str) -> list[Any]:
    held: dict[str, Any] = {}
    before = torch.get_rng_state()
    try:
        exec(HEAD + lines, held)
    finally:
        torch.set_rng_state(before)
    return [held[name].tolist() for name in names]


def test_the_node_inside_is_recorded_with_its_saved_tensors() -> None:
    saved = saved_of("before = h[1].detach().clone()\nh[1].mul_(W)\n")
    (stood,) = in_python("before = h[1].detach().clone()", "before")
    assert saved["fn"].value == "MulBackward0"
    assert (saved["other"].variable, saved["other"].value) == ("W", [0.5, 2.0])
    assert saved["self"].value == stood


@pytest.mark.parametrize(
    ("lines", "base", "view"),
    [
        ("h[1] = W", ([3, 2], [2, 1], 0), ([2], [1], 2)),
        ("h[:, 1] = 3", ([3, 2], [2, 1], 0), ([3], [2], 1)),
        ("h[::2, 1:] = 3", ([3, 2], [2, 1], 0), ([2, 1], [4, 1], 1)),
        ("h[1:].t()[0] = 3", ([3, 2], [2, 1], 0), ([2], [2], 2)),
        ("k = h.t().clone()\nk[1] = 3", ([2, 3], [1, 2], 0), ([3], [2], 1)),
        ("v = h.view(6)\nv[2:] += 1", ([3, 2], [2, 1], 0), ([4], [1], 2)),
    ],
)
def test_base_and_view_have_their_positions_in_memory(lines: str, base: Any, view: Any) -> None:
    saved = saved_of(lines)
    for name, wanted in (("base", base), ("view", view)):
        parts = [saved[f"{name}_geometry.{part}"].value for part in ("size", "stride", "storage_offset")]
        assert parts == list(wanted)


def test_the_frames_hold_no_tensor_and_can_be_pickled() -> None:
    tape = viz.run(HEAD + "h[1].mul_(W)\nv = h[0]\nv += W\nv.sum().backward()\n")
    assert pickle.loads(pickle.dumps(tape[-1])) == tape[-1]
    assert b"torch._" not in pickle.dumps(tape[-1].graph)


@pytest.mark.parametrize(
    "write",
    [
        "h[1].uniform_()", "h[:2].normal_(0.5, std=2.0)", "h[1:].mul_(torch.rand(2, 2))", "h[0] = torch.rand(2)",
        "v = h.t()\nv *= v.exp()", "v = h[0]\nv += v", "h[0] += h[1]", "h[1:].sub_(h[:1])", "h[[0, 2]] = W",
        "h[:, 1].copy_(h[:, 0])", "v = h.view(6)\nv[torch.tensor([4, 1])] = W", "d = torch.ones(4)\nd[1:3] = W",
    ],
)  # fmt: skip
def test_the_program_computes_what_python_computes_to_the_last_bit(write: str) -> None:
    lines = f"{write}\nafter = torch.randn(3)\n(h * h).sum().backward()\ngrad = W.grad\n"
    assert values_of(lines, "h", "after", "grad") == in_python(lines, "h", "after", "grad")


def test_numpys_random_numbers_are_the_same_too() -> None:
    draw = "import numpy as np\nnp.random.seed(3)\na = torch.as_tensor(np.random.rand(2))\n"
    after = "c = torch.as_tensor(np.random.rand(2))\n"
    assert values_of(f"{draw}h[1].normal_()\n{after}", "c") == values_of(f"{draw}{after}", "c")


@pytest.mark.parametrize(
    ("write", "message"),
    [
        ("h[5] = W", "index 5 is out of bounds for dimension 0 with size 3"),
        ("h[1, 1, 1] = 2", "too many indices for tensor of dimension 2"),
        ("h[0, torch.tensor([7])] = 2.0", "index 7 is out of bounds for dimension 0 with size 2"),
        ("W[0] = 3", "a view of a leaf Variable that requires grad is being used in an in-place operation."),
        ("h[0].mul_(torch.ones(3))", "The size of tensor a (2) must match the size of tensor b (3)"),
        ("with torch.no_grad():\n    v = h[0]\nv += 1", "A view was created in no_grad mode"),
    ],
)
def test_an_error_of_torch_has_torchs_words(write: str, message: str) -> None:
    error = viz.run(HEAD + write).error
    assert error is not None and message in error.message


class _Writes(Silent):
    """Counts the writes into views."""

    def __init__(self) -> None:
        self.count = 0

    def writing(
        self, base: torch.Tensor, view: Callable[[], torch.Tensor], repeat: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        self.count += 1
        return super().writing(base, view, repeat)


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("h[1].mul_(2)\nv = h[0]\nv += 1\nh[2] = 0.5", 3),
        ("d = torch.ones(3)\nd[0] = W[0]", 1),
        ("h.mul_(2)\nh += 1\nk = h * 2\nW.grad", 0),
        ("d = torch.ones(3)\nd[0] = 2.0\nd[1:].mul_(3)", 0),
        ("with torch.no_grad():\n    W[0] = 2.0\n    W[1:].mul_(3)", 0),
    ],
)
def test_only_writes_into_views_that_autograd_records_take_longer(lines: str, count: int) -> None:
    watched = _Writes()
    Interpreter(viz.parse(HEAD + lines), watched).iteration()
    assert watched.count == count


def test_a_write_that_torch_records_elsewhere_leaves_the_graph_as_it_is() -> None:
    """For indices on a tensor that is not a view, torch has a Node of its own and no CopySlices."""
    tape = viz.run(HEAD + "h[[0, 1]] = W\nh[1].requires_grad_()\nh[h.detach() > 1] = 2.0\n")
    assert [node.name for node in tape[-1].graph.nodes if node.kind == "operation"] == [
        "MulBackward0",
        "IndexPutBackward0",
        "SelectBackward0",
        "IndexPutBackward0",
    ]


def test_without_an_operation_on_the_copy_no_node_is_invented() -> None:
    h = torch.ones(3, requires_grad=True) * 2
    recorder = Recorder()

    def write() -> None:
        with recorder.writing(h, lambda: h[0], lambda copy: None):
            h[0] = h[1] * 2
            recorder.operation(Span("h[0] = h[1] * 2", 1, 0, 1, 15), h, (h,))

    with pytest.raises(RuntimeError, match="made no Node"):
        write()
