"""Runs a program again for iterations that its tape let go: from a checkpoint, or from its start."""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch

from viz import limits
from viz.frames.frame import Frame
from viz.language.checkpoints.copies import Known
from viz.language.checkpoints.forms import UNREADABLE
from viz.language.checkpoints.store import Checkpoint, Checkpoints
from viz.language.outline import ChosenRun, recorder_of_programs
from viz.language.runtime.program import Program
from viz.language.skipping import SkippingRun
from viz.recording import Recorder, Tape

#: The most iterations that are recorded again at once, from the program's start and from a checkpoint, and the
#: share of a tape's room that they may take.
_FROM_START, _FROM_CHECKPOINT, _SHARE = 100, 40, 8
#: Iterations from a checkpoint to the first one that is returned: one of them binds the names that the checkpoint
#: leaves out, and the next is recorded whole.
_AHEAD = 3

#: The frames of iterations, each with about how many bytes they take.
_Iterations = list[tuple[tuple[Frame, ...], int]]


class CheckpointedRun(SkippingRun):
    """A run that keeps `checkpoints`, which remain when it is over."""

    def __init__(
        self, program: Program, recorder: Recorder, names: Collection[str], checkpoints: Checkpoints
    ) -> None:
        super().__init__(program, recorder, names)
        self._checkpoints = checkpoints
        self._known: Known | None = None

    def setup(self) -> None:
        """Run the statements before the loop, recorded whole."""
        super().setup()
        if self._checkpoints.possible:
            self._known = Known(self.state.globals)
            self._checkpoints.begin(self._known)

    def iteration(self) -> None:
        """Run the loop's body once more."""
        if self._known is not None:
            if self._done == 1:
                self._known.unversioned = self._recorder.unversioned
            self._checkpoints.pass_by(self._done, self.state, self._known, self._recorder.unversioned)
        super().iteration()


class ResumedRun(ChosenRun):
    """A run whose iteration 1 is followed by a later one: it goes on from a checkpoint of another run."""

    _known: Known
    _joined: Checkpoint

    def setup(self) -> None:
        """Run the statements before the loop, recorded whole."""
        super().setup()
        self._known = Known(self.state.globals)

    def resume(self, checkpoints: Checkpoints, number: int) -> bool:
        """Go on from the last checkpoint up to an iteration; return False if that failed, and the run is over."""
        found = checkpoints.before(number, self._known)
        if found is None:
            return False
        try:
            with torch.inference_mode(False), torch.enable_grad():
                found.put(self.state, self._known)
        except UNREADABLE:
            return False
        self._recorder.miss()
        self._done, self._joined = found.number, found
        return True

    def rejoin(self) -> bool:
        """Put the names in their order after an iteration; return whether it bound those that had no value."""
        return self._joined.rejoin(self.state)


class Again:
    """Records iterations of a program again.

    Their frames are those of a recording from the start, but for their index and seconds.
    """

    def __init__(self, program: Program, checkpoints: Checkpoints) -> None:
        self._program = program
        self._checkpoints = checkpoints

    @property
    def bytes(self) -> int:
        """About how many bytes the checkpoints take."""
        return self._checkpoints.bytes

    def __call__(self, first: int, until: int) -> _Iterations:
        """Return the frames of the iteration before `first`, of that and of some more.

        There are as many as take a part of a tape's room, and none from `until` on. Before iteration 0 there is
        none.
        """

        def few(number: int) -> bool:
            return number in (0, first - 2) or number >= first - 1

        found = self._from_checkpoint(first, until, few)
        if found is None:
            found = self._from_start(first, until, few)
        # With the graph of an iteration whose Nodes were not recorded, all have to be recorded.
        return found if found is not None else self._from_start(first, until, lambda number: True) or []

    def _from_checkpoint(self, first: int, until: int, whole: Callable[[int], bool]) -> _Iterations | None:
        """The same, with only these iterations recorded whole; None if no checkpoint leads there."""
        if not self._checkpoints.reach(first - _AHEAD):
            return None
        recorder = recorder_of_programs()
        run = ResumedRun(self._program, recorder, whole, ())
        tape = Tape(self._program, run, recorder, 0)
        tape.record(1)
        if tape.complete or not run.resume(self._checkpoints, first - _AHEAD):
            return None
        tape.record(2)
        if tape.complete or not run.rejoin():
            return None
        return _recorded(tape, run, recorder, first, min(until, first + _FROM_CHECKPOINT))

    def _from_start(self, first: int, until: int, whole: Callable[[int], bool]) -> _Iterations | None:
        """The same from the program's start; None if one of these iterations needs others."""
        recorder = recorder_of_programs()
        run = ChosenRun(self._program, recorder, whole, ())
        tape = Tape(self._program, run, recorder, 0)
        return _recorded(tape, run, recorder, first, min(until, first + _FROM_START))


def _recorded(
    tape: Tape[Program], run: ChosenRun, recorder: Recorder, first: int, until: int
) -> _Iterations | None:
    """Run on, and return the iterations from the one before `first` on; None if one needs what is not recorded."""
    found: _Iterations = []
    while not tape.complete and run.done < until:
        number, place, before = run.done, tape.recorded, recorder.bytes
        tape.record(place + 1)
        if number >= first - 1:
            found.append((tape.iteration(place), recorder.bytes - before))
            if run.reaches_back:
                return None
            if number >= first and sum(size for _, size in found) > limits.TAPE / _SHARE:
                break
    return found
