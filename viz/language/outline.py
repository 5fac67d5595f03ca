"""Records the outline of a run: a few iterations whole, and only the last frame of the others.

Running a program costs a third of recording it. A user who changes a number waits for the charts and for the
iteration on the page; the frames of the other iterations can be recorded in the background.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection
from dataclasses import replace
from math import inf
from typing import Literal

import torch

from viz import limits
from viz.budget import Budget
from viz.frames.events import Backward
from viz.frames.frame import Frame, Pass
from viz.language.interpreter import Interpreter
from viz.language.runtime.memory import tensors_in
from viz.language.runtime.program import Program
from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries
from viz.watching.observer import Executed, Observer
from viz.watching.silent import Silent

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
    """Run a program again, and return the frames of iteration `first` and of some after it, with their bytes.

    They are those of a recording from the start, but for their index and seconds. There are as many as take a part
    of a tape's room, and none from `until` on.
    """
    found = _recorded_from(program, first, until, lambda number: number in (0, first - 1) or number >= first)
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
        if number >= first:
            found.append((tape.iteration(number), recorder.bytes - before))
            if run.reaches_back:
                return None
            if sum(size for _, size in found) > limits.TAPE / _SHARE:
                break
    return found


class _Brief(Silent):
    """Watches an iteration and keeps only its last statement.

    `outer` is called when the loop whose pass the iteration is was left for one around it.
    """

    def __init__(self, recorder: Recorder, outer: Callable[[], None]) -> None:
        self._recorder = recorder
        self._outer = outer
        self._loops = 0
        self.last: Executed | None = None
        #: The statements that ran.
        self.count = 0

    @property
    def bytes(self) -> int:
        """The recorder's bytes."""
        return self._recorder.bytes

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Begin a part, also in the recorder, whose graph starts empty."""
        self._recorder.begin(iteration, phase)
        self.last, self.count, self._loops = None, 0, 0

    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """Pass on where the program is, and find out whether that is outside of the loop."""
        left = len(address) < self._loops
        self._loops = len(address)
        if left:
            self._outer()
        self._recorder.within(passes, address)

    def shares(self, tensor: torch.Tensor) -> None:
        """Pass on that a tensor shares its memory: the recorder reads it again."""
        self._recorder.shares(tensor)

    def frame(self, done: Executed) -> None:
        """Keep the statement until the next one is over; an error is the run's last frame."""
        self.count += 1
        if done.error is not None:
            self._recorder.frame(done)
        else:
            self.last = done


class _Run(Interpreter):
    """A run that the Recorder watches in some iterations, and a `_Brief` in the others.

    Of those it records the statements after the loop, in the loops around it: what they show stays beside them.
    """

    def __init__(
        self, program: Program, recorder: Recorder, whole: Callable[[int], bool], names: Collection[str]
    ) -> None:
        super().__init__(program, recorder)
        self._recorder = recorder
        self._brief = _Brief(recorder, self._outer)
        self._is_whole = whole
        self._names = names
        # The tensors with a graph that was not recorded, and those of the set-up, whose Nodes the recorder has.
        self._unseen: list[weakref.ref[torch.Tensor]] = []
        self._of_setup: dict[int, torch.Tensor] = {}
        #: A part that was recorded whole continues a graph that was not recorded.
        self.reaches_back = False

    @property
    def held(self) -> int:
        """0: nobody keeps such a run."""
        return 0

    def setup(self) -> None:
        """Run the statements before the loop, recorded whole."""
        super().setup()
        held = tensors_in(self.state.scopes)
        self._of_setup = {id(one): one for one in held if self._recorder.knows(one)}

    def iteration(self) -> None:
        """Run the loop's body once more."""
        if self._is_whole(self._done):
            self._watch_with(self._recorder)
            super().iteration()
            self._look_back()
        else:
            self._watch_with(self._brief)
            super().iteration()
            if self._observer is self._brief:
                self._finish()
            elif any(isinstance(one.event, Backward) for one in self._recorder.frames):
                self._look_back()

    def after(self) -> None:
        """Run the statements after the loop, recorded whole."""
        self._watch_with(self._recorder)
        super().after()
        self._look_back()

    def _watch_with(self, observer: Observer) -> None:
        if self._observer is self._brief and observer is self._recorder:
            held = tensors_in(self.state.scopes)
            unseen = [one for one in held if one.grad_fn is not None and id(one) not in self._of_setup]
            self._unseen = [weakref.ref(one) for one in unseen]
        self._observer = self.state.observer = observer

    def _look_back(self) -> None:
        """Find out whether the recorder met a tensor whose Nodes it has not seen."""
        alive = [one for held in self._unseen if (one := held()) is not None]
        self.reaches_back |= any(self._recorder.knows(tensor) for tensor in alive)
        self._unseen = [held for held in self._unseen if held() is not None]

    def _finish(self) -> None:
        """Record the last frame of a brief iteration."""
        last = self._brief.last
        if last is not None:
            wanted = {name: last.variables[name] for name in self._names if name in last.variables}
            self._recorder.brief_frame(replace(last, variables=wanted))

    def _outer(self) -> None:
        """Record the rest of a brief iteration."""
        self._finish()
        self._watch_with(self._recorder)
        self._recorder.resume()
