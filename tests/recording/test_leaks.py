"""Recording keeps plain numbers: no tensor, Node or hook lives longer than the program's own references."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

import viz
from viz import limits
from viz.language.running import record
from viz.recording.reading.values import Values
from viz.recording.visits import hooked

SOURCE = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([1.0, 2.0, 3.0, 4.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.01, momentum=0.9)
for iteration in range(1000):
    optimizer.zero_grad()
    y_hat = torch.tanh(W * x + b) * 2
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
"""


def living_tensors() -> int:
    """The number of tensors in this process."""
    gc.collect()
    return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())


def test_the_number_of_living_tensors_stays_flat_over_200_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.language.checkpoints.store._SPACING", 1_000)  # those of checkpoints: the next test
    tape = record(SOURCE)
    tape.record(10)
    early = living_tensors()
    tape.record(210)
    assert living_tensors() <= early


def test_the_checkpoints_of_a_longer_run_do_not_keep_more_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.language.checkpoints.store._SPACING", 4)
    monkeypatch.setattr("viz.language.checkpoints.store._WORTH", 0)
    monkeypatch.setattr(limits, "CHECKPOINTS", 200_000)
    tape = record(SOURCE)
    tape.record(4)
    without = living_tensors()
    tape.record(200)
    early = living_tensors() - without
    tape.record(900)
    assert 0 < living_tensors() - without <= 2 * early  # every second one goes when their room is full


WRITES = """\
import torch
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for iteration in range(1000):
    h = x * x
    h[0] = x[1]
    (g,) = torch.autograd.grad((h * h).sum(), x, create_graph=True)
    (g,) = torch.autograd.grad((g * g).sum(), x, create_graph=True)
"""


def test_it_also_stays_flat_if_a_backward_makes_nodes_of_views() -> None:
    tape = record(WRITES)
    tape.record(10)
    early = living_tensors()
    tape.record(60)
    assert living_tensors() <= early


def test_nothing_of_a_tape_remains_when_it_is_dropped() -> None:
    before = living_tensors()
    tape = viz.run(SOURCE, 20)
    frames = list(tape)
    watched_tape = weakref.ref(tape)
    del tape
    assert living_tensors() <= before
    assert watched_tape() is None
    assert frames[-1].variables["loss"].value is not None


FUNCTION = """\
import torch
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2 * x * g
W = torch.ones(3, requires_grad=True)
y = Square.apply(W)
first, Square = Square, None
y.sum().backward()
"""


def test_nothing_remains_of_a_run_with_a_custom_function() -> None:
    def classes() -> int:
        gc.collect()
        return sum(one.__name__ == "Square" for one in torch.autograd.Function.__subclasses__())

    for _ in range(80):
        tape = viz.run(FUNCTION)
        assert tape.error is None
        assert tape[-1].variables["W"].grad == [2.0, 2.0, 2.0]
    # Python's caches keep some types for a while: 10 after 40 runs, 17 after 400.
    assert classes() < 40


def test_frames_hold_no_tensor() -> None:
    pending: list[object] = [viz.run(SOURCE, 2)[-1]]
    seen = set()
    while pending:
        one = pending.pop()
        assert not isinstance(one, (torch.Tensor, torch.autograd.graph.Node, torch.optim.Optimizer))
        plain = isinstance(one, (dict, tuple, list)) or type(one).__module__.startswith("viz.frames.")
        if plain and id(one) not in seen:
            seen.add(id(one))
            pending += gc.get_referents(one)
    assert len(seen) > 100


def graph() -> tuple[torch.Tensor, torch.autograd.graph.Node]:
    """A small graph, and a Node in it."""
    loss = (torch.tensor([0.5], requires_grad=True) * 2).sum()
    assert loss.grad_fn is not None
    return loss, loss.grad_fn


def test_every_hook_is_removed_after_a_backward() -> None:
    loss, function = graph()
    with hooked({function: 0}, Values().read_optional) as visits:
        torch.autograd.backward(loss, retain_graph=True)
    assert visits[0] == ((1.0,), ([1.0],))
    visits.clear()
    torch.autograd.backward(loss)
    assert visits == {}


def test_every_hook_is_removed_when_the_backward_raises() -> None:
    loss, function = graph()
    before = hooked({function: 0}, Values().read_optional)
    with pytest.raises(ValueError, match="planted"), before as visits:
        raise ValueError("planted")
    torch.autograd.backward(loss)
    assert visits == {}
