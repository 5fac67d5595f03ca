"""A program with large tensors: what the page has of them, and what it says instead of what it has not."""

from __future__ import annotations

import pytest
import torch

import viz
from tests.audit import audit
from tests.language.large_programs import HEAD, PROGRAMS
from viz.explaining.check import Checks
from viz.frames.events import Backward
from viz.frames.plain import Summary
from viz.recording.tape import Tape

SOURCE = HEAD + next(iter(PROGRAMS.values()))


@pytest.fixture(scope="module")
def tape() -> Tape[viz.language.Program]:
    return viz.run(SOURCE)


def test_every_sentence_and_number_is_that_of_python() -> None:
    assert list(audit(SOURCE, "large")) == []


def test_its_values_are_summaries(tape: Tape[viz.language.Program]) -> None:
    torch.manual_seed(0)
    x, y, weight = torch.rand(4, 300), torch.rand(4, 300), torch.rand(300, 300, requires_grad=True)
    torch.autograd.backward(((x @ weight - y) ** 2).mean())
    gradient = weight.grad
    assert gradient is not None
    frame = next(one for one in tape if isinstance(one.event, Backward))
    held = frame.variables["W"]
    assert isinstance(held.value, Summary) and isinstance(held.grad, Summary)
    assert (held.value.shape, held.value.minimum) == ((300, 300), weight.min().item())
    assert held.grad.mean == pytest.approx(gradient.mean().item(), rel=1e-5)
    assert frame.variables["losses"].value is None
    assert isinstance(frame.variables["a"].value, Summary)


def test_a_gradient_check_says_why_it_cannot_compare_summaries(tape: Tape[viz.language.Program]) -> None:
    frame = next(one for one in tape if isinstance(one.event, Backward))
    checks = Checks(tape.program, tape, frame)
    weight = next(one for one in frame.graph.nodes if one.variable == "W")
    assert checks.of(weight.id).text == (
        "Of a tensor with more than 1,000 numbers a summary is recorded, so the check cannot compare them."
    )
    loss = next(one for one in frame.graph.nodes if one.variable == "loss")
    assert checks.of(loss.id).agrees is True
