"""Typical scripts run as in plain Python: the same bits in every parameter, the same output."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from viz.frames.events import Backward, Stepped
from viz.scripts.recording import record_file

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda one: one.stem)
def test_recording_changes_neither_the_numbers_nor_the_output_of_a_script(file: Path, tmp_path: Path) -> None:
    alone, recorded = tmp_path / "alone.pt", tmp_path / "recorded.pt"
    before = torch.get_rng_state()
    done = subprocess.run(
        [sys.executable, file, "--save", alone], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    try:
        tape = record_file(file, ["--save", str(recorded)])
        tape.record(1000)
    finally:
        torch.set_rng_state(before)
    assert tape.error is None and tape.complete
    assert "".join(frame.printed for frame in tape) == done.stdout
    pairs = zip(_tensors(torch.load(alone)), _tensors(torch.load(recorded)), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda one: one.stem)
def test_each_iteration_of_a_script_has_its_backward_and_its_step(file: Path) -> None:
    before = torch.get_rng_state()
    try:
        tape = record_file(file)
        tape.record(3)
    finally:
        torch.set_rng_state(before)
    assert tape.recorded == 3
    each = 2 if file.stem == "gan" else 1
    for number in range(3):
        events = [frame.event for frame in tape.iteration(number)]
        assert sum(isinstance(one, Backward) for one in events) == each
        assert sum(isinstance(one, Stepped) for one in events) == each


def _tensors(state: dict[str, Any]) -> Iterator[torch.Tensor]:
    for one in state.values():
        yield from _tensors(one) if isinstance(one, dict) else [one]
