"""The first look at a run: it agrees with a whole recording to the last bit, or there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import viz
from tests.programs import BACKWARD_TWICE, DIVERGES, LINE
from viz.frames.frame import Frame
from viz.language import outline, parse
from viz.presets import presets
from viz.watching.observer import Observer
from viz.watching.silent import Silent
from viz.writing.sentences import sentence

NAMES = ("loss", "y_hat", "W", "b")
MOMENTUM = LINE.replace("lr=0.1", "lr=0.1, momentum=0.9, weight_decay=0.01")
ADAM = LINE.replace("optim.SGD([W, b], lr=0.1)", "optim.Adam([W, b], lr=0.1)")
ACCUMULATES = LINE.replace("    optimizer.zero_grad()\n", "")
COUNTS = LINE.replace("for iter", "total = 0.0\nfor iter").replace(
    "    loss.back", "    total += loss.item()\n    loss.back"
)
#: The graph of each iteration continues the graph of the one before.
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


#: What an observer is told besides operations, one program for each; each ends with its `loss`.
HEARD = {
    "retain_grad": LINE.replace("    loss.backward", "    y_hat.retain_grad()\n    loss.backward"),
    "retain_grad before the loop": LINE.replace("for iter", "h = W * x\nh.retain_grad()\nfor iter").replace(
        "y_hat = W * x + b", "y_hat = h + b").replace("backward()", "backward(retain_graph=True)"),
    "a view that is written into": LINE.replace(
        "    loss = ",
        "    z = torch.zeros(2, 2)\n    z[0] = y_hat\n    z[1].add_(b)\n    y_hat = z[0] * 1\n    loss = "),
    "an operation in place": LINE.replace(
        "    loss = ", "    y_hat = y_hat * 2\n    y_hat.mul_(0.5)\n    loss = "),
    "autograd.grad": LINE.replace(
        "    loss.backward()",
        "    g, h = torch.autograd.grad(loss, [W, b], retain_graph=True)\n    loss.backward()"),
    "create_graph": LINE.replace(
        "    loss.backward()",
        "    (g,) = torch.autograd.grad(loss, W, create_graph=True)\n    loss = loss + 0.01 * (g ** 2).sum()\n"
        "    loss.backward()"),
    "zero_grad by hand": LINE.replace("    optimizer.zero_grad()", "    W.grad = None\n    b.grad = None"),
    "a step by hand": LINE.replace(
        "    optimizer.step()",
        "    with torch.no_grad():\n        W -= 0.1 * W.grad\n        b -= 0.1 * b.grad"),
    "a list that grows": LINE.replace("for iter", "kept = []\nfor iter")
    + "    if iteration == 2:\n        kept.append(loss.item())\n",
    "a list that backward changes": """\
import torch

seen = []

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        if len(seen) < 3:
            seen.append(1)
        return g * 2

W = torch.tensor([0.5], requires_grad=True)
for iteration in range(20):
    loss = Double.apply(W).sum()
    loss.backward()
    W.grad = None
""",
    "inner loops and functions": LINE.replace(
        "for iter", "def f(a):\n    c = a * 2\n    return c\nfor iter").replace(
        "    loss = ", "    for k in range(2):\n        y_hat = f(y_hat) * 0.5\n    loss = "),
    "warnings and prints": LINE + "    print(y_hat.grad)\n",
}  # fmt: skip


def _in_whole_iterations(source: str, at: int) -> None:
    """Compare the complete iterations of an outline with those of the whole recording."""
    tape, sketch = viz.run(source, 20), outline(parse(source), range(at, at + 2), 20, NAMES)
    assert sketch is not None
    assert _told(sketch.setup) == _told(tape.setup)
    for number in (0, at, at + 1):
        if number < tape.recorded:
            assert repr(_told(sketch.iteration(number))) == repr(_told(tape.iteration(number)))


@pytest.mark.parametrize("at", [0, 1, 5])
@pytest.mark.parametrize("name", HEARD)
def test_an_opening_shows_everything_that_a_recorder_is_told(name: str, at: int) -> None:
    _in_whole_iterations(HEARD[name], at)


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_an_opening_of_a_preset_shows_what_its_recording_shows(preset: Any, at: int) -> None:
    _in_whole_iterations(preset.source, at)


def test_the_opening_of_newtons_step_shows_a_gradient_that_is_differentiated() -> None:
    source = next(preset.source for preset in presets() if preset.title == "Newton's step")
    sketch = outline(parse(source), range(2), 20, NAMES)
    assert sketch is not None
    (frame,) = [one for one in sketch.iteration(0) if getattr(one.event, "derivatives", None) and one.line == 10]
    assert len(frame.graph.nodes) == 9
    assert "gradient of loss" in sentence(frame)


def test_there_is_no_opening_if_a_gradient_keeps_its_graph_over_iterations() -> None:
    source = LINE.replace("    optimizer.zero_grad()\n", "").replace(
        "loss.backward()", "loss.backward(create_graph=True)"
    )
    assert outline(parse(source), range(13, 15), 20, NAMES) is None


def test_an_observer_that_lacks_a_method_cannot_be_made() -> None:
    methods = {name: getattr(Silent, name) for name in vars(Silent) if not name.startswith("_")}
    assert methods.keys() == Observer.__abstractmethods__
    type("Whole", (Observer,), dict(methods))()
    for name in methods:
        lacking = type("Lacking", (Observer,), {key: one for key, one in methods.items() if key != name})
        with pytest.raises(TypeError, match=name):
            lacking()


@pytest.mark.parametrize("source", [MOMENTUM, ADAM, ACCUMULATES, COUNTS])
def test_all_other_iterations_end_with_the_same_numbers(source: str) -> None:
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
def test_there_is_no_opening_if_it_would_differ_from_the_recording(source: str, at: int) -> None:
    assert outline(parse(source), range(at, at + 2), 20, NAMES) is None


def test_there_is_no_opening_if_there_is_no_time_for_it() -> None:
    assert outline(parse(DIVERGES), range(150, 152), 200, NAMES, seconds=0.0) is None


def test_a_hurried_opening_ends_soon_after_the_cursor_and_has_the_same_frames() -> None:
    program = parse(LINE)
    whole, short = (
        outline(program, range(4, 6), 20, NAMES),
        outline(program, range(4, 6), 20, NAMES, hurried=lambda: True),
    )
    assert whole is not None and short is not None
    assert (whole.recorded, short.recorded) == (20, 9)
    assert _told(tuple(short)) == _told(tuple(whole)[: len(short)])


def test_an_opening_that_is_hurried_late_has_the_frames_so_far() -> None:
    calls = iter([False, False, True])
    made = outline(parse(LINE), range(2), 20, NAMES, hurried=lambda: next(calls))
    assert made is not None and made.recorded == 7
