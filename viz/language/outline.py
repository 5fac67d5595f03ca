"""Records the outline of a run: a few iterations whole, and only the last frame of the others.

Running a program costs a third of recording it. A user who changes a number waits for the charts and for the
iteration on the page; the frames of the other iterations can be recorded in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

from viz import limits
from viz.budget import Budget
from viz.language.interpreter import Interpreter
from viz.language.runtime.program import Program
from viz.language.skipping import SkippingRun
from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries

#: Iterations beyond `near` that every outline has, so that the charts show where the run goes.
_BEYOND = 3


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
    run = ChosenRun(program, recorder, {0, at - 1, *near}.__contains__, names)
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


class ChosenRun(SkippingRun):
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
