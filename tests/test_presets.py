"""The presets: each says what it is, and trains as in plain Python to the last bit."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import torch

import viz
from viz.presets import Preset, preset_of, presets
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler

ITERATIONS = 6

each = pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)


def _shorter(source: str) -> str:
    """The same program with a loop of ITERATIONS."""
    return re.sub(r"(?m)^(for iteration in range)\(\d+\)", rf"\1({ITERATIONS})", source)


def _plain(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "preset", "exec"), names)  # one of our own programs, in plain Python
    return names


@each
def test_it_begins_with_a_short_title_and_a_few_sentences(preset: Preset) -> None:
    assert len(preset.title) <= 24
    assert 60 < len(preset.about) < 260
    assert len(re.findall("[.?!](?: |$)", preset.about)) in {1, 2, 3}


def test_titles_differ_and_a_program_is_known_until_it_is_changed() -> None:
    titles = [preset.title for preset in presets()]
    assert len(titles) == len(set(titles)) >= 12
    first = presets()[0]
    assert preset_of(first.source) is first
    assert preset_of(first.source + "\n# mine") is None


@each
def test_it_trains_as_in_plain_python_to_the_last_bit(preset: Preset) -> None:
    source = _shorter(preset.source)
    assert source != preset.source
    names, tape = _plain(source), viz.run(source)
    last = tape[-1]
    assert last.error is None
    tensors = {name: one for name, one in names.items() if isinstance(one, torch.Tensor)}
    assert tensors
    for name, tensor in tensors.items():
        recorded = last.variables[name]
        assert recorded.value == tensor.tolist(), name
        if tensor.is_leaf:
            assert recorded.grad == (None if tensor.grad is None else tensor.grad.tolist()), name


@each
def test_it_runs_to_its_end_and_its_loss_falls(preset: Preset) -> None:
    tape = viz.run(preset.source)
    assert tape[-1].error is None
    losses = [tape.iteration(number)[-1].variables["loss"].value for number in (0, tape.recorded - 1)]
    first, last = (one[0] if isinstance(one, list) else one for one in losses)
    assert isinstance(first, float) and isinstance(last, float) and last < first


@each
def test_the_page_can_show_it(preset: Preset) -> None:
    opening = json.loads(RunCache(2**40, Scheduler()).open(preset.source).opening(0, 3))
    first = opening["iterations"][0]
    assert first["f"]
    assert str(first["p"]) in opening["pictures"] and "problem" not in first
