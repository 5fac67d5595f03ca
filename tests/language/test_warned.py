"""What torch warns of stands with the line that it warned at, and stays in the thread that ran it."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import viz
from viz.writing.sentences import sentence

COLUMN = """\
import torch
from torch import nn, optim
import torch.nn.functional as F
prediction = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
target = torch.tensor([1.0, 2.0, 3.0])
criterion = nn.MSELoss()
optimizer = optim.SGD([prediction], lr=0.1)
scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
"""
LOOP = COLUMN + "for step in range(3):\n    loss = criterion(prediction, target)\n    loss.backward()\n"


def torchs_words() -> str:
    """What torch itself says to a row of targets for a column."""
    with pytest.warns(UserWarning, match="target size") as caught:
        torch.nn.functional.mse_loss(torch.ones(3, 1), torch.ones(3))
    return str(caught[0].message)


def test_a_target_of_another_size_is_warned_of_in_torchs_words_each_time() -> None:
    tape = viz.run(LOOP)
    assert tape.error is None
    warned = [frame for frame in tape if frame.warned]
    assert [(frame.line, frame.iteration) for frame in warned] == [(10, 0), (10, 1), (10, 2)]
    assert warned[0].warned == torchs_words()
    assert sentence(warned[0]).startswith("PyTorch warns: Using a target size (torch.Size([3]))")
    assert warned[0].variables["loss"].value == pytest.approx(4 / 3)


def test_a_scheduler_that_steps_before_its_optimizer_is_warned_of() -> None:
    tape = viz.run(COLUMN + "scheduler.step()\noptimizer.step()\n")
    assert [frame.line for frame in tape if frame.warned] == [9]
    assert "`lr_scheduler.step()` before `optimizer.step()`" in tape[-2].warned


def test_a_warning_is_of_its_own_statement_and_told_once() -> None:
    tape = viz.run(COLUMN + "a = F.mse_loss(prediction, target) + F.mse_loss(prediction, target)\nb = 1\n")
    assert tape[-2].warned == torchs_words()
    assert tape[-1].warned == ""


def test_an_error_is_said_before_a_warning() -> None:
    tape = viz.run(COLUMN + "a = F.mse_loss(prediction, target) + (torch.ones(2) + target)\n")
    assert tape[-1].warned and sentence(tape[-1]).startswith("Line 9: The size of tensor")


def test_other_threads_warn_as_ever_while_a_program_runs() -> None:
    def warn(number: int) -> int:
        return len(viz.run(LOOP).setup) if number % 2 else _caught(number)

    with pytest.warns(UserWarning, match="number") as caught, ThreadPoolExecutor(4) as pool:
        made = list(pool.map(warn, range(12)))
    assert made == [number if number % 2 == 0 else 8 for number in range(12)]
    assert sorted(str(one.message) for one in caught) == sorted(f"number {number}" for number in range(0, 12, 2))


def _caught(number: int) -> int:
    warnings.warn(f"number {number}", stacklevel=1)
    return number


def test_a_warning_says_where_it_was_given_as_ever() -> None:
    with pytest.warns(UserWarning, match="here") as caught:
        warnings.warn("here", stacklevel=1)
    assert caught[0].filename == __file__
