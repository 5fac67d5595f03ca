"""The first look at a run: what it has is what a whole recording has, to the last bit, or it is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

import viz
from tests.programs import BACKWARD_TWICE, DIVERGES, LINE
from viz.frames import Frame
from viz.language import outline, parse

NAMES = ("loss", "y_hat", "W", "b")
MOMENTUM = LINE.replace("lr=0.1", "lr=0.1, momentum=0.9, weight_decay=0.01")
ADAM = LINE.replace("optim.SGD([W, b], lr=0.1)", "optim.Adam([W, b], lr=0.1)")
ACCUMULATES = LINE.replace("    optimizer.zero_grad()\n", "")
COUNTS = LINE.replace("for iter", "total = 0.0\nfor iter").replace(
    "    loss.back", "    total += loss.item()\n    loss.back"
)
#: The graph of each iteration goes on from the graph of the one before.
REACHES_BACK = (
    LINE.replace("for iter", "h = W * 1\nfor iter")
    .replace("W * x + b", "h * x + b")
    .replace("loss.backward()", "loss.backward(retain_graph=True)\n    h = h * 0.5")
)
IN_A_LIST = (
    LINE.replace("for iter", "kept = [W * 1]\nfor iter")
    .replace("W * x + b", "k * x + b")
    .replace("    y_hat =", "    [k] = kept\n    y_hat =")
    .replace("loss.backward()", "loss.backward(retain_graph=True)\n    kept = [k * 0.5]")
)


def _told(frames: tuple[Frame, ...]) -> list[Frame]:
    """The frames without their place in the tape and the time they took."""
    return [replace(frame, index=0, seconds=0.0) for frame in frames]


@pytest.mark.parametrize("source", [LINE, MOMENTUM, ADAM, ACCUMULATES, COUNTS])
@pytest.mark.parametrize("at", [0, 1, 2, 13, 19])
def test_the_set_up_the_first_iteration_and_the_wanted_one_are_whole(source: str, at: int) -> None:
    tape, sketch = viz.run(source), outline(parse(source), range(at, at + 2), 20, NAMES)
    assert sketch is not None
    assert _told(sketch.setup) == _told(tape.setup)
    for number in (0, at):
        assert _told(sketch.iteration(number)) == _told(tape.iteration(number))


@pytest.mark.parametrize("source", [MOMENTUM, ADAM, ACCUMULATES, COUNTS])
def test_every_other_iteration_ends_with_the_same_numbers(source: str) -> None:
    tape, sketch = viz.run(source), outline(parse(source), range(13, 15), 20, NAMES)
    assert sketch is not None
    for number in range(20):
        whole, last = tape.iteration(number)[-1].variables, sketch.iteration(number)[-1].variables
        for name in NAMES:
            assert (last[name].value, last[name].grad) == (whole[name].value, whole[name].grad)


def test_iterations_in_between_are_not_recorded() -> None:
    sketch = outline(parse(LINE), range(13, 15), 20, NAMES)
    assert sketch is not None
    assert [len(sketch.iteration(number)) for number in (0, 1, 11, 12, 13, 14, 15)] == [5, 1, 1, 5, 5, 5, 1]


@pytest.mark.parametrize(("source", "at"), [(LINE, 20), (BACKWARD_TWICE, 0), (REACHES_BACK, 13), (IN_A_LIST, 13)])
def test_where_it_would_not_be_what_a_recording_is_there_is_none(source: str, at: int) -> None:
    assert outline(parse(source), range(at, at + 2), 20, NAMES) is None


def test_there_is_none_either_where_there_is_no_time_for_it() -> None:
    assert outline(parse(DIVERGES), range(150, 152), 200, NAMES, seconds=0.0) is None


def test_in_a_hurry_it_ends_soon_after_the_cursor_and_what_it_has_is_the_same() -> None:
    program = parse(LINE)
    whole, short = (
        outline(program, range(4, 6), 20, NAMES),
        outline(program, range(4, 6), 20, NAMES, hurried=lambda: True),
    )
    assert whole is not None and short is not None
    assert (whole.recorded, short.recorded) == (20, 9)
    assert _told(tuple(short)) == _told(tuple(whole)[: len(short)])


def test_who_hurries_late_gets_what_is_there_by_then() -> None:
    calls = iter([False, False, True])
    made = outline(parse(LINE), range(2), 20, NAMES, hurried=lambda: next(calls))
    assert made is not None and made.recorded == 7
