"""What a tape lets go, it computes again: the frames are those of a recording from the start, to the last bit."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import viz
from tests.language import iteration_programs
from viz import limits
from viz.export.excerpt import Excerpt
from viz.frames.frame import Frame
from viz.frames.tape import LetGo
from viz.language import record
from viz.presets import Preset, presets

#: Bytes of a tape that keeps a few iterations only.
SMALL = 150_000
#: Random numbers, an optimizer's state, a scheduler, a growing list, and data that shuffle.
DRAWN = """\
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(2)
X = torch.randn(8, 2)
loader = DataLoader(TensorDataset(X, X.sum(dim=1, keepdim=True)), batch_size=4, shuffle=True)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0.5), nn.Linear(3, 1))
optimizer = optim.Adam(net.parameters(), lr=0.05)
scheduler = optim.lr_scheduler.StepLR(optimizer, 3)
losses = []
for epoch in range(20):
    for x, y in loader:
        loss = ((net(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
"""
#: The graph of each iteration begins in the one before.
REACHING_BACK = """\
import torch
w = torch.tensor(0.9, requires_grad=True)
h = torch.tensor(1.0)
for i in range(60):
    h = torch.tanh(w * h)
    loss = (h - 0.5) ** 2
    loss.backward(retain_graph=True)
"""


def shown(frames: tuple[Frame, ...]) -> list[str]:
    """All of the frames but for the seconds that they took."""
    return [repr(replace(one, seconds=0.0)) for one in frames]


def check(source: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Go to iterations at random in a tape without room, and return how many of them it had let go."""
    whole = viz.run(source)
    monkeypatch.setattr(limits, "TAPE", SMALL)
    tape = viz.run(source)
    assert (tape.recorded, len(tape), tape.complete) == (whole.recorded, len(whole), True)
    numbers = random.Random(4).sample(range(whole.recorded), min(3, whole.recorded))
    gone = 0
    for number in numbers:
        gone += not tape.keeps(number)
        assert shown(tape.iteration(number)) == shown(whole.iteration(number)), f"iteration {number}"
    return gone


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_every_iteration_of_a_preset_comes_back_as_it_was(preset: Preset, monkeypatch: pytest.MonkeyPatch) -> None:
    check(preset.source, monkeypatch)


@pytest.mark.parametrize("lines", iteration_programs.PROGRAMS.values(), ids=iteration_programs.PROGRAMS)
def test_every_iteration_inside_of_functions_comes_back(lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(iteration_programs.HEAD + lines, monkeypatch)


@pytest.mark.parametrize("source", [DRAWN, REACHING_BACK], ids=["random numbers", "a graph over iterations"])
def test_random_numbers_and_long_graphs_come_back(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(source, monkeypatch) > 0


def test_a_file_of_numbers_needs_all_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TAPE", SMALL)
    tape = viz.run(DRAWN)
    with pytest.raises(LetGo, match="Run it again, or ask for fewer iterations"):
        Excerpt(tape, tape.recorded)
    tape.iteration(0)  # comes back
    assert Excerpt(tape, 1).recorded == 1


def test_a_tape_counts_what_the_run_holds_until_it_is_over() -> None:
    source = "import torch\nx = torch.zeros(200_000)\nfor i in range(3):\n    y = x + i\n"
    tape = record(source)
    tape.record(1)
    assert tape.bytes > 4 * 400_000  # both tensors, of which the recording keeps a summary
    tape.record(3)
    assert tape.complete
    assert tape.bytes < 100_000
