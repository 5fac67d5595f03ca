"""Python itself is the oracle: the same program, run by Python and recorded, gives the frames of the language."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import viz
from tests.oracle.differences import differences
from tests.oracle.script import recorded
from viz.frames.frame import Frame
from viz.presets import Preset, presets

#: Iterations of each program.
ITERATIONS = 3


def by_python(source: str) -> list[Frame]:
    """The frames of a program that Python runs, with the random numbers that the language begins with."""
    before = torch.get_rng_state()
    torch.manual_seed(torch.Generator().initial_seed())
    np.random.seed(0)  # what a program draws from
    try:
        return recorded(source).frames
    finally:
        torch.set_rng_state(before)


def shorter(source: str) -> str:
    """The program with few iterations."""
    return source.replace("range(100)", f"range({ITERATIONS})")


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_python_and_the_language_record_the_same_frames(preset: Preset) -> None:
    source = shorter(preset.source)
    assert list(differences(list(viz.run(source)), by_python(source))) == []
