"""Records the outline of a run: a few iterations whole, and only the last frame of the others.

Running a program costs a third of recording it. A user who changes a number waits for the charts and for the
iteration on the page; the frames of the other iterations can be recorded in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

from viz import limits
from viz.budget import Budget
from viz.frames.frame import Frame
from viz.language.interpreter import Interpreter
from viz.language.runtime.program import Program
from viz.language.skipping import SkippingRun
from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries

#: Iterations beyond `near` that every outline has, so that the charts show where the run goes.
_BEYOND = 3
#: The most iterations that are recorded again at once, and the share of a tape's room that they may take.
_AGAIN, _SHARE = 100, 8


def outline(
    program: Program,
    near: range,
    until: int,
    names: Collection[str],
    seconds: float | None = None,
    hurried: Callable[[], bool] = lambda: False,
) -> Tape[Program] | None:
    """A tape of `until` iterations: 0 and those of `near` in full, and the last frame of each other one.

    Such a last frame has only the variables `names`, and no graph. A few iterations after `near` the tape ends
    early if `hurried` returns True. None if no such tape is possible: the program or its `seconds` end before the
    first iteration of `near`, the program stops with an error, or it computes with the graph of an earlier
    iteration whose Nodes were not recorded.
    """
    at = near.start
    recorder = recorder_of_programs()
    run = _Run(program, recorder, {0, at - 1, *near}.__contains__, names)
    tape = Tape(program, run, recorder)
    budget = Budget(inf if seconds is None else seconds)
    enough = min(until, near.stop + _BEYOND)
    while not (tape.complete or tape.recorded >= until or budget.over):
        if tape.recorded < enough or not hurried():
            tape.record(tape.recorded + 1)
        else:
            break
    if tape.error is not None or tape.recorded <= at or run.reaches_back:
        return None
    return tape


def recorder_of_programs() -> Recorder:
    """A recorder for programs of the language, which keeps large tensors as a Summary."""
    return Recorder(Summaries(nodes=limits.NODES))


def recorded_again(program: Program, first: int, until: int) -> list[tuple[tuple[Frame, ...], int]]:
    """Run a program again; return the frames of the iteration before `first`, of that and of some more.

    Each comes with about how many bytes they take. They are those of a recording from the start, but for their
    index and seconds. There are as many as take a part of a tape's room, and none from `until` on. Before
    iteration 0 there is none.
    """
    found = _recorded_from(program, first, until, lambda number: number in (0, first - 2) or number >= first - 1)
    # With the graph of an iteration whose Nodes were not recorded, all have to be recorded.
    return found if found is not None else _recorded_from(program, first, until, lambda number: True) or []


def _recorded_from(
    program: Program, first: int, until: int, whole: Callable[[int], bool]
) -> list[tuple[tuple[Frame, ...], int]] | None:
    """The same, with only these iterations recorded whole; None if one of them needs others."""
    recorder = recorder_of_programs()
    run = _Run(program, recorder, whole, ())
    tape = Tape(program, run, recorder, 0)
    found: list[tuple[tuple[Frame, ...], int]] = []
    while len(found) < _AGAIN and not tape.complete:
        number, before = tape.recorded, recorder.bytes
        if number >= until:
            break
        tape.record(number + 1)
        if number >= first - 1:
            found.append((tape.iteration(number), recorder.bytes - before))
            if run.reaches_back:
                return None
            if number >= first and sum(size for _, size in found) > limits.TAPE / _SHARE:
                break
    return found


def recorded_whole(program: Program, iterations: int) -> tuple[Interpreter, Recorder]:
    """Run the first iterations of a program and record all of them; return the run and its recorder."""
    recorder = recorder_of_programs()
    run = Interpreter(program, recorder)
    run.setup()
    for _ in range(iterations):
        recorder.take()
        run.iteration()
    recorder.take()
    return run, recorder


class _Run(SkippingRun):
    """A run that records an iteration whole if `whole` returns True for its number."""

    def __init__(
        self, program: Program, recorder: Recorder, whole: Callable[[int], bool], names: Collection[str]
    ) -> None:
        super().__init__(program, recorder, names)
        self._whole_ones = whole

    @property
    def held(self) -> int:
        """0: nobody keeps such a run."""
        return 0

    def is_whole(self, number: int) -> bool:
        """Whether an iteration is recorded whole."""
        return self._whole_ones(number)
