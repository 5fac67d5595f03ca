"""A seek that goes on from a checkpoint gives, to the last bit, the frames of a recording from the start."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch

import viz
from tests.language.test_let_go import REACHING_BACK, shown
from tests.language.test_skipping import ENDS, RAISES
from tests.language.training_programs import program
from viz import limits
from viz.language import again, record
from viz.language.again import Again
from viz.language.checkpoints import store
from viz.presets import Preset, presets
from viz.recording import Tape

#: A loop, with a place for more in the set-up and in the body; its loss has a graph.
LOOP = """\
import torch
w = torch.tensor([0.5, -1.0], requires_grad=True)
{setup}
for i in range(30):
    loss = ((w - i % 3) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
{body}
"""
#: Programs that have no checkpoint at their end.
WITHOUT = {
    "a graph over iterations": REACHING_BACK,
    "a loss that is kept": LOOP.format(setup="", body="    if i == 2:\n        kept = loss"),
    "losses that are kept": LOOP.format(setup="kept = []", body="    kept.append(loss)"),
    "memory shared in the loop": LOOP.format(setup="", body="    if i == 2:\n        seen = w.data"),
    "other memory": LOOP.format(setup="", body="    if i == 1:\n        w.data = w.data.clone()"),
    "a handler": LOOP.format(
        setup="", body="    try:\n        1 / i\n    except ZeroDivisionError:\n        pass"
    ),
    "a set of several": LOOP.format(setup="seen = set()", body="    seen.add(i % 4)"),
    "an iterator": LOOP.format(setup="numbers = iter(range(100))", body="    n = next(numbers)"),
    "a generator": LOOP.format(setup="numbers = (n for n in range(100))", body="    n = next(numbers)"),
    "a hook": LOOP.format(setup="handle = w.register_hook(lambda g: g * 2)", body=""),
    "objects made in the loop": LOOP.format(
        setup="class One:\n    pass\n\nmade = []", body="    made.append(One())"
    ),
    "a module made in the loop": LOOP.format(setup="nets = []", body="    nets.append(torch.nn.Linear(1, 1))"),
}
#: Programs with checkpoints that may be of no use: an iteration after one does not bind all names.
UNBOUND = {
    "a jump": LOOP.format(setup="", body="    if i % 3 == 0:\n        continue\n    two = loss * 2"),
    "an inner loop without a pass": LOOP.format(
        setup="", body="    for k in range(i % 3):\n        inner = loss * k"
    ),
    "a function reads the name": LOOP.format(
        setup="def last():\n    return float(loss)\nloss = torch.tensor(0.0)",
        body="",
    ).replace("    loss = ((w - i % 3)", "    before = last()\n    loss = ((w - i % 3)"),
}


@pytest.fixture
def seeks(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[int, int]]:
    """Compare iterations at random; returns how many of them came from a checkpoint, and how many did not."""
    monkeypatch.setattr(store, "_SPACING", 3)
    monkeypatch.setattr(store, "_WORTH", 0)
    monkeypatch.setattr(again, "_FROM_START", 1)
    monkeypatch.setattr(again, "_FROM_CHECKPOINT", 1)
    found: list[bool] = []
    inner = Again._from_checkpoint

    def counted(self: Again, *args: Any) -> Any:
        made = inner(self, *args)
        found.append(made is not None)
        return made

    monkeypatch.setattr(Again, "_from_checkpoint", counted)

    def check(source: str) -> tuple[int, int]:
        whole, tape = viz.run(source), _skipped(source)
        assert (tape.recorded, len(tape), tape.complete) == (whole.recorded, len(whole), True)
        for number in random.Random(source).sample(range(whole.recorded), min(4, whole.recorded)):
            assert shown(tape.iteration(number)) == shown(whole.iteration(number)), f"iteration {number}"
        return found.count(True), found.count(False)

    return check


def _numbers(tape: Tape[Any]) -> list[int]:
    """The iterations at whose start the tape has a checkpoint."""
    assert isinstance(tape._again, Again)
    return [one.number for one in tape._again._checkpoints._kept]


def _skipped(source: str) -> Tape[Any]:
    """A tape that has skipped all of a program but its first and last iterations."""
    tape = record(source)
    tape.record(2)
    tape.record(limits.ITERATIONS, skip=limits.ITERATIONS)
    return tape


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_a_preset_comes_back_from_its_checkpoints(preset: Preset, seeks: Callable[[str], tuple[int, int]]) -> None:
    from_checkpoints, _ = seeks(preset.source)
    assert from_checkpoints or preset.title == "Newton's step"  # which has 8 iterations


@pytest.mark.parametrize("seed", range(int(os.environ.get("EXAMPLES", "8"))))
def test_a_random_program_comes_back(seed: int, seeks: Callable[[str], tuple[int, int]]) -> None:
    seeks(program(seed))


def test_most_random_programs_have_checkpoints(seeks: Callable[[str], tuple[int, int]]) -> None:
    assert sum(seeks(program(seed)) > (0, 0) for seed in range(100, 104)) >= 3


@pytest.mark.parametrize("source", [ENDS, RAISES], ids=["ends", "raises"])
def test_a_run_comes_back_up_to_its_end(source: str, seeks: Callable[[str], tuple[int, int]]) -> None:
    assert seeks(source) > (0, 0)


@pytest.mark.parametrize("source", WITHOUT.values(), ids=WITHOUT)
def test_there_is_no_checkpoint_where_a_copy_may_differ(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_WORTH", 0)
    monkeypatch.setattr(store, "_SPACING", 6)
    assert not _numbers(_skipped(source))


@pytest.mark.parametrize("source", UNBOUND.values(), ids=UNBOUND)
def test_a_name_without_a_value_after_a_checkpoint_is_noticed(
    source: str, seeks: Callable[[str], tuple[int, int]]
) -> None:
    _, others = seeks(source)
    assert others


def test_checkpoints_keep_to_their_room_and_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SPACING", 1)
    monkeypatch.setattr(store, "_WORTH", 0)
    monkeypatch.setattr(limits, "CHECKPOINTS", 100_000)
    source = LOOP.format(setup="losses = []", body="    losses.append(float(loss))").replace("30", "400")
    tape = _skipped(source)
    checkpoints = tape._again
    assert isinstance(checkpoints, Again)
    assert 20_000 < checkpoints.bytes <= 100_000
    assert tape.bytes > checkpoints.bytes
    kept = _numbers(tape)
    assert 2 < len(kept) < 100 and kept[-1] > 300


def test_a_copy_shares_what_has_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SPACING", 3)
    monkeypatch.setattr(store, "_WORTH", 0)
    size = 10_000
    tape = _skipped(LOOP.format(setup=f"x = torch.zeros({size})\nnumbers = [0.5] * {size}", body=""))
    assert isinstance(tape._again, Again)
    assert len(_numbers(tape)) > 5
    assert 12 * size < tape._again.bytes < 2.5 * 12 * size


def test_the_state_that_goes_on_does_not_share_memory_with_the_checkpoint() -> None:
    source = LOOP.format(setup="", body="    x = torch.ones(2)").replace("30", "200")
    tape = _skipped(source)
    first = [shown(tape.iteration(150)) for _ in range(2)]
    assert isinstance(tape._again, Again)
    again_, _ = (tape._again(150, 200) for _ in range(2))
    assert [one.variables["w"].value for one in again_[1][0]] == [
        one.variables["w"].value for one in tape.iteration(150)
    ]
    assert first[0] == first[1]


def test_a_seek_inside_of_no_grad_records_gradients() -> None:
    source = LOOP.format(setup="", body="").replace("30", "200")
    tape, whole = _skipped(source), viz.run(source)
    with torch.inference_mode():
        assert shown(tape.iteration(150)) == shown(whole.iteration(150))
