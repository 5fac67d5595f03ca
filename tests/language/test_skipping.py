"""A run that skips iterations to reach a far one shows there what a whole recording shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

import viz
from tests.language import iteration_programs
from tests.language.test_let_go import DRAWN, REACHING_BACK, shown
from viz import limits
from viz.drawing.charts import series, series_of
from viz.language import record
from viz.presets import Preset, presets
from viz.recording import Tape
from viz.worker.run_view import RunView, new_run
from viz.worker.scheduler import Scheduler
from viz.writing.stage_json import StageWriter

#: A program whose last iteration is known only once it has run; line 5 raises in iteration 30 of the second.
ENDS = """\
import torch
w = torch.tensor(1.0, requires_grad=True)
for i in range(40):
    loss = (w - 3) ** 2
    k = [1][i == 50]
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None
last = loss * 2
"""
RAISES = ENDS.replace("50", "30")
NAMES = {"ends": ENDS, "raises": RAISES, "random numbers": DRAWN, "a graph over iterations": REACHING_BACK}


def _skipping(source: str, to: int) -> Tape[Any]:
    """A tape that recorded two iterations, and then went on to iteration `to`."""
    tape = record(source, series_of(source))
    tape.record(2)
    tape.record(to, skip=to)
    tape.record(limits.ITERATIONS)
    return tape


def _check(source: str) -> None:
    whole = viz.run(source)
    to = max(2, whole.recorded - 4)
    _compare(whole, _skipping(source, to), to)


def _compare(whole: Tape[Any], tape: Tape[Any], to: int) -> None:
    assert (tape.recorded, len(tape), tape.complete) == (whole.recorded, len(whole), True)
    assert repr(tape.error) == repr(whole.error)
    assert not any(map(tape.keeps, range(2, to)))
    # Those that were recorded come first: a later one must not need what an earlier one ran again.
    for number in [*range(to, whole.recorded), to - 1, to // 2, 0]:
        if number < whole.recorded:
            assert shown(tape.iteration(number)) == shown(whole.iteration(number)), f"iteration {number}"
    assert shown(tape.after) == shown(whole.after)


@pytest.mark.parametrize("source", NAMES.values(), ids=NAMES)
def test_a_far_iteration_and_what_was_skipped_are_as_in_a_whole_recording(source: str) -> None:
    _check(source)


def test_an_iteration_that_raises_is_whole_though_it_was_to_be_skipped() -> None:
    _compare(viz.run(RAISES), _skipping(RAISES, 35), 30)


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_so_are_those_of_a_preset(preset: Preset) -> None:
    _check(preset.source)


@pytest.mark.parametrize("lines", iteration_programs.PROGRAMS.values(), ids=iteration_programs.PROGRAMS)
def test_so_are_those_inside_of_functions(lines: str) -> None:
    _check(iteration_programs.HEAD + lines)


def _view(source: str) -> RunView:
    return new_run("run", source, Scheduler(), lambda *work: None)


def _ahead(view: RunView, to: int) -> list[dict[str, Any]]:
    """The chunks of a stage that has iteration 0 and goes to iteration `to`."""
    chunks = [json.loads(view.chunk(0, 1))]
    while chunks[-1]["to"] < to and not chunks[-1]["complete"]:
        done = chunks[-1]["to"]
        chunks.append(json.loads(view.skip(done, to, len([one for c in chunks for one in c["series"]["of"]]))))
    return chunks


@pytest.mark.parametrize("to", [30, 31])
@pytest.mark.parametrize("source", [ENDS, DRAWN], ids=["one loop", "epochs"])
def test_a_stage_gets_all_series_and_the_parts_it_asks_for(
    source: str, to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = viz.run(source)
    whole = json.loads(StageWriter(tape, "run", series(tape)).chunk(0, 40)[0])
    monkeypatch.setattr("viz.worker.run_view.PATH", 3)
    monkeypatch.setattr(limits, "TAPE", 150_000)
    view = _view(source)
    chunks = _ahead(view, to)
    assert [one["skipped"] for one in chunks[1:]] == [True] * (len(chunks) - 1)
    assert chunks[-1]["to"] == view.tape.recorded == to
    here = json.loads(view.chunk(to, to + 3, to))
    back = json.loads(view.chunk(14, 16, to + 3))
    assert here["iterations"] == whole["iterations"][to : to + 3]
    assert back["iterations"] == whole["iterations"][14:16]
    points = [one for chunk in (*chunks, here) for one in chunk["series"]["of"]]
    assert points == whole["series"]["of"][: to + 3]


def test_a_stage_that_goes_too_far_gets_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.worker.run_view.PATH", 3)
    monkeypatch.setattr(limits, "TAPE", 50_000)
    for source, length in ((ENDS, 40), (RAISES, 31)):
        chunks = _ahead(_view(source), 500)
        assert [chunks[-2]["to"], chunks[-1]["to"]] == [length - 1, length]
        assert chunks[-1]["complete"] and len(chunks[-1]["iterations"]) == 1
    assert chunks[-1]["iterations"][0]["f"][-1]["e"] == 1


def test_a_stage_that_another_server_served_goes_on_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = viz.run(ENDS)
    whole = json.loads(StageWriter(tape, "run", series(tape)).chunk(0, 40)[0])
    monkeypatch.setattr("viz.worker.run_view.PATH", 3)
    monkeypatch.setattr(limits, "TAPE", 50_000)
    view = _view(ENDS)
    view.chunk(0, 1)
    here = json.loads(view.chunk(33, 35, 33))
    while not here["iterations"]:
        here = json.loads(view.chunk(33, 35, 33))
    assert not any(map(view.tape.keeps, range(5, 33)))
    assert here["iterations"] == whole["iterations"][33:35]


def test_what_there_is_room_for_is_kept_on_the_way() -> None:
    view = _view(ENDS)
    chunks = _ahead(view, 30)
    assert chunks[-1]["to"] == 30
    assert all(map(view.tape.keeps, range(30)))
